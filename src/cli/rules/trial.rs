//! `hive rules try`: what rules would say here, before anybody turns them on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{house, rule};
use crate::cli::listing::json as print_json;
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::fixers::job::{Golden, Job, Kinds, Purpose};
use crate::fixers::{Finding, Scope, Trouble};
use crate::golden::{Config, registry};
use crate::house::House;
use crate::intake::walk;
use crate::settings::GoldenPreset;
use crate::terminal::plain;
use crate::worker::Task;

/// The version of the shape of `hive rules try --json`.
const SCHEMA: u32 = 1;
/// Hits that are shown of each rule.
const SHOWN: usize = 5;

/// Count what rules would say here, show five hits, and how many their fix would take
///
/// Nothing is changed, and no setting counts but those of the rules themselves.
#[derive(Debug, Args)]
pub(super) struct TryArgs {
    /// Codes or names; all rules that need no configuration when none is given
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a rule would say.
#[derive(Debug, Default)]
pub(in crate::cli) struct Tried {
    /// Paths and violations, in order.
    pub(in crate::cli) hits: Vec<(String, Finding)>,
    failed: Option<String>,
}

/// Runs the verb.
pub(super) fn run(args: &TryArgs, context: &Context) -> Outcome<Ending> {
    let (_, mut house, context) = house(context)?;
    let wanted: Vec<&str> = args
        .rules
        .iter()
        .map(|name| rule(name).map(|rule| rule.code))
        .collect::<Outcome<_>>()?;
    house.settings.golden.disable.clear();
    if wanted.is_empty() {
        house.settings.golden.preset = GoldenPreset::Full;
    } else {
        house.settings.golden.preset = GoldenPreset::None;
        house.settings.golden.enable = wanted.iter().map(|code| (*code).to_owned()).collect();
    }
    let config = house
        .golden(false)?
        .only(|code| wanted.is_empty() || wanted.contains(&code));
    let (tried, troubles) = judge(&house, &config, |_| true)?;
    if args.json {
        let rules: Vec<_> = tried
            .iter()
            .map(|(code, tried)| as_json(code, tried))
            .collect();
        print_json(&context, &json!({"schema": SCHEMA, "rules": rules}))?;
    } else {
        for (code, tried) in &tried {
            show(code, tried, &context)?;
        }
    }
    for (path, trouble) in &troubles {
        context.terminal.warn(&plain(&format!("{path}: {trouble}")));
    }
    let failed = !troubles.is_empty() || tried.values().any(|tried| tried.failed.is_some());
    Ok(if failed {
        Ending::Troubled
    } else {
        Ending::Clean
    })
}

pub(in crate::cli) type Judged = (BTreeMap<String, Tried>, Vec<(String, Trouble)>);

/// Judges the repository by some rules, of its files those that are `wanted`; also the
/// files that could not be judged.
pub(in crate::cli) fn judge(
    house: &House,
    config: &Config,
    wanted: impl Fn(&Path) -> bool,
) -> Outcome<Judged> {
    let mut tried: BTreeMap<String, Tried> = BTreeMap::new();
    for rule in &config.rules {
        tried.insert(rule.code.clone(), Tried::default());
    }
    for rule in &config.custom {
        tried.insert(rule.id.clone(), Tried::default());
    }
    let mut walked = walk::walk(std::slice::from_ref(&house.boundary));
    walked.files.retain(|found| wanted(&found.path));
    let plan = house.plan(walked, false, &house.boundary)?;
    let pool = house.pool(plan.files.len())?;
    pool.expect(true);
    let mut asked = 0;
    for (id, planned) in plan.files.iter().enumerate() {
        let planned = planned.clone().golden(Golden::First);
        let Ok(bytes) = std::fs::read(&planned.path) else {
            continue;
        };
        if planned.golden == Golden::Off || bytes.len() as u64 > house.settings.max_file_size.0 {
            continue;
        }
        let job = Job {
            id: id as u64,
            path: planned.path.clone(),
            bytes,
            executable: false,
            stamp: None,
            said: None,
            named: false,
            package: planned.package.clone(),
            kinds: Kinds::NONE,
            scope: Scope::File,
            purpose: Purpose::Check,
            golden: planned.golden,
        };
        pool.push([Task::new(Arc::clone(&planned.recipe), job)]);
        asked += 1;
    }
    pool.expect(false);
    let mut troubles = Vec::new();
    for _ in 0..asked {
        let answer = pool
            .answers()
            .recv()
            .map_err(|_| Failure::internal("all workers are gone"))?;
        let path = &plan.files[usize::try_from(answer.id).unwrap_or_default()].relative;
        match answer.result {
            Ok(fixed) => {
                for finding in fixed
                    .findings
                    .into_iter()
                    .filter(|one| one.golden.is_some())
                {
                    note(&mut tried, path, finding);
                }
            }
            Err(Trouble::Unreadable { .. }) => {}
            Err(trouble) => troubles.push((path.clone(), trouble)),
        }
    }
    if let Some(whole) = house.judge_whole(config, None)? {
        for (code, error) in whole.failures {
            if let Some(tried) = tried.get_mut(&code) {
                tried.failed = Some(error);
            }
        }
        for (path, findings) in whole.findings {
            for finding in findings {
                note(&mut tried, &path, finding);
            }
        }
    }
    for tried in tried.values_mut() {
        tried.hits.sort_by(|(path, a), (other, b)| {
            (path, a.line, a.column).cmp(&(other, b.line, b.column))
        });
    }
    Ok((tried, troubles))
}

fn note(tried: &mut BTreeMap<String, Tried>, path: &str, finding: Finding) {
    if let Some(tried) = tried.get_mut(&finding.code) {
        tried.hits.push((path.to_owned(), finding));
    }
}

fn fixable(tried: &Tried) -> usize {
    tried
        .hits
        .iter()
        .filter(|(_, finding)| finding.fixable)
        .count()
}

fn suggested(tried: &Tried) -> usize {
    let with_patch = |finding: &Finding| {
        let golden = finding.golden.as_ref();
        golden.is_some_and(|golden| golden.suggestion.is_some()) && !finding.fixable
    };
    tried
        .hits
        .iter()
        .filter(|(_, finding)| with_patch(finding))
        .count()
}

fn show(code: &str, tried: &Tried, context: &Context) -> Outcome<()> {
    let slug = registry::find(code).map_or("", |rule| rule.slug);
    let style = context.terminal.out_style();
    let count = match tried.hits.len() {
        0 => "nothing".to_owned(),
        1 => "1 hit".to_owned(),
        hits => format!("{hits} hits"),
    };
    let mut line = format!("{} {slug}: {count}", style.clone().bold().apply_to(code));
    for (number, what) in [
        (fixable(tried), "fixed by itself"),
        (suggested(tried), "with a patch"),
    ] {
        if number > 0 {
            let _ = write!(line, ", {number} {what}");
        }
    }
    if let Some(error) = &tried.failed {
        let _ = write!(line, "; could not judge: {}", plain(error));
    }
    let print = |line: &str| context.terminal.line(line).map_err(Failure::from_output);
    print(&line)?;
    for (path, finding) in tried.hits.iter().take(SHOWN) {
        let place = format!(
            "{}:{}:{}",
            Path::new(path).display(),
            finding.line,
            finding.column
        );
        let place = style.clone().dim().apply_to(plain(&place).into_owned());
        print(&format!("  {place} {}", plain(&finding.message)))?;
    }
    Ok(())
}

fn as_json(code: &str, tried: &Tried) -> serde_json::Value {
    let hits: Vec<_> = tried
        .hits
        .iter()
        .map(|(path, finding)| {
            json!({
                "path": path,
                "line": finding.line,
                "column": finding.column,
                "message": finding.message,
            })
        })
        .collect();
    json!({
        "rule": code,
        "hits": tried.hits.len(),
        "fixed": fixable(tried),
        "suggested": suggested(tried),
        "failed": tried.failed,
        "places": hits,
    })
}

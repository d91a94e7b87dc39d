//! `hive check -`: what is to be said of a text that is not in its file yet, for editors.
//!
//! Standard input stands for the file that `--stdin-filename` names, which need not exist.
//! The tools and the Golden Rules judge it as they would the file; rules about the
//! repository as a whole have nothing to say of one text. Nothing is remembered.

use std::path::Path;

use super::arguments::Common;
use super::filter::{ask, only, place_of, read};
use super::laws::{Laws, Sight};
use super::{Mode, ending, equipment};
use crate::cli::{Context, Ending};
use crate::clock;
use crate::escalation::Level;
use crate::failure::{Failure, Outcome};
use crate::fixers::Fixed;
use crate::fixers::job::{Golden, Purpose};
use crate::house::{Ground, House, Plan, Planned};
use crate::intake::skip;
use crate::report::{self, FileReport, Run, Status, Styles};
use crate::worker::Pool;
use crate::writing;

/// Judges the text on standard input in the place of a file.
pub(super) fn run(name: &Path, common: &Common, context: &Context) -> Outcome<Ending> {
    let begun = clock::now();
    let bytes = read()?;
    let path = place_of(name, context)?;
    let ground = Ground::of(vec![path.clone()], &context.cwd).remove(0);
    let (mut house, context) = equipment::open(common, context, &ground)?;
    house.least = common.level.unwrap_or(Level::Info);
    house.keeps = false;
    let pool = house.pool(1)?;
    pool.begin();
    let Plan {
        files,
        skipped,
        held,
    } = house.plan(only(path), common.plain, &context.cwd)?;
    let planned: Vec<Planned> = files
        .into_iter()
        .map(|planned| planned.golden(Golden::After))
        .collect();
    let laws = Laws::new(&house, common.plain)?;
    let mut reports = skipped;
    for one in &planned {
        reports.push(judge(one, &bytes, (&house, &pool), common)?);
    }
    let frozen = laws.unfreeze(&mut reports, &Sight::Files)?;
    let verdicts = laws.verdicts(&reports, &planned, None)?;
    if common.format == report::Format::Text {
        for report in reports.iter_mut().filter(|it| it.has_frames()) {
            report.source = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    let run = Run {
        commits: Vec::new(),
        mode: Mode::Check,
        files: reports,
        held,
        verdicts,
        frozen,
        remembered: 0,
        took: clock::since(begun),
    };
    let terminal = &context.terminal;
    let out = Styles::new(terminal.out_style());
    let text = report::render(&run, common.format, &out, terminal.verbose());
    terminal.data(&text).map_err(Failure::from_output)?;
    for held in &run.held {
        terminal.hold(&held.project, &held.tool, &held.reason, &held.remedy);
    }
    for file in &run.files {
        if let Status::Skipped(reason) = &file.status {
            terminal.detail(&format!("{}: not looked at, it {reason}", file.shown));
        }
    }
    Ok(ending::of(&run))
}

/// What is said of a text in the place of one file.
fn judge(
    planned: &Planned,
    bytes: &[u8],
    (house, pool): (&House, &Pool),
    common: &Common,
) -> Outcome<FileReport> {
    let report = |status: Status, fixed: Option<Fixed>| {
        let (findings, fixes, notes) = fixed.map_or_else(Default::default, |fixed| {
            (fixed.findings, fixed.fixes, fixed.notes)
        });
        FileReport {
            shown: planned.shown.clone(),
            relative: planned.relative.clone(),
            path: planned.path.clone(),
            status,
            findings,
            fixes,
            notes,
            texts: None,
            source: None,
        }
    };
    let (size, max) = (bytes.len() as u64, house.settings.max_file_size.0);
    if size > max {
        let reason = writing::Skip::TooLarge { size, max }.to_string();
        return Ok(report(Status::Skipped(reason), None));
    }
    if !common.plain
        && let Some(reason) = skip::by_content(bytes)
    {
        return Ok(report(Status::Skipped(reason.to_string()), None));
    }
    Ok(match ask(planned, bytes, Purpose::Check, pool)? {
        Ok(fixed) if fixed.bytes.is_some() => report(Status::WouldChange, Some(fixed)),
        Ok(fixed) => report(Status::Unchanged, Some(fixed)),
        Err(trouble) => report(Status::Failed(trouble), None),
    })
}

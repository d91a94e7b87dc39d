//! `hive doctor`: what is decided for each project, and why.

mod laws;
mod standing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::{Context, Ending, enter};
use crate::evidence::explain::{self, Explained, Explanation};
use crate::evidence::{FilePlan, Plan, Planned, Project};
use crate::failure::{Failure, Outcome};
use crate::fixers::{Engine, Kind, Policy};
use crate::house::{self, Ground, House, named};
use crate::intake::walk;
use crate::settings::Overrides;
use crate::settings::trust::{Consent, TrustAnswer};
use crate::terminal::{plain, plain_json};
use laws::Laws;

/// The version of the JSON that `--json` writes.
const SCHEMA: u32 = 1;

/// Print which tools are used here, in which version, and why
///
/// Without a path, and for a directory, every project below is explained; for a
/// file, what is decided for that file, and why it is left alone if it is. A tool
/// that is held or may not run is printed with the one command that changes it.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Directories or files to explain [default: the current directory]
    paths: Vec<PathBuf>,
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    root: &'a Path,
    projects: &'a [Explanation],
    rules: Option<&'a Laws>,
}

/// What is explained: a project, or one file of it.
struct Subject {
    project: Arc<Project>,
    file: Option<PathBuf>,
}

/// Explains every project of the repository whose root is the current directory of
/// the context, as `hive doctor` does there.
pub(super) fn of_repository(context: &Context) -> Outcome<()> {
    let args = DoctorArgs {
        paths: Vec::new(),
        json: false,
    };
    run(&args, context).map(drop)
}

/// Runs the verb.
pub(super) fn run(args: &DoctorArgs, context: &Context) -> Outcome<Ending> {
    let here = Ground::of(vec![context.cwd.clone()], &context.cwd).remove(0);
    let (house, context) = enter(&here, &Overrides::default(), Consent::given(false), context)?;
    let paths = if args.paths.is_empty() {
        vec![context.cwd.clone()]
    } else {
        let named = args.paths.iter().map(|path| named(path, &context.cwd));
        named.collect::<Outcome<_>>()?
    };
    let mut subjects = Vec::new();
    for path in paths {
        if !path.starts_with(&house.boundary) {
            return Err(Failure::usage(format!(
                "{} is not below {}",
                path.display(),
                house.boundary.display()
            ))
            .hint("run hive doctor in the repository that the path belongs to"));
        }
        if path.is_dir() {
            subjects.extend(projects_below(&house, &path));
        } else {
            let directory = path.parent().unwrap_or(&house.boundary);
            subjects.push(Subject {
                project: house.survey.project_of(directory),
                file: Some(path),
            });
        }
    }
    // Planning finds the programs, and trust is about all of them together.
    for subject in &subjects {
        subject.project.plan(house.wanted);
    }
    let trust = house.trust()?;
    let explanations: Vec<Explanation> = subjects
        .iter()
        .map(|subject| subject.explain(&house, trust.as_ref(), &context))
        .collect::<Outcome<_>>()?;
    // One file is explained without it.
    let laws = if subjects.iter().any(|subject| subject.file.is_none()) {
        Some(laws::test(&house)?)
    } else {
        None
    };
    print(
        args,
        &context,
        &house.boundary,
        &explanations,
        laws.as_ref(),
    )
    .map_err(Failure::from_output)?;
    Ok(match laws {
        Some(laws) if !laws.hold() => Ending::Troubled,
        _ => Ending::Clean,
    })
}

/// The projects that own something below a directory: its own and every nested one.
fn projects_below(house: &House, directory: &Path) -> Vec<Subject> {
    let mut found = BTreeMap::new();
    for below in walk::directories(directory) {
        let project = house.survey.project_of(&below);
        found
            .entry(project.directory().to_path_buf())
            .or_insert(project);
    }
    let subject = |project| Subject {
        project,
        file: None,
    };
    found.into_values().map(subject).collect()
}

impl Subject {
    fn explain(
        &self,
        house: &House,
        trust: Option<&TrustAnswer>,
        context: &Context,
    ) -> Outcome<Explanation> {
        let plan = self.project.plan(house.wanted);
        let Some(path) = &self.file else {
            let mut explanation = explain::project(&self.project, &house.boundary, house.wanted);
            for (index, one) in explanation.decisions.iter_mut().enumerate() {
                connect(one, index, &plan, trust, context);
            }
            return Ok(explanation);
        };
        let mut explanation = explain::file(&self.project, &house.boundary, path, house.wanted);
        let file = plan.for_file(path);
        for one in &mut explanation.decisions {
            if let Planned::By(index) = file.of(one.kind) {
                connect(one, *index, &plan, trust, context);
            }
        }
        let standing = standing::of(house, path, &plan, &file)?;
        explanation.left_alone = standing.left_alone;
        explanation.notes = standing.notes;
        Ok(explanation)
    }
}

/// Adds to a decision what evidence alone does not know: whether its program may
/// run, and whether the embedded ruff can use the configuration.
fn connect(
    one: &mut Explained,
    index: usize,
    plan: &Plan,
    trust: Option<&TrustAnswer>,
    context: &Context,
) {
    let Some(step) = plan
        .decisions
        .get(index)
        .and_then(|decision| decision.choice.step())
    else {
        return;
    };
    if step.engine != Engine::Embedded {
        let answer = trust.unwrap_or(&TrustAnswer::Trusted);
        one.may_run = Some(*answer == TrustAnswer::Trusted);
        one.reason = answer.reason();
        one.remedy = answer.way_out().map(str::to_owned);
        return;
    }
    let only = |kind| {
        if kind == one.kind {
            Planned::By(index)
        } else {
            Planned::Not { why: String::new() }
        }
    };
    let file = FilePlan {
        lint: only(Kind::Lint),
        imports: only(Kind::Imports),
        format: only(Kind::Format),
    };
    if let Err(refused) = house::ruff(&plan.recipe(&file, Policy::default()), &context.cwd) {
        one.choice = "hold";
        one.reason = Some(refused.reason);
        one.remedy = Some(refused.remedy);
    }
}

fn print(
    args: &DoctorArgs,
    context: &Context,
    boundary: &Path,
    explanations: &[Explanation],
    laws: Option<&Laws>,
) -> std::io::Result<()> {
    if args.json {
        let report = Report {
            version: SCHEMA,
            root: boundary,
            projects: explanations,
            rules: laws,
        };
        let text = serde_json::to_string_pretty(&report).map_err(std::io::Error::other)?;
        return context.terminal.line(&plain_json(&text));
    }
    for (index, explanation) in explanations.iter().enumerate() {
        if index > 0 {
            context.terminal.line("")?;
        }
        for line in explanation.lines() {
            context.terminal.line(&plain(&line))?;
        }
    }
    if let Some(laws) = laws {
        context.terminal.line("")?;
        for line in laws.lines() {
            context.terminal.line(&plain(&line))?;
        }
    }
    Ok(())
}

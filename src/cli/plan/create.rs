//! `hive plan create`: from a file, or by hive itself.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{everything, start, steps};
use crate::cli::Context;
use crate::cli::here;
use crate::cli::listing::must_open;
use crate::client::{Client, NewPlan, PlanFile};
use crate::failure::{Failure, Outcome};

/// Write a plan down, as a draft
///
/// From a file (TOML, or JSON where it ends in .json; docs/plans.md describes it), or by
/// hive itself: the committed files below the paths, or all of them, with the rules that are
/// named, or all that are at work here.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Its name: one word
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    name: Option<String>,
    /// Only these files, or the files below these directories
    #[arg(conflicts_with = "file")]
    paths: Vec<PathBuf>,
    /// Read it from here; `-` for standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only this rule, of the tools or of the team; may be repeated
    #[arg(long, value_name = "CODE", conflicts_with = "file")]
    rule: Vec<String>,
    /// Each file after those that it imports
    #[arg(long, conflicts_with = "file")]
    import_order: bool,
    /// Work of this kind for workers that are not hive's own, a step for each Python,
    /// JavaScript and TypeScript file
    #[arg(long, value_name = "KIND", conflicts_with_all = ["file", "rule"])]
    kind: Option<String>,
    /// Approve it and start it at once
    #[arg(long)]
    start: bool,
}

/// Runs the verb.
pub(super) fn run(args: &CreateArgs, context: &Context) -> Outcome<()> {
    let queue = must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    let plan = match (&args.file, &args.name) {
        (Some(file), _) => read(file)?,
        (None, Some(name)) => {
            let wanted = everything::Wanted {
                name,
                paths: &args.paths,
                rules: &args.rule,
                kind: args.kind.as_deref(),
                import_order: args.import_order,
            };
            everything::plan(&wanted, &place, context)?
        }
        // clap has seen to it that there is one.
        (None, None) => return Err(Failure::usage("a plan has a name")),
    };
    if plan.steps.is_empty() {
        return Err(
            Failure::usage(format!("the plan {} has no step", plan.name))
                .hint("name the files, or look at the file of the plan"),
        );
    }
    let client = Client::of(place, queue);
    let (name, count) = (plan.name.clone(), plan.steps.len());
    let id = client.plans().create(plan)?;
    if args.start {
        client.plans().approve(id)?;
        return start(&client, &client.plans().cached_status(id)?, context);
    }
    context.terminal.say(&format!(
        "{name} is a draft of {}; hive plan show {name}, then hive plan approve {name}",
        steps(count)
    ));
    Ok(())
}

fn read(file: &Path) -> Outcome<NewPlan> {
    let mut text = String::new();
    let done = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|found| text = found)
    };
    done.map_err(|error| {
        Failure::usage(format!("{} cannot be read", file.display())).caused_by(error)
    })?;
    let is_json = file.extension().is_some_and(|ending| ending == "json")
        || text.trim_start().starts_with('{');
    let plan = if is_json {
        PlanFile::json(&text)
    } else {
        PlanFile::toml(&text)
    };
    Ok(plan?)
}

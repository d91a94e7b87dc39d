//! `hive rules`: the Golden Rules, one by one.

mod explain;
mod freeze;
mod list;
mod new;
mod prove;
mod trial;

pub(super) use trial::judge;

use clap::{Args, Subcommand};

use super::{Context, Ending, enter};
use crate::failure::{Failure, Outcome};
use crate::golden::{Rule, registry};
use crate::house::{Ground, House};
use crate::settings::Overrides;
use crate::settings::trust::Consent;

/// See, try and write Golden Rules: the team's own laws
///
/// Without a command, lists the rules.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::ListArgs),
    Explain(explain::ExplainArgs),
    Try(trial::TryArgs),
    Test(prove::TestArgs),
    New(new::NewArgs),
    Freeze(freeze::FreezeArgs),
}

/// Runs the verb.
pub(super) fn run(args: RulesArgs, context: &Context) -> Outcome<Ending> {
    match args.verb {
        None => list::run(&list::ListArgs::default(), context),
        Some(Verb::List(args)) => list::run(&args, context),
        Some(Verb::Explain(args)) => explain::run(&args, context),
        Some(Verb::Try(args)) => trial::run(&args, context),
        Some(Verb::Test(args)) => prove::run(&args, context),
        Some(Verb::New(args)) => new::run(&args, context),
        Some(Verb::Freeze(args)) => freeze::run(&args, context),
    }
}

/// The house of the current directory.
fn house(context: &Context) -> Outcome<(Ground, House, Context)> {
    let ground = Ground::of(vec![context.cwd.clone()], &context.cwd).remove(0);
    let consent = Consent::given(false);
    let (house, context) = enter(&ground, &Overrides::default(), consent, context)?;
    Ok((ground, house, context))
}

/// A rule of the catalogue by its name.
fn rule(name: &str) -> Outcome<&'static Rule> {
    registry::find(name)
        .ok_or_else(|| Failure::usage(registry::unknown(name)).hint("hive rules list"))
}

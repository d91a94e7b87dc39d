//! `hive rules freeze`.

use std::fs;

use clap::Args;

use super::trial::judge;
use super::{house, rule};
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::golden::freeze::FILE;

/// Write today's violations into golden-freeze.txt, so that only new ones are found
///
/// Counts are kept per rule and directory. Of rules that are in the file already they
/// only shrink; a rule that is not yet in it is added with all it has. `hive check` finds
/// a frozen directory's violations again, all of them, when there are more than that.
#[derive(Debug, Args)]
pub(super) struct FreezeArgs {
    /// Codes or names; all active rules when none is given
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
}

/// Runs the verb.
pub(super) fn run(args: &FreezeArgs, context: &Context) -> Outcome<Ending> {
    let (_, house, context) = house(context)?;
    let wanted: Vec<&str> = args
        .rules
        .iter()
        .map(|name| rule(name).map(|rule| rule.code))
        .collect::<Outcome<_>>()?;
    let config = house.golden(false)?;
    let (tried, troubles) = judge(&house, &config, |_| true)?;
    if let Some((path, trouble)) = troubles.first() {
        return Err(Failure::internal(format!("{path}: {trouble}"))
            .hint("what cannot be judged cannot be frozen"));
    }
    let path = house.boundary.join(FILE);
    let before = house.frozen()?;
    let violations: Vec<(String, String)> = tried
        .into_iter()
        .filter(|(code, _)| wanted.is_empty() || wanted.contains(&code.as_str()))
        .flat_map(|(code, tried)| {
            tried
                .hits
                .into_iter()
                .filter(|(_, finding)| {
                    finding
                        .golden
                        .as_ref()
                        .is_some_and(|it| it.suppressed.is_none())
                })
                .map(move |(path, _)| (code.clone(), path))
        })
        .collect();
    let mut now = before.shrunk(&violations);
    if !wanted.is_empty() {
        now = now.and_others(&before, |code| !wanted.contains(&code));
    }
    if now == before {
        context
            .terminal
            .say(&format!("{FILE} stays as it is: {} frozen", now.total()));
        return Ok(Ending::Clean);
    }
    fs::write(&path, now.write())
        .map_err(|error| Failure::internal(format!("cannot write {FILE}")).caused_by(error))?;
    context.terminal.say(&format!(
        "{FILE}: {} frozen, {} before; commit it",
        now.total(),
        before.total()
    ));
    Ok(Ending::Clean)
}

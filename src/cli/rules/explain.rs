//! `hive rules explain`.

use clap::Args;

use super::rule;
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::golden::page;

/// Say why a rule is there, how it decides, what its fix does, and its settings
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A code or a name: GR09, use-logger
    #[arg(value_name = "RULE")]
    rule: String,
}

/// Runs the verb.
pub(super) fn run(args: &ExplainArgs, context: &Context) -> Outcome<Ending> {
    let page = page::of(rule(&args.rule)?);
    context
        .terminal
        .data(page.as_bytes())
        .map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

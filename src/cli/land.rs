//! `hive land`: the child that makes a landing visible, hidden.

use std::io;

use clap::Args;

use super::Ending;
use crate::failure::Outcome;
use crate::landing;

/// Started by an agent, with a plan on its standard input.
#[derive(Debug, Args)]
pub(super) struct LandArgs {}

/// Runs `hive land`.
pub(super) fn run(_: &LandArgs) -> Outcome<Ending> {
    landing::run_child(io::stdin().lock(), io::stdout().lock())?;
    Ok(Ending::Clean)
}

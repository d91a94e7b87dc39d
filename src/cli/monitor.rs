//! `hive monitor`: the live dashboard.

use clap::Args;

use super::{Context, Ending};
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::process::{Interrupt, install_interrupt};
use crate::screen::Palette;

/// Show live what hive does here: workers, queue, flow, questions, activity
///
/// It looks at a running agent, from any terminal of the repository and as many as you
/// like, or at none, and then at what was done. Keys pause and resume the queue, take a
/// dead task up again, and open a question; `?` lists them.
#[derive(Debug, Args)]
pub(super) struct MonitorArgs {}

/// Runs `hive monitor`.
pub(super) fn run(context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let Some(colour) = context.terminal.full() else {
        return Err(
            Failure::usage("hive monitor needs a terminal that it can draw on")
                .hint("hive status says the same once; hive watch --json streams what happens"),
        );
    };
    crate::monitor::run(&place, &signals()?, Palette::new(colour))?;
    Ok(Ending::Clean)
}

/// Signals end a screen as a key does.
pub(super) fn signals() -> Outcome<Interrupt> {
    install_interrupt()
        .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))
}

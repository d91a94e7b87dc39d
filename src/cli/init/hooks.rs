//! Installing the hooks, and saying what was done with each.

use std::path::Path;

use super::binary;
use crate::cli::Context;
use crate::failure::{Failure, Outcome};
use crate::hooks::{self, ByHand, Done, Git, HookError};
use crate::repo::Place;
use crate::settings::shown;

/// Installs the hooks and says what was done, or what is left for a person.
pub(super) fn install(place: &Place, context: &Context) -> Outcome<()> {
    let report = hooks::install(place, &binary::path()?, &Git::default())
        .map_err(|error| failure(error, "installed"))?;
    said(&report.done, place, context);
    if let Some(by_hand) = &report.by_hand {
        left(by_hand, place, context).map_err(Failure::from_output)?;
    }
    Ok(())
}

/// Says what was done with each hook.
pub(in crate::cli) fn said(done: &[Done], place: &Place, context: &Context) {
    for one in done {
        let path = shown(&one.path, Some(&place.root));
        context.terminal.say(&format!(
            "{}: {} ({path})",
            one.event,
            one.what.describe(one.event)
        ));
    }
}

/// Prints the lines to add. They are a result, so they go to standard output.
fn left(by_hand: &ByHand, place: &Place, context: &Context) -> std::io::Result<()> {
    let path = |path: &Path| shown(path, Some(&place.root));
    let terminal = &context.terminal;
    terminal.line(&format!(
        "the hooks are in {}, {}; add these lines:",
        path(&by_hand.directory),
        by_hand.why.describe()
    ))?;
    for (file, line) in &by_hand.lines {
        terminal.line(&format!("  {}\n    {line}", path(file)))?;
    }
    terminal.line("without them hive works while `hive watch` runs and with the next hive command")
}

/// A failure with the hooks as a person reads it.
pub(in crate::cli) fn failure(error: HookError, what: &str) -> Failure {
    let hint = match &error {
        HookError::InTheWay(_) => "move one of the two away, then run the command again",
        HookError::File { .. } => "make the file writable, then run the command again",
        HookError::Program(_) | HookError::Git(_) => "hive asks git about hooks; see above",
    };
    Failure::internal(format!("the hooks could not be {what}"))
        .caused_by(error)
        .hint(hint)
}

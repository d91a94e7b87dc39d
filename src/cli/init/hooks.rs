//! Installing the hooks, and saying what was done with each.

use std::path::Path;

use super::binary;
use crate::cli::Context;
use crate::failure::{Failure, Outcome};
use crate::hooks::{self, ByHand, Done, Git, HookError, Report, TIDY, What};
use crate::repo::Place;
use crate::settings::{CommitMode, shown};

/// Installs the hooks that a mode of landing wants and says what was done, or what is left
/// for a person.
pub(super) fn install(place: &Place, mode: CommitMode, context: &Context) -> Outcome<()> {
    let report = installed(place, mode)?;
    said(&report.done, place, context);
    if let Some(by_hand) = &report.by_hand {
        let without =
            "without them hive works while `hive watch` runs and with the next hive command";
        left(by_hand, without, place, context).map_err(Failure::from_output)?;
    }
    Ok(())
}

/// The same after a change of the mode: says only what is another way now.
pub(in crate::cli) fn follow(place: &Place, mode: CommitMode, context: &Context) -> Outcome<()> {
    let mut report = installed(place, mode)?;
    report.done.retain(|done| done.what != What::Already);
    said(&report.done, place, context);
    if let Some(by_hand) = &mut report.by_hand {
        // The others were told by `hive init`.
        by_hand.lines.retain(|(file, _)| file.ends_with(TIDY));
        if !by_hand.lines.is_empty() {
            let without = "without them commits are followed as with the mode direct";
            left(by_hand, without, place, context).map_err(Failure::from_output)?;
        }
    }
    Ok(())
}

fn installed(place: &Place, mode: CommitMode) -> Outcome<Report> {
    let wanted = hooks::wanted(mode == CommitMode::Tidy);
    hooks::install(place, &binary::path()?, &Git::default(), &wanted)
        .map_err(|error| failure(error, "installed"))
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
fn left(by_hand: &ByHand, without: &str, place: &Place, context: &Context) -> std::io::Result<()> {
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
    terminal.line(without)
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

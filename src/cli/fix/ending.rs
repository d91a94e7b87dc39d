//! How a run ends: its exit code, and what is said where nothing was looked at.

use super::Request;
use crate::cli::{Context, Ending, here};
use crate::failure::{self, Failure, Kind, Outcome};
use crate::repo::Place;
use crate::report::{Finds, HeldBy, Mode, Run, Status};
use crate::terminal::{Terminal, one_name};

/// Nothing was looked at: say what probably filtered everything.
pub(super) fn nothing(request: &Request<'_>, run: &Run, context: &Context) -> Outcome<Ending> {
    let terminal = &context.terminal;
    if request.staged || request.since.is_some() {
        terminal.say(if request.staged {
            "no staged file to fix"
        } else {
            "no file differs from that revision"
        });
        return Ok(Ending::Clean);
    }
    // A report that is verbose has said it.
    for file in run.files.iter().filter(|_| !terminal.verbose()) {
        if let Status::Skipped(reason) = &file.status {
            terminal.say(&one_name(&format!("{}: skipped, it {reason}", file.shown)));
        }
    }
    if request.common.as_hook {
        return Ok(Ending::Clean);
    }
    if run.files.is_empty()
        && Place::find(&context.cwd).is_none()
        && let Some(bare) = here::bare(&context.cwd)
    {
        return Err(bare);
    }
    let what = if run.files.is_empty() {
        "no file matched"
    } else {
        "every file that matched was skipped"
    };
    Err(Failure::new(Kind::NothingMatched, what).hint(
        "ignored and excluded files are left out; `hive doctor PATH` says what is decided for a path",
    ))
}

/// Names the files that were too large to be looked at: nobody has decided that they are
/// left alone, as with those that are excluded, and they must not pass for clean.
pub(super) fn unseen(run: &Run, terminal: &Terminal) {
    // A report that is verbose has said it.
    for file in run.files.iter().filter(|_| !terminal.verbose()) {
        if let Status::Skipped(reason) = &file.status
            && reason.contains("max_file_size")
        {
            terminal.say(&one_name(&format!("{}: skipped, it {reason}", file.shown)));
        }
    }
}

/// What helps, where the system refused something.
pub(super) fn hint(run: &Run) -> Option<&'static str> {
    run.files.iter().find_map(|file| match &file.status {
        Status::Failed(trouble) => failure::way_out(&trouble.to_string()),
        _ => None,
    })
}

/// The exit code of a run, by the worst that happened.
pub(super) fn of(run: &Run) -> Ending {
    let totals = run.totals();
    let held = |by: &[HeldBy]| run.held.iter().any(|held| by.contains(&held.by));
    let rules = run
        .verdicts
        .iter()
        .any(|it| matches!(it.finds, Finds::Error(_)));
    if rules || totals.failed > 0 || held(&[HeldBy::Missing, HeldBy::Trust]) {
        Ending::Troubled
    } else if totals.misconfigured > 0 || held(&[HeldBy::Configuration]) {
        Ending::Misconfigured
    } else if totals.failing > 0
        || totals.unreadable > 0
        || totals.left > 0
        || (run.mode != Mode::Fix && totals.changed > 0)
    {
        Ending::Findings
    } else {
        Ending::Clean
    }
}

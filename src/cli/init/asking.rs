//! The questions of `hive init` that have no right answer.

use std::fs;

use crate::cli::Context;
use crate::repo::Place;
use crate::settings::{CommitMode, Layer, Resolved};
use crate::terminal::plain;

/// What a person chose; nothing where the default is to stay.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choices {
    /// How fixes land.
    pub(super) mode: Option<CommitMode>,
    /// A branch that never gets a commit of hive.
    pub(super) protect: Option<String>,
}

const MODES: [(CommitMode, &str); 4] = [
    (
        CommitMode::Direct,
        "a commit of hive's own, right after yours (default)",
    ),
    (
        CommitMode::Fixup,
        "the same, ready for `git rebase --autosquash`",
    ),
    (
        CommitMode::Branch,
        "on hive/<branch>; your branch stays as it is",
    ),
    (
        CommitMode::Hold,
        "nowhere: `hive status` lists them, `hive fix` makes them",
    ),
];

/// Asks what is not decided yet. Without a terminal nothing is asked.
pub(super) fn ask(place: &Place, resolved: &Resolved, context: &Context) -> Choices {
    let mut choices = Choices::default();
    let decided = |key: &str| {
        resolved
            .origins
            .get(key)
            .is_some_and(|origin| origin.layer != Layer::Default)
    };
    if !decided("commit.mode") {
        choices.mode = mode(context);
    }
    let protected = &resolved.settings.commit.protected;
    if let Some(branch) = default_branch(place)
        && !protected.contains(&branch)
        && !decided("commit.protected")
    {
        let question = format!(
            "Protect {}, the remote's default branch, from commits of hive? [y/N]",
            plain(&branch)
        );
        if context
            .terminal
            .ask(&question)
            .is_some_and(|answer| yes(&answer))
        {
            choices.protect = Some(branch);
        }
    }
    choices
}

fn mode(context: &Context) -> Option<CommitMode> {
    if !context.terminal.interactive() {
        return None;
    }
    context
        .terminal
        .say("Where shall fixes of your commits go?");
    for (number, (mode, what)) in (1..).zip(MODES) {
        context
            .terminal
            .say(&format!("  {number}  {:<7} {what}", mode.word()));
    }
    loop {
        let answer = context.terminal.ask("1-4 or the word [1]:")?;
        match chosen(&answer) {
            Some(CommitMode::Direct) => return None,
            Some(mode) => return Some(mode),
            None => context
                .terminal
                .say(&format!("there is no choice \"{}\"", plain(&answer))),
        }
    }
}

/// The mode that an answer means: a number, a word, or nothing for the default.
fn chosen(answer: &str) -> Option<CommitMode> {
    if answer.is_empty() {
        return Some(CommitMode::Direct);
    }
    let by_number = || MODES.get(answer.parse::<usize>().ok()?.checked_sub(1)?);
    MODES
        .iter()
        .find(|(mode, _)| mode.word() == answer)
        .or_else(by_number)
        .map(|(mode, _)| *mode)
}

fn yes(answer: &str) -> bool {
    matches!(answer.to_lowercase().as_str(), "y" | "yes")
}

/// The branch that the remote shows first, as the clone recorded it.
fn default_branch(place: &Place) -> Option<String> {
    let path = place.common_dir.join("refs/remotes/origin/HEAD");
    let text = fs::read_to_string(path).ok()?;
    let branch = text.trim().strip_prefix("ref: refs/remotes/origin/")?;
    Some(branch.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{CommitMode, chosen};

    #[test]
    fn answers_are_numbers_words_or_nothing() {
        for (answer, mode) in [
            ("", Some(CommitMode::Direct)),
            ("2", Some(CommitMode::Fixup)),
            ("hold", Some(CommitMode::Hold)),
            ("0", None),
            ("5", None),
            ("tidy", None),
        ] {
            assert_eq!(chosen(answer), mode, "{answer}");
        }
    }
}

//! The questions of `hive init` that have no right answer.

use super::habits::Habits;
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

/// The modes that can be chosen, in the order in which they are offered, each with what
/// it means anywhere; what it means here, [`Habits::meaning`] adds.
const MODES: &[(CommitMode, &str)] = &[
    (
        CommitMode::Direct,
        "a commit of hive's own, right after yours",
    ),
    (
        CommitMode::Tidy,
        "layout into your own commit, which waits 80 ms at most",
    ),
    (
        CommitMode::Fold,
        "into your own commit afterwards, while nobody else has it",
    ),
    (
        CommitMode::Fixup,
        "as direct, ready for `git rebase --autosquash`",
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
    if !context.terminal.interactive() {
        return choices;
    }
    let habits = Habits::of(place);
    let decided = |key: &str| {
        resolved
            .origins
            .get(key)
            .is_some_and(|origin| origin.layer != Layer::Default)
    };
    if !decided("commit.mode") {
        choices.mode = mode(&habits, context);
    }
    let protected = &resolved.settings.commit.protected;
    if let Some(branch) = habits.default_branch
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

fn mode(habits: &Habits, context: &Context) -> Option<CommitMode> {
    let (recommended, why) = habits.recommended();
    let terminal = &context.terminal;
    terminal.say("Where shall fixes of your commits go?");
    for (number, (mode, what)) in (1..).zip(MODES) {
        terminal.say(&format!("  {number}  {:<7} {what}", mode.word()));
        if let Some(here) = habits.meaning(*mode) {
            terminal.say(&format!("             {}", plain(&here)));
        }
    }
    let at = MODES.iter().position(|(mode, _)| *mode == recommended);
    let at = at.map_or(1, |at| at + 1);
    terminal.say(&format!("Recommended here: {}.", recommended.word()));
    if let Some(why) = why {
        terminal.say(&format!("  {why}"));
    }
    let question = format!("1-{} or the word [{at}]:", MODES.len());
    loop {
        let answer = terminal.ask(&question)?;
        match chosen(&answer, recommended) {
            Some(CommitMode::Direct) => return None,
            Some(mode) => return Some(mode),
            None => terminal.say(&format!("there is no choice \"{}\"", plain(&answer))),
        }
    }
}

/// The mode that an answer means: a number, a word, or nothing for what is recommended.
fn chosen(answer: &str, recommended: CommitMode) -> Option<CommitMode> {
    if answer.is_empty() {
        return Some(recommended);
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

#[cfg(test)]
mod tests {
    use super::{CommitMode, chosen};

    #[test]
    fn answers_are_numbers_words_or_nothing() {
        for (answer, mode) in [
            ("", Some(CommitMode::Tidy)),
            ("1", Some(CommitMode::Direct)),
            ("fixup", Some(CommitMode::Fixup)),
            ("hold", Some(CommitMode::Hold)),
            ("0", None),
            ("9", None),
            ("neat", None),
        ] {
            assert_eq!(chosen(answer, CommitMode::Tidy), mode, "{answer}");
        }
    }
}

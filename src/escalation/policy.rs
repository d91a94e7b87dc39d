//! The moves between the states of a question, and when two are the same. Pure.

use super::{Question, State};

/// What a person, or the disappearance of the cause, does to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It was asked again.
    Repeat,
    /// Its cause is gone.
    Absent,
    /// A person has dealt with it.
    Resolve,
    /// A person does not want to hear of it.
    Dismiss,
    /// A person will look later, at a time in milliseconds since the epoch.
    Snooze {
        /// When.
        until_ms: i64,
    },
    /// A person wants to see it again.
    Reopen,
}

/// A move that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is {0} already")]
pub struct Illegal(pub &'static str);

/// The state after a move; an error if a person asks for what is there already.
///
/// Repeats keep what a person said: a dismissed question stays dismissed, a snoozed
/// one comes back at its time. One that had resolved itself is open again.
pub fn next(state: &State, step: Move, now_ms: i64) -> Result<State, Illegal> {
    let at_ms = now_ms;
    Ok(match (step, state) {
        (Move::Repeat, State::Resolved { .. }) => State::Open,
        (Move::Repeat, State::Snoozed { until_ms }) if *until_ms <= now_ms => State::Open,
        (Move::Absent, State::Open | State::Snoozed { .. }) => State::Resolved { at_ms },
        (Move::Repeat | Move::Absent, state) => state.clone(),
        (Move::Resolve, State::Resolved { .. })
        | (Move::Dismiss, State::Dismissed { .. })
        | (Move::Reopen, State::Open) => return Err(Illegal(state.name())),
        (Move::Resolve, _) => State::Resolved { at_ms },
        (Move::Dismiss, _) => State::Dismissed { at_ms },
        (Move::Snooze { .. }, State::Resolved { .. } | State::Dismissed { .. }) => {
            return Err(Illegal(state.name()));
        }
        (Move::Snooze { until_ms }, _) => State::Snoozed { until_ms },
        (Move::Reopen, _) => State::Open,
    })
}

/// The state as it counts now: a snooze that is over is open.
pub fn current(state: &State, now_ms: i64) -> State {
    match state {
        State::Snoozed { until_ms } if *until_ms <= now_ms => State::Open,
        state => state.clone(),
    }
}

/// The snippet without what unrelated edits change: indentation, and white space
/// within lines. Two questions of one rule, file and symbol with equal normal forms
/// are one.
pub fn normalised(snippet: &str) -> String {
    let lines = snippet.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let kept: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    kept.join("\n")
}

/// Whether two questions are the same one.
pub fn same(one: &Question, other: &Question) -> bool {
    one.rule == other.rule
        && one.path == other.path
        && one.stage == other.stage
        && one.symbol == other.symbol
        && normalised(&one.snippet) == normalised(&other.snippet)
}

/// Questions of which no two are the same, and the place in them of each that was given.
/// Two findings of one rule in one line are one question: it has the reasons of both, since
/// who answers it answers both.
pub fn joined(questions: Vec<Question>) -> (Vec<Question>, Vec<usize>) {
    let mut joined: Vec<Question> = Vec::new();
    let mut places = Vec::new();
    for question in questions {
        let Some(at) = joined.iter().position(|one| same(one, &question)) else {
            places.push(joined.len());
            joined.push(question);
            continue;
        };
        places.push(at);
        let one = &mut joined[at];
        let known: Vec<&str> = one.reason.lines().collect();
        let more = question.reason.lines().filter(|line| !known.contains(line));
        let lines: Vec<&str> = known.iter().copied().chain(more).collect();
        one.reason = lines.join("\n");
        one.level = one.level.max(question.level);
        one.attempts = one.attempts.max(question.attempts);
        one.patch = one.patch.take().or(question.patch);
    }
    (joined, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: State = State::Open;
    const SNOOZED: State = State::Snoozed { until_ms: 50 };
    const RESOLVED: State = State::Resolved { at_ms: 1 };
    const DISMISSED: State = State::Dismissed { at_ms: 1 };

    #[test]
    fn every_move_from_every_state() {
        let at_ms = 10;
        let later = State::Snoozed { until_ms: 99 };
        let snooze = Move::Snooze { until_ms: 99 };
        let illegal = |name| Err(Illegal(name));
        for (step, from, to) in [
            (Move::Repeat, OPEN, Ok(OPEN)),
            (Move::Repeat, SNOOZED, Ok(SNOOZED)),
            (Move::Repeat, State::Snoozed { until_ms: 10 }, Ok(OPEN)),
            (Move::Repeat, RESOLVED, Ok(OPEN)),
            (Move::Repeat, DISMISSED, Ok(DISMISSED)),
            (Move::Absent, OPEN, Ok(State::Resolved { at_ms })),
            (Move::Absent, SNOOZED, Ok(State::Resolved { at_ms })),
            (Move::Absent, RESOLVED, Ok(RESOLVED)),
            (Move::Absent, DISMISSED, Ok(DISMISSED)),
            (Move::Resolve, OPEN, Ok(State::Resolved { at_ms })),
            (Move::Resolve, DISMISSED, Ok(State::Resolved { at_ms })),
            (Move::Resolve, RESOLVED, illegal("resolved")),
            (Move::Dismiss, SNOOZED, Ok(State::Dismissed { at_ms })),
            (Move::Dismiss, DISMISSED, illegal("dismissed")),
            (snooze, OPEN, Ok(later.clone())),
            (snooze, SNOOZED, Ok(later)),
            (snooze, RESOLVED, illegal("resolved")),
            (snooze, DISMISSED, illegal("dismissed")),
            (Move::Reopen, OPEN, illegal("open")),
            (Move::Reopen, SNOOZED, Ok(OPEN)),
            (Move::Reopen, DISMISSED, Ok(OPEN)),
        ] {
            assert_eq!(next(&from, step, 10), to, "{step:?} {from:?}");
        }
    }

    #[test]
    fn unrelated_edits_do_not_make_another_question() {
        for (one, other, same) in [
            ("import os", "    import  os\n", true),
            ("a\n\nb", "  a\n  b", true),
            ("import os", "import sys", false),
            ("a b", "ab", false),
        ] {
            assert_eq!(normalised(one) == normalised(other), same, "{one:?}");
        }
    }

    #[test]
    fn a_snooze_ends_by_itself() {
        assert_eq!(current(&SNOOZED, 49), SNOOZED);
        assert_eq!(current(&SNOOZED, 50), OPEN);
        assert_eq!(current(&DISMISSED, 50), DISMISSED);
    }
}

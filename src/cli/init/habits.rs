//! What this repository says about how fixes should land: how soon its person pushes,
//! whether commits are signed, which branch the remote shows first.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::process::Program;
use crate::repo::{Place, head};
use crate::settings::CommitMode;

/// A push this soon after its commit was typed in one line with it, or nearly; seconds.
const AT_ONCE: i64 = 15;
/// How many of the last pushes are looked at.
const LAST: usize = 30;
/// How many pushes make a habit.
const SOME: usize = 3;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Habits {
    /// The branch that the remote shows first, as the clone recorded it.
    pub(super) default_branch: Option<String>,
    /// Whether HEAD is on it.
    on_default: bool,
    /// Whether commits are signed.
    signs: bool,
    pushes: Pushes,
}

/// How soon pushes follow their commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pushes {
    /// Those whose commit was made here.
    all: usize,
    /// Those of them that came at once.
    at_once: usize,
}

impl Habits {
    /// Looks at a repository. What cannot be found out says nothing.
    pub(super) fn of(place: &Place) -> Self {
        let default_branch = default_branch(place);
        let on = head::read(place).ok().and_then(|head| head.reference);
        let on = on
            .as_deref()
            .and_then(|name| name.strip_prefix("refs/heads/"));
        Self {
            on_default: on.is_some() && on == default_branch.as_deref(),
            default_branch,
            signs: signs(place),
            pushes: pushes(place),
        }
    }

    /// The mode that suits them, and why; nothing where all do.
    pub(super) fn recommended(&self) -> (CommitMode, Option<String>) {
        if self.pushes.are_habit() {
            let Pushes { all, at_once } = self.pushes;
            let why = format!(
                "{at_once} of your last {all} pushes came within {AT_ONCE} s of the commit;\n  \
                 a commit of hive's own would mostly come too late."
            );
            return (CommitMode::Tidy, Some(why));
        }
        if self.signs {
            let why = "Your commits are signed; what is in your own needs no second signature.";
            return (CommitMode::Tidy, Some(why.to_owned()));
        }
        (CommitMode::Direct, None)
    }

    /// What a mode means in this repository beyond its own words, if anything.
    pub(super) fn meaning(&self, mode: CommitMode) -> Option<String> {
        let branch = self.default_branch.as_deref();
        match mode {
            CommitMode::Direct | CommitMode::Fixup if self.signs => {
                Some("it is signed like yours, and waits where that would ask you".to_owned())
            }
            CommitMode::Fold if self.signs => {
                Some("only if it can be signed again without asking you".to_owned())
            }
            CommitMode::Direct | CommitMode::Fold | CommitMode::Fixup
                if self.pushes.are_habit() =>
            {
                Some("after a push it waits for your next commit there".to_owned())
            }
            CommitMode::Direct if self.on_default => branch.map(|branch| {
                format!("also on {branch}, the remote's default branch, unless protected")
            }),
            CommitMode::Tidy => Some("what takes longer follows as with direct".to_owned()),
            _ => None,
        }
    }
}

impl Pushes {
    fn are_habit(self) -> bool {
        self.all >= SOME && self.at_once * 2 >= self.all
    }
}

/// The branch that the remote shows first, as the clone recorded it.
fn default_branch(place: &Place) -> Option<String> {
    let path = place.common_dir.join("refs/remotes/origin/HEAD");
    let text = fs::read_to_string(path).ok()?;
    let branch = text.trim().strip_prefix("ref: refs/remotes/origin/")?;
    Some(branch.to_owned())
}

/// Whether git signs commits here without being asked.
fn signs(place: &Place) -> bool {
    let asked = Program::new("git")
        .args(["config", "--type=bool", "--get", "commit.gpgSign"])
        .keep("GIT_CONFIG_GLOBAL")
        .keep("GIT_CONFIG_SYSTEM")
        .keep("GIT_CONFIG_NOSYSTEM")
        .current_dir(&place.root)
        .run();
    asked.is_ok_and(|asked| asked.status.success() && asked.stdout.trim_ascii() == b"true")
}

/// Compares the logs of remote-tracking branches with HEAD's.
fn pushes(place: &Place) -> Pushes {
    let mut logs = Vec::new();
    read_all(&place.common_dir.join("logs/refs/remotes"), &mut logs);
    let head = fs::read_to_string(place.git_dir.join("logs/HEAD")).unwrap_or_default();
    of_logs(&logs, &head)
}

/// The texts of all logs below a directory; there are as many as remote branches.
fn read_all(directory: &Path, logs: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => read_all(&entry.path(), logs),
            Ok(kind) if kind.is_file() => logs.extend(fs::read_to_string(entry.path()).ok()),
            _ => {}
        }
    }
}

fn of_logs(remotes: &[String], head: &str) -> Pushes {
    let mut made: HashMap<&str, i64> = HashMap::new();
    for (new, at, message) in head.lines().filter_map(moved) {
        if message.starts_with("commit") {
            made.insert(new, at);
        }
    }
    let mut pushed: Vec<(i64, i64)> = remotes
        .iter()
        .flat_map(|log| log.lines())
        .filter_map(moved)
        .filter(|(_, _, message)| message.starts_with("update by push"))
        .filter_map(|(new, at, _)| Some((at, at - made.get(new)?)))
        .collect();
    pushed.sort_unstable();
    let last = &pushed[pushed.len().saturating_sub(LAST)..];
    Pushes {
        all: last.len(),
        at_once: last.iter().filter(|(_, after)| *after <= AT_ONCE).count(),
    }
}

/// A line of a reflog: the new id, the time in seconds, the message.
fn moved(line: &str) -> Option<(&str, i64, &str)> {
    let (who, message) = line.split_once('\t')?;
    let new = who.split(' ').nth(1)?;
    let at = who.rsplit(' ').nth(1)?.parse().ok()?;
    Some((new, at, message))
}

#[cfg(test)]
mod tests {
    use super::{CommitMode, Habits, Pushes, of_logs};

    fn line(new: &str, at: i64, message: &str) -> String {
        format!("{:040} {new:0>40} A B <a@b> {at} +0200\t{message}\n", 0)
    }

    #[test]
    fn pushes_are_compared_with_the_commits_made_here() {
        let head = [
            line("a", 100, "commit: one"),
            line("b", 200, "commit (amend): two"),
            line("c", 300, "pull: Fast-forward"),
            line("d", 400, "commit: three"),
        ]
        .concat();
        let remote = [
            line("a", 103, "update by push"),
            line("b", 900, "update by push"),
            line("c", 301, "update by push"),
            line("d", 401, "fetch: fast-forward"),
            line("e", 401, "update by push"),
        ]
        .concat();
        let found = of_logs(&[remote], &head);
        assert_eq!(found, Pushes { all: 2, at_once: 1 });
        assert_eq!(of_logs(&[], &head), Pushes::default());
    }

    #[test]
    fn who_pushes_at_once_or_signs_is_better_off_with_tidy() {
        let habits = |all, at_once, signs| Habits {
            pushes: Pushes { all, at_once },
            signs,
            ..Habits::default()
        };
        for (habits, mode) in [
            (habits(0, 0, false), CommitMode::Direct),
            (habits(2, 2, false), CommitMode::Direct),
            (habits(9, 3, false), CommitMode::Direct),
            (habits(9, 5, false), CommitMode::Tidy),
            (habits(0, 0, true), CommitMode::Tidy),
        ] {
            assert_eq!(habits.recommended().0, mode, "{habits:?}");
        }
    }
}

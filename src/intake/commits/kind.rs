//! What the message of a reflog line says about the commits it brought. Pure.

/// Where the commits of a reflog line come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Made here: commit, amend, cherry-pick, revert, am, merge, a step of a rebase.
    Made,
    /// Made elsewhere or before: HEAD only went to them.
    Moved,
    /// Nobody says: a tool of its own, or `git update-ref` without a message.
    Unknown,
}

/// Sorts a message as git (and most other implementations) write it:
/// `action (step): subject`, where action may have arguments.
///
/// A person can set the action by `GIT_REFLOG_ACTION`, as `git pull --rebase` does
/// for the rebase that it starts; the step in parentheses is then still git's own, so
/// it is asked first.
pub(super) fn kind(message: &str) -> Kind {
    let (action, subject) = message.split_once(':').unwrap_or((message, ""));
    let action = action.trim();
    let word = action.split_whitespace().next().unwrap_or_default();
    let step = action
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .map(|(_, step)| step);
    match (word, step) {
        (
            _,
            Some(
                "pick" | "reword" | "edit" | "squash" | "fixup" | "continue" | "merge" | "amend"
                | "initial" | "cherry-pick",
            ),
        )
        | ("commit" | "cherry-pick" | "revert" | "am", None) => Kind::Made,
        (_, Some("start" | "finish" | "abort" | "reset" | "skip" | "quit" | "label"))
        | ("pull" | "fetch" | "clone" | "checkout" | "switch" | "reset" | "branch", _)
        | ("Branch" | "push" | "update", None) => Kind::Moved,
        // `initial pull`, `rebase finished: returning to refs/heads/x`
        ("initial" | "rebase", None) if action == "initial pull" || action == "rebase finished" => {
            Kind::Moved
        }
        ("merge", None) if subject.trim() == "Fast-forward" => Kind::Moved,
        ("merge", None) if !subject.is_empty() => Kind::Made,
        _ => Kind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    #[test]
    fn every_kind_that_git_writes_is_known() {
        for (message, expected) in [
            ("commit: one", Kind::Made),
            ("commit:", Kind::Made),
            ("commit (initial): one", Kind::Made),
            ("commit (amend): one: two", Kind::Made),
            ("commit (merge): Merge branch 'x'", Kind::Made),
            ("commit (cherry-pick): one", Kind::Made),
            ("cherry-pick: one", Kind::Made),
            ("revert: Revert \"one\"", Kind::Made),
            ("am: one", Kind::Made),
            ("merge topic: Merge made by the 'ort' strategy.", Kind::Made),
            ("merge topic: Fast-forward", Kind::Moved),
            ("rebase (start): checkout main", Kind::Moved),
            ("rebase (pick): one", Kind::Made),
            ("rebase -i (pick): one", Kind::Made),
            ("rebase (reword): one", Kind::Made),
            ("rebase (squash): one", Kind::Made),
            ("rebase (fixup): one", Kind::Made),
            ("rebase (edit): one", Kind::Made),
            ("rebase (continue): one", Kind::Made),
            ("rebase (merge): Merge branch 'x'", Kind::Made),
            ("rebase (reset): 'onto'", Kind::Moved),
            ("rebase (finish): returning to refs/heads/x", Kind::Moved),
            ("rebase (abort): returning to refs/heads/x", Kind::Moved),
            ("rebase finished: returning to refs/heads/x", Kind::Moved),
            ("pull: Fast-forward", Kind::Moved),
            ("pull --rebase (start): checkout 0123", Kind::Moved),
            ("pull --rebase (pick): one", Kind::Made),
            ("pull --rebase (finish): returning to x", Kind::Moved),
            (
                "pull origin main: Merge made by the 'ort' strategy.",
                Kind::Moved,
            ),
            ("initial pull", Kind::Moved),
            ("fetch origin main:main: fast-forward", Kind::Moved),
            ("clone: from /somewhere", Kind::Moved),
            ("checkout: moving from a to b", Kind::Moved),
            ("reset: moving to HEAD~1", Kind::Moved),
            ("branch: Reset to main", Kind::Moved),
            ("branch: Created from HEAD", Kind::Moved),
            ("Branch: renamed refs/heads/a to refs/heads/b", Kind::Moved),
            ("push", Kind::Moved),
            ("", Kind::Unknown),
            ("sync with the mothership", Kind::Unknown),
            ("rebase: something", Kind::Unknown),
        ] {
            assert_eq!(kind(message), expected, "{message:?}");
        }
    }
}

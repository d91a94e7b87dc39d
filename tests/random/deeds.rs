//! The rarer things that people do: interactive rebases that conflict, bisecting, work
//! trees that come and go, housekeeping, slow editors, and `hive fix` meanwhile.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::trees::Tree;
use crate::user::User;

/// Swaps the first two steps, which conflict as often as not.
const SWAP: &str = "sequence.editor=sed -i -e '1h;1d;2G'";
/// Joins the second commit to the first.
const SQUASH: &str = "sequence.editor=sed -i -e '2s/^pick/squash/'";
/// Takes its time and leaves the message as it is.
const SLOW: &str = "core.editor=sh -c 'sleep 0.15'";

impl User {
    /// Hooks that take a moment, as a person's linters do.
    pub(crate) fn slow_hooks(&self) {
        for (name, script) in [
            ("pre-commit", "sleep 0.0$(($$ % 8))"),
            ("commit-msg", "sleep 0.0$(($$ % 4))"),
        ] {
            let path = self.ground.sandbox.path(".git/hooks").join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Reorders or joins the last commits, with what conflicts that brings.
    pub(crate) fn rebase_interactively(&mut self) {
        self.commit_everything("before an interactive rebase");
        let linear = self.asks(&["rev-list", "--merges", "HEAD~4..HEAD"]);
        // Rebasing drops what only a merge commit holds.
        if linear.code != Some(0) || !linear.stdout.is_empty() {
            return;
        }
        let editor = if self.chance.percent(60) {
            SWAP
        } else {
            SQUASH
        };
        self.git(&["-c", editor, "rebase", "--interactive", "HEAD~3"]);
        self.go_on("rebase", "rebase-merge");
    }

    /// Looks for a commit by halving, and comes back.
    pub(crate) fn bisect(&mut self) {
        self.commit_everything("before bisecting");
        let deep = self.asks(&["rev-parse", "--verify", "--quiet", "HEAD~6"]);
        if deep.code != Some(0) {
            return;
        }
        self.git(&["bisect", "start", "HEAD", "HEAD~6"]);
        for _ in 0..3 {
            let verdict = if self.chance.percent(50) {
                "good"
            } else {
                "bad"
            };
            self.git(&["bisect", verdict]);
        }
        if self.git(&["bisect", "reset"]).code != Some(0) {
            // Everything of the person was committed: what differs is what `hive fix` has
            // written meanwhile.
            self.git(&["reset", "--hard"]);
            self.git(&["bisect", "reset"]);
        }
    }

    /// Adds a work tree and commits in it, or takes one away.
    pub(crate) fn work_tree(&mut self) {
        if self.trees.len() > 3 {
            let last = self.trees.len() - 1;
            let back = std::mem::replace(&mut self.here, last);
            self.commit_everything("before the work tree goes");
            self.here = back.min(last - 1);
            let root = self.trees[last].root.clone();
            // git refuses where anything would be lost.
            let gone = self.git(&["worktree", "remove", root.to_str().unwrap()]);
            if gone.code == Some(0) {
                self.trees.pop();
            } else if !root.exists() {
                // A drain was at work in it: the files are gone, git's own directory of it,
                // where hive keeps its own, was not empty when git wanted to remove it.
                self.tally.harmed += 1;
                let what = gone.stderr.lines().next().unwrap_or_default();
                self.tally.said.push(format!("git worktree remove: {what}"));
                self.trees.pop();
                self.git(&["worktree", "prune"]);
            }
            return;
        }
        self.branches += 1;
        let name = format!("tree-{}", self.branches);
        let root = self.ground.sandbox.directory().join(&name);
        let args = ["worktree", "add", "-b", &name, root.to_str().unwrap()];
        if self.git(&args).code == Some(0) {
            let tree = Tree::linked(&self.ground, &name);
            self.trees.push(tree);
            let back = std::mem::replace(&mut self.here, self.trees.len() - 1);
            self.save_and_commit();
            self.here = back;
        }
    }

    /// Housekeeping at the worst moment.
    pub(crate) fn housekeeping(&mut self) {
        if self.chance.percent(40) {
            self.git(&["gc", "--quiet", "--prune=now"]);
        } else {
            self.git(&["pack-refs", "--all"]);
        }
    }

    /// A commit whose editor stays open for a while.
    pub(crate) fn commit_slowly(&mut self) {
        let path = self.edit();
        self.git(&["add", &path]);
        self.commit_with(&["-c", SLOW], &["--edit", "-m", "slow"]);
    }

    /// Goes to another work tree.
    pub(crate) fn go_elsewhere(&mut self) {
        self.here = self.chance.below(self.trees.len());
    }

    /// Has `hive fix` run beside everything else.
    pub(crate) fn fix(&mut self) {
        self.look_after_fix(false);
        if self.fixing.is_some() {
            return;
        }
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_hive"));
        let child = self
            .ground
            .sandbox
            .command(binary, &["fix"])
            .current_dir(&self.trees[self.here].root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        self.fixing = Some(child.unwrap());
        self.tally.fixes += 1;
    }

    /// Takes the end of a `hive fix`; files that cannot be fixed now are no failure.
    pub(crate) fn look_after_fix(&mut self, wait: bool) {
        let Some(child) = &mut self.fixing else {
            return;
        };
        if !wait && child.try_wait().unwrap().is_none() {
            return;
        }
        let ended = self.fixing.take().unwrap().wait_with_output().unwrap();
        if !matches!(ended.status.code(), Some(0 | 1 | 3)) {
            self.tally.harmed += 1;
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            self.tally.said.push(format!("hive fix: {said}"));
        }
    }
}

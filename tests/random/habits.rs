//! What a person does all day: saves, stages, commits, stashes, branches and merges. The
//! rarer things are in `deeds`.

use std::fs;
use std::time::{Duration, Instant};

use crate::user::{PATIENCE, User, WATCHED};

impl User {
    pub(crate) fn save_and_commit(&mut self) {
        let path = self.edit();
        if self.chance.percent(30) {
            self.edit();
        }
        match self.chance.below(4) {
            0 => {
                self.git(&["add", "--all"]);
                self.commit(&["-m", "staged"]);
            }
            1 => self.commit(&["-a", "-m", "all"]),
            2 => self.commit(&["-m", "path", "--", &path]),
            _ => {
                self.git(&["add", &path]);
                if self.chance.percent(40) {
                    self.edit();
                }
                self.commit(&["-m", "one"]);
            }
        }
    }

    pub(crate) fn commit(&mut self, how: &[&str]) {
        self.commit_with(&[], how);
    }

    /// The same with options of git itself.
    pub(crate) fn commit_with(&mut self, options: &[&str], how: &[&str]) {
        let before = self.turns();
        let ran = self.git(&[options, &["commit"], how].concat());
        if ran.code != Some(0) {
            return;
        }
        self.tally.commits += 1;
        // In the others a drain works, which is not listened to.
        if self.here < WATCHED && self.chance.percent(85) {
            let begun = Instant::now();
            while self.turns() == before && begun.elapsed() < PATIENCE {
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
    }

    pub(crate) fn stage_all_of_one(&mut self) {
        let path = self.edit();
        self.git(&["add", &path]);
    }

    /// What `git add -p` does with one hunk.
    pub(crate) fn stage_a_hunk(&mut self) {
        let path = self.edit();
        let diff = self.asks(&["diff", "--", &path]).stdout;
        let starts: Vec<_> = diff.match_indices("\n@@ ").map(|(at, _)| at + 1).collect();
        let Some(first) = starts.first() else {
            return;
        };
        let chosen = self.chance.below(starts.len());
        let end = starts.get(chosen + 1).copied().unwrap_or(diff.len());
        let patch = format!("{}{}", &diff[..*first], &diff[starts[chosen]..end]);
        let file = self.ground.sandbox.directory().join("hunk.patch");
        fs::write(&file, patch).unwrap();
        self.git(&["apply", "--cached", file.to_str().unwrap()]);
    }

    pub(crate) fn stash(&mut self) {
        if self.chance.percent(70) {
            self.edit();
        }
        let deep = self.asks(&["stash", "list"]).stdout;
        if deep.lines().count() < 3 {
            self.git(&["stash"]);
        }
    }

    pub(crate) fn pop(&mut self) {
        if self.asks(&["stash", "list"]).stdout.is_empty() {
            return;
        }
        let ran = self.git(&["stash", "pop"]);
        if ran.code != Some(0) && self.keep_both_sides() {
            self.git(&["stash", "drop"]);
        }
    }

    pub(crate) fn switch(&mut self) {
        if self.asks(&["symbolic-ref", "--quiet", "HEAD"]).code != Some(0) {
            // Who leaves commits that no branch has loses them by themselves.
            self.branches += 1;
            let name = format!("found-{}", self.branches);
            self.git(&["branch", &name]);
        }
        let free = self.free_branches();
        if let Some(other) = self.chance.one(&free).cloned() {
            self.git(&["switch", &other]);
        }
    }

    pub(crate) fn branch(&mut self) {
        let others = self.free_branches();
        if others.len() < 4 {
            self.branches += 1;
            let name = format!("topic-{}", self.branches);
            self.git(&["switch", "-c", &name]);
        } else if let Some(other) = self.chance.one(&others).filter(|other| *other != "main") {
            // Refused unless everything of it is here.
            self.git(&["branch", "-d", other]);
        }
    }

    pub(crate) fn merge(&mut self) {
        if let Some(other) = self.other_branch() {
            self.git(&["merge", "--no-edit", &other]);
            self.go_on("merge", "MERGE_HEAD");
        }
    }

    /// Commits everything.
    pub(crate) fn commit_everything(&mut self, message: &str) {
        let status = self.asks(&["status", "--porcelain"]);
        if !status.stdout.is_empty() {
            self.git(&["add", "--all"]);
            self.commit(&["-m", message]);
        }
    }

    pub(crate) fn rebase(&mut self) {
        if let Some(other) = self.other_branch() {
            self.commit_everything("before a rebase");
            // What only a merge commit holds, because a file was edited while it was
            // merged, git's rebase drops with that commit.
            let range = format!("{other}..HEAD");
            let merges = ["log", "--merges", "--cc", "-p", "--format=", &range];
            let merges = self.asks(&merges).stdout;
            let own = merges.lines().filter(|line| line.starts_with("++"));
            self.ledger.release(own);
            self.git(&["rebase", &other]);
            self.go_on("rebase", "rebase-merge");
        }
    }

    pub(crate) fn cherry_pick(&mut self) {
        if let Some(other) = self.other_branch() {
            let range = format!("HEAD..{other}");
            let list = self.asks(&["rev-list", "--no-merges", &range]).stdout;
            let commits: Vec<_> = list.lines().map(str::to_owned).collect();
            if let Some(commit) = self.chance.one(&commits) {
                self.git(&["cherry-pick", commit]);
                self.go_on("cherry-pick", "CHERRY_PICK_HEAD");
            }
        }
    }
}

//! One work tree of several, and questions to hive about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use hive_test_support::{Ran, wait_for};
use serde_json::Value;

use crate::ground::{Ground, has_moved};

/// A work tree in the ground's sandbox, the ground's own or another one.
pub(crate) struct Tree<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) root: PathBuf,
}

impl Ground {
    /// The ground's own work tree.
    pub(crate) fn tree(&self) -> Tree<'_> {
        self.tree_at(&self.sandbox.root())
    }

    /// Another work tree.
    pub(crate) fn tree_at(&self, root: &Path) -> Tree<'_> {
        Tree {
            ground: self,
            root: root.to_path_buf(),
        }
    }

    /// A directory beside the repository that is not there yet.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.sandbox.directory().join(name)
    }

    /// The same with settings of the team.
    pub(crate) fn with_team(settings: &str) -> Self {
        let ground = Self::bare();
        ground.write("hive.toml", settings);
        ground.init();
        ground
    }

    /// Sets a setting of the person's own.
    #[track_caller]
    pub(crate) fn set(&self, key: &str, value: &str) {
        self.hive(&["config", "set", key, value]).expect(0);
    }
}

impl Tree<'_> {
    /// Runs git and demands success.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.ground.git_in(&self.root, args)
    }

    /// Runs hive here.
    pub(crate) fn hive(&self, args: &[&str]) -> Ran {
        self.ground.sandbox.hive_in(&self.root, args)
    }

    /// What hive says as JSON.
    pub(crate) fn asked(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.hive(args).stdout).unwrap_or_default()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Commits a file's new content, alone.
    #[track_caller]
    pub(crate) fn commit(&self, path: &str, text: impl AsRef<[u8]>, message: &str) -> String {
        self.write(path, text);
        self.git(&["add", path]);
        self.git(&["commit", "--quiet", "-m", message]);
        self.head()
    }

    /// Commits everything.
    #[track_caller]
    pub(crate) fn commit_all(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Waits until hive's commit follows `commit` and the queue is quiet; returns its
    /// message.
    #[track_caller]
    pub(crate) fn followed(&self, commit: &str) -> String {
        let begun = Instant::now();
        loop {
            let found = self.git(&["log", "-1", "--format=%P%n%B"]);
            if let Some((parents, message)) = found.split_once('\n')
                && parents == commit
                && message.contains("Hive-Worker: ")
            {
                self.settled();
                return message.to_owned();
            }
            assert!(
                begun.elapsed() < hive_test_support::PATIENCE,
                "nothing landed after {commit}\n{}",
                self.state()
            );
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
    }

    /// Everything that helps to understand a failure.
    pub(crate) fn state(&self) -> String {
        let said = self.ground.everything_said();
        [
            self.git(&["log", "--oneline", "-5"]),
            self.hive(&["status"]).stdout,
            self.hive(&["queue", "list"]).stdout,
            self.hive(&["escalations"]).stdout,
            said[said.len().saturating_sub(40)..].join("\n"),
        ]
        .join("\n")
    }

    /// Waits until no task waits or runs, nothing is landing, and no drain is at work.
    #[track_caller]
    pub(crate) fn settled(&self) {
        wait_for("a quiet queue", || {
            // Before the status, as in the ground's own.
            let moved = has_moved(&self.root);
            let status = self.asked(&["status", "--json"]);
            let watches = status["agent"]["kind"] == "watch" && status["gate"].is_null();
            let unseen = watches && moved;
            let idle = ["ready", "running", "scheduled"]
                .iter()
                .all(|name| status["queue"][name] == 0);
            let landing = status["fixes"]
                .as_array()
                .is_none_or(|fixes| fixes.iter().any(|fix| fix["state"] == "ready"));
            let drains = status["agent"]["kind"] == "drain";
            idle && !landing && !drains && !unseen
        });
    }

    /// Waits until a fix of a file is kept back; returns why.
    #[track_caller]
    pub(crate) fn kept_back(&self, path: &str) -> String {
        let mut reason = String::new();
        self.until("a fix that is kept back", || {
            let status = self.asked(&["status", "--json"]);
            let fixes = status["fixes"].as_array().cloned().unwrap_or_default();
            let found = fixes
                .iter()
                .find(|fix| fix["path"] == path && fix["reason"].is_string());
            reason = found.map_or_else(String::new, |fix| fix["reason"].to_string());
            found.is_some()
        });
        self.settled();
        reason
    }

    /// Waits until there is a question about a file; returns it.
    #[track_caller]
    pub(crate) fn question(&self, path: &str) -> Value {
        let mut question = Value::Null;
        self.until("a question", || {
            let found = self.asked(&["escalations", "list", "--path", path, "--json"]);
            question = found["escalations"][0].clone();
            !question.is_null()
        });
        self.settled();
        question
    }

    /// Waits for a condition, and shows everything when it does not come.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(
                begun.elapsed() < hive_test_support::PATIENCE,
                "waited for: {what}\n{}",
                self.state()
            );
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
    }

    /// Demands that index and work tree are those of HEAD, and that git finds its
    /// objects sound.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.git(&["status", "--porcelain"]), "");
        assert_eq!(self.git(&["fsck", "--strict", "--no-dangling"]), "");
        for lock in ["index.lock", "HEAD.lock"] {
            let path = self.git(&["rev-parse", "--git-path", lock]);
            assert!(!self.root.join(path).exists(), "{lock} is left");
        }
    }
}

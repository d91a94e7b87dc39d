//! The work trees of one person: the main one, a second one with an agent of its own, and
//! such that come and go.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hive_test_support::wait_for;

use crate::ground::Ground;

/// A work tree, and the agent that watches it unless the ground's own one does.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    /// Its own git directory.
    pub(crate) git_dir: PathBuf,
    agent: Option<Agent>,
}

struct Agent {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Tree {
    /// The ground's own.
    pub(crate) fn main(ground: &Ground) -> Self {
        Self {
            root: ground.sandbox.root(),
            git_dir: ground.sandbox.path(".git"),
            agent: None,
        }
    }

    /// One that git has just added.
    pub(crate) fn linked(ground: &Ground, name: &str) -> Self {
        Self {
            root: ground.sandbox.directory().join(name),
            git_dir: ground.sandbox.path(&format!(".git/worktrees/{name}")),
            agent: None,
        }
    }

    /// Has an agent watch it.
    pub(crate) fn watched(mut self, ground: &Ground) -> Self {
        let binary = Path::new(env!("CARGO_BIN_EXE_hive"));
        let mut child = ground
            .sandbox
            .command(binary, &["watch", "--json"])
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&said);
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let agent = Agent { child, said };
        wait_for("the second agent", || {
            agent.has_said("\"agent-started\"") > 0
        });
        self.agent = Some(agent);
        self
    }

    /// How often its own agent has said a text.
    pub(crate) fn told(&self, text: &str) -> u64 {
        let agent = self.agent.as_ref();
        agent.map_or(0, |agent| agent.has_said(text))
    }

    /// Waits until hive has nothing to do here.
    pub(crate) fn settled(&self, ground: &Ground) {
        let begun = Instant::now();
        loop {
            let status = ground.sandbox.hive_in(&self.root, &["status", "--json"]);
            let status: serde_json::Value =
                serde_json::from_str(&status.stdout).unwrap_or_default();
            let busy = ["ready", "running", "scheduled"]
                .iter()
                .any(|name| status["queue"][name].as_u64() != Some(0));
            let lands = status["fixes"]
                .as_array()
                .is_none_or(|fixes| fixes.iter().any(|fix| fix["state"] == "ready"));
            if !busy && !lands && !self.git_dir.join("index.lock").exists() {
                return;
            }
            assert!(begun.elapsed().as_secs() < 60, "never settled: {status}");
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
    }
}

impl Agent {
    fn has_said(&self, text: &str) -> u64 {
        let said = self.said.lock().unwrap();
        said.iter().filter(|line| line.contains(text)).count() as u64
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A repository in which hive works, and the moments to be timed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hive_test_support::Sandbox;

/// The hive that is measured: `HIVE_BINARY`, or the one that was built with this.
fn hive() -> String {
    std::env::var("HIVE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hive").to_owned())
}

/// How often is looked.
const LOOK: Duration = Duration::from_micros(200);
/// How long is waited for anything.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Ground {
    pub(crate) sandbox: Sandbox,
    pub(crate) root: PathBuf,
    agent: Option<Child>,
}

impl Ground {
    /// A repository with `files` clean files in packages of twenty.
    pub(crate) fn new(files: usize) -> Self {
        let mut sandbox = Sandbox::repository(&hive());
        for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            sandbox.unset(name);
        }
        // git runs maintenance when it likes, in the background and on the same cores.
        for (name, value) in [("maintenance.auto", "false"), ("gc.auto", "0")] {
            sandbox.git(&["config", name, value]).expect(0);
        }
        for number in 0..files {
            sandbox.write(
                &format!("pkg{}/module{number}.py", number / 20),
                format!("\"\"\"Module {number}.\"\"\"\n\n\ndef f(x):\n    return x + {number}\n"),
            );
        }
        sandbox.commit("begin");
        Self {
            root: sandbox.root(),
            sandbox,
            agent: None,
        }
    }

    /// Lets hive in: its hooks, its settings (with `more` lines), committed.
    pub(crate) fn with_hive(self, more: &str) -> Self {
        self.sandbox.hive(&["init", "--yes"]).expect(0);
        if !more.is_empty() {
            let settings = fs::read_to_string(self.root.join("hive.toml")).expect("hive.toml");
            self.sandbox
                .write("hive.toml", format!("{settings}\n{more}"));
        }
        self.sandbox.commit("hive");
        self.wait("the drain of the first commit", || !self.is_at_work());
        self
    }

    /// Starts the agent and waits until it watches.
    pub(crate) fn watched(mut self) -> Self {
        let mut command = self
            .sandbox
            .command(Path::new(&hive()), &["watch", "--json"]);
        let log = fs::File::create(self.root.join(".git/watch.log")).expect("a log");
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("hive starts");
        self.agent = Some(child);
        let log = self.root.join(".git/watch.log");
        self.wait("the agent", || {
            fs::read_to_string(&log).is_ok_and(|said| said.contains("agent-started"))
        });
        self.settled();
        self
    }

    /// The process id of the agent.
    pub(crate) fn pid(&self) -> u32 {
        self.agent.as_ref().expect("an agent").id()
    }

    /// Waits for a condition, looking often and cheaply; returns when it held.
    pub(crate) fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) -> Instant {
        let begun = Instant::now();
        while !holds() {
            assert!(
                begun.elapsed() < PATIENCE,
                "waited for {what} in {}\n{}",
                self.root.display(),
                self.sandbox.hive(&["status"]).stdout
            );
            std::thread::sleep(LOOK);
        }
        Instant::now()
    }

    /// Runs `git commit` and says how long it took.
    pub(crate) fn commit(&self, message: &str, path: &str) -> Duration {
        let mut command = self.sandbox.command(
            Path::new("git"),
            &["-c", "core.editor=true", "commit", "--quiet", "-m", message],
        );
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.env("PATH", path);
        let begun = Instant::now();
        let status = command.status().expect("git starts");
        let took = begun.elapsed();
        assert!(status.success(), "{message} in {}", self.root.display());
        took
    }

    /// Where the branch is.
    pub(crate) fn tip(&self) -> String {
        fs::read_to_string(self.root.join(".git/refs/heads/main")).unwrap_or_default()
    }

    /// Whether somebody holds the agent's lock: a drain, or the agent.
    pub(crate) fn is_at_work(&self) -> bool {
        let lock = self.root.join(".git/hive/agent.lock");
        fs::File::open(lock).is_ok_and(|lock| {
            let operation = rustix::fs::FlockOperation::NonBlockingLockShared;
            rustix::fs::flock(&lock, operation).is_err()
        })
    }

    /// Waits until nothing waits, runs or lands.
    pub(crate) fn settled(&self) {
        self.wait("a quiet queue", || {
            self.is_settled() && (self.agent.is_some() || !self.is_at_work())
        });
    }

    /// Whether nothing waits, runs or lands.
    pub(crate) fn is_settled(&self) -> bool {
        let said = self.sandbox.hive(&["status", "--json"]).stdout;
        let status: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        let queue = &status["queue"];
        let busy = ["ready", "running", "scheduled"]
            .iter()
            .map(|name| queue[name].as_u64().unwrap_or(1))
            .sum::<u64>();
        let lands = status["fixes"]
            .as_array()
            .is_none_or(|fixes| fixes.iter().any(|fix| fix["state"] == "ready"));
        busy == 0 && !lands
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            let pid = rustix::process::Pid::from_child(&agent);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = agent.wait();
        }
    }
}

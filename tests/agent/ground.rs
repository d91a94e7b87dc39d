//! A repository with hive at work in it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex};

use hive::intake::commits;
use hive::repo::Place;
use hive_test_support::{Ran, Sandbox, wait_for};

/// A file as a person leaves it: an unused import, wrong order, bad layout.
pub(crate) const MESSY: &str =
    "import sys\nimport os\nfrom a import  b\n\n\ndef f( x ):\n    return os.path.join( x,b )\n";

/// What `hive fix` makes of it.
pub(crate) const NEAT: &str =
    "import os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b)\n";

/// A file of that beginning with three functions, far enough apart for hunks of
/// their own.
pub(crate) fn long(begin: &str) -> String {
    let body = |name: &str| {
        let lines: Vec<String> = (1..=8).map(|at| format!("    x += {at}\n")).collect();
        let lines = lines.concat();
        format!("\n\ndef {name}(x):\n{lines}    return x\n")
    };
    format!("{begin}{}{}{}", body("one"), body("two"), body("three"))
}

/// The same scenario with a running agent and with the drain of the hook.
pub(crate) fn both(scenario: impl Fn(Ground)) {
    scenario(Ground::new().watch());
    scenario(Ground::new());
}

/// Whether HEAD of a work tree has moved since an agent has taken in what is new.
pub(crate) fn has_moved(root: &Path) -> bool {
    Place::find(root).is_some_and(|place| commits::has_moved(&place))
}

/// A repository, and the agent that watches it.
pub(crate) struct Ground {
    pub(crate) sandbox: Sandbox,
    agent: Option<Agent>,
}

/// A running `hive watch --json` and what it has said.
struct Agent {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Ground {
    /// A repository with one clean commit, and hive initialised in it.
    pub(crate) fn new() -> Self {
        let ground = Self::bare();
        ground.init();
        ground
    }

    /// The same without hive.
    pub(crate) fn bare() -> Self {
        let ground = Self::unborn();
        ground.write("clean.py", "x = 1\n");
        ground.sandbox.commit("begin");
        ground
    }

    /// A repository without a commit and without hive.
    pub(crate) fn unborn() -> Self {
        let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
        // The fixed dates of other tests would make every commit look old to git's
        // index, and no two commits differ in time.
        for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            sandbox.unset(name);
        }
        Self {
            sandbox,
            agent: None,
        }
    }

    /// Runs `hive init` and commits the settings.
    pub(crate) fn init(&self) {
        self.hive(&["init", "--yes"]).expect(0);
        self.sandbox.commit("hive");
        self.settled();
    }

    /// Waits longer before a landing, for who wants to do something in between.
    pub(crate) fn patient(mut self) -> Self {
        self.sandbox.set("HIVE_COMMIT_QUIET", "1200ms");
        self
    }

    /// Starts the agent and waits until it watches.
    pub(crate) fn watch(mut self) -> Self {
        self.start();
        self
    }

    /// Starts the agent and waits until it watches.
    pub(crate) fn start(&mut self) {
        self.launch();
        self.said("agent-started");
    }

    /// Starts the agent and does not wait for a word of it.
    pub(crate) fn launch(&mut self) {
        let mut child = self.sandbox.start(&["watch", "--json"]);
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&said);
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let lines = Arc::clone(&said);
        let talk = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in talk.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        self.agent = Some(Agent { child, said });
    }

    /// Stops the agent by a signal and waits for its end.
    pub(crate) fn stop(&mut self) {
        if self.agent.is_some() {
            let pid = self.pid().to_string();
            // An interrupt is ignored where the tests run in the background.
            self.sandbox.run("kill", &["-TERM", &pid]);
            self.dies();
        }
    }

    /// Kills the agent without a word.
    pub(crate) fn kill(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            agent.child.kill().unwrap();
            agent.child.wait().unwrap();
        }
    }

    /// Waits until the agent has ended by itself.
    #[track_caller]
    pub(crate) fn dies(&mut self) {
        let mut agent = self.agent.take().expect("an agent");
        wait_for("the agent's death", || {
            agent.child.try_wait().unwrap().is_some()
        });
    }

    /// The process id of the agent.
    pub(crate) fn pid(&self) -> u32 {
        self.agent.as_ref().expect("an agent").child.id()
    }

    /// Waits for an event of the agent whose line holds a text.
    #[track_caller]
    pub(crate) fn said(&self, text: &str) {
        let agent = self.agent.as_ref().expect("an agent");
        let begun = std::time::Instant::now();
        loop {
            if agent
                .said
                .lock()
                .unwrap()
                .iter()
                .any(|line| line.contains(text))
            {
                return;
            }
            assert!(
                begun.elapsed() < hive_test_support::PATIENCE,
                "never said {text}; said\n{}\n{}\n{}",
                self.everything_said().join("\n"),
                self.sandbox.processes().join("\n"),
                fs::read_to_string("/proc/locks").unwrap_or_default()
            );
            std::thread::park_timeout(std::time::Duration::from_millis(2));
        }
    }

    /// All lines of the agent so far.
    pub(crate) fn everything_said(&self) -> Vec<String> {
        self.agent
            .as_ref()
            .map_or_else(Vec::new, |agent| agent.said.lock().unwrap().clone())
    }

    /// Runs hive.
    pub(crate) fn hive(&self, args: &[&str]) -> Ran {
        self.sandbox.hive(args)
    }

    /// Runs git and demands success.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.sandbox
            .git(args)
            .expect(0)
            .stdout
            .trim_end()
            .to_owned()
    }

    /// Runs git in a directory and demands success.
    #[track_caller]
    pub(crate) fn git_in(&self, directory: &Path, args: &[&str]) -> String {
        let directory = directory.to_str().unwrap();
        let args: Vec<&str> = ["-C", directory].iter().chain(args).copied().collect();
        self.git(&args)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        self.sandbox.read(path)
    }

    /// A path beside the work tree.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.sandbox.directory().join(name)
    }

    /// Commits a file's new text, alone.
    pub(crate) fn commit(&self, path: &str, text: &str, message: &str) -> String {
        self.write(path, text);
        self.git(&["add", path]);
        self.git(&["commit", "--quiet", "-m", message]);
        self.head()
    }

    /// The id of HEAD's commit.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// The subject of HEAD's commit.
    pub(crate) fn subject(&self) -> String {
        self.git(&["log", "-1", "--format=%s"])
    }

    /// A file as a commit has it.
    #[track_caller]
    pub(crate) fn stored(&self, revision: &str, path: &str) -> String {
        let name = format!("{revision}:{path}");
        self.sandbox.git(&["show", &name]).expect(0).stdout
    }

    /// How many commits that HEAD reaches carry hive's trailer.
    pub(crate) fn hives(&self) -> usize {
        let log = self.git(&["log", "--format=%h", "--grep=^Hive-Worker: "]);
        log.lines().count()
    }

    /// Waits until `hive status` says a text.
    #[track_caller]
    pub(crate) fn status_says(&self, text: &str) {
        let begun = std::time::Instant::now();
        loop {
            let status = self.hive(&["status"]).expect(0).stdout;
            if status.contains(text) {
                return;
            }
            assert!(
                begun.elapsed().as_secs() < 20,
                "status never said `{text}`\n{status}\n{}\n{}\n{}",
                self.sandbox.git(&["log", "--oneline", "-5"]).stdout,
                self.hive(&["queue", "list", "--state", "all"]).stdout,
                self.everything_said().join("\n")
            );
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
    }

    /// Has everything done that can be, once the drain that may be at work has ended.
    pub(crate) fn drain(&self) {
        wait_for("a drain", || {
            self.hive(&["watch", "--once"]).code == Some(0)
        });
    }

    /// Waits until hive has landed a commit right after `commit`.
    #[track_caller]
    pub(crate) fn landed_after(&self, commit: &str) {
        let begun = std::time::Instant::now();
        loop {
            let parent = self.sandbox.git(&["rev-parse", "HEAD^"]).stdout;
            if parent.trim() == commit && self.subject().starts_with("chore(qa)") {
                break;
            }
            assert!(
                begun.elapsed() < hive_test_support::PATIENCE,
                "nothing landed after {commit}\n{}\n{}\n{}\n{}",
                self.sandbox.git(&["log", "--oneline", "-5"]).stdout,
                self.hive(&["status"]).stdout,
                self.hive(&["queue", "list", "--state", "all"]).stdout,
                self.everything_said().join("\n")
            );
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
        self.settled();
    }

    /// Waits until no task waits or runs and nothing is landing, with or without an
    /// agent.
    #[track_caller]
    pub(crate) fn settled(&self) {
        wait_for("a quiet queue", || {
            // Looked at before the status: an agent lets git go on for a moment before it
            // takes in what was committed, and it may do so between the two.
            let unseen = self.agent.is_some() && has_moved(&self.sandbox.root());
            let status: serde_json::Value =
                serde_json::from_str(&self.hive(&["status", "--json"]).stdout).unwrap_or_default();
            let queue = &status["queue"];
            let busy = ["ready", "running", "scheduled"]
                .iter()
                .map(|name| queue[name].as_u64().unwrap_or(1))
                .sum::<u64>();
            let landing = status["fixes"]
                .as_array()
                .is_none_or(|fixes| fixes.iter().any(|fix| fix["state"] == "ready"));
            // Looked at after the status: asking for it may have woken a drain itself, and
            // one that a hook has started may not hold the lock yet.
            let drains = self.agent.is_none()
                && (!status["agent"].is_null()
                    || self.sandbox.processes().iter().any(|line| {
                        line.contains("hive") && line.split_whitespace().any(|word| word == "drain")
                    }));
            let unseen = unseen && status["gate"].is_null();
            let busy = busy > 0 || landing || drains || unseen;
            !busy && !self.sandbox.path(".git/index.lock").exists()
        });
    }

    /// Demands that index and work tree are those of HEAD, that git finds its objects
    /// sound, and that nothing of hive's lies about.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.git(&["status", "--porcelain"]), "");
        self.is_sound();
    }

    /// Demands that git finds its objects sound and that no lock or temporary file of
    /// hive's lies about.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let fsck = self
            .sandbox
            .git(&["fsck", "--strict", "--no-dangling"])
            .expect(0);
        assert_eq!(fsck.stdout, "", "{}", fsck.stderr);
        let git = self.sandbox.path(".git");
        for lock in ["index.lock", "HEAD.lock"] {
            assert!(!git.join(lock).exists(), "{lock} is left");
        }
        let temps = git.join("hive/tmp");
        if let Ok(entries) = fs::read_dir(&temps) {
            let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
            assert!(
                names
                    .iter()
                    .all(|name| name.to_string_lossy().ends_with(".lock")
                        || !name.to_string_lossy().contains("index")),
                "{names:?} is left"
            );
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.kill();
    }
}

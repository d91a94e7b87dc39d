//! The hook before a push: what it says, for how long it waits, and that it never fails.

use std::fs;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};

/// A question for a person, and a fix.
const BARE: &str = "import os\n\ntry:\n    x = 1\nexcept:\n    x = 2\n";

impl Ground {
    /// A remote with everything that was committed so far.
    pub(crate) fn with_remote(self) -> Self {
        let remote = self.outside("remote.git");
        let remote = remote.to_str().unwrap();
        self.git(&["clone", "-q", "--bare", ".", remote]);
        self.git(&["remote", "add", "origin", remote]);
        self.git(&["fetch", "-q", "origin"]);
        self.git(&["branch", "-q", "--set-upstream-to=origin/main"]);
        self
    }

    /// Where a branch of the remote is.
    pub(crate) fn remote(&self, branch: &str) -> String {
        let remote = self.outside("remote.git");
        self.git(&["-C", remote.to_str().unwrap(), "rev-parse", branch])
    }
}

fn direct() -> Ground {
    let ground = Ground::new().with_remote();
    let quiet = ["config", "set", "commit.quiet", "50ms"];
    ground.hive(&quiet).expect(0);
    ground
}

#[test]
fn a_push_with_nothing_to_say_says_nothing() {
    for agent in [true, false] {
        let mut ground = direct();
        if agent {
            ground.start();
        }
        ground.commit("app.py", "x = 1\n", "feat: app");
        ground.settled();
        let ran = ground.sandbox.git(&["push", "-q"]).expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        assert_eq!(ground.remote("main"), ground.head());
        // Nothing to push, a deletion, a tag, another branch, a commit by its id.
        for args in [
            &["push", "-q"][..],
            &["push", "-q", "origin", "HEAD:refs/heads/other"],
            &["push", "-q", "origin", ":other"],
            &["push", "-q", "origin", "HEAD^{commit}:refs/heads/third"],
        ] {
            let ran = ground.sandbox.git(args).expect(0);
            assert_eq!(
                (ran.stdout.as_str(), ran.stderr.as_str()),
                ("", ""),
                "{args:?}"
            );
        }
        let log = ground.sandbox.path(".git/hive/hook.log");
        assert!(
            !log.exists(),
            "{}",
            fs::read_to_string(&log).unwrap_or_default()
        );
        let pushes = ground.sandbox.path(".git/hive/pushes");
        // The words of pushes that have ended hold nothing from the next look on.
        ground.commit("lib.py", MESSY, "feat: lib");
        ground.landed_after(&ground.git(&["rev-parse", ":/feat: lib"]));
        let names = fs::read_dir(pushes).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
        let over = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "sent");
        assert!(!names.is_empty() && names.iter().all(over), "{names:?}");
    }
}

#[test]
fn what_the_commits_leave_is_said_in_one_block() {
    for agent in [true, false] {
        let mut ground = direct();
        // The machine may be slow, and nothing else ends the wait.
        ground
            .hive(&["config", "set", "push.wait", "60s"])
            .expect(0);
        if agent {
            ground.start();
        }
        ground.commit("app.py", BARE, "feat: app");
        let ran = ground.sandbox.git(&["push", "-q"]).expect(0);
        let block: Vec<&str> = ran.stderr.lines().collect();
        assert!(block[0].starts_with("hive (hive next"), "{block:?}");
        let asked = |line: &&str| line.contains("app.py:") && line.contains("E722");
        assert_eq!(
            block.iter().filter(|line| asked(line)).count(),
            1,
            "{block:?}"
        );
        // The fix had no time to land, or it has.
        let mine = ground.git(&["rev-parse", ":/feat: app"]);
        if ground.remote("main") == mine {
            let waits = block
                .iter()
                .any(|line| line.contains("goes in with your next commit"));
            assert!(waits || ground.hives() == 1, "{block:?}");
        }
        // It is said once more with the next push only if it is about its commits.
        ground.commit("lib.py", "y = 1\n", "feat: lib");
        ground.settled();
        let ran = ground.sandbox.git(&["push", "-q"]).expect(0);
        assert!(!ran.stderr.contains("E722"), "{}", ran.stderr);
    }
}

#[test]
fn nothing_lands_on_what_is_being_pushed() {
    for mode in ["direct", "fold"] {
        let ground = Ground::new().with_remote();
        for (key, value) in [
            ("commit.mode", mode),
            ("commit.quiet", "50ms"),
            ("push.wait", "0ms"),
        ] {
            ground.hive(&["config", "set", key, value]).expect(0);
        }
        // The other side keeps the push waiting.
        let go = ground.outside("go");
        let hook = format!(
            "#!/bin/sh\nfor at in $(seq 1200); do test -e '{0}' && exit 0; sleep 0.05; done\nexit 1\n",
            go.display()
        );
        let remote = ground.outside("remote.git");
        ground
            .sandbox
            .script("../remote.git/hooks/pre-receive", &hook);
        let ground = ground.watch();
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let mut push = ground.sandbox.start_program("git", &["push", "-q"]);
        ground.status_says("is being pushed");
        wait_for("the fix", || {
            let status = ground.asks(&["status", "--json"]);
            status["fixes"][0]["path"] == "app.py"
        });
        assert_eq!(ground.head(), mine, "{mode}");
        fs::write(&go, "").unwrap();
        assert!(push.wait().unwrap().success());
        assert_eq!(
            ground.git(&["-C", remote.to_str().unwrap(), "rev-parse", "main"]),
            mine
        );
        // The upstream has the tip now, so that the fix waits for the next commit.
        ground.status_says("has the tip already");
        let next = ground.commit("lib.py", "x = 1\n", "feat: lib");
        ground.landed_after(&next);
        assert_eq!(ground.read("app.py"), NEAT, "{mode}");
        ground.is_clean();
    }
}

#[test]
fn a_push_that_is_killed_holds_nothing() {
    let ground = Ground::new().with_remote();
    ground
        .hive(&["config", "set", "push.wait", "0ms"])
        .expect(0);
    ground
        .sandbox
        .script("../remote.git/hooks/pre-receive", "#!/bin/sh\nsleep 60\n");
    let ground = ground.watch();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    let mut push = ground.sandbox.start_program("git", &["push", "-q"]);
    ground.status_says("is being pushed");
    push.kill().unwrap();
    push.wait().unwrap();
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
}

#[test]
fn a_hook_that_was_there_gets_all_that_git_says_and_decides() {
    for status in [0, 1] {
        let ground = Ground::bare();
        let said = ground.outside("said");
        ground.sandbox.script(
            ".git/hooks/pre-push",
            &format!(
                "#!/bin/sh\necho \"$@\" >>'{0}'\ncat >>'{0}'\nexit {status}\n",
                said.display()
            ),
        );
        ground.init();
        let ground = ground.with_remote();
        let old = ground.head();
        let mine = ground.commit("app.py", "x = 1\n", "feat: app");
        ground.settled();
        ground.sandbox.git(&["push", "-q"]).expect(status);
        let remote = ground.outside("remote.git").display().to_string();
        let told = fs::read_to_string(&said).unwrap();
        assert_eq!(
            told,
            format!("origin {remote}\nrefs/heads/main {mine} refs/heads/main {old}\n")
        );
        let now = ground.remote("main");
        assert_eq!(now == mine, status == 0);
        // With nothing to send, git says nothing.
        if status == 0 {
            ground.git(&["push", "-q"]);
            let told = fs::read_to_string(&said).unwrap();
            assert_eq!(told.lines().nth(2).unwrap(), format!("origin {remote}"));
            assert_eq!(told.lines().count(), 3, "{told}");
        }
        ground.hive(&["uninit", "--yes"]);
        ground.hive(&["uninit"]);
        let back = ground.read(".git/hooks/pre-push");
        assert!(back.contains("said"), "{back}");
    }
}

#[test]
fn whatever_is_wrong_with_hive_a_push_goes_on() {
    let ground = direct();
    for (at, breaks) in ["database", "directory", "settings"]
        .into_iter()
        .enumerate()
    {
        let path = ground.sandbox.path(".git/hive");
        match breaks {
            "database" => fs::write(path.join("hive.db"), "no database at all").unwrap(),
            "directory" => {
                let _ = fs::remove_dir_all(path.join("pushes"));
                fs::write(path.join("pushes"), "in the way").unwrap();
            }
            _ => ground.write("hive.toml", "this is = = no toml"),
        }
        ground.git(&[
            "-c",
            "core.hooksPath=/dev/null",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "on",
        ]);
        let begun = std::time::Instant::now();
        ground.sandbox.git(&["push", "-q"]).expect(0);
        println!("{breaks}: {} ms", begun.elapsed().as_millis());
        assert_eq!(ground.remote("main"), ground.head(), "{at}");
    }
}

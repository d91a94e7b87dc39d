//! What is done while something fails: one command in a prepared repository that is put
//! back to its beginning for every case.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use hive_test_support::{Fault, Injected, Ran, Sandbox, inject};
use rusqlite::{Connection, OpenFlags};

/// A file as a person leaves it.
pub(crate) const MESSY: &str = "import sys\nimport os\nfrom a import  b\n\n\ndef f( x ):\n    return os.path.join( x,b )\n\n\nA = 1\nB = 2\nC = 3\n";

/// What hive makes of it.
pub(crate) const NEAT: &str = "import os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b)\n\n\nA = 1\nB = 2\nC = 3\n";

/// A command and what it starts from.
pub(crate) struct Scenario {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// What hive is asked.
    pub(crate) command: &'static [&'static str],
    /// Makes the beginning.
    pub(crate) prepare: fn(&Sandbox),
    /// Says what is not yet as it should be when everything is done; empty when it is.
    pub(crate) lacks: fn(&Sandbox) -> String,
}

/// All of them.
pub(crate) const SCENARIOS: [Scenario; 7] = [
    Scenario {
        name: "fix",
        command: &["fix"],
        prepare: |sandbox| {
            for path in ["a.py", "pkg/b.py"] {
                sandbox.write(path, MESSY);
            }
            sandbox.commit("begin");
        },
        lacks: |sandbox| unfixed(sandbox, &["a.py", "pkg/b.py"]),
    },
    Scenario {
        name: "init",
        command: &["init", "--yes"],
        prepare: |sandbox| {
            sandbox.write("a.py", "x = 1\n");
            sandbox.commit("begin");
            sandbox.script(".git/hooks/post-commit", "#!/bin/sh\necho mine\n");
        },
        lacks: |sandbox| {
            let mut lacks = String::new();
            for path in ["hive.toml", ".git/hive/hooks", ".git/hive/hive.db"] {
                if !sandbox.path(path).exists() {
                    write!(lacks, "no {path}; ").unwrap();
                }
            }
            for event in [
                "post-commit",
                "post-merge",
                "post-checkout",
                "post-rewrite",
                "pre-push",
            ] {
                let hook = sandbox.path(&format!(".git/hooks/{event}"));
                let text = std::fs::read_to_string(hook).unwrap_or_default();
                if !text.contains("hive") {
                    write!(lacks, "no hook {event}; ").unwrap();
                }
            }
            lacks
        },
    },
    Scenario {
        name: "drain",
        command: &["drain"],
        prepare: committed,
        lacks: unlanded,
    },
    Scenario {
        name: "watch --once",
        command: &["watch", "--once"],
        prepare: |sandbox| {
            committed(sandbox);
            // Edits that are not committed: the fix is merged into them.
            sandbox.write("a.py", format!("{MESSY}MINE = 1\n"));
        },
        lacks: |sandbox| {
            let mut lacks = unlanded(sandbox);
            if !sandbox.read("a.py").contains("MINE = 1\n") {
                lacks += "MINE is lost; ";
            }
            lacks
        },
    },
    Scenario {
        name: "undo",
        command: &["undo"],
        prepare: |sandbox| {
            committed(sandbox);
            sandbox.hive(&["watch", "--once"]).expect(0);
        },
        lacks: |sandbox| {
            let tip = sandbox.git(&["show", "HEAD:a.py"]).stdout;
            if tip == MESSY {
                String::new()
            } else {
                "the landing stands; ".to_owned()
            }
        },
    },
    Scenario {
        name: "migrate",
        command: &["queue", "list"],
        prepare: |sandbox| {
            sandbox.write("a.py", "x = 1\n");
            sandbox.commit("begin");
            let old = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/store/v1.db");
            sandbox.write(".git/hive/hive.db", std::fs::read(old).unwrap());
        },
        lacks: |sandbox| {
            let version: i32 = database(sandbox)
                .and_then(|db| {
                    db.pragma_query_value(None, "user_version", |row| row.get(0))
                        .ok()
                })
                .unwrap_or_default();
            if version > 1 {
                String::new()
            } else {
                format!("the schema is {version}; ")
            }
        },
    },
    Scenario {
        name: "config set",
        command: &["config", "set", "commit.quiet", "30ms"],
        prepare: |sandbox| {
            sandbox.write("a.py", "x = 1\n");
            sandbox.commit("begin");
            sandbox
                .hive(&["config", "set", "output.colour", "never"])
                .expect(0);
        },
        lacks: |sandbox| {
            let path = sandbox.path(".git/hive/config.toml");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let mut lacks = String::new();
            for part in ["30ms", "never"] {
                if !text.contains(part) {
                    write!(lacks, "no {part}; ").unwrap();
                }
            }
            lacks
        },
    },
];

/// A commit that hive has not seen, in a repository where it is at home.
fn committed(sandbox: &Sandbox) {
    sandbox.write("clean.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    // No hook shall start anything here.
    sandbox
        .hive(&["config", "set", "hooks.when_idle", "queue"])
        .expect(0);
    sandbox.write(".git/hive/hooks", "queue\n");
    sandbox.commit("hive");
    sandbox.hive(&["watch", "--once"]).expect(0);
    for path in ["a.py", "b.py"] {
        sandbox.write(path, MESSY);
    }
    sandbox.commit("feat: two");
}

fn unfixed(sandbox: &Sandbox, paths: &[&str]) -> String {
    let messy = paths.iter().filter(|path| sandbox.read(path) != NEAT);
    messy.fold(String::new(), |lacks, path| {
        lacks + path + " is not fixed; "
    })
}

fn unlanded(sandbox: &Sandbox) -> String {
    let mut lacks = String::new();
    for path in ["a.py", "b.py"] {
        if sandbox.git(&["show", &format!("HEAD:{path}")]).stdout != NEAT {
            write!(lacks, "{path} has not landed; ").unwrap();
        }
    }
    lacks
}

/// The repository's database, read beside hive; `None` where there is none.
pub(crate) fn database(sandbox: &Sandbox) -> Option<Connection> {
    let path = sandbox.path(".git/hive/hive.db");
    path.exists()
        .then(|| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap())
}

/// A scenario's repository and its beginning beside it.
pub(crate) struct Stage {
    pub(crate) scenario: &'static Scenario,
    pub(crate) sandbox: Sandbox,
    beginning: tempfile::TempDir,
}

impl Stage {
    pub(crate) fn new(scenario: &'static Scenario) -> Self {
        let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
        for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            sandbox.unset(name);
        }
        // A garbage collection in the background would be at work in the next case.
        for key in ["gc.auto", "maintenance.auto"] {
            sandbox.git(&["config", key, "0"]).expect(0);
        }
        (scenario.prepare)(&sandbox);
        let beginning = tempfile::tempdir().unwrap();
        let stage = Self {
            scenario,
            sandbox,
            beginning,
        };
        for part in PARTS {
            copy(stage.sandbox.directory().join(part), stage.beginning.path());
        }
        stage
    }

    /// Puts everything back to the beginning, at the same paths.
    pub(crate) fn reset(&self) {
        let directory = self.sandbox.directory();
        for part in PARTS {
            std::fs::remove_dir_all(directory.join(part)).unwrap();
            copy(self.beginning.path().join(part), &directory);
        }
    }

    /// Runs the command while something fails.
    pub(crate) fn under(&self, fault: Fault) -> Injected {
        inject(self.command(), &self.sandbox.directory(), fault)
    }

    /// Runs the command.
    pub(crate) fn plainly(&self) -> Ran {
        self.sandbox.hive(self.scenario.command)
    }

    /// What is not yet as it should be.
    pub(crate) fn lacks(&self) -> String {
        (self.scenario.lacks)(&self.sandbox)
    }

    fn command(&self) -> Command {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_hive"));
        self.sandbox.command(&binary, self.scenario.command)
    }
}

/// What a sandbox consists of.
const PARTS: [&str; 3] = ["work", "home", "run"];

fn copy(from: PathBuf, into: &std::path::Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(into).status();
    assert!(done.unwrap().success());
}

//! Whole passes of the agent that die or fail, through the real binary.

use std::fs;
use std::path::PathBuf;

use hive_test_support::Sandbox;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::case::Case;
use crate::ground::{DIRTY, STAGED, STATES, State, copy};
use crate::victim;

const MESSY: &str = "import sys\nimport os\n\n\ndef f( x ):\n    x += 1\n    x += 2\n    \
                     x += 3\n    return os.path.join( x )\n";
const NEAT: &str = "import os\n\n\ndef f(x):\n    x += 1\n    x += 2\n    x += 3\n    \
                    return os.path.join(x)\n";

/// A repository where hive is installed and a commit waits for it, with the home that
/// belongs to it.
pub(crate) struct Ready {
    directory: TempDir,
}

impl Ready {
    pub(crate) fn new() -> Self {
        let sandbox = sandbox();
        sandbox.git(&["init", "-q", "-b", "main"]).expect(0);
        sandbox.git(&["config", "user.name", "Ada"]).expect(0);
        sandbox
            .git(&["config", "user.email", "ada@example.org"])
            .expect(0);
        sandbox.write("clean.py", "x = 1\n");
        sandbox.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
        sandbox.commit("mine: begin");
        sandbox.hive(&["init", "--yes"]).expect(0);
        for (key, value) in [("commit.quiet", "1ms"), ("hooks.when_idle", "queue")] {
            sandbox.hive(&["config", "set", key, value]).expect(0);
        }
        sandbox.commit("mine: hive");
        sandbox.hive(&["watch", "--once"]).expect(0);
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for name in ["work", "home"] {
            let from = sandbox.directory().join(name);
            copy(&from, &directory.path().join(name));
        }
        // A hook would start hive in the middle of a case.
        for event in [
            "post-commit",
            "post-merge",
            "post-checkout",
            "post-rewrite",
            "pre-push",
        ] {
            fs::remove_file(directory.path().join("work/.git/hooks").join(event)).unwrap();
        }
        Self { directory }
    }

    /// A copy where a commit waits for hive.
    pub(crate) fn with_a_commit(&self) -> Sandbox {
        let sandbox = self.copy();
        sandbox.write("a.py", MESSY);
        sandbox.write("b.py", MESSY);
        sandbox.commit("mine: two");
        sandbox
    }

    fn copy(&self) -> Sandbox {
        let sandbox = sandbox();
        for name in ["work", "home"] {
            let to = sandbox.directory().join(name);
            fs::remove_dir_all(&to).unwrap();
            copy(&self.directory.path().join(name), &to);
        }
        sandbox
    }
}

pub(crate) fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    sandbox
}

fn edit(sandbox: &Sandbox, line: &str) {
    let text = sandbox.read("a.py");
    sandbox.write(
        "a.py",
        text.replace("x += 2\n", &format!("x += 2\n    {line}\n")),
    );
}

pub(crate) fn run(case: &Case, ready: &Ready) -> bool {
    let mut sandbox = ready.with_a_commit();
    let mine = sandbox.git(&["rev-parse", "HEAD"]).expect(0).stdout;
    let state = case.state;
    assert!(STATES.contains(&state));
    if matches!(state, State::Staged | State::Both) {
        edit(&sandbox, STAGED);
        sandbox.git(&["add", "a.py"]).expect(0);
    }
    if matches!(state, State::Dirty | State::Both) {
        edit(&sandbox, DIRTY);
    }
    let (told, mark) = (
        sandbox.directory().join("told"),
        sandbox.directory().join("mark"),
    );
    sandbox.set("HIVE_CRASH", case.orders(&told, &mark));
    let mut child = sandbox.start(&["watch", "--once"]);
    let mut saved = false;
    if case.delays() {
        victim::meet(&mut child, &mark, &mut || {
            edit(&sandbox, "# mine, just saved");
            saved = true;
        });
    }
    let ran = victim::finish(child, case.point, &told);
    sandbox.forget("HIVE_CRASH");
    let name = format!("{case}\n{}", ran.said());
    // A failure may take a second pass: a step that failed is tried again later.
    let mut said = String::new();
    for _ in 0..5 {
        said = sandbox.hive(&["watch", "--once"]).expect(0).stderr;
        let landed = sandbox.git(&["show", "HEAD:b.py"]).stdout;
        let pending = sandbox.hive(&["status"]).stdout;
        if landed == NEAT && sandbox.git(&["show", "HEAD:a.py"]).stdout == NEAT {
            break;
        }
        said = format!("{said}\n{pending}");
    }
    is_whole(
        &sandbox,
        case,
        saved,
        mine.trim(),
        &format!("{name}\n{said}"),
    );
    ran.reached
}

fn is_whole(sandbox: &Sandbox, case: &Case, saved: bool, mine: &str, name: &str) {
    let git = |args: &[&str]| sandbox.git(args).expect(0).stdout;
    let told = || {
        let log = git(&["log", "--oneline", "-6"]);
        let queue = sandbox.hive(&["queue", "list", "--state", "all"]).stdout;
        let status = sandbox.hive(&["status"]).stdout;
        format!(
            "{name}\n{log}\n{queue}\n{status}\n{}",
            git(&["diff", "HEAD"])
        )
    };
    let text = sandbox.read("a.py");
    let mut lines = Vec::new();
    if matches!(case.state, State::Staged | State::Both) {
        lines.push(STAGED);
        let index = git(&["show", ":a.py"]);
        assert!(index.contains(STAGED), "{}", told());
    }
    if matches!(case.state, State::Dirty | State::Both) {
        lines.push(DIRTY);
    }
    if saved {
        lines.push("# mine, just saved");
    }
    for line in lines {
        assert_eq!(text.matches(line).count(), 1, "`{line}`: {}", told());
    }
    for path in ["a.py", "b.py"] {
        assert_eq!(
            git(&["show", &format!("HEAD:{path}")]),
            NEAT,
            "{path}: {}",
            told()
        );
        assert!(
            !sandbox.read(path).contains("import sys"),
            "{path}: {}",
            told()
        );
    }
    let fsck = sandbox
        .git(&["fsck", "--strict", "--no-dangling"])
        .expect(0);
    assert_eq!(fsck.stdout, "", "{}", fsck.stderr);
    let locks: Vec<PathBuf> = crate::ground::files(&sandbox.path(".git"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "lock"))
        .filter(|path| {
            let own = ["agent.lock", "landing.lock", "lease.lock"];
            !own.iter().any(|name| path.ends_with(name))
        })
        .collect();
    assert!(locks.is_empty(), "{locks:?}: {}", told());
    let range = format!("{mine}..HEAD");
    let commits = git(&["log", "--format=%H", &range]);
    let commits: Vec<&str> = commits.lines().collect();
    // One, but for a file that was saved in the middle of it.
    assert!(
        (1..=1 + usize::from(saved)).contains(&commits.len()),
        "{}",
        told()
    );
    let file = sandbox.path(".git/hive/hive.db");
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    for commit in &commits {
        let sql =
            format!("SELECT count(*) FROM landing_commits WHERE lower(hex(oid)) = '{commit}'");
        assert_eq!(
            count(&sql),
            1,
            "{commit} is not known as hive's: {}",
            told()
        );
    }
    assert_eq!(
        count("SELECT count(*) FROM tasks WHERE state = 1"),
        0,
        "{}",
        told()
    );
    let twice = "SELECT count(*) FROM (SELECT 1 FROM fixes WHERE state = 3
                 GROUP BY path, stage, before HAVING count(*) > 1)";
    assert_eq!(count(twice), 0, "{}", told());
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "{}", told());
}

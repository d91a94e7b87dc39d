//! `hive init` and `hive uninit` that die or fail, in a repository with hooks of its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hive_test_support::Sandbox;
use tempfile::TempDir;

use crate::case::Case;
use crate::database::is_sound;
use crate::ground::{copy, files};
use crate::table::Scene;
use crate::victim;

const HOOK: &str = "#!/bin/sh\necho mine >> ../mine\n";

/// A repository before and after `hive init`, to be copied.
pub(crate) struct Repositories {
    before: TempDir,
    after: TempDir,
}

impl Repositories {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
        sandbox
            .git(&["init", "-q", "-b", "main", "--template="])
            .expect(0);
        sandbox.git(&["config", "user.name", "Ada"]).expect(0);
        sandbox
            .git(&["config", "user.email", "ada@example.org"])
            .expect(0);
        sandbox.write("a.py", "x = 1\n");
        sandbox.commit("mine");
        let before = kept(&sandbox);
        hook(&sandbox);
        sandbox.hive(&["init", "--yes"]).expect(0);
        let after = kept(&sandbox);
        Self { before, after }
    }
}

/// One hook of the person's own; the others are not there.
fn hook(sandbox: &Sandbox) {
    sandbox.script(".git/hooks/post-commit", HOOK);
}

fn kept(sandbox: &Sandbox) -> TempDir {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for name in ["work", "home"] {
        copy(
            &sandbox.directory().join(name),
            &directory.path().join(name),
        );
    }
    directory
}

fn copied(from: &TempDir) -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    for name in ["work", "home"] {
        let to = sandbox.directory().join(name);
        fs::remove_dir_all(&to).unwrap();
        copy(&from.path().join(name), &to);
    }
    sandbox
}

/// Every file of the git directory and of the work tree, with mode and content.
fn everything(sandbox: &Sandbox) -> BTreeMap<String, (u32, Vec<u8>)> {
    let root = sandbox.root();
    let about = |path: &Path| {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, (mode, fs::read(path).unwrap()))
    };
    files(&root).iter().map(|path| about(path)).collect()
}

pub(crate) fn run(case: &Case, repositories: &Repositories) -> bool {
    let init = case.scene == Scene::Init;
    let mut sandbox = copied(&repositories.before);
    // Without any hook the directory for hooks is hive's to make.
    if case.point != "hooks.directory" {
        hook(&sandbox);
    }
    let before = everything(&sandbox);
    if !init {
        drop(sandbox);
        sandbox = copied(&repositories.after);
    }
    let (told, mark) = (
        sandbox.directory().join("told"),
        sandbox.directory().join("mark"),
    );
    sandbox.set("HIVE_CRASH", case.orders(&told, &mark));
    let args: &[&str] = if init {
        &["init", "--yes"]
    } else {
        &["uninit"]
    };
    let ran = victim::finish(sandbox.start(args), case.point, &told);
    sandbox.forget("HIVE_CRASH");
    let name = format!("{case}\n{}", ran.said());
    if ran.reached {
        assert_eq!(ran.killed, case.kills(), "{name}");
    }
    // In every state the person's hook runs once.
    if before.contains_key(".git/hooks/post-commit") {
        sandbox.set("HIVE", "0");
        sandbox.commit("mine: more");
        sandbox.forget("HIVE");
        let mine = fs::read_to_string(sandbox.directory().join("mine")).unwrap_or_default();
        assert_eq!(mine, "mine\n", "{name}: the person's hook");
        sandbox.git(&["reset", "-q", "--soft", "HEAD^"]).expect(0);
        sandbox.git(&["reset", "-q"]).expect(0);
    }
    if init {
        // Again, to its end.
        sandbox.hive(&["init", "--yes"]).expect(0);
        let again = sandbox.hive(&["init", "--yes"]).expect(0);
        assert!(
            again.stderr.contains("already there"),
            "{name}: {}",
            again.stderr
        );
        assert!(
            sandbox.read("hive.toml").contains("hive"),
            "{name}: hive.toml is empty"
        );
        is_sound(&sandbox.path(".git/hive/hive.db"), &name);
        sandbox.hive(&["status"]).expect(0);
    }
    sandbox.hive(&["uninit"]).expect(0);
    let after = everything(&sandbox);
    let ignored = |path: &String| {
        ["objects", "logs", "index", "ORIG_HEAD", "COMMIT_EDITMSG"]
            .iter()
            .any(|part| path.starts_with(&format!(".git/{part}")))
    };
    let differ: Vec<&String> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path) && !ignored(path))
        .collect();
    assert!(differ.is_empty(), "{name}: traces are left: {differ:?}");
    ran.reached
}

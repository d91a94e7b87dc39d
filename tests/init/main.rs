//! `hive init`, its hooks, and `hive uninit`: the real binary, real git, and hook files
//! as other tools write them.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts it, and its helpers fail the test"
)]

mod asking;
mod choices;
mod configured;
mod gone;
mod managers;
mod placing;
mod removing;
mod waking;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hive_test_support::{Ran, Sandbox};

/// The hooks that hive installs.
const EVENTS: [&str; 5] = [
    "post-commit",
    "post-merge",
    "post-checkout",
    "post-rewrite",
    "pre-push",
];

/// A repository with one commit. The hooks leave work alone: what a drain does is
/// tested where drains are.
fn repository() -> Sandbox {
    let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("first");
    sandbox
}

/// One that hive is installed in.
fn installed() -> Sandbox {
    let sandbox = repository();
    init(&sandbox);
    sandbox
}

fn init(sandbox: &Sandbox) -> Ran {
    sandbox.hive(&["init", "--yes"]).expect(0)
}

fn hook(event: &str) -> String {
    format!(".git/hooks/{event}")
}

/// A foreign hook that notes its arguments and input, with an exit status.
fn foreign(sandbox: &Sandbox, event: &str, status: u8) -> Vec<u8> {
    let text = format!(
        "#!/bin/sh\necho \"{event} $*\" >>\"$HOME/foreign\"\ncat >>\"$HOME/input\"\nexit {status}\n"
    );
    sandbox.script(&hook(event), &text);
    sandbox.bytes(&hook(event))
}

/// What the wake file says, and then nothing.
fn take_wake(sandbox: &Sandbox) -> Option<String> {
    let path = sandbox.path(".git/hive/wake");
    let text = fs::read_to_string(&path).ok()?;
    fs::remove_file(path).unwrap();
    Some(text)
}

/// Everything below a directory: kind, mode and content by path.
fn everything(directory: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut left = vec![directory.to_path_buf()];
    while let Some(path) = left.pop() {
        let meta = path.symlink_metadata().unwrap();
        let content = if meta.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            target.into_os_string().into_encoded_bytes()
        } else if meta.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        found.insert(path, (meta.permissions().mode(), content));
    }
    found
}

#[track_caller]
fn same(before: &BTreeMap<PathBuf, (u32, Vec<u8>)>, directory: &Path) {
    let after = everything(directory);
    let names = |all: &BTreeMap<PathBuf, (u32, Vec<u8>)>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(&after));
    for (path, was) in before {
        assert!(after[path] == *was, "{} differs", path.display());
    }
}

//! Commit objects and hooks, against the real git.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{Author, Committer, Draft, commit_object};
use crate::repo::{Oid, Place};

struct Ground {
    home: TempDir,
    place: Place,
}

#[expect(clippy::disallowed_methods, reason = "tests set up real repositories")]
fn run(directory: &Path, program: &str, args: &[&str], input: &[u8]) -> Option<Output> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(input).unwrap();
    Some(child.wait_with_output().unwrap())
}

impl Ground {
    fn new(format: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work");
        fs::create_dir(&root).unwrap();
        let format = format!("--object-format={format}");
        let init = run(&root, "git", &["init", "-q", &format], b"").unwrap();
        assert!(init.status.success(), "{init:?}");
        let place = Place::at(&root).unwrap();
        let ground = Self { home, place };
        ground.set("user.name", "Ada");
        ground.set("user.email", "ada@example.org");
        ground.set("commit.gpgSign", "false");
        ground
    }

    fn git(&self, args: &[&str], input: &[u8]) -> String {
        let done = run(&self.place.root, "git", args, input).unwrap();
        assert!(done.status.success(), "{args:?} {done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn set(&self, key: &str, value: &str) {
        self.git(&["config", key, value], b"");
    }

    fn tree(&self) -> Oid {
        self.git(&["mktree"], b"").parse().unwrap()
    }

    /// Writes the object as git would take it from anybody.
    fn store(&self, object: &[u8]) -> String {
        self.git(&["hash-object", "-t", "commit", "-w", "--stdin"], object)
    }

    /// A key with this pass phrase, and who may sign with it.
    fn key(&self, pass_phrase: &str) -> Option<PathBuf> {
        let path = self.home.path().join("key");
        let args = [
            "-q",
            "-t",
            "ed25519",
            "-N",
            pass_phrase,
            "-C",
            "",
            "-f",
            "key",
        ];
        let Some(made) = run(self.home.path(), "ssh-keygen", &args, b"") else {
            println!("skipped: there is no ssh-keygen");
            return None;
        };
        assert!(made.status.success(), "{made:?}");
        let public = fs::read_to_string(path.with_extension("pub")).unwrap();
        let allowed = self.home.path().join("allowed");
        fs::write(&allowed, format!("ada@example.org {public}")).unwrap();
        self.set("gpg.ssh.allowedSignersFile", allowed.to_str().unwrap());
        self.set("commit.gpgSign", "true");
        self.set("gpg.format", "ssh");
        self.set("user.signingKey", path.to_str().unwrap());
        Some(path)
    }

    fn hook(&self, directory: &str, script: &str, mode: u32) {
        let directory = self.place.root.join(directory);
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("commit-msg");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn git_accepts_the_object_and_reads_it_as_it_was_meant() {
    let ground = Ground::new("sha1");
    let tree = ground.tree();
    let first = commit_object(&ground.place, tree, &[], "one\n", Author::User).unwrap();
    let first: Oid = ground.store(&first).parse().unwrap();
    let draft = Draft {
        tree,
        parents: &[first],
        message: "zwei ä\n\nbody",
        author: Author::Worker("QA-1"),
        at_ms: 1_700_000_000_999,
    };
    let committer = Committer::open(&ground.place).unwrap();
    let second = ground.store(&committer.commit_object(&draft).unwrap());
    ground.git(&["update-ref", "HEAD", &second], b"");
    ground.git(&["fsck", "--strict"], b"");
    let format = "--format=%an <%ae>|%cn <%ce>|%ct|%P|%B";
    let shown = ground.git(&["show", "-s", format, &second], b"");
    let expected = format!(
        "hive QA-1 <qa-1@hive.invalid>|Ada <ada@example.org>|1700000000|{first}|zwei ä\n\nbody"
    );
    assert_eq!(shown, expected);
}

#[test]
fn a_user_without_a_name_is_asked_for_one_later() {
    let ground = Ground::new("sha1");
    ground.set("user.email", "");
    let tree = ground.tree();
    let held = commit_object(&ground.place, tree, &[], "x\n", Author::User).unwrap_err();
    assert!(held.0.contains("git config user.email"), "{held}");
}

#[test]
fn signatures_of_open_keys_verify() {
    for format in ["sha1", "sha256"] {
        let ground = Ground::new(format);
        let Some(key) = ground.key("") else { return };
        let tree = ground.tree();
        let public = key.with_extension("pub");
        for value in [&key, &public] {
            ground.set("user.signingKey", value.to_str().unwrap());
            let object = commit_object(&ground.place, tree, &[], "x\n", Author::User).unwrap();
            let stored = ground.store(&object);
            let verified = ["verify-commit", &stored];
            let done = run(&ground.place.root, "git", &verified, b"").unwrap();
            assert!(done.status.success(), "{format} {done:?}");
            ground.git(&["fsck", "--strict"], b"");
            let header = if format == "sha1" {
                "\ngpgsig -"
            } else {
                "\ngpgsig-sha256 -"
            };
            assert!(String::from_utf8_lossy(&object).contains(header));
        }
    }
}

#[test]
fn what_would_ask_holds() {
    let ground = Ground::new("sha1");
    let Some(key) = ground.key("pass phrase") else {
        return;
    };
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let touched = ground.home.path().join("touched.pub");
    fs::write(&touched, "sk-ssh-ed25519@openssh.com AAAA x\n").unwrap();
    let tree = ground.tree();
    let missing = ground.home.path().join("missing");
    let cases = [
        ("user.signingKey", key.to_str().unwrap(), "ssh-add"),
        ("user.signingKey", public.trim(), "ssh-add"),
        (
            "user.signingKey",
            missing.to_str().unwrap(),
            "there is no key",
        ),
        ("user.signingKey", touched.to_str().unwrap(), "touched"),
        ("user.signingKey", "", "names no key"),
        (
            "gpg.ssh.program",
            "/opt/password-manager/sign",
            "may ask you",
        ),
        ("gpg.format", "wax", "`wax` is not known"),
    ];
    for (name, value, expected) in cases {
        ground.set(name, value);
        let held = commit_object(&ground.place, tree, &[], "x\n", Author::User).unwrap_err();
        assert!(held.0.contains(expected), "{name} {value}: {held}");
    }
    ground.set("commit.gpgSign", "false");
    commit_object(&ground.place, tree, &[], "x\n", Author::User).unwrap();
}

#[test]
fn the_hook_may_rewrite_refuse_and_be_elsewhere() {
    let ground = Ground::new("sha1");
    let committer = || Committer::open(&ground.place).unwrap();
    let run = |message: &str| committer().checked(message).map_err(|held| held.0);
    assert_eq!(committer().hook().unwrap(), None);
    assert_eq!(
        run("x\n\n\n"),
        Ok("x\n\n\n".to_owned()),
        "no hook, nothing changes"
    );

    ground.hook(".git/hooks", "echo refused; exit 1", 0o644);
    assert_eq!(run("x\n"), Ok("x\n".to_owned()), "it cannot be executed");
    ground.hook(
        ".git/hooks",
        "echo first; echo 'no ticket\u{7}' >&2; exit 1",
        0o755,
    );
    let refused = "the commit-msg hook refused: no ticket\\u{7}";
    assert_eq!(run("x\n"), Err(refused.to_owned()));

    // A message with a Change-Id, as Gerrit's hook makes it, from a directory in the work
    // tree; where it runs and what git tells it.
    let script = "printf '\\n\\n\\nChange-Id: I1  \\n\\n' >> \"$1\"; \
        [ \"$GIT_INDEX_FILE\" = \"$GIT_DIR/index\" ] && [ -f hooks/commit-msg ] && \
        [ \"$(git rev-parse --show-toplevel)\" = \"$(pwd -P)\" ]";
    ground.hook("hooks", script, 0o755);
    ground.set("core.hooksPath", "hooks");
    let path = ground.place.root.join("hooks/commit-msg");
    assert_eq!(committer().hook().unwrap(), Some(path));
    assert_eq!(run("x \n"), Ok("x\n\nChange-Id: I1\n".to_owned()));

    ground.hook("hooks", ": > \"$1\"", 0o755);
    assert!(run("x\n").unwrap_err().contains("empty"));
    ground.hook("hooks", "printf '\\377' > \"$1\"", 0o755);
    assert!(run("x\n").unwrap_err().contains("UTF-8"));
    let left = fs::read_dir(ground.place.own_dir()).unwrap().count();
    assert_eq!(left, 0, "temporary files are gone");
}

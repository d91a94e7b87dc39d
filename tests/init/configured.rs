//! Hooks in git's configuration, which git has from 2.54 on.
//!
//! The git of the test may be older. What it cannot do is stood in for by a script that
//! answers the one question by which hive tells the capability, and passes everything
//! else on to the real git; the command is then run the way git documents: given to
//! the shell with `"$@"` and the hook's arguments behind. That a real git of 2.54 calls
//! it is not shown here.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hive_test_support::Sandbox;

use super::{EVENTS, everything, hook, init, repository, same, take_wake};

/// From here on git claims to run configured hooks.
fn capable(sandbox: &mut Sandbox) {
    let real = sandbox
        .run("sh", &["-c", "command -v git"])
        .expect(0)
        .stdout;
    let bin = sandbox.home().join("new-git");
    fs::create_dir(&bin).unwrap();
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *' hook list post-commit') echo hive-question; exit 0;; esac\nexec {} \"$@\"\n",
        real.trim()
    );
    fs::write(bin.join("git"), text).unwrap();
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    sandbox.set("PATH", format!("{}:{path}", bin.display()));
}

#[test]
fn where_git_can_hooks_are_configured_and_no_file_is_touched() {
    let mut sandbox = repository();
    // From before git was upgraded: the files go, so that nobody is woken twice.
    let hooks = everything(&sandbox.path(".git/hooks"));
    let config = sandbox.bytes(".git/config");
    init(&sandbox);
    capable(&mut sandbox);
    let said = init(&sandbox).stderr;
    assert!(
        said.contains("post-commit: installed (.git/config)"),
        "{said}"
    );
    same(&hooks, &sandbox.path(".git/hooks"));
    assert!(
        init(&sandbox)
            .stderr
            .contains("post-commit: already there (.git/config)")
    );

    for event in EVENTS {
        let get = |key: &str| {
            let key = format!("hook.hive-{event}.{key}");
            sandbox
                .git(&["config", "--local", "--get-all", &key])
                .expect(0)
                .stdout
        };
        assert_eq!(get("event"), format!("{event}\n"));
        let command = format!("{} \"$@\"", get("command").trim_end());
        take_wake(&sandbox);
        let ran = sandbox
            .run("sh", &["-c", &command, "git", "one", "two"])
            .expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        // Nothing is pushed here, which is no sign of life.
        let wakes = (event != "pre-push").then(|| format!("{event}\n"));
        assert_eq!(take_wake(&sandbox), wakes);
    }
    sandbox.hive(&["uninit"]).expect(0);
    assert_eq!(sandbox.bytes(".git/config"), config);
    same(&hooks, &sandbox.path(".git/hooks"));
}

#[test]
fn they_also_serve_where_the_hooks_are_in_the_work_tree() {
    let mut sandbox = repository();
    sandbox
        .git(&["config", "core.hooksPath", ".githooks"])
        .expect(0);
    capable(&mut sandbox);
    let ran = init(&sandbox);
    assert!(!ran.stdout.contains("add these lines"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("post-commit: installed (.git/config)"),
        "{}",
        ran.stderr
    );
    assert!(!sandbox.path(&hook("post-commit")).exists());
}

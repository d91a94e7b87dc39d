//! Limits of the system that run out: descriptors, watches, instances of watchers.

use std::process::Command;

use hive_test_support::Sandbox;

use crate::scenario::{MESSY, NEAT};

/// hive by a shell that lowers a limit first.
fn limited(sandbox: &Sandbox, limit: &str, args: &[&str]) -> hive_test_support::Ran {
    let line = format!(
        "{limit} && exec {} {}",
        env!("CARGO_BIN_EXE_hive"),
        args.join(" ")
    );
    sandbox.run("sh", &["-c", &line])
}

/// With ever more descriptors hive first says that there are too few and changes
/// nothing, then works; it never does half of it silently.
#[test]
fn few_descriptors_are_said_or_enough() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    let mut enough = None;
    for most in (4..=40).chain([48, 64, 96]) {
        for name in ["a.py", "b.py", "c.py"] {
            sandbox.write(name, MESSY);
        }
        let ran = limited(&sandbox, &format!("ulimit -n {most}"), &["fix", "."]);
        let said = format!(
            "ulimit -n {most}: {:?}\n{}{}",
            ran.code, ran.stdout, ran.stderr
        );
        assert!(!said.contains("panicked"), "{said}");
        let fixed = ["a.py", "b.py", "c.py"]
            .iter()
            .filter(|name| {
                let text = sandbox.read(name);
                assert!(text == NEAT || text == MESSY, "{said}\n{name}: {text}");
                text == NEAT
            })
            .count();
        if ran.code == Some(0) {
            assert_eq!(fixed, 3, "{said}");
            enough = enough.or(Some(most));
        } else {
            assert!(fixed < 3, "{said}");
            assert!(
                said.contains("Too many open files") || ran.code == Some(127),
                "{said}"
            );
        }
    }
    assert!(enough.is_some_and(|most| most <= 64), "{enough:?}");
}

/// No watcher can be had: the agent says which limit, and looks by itself instead or
/// ends with the command that helps.
#[test]
fn a_watcher_that_cannot_be_had_is_said() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    // In a namespace of its own the limit of instances is ours to lower.
    let script = format!(
        "echo 0 > /proc/sys/user/max_inotify_instances 2>/dev/null || exit 77\n\
         exec timeout 10 {} watch --json",
        env!("CARGO_BIN_EXE_hive")
    );
    let can = Command::new("unshare")
        .args(["--user", "--map-root-user", "true"])
        .status();
    if !can.is_ok_and(|done| done.success()) {
        println!("skipped: this system gives us no namespace of users");
        return;
    }
    let ran = sandbox.run(
        "unshare",
        &["--user", "--map-root-user", "sh", "-c", &script],
    );
    if ran.code == Some(77) {
        println!("skipped: this system does not let us lower the limit of watchers");
        return;
    }
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains("panicked"), "{said}");
    assert!(said.contains("max_user_instances"), "{:?} {said}", ran.code);
}

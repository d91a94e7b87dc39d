//! Ctrl-C in the middle of a run.

use std::fs;
use std::process::Child;

use hive_test_support::{Sandbox, wait_for};

use super::{repository, tool};

fn interrupt(sandbox: &Sandbox, child: &Child) {
    sandbox
        .run("kill", &["-INT", &child.id().to_string()])
        .expect(0);
}

/// What hive must not leave behind.
pub(super) fn nothing_is_left(sandbox: &Sandbox) {
    let found = || sandbox.processes();
    wait_for("all processes of the run to be gone", || found().is_empty());
    for directory in [
        sandbox.home().join(".cache/hive"),
        sandbox.path(".git/hive/tmp"),
    ] {
        let left: Vec<_> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != "hive.db" && name != "hive.db.turn")
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn every_file_is_old_or_new_and_a_second_run_finishes() {
    let sandbox = repository();
    let old = "import os\n".to_owned() + &"x = [1,2,\n3]\n".repeat(400);
    let new = "x = [1, 2, 3]\n".repeat(400);
    for number in 0..300 {
        sandbox.write(&format!("pkg/m{number}.py"), &old);
    }
    let child = sandbox.start(&["fix"]);
    let fixed = |path: &str| sandbox.read(path) == new;
    wait_for("some file to be fixed", || {
        (0..300).any(|n| fixed(&format!("pkg/m{n}.py")))
    });
    interrupt(&sandbox, &child);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(
        err.ends_with(
            "error: interrupted\n  hint: every file is either as it was or completely fixed\n"
        ),
        "{err}"
    );
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut done = 0;
    for number in 0..300 {
        let path = format!("pkg/m{number}.py");
        let text = sandbox.read(&path);
        assert!(text == old || text == new, "{path} is neither old nor new");
        let said = out.contains(&format!("{path}: fixed "));
        assert_eq!(text == new, said, "{path}\n{out}");
        done += usize::from(text == new);
    }
    assert!(done > 0);
    nothing_is_left(&sandbox);
    sandbox.hive(&["fix"]).expect(0);
    assert!((0..300).all(|number| fixed(&format!("pkg/m{number}.py"))));
}

#[test]
fn a_tool_that_runs_is_ended_with_all_it_has_started() {
    let sandbox = repository();
    // The shell waits for a child of its own, which must not survive it.
    tool::ruff(&sandbox, "0.14.0", "sleep 1000");
    sandbox.write("a.py", "x=1\n");
    let child = sandbox.start(&["fix", "--trust"]);
    wait_for("the tool to run", || {
        sandbox
            .processes()
            .iter()
            .any(|line| line.contains("sleep 1000"))
    });
    interrupt(&sandbox, &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    nothing_is_left(&sandbox);
    assert_eq!(sandbox.read("a.py"), "x=1\n");
}

#[test]
fn what_a_killed_run_leaves_is_removed_by_the_next() {
    let sandbox = repository();
    tool::ruff(
        &sandbox,
        "0.14.0",
        "test -e ../../../stop && exec \"$RUFF\" \"$@\"\nsleep 1000",
    );
    sandbox.write("a.py", "x=1\n");
    let mut child = sandbox.start(&["fix", "--trust"]);
    wait_for("the tool to run", || {
        sandbox
            .processes()
            .iter()
            .any(|line| line.contains("sleep 1000"))
    });
    let sleeping: Vec<String> = sandbox
        .processes()
        .iter()
        .filter(|line| line.contains("sleep 1000"))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    for pid in sleeping {
        // Nobody is left to end what a tool has started when hive is killed outright.
        sandbox.run("kill", &["-KILL", &pid]);
    }
    wait_for("its processes to be gone", || {
        sandbox.processes().is_empty()
    });
    assert!(
        fs::read_dir(sandbox.home().join(".cache/hive"))
            .unwrap()
            .count()
            > 0
    );
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.hive(&["fix", "--trust"]).expect(0);
    nothing_is_left(&sandbox);
}

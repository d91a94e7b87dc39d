//! Files and tools that ruin a run, all at once.

use std::fs;

use hive_test_support::{Sandbox, wait_for};

use super::stopping::nothing_is_left;
use super::{repository, tool};

/// A file of a repeated text with something around it.
fn nested(sandbox: &Sandbox, path: &str, open: &str, middle: &str, close: &str, depth: usize) {
    let text = format!(
        "x = {}{middle}{}\n",
        open.repeat(depth),
        close.repeat(depth)
    );
    sandbox.write(path, text);
}

#[test]
fn poisonous_files_cost_only_themselves() {
    let mut sandbox = repository();
    sandbox.set("HIVE_WORKER_DEADLINE", "5s");
    nested(&sandbox, "minus.py", "-", "1", "", 200_000);
    nested(&sandbox, "paren.py", "(", "1", ")", 50_000);
    nested(&sandbox, "calls.py", "f(", "", ")", 50_000);
    sandbox.write("big.py", "x=1\n".repeat(30_000_000 / 4));
    sandbox.write("nul.py", b"x = 1\0\n");
    sandbox.write("latin.py", b"x = '\xe9'\n");
    fs::create_dir(sandbox.path("dir.py")).unwrap();
    sandbox.write("dir.py/inside.py", "x=1\n");
    for number in 0..20 {
        sandbox.write(&format!("healthy{number}.py"), "import os\nx=1\n");
    }
    let begun = std::time::Instant::now();
    let ran = sandbox.hive(&["fix", "-v"]).expect(3);
    println!("the battery took {:?}", begun.elapsed());
    for number in 0..20 {
        assert_eq!(sandbox.read(&format!("healthy{number}.py")), "x = 1\n");
    }
    assert_eq!(sandbox.read("dir.py/inside.py"), "x = 1\n");
    for (line, why) in [
        (
            "big.py: skipped, it has 30000000 bytes, more than max_file_size (1048576)\n",
            "size",
        ),
        ("nul.py: failed contains NUL bytes\n", "NUL"),
        (
            "latin.py: failed is not UTF-8 (byte 5), and no encoding cookie says otherwise\n",
            "encoding",
        ),
        ("calls.py: failed the worker ", "depth"),
    ] {
        assert!(ran.stdout.contains(line), "{why}\n{}", ran.stdout);
    }
    // Each has an answer: fixed, clean, or failed with a reason.
    for path in ["minus.py", "paren.py"] {
        let answered = ran
            .stdout
            .lines()
            .any(|line| line.starts_with(&format!("{path}: ")));
        assert!(answered, "{path} has no answer\n{}", ran.stdout);
    }
    assert!(sandbox.read("calls.py").starts_with("x = f(f(f("));
    nothing_is_left(&sandbox);
}

#[test]
fn more_bad_files_in_a_row_than_workers_are_given_take_no_good_one_along() {
    let mut sandbox = repository();
    sandbox.set("HIVE_WORKER_MAX", "1");
    // Four that kill their worker, first in the queue.
    for number in 0..4 {
        nested(&sandbox, &format!("a{number}.py"), "f(", "", ")", 50_000);
    }
    sandbox.write("z.py", "x=1\n");
    let ran = sandbox.hive(&["fix"]).expect(3);
    assert_eq!(sandbox.read("z.py"), "x = 1\n", "{}", ran.stdout);
    assert_eq!(
        ran.stdout.matches("on this file, twice").count(),
        4,
        "{}",
        ran.stdout
    );
    nothing_is_left(&sandbox);
}

#[test]
fn poisonous_tools_cost_only_the_files_they_choke_on() {
    let mut sandbox = repository();
    sandbox.set("HIVE_WORKER_DEADLINE", "5s");
    sandbox.set("HIVE_WORKER_MEMORY", "1GiB");
    tool::ruff(
        &sandbox,
        "0.14.0",
        r#"case "$*" in
*hangs.py*) sleep 1000;;
*eats.py*) exec python3 -c 'x = bytearray(8 << 30)';;
*babbles.py*) echo garbage; exit 0;;
*crashes.py*) kill -SEGV $$;;
esac"#,
    );
    for path in ["hangs.py", "eats.py", "babbles.py", "crashes.py"] {
        sandbox.write(path, "x=1\n");
    }
    for number in 0..6 {
        sandbox.write(&format!("healthy{number}.py"), "import os\nx=1\n");
    }
    let ran = sandbox.hive(&["fix", "--trust"]).expect(3);
    for number in 0..6 {
        let path = format!("healthy{number}.py");
        assert_eq!(
            sandbox.read(&path),
            "x = 1\n",
            "{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }
    let why = |path: &str| {
        let at = ran.stdout.find(&format!("{path}: failed ruff failed: "));
        let at = at.unwrap_or_else(|| panic!("no word of {path}\n{}", ran.stdout));
        let rest = &ran.stdout[at..];
        let ends = rest
            .find("\nhealthy")
            .or_else(|| rest.find(".py: failed ruff failed: ").filter(|at| *at > 20));
        rest[..ends.unwrap_or(rest.len())].to_owned()
    };
    assert!(
        why("hangs.py").contains("killed after 4.5 s without an end"),
        "{}",
        ran.stdout
    );
    assert!(why("eats.py").contains("MemoryError"), "{}", ran.stdout);
    assert!(why("babbles.py").contains("garbage"), "{}", ran.stdout);
    assert!(
        why("crashes.py").contains("was ended by signal 11"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.starts_with("6 files fixed, 4 files failed"),
        "{}",
        ran.stderr
    );
    nothing_is_left(&sandbox);
}

#[test]
fn a_file_that_goes_away_is_said_and_not_missed() {
    let sandbox = repository();
    // The tool is slow on purpose: it waits until the test has removed the file.
    let gate = sandbox.home().join("gate");
    tool::ruff(
        &sandbox,
        "0.14.0",
        &format!(
            "touch '{0}.waits'\nwhile ! test -e '{0}'; do sleep 0.01; done",
            gate.display()
        ),
    );
    sandbox.write("gone.py", "x=1\n");
    sandbox.write("stays.py", "x=1\n");
    let child = sandbox.start(&["fix", "--trust"]);
    let waits = sandbox.home().join("gate.waits");
    wait_for("the tool to wait", || waits.exists());
    fs::remove_file(sandbox.path("gone.py")).unwrap();
    fs::write(&gate, "").unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("stays.py: fixed format\n"), "{out}");
    assert!(out.contains("gone.py: not fixed, it "), "{out}");
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(!sandbox.path("gone.py").exists());
    assert_eq!(sandbox.read("stays.py"), "x = 1\n");
    nothing_is_left(&sandbox);
}

//! What is known is not computed again, and what could have changed is.

use std::fs;
use std::path::PathBuf;

use hive_test_support::Sandbox;

use super::{repository, tool};

/// Runs `check` with a log and says how many workers it started and what it found.
fn check(sandbox: &mut Sandbox, args: &[&str]) -> (usize, String) {
    let log: PathBuf = sandbox.home().join("log");
    let _ = fs::remove_file(&log);
    sandbox.set("HIVE_LOG", "hive=debug");
    sandbox.set("HIVE_OUTPUT_LOG", &log);
    let ran = sandbox.hive(&[&["check", "--format", "concise"], args].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("all files are through"), "{log}");
    (log.matches("a worker has started").count(), ran.stdout)
}

/// Demands that the answer was known.
#[track_caller]
fn known(sandbox: &mut Sandbox, args: &[&str], out: &str) {
    assert_eq!(check(sandbox, args), (0, out.to_owned()));
}

/// Demands that the answer was computed.
#[track_caller]
fn computed(sandbox: &mut Sandbox, args: &[&str], out: &str) {
    let (workers, found) = check(sandbox, args);
    assert_eq!(found, out);
    assert!(workers > 0, "no worker was started");
    known(sandbox, args, out);
}

#[test]
fn a_second_run_starts_no_worker() {
    let mut sandbox = repository();
    for number in 0..40 {
        sandbox.write(
            &format!("pkg/m{number}.py"),
            format!("x{number} = {number}\n"),
        );
    }
    sandbox.write("ugly.py", "x=1\n");
    sandbox.write("broken.py", "x = undefined\n");
    let out = "broken.py:1:5: F821 Undefined name `undefined`\nugly.py: would fix format\n";
    computed(&mut sandbox, &[], out);
    let ran = sandbox.hive(&["check"]);
    assert!(ran.stderr.contains("42 known"), "{}", ran.stderr);
    // What was judged was not verified, so a write computes it again.
    sandbox.hive(&["fix"]).expect(1);
    assert_eq!(sandbox.read("ugly.py"), "x = 1\n");
    // What was written is known as the fixed point that it is.
    let out = "broken.py:1:5: F821 Undefined name `undefined`\n";
    known(&mut sandbox, &[], out);
}

#[test]
fn without_the_memo_everything_is_computed_and_nothing_kept() {
    let mut sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    for _ in 0..2 {
        let (workers, _) = check(&mut sandbox, &["--no-memo"]);
        assert_eq!(workers, 1);
    }
    assert!(!sandbox.path(".git/hive/hive.db").exists());
    computed(&mut sandbox, &[], "");
}

#[test]
fn everything_that_can_change_the_answer_is_part_of_the_question() {
    let mut sandbox = repository();
    let s = &mut sandbox;
    s.write("pyproject.toml", "[project]\nname = \"p\"\n");
    s.write(
        "a.py",
        "import local\nimport other\n\nprint(local, other)\n",
    );
    s.commit("one");
    computed(s, &[], "");
    // A module of that name makes the import first-party, which is a block of its own.
    s.write("local.py", "y = 1\n");
    let (_, out) = check(s, &[]);
    assert_eq!(out, "a.py: would fix I001\n");
    fs::remove_file(s.path("local.py")).unwrap();
    known(s, &[], "");

    // Bytes.
    s.write("a.py", "x  = 1\n");
    computed(s, &[], "a.py: would fix format\n");
    // Scope.
    computed(s, &["--scope", "lines"], "a.py: would fix format\n");
    // Path.
    fs::rename(s.path("a.py"), s.path("b.py")).unwrap();
    computed(s, &[], "b.py: would fix format\n");
    // hive's own policy.
    s.write("b.py", "def f():\n    x = 1\n");
    computed(s, &[], "b.py: would fix F841\n");
    s.write("hive.toml", "extend_safe = []\n");
    computed(
        s,
        &[],
        "b.py:2:5: F841 Local variable `x` is assigned to but never used\n",
    );
    computed(s, &["--lint", "off"], "");
    // A configuration beside it, and what it extends, somewhere above.
    s.write("sub/c.py", "x = 'a'\n");
    s.write("sub/ruff.toml", "extend = \"../base.toml\"\n[format]\n");
    s.write("base.toml", "line-length = 100\n");
    computed(s, &["sub"], "sub/c.py: would fix format\n");
    s.write("base.toml", "format.quote-style = \"single\"\n");
    computed(s, &["sub"], "");
    s.write("sub/ruff.toml", "[format]\n");
    computed(s, &["sub"], "sub/c.py: would fix format\n");
}

#[test]
fn the_project_file_above_counts() {
    let mut sandbox = repository();
    let s = &mut sandbox;
    s.write("deep/er/a.py", "x = 'a'\n");
    s.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
    computed(s, &[], "deep/er/a.py: would fix format\n");
    s.write(
        "pyproject.toml",
        "[tool.ruff.format]\nquote-style = \"single\"\n",
    );
    computed(s, &[], "");
    s.write("deep/er/__init__.py", "");
    computed(s, &[], "");
}

#[test]
fn the_version_of_a_tool_and_what_its_configuration_extends_count() {
    let mut sandbox = repository();
    let s = &mut sandbox;
    tool::ruff(s, "0.14.0", "");
    s.write("a.py", "x = 'a'\n");
    computed(s, &["--trust"], "a.py: would fix format\n");
    s.write(
        "pyproject.toml",
        "[tool.ruff]\nextend = \"base.toml\"\n[tool.ruff.format]\n",
    );
    s.write("base.toml", "line-length = 99\n");
    computed(s, &["--trust"], "a.py: would fix format\n");
    s.write("base.toml", "format.quote-style = \"single\"\n");
    computed(s, &["--trust"], "");
    // Another version of it.
    fs::remove_dir_all(s.path(".venv")).unwrap();
    tool::ruff(s, "0.13.1", "");
    s.write(
        "pyproject.toml",
        "[tool.ruff]\nextend = \"base.toml\"\n[tool.ruff.format]\n",
    );
    computed(s, &["--trust"], "");
}

#[test]
fn whether_a_file_is_executable_counts_where_a_rule_looks() {
    use std::os::unix::fs::PermissionsExt;
    let mut sandbox = repository();
    let s = &mut sandbox;
    s.write("ruff.toml", "lint.select = [\"EXE\"]\n");
    s.write("a.py", "#!/usr/bin/env python3\nprint()\n");
    computed(
        s,
        &[],
        "a.py:1:1: EXE001 Shebang is present but file is not executable\n",
    );
    fs::set_permissions(s.path("a.py"), fs::Permissions::from_mode(0o755)).unwrap();
    computed(s, &[], "");
}

#[test]
fn a_damaged_database_is_set_aside() {
    let mut sandbox = repository();
    sandbox.write("a.py", "x=1\n");
    computed(&mut sandbox, &[], "a.py: would fix format\n");
    let file = sandbox.path(".git/hive/hive.db");
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
    fs::write(
        &file,
        b"this is no database, and it is long enough to be looked at".repeat(100),
    )
    .unwrap();
    let ran = sandbox
        .hive(&["check"])
        .expect(1)
        .is("a.py: would fix format\n");
    assert!(
        ran.stderr.contains("hive.db was damaged and is now "),
        "{}",
        ran.stderr
    );
    let kept = fs::read_dir(sandbox.path(".git/hive")).unwrap();
    let kept = kept.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("corrupt")
    });
    assert_eq!(kept.count(), 1);
    known(&mut sandbox, &[], "a.py: would fix format\n");
}

#[test]
fn a_database_that_cannot_be_made_costs_time_and_not_the_answer() {
    let sandbox = repository();
    sandbox.write("a.py", "x=1\n");
    fs::create_dir_all(sandbox.path(".git/hive/hive.db")).unwrap();
    let ran = sandbox
        .hive(&["check"])
        .expect(1)
        .is("a.py: would fix format\n");
    assert!(
        ran.stderr
            .starts_with("warning: results are not remembered: "),
        "{}",
        ran.stderr
    );
}

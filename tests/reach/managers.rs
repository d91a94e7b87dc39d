//! hive as a hook of pre-commit, prek, lefthook and husky themselves, and beside them.

use std::path::PathBuf;

use hive_test_support::{Sandbox, hook_managers, wait_for};

use super::{MESSY, NEAT, blocks, source, with_hive_in_path};

fn repository() -> Sandbox {
    let mut sandbox = with_hive_in_path(&[hook_managers().join("bin")]);
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    sandbox.set("NO_COLOR", "1");
    sandbox.write("clean.py", NEAT);
    sandbox.commit("first");
    sandbox
}

/// A repository as a manager clones it: hive's hooks at a revision.
fn published(sandbox: &Sandbox) -> (PathBuf, String) {
    let path = sandbox.home().join("hive-source");
    std::fs::create_dir(&path).unwrap();
    std::fs::copy(
        source(".pre-commit-hooks.yaml"),
        path.join(".pre-commit-hooks.yaml"),
    )
    .unwrap();
    let name = path.to_str().unwrap();
    for args in [
        &["init", "-q"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-qm",
            "hive",
        ],
    ] {
        let args: Vec<&str> = ["-C", name].iter().chain(args).copied().collect();
        sandbox.git(&args).expect(0);
    }
    let revision = sandbox
        .git(&["-C", name, "rev-parse", "HEAD"])
        .expect(0)
        .stdout;
    (path, revision.trim().to_owned())
}

/// A commit with a file that is to be fixed fails as with any fixer, and goes through when
/// the fixed file is added; one with a generated file alone goes through.
fn holds_and_lets_go(sandbox: &Sandbox, fixes: bool) {
    sandbox.write("a.py", MESSY);
    sandbox.git(&["add", "a.py"]).expect(0);
    let ran = sandbox.git(&["commit", "-qm", "feat: a"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        format!("{}{}", ran.stdout, ran.stderr).contains("a.py"),
        "{ran:?}"
    );
    assert_eq!(sandbox.read("a.py"), if fixes { NEAT } else { MESSY });
    if !fixes {
        sandbox.hive(&["fix", "-q", "--no-memo", "a.py"]).expect(0);
    }
    sandbox.git(&["add", "a.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: a"]).expect(0);
    // Neither is for hive to fix: one is generated, one is excluded.
    sandbox.write("b_pb2.py", MESSY);
    sandbox.write("left/c.py", MESSY);
    sandbox.write("ruff.toml", "extend-exclude = [\"left\"]\n");
    sandbox.git(&["add", "-A"]).expect(0);
    sandbox
        .git(&["commit", "-qm", "feat: left alone"])
        .expect(0);
    assert_eq!(sandbox.read("left/c.py"), MESSY);
    assert_eq!(sandbox.read("b_pb2.py"), MESSY);
}

/// The hooks of this repository, by the managers that read them.
#[test]
fn hive_is_a_hook_of_pre_commit_and_prek() {
    for manager in ["pre-commit", "prek"] {
        for (hook, fixes) in [("hive-fix", true), ("hive-check", false)] {
            let sandbox = repository();
            let (path, revision) = published(&sandbox);
            sandbox.write(
                ".pre-commit-config.yaml",
                format!(
                    "repos:\n- repo: {}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n    language: system\n",
                    path.display()
                ),
            );
            sandbox.commit("hooks");
            sandbox.run(manager, &["install"]).expect(0);
            holds_and_lets_go(&sandbox, fixes);
            let ran = sandbox.run(manager, &["run", "--all-files"]).expect(0);
            assert!(ran.stdout.contains("Passed"), "{manager}: {ran:?}");
            // No `hive init`, and no database.
            assert!(!sandbox.path(".git/hive/hive.db").exists(), "{manager}");
        }
    }
}

/// Without the repository, as docs/managers.md has it.
#[test]
fn hive_is_a_local_hook() {
    for manager in ["pre-commit", "prek"] {
        let sandbox = repository();
        let blocks = blocks("docs/managers.md", "yaml");
        let local = blocks.iter().find(|block| block.contains("repo: local"));
        sandbox.write(".pre-commit-config.yaml", local.unwrap());
        sandbox.commit("hooks");
        sandbox.run(manager, &["install"]).expect(0);
        holds_and_lets_go(&sandbox, true);
    }
}

/// lefthook adds what was fixed by itself.
#[test]
fn hive_is_a_command_of_lefthook() {
    let sandbox = repository();
    let blocks = blocks("docs/managers.md", "yaml");
    let recipe = blocks.iter().find(|block| block.contains("# lefthook.yml"));
    sandbox.write("lefthook.yml", recipe.unwrap());
    sandbox.commit("hooks");
    sandbox.run("lefthook", &["install"]).expect(0);
    sandbox.write("a.py", MESSY);
    sandbox.write("b_pb2.py", MESSY);
    sandbox.git(&["add", "a.py", "b_pb2.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: a"]).expect(0);
    assert_eq!(sandbox.git(&["show", "HEAD:a.py"]).expect(0).stdout, NEAT);
    assert_eq!(sandbox.read("b_pb2.py"), MESSY);
    sandbox.write("b_pb2.py", "x=2\n");
    sandbox.git(&["add", "b_pb2.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: generated"]).expect(0);
}

/// husky itself, installed with these scripts; where the machine has no npm, what git sees
/// of it: hooks that call scripts of their names in the work tree.
fn husky(sandbox: &Sandbox, scripts: &[(&str, &str)]) {
    for (event, script) in scripts {
        sandbox.write(&format!(".husky/{event}"), *script);
    }
    if let Some(program) = hive_test_support::husky() {
        sandbox.run("node", &[program.to_str().unwrap()]).expect(0);
        let home = sandbox.git(&["config", "core.hooksPath"]).expect(0).stdout;
        assert_eq!(home, ".husky/_\n");
        return;
    }
    sandbox.write(".husky/_/.gitignore", "*\n");
    let runner = "#!/usr/bin/env sh\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\nexit $?\n";
    for event in [
        "pre-commit",
        "post-commit",
        "post-merge",
        "post-checkout",
        "post-rewrite",
        "pre-push",
    ] {
        sandbox.script(&format!(".husky/_/{event}"), runner);
    }
    sandbox
        .git(&["config", "core.hooksPath", ".husky/_"])
        .expect(0);
}

#[test]
fn hive_is_a_command_of_husky() {
    let sandbox = repository();
    let blocks = blocks("docs/managers.md", "sh");
    let recipe = blocks
        .iter()
        .find(|block| block.contains("# .husky/pre-commit"));
    husky(&sandbox, &[("pre-commit", recipe.unwrap())]);
    sandbox.git(&["add", "-A"]).expect(0);
    sandbox.git(&["commit", "-qm", "husky"]).expect(0);
    holds_and_lets_go(&sandbox, false);
}

/// What hive has committed after the commit of a person, if anything.
fn followed(sandbox: &Sandbox) {
    wait_for("a commit of hive's", || {
        sandbox
            .git(&["log", "-1", "--format=%s"])
            .stdout
            .starts_with("chore(qa)")
    });
    wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
}

/// Beside a manager whose own hook runs at the commit: theirs runs, and hive follows.
fn beside(manager: &str, manager_first: bool) {
    let sandbox = repository();
    let note = "sh -c 'echo ran >>\"$HOME/theirs\"'";
    match manager {
        "lefthook" => sandbox.write(
            "lefthook.yml",
            "pre-commit:\n  jobs:\n  - name: note\n    run: echo ran >>\"$HOME/theirs\"\n",
        ),
        _ => sandbox.write(
            ".pre-commit-config.yaml",
            format!("repos:\n- repo: local\n  hooks:\n  - {{id: note, name: note, entry: {note:?}, language: system, always_run: true, pass_filenames: false}}\n"),
        ),
    }
    sandbox.commit("hooks");
    let theirs = || {
        sandbox.run(manager, &["install"]).expect(0);
    };
    if manager_first {
        theirs();
    }
    sandbox.hive(&["init", "--yes"]).expect(0);
    if !manager_first {
        theirs();
    }
    sandbox.commit("hive");
    wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
    let _ = std::fs::remove_file(sandbox.home().join("theirs"));
    sandbox.write("a.py", MESSY);
    sandbox.git(&["add", "a.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: a"]).expect(0);
    followed(&sandbox);
    assert_eq!(sandbox.read("a.py"), NEAT, "{manager}");
    let ran = std::fs::read_to_string(sandbox.home().join("theirs")).unwrap_or_default();
    // hive's own commit calls no hook of theirs.
    assert_eq!(ran, "ran\n", "{manager}");
    let of_hive = |args: &[&str]| sandbox.hive(args).expect(0);
    assert!(of_hive(&["status"]).stderr.len() + of_hive(&["status"]).stdout.len() > 0);
    of_hive(&["uninit"]);
    sandbox.write("c.py", "y = 1\n");
    sandbox.git(&["add", "c.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: c"]).expect(0);
    let ran = std::fs::read_to_string(sandbox.home().join("theirs")).unwrap();
    assert_eq!(ran, "ran\nran\n", "{manager}");
}

#[test]
fn beside_pre_commit_both_work() {
    beside("pre-commit", true);
    beside("pre-commit", false);
}

#[test]
fn beside_prek_both_work() {
    beside("prek", true);
    beside("prek", false);
}

#[test]
fn beside_lefthook_both_work() {
    beside("lefthook", true);
    beside("lefthook", false);
}

/// Beside husky, with the lines that `hive init` prints added to its scripts.
#[test]
fn beside_husky_both_work() {
    let sandbox = repository();
    husky(&sandbox, &[("pre-commit", "echo ran >>\"$HOME/theirs\"\n")]);
    sandbox.git(&["add", "-A"]).expect(0);
    sandbox.git(&["commit", "-qm", "husky"]).expect(0);
    let printed = sandbox.hive(&["init", "--yes"]).expect(0).stdout;
    let lines: Vec<&str> = printed.lines().collect();
    let mut added = 0;
    for pair in lines.windows(2) {
        let (file, line) = (pair[0].trim(), pair[1].trim());
        if file.starts_with(".husky/") && line.contains("hive hook") {
            sandbox.write(file, format!("{line}\n"));
            added += 1;
        }
    }
    assert_eq!(added, 5, "{printed}");
    sandbox.commit("hive");
    wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
    sandbox.write("a.py", MESSY);
    sandbox.git(&["add", "a.py"]).expect(0);
    sandbox.git(&["commit", "-qm", "feat: a"]).expect(0);
    followed(&sandbox);
    assert_eq!(sandbox.read("a.py"), NEAT);
    let ran = std::fs::read_to_string(sandbox.home().join("theirs")).unwrap();
    assert!(ran.ends_with("ran\n"), "{ran}");
}

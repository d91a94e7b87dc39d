//! Ways out of the repository: links, paths, trees and directories that point elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use hive_test_support::Sandbox;

use super::{LOOKING, MESSY, ended, repository};

/// A directory beside the repository with a file that must stay as it is.
fn elsewhere(sandbox: &Sandbox) -> PathBuf {
    let directory = sandbox.directory().join("elsewhere");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("x.py"), MESSY).unwrap();
    directory
}

#[track_caller]
fn is_untouched(directory: &std::path::Path, what: &str) {
    assert_eq!(
        fs::read_to_string(directory.join("x.py")).unwrap(),
        MESSY,
        "{what}"
    );
    let names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["x.py"], "{what} made something");
}

#[test]
fn links_are_not_followed_out() {
    let sandbox = repository();
    let elsewhere = elsewhere(&sandbox);
    symlink(elsewhere.join("x.py"), sandbox.path("link.py")).unwrap();
    symlink(&elsewhere, sandbox.path("linked")).unwrap();
    symlink("..", sandbox.path("up")).unwrap();
    sandbox.write("sub/a.py", "x = 1\n");
    symlink("../../elsewhere", sandbox.path("sub/deep")).unwrap();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("links");
    for args in [
        &["fix"][..],
        &["fix", "."],
        &["fix", "link.py"],
        &["fix", "linked"],
        &["fix", "linked/x.py"],
        &["fix", "up/elsewhere/x.py"],
        &["fix", "sub/deep/x.py"],
        &["fix", "sub"],
        &["fix", "--since", "HEAD"],
        &["fix", "--no-exchange", "linked/x.py"],
        &["fix", "--plain", "linked/x.py"],
    ] {
        let ran = sandbox.hive(args);
        ended(&ran, &format!("{args:?}"));
        is_untouched(&elsewhere, &format!("{args:?}"));
    }
    // It is said why.
    let ran = sandbox.hive(&["fix", "-v", "linked/x.py"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("outside the repository"), "{said}");
}

#[test]
fn hard_links_keep_their_other_name() {
    let sandbox = repository();
    let elsewhere = elsewhere(&sandbox);
    fs::hard_link(elsewhere.join("x.py"), sandbox.path("a.py")).unwrap();
    sandbox.commit("begin");
    ended(&sandbox.hive(&["fix"]), "fix");
    ended(&sandbox.hive(&["fix", "a.py"]), "fix a.py");
    is_untouched(&elsewhere, "fix");
}

/// Configuration that extends what lies outside is refused, and what is read of it is
/// not shown.
#[test]
fn configuration_outside_is_refused_and_its_content_hushed() {
    let sandbox = repository();
    let secret = sandbox.directory().join("secret.toml");
    fs::write(
        &secret,
        "password = \"hunter2 with a long line\"\n[broken\n",
    )
    .unwrap();
    sandbox.write("a.py", MESSY);
    let up = "../secret.toml";
    let absolute = secret.display().to_string();
    for place in [up, &absolute, "link.toml", "~/../secret.toml"] {
        let link = sandbox.path("link.toml");
        let _ = fs::remove_file(&link);
        symlink(&secret, &link).unwrap();
        for (file, text) in [
            ("hive.toml", format!("extend = \"{place}\"\n")),
            ("ruff.toml", format!("extend = \"{place}\"\n")),
            (
                "pyproject.toml",
                format!("[tool.ruff]\nextend = \"{place}\"\n"),
            ),
        ] {
            sandbox.write(file, &text);
            for verb in [
                &["check"][..],
                &["doctor"],
                &["config", "show"],
                &["check", "-v"],
            ] {
                let ran = sandbox.hive(verb);
                ended(&ran, &format!("{text} {verb:?}"));
                let said = format!("{}{}", ran.stdout, ran.stderr);
                assert!(
                    !said.contains("hunter2"),
                    "{text} {verb:?} shows it:\n{said}"
                );
            }
            fs::remove_file(sandbox.path(file)).unwrap();
        }
    }
    for (file, target) in [
        ("hive.toml", &secret),
        ("ruff.toml", &secret),
        ("pyproject.toml", &secret),
    ] {
        symlink(target, sandbox.path(file)).unwrap();
        let ran = sandbox.hive(&["check"]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        ended(&ran, file);
        assert!(!said.contains("hunter2"), "{file} shows it:\n{said}");
        fs::remove_file(sandbox.path(file)).unwrap();
    }
}

/// Directories that tools would write to are not taken from the configuration.
#[test]
fn caches_and_outputs_are_not_placed_outside() {
    let sandbox = repository();
    let elsewhere = elsewhere(&sandbox);
    let place = elsewhere.display();
    sandbox.write(
        "pyproject.toml",
        format!(
            "[tool.ruff]\ncache-dir = \"{place}/cache\"\nsrc = [\"{place}\"]\n[tool.ruff.format]\n"
        ),
    );
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    ended(&sandbox.hive(&["check"]), "check");
    ended(&sandbox.hive(&["fix"]), "fix");
    is_untouched(&elsewhere, "fix");
}

/// A tree that names what lies above it, as only plumbing makes one.
#[test]
fn a_tree_that_climbs_out_writes_nothing() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    sandbox.write(".git/hive/hooks", "queue\n");
    sandbox.commit("hive");
    sandbox.hive(&["watch", "--once"]).expect(0);
    sandbox.write("../x.py", MESSY);
    sandbox.write(".git/evil.py", MESSY);
    let script = r#"
        set -e
        blob=$(printf '%s' "$1" | git hash-object -w --stdin)
        raw=$(printf "$(printf '%s' "$blob" | sed 's/../\\x&/g')" | od -An -v -tx1 | tr -d ' \n')
        entry() { printf '%s %s\0' "$1" "$2"; printf "$(printf '%s' "$3" | sed 's/../\\x&/g')"; }
        inner=$( (entry 100644 x.py "$raw"; entry 100644 evil.py "$raw") | git hash-object -t tree -w --stdin --literally)
        tree=$( (entry 40000 .. "$inner"; entry 40000 .git "$inner"; entry 100644 a.py "$raw"; entry 100644 /x.py "$raw") | git hash-object -t tree -w --stdin --literally)
        commit=$(git commit-tree -p HEAD -m climb "$tree")
        git update-ref -m 'commit: climb' HEAD "$commit"
    "#;
    sandbox
        .run("bash", &["-c", script, "bash", MESSY])
        .expect(0);
    for _ in 0..2 {
        ended(&sandbox.hive(&["watch", "--once"]), "watch --once");
    }
    ended(
        &sandbox.hive(&["check", "--since", "HEAD^"]),
        "check --since",
    );
    ended(&sandbox.hive(&["fix", "--since", "HEAD^"]), "fix --since");
    assert_eq!(sandbox.read("../x.py"), MESSY);
    assert_eq!(sandbox.read(".git/evil.py"), MESSY);
}

/// An archive's `.git` that calls another directory its common one.
#[test]
fn a_foreign_common_directory_gets_nothing() {
    let sandbox = repository();
    let elsewhere = elsewhere(&sandbox);
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    for named in [
        elsewhere.display().to_string(),
        "../../elsewhere".to_owned(),
    ] {
        sandbox.write(".git/commondir", format!("{named}\n"));
        for verb in LOOKING
            .iter()
            .copied()
            .chain([&["init", "--yes"][..], &["fix"]])
        {
            ended(&sandbox.hive(verb), &format!("{verb:?}"));
            is_untouched(&elsewhere, &format!("{named} {verb:?}"));
        }
    }
}

/// An archive's `.git/hive` that is a link.
#[test]
fn a_linked_state_directory_gets_nothing() {
    let sandbox = repository();
    let elsewhere = elsewhere(&sandbox);
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    symlink(&elsewhere, sandbox.path(".git/hive")).unwrap();
    for verb in
        LOOKING
            .iter()
            .copied()
            .chain([&["init", "--yes"][..], &["fix"], &["watch", "--once"]])
    {
        let ran = sandbox.hive(verb);
        ended(&ran, &format!("{verb:?}"));
        is_untouched(&elsewhere, &format!("{verb:?}"));
    }
    let ran = sandbox.hive(&["init", "--yes"]);
    assert!(
        ran.stderr.contains("symbolic link") && ran.stderr.contains("hint:"),
        "{}",
        ran.stderr
    );
}

/// An archive's database, and other files of hive's, that are links to files of the
/// person's.
#[test]
fn linked_state_files_are_not_written_through() {
    for name in [
        "hive.db",
        "hive.db-wal",
        "hive.db.turn",
        "tick",
        "config.toml",
        "hook.log",
        "wake",
        "agent.lock",
        "id",
        "hooks",
    ] {
        let sandbox = repository();
        let elsewhere = elsewhere(&sandbox);
        sandbox.write("a.py", "x = 1\n");
        sandbox.commit("begin");
        fs::create_dir(sandbox.path(".git/hive")).unwrap();
        let target = elsewhere.join("x.py");
        symlink(&target, sandbox.path(&format!(".git/hive/{name}"))).unwrap();
        for verb in [
            &["check"][..],
            &["status"],
            &["config", "set", "commit.quiet", "1s"],
            &["init", "--yes"],
            &["hook", "post-commit"],
            &["watch", "--once"],
            &["queue", "pause"],
        ] {
            ended(&sandbox.hive(verb), &format!("{name} {verb:?}"));
            let text = fs::read_to_string(&target).unwrap();
            assert_eq!(text, MESSY, "{verb:?} wrote through {name}");
        }
        // Nor is a file made where there was none.
        fs::remove_file(&target).unwrap();
        let _ = fs::remove_file(sandbox.path(&format!(".git/hive/{name}")));
        symlink(&target, sandbox.path(&format!(".git/hive/{name}"))).unwrap();
        for verb in [
            &["check"][..],
            &["init", "--yes"],
            &["hook", "post-commit"],
            &["watch", "--once"],
        ] {
            ended(&sandbox.hive(verb), &format!("{name} {verb:?}"));
            assert!(!target.exists(), "{verb:?} made a file through {name}");
        }
    }
}

//! pre-commit, prek and lefthook themselves in the same repository: who comes first, who
//! does the work twice, and what a person reads.

use std::path::Path;

use hive_test_support::{hook_managers, tools};

use super::{TIDY, UNTIDY, UNUSED, UNUSED_FIXED};
use crate::ground::Ground;

/// Hooks that refuse a commit whose files they had to change.
const PRE_COMMIT: &str = "repos:\n- repo: local\n  hooks:\n  \
    - {id: ruff-check, name: ruff check, entry: \"ruff check --fix --select E4,E7,E9,F,I\", language: system, types: [python]}\n  \
    - {id: ruff-format, name: ruff format, entry: ruff format, language: system, types: [python]}\n";
const LEFTHOOK: &str = "pre-commit:\n  jobs:\n    \
    - {name: check, glob: \"*.py\", run: \"ruff check --fix --exit-non-zero-on-fix --select E4,E7,E9,F,I {staged_files}\"}\n    \
    - {name: format, glob: \"*.py\", run: \"ruff format --check {staged_files}\"}\n";

/// A repository with hive in this mode and a manager, installed in either order.
fn managed(manager: &str, manager_first: bool) -> Ground {
    let mut ground = Ground::bare();
    let bin = |home: &Path| home.join("bin").display().to_string();
    let rest = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{rest}", bin(hook_managers()), bin(tools()));
    ground.sandbox.set("PATH", path);
    ground.sandbox.set("HIVE_COMMIT_BUDGET", "10s");
    let (file, text) = match manager {
        "lefthook" => ("lefthook.yml", LEFTHOOK),
        _ => (".pre-commit-config.yaml", PRE_COMMIT),
    };
    ground.write(file, text);
    ground.git(&["add", "--all"]);
    ground.git(&["commit", "-q", "-m", "hooks"]);
    let install = |ground: &Ground| {
        ground.sandbox.run(manager, &["install"]).expect(0);
    };
    if manager_first {
        install(&ground);
    }
    ground
        .hive(&["config", "set", "commit.mode", "tidy"])
        .expect(0);
    ground.hive(&["init", "--yes"]).expect(0);
    if !manager_first {
        install(&ground);
    }
    ground.sandbox.git(&["add", "--all"]).expect(0);
    ground
        .sandbox
        .git(&["commit", "-q", "-m", "hive"])
        .expect(0);
    ground.settled();
    ground
}

/// hive lays out first, so their hooks find nothing to change and let the commit pass;
/// they have the last word about the rest.
fn is_in_front(manager: &str, manager_first: bool) {
    let ground = managed(manager, manager_first);
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    let ran = ground.commits(&["-m", "feat: a"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let ours = said.find("hive tidied a.py in this commit (");
    assert!(ours.is_some(), "{manager}: {said}");
    assert!(
        !said.contains("files were modified by this hook"),
        "{manager}: {said}"
    );
    ground.is_everywhere("a.py", TIDY);
    // What changes the meaning is theirs to refuse: they mend the file, and the person
    // adds it and commits again, as without hive.
    ground.settled();
    ground.write("b.py", UNUSED);
    ground.git(&["add", "b.py"]);
    let head = ground.head();
    let ran = ground.sandbox.git(&["commit", "-q", "-m", "feat: b"]);
    assert_ne!(ran.code, Some(0), "{manager}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ground.head(), head);
    assert_eq!(ground.read("b.py"), UNUSED_FIXED, "{manager}");
    ground.git(&["add", "b.py"]);
    let ran = ground.commits(&["-m", "feat: b"]);
    assert!(
        !ran.stderr.contains("hive tidied"),
        "{manager}: {}",
        ran.stderr
    );
    ground.is_everywhere("b.py", UNUSED_FIXED);
}

#[test]
fn before_pre_commit_in_both_orders() {
    is_in_front("pre-commit", true);
    is_in_front("pre-commit", false);
}

#[test]
fn before_prek_in_both_orders() {
    is_in_front("prek", true);
    is_in_front("prek", false);
}

/// lefthook moves what it finds away and does not call it: hive comes back with the next
/// `hive init`.
#[test]
fn before_lefthook_after_the_next_init() {
    is_in_front("lefthook", true);
    let ground = managed("lefthook", false);
    ground.write("a.py", TIDY);
    ground.git(&["add", "a.py"]);
    let ran = ground.commits(&["-m", "feat: a"]);
    assert!(!ran.stderr.contains("hive"), "{}", ran.stderr);
    ground.settled();
    ground.hive(&["init", "--yes"]).expect(0);
    ground.write("a.py", format!("{TIDY}y = [ 1 ]\n").as_str());
    ground.git(&["add", "a.py"]);
    ground
        .commits(&["-m", "feat: y"])
        .warns("hive tidied a.py in this commit (");
}

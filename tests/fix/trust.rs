//! Nothing of a repository runs before a person has said so.

use std::fs;

use super::{expected, repository, said, tool};

const HELD: &str = "held: ruff: this repository is not trusted to run programs\n  hint: `hive trust` shows what would run and asks; --trust trusts for one run\n1 tool held (0 files in TIME)\n";

#[test]
fn an_untrusted_tool_is_held_and_does_not_run() {
    let mut sandbox = repository();
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.write("hive.toml", "[golden]\npreset = \"none\"\n");
    sandbox.write("a.py", "import os\nx=1\n");
    for args in [&["fix"][..], &["check"], &["fix", "--diff"]] {
        let mut ran = sandbox.hive(args);
        // What the Golden Rules said of the file is known from the first run on.
        ran.stderr = ran.stderr.replace(", 1 known", "");
        assert_eq!(said(&ran), expected(3, "", HELD), "{args:?}");
    }
    sandbox
        .hive_with(&["fix", "-", "--stdin-filename", "a.py"], b"x=1\n")
        .expect(3)
        .is("")
        .warns("held: ruff: ");
    sandbox.hive(&["doctor"]);
    sandbox.hive(&["trust", "--show"]).expect(1);
    sandbox.hive(&["trust"]).expect(2);
    assert!(
        !tool::started(&sandbox),
        "a program of the repository was started"
    );
    assert_eq!(sandbox.read("a.py"), "import os\nx=1\n");

    sandbox
        .hive(&["check", "--trust"])
        .expect(1)
        .is("a.py: would fix F401, format\n");
    assert!(tool::started(&sandbox));
    sandbox.hive(&["check"]).expect(3);
    sandbox.set("HIVE_TRUST", "1");
    sandbox
        .hive(&["fix"])
        .expect(0)
        .is("a.py: fixed F401, format\n");
    assert_eq!(sandbox.read("a.py"), "x = 1\n");
}

#[test]
fn trust_is_recorded_shown_and_revoked() {
    let sandbox = repository();
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.write("a.py", "x=1\n");
    let asked = sandbox.hive(&["trust"]).expect(2);
    assert_eq!(
        asked.stderr,
        "error: there is no terminal to ask on\n  hint: `hive trust --yes` records without asking\n"
    );
    let yes = sandbox
        .hive(&["trust", "--yes"])
        .expect(0)
        .says("ruff")
        .says(".venv/bin/ruff");
    assert_eq!(yes.stderr, "this repository is trusted now\n");
    sandbox
        .hive(&["trust", "--yes"])
        .expect(0)
        .warns("nothing has changed");
    sandbox
        .hive(&["trust", "--show"])
        .expect(0)
        .says("trusted at ")
        .says(".venv/bin/ruff");
    sandbox
        .hive(&["check"])
        .expect(1)
        .is("a.py: would fix format\n");

    // The tool changes, as by a pull.
    let script = sandbox.read(".venv/bin/ruff");
    sandbox.script(".venv/bin/ruff", &format!("{script}#\n"));
    let held = sandbox.hive(&["check"]).expect(3).is("");
    let why = "held: ruff: changed since it was trusted: .venv/bin/ruff has other content\n";
    assert!(held.stderr.starts_with(why), "{}", held.stderr);
    sandbox
        .hive(&["trust", "--show"])
        .expect(1)
        .says("changed since it was trusted\n  .venv/bin/ruff has other content\n");
    sandbox.hive(&["trust", "--yes"]).expect(0);
    sandbox.hive(&["check"]).expect(1);

    // So does what the team decides.
    sandbox.write("hive.toml", "format = \"off\"\n");
    sandbox
        .hive(&["check"])
        .expect(3)
        .warns("`format` is \"off\", trusted was \"auto\"");
    // A flag is the person's own word and asks nobody.
    fs::remove_file(sandbox.path("hive.toml")).unwrap();
    sandbox.hive(&["check", "--format-with", "off"]).expect(0);

    sandbox
        .hive(&["trust", "--revoke"])
        .expect(0)
        .warns("no longer trusted");
    sandbox
        .hive(&["trust", "--revoke"])
        .expect(0)
        .warns("was not trusted");
    sandbox.hive(&["check"]).expect(3);
}

#[test]
fn a_tool_that_git_tracks_is_refused_whoever_trusts() {
    let mut sandbox = repository();
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.write("a.py", "x=1\n");
    sandbox.git(&["add", "--force", ".venv"]).expect(0);
    sandbox.commit("an environment in the repository");
    for args in [&["fix", "--trust"][..], &["check", "--trust"], &["fix"]] {
        let ran = sandbox.hive(args).expect(3);
        assert!(
            ran.stderr.contains(".venv/bin/ruff is tracked by git"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr
                .contains("hint: install the tool into an environment that git does not track")
        );
    }
    sandbox
        .hive(&["trust", "--yes"])
        .expect(2)
        .warns("is tracked by git");
    sandbox.set("HIVE_TRUST", "1");
    sandbox.hive(&["fix"]).expect(3);
    assert!(!tool::started(&sandbox));
    assert_eq!(sandbox.read("a.py"), "x=1\n");
}

#[test]
fn worktrees_share_trust() {
    let sandbox = repository();
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.write("a.py", "x=1\n");
    sandbox.commit("one");
    sandbox.hive(&["trust", "--yes"]).expect(0);
    let other = sandbox.home().join("other");
    sandbox
        .git(&["worktree", "add", "--quiet", other.to_str().unwrap()])
        .expect(0);
    // The environment is not in git: each worktree has its own, here the same.
    let copied = sandbox.run("cp", &["-a", ".venv", other.to_str().unwrap()]);
    copied.expect(0);
    sandbox.hive_in(&other, &["trust", "--show"]).expect(0);
    sandbox
        .hive_in(&other, &["check"])
        .expect(1)
        .is("a.py: would fix format\n");
}

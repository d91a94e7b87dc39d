//! The rows of the table in docs/tidy.md.

use super::{TIDY, UNTIDY, UNUSED, UNUSED_FIXED, UNUSED_TIDY, both, ground, with_tidy};
use crate::ground::Ground;

/// The line that the hook prints for `a.py`.
const LINE: &str = "hive tidied a.py in this commit (";

fn stage(ground: &Ground, text: &str) {
    ground.write("a.py", text);
    ground.git(&["add", "a.py"]);
}

#[test]
fn what_is_staged_as_it_lies_there_becomes_tidy() {
    both(|ground| {
        stage(&ground, UNTIDY);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        ground.is_everywhere("a.py", TIDY);
        ground.settled();
        // Nothing is left to be done: no commit of hive's, and git sees no change.
        assert_eq!(ground.subject(), "feat: a");
        ground.is_clean();
    });
}

#[test]
fn the_first_commit_of_a_branch_becomes_tidy() {
    both(|ground| {
        ground.git(&["checkout", "-q", "--orphan", "fresh"]);
        stage(&ground, UNTIDY);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        ground.is_everywhere("a.py", TIDY);
    });
}

#[test]
fn with_all_the_index_that_git_keeps_locked_becomes_tidy() {
    both(|ground| {
        ground.commit("a.py", "x = 1\n", "begin");
        ground.settled();
        ground.write("a.py", UNTIDY);
        ground.commits(&["-a", "-m", "feat: a"]).warns(LINE);
        ground.is_everywhere("a.py", TIDY);
        ground.settled();
        assert_eq!(ground.subject(), "feat: a");
        ground.is_clean();
        // The same with `--include`, which keeps it too.
        ground.write("a.py", UNUSED_TIDY.replace("b)", "b )").as_str());
        ground
            .commits(&["-i", "a.py", "-m", "feat: more"])
            .warns(LINE);
        assert_eq!(ground.stored("HEAD", "a.py"), UNUSED_TIDY);
        assert_eq!(ground.read("a.py"), UNUSED_TIDY);
    });
}

/// A commit of named paths has an index of its own, beside the one that stays.
#[test]
fn a_commit_of_paths_stays_as_it_is_and_is_followed() {
    both(|ground| {
        stage(&ground, UNTIDY);
        let ran = ground.commits(&["-m", "feat: a", "--", "a.py"]);
        assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
        assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
        let mine = ground.head();
        ground.landed_after(&mine);
        ground.is_everywhere("a.py", TIDY);
        ground.is_clean();
    });
}

/// As `git add -p` and `git commit -p` leave it: the index has a part of the file.
#[test]
fn what_is_staged_in_part_stays_as_it_is() {
    both(|ground| {
        stage(&ground, UNTIDY);
        let more = format!("{UNTIDY}\n\ny = [ 1 ]\n");
        ground.write("a.py", &more);
        ground.write("b.py", UNTIDY);
        ground.git(&["add", "b.py"]);
        ground
            .commits(&["-m", "feat: a"])
            .warns("hive tidied b.py in this commit (");
        assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
        assert_eq!(ground.stored("HEAD", "b.py"), TIDY);
        assert_eq!(ground.read("b.py"), TIDY);
        assert_eq!(ground.read("a.py"), more, "edits of the person's");
    });
}

#[test]
fn an_interactive_commit_of_whole_files_becomes_tidy() {
    both(|ground| {
        ground.commit("a.py", "x = 1\n", "begin");
        ground.settled();
        ground.write("a.py", UNTIDY);
        let git = std::path::Path::new("git");
        let mut command = ground
            .sandbox
            .command(git, &["commit", "-q", "-p", "-m", "feat: a"]);
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut answers = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut answers, b"a\n").unwrap();
        drop(answers);
        assert!(child.wait().unwrap().success());
        ground.is_everywhere("a.py", TIDY);
    });
}

#[test]
fn what_is_amended_becomes_tidy() {
    both(|ground| {
        stage(&ground, TIDY);
        ground.commits(&["-m", "feat: a"]);
        ground.settled();
        let parent = ground.git(&["rev-parse", "HEAD^"]);
        stage(&ground, &format!("{TIDY}y = [ 1 ]\n"));
        ground.commits(&["--amend", "--no-edit"]).warns(LINE);
        ground.is_everywhere("a.py", &format!("{TIDY}\n\ny = [1]\n"));
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), parent);
        ground.settled();
        assert_eq!(ground.subject(), "feat: a");
    });
}

/// A merge, a pick or a rebase that stops for the person: what is there is not theirs
/// alone, and git goes on from what it wrote down.
#[test]
fn in_the_middle_of_something_nothing_is_touched() {
    for begin in [
        &["merge", "-q", "side"][..],
        &["cherry-pick", "side"],
        &["rebase", "-q", "side"],
    ] {
        both(|ground| {
            ground.commit("base.py", "x = 1\n", "base");
            ground.settled();
            ground.git(&["switch", "-q", "-c", "side"]);
            ground.commit("base.py", "x = 2\n", "theirs");
            ground.settled();
            ground.git(&["switch", "-q", "main"]);
            ground.commit("base.py", "x = 3\n", "mine");
            ground.settled();
            assert_ne!(ground.sandbox.git(begin).code, Some(0), "{begin:?} stops");
            stage(&ground, UNTIDY);
            ground.write("base.py", "x = 4\n");
            ground.git(&["add", "base.py"]);
            let ran = ground.commits(&["-m", "both"]);
            assert!(!ran.stderr.contains("tidied"), "{begin:?}: {}", ran.stderr);
            assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY, "{begin:?}");
            // Later it may be followed by a commit, as in any mode.
            if begin[0] == "rebase" {
                ground.git(&["-c", "core.editor=true", "rebase", "--continue"]);
            }
        });
    }
}

/// git says no to it itself; hive must not have touched anything by then.
#[test]
fn with_conflicts_nothing_is_touched() {
    let ground = ground();
    stage(&ground, UNTIDY);
    let blob = ground.git(&["rev-parse", ":a.py"]);
    let line = format!("100644 {blob} 1\tb.py\n");
    ground.write("conflict", &line);
    ground
        .sandbox
        .run("sh", &["-c", "git update-index --index-info <conflict"])
        .expect(0);
    assert_ne!(ground.sandbox.git(&["commit", "-m", "no"]).code, Some(0));
    assert_eq!(
        (ground.staged("a.py"), ground.read("a.py")),
        (UNTIDY.into(), UNTIDY.into())
    );
}

/// What changes the meaning of code follows in a commit of hive's own.
#[test]
fn what_is_more_than_layout_follows() {
    both(|ground| {
        stage(&ground, UNUSED);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        assert_eq!(ground.stored("HEAD", "a.py"), UNUSED_TIDY);
        let mine = ground.head();
        ground.landed_after(&mine);
        ground.is_everywhere("a.py", UNUSED_FIXED);
        ground.is_clean();
    });
}

/// The configuration that is being committed is the one that counts.
#[test]
fn configuration_in_the_same_commit_counts() {
    both(|ground| {
        let wide = "def f():\n    return \"a long text, and\" + \"another long text\" + \"and more of it\"\n";
        ground.write(
            "pyproject.toml",
            "[tool.ruff]\nline-length = 50\n[tool.ruff.format]\n",
        );
        ground.write("a.py", wide);
        ground.git(&["add", "--all"]);
        ground.commits(&["-m", "feat: narrow"]).warns(LINE);
        let narrow = ground.stored("HEAD", "a.py");
        assert!(narrow.lines().all(|line| line.len() <= 50), "{narrow}");
        ground.is_everywhere("a.py", &narrow);
        ground.settled();
        // One that is not part of it does not, and so nothing is laid out by it.
        ground.write(
            "pyproject.toml",
            "[tool.ruff]\nline-length = 90\n[tool.ruff.format]\n",
        );
        ground.write("b.py", wide.replace("return ", "return  ").as_str());
        ground.git(&["add", "b.py"]);
        let ran = ground.commits(&["-m", "feat: wide"]);
        assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
        assert_eq!(ground.stored("HEAD", "b.py"), ground.read("b.py"));
    });
}

/// Lines that the person has not touched in a file that was not clean stay theirs.
#[test]
fn only_what_was_touched_becomes_tidy_where_the_file_was_not() {
    let old = "def f( x ):\n    return x\n\n\ndef g():\n    return 1\n";
    let begun = || {
        let ground = Ground::bare();
        // Older than hive here: it is nobody's task.
        ground.commit("a.py", old, "old");
        ground.init();
        with_tidy(ground)
    };
    for ground in [begun(), begun().watch()] {
        stage(&ground, &old.replace("return 1", "return [ 1,2 ]"));
        ground.commits(&["-m", "feat: two"]).warns(LINE);
        assert_eq!(
            ground.stored("HEAD", "a.py"),
            old.replace("return 1", "return [1, 2]")
        );
    }
}

#[test]
fn what_is_left_alone_anywhere_is_left_alone_here() {
    both(|ground| {
        let generated = format!("# @generated\n{UNTIDY}");
        ground.write("made.py", &generated);
        ground.write("one.py", UNTIDY);
        std::fs::hard_link(ground.sandbox.path("one.py"), ground.outside("two.py")).unwrap();
        std::os::unix::fs::symlink("one.py", ground.sandbox.path("link.py")).unwrap();
        ground.write(".gitattributes", "crlf.py text eol=crlf\n");
        let crlf = UNTIDY.replace('\n', "\r\n");
        ground.write("crlf.py", &crlf);
        ground.git(&["add", "--all"]);
        let ran = ground.commits(&["-m", "feat: all"]);
        assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
        for (path, text) in [("made.py", generated.as_str()), ("one.py", UNTIDY)] {
            assert_eq!(ground.stored("HEAD", path), text, "{path}");
            assert_eq!(ground.read(path), text, "{path}");
        }
        assert_eq!(ground.stored("HEAD", "crlf.py"), UNTIDY);
        assert_eq!(ground.read("crlf.py"), crlf);
    });
}

/// The team's settings are not trusted as they are: they may not decide what is written.
#[test]
fn without_trust_nothing_is_touched() {
    both(|ground| {
        let settings = ground.read("hive.toml");
        ground.write("hive.toml", &format!("scope = \"file\"\n{settings}"));
        stage(&ground, UNTIDY);
        ground.git(&["add", "hive.toml"]);
        let ran = ground.commits(&["-m", "feat: a"]);
        assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
        assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
        assert_eq!(ground.read("a.py"), UNTIDY);
    });
}

/// An index that hive itself does not write in this form: git edits the copy.
#[test]
fn indexes_of_all_kinds_become_tidy() {
    for setting in [
        ("index.version", "4"),
        ("core.untrackedCache", "true"),
        ("core.splitIndex", "true"),
    ] {
        let ground = ground();
        ground.git(&["config", setting.0, setting.1]);
        ground.git(&["update-index", "--force-write-index"]);
        for number in 0..40 {
            ground.write(&format!("p/m{number}.py"), "x = 1\n");
        }
        ground.git(&["add", "--all"]);
        ground.commits(&["-m", "more"]);
        ground.settled();
        stage(&ground, UNTIDY);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        ground.is_everywhere("a.py", TIDY);
        ground.settled();
        ground.is_clean();
    }
}

#[test]
fn a_linked_work_tree_has_its_own_index_and_becomes_tidy() {
    let ground = ground();
    let linked = ground.outside("linked");
    ground.git(&[
        "worktree",
        "add",
        "-q",
        linked.to_str().unwrap(),
        "-b",
        "side",
    ]);
    std::fs::write(linked.join("a.py"), UNTIDY).unwrap();
    ground.git_in(&linked, &["add", "a.py"]);
    let ran = ground.sandbox.git(&[
        "-C",
        linked.to_str().unwrap(),
        "commit",
        "-q",
        "-m",
        "feat: a",
    ]);
    ran.expect(0).warns(LINE);
    assert_eq!(ground.stored("side", "a.py"), TIDY);
    assert_eq!(std::fs::read_to_string(linked.join("a.py")).unwrap(), TIDY);
    assert_eq!(ground.git_in(&linked, &["status", "--porcelain"]), "");
}

/// Whoever wants the old bytes back has them.
#[test]
fn undo_puts_the_bytes_back_that_were_tidied() {
    both(|ground| {
        stage(&ground, UNTIDY);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        ground.nothing_lies_about();
        ground.hive(&["undo"]).expect(0);
        assert_eq!(ground.read("a.py"), UNTIDY);
    });
}

/// It is in the journal, and `hive wait` names the files.
#[test]
fn what_was_rewritten_is_named() {
    both(|ground| {
        stage(&ground, UNTIDY);
        ground.commits(&["-m", "feat: a"]).warns(LINE);
        ground.nothing_lies_about();
        let waited: serde_json::Value =
            serde_json::from_str(&ground.hive(&["wait", "--json"]).expect(0).stdout).unwrap();
        assert_eq!(waited["tidied"], serde_json::json!(["a.py"]), "{waited}");
        ground
            .hive(&["wait"])
            .expect(0)
            .says("rewritten  a.py  in your commit");
        ground.hive(&["log"]).expect(0).says("a.py  in your commit");
    });
}

//! `--staged`, `--since`, `--diff`.

use super::{expected, repository, said};

#[test]
fn a_patch_applies_and_nothing_is_changed_by_making_it() {
    let sandbox = repository();
    sandbox.write(
        "plain.py",
        "import os\nimport sys\n\n\n\n\nx=1\nprint(sys.argv)\n",
    );
    sandbox.write("no end.py", "x=1\ny=2");
    sandbox.write("crlf.py", "x=1\r\ny = 2\r\n");
    sandbox.write("latin.py", b"# -*- coding: latin-1 -*-\nx=\"\xe9\"\n");
    sandbox.write("return.py", "x = \"\"\"a\rb\"\"\"\ny=1\n");
    sandbox.write("tab\tand \"quote\".py", "x=1\n");
    sandbox.write("ünder/a.py", "def f( ):\n  return 1\n");
    sandbox.write(".gitattributes", "* -text\n");
    sandbox.commit("one");
    let ran = sandbox.hive(&["fix", "--diff"]).expect(1);
    assert_eq!(said(&ran).2, "7 files would change (7 files in TIME)\n");
    assert_eq!(sandbox.git(&["status", "--porcelain"]).expect(0).stdout, "");
    let patch = sandbox.hive_bytes(&["fix", "--diff"]);
    let file = sandbox.home().join("fix.patch");
    std::fs::write(&file, &patch).unwrap();
    sandbox.git(&["apply", file.to_str().unwrap()]).expect(0);
    let patched = sandbox.git(&["diff"]).stdout;
    assert!(!patched.is_empty());
    // What the patch does is what `fix` does.
    sandbox.git(&["checkout", "--quiet", "."]).expect(0);
    sandbox.hive(&["fix"]).expect(0);
    assert_eq!(sandbox.git(&["diff"]).stdout, patched);
    assert_eq!(
        sandbox.bytes("latin.py"),
        b"# -*- coding: latin-1 -*-\nx = \"\xe9\"\n"
    );
    let clean = sandbox.hive(&["fix", "--diff"]);
    assert_eq!(
        said(&clean),
        expected(0, "", "all clean (7 files in TIME, 7 known)\n")
    );
}

#[test]
fn a_patch_reads_as_a_patch() {
    let sandbox = repository();
    sandbox.write("pkg/a.py", "import os\nx=1\n");
    sandbox
        .hive(&["fix", "--diff"])
        .expect(1)
        .is("--- a/pkg/a.py\n+++ b/pkg/a.py\n@@ -1,2 +1 @@\n-import os\n-x=1\n+x = 1\n");
    // Names are relative to the repository, for `git apply` anywhere in it.
    let inside = sandbox.hive_in(sandbox.path("pkg"), &["fix", "--diff"]);
    inside.expect(1).says("--- a/pkg/a.py\n");
}

#[test]
fn what_no_patch_can_say_is_said_beside_it() {
    let sandbox = repository();
    sandbox.write("a.py", "x=undefined\n");
    sandbox.write("b.py", "def f(:\n");
    sandbox.write("nul.py", b"x = 1\0\n");
    let ran = sandbox.hive(&["fix", "--diff", "-q"]).expect(1);
    let patch = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x=undefined\n+x = undefined\n";
    assert_eq!(ran.stdout, patch);
    for text in [
        "a.py:1:5: F821 Undefined name `undefined`\n",
        "b.py:1:7: invalid-syntax ",
        "nul.py: failed contains NUL bytes\n",
    ] {
        assert!(ran.stderr.contains(text), "no `{text}` in\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("would fix"), "{}", ran.stderr);
}

#[test]
fn only_staged_files() {
    let sandbox = repository();
    sandbox.write("old.py", "x=1\n");
    sandbox.write("gone.py", "x=1\n");
    sandbox.commit("one");
    sandbox
        .hive(&["fix", "--staged"])
        .expect(0)
        .warns("no staged file to fix");
    sandbox.write("new.py", "y=1\n");
    sandbox.write("unstaged.py", "y=1\n");
    sandbox.write("sub/other.py", "y=1\n");
    sandbox.git(&["add", "new.py", "sub/other.py"]).expect(0);
    sandbox.git(&["rm", "--quiet", "gone.py"]).expect(0);
    sandbox
        .hive(&["fix", "--staged", "sub"])
        .expect(0)
        .is("sub/other.py: fixed format\n");
    sandbox
        .hive(&["fix", "--staged"])
        .expect(0)
        .is("new.py: fixed format\n");
    assert_eq!(sandbox.read("unstaged.py"), "y=1\n");
    // The index belongs to the person.
    assert_eq!(sandbox.git(&["show", ":new.py"]).stdout, "y=1\n");
    sandbox
        .hive(&["fix", "--staged", "--since", "HEAD"])
        .expect(2);
}

#[test]
fn since_chooses_files_for_fix_and_lines_for_check() {
    let sandbox = repository();
    sandbox.write("old.py", "import os\nx=1\n");
    sandbox.write("touched.py", "import os\nx=1\ny = 2\n");
    sandbox.commit("one");
    sandbox.write("touched.py", "import os\nx=1\ny = 2\nz = undefined\n");
    sandbox.write("new.py", "import os\n");
    let check = sandbox.hive(&["check", "--since", "HEAD", "--format", "concise"]);
    assert_eq!(
        said(&check),
        expected(
            1,
            "new.py: would fix F401\ntouched.py:4:5: F821 Undefined name `undefined`\n",
            "1 file would change, 1 finding in 1 file (2 files in TIME)\n"
        )
    );
    let whole = [
        "check", "--since", "HEAD", "--scope", "file", "--format", "concise",
    ];
    sandbox.hive(&whole).expect(1).is(
        "new.py: would fix F401\ntouched.py: would fix F401, format\ntouched.py:4:5: F821 Undefined name `undefined`\n",
    );
    let fix = sandbox.hive(&["fix", "--since", "HEAD", "--format", "concise"]);
    fix.expect(1).is(
        "new.py: fixed F401\ntouched.py: fixed F401, format\ntouched.py:3:5: F821 Undefined name `undefined`\n",
    );
    assert_eq!(sandbox.read("old.py"), "import os\nx=1\n");
    sandbox.commit("two");
    let none = sandbox.hive(&["check", "--since", "HEAD", "--format", "concise"]);
    assert_eq!(
        said(&none),
        expected(0, "", "no file differs from that revision\n")
    );
    let unknown = sandbox.hive(&["check", "--since", "nope"]);
    assert_eq!(
        said(&unknown),
        expected(
            2,
            "",
            "error: `nope` is not a commit of this repository\n  hint: `git log --oneline` lists commits; a shallow clone may lack it\n"
        )
    );
}

#[test]
fn the_merge_base_is_where_the_branch_left() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("one");
    sandbox.git(&["switch", "--quiet", "-c", "topic"]).expect(0);
    sandbox.write("mine.py", "y=1\n");
    sandbox.commit("mine");
    sandbox.git(&["switch", "--quiet", "main"]).expect(0);
    sandbox.write("theirs.py", "z=1\n");
    sandbox.commit("theirs");
    sandbox.git(&["switch", "--quiet", "topic"]).expect(0);
    sandbox
        .hive(&["check", "--since", "merge-base"])
        .expect(1)
        .is("mine.py: would fix format\n");
}

#[test]
fn a_shallow_clone_without_the_merge_base_says_how_to_get_it() {
    let mut sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("one");
    sandbox.git(&["switch", "--quiet", "-c", "topic"]).expect(0);
    sandbox.write("mine.py", "y=1\n");
    sandbox.commit("mine");
    sandbox.git(&["switch", "--quiet", "main"]).expect(0);
    sandbox.write("theirs.py", "z=1\n");
    sandbox.commit("theirs");
    let url = format!("file://{}", sandbox.root().display());
    let clone = sandbox.home().join("clone");
    let clone = clone.to_str().unwrap();
    sandbox
        .git(&[
            "clone", "--quiet", "--depth", "1", "--branch", "topic", &url, clone,
        ])
        .expect(0);
    let fetch = [
        "-C",
        clone,
        "fetch",
        "--quiet",
        "--depth",
        "1",
        "origin",
        "main:refs/remotes/origin/main",
    ];
    sandbox.git(&fetch).expect(0);
    sandbox.set("GITHUB_BASE_REF", "main");
    let ran = sandbox.hive_in(clone, &["check", "--since", "merge-base"]);
    assert_eq!(
        said(&ran),
        expected(
            3,
            "",
            "error: HEAD and origin/main have no common commit in this shallow clone\n  hint: run `git fetch --unshallow`, or check out with fetch-depth: 0\n"
        )
    );
    sandbox
        .git(&["-C", clone, "fetch", "--quiet", "--unshallow", "origin"])
        .expect(0);
    let ran = sandbox.hive_in(clone, &["check", "--since", "merge-base"]);
    ran.expect(1).is("mine.py: would fix format\n");
}

#[test]
fn without_a_branch_to_compare_with_the_way_out_is_named() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("one");
    sandbox.git(&["branch", "--quiet", "-m", "work"]).expect(0);
    sandbox
        .hive(&["check", "--since", "merge-base"])
        .expect(3)
        .warns("no branch to compare with was found")
        .warns("hint: name a commit to compare with: `hive check --since REV`");
}

//! `hive fix -`, for editors.

use super::{expected, repository, said};

#[test]
fn standard_input_comes_out_fixed_and_nothing_is_written() {
    let sandbox = repository();
    sandbox.write("src/app.py", "old = 1\n");
    let ran = sandbox.hive_with(
        &["fix", "-", "--stdin-filename", "src/app.py"],
        b"import os\nx=undefined\n",
    );
    assert_eq!(
        said(&ran),
        expected(
            0,
            "x = undefined\n",
            "src/app.py:1:5: F821 Undefined name `undefined`\n"
        )
    );
    assert_eq!(sandbox.read("src/app.py"), "old = 1\n");
    let patch = sandbox.hive_with(
        &["fix", "-", "--diff", "--stdin-filename", "src/new.py"],
        b"x=1\n",
    );
    // It ends as a run over files does: something would change.
    patch
        .expect(1)
        .is("--- a/src/new.py\n+++ b/src/new.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n");
}

#[test]
fn a_patch_of_standard_input_ends_as_one_of_files_does() {
    let sandbox = repository();
    let args = ["fix", "-", "--diff", "--stdin-filename", "a.py"];
    let clean = sandbox.hive_with(&args, b"x = 1\n");
    assert_eq!(said(&clean), expected(0, "", ""));
    let broken = sandbox.hive_with(&args, b"x=(\n").expect(1).is("");
    assert!(
        broken.stderr.starts_with("a.py:2:1: invalid-syntax "),
        "{}",
        broken.stderr
    );
    let nul = sandbox.hive_with(&args, b"x=1\0\n").expect(1).is("");
    assert!(nul.stderr.contains("contains NUL bytes"), "{}", nul.stderr);
}

#[test]
fn what_a_run_leaves_alone_passes_through() {
    let sandbox = repository();
    sandbox.write(
        "hive.toml",
        "exclude = [\"legacy/\"]\nmax_file_size = \"100B\"\n",
    );
    sandbox.write(
        "ruff.toml",
        "extend-exclude = [\"no.py\"]\nforce-exclude = true\n[format]\n",
    );
    sandbox.write("legacy/a.py", "");
    sandbox.write("app/migrations/__init__.py", "");
    let large = "x=1\n".repeat(50);
    for (name, input) in [
        ("no.py", "x=1\n"),
        ("legacy/a.py", "x=1\n"),
        ("x_pb2.py", "x=1\n"),
        ("app/migrations/0001_initial.py", "x=1\n"),
        ("made.py", "# @generated\nx=1\n"),
        ("big.py", large.as_str()),
    ] {
        let ran = sandbox.hive_with(&["fix", "-", "--stdin-filename", name], input.as_bytes());
        assert_eq!(said(&ran), expected(0, input, ""), "{name}");
    }
    let told = sandbox.hive_with(
        &["fix", "-", "-v", "--stdin-filename", "made.py"],
        b"# @generated\nx=1\n",
    );
    told.expect(0)
        .warns("made.py: left as it is, it says `@generated` in its first lines\n");
}

#[test]
fn broken_input_is_never_replaced() {
    let sandbox = repository();
    let args = ["fix", "-", "--stdin-filename", "a.py"];
    let broken = sandbox.hive_with(&args, b"x=(\n").expect(0).is("x=(\n");
    assert!(
        broken.stderr.starts_with("a.py:2:1: invalid-syntax "),
        "{}",
        broken.stderr
    );
    for (input, why) in [
        (&b"x=1\0\n"[..], "contains NUL bytes"),
        (
            b"x='\xff'\n",
            "is not UTF-8 (byte 3), and no encoding cookie says otherwise",
        ),
    ] {
        let ran = sandbox.hive_with(&args, input);
        let err = format!("error: a.py: {why}\n  hint: nothing was printed\n");
        assert_eq!(said(&ran), expected(1, "", &err));
    }
}

#[test]
fn a_name_is_needed_and_one_file_is_enough() {
    let sandbox = repository();
    for (args, error) in [
        (&["fix", "-"][..], "standard input has no name"),
        (
            &["fix", "-", "a.py", "--stdin-filename", "b.py"],
            "`-` stands alone",
        ),
        (
            &["fix", "--stdin-filename", "b.py"],
            "--stdin-filename goes with `-`",
        ),
        (
            &["fix", "-", "--stdin-filename", "no/such/b.py"],
            "cannot be opened",
        ),
    ] {
        let ran = sandbox.hive_with(args, b"x=1\n");
        ran.expect(2).is("").warns(error);
    }
}

#[test]
fn the_settings_are_those_of_the_named_file() {
    let sandbox = repository();
    sandbox.write("ruff.toml", "[format]\nquote-style = \"single\"\n");
    sandbox.write("sub/ruff.toml", "[format]\nquote-style = \"double\"\n");
    for (name, out) in [("a.py", "x = 'a'\n"), ("sub/a.py", "x = \"a\"\n")] {
        let ran = sandbox.hive_with(&["fix", "-", "--stdin-filename", name], b"x = \"a\"\n");
        ran.expect(0).is(out);
    }
}

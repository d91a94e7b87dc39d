//! `hive check -`: what is said of a text in the place of a file, for editors.

use hive_test_support::{Ran, Sandbox};
use serde_json::Value;

fn repository() -> Sandbox {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("first");
    sandbox
}

fn check(sandbox: &Sandbox, name: &str, more: &[&str], text: &str) -> Ran {
    let mut args = vec!["check", "-", "--stdin-filename", name];
    args.extend(more);
    sandbox.hive_with(&args, text.as_bytes())
}

#[test]
fn a_text_is_judged_in_the_place_of_its_file() {
    let sandbox = repository();
    check(&sandbox, "a.py", &[], "x = 1\n").expect(0).is("");
    check(&sandbox, "a.py", &[], "import os\n\nx=1\n").expect(1);
    let ran = check(&sandbox, "new.py", &["--format", "json"], "print(a)\nx=1\n").expect(1);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["mode"], "check");
    assert_eq!(report["files"][0]["path"], "new.py");
    assert_eq!(report["files"][0]["status"], "would-change");
    assert_eq!(report["files"][0]["findings"][0]["code"], "F821");
    assert!(
        report["rules"]
            .as_array()
            .is_some_and(|rules| !rules.is_empty()),
        "{report}"
    );
    // As the file would be judged if it had the text.
    sandbox.write("new.py", "print(a)\nx=1\n");
    let file = sandbox
        .hive(&["check", "new.py", "--format", "json"])
        .expect(1);
    let file: Value = serde_json::from_str(&file.stdout).unwrap();
    assert_eq!(report["files"], file["files"]);
    // But for the rules that look at the whole repository: one text is not it.
    let (text, file) = (&report["rules"], &file["rules"]);
    for (of_text, of_file) in text
        .as_array()
        .unwrap()
        .iter()
        .zip(file.as_array().unwrap())
    {
        if of_text["verdict"] != "not-applicable" {
            assert_eq!(of_text, of_file);
        }
    }
    assert_eq!(sandbox.read("a.py"), "x = 1\n");
}

#[test]
fn golden_rules_judge_it_and_comments_suppress() {
    let sandbox = repository();
    let text = "def f(x=[]):\n    return x\n";
    let ran = check(&sandbox, "a.py", &["--format", "json"], text).expect(1);
    assert!(ran.stdout.contains("\"golden\""), "{}", ran.stdout);
    let text = "def f(x=[]):  # golden-rule-ignore: mutable-default - on purpose\n    return x\n";
    let ran = check(&sandbox, "a.py", &["--format", "json"], text);
    assert!(!ran.stdout.contains("\"suggestion\""), "{}", ran.stdout);
}

#[test]
fn what_is_left_alone_or_broken_is_said() {
    let sandbox = repository();
    let skipped = check(&sandbox, "x_pb2.py", &["--format", "json"], "x=1\n").expect(0);
    assert!(skipped.stdout.contains("\"skipped\""), "{}", skipped.stdout);
    let skipped = check(
        &sandbox,
        "a.py",
        &["--format", "json"],
        "# @generated\nx=1\n",
    )
    .expect(0);
    assert!(skipped.stdout.contains("\"skipped\""), "{}", skipped.stdout);
    check(&sandbox, "a.py", &[], "x = (\n")
        .expect(1)
        .says("invalid-syntax");
    let binary = sandbox.hive_with(&["check", "-", "--stdin-filename", "a.py"], b"x\0=1\n");
    binary.expect(1).says("NUL");
}

#[test]
fn a_name_is_needed_and_one_text_is_enough() {
    let sandbox = repository();
    for (args, error) in [
        (&["check", "-"][..], "standard input has no name"),
        (
            &["check", "-", "a.py", "--stdin-filename", "b.py"],
            "`-` stands alone",
        ),
        (
            &["check", "--stdin-filename", "b.py"],
            "--stdin-filename goes with `-`",
        ),
        (
            &["check", "-", "--stdin-filename", "no/such/b.py"],
            "cannot be opened",
        ),
        (
            &["check", "-", "--stdin-filename", "a.py", "--since", "HEAD"],
            "cannot be used with",
        ),
    ] {
        let ran = sandbox.hive_with(args, b"x=1\n");
        ran.expect(2).is("").warns(error);
    }
}

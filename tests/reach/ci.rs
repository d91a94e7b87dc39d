//! The examples for CI: what they run, run.

use hive_test_support::{Ran, Sandbox, tools};

use super::{HIVE, MESSY, NEAT, text_of, with_hive_in_path};

/// A clone as CI has it: the branch checked out, the other one fetched.
fn checkout(branch: &str) -> Sandbox {
    let sandbox = with_hive_in_path(&[]);
    sandbox.write("old.py", MESSY);
    sandbox.commit("old");
    sandbox.git(&["switch", "-q", "-c", "topic"]).expect(0);
    sandbox.write("new.py", if branch == "clean" { NEAT } else { MESSY });
    sandbox.commit("new");
    sandbox
        .git(&["update-ref", "refs/remotes/origin/main", "main"])
        .expect(0);
    sandbox.git(&["switch", "-q", "--detach"]).expect(0);
    sandbox.git(&["branch", "-q", "-D", "main"]).expect(0);
    sandbox
}

/// The line of an example that runs hive.
fn command(example: &str) -> String {
    let text = text_of(&format!("examples/ci/{example}.yml"));
    let mut lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let line = lines.find(|line| line.contains("hive check")).unwrap();
    let at = line.find("hive check").unwrap();
    line[at..].to_owned()
}

fn run(example: &str, branch: &str, variable: &str) -> (Sandbox, Ran) {
    let mut sandbox = checkout(branch);
    sandbox.set("CI", "true");
    sandbox.set(variable, "main");
    let ran = sandbox.run("sh", &["-e", "-c", &command(example)]);
    (sandbox, ran)
}

#[test]
fn the_workflow_for_github_judges_what_is_new() {
    let (_, ran) = run("github", "messy", "GITHUB_BASE_REF");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("file=new.py"), "{ran:?}");
    assert!(!ran.stdout.contains("old.py"), "{ran:?}");
    let (_, ran) = run("github", "clean", "GITHUB_BASE_REF");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
}

#[test]
fn the_job_for_gitlab_leaves_a_report() {
    for (branch, code) in [("messy", 1), ("clean", 0)] {
        let (sandbox, ran) = run("gitlab", branch, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let script = "import sys, xml.etree.ElementTree as tree; print(len(tree.parse(sys.argv[1]).findall('.//failure')))";
        let args = ["-c", script, "hive.xml"];
        let failures = sandbox
            .run(tools().join("bin/python"), &args)
            .expect(0)
            .stdout;
        assert_eq!(failures.trim() != "0", branch == "messy", "{failures}");
    }
}

/// They are YAML, and are what `hive init` prints.
#[test]
fn they_are_printed_and_nothing_else_is_done() {
    let sandbox = Sandbox::repository(HIVE);
    for (flag, example) in [("--github", "github"), ("--gitlab", "gitlab")] {
        let printed = sandbox.hive(&["init", flag]).expect(0);
        assert_eq!(
            printed.stdout,
            text_of(&format!("examples/ci/{example}.yml"))
        );
        assert_eq!(printed.stderr, "");
        // Names that hive would take for its own settings stop it.
        assert!(!printed.stdout.contains(" HIVE_"), "{example}");
    }
    assert!(!sandbox.path(".git/hive").exists());
    // Outside a repository, too.
    Sandbox::new(HIVE).hive(&["init", "--github"]).expect(0);
    sandbox.hive(&["init", "--github", "--yes"]).expect(2);
}

//! What is packaged: the wheel's description, the commit of a build, pages for `man`.

use std::fs;

use hive_test_support::Sandbox;

use super::{HIVE, source, text_of};

/// What the build script says in a directory, built as it is.
fn told(sandbox: &Sandbox, script: &str, profile: &str, said: Option<&str>) -> String {
    let mut command = sandbox.command(script.as_ref(), &[]);
    command
        .env("CARGO_MANIFEST_DIR", sandbox.root())
        .env("PROFILE", profile);
    if let Some(said) = said {
        command.env("BUILD_COMMIT", said);
    }
    sandbox.run_command(command).expect(0).stdout
}

fn commit_in(told: &str) -> Option<&str> {
    told.lines()
        .find_map(|line| line.strip_prefix("cargo::rustc-env=HIVE_BUILD_COMMIT="))
}

#[test]
fn a_release_build_is_told_its_commit_and_looks_at_nothing_else() {
    let sandbox = Sandbox::repository(HIVE);
    let script = sandbox.home().join("build-script");
    let script = script.to_str().unwrap().to_owned();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut compile = std::process::Command::new(rustc);
    compile
        .args(["--edition", "2024", "-A", "unknown_lints", "-o", &script])
        .arg(source("build.rs"));
    let compiled = compile.output().expect("rustc");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );

    sandbox.write("a", "1");
    sandbox.commit("first");
    let head = |sandbox: &Sandbox| {
        let head = sandbox.git(&["rev-parse", "HEAD"]).expect(0).stdout;
        head.trim()[..12].to_owned()
    };
    let said = told(&sandbox, &script, "release", None);
    assert_eq!(commit_in(&said), Some(head(&sandbox).as_str()), "{said}");
    let looks = |said: &str| {
        let paths = said
            .lines()
            .filter_map(|line| line.strip_prefix("cargo::rerun-if-changed="));
        let root = format!("{}/", sandbox.root().display());
        let mut paths: Vec<String> = paths.map(|path| path.replace(&root, "")).collect();
        paths.sort();
        paths
    };
    assert_eq!(
        looks(&said),
        [
            ".git/HEAD",
            ".git/logs/HEAD",
            ".git/refs/heads/main",
            "build.rs"
        ]
    );

    // Whoever develops is not made to build anew after each commit.
    let said = told(&sandbox, &script, "debug", None);
    assert_eq!(
        (commit_in(&said), looks(&said)),
        (None, vec!["build.rs".to_owned()])
    );
    // Who says it is believed, and git is not looked at.
    let named = "0123456789abcdef0123456789abcdef01234567";
    let said = told(&sandbox, &script, "debug", Some(named));
    assert_eq!(commit_in(&said), Some("0123456789ab"));
    for nothing in ["", "not a commit"] {
        let said = told(&sandbox, &script, "release", Some(nothing));
        assert_eq!(
            (commit_in(&said), looks(&said)),
            (None, vec!["build.rs".to_owned()])
        );
    }

    // Packed references, a detached HEAD, a linked work tree.
    sandbox.git(&["pack-refs", "--all"]).expect(0);
    let said = told(&sandbox, &script, "release", None);
    assert_eq!(commit_in(&said), Some(head(&sandbox).as_str()), "{said}");
    assert!(looks(&said).contains(&".git/packed-refs".to_owned()));
    sandbox.git(&["switch", "-q", "--detach"]).expect(0);
    let said = told(&sandbox, &script, "release", None);
    assert_eq!(commit_in(&said), Some(head(&sandbox).as_str()), "{said}");
    let linked = sandbox.home().join("linked");
    let linked_name = linked.to_str().unwrap().to_owned();
    sandbox
        .git(&["worktree", "add", "-q", "-b", "side", &linked_name])
        .expect(0);
    let at = |directory: &std::path::Path| {
        let mut command = sandbox.command(script.as_ref(), &[]);
        command
            .env("CARGO_MANIFEST_DIR", directory)
            .env("PROFILE", "release");
        sandbox.run_command(command).expect(0).stdout
    };
    assert_eq!(commit_in(&at(&linked)), Some(head(&sandbox).as_str()));
    // A copy of the sources in somebody else's repository is no checkout of them.
    fs::create_dir(sandbox.path("vendored")).unwrap();
    assert_eq!(commit_in(&at(&sandbox.path("vendored"))), None);
}

#[test]
fn the_long_version_names_the_ruff_that_is_compiled_in() {
    let sandbox = Sandbox::new(HIVE);
    let version = env!("CARGO_PKG_VERSION");
    sandbox
        .hive(&["-V"])
        .expect(0)
        .is(&format!("hive {version}\n"));
    let long = sandbox.hive(&["--version"]).expect(0).stdout;
    assert!(long.starts_with(&format!("hive {version}\n")), "{long}");
    assert!(long.ends_with("\nruff 0.16.4, compiled in\n"), "{long}");
}

/// The wheel says what the crate says.
#[test]
fn the_wheel_is_of_this_crate() {
    let sandbox = Sandbox::new(HIVE);
    let script = "\
import sys, tomllib
wheel, crate = (tomllib.load(open(name, 'rb')) for name in sys.argv[1:3])
project, package = wheel['project'], crate['package']
for key in ('name', 'description', 'license', 'readme'):
    assert project[key] == package[key], (key, project[key], package[key])
assert project['dynamic'] == ['version']
assert wheel['tool']['maturin']['bindings'] == 'bin'
assert wheel['build-system']['build-backend'] == 'maturin'
assert crate['profile']['release']['strip'] is True
";
    let (wheel, krate) = (source("pyproject.toml"), source("Cargo.toml"));
    let args = [
        "-c",
        script,
        wheel.to_str().unwrap(),
        krate.to_str().unwrap(),
    ];
    sandbox
        .run(hive_test_support::tools().join("bin/python"), &args)
        .expect(0);
}

#[test]
fn there_is_a_page_for_every_verb() {
    let sandbox = Sandbox::new(HIVE);
    let page = sandbox.hive(&["man"]).expect(0).stdout;
    assert!(page.contains(".TH hive 1"), "{page}");
    sandbox.hive(&["man", "--dir", "share/man1"]).expect(0);
    let help = sandbox.hive(&["help"]).expect(0).stdout;
    let verbs = help.split("\nTopics:").next().unwrap();
    let verbs: Vec<&str> = verbs
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    for verb in verbs {
        let page = sandbox.read(&format!("share/man1/hive-{verb}.1"));
        assert!(
            page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
            "{verb}"
        );
    }
    assert!(sandbox.path("share/man1/hive-queue-show.1").exists());
    assert!(!sandbox.path("share/man1/hive-worker.1").exists());
    // A directory that cannot be made.
    sandbox.write("file", "");
    sandbox
        .hive(&["man", "--dir", "file/man1"])
        .expect(3)
        .warns("cannot be written");
}

/// The hooks that other repositories get are the verbs of this hive.
#[test]
fn the_hooks_for_managers_are_understood() {
    let text = text_of(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: hive "))
        .collect();
    assert_eq!(entries.len(), 2);
    let sandbox = Sandbox::new(HIVE);
    for entry in entries {
        let args: Vec<&str> = entry.split(' ').chain(["none.py"]).collect();
        // A file that is not there; the flags are known.
        sandbox.hive(&args).expect(2).warns("none.py");
    }
}

//! How many instructions hive needs for fixed work, as callgrind counts them: the guard
//! against growing slow that no busy machine disturbs. Where valgrind is not found nothing
//! is compared, and the test says so.
//!
//! `stored.txt` has the numbers; `UPDATE=1 cargo test --test counts` writes it anew. They are
//! those of the test binary, which is not optimised: what counts is how they change.

#![expect(
    clippy::disallowed_methods,
    reason = "the numbers are written anew where the environment says so"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hive_test_support::Sandbox;

/// How much more than what is stored may be needed, in percent. The same build needs the
/// same within a tenth of one; other versions of the C library differ by some.
const MORE: u64 = 15;

/// A repository with hive in it and a few modules, in which nothing is to be done.
fn ground() -> Sandbox {
    let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    // One after the other, and nothing in the background.
    sandbox.set("RAYON_NUM_THREADS", "1");
    sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    for number in 0..20 {
        let text =
            format!("\"\"\"Module {number}.\"\"\"\n\n\ndef f(x):\n    return x + {number}\n");
        sandbox.write(&format!("pkg/module{number}.py"), text);
    }
    sandbox.write("odd.py", "import sys\nimport os\nx = os.path.join( 'a' )\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox.commit("hive");
    sandbox.hive(&["status"]).expect(0);
    sandbox
}

/// What is counted: a name, the arguments, and how hive ends.
const WORK: [(&str, &[&str], i32); 5] = [
    ("version", &["--version"], 0),
    ("hook", &["hook", "post-commit"], 0),
    ("prompt", &["status", "--short"], 0),
    ("settings", &["config", "show"], 0),
    ("check", &["check", "--no-memo", "odd.py"], 1),
];

#[test]
fn nothing_needs_more_instructions_than_it_did() {
    if which::which("valgrind").is_err() {
        eprintln!("valgrind is not here: instructions were not counted");
        return;
    }
    let ground = ground();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counts/stored.txt");
    let stored = fs::read_to_string(&file).unwrap_or_default();
    let (mut counted, mut wrong) = (String::new(), String::new());
    for (name, args, code) in WORK {
        let now = instructions(&ground, args, code);
        let _ = writeln!(counted, "{name} {now}");
        let before = stored
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        match before {
            Some(before) if now <= before + before * MORE / 100 => {}
            _ => {
                let _ = writeln!(wrong, "{name}: {now}, stored are {before:?}");
            }
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, counted).expect("the numbers are written");
        return;
    }
    assert!(
        wrong.is_empty(),
        "{wrong}`UPDATE=1 cargo test --test counts` stores what is needed now:\n{counted}"
    );
}

/// The instructions of a run and of all programs that it starts.
fn instructions(ground: &Sandbox, args: &[&str], code: i32) -> u64 {
    let home = tempfile::tempdir().expect("a directory");
    let out = home.path().join("%p");
    let mut all = vec![
        "--tool=callgrind".to_owned(),
        "--trace-children=yes".to_owned(),
        "--trace-children-skip=*/git,git,*/python*".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
        env!("CARGO_BIN_EXE_hive").to_owned(),
    ];
    all.extend(args.iter().map(|arg| (*arg).to_owned()));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    ground.run("valgrind", &all).expect(code);
    let counts = fs::read_dir(home.path()).expect("the directory of the counts");
    counts
        .flatten()
        .map(|entry| fs::read_to_string(entry.path()).expect("a count"))
        .filter_map(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("summary:"));
            line?.trim().parse::<u64>().ok()
        })
        .sum()
}

//! The same over whole source trees that a person names, with figures.
//!
//! `HIVE_CORPUS=/tree,/other cargo test --release --test oracle -- --ignored --nocapture`
//! (docs/proof.md). The trees are copied; nothing is written where they are.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hive_test_support::{Ran, Sandbox, tools};
use serde_json::Value;

use super::corpus::{self, Tree};
use super::judge::{Bench, Command, differences, failures, report};
use super::project::{BLACK_AND_ISORT, environment};
use super::ruff::{EMBEDDED, FEW, MANY};
use super::{HIVE, lines};

/// The trees that the person named.
pub(crate) fn named() -> Vec<PathBuf> {
    let list = env::var_os("HIVE_CORPUS").expect("HIVE_CORPUS names source trees, with commas");
    let list = list.into_string().expect("UTF-8");
    list.split(',').map(PathBuf::from).collect()
}

/// A tree's name in the figures.
pub(crate) fn name(tree: &Path) -> String {
    tree.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[test]
#[ignore = "needs HIVE_CORPUS and minutes; see docs/proof.md"]
fn corpus_embedded() {
    let mut wrong = 0;
    for tree in named() {
        wrong += as_configured(&tree);
        for (rules, pyproject) in [("few rules", FEW), ("many rules", MANY)] {
            wrong += embedded(&tree, rules, pyproject);
        }
    }
    assert_eq!(wrong, 0, "see above");
}

#[test]
#[ignore = "needs HIVE_CORPUS and minutes; see docs/proof.md"]
fn corpus_black_and_isort() {
    let mut wrong = 0;
    for tree in named() {
        let bench = Bench::new(|sandbox| {
            corpus::copy(&tree, &sandbox.root());
            sandbox.write("pyproject.toml", BLACK_AND_ISORT);
            environment(sandbox, tools());
        });
        let program = |name: &str| tools().join("bin").join(name);
        let commands: [Command<'_>; 2] = [
            (program("isort"), &["--quiet", "."]),
            (program("black"), &["--quiet", "."]),
        ];
        wrong += judged(&bench, &name(&tree), &["--plain", "--trust"], &commands);
    }
    assert_eq!(wrong, 0, "see above");
}

#[test]
#[ignore = "needs HIVE_CORPUS and minutes; see docs/proof.md"]
fn corpus_lines() {
    for tree in named() {
        let median = lines::measure(&tree);
        assert_eq!(median, 0, "{}", tree.display());
    }
}

/// A tree with its own configuration: every project is decided or held with a way
/// out, and nothing crashes.
fn as_configured(tree: &Path) -> usize {
    let sandbox = Sandbox::repository(HIVE);
    corpus::copy(tree, &sandbox.root());
    let doctor = sandbox.hive(&["doctor"]).expect(0);
    println!(
        "{}, as configured\n{}",
        name(tree),
        indented(&doctor.stdout)
    );
    let ran = sandbox.hive(&["fix", "--format", "json"]);
    for line in ran.stderr.lines() {
        println!("    {line}");
    }
    let code = ran.code.unwrap_or(-1);
    let crashed = count(&report(&ran), |file| file["failure"] == "worker");
    println!("    exit code {code}, {crashed} crashes\n");
    let clear = matches!(code, 0..=3) && !ran.stderr.contains("panicked");
    crashed + usize::from(!clear)
}

fn embedded(tree: &Path, rules: &str, pyproject: &str) -> usize {
    let bench = Bench::new(|sandbox| {
        corpus::copy(tree, &sandbox.root());
        sandbox.write("pyproject.toml", pyproject);
    });
    let ruff = tools().join("bin/ruff");
    let commands: [Command<'_>; 2] = [
        (
            ruff.clone(),
            &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
        ),
        (ruff, &["format", "--quiet", "--no-cache"]),
    ];
    let title = format!("{}, {rules}", name(tree));
    judged(&bench, &title, &EMBEDDED, &commands)
}

/// Prints the figures of a bench, and returns how many things are wrong.
fn judged(bench: &Bench, title: &str, flags: &[&str], commands: &[Command<'_>]) -> usize {
    let before = corpus::read(&bench.hive.root());
    let (expected, by_hand) = timed(|| bench.by_hand(commands));
    let (first, took) = timed(|| run(bench, "fix", flags));
    let after = corpus::read(&bench.hive.root());
    let check = run(bench, "check", flags);
    let second = run(bench, "fix", flags);
    let changed = corpus::differing(&before, &after).len();
    let differing = corpus::differing(&expected, &after);
    let broken = broken(&before, &after);
    println!(
        "{title}: {} files, {changed} changed, {} differ from the tools' result, \
         {} stopped parsing, {} would change in check, {} changed by a second run, \
         {} crashes, {} refused by verification, {} without a result, {} with notes; \
         hive {:.1} s, the tools to their fixed point {:.1} s",
        after.len(),
        differing.len(),
        broken.len(),
        check["totals"]["changed"],
        second["totals"]["changed"],
        count(&first, |file| file["failure"] == "worker"),
        count(&first, |file| file["failure"] == "verification"),
        count(&first, |file| file["status"] == "failed"),
        count(&first, |file| !file["notes"].is_null()),
        took.as_secs_f64(),
        by_hand.as_secs_f64(),
    );
    let wrong = differences(&expected, &after);
    print!("{}{}", indented(&wrong), indented(&failures(&first)));
    for path in &broken {
        println!("    stopped parsing: {}", path.display());
    }
    println!();
    // What verification refuses stays as it was; `check` does not verify. What a
    // tool cannot parse is reported and no fault.
    let refused = count(&first, |file| file["failure"] == "verification");
    let lost = |file: &Value| matches!(file["failure"].as_str(), Some("worker" | "oscillation"));
    differing.len().abs_diff(refused)
        + broken.len()
        + count(&first, lost)
        + usize::from(check["totals"]["changed"] != refused)
        + usize::from(second["totals"]["changed"] != 0)
}

fn run(bench: &Bench, verb: &str, flags: &[&str]) -> Value {
    let mut args = vec![verb, "--format", "json"];
    args.extend(flags);
    let ran: Ran = bench.hive.hive(&args);
    let code = ran.code.unwrap_or(-1);
    assert!(matches!(code, 0 | 1 | 3), "{code}\n{}", ran.stderr);
    report(&ran)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed())
}

pub(crate) fn count(report: &Value, wanted: impl Fn(&Value) -> bool) -> usize {
    let files = report["files"].as_array();
    files
        .into_iter()
        .flatten()
        .filter(|file| wanted(file))
        .count()
}

/// Files that Python could parse before and cannot after.
pub(crate) fn broken(before: &Tree, after: &Tree) -> Vec<PathBuf> {
    let well = parsing(before);
    let still = parsing(after);
    well.difference(&still).cloned().collect()
}

/// The files of a tree that Python itself can parse.
fn parsing(tree: &Tree) -> BTreeSet<PathBuf> {
    const PROGRAM: &str = "import ast, sys, warnings\n\
        warnings.simplefilter('ignore')\n\
        for line in open(sys.argv[1]):\n\
        \x20   path = line.rstrip('\\n')\n\
        \x20   try:\n\
        \x20       ast.parse(open(path, 'rb').read())\n\
        \x20   except Exception:\n\
        \x20       continue\n\
        \x20   print(path)\n";
    let sandbox = Sandbox::new(HIVE);
    let mut list = String::new();
    for (path, bytes) in tree {
        let place = sandbox.path(&path.to_string_lossy());
        fs::create_dir_all(place.parent().expect("it has one")).expect("directories");
        fs::write(&place, bytes).expect("a file");
        list.push_str(&place.to_string_lossy());
        list.push('\n');
    }
    sandbox.write("list.txt", list);
    let root = sandbox.root();
    let python = tools().join("bin/python");
    let ran = sandbox.run(python, &["-c", PROGRAM, "list.txt"]).expect(0);
    ran.stdout
        .lines()
        .map(|line| {
            Path::new(line)
                .strip_prefix(&root)
                .expect("below")
                .to_path_buf()
        })
        .collect()
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        all.extend(["    ", line, "\n"]);
        all
    })
}

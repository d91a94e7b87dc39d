//! Runs a tool to its fixed point, runs hive, and compares.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use hive_test_support::{Ran, Sandbox};
use serde_json::Value;
use similar::TextDiff;

use super::HIVE;
use super::corpus::{self, Tree};

/// How often a tool may change its own result before it counts as oscillating.
const ROUNDS: usize = 8;

/// How much of each difference is shown.
const HEAD: usize = 30;

/// A program and its arguments.
pub(crate) type Command<'a> = (PathBuf, &'a [&'a str]);

/// Two sandboxes with the same files: hive works in one, the tools in the other.
pub(crate) struct Bench {
    pub(crate) hive: Sandbox,
    pub(crate) tools: Sandbox,
}

impl Bench {
    pub(crate) fn new(fill: impl Fn(&Sandbox)) -> Self {
        let bench = Self {
            hive: Sandbox::repository(HIVE),
            tools: Sandbox::repository(HIVE),
        };
        fill(&bench.hive);
        fill(&bench.tools);
        bench
    }

    /// Runs the tools by hand, in this order, until they change nothing.
    pub(crate) fn by_hand(&self, commands: &[Command<'_>]) -> Tree {
        let mut tree = corpus::read(&self.tools.root());
        for _ in 0..ROUNDS {
            for (program, args) in commands {
                let ran = self.tools.run(program, args);
                // What it cannot parse it says; black says so by its exit code.
                assert!(
                    ran.code.is_some_and(|code| code <= 123),
                    "{}: {ran:?}",
                    program.display()
                );
            }
            let next = corpus::read(&self.tools.root());
            if next == tree {
                return tree;
            }
            tree = next;
        }
        tree
    }

    /// Demands that hive makes of the files what the tools made of them, that
    /// `check` then finds nothing to change, and that a second run changes nothing.
    #[track_caller]
    pub(crate) fn demand(&self, flags: &[&str], expected: &Tree) {
        let before = corpus::read(&self.hive.root());
        let first = self.fix("fix", flags);
        let after = corpus::read(&self.hive.root());
        assert_ne!(
            before, after,
            "the corpus shows nothing when nothing changes"
        );
        let wrong = differences(expected, &after);
        assert!(wrong.is_empty(), "\n{wrong}\n{}", failures(&first));
        let check = self.fix("check", flags);
        assert_eq!(check["totals"]["changed"], 0, "{}", changed(&check));
        let second = self.fix("fix", flags);
        assert_eq!(second["totals"]["changed"], 0, "{}", changed(&second));
        assert_eq!(corpus::read(&self.hive.root()), after);
    }

    /// Runs hive and returns its report.
    pub(crate) fn fix(&self, verb: &str, flags: &[&str]) -> Value {
        let mut args = vec![verb, "--format", "json"];
        args.extend(flags);
        report(&self.hive.hive(&args))
    }
}

/// The report that a run printed.
#[track_caller]
pub(crate) fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran:?}"))
}

/// Every difference with the head of its patch, from the expected to the real bytes.
pub(crate) fn differences(expected: &Tree, real: &Tree) -> String {
    let mut said = String::new();
    for path in corpus::differing(expected, real) {
        let (old, new) = (&expected[&path], &real[&path]);
        said.push_str(&patch(&path, old, new));
    }
    said
}

fn patch(path: &Path, old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let diff = TextDiff::from_lines(&*old, &*new);
    let mut unified = diff.unified_diff();
    let unified = unified.header("tools", "hive").to_string();
    let mut text = format!("{} differs\n", path.display());
    for line in unified.lines().take(HEAD) {
        writeln!(text, "    {line}").expect("memory");
    }
    text
}

/// The files of a report without a result, with their reasons.
pub(crate) fn failures(report: &Value) -> String {
    listed(report, |file| file["status"] == "failed")
}

fn changed(report: &Value) -> String {
    listed(report, |file| {
        file["status"] == "fixed" || file["status"] == "would-change"
    })
}

fn listed(report: &Value, wanted: impl Fn(&Value) -> bool) -> String {
    let files = report["files"].as_array().expect("files");
    let mut said = String::new();
    for file in files.iter().filter(|file| wanted(file)) {
        let reason = &file["reason"];
        writeln!(
            said,
            "{} {reason} {} {}",
            file["path"], file["fixes"], file["notes"]
        )
        .expect("memory");
    }
    said
}

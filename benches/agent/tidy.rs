//! Commits of a person in the mode `tidy`, one by one: how many leave nothing to lay out,
//! and what they wait.
//!
//! The commits are the edits of the replay. Each is made twice, in two repositories that
//! take turns: one with hive in this mode and an agent that is warm, one without any
//! hook. The difference of the two times is what hive adds. What is in a commit is
//! judged by ruff itself, as it was committed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hive_test_support::tools;

use crate::figures::{Times, head};
use crate::ground::Ground;
use crate::replay::{copied, edit};

/// What the mode allows a commit, as it is set by default.
const BUDGET: Duration = Duration::from_millis(80);

pub(crate) fn measure(commits: usize) {
    for (name, version, package) in [("Django", "5.2", "django"), ("sympy", "1.13.3", "sympy")] {
        replay(name, version, package, commits);
    }
}

fn replay(name: &str, version: &str, package: &str, commits: usize) {
    let plain = Ground::new(0);
    copied(&plain, name, version, package);
    let tidy = Ground::new(0);
    copied(&tidy, name, version, package);
    let tidy = tidy.with_hive("");
    // Only the commits are measured, not what a save has done before them.
    for (key, value) in [("commit.mode", "tidy"), ("on_save", "off")] {
        tidy.sandbox.hive(&["config", "set", key, value]).expect(0);
    }
    let tidy = tidy.watched();
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut without, mut with, mut added) = (Times::default(), Times::default(), Vec::new());
    let (mut made, mut clean, mut untidy) = (0, 0, Vec::new());
    for number in 0..commits {
        let mut took = [Duration::ZERO; 2];
        let mut changed = String::new();
        for (ground, took) in [&plain, &tidy].into_iter().zip(&mut took) {
            changed = edit(ground, number);
            if !changed.trim().is_empty() {
                ground.sandbox.git(&["add", "--all"]).expect(0);
                *took = ground.commit(&format!("change {number}"), &path);
            }
        }
        if changed.trim().is_empty() {
            continue;
        }
        made += 1;
        without.push(took[0]);
        with.push(took[1]);
        added.push(took[1].as_secs_f64() - took[0].as_secs_f64());
        let mine = tidy.tip();
        let left = left_to_lay_out(&tidy, mine.trim());
        if left.is_empty() {
            clean += 1;
        } else {
            untidy.push((number, left));
        }
        // What follows as with direct belongs to this commit, not to the next one's time.
        tidy.settled();
    }
    head(&format!("{made} tidy commits on {name}"));
    without.line("  git commit without hooks", Duration::ZERO);
    with.line("  git commit, commit.mode = tidy", Duration::ZERO);
    added.sort_by(f64::total_cmp);
    let at = |percent: usize| added[(added.len() - 1) * percent / 100] * 1e3;
    println!(
        "  added: {:.1} ms (median), {:.1} ms (p99), {:.1} ms (most); above {} ms: {}",
        at(50),
        at(99),
        at(100),
        BUDGET.as_millis(),
        added
            .iter()
            .filter(|it| **it > BUDGET.as_secs_f64())
            .count(),
    );
    println!(
        "  commits with no change of class same left: {clean} of {made} ({:.1} %)",
        f64::from(clean) * 100.0 / f64::from(made.max(1)),
    );
    for (number, left) in untidy.iter().take(20) {
        println!("    change {number}: {}", left.join(", "));
    }
    let said = tidy.sandbox.hive(&["status", "--json"]).expect(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    println!("  questions open at the end: {}", status["questions"]);
    tidy.sandbox
        .git(&["fsck", "--strict", "--no-dangling"])
        .expect(0);
}

/// The files of a commit that ruff would lay out on lines that the commit touched: all of
/// a file that was clean before or is new, and of another one those lines.
fn left_to_lay_out(ground: &Ground, commit: &str) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/history/tidy.py");
    let ruff = tools().join("bin/ruff");
    let judged = Command::new("python3")
        .arg(script)
        .args([ground.root.as_os_str(), ruff.as_os_str(), commit.as_ref()])
        .output()
        .expect("python3");
    assert!(
        judged.status.success(),
        "{}",
        String::from_utf8_lossy(&judged.stderr)
    );
    let said = String::from_utf8(judged.stdout).expect("UTF-8");
    said.lines().map(str::to_owned).collect()
}

//! What hooks add to `git commit`: nothing installed, hive's own (the agent running, or
//! idle so that the hook starts a drain), and the managers that people use, each with
//! two ruff hooks.

use std::path::Path;
use std::time::Duration;

use hive_test_support::{hook_managers, tools};

use crate::figures::Times;
use crate::ground::Ground;

const PRE_COMMIT: &str = "repos:\n- repo: local\n  hooks:\n  \
    - {id: ruff-check, name: ruff check, entry: ruff check --fix, language: system, types: [python]}\n  \
    - {id: ruff-format, name: ruff format, entry: ruff format, language: system, types: [python]}\n";
const LEFTHOOK: &str = "pre-commit:\n  jobs:\n    \
    - {name: check, glob: \"*.py\", run: \"ruff check --fix {staged_files}\"}\n    \
    - {name: format, glob: \"*.py\", run: \"ruff format {staged_files}\"}\n";

struct Variant {
    name: &'static str,
    ground: Ground,
    times: Times,
}

pub(crate) fn measure(runs: usize) {
    let path = search_path();
    let mut variants: Vec<Variant> = [
        ("no hooks", Ground::new(200)),
        (
            "hive, the agent runs",
            Ground::new(200).with_hive("").watched(),
        ),
        (
            "hive, the hook starts a drain",
            Ground::new(200).with_hive(""),
        ),
        (
            "prek",
            managed("prek", ".pre-commit-config.yaml", PRE_COMMIT, &path),
        ),
        (
            "lefthook",
            managed("lefthook", "lefthook.yml", LEFTHOOK, &path),
        ),
        (
            "pre-commit",
            managed("pre-commit", ".pre-commit-config.yaml", PRE_COMMIT, &path),
        ),
    ]
    .into_iter()
    .map(|(name, ground)| Variant {
        name,
        ground,
        times: Times::default(),
    })
    .collect();
    // The first round warms caches and does not count.
    for run in 0..=runs {
        for variant in &mut variants {
            let took = commit(&variant.ground, run, &path);
            if run > 0 {
                variant.times.push(took);
            }
        }
    }
    println!(
        "{:<34} {:>4} {:>11} {:>11} {:>12} {:>11}",
        "git commit of one clean file", "n", "median", "p99", "added", "added, p99"
    );
    let (median, p99) = (variants[0].times.median(), variants[0].times.p99());
    for variant in &variants {
        let times = &variant.times;
        println!(
            "{:<34} {:>4} {:>8.1} ms {:>8.1} ms {:>+9.1} ms {:>+8.1} ms",
            variant.name,
            times.len(),
            times.median(),
            times.p99(),
            times.median() - median,
            times.p99() - p99,
        );
    }
}

/// Commits a small change; what it started ends before the next variant has its turn.
fn commit(ground: &Ground, run: usize, path: &str) -> Duration {
    let file = format!("pkg0/module{}.py", run % 20);
    let text = format!("\"\"\"Module.\"\"\"\n\n\ndef f(x):\n    return x - {run}\n");
    ground.sandbox.write(&file, text);
    ground.sandbox.git(&["add", &file]).expect(0);
    let took = ground.commit("change", path);
    if ground.root.join(".git/hive").exists() {
        ground.settled();
    }
    took
}

fn managed(manager: &str, file: &str, configuration: &str, path: &str) -> Ground {
    let mut ground = Ground::new(200);
    ground.sandbox.set("PATH", path);
    ground.sandbox.write(file, configuration);
    ground.sandbox.run(manager, &["install"]).expect(0);
    ground.sandbox.commit("hooks");
    ground
}

/// Where the managers and ruff are found first.
fn search_path() -> String {
    let bin = |home: &Path| {
        home.join("bin")
            .to_str()
            .expect("a readable path")
            .to_owned()
    };
    let rest = std::env::var("PATH").unwrap_or_default();
    format!("{}:{}:{rest}", bin(hook_managers()), bin(tools()))
}

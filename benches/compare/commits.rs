//! `git commit` of one clean file, with hive's hooks and with those of its peers, against
//! no hooks.

use std::time::Duration;

use crate::Wanted;
use crate::corpus::{LEFTHOOK, PRE_COMMIT, search_path};
use crate::ground::Ground;
use crate::table::Line;

struct Variant {
    name: &'static str,
    aim: Option<f64>,
    ground: Ground,
    times: Vec<Duration>,
}

pub(crate) fn compare(wanted: &Wanted, tell: &mut impl FnMut(Line)) {
    if !wanted.has("git commit") {
        return;
    }
    let path = search_path();
    let variant = |name, aim, ground| Variant {
        name,
        aim,
        ground,
        times: Vec::new(),
    };
    let mut variants = [
        variant("git commit, no hooks", None, Ground::new(200)),
        variant(
            "git commit, the agent runs",
            Some(1.25),
            Ground::new(200).with_hive("").watched(),
        ),
        variant(
            "git commit, hive's hook starts a drain",
            None,
            Ground::new(200).with_hive(""),
        ),
        variant(
            "git commit, prek",
            None,
            managed("prek", ".pre-commit-config.yaml", PRE_COMMIT, &path),
        ),
        variant(
            "git commit, lefthook",
            None,
            managed("lefthook", "lefthook.yml", LEFTHOOK, &path),
        ),
        variant(
            "git commit, pre-commit",
            None,
            managed("pre-commit", ".pre-commit-config.yaml", PRE_COMMIT, &path),
        ),
    ];
    // The first round warms caches and does not count.
    for run in 0..=wanted.runs.unwrap_or(40) {
        for variant in &mut variants {
            let took = commit(&variant.ground, run, &path);
            if run > 0 {
                variant.times.push(took);
            }
        }
    }
    let [none, others @ ..] = &variants;
    for variant in others {
        tell(Line::new(
            variant.name,
            "no hooks",
            variant.aim,
            &variant.times,
            &none.times,
        ));
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

/// A repository with the hook of a manager.
pub(crate) fn managed(manager: &str, file: &str, configuration: &str, path: &str) -> Ground {
    let mut ground = Ground::new(200);
    ground.sandbox.set("PATH", path);
    ground.sandbox.write(file, configuration);
    ground.sandbox.run(manager, &["install"]).expect(0);
    ground.sandbox.commit("hooks");
    ground
}

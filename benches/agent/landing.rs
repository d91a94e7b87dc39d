//! From a commit to its fix commit, and from a save to the fixed file.

use std::time::{Duration, Instant};

use crate::figures::{Times, head};
use crate::ground::Ground;

/// What `commit.quiet` and `save.quiet` are by default.
const QUIET: Duration = Duration::from_millis(400);
const SAVED: Duration = Duration::from_millis(700);

/// A file as a person leaves it.
pub(crate) fn messy(number: usize) -> String {
    format!(
        "import sys\nimport os\nfrom a import  b\n\n\ndef f{number}( x ):\n    return os.path.join( x,b )\n"
    )
}

pub(crate) fn with_agent(runs: usize) {
    let ground = Ground::new(200).with_hive("").watched();
    head("commit → fix commit, the agent runs");
    land(&ground, runs);
}

pub(crate) fn with_drain(runs: usize) {
    let ground = Ground::new(200).with_hive("");
    head("commit → fix commit, the hook starts a drain");
    land(&ground, runs);
}

fn land(ground: &Ground, runs: usize) {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut times = Times::default();
    for run in 0..=runs {
        let file = format!("pkg{}/new{run}.py", run % 10);
        ground.sandbox.write(&file, messy(run));
        ground.sandbox.git(&["add", &file]).expect(0);
        ground.commit("feat: a file", &path);
        let committed = Instant::now();
        let mine = ground.tip();
        let landed = ground.wait("a fix commit", || {
            let tip = ground.tip();
            tip != mine && !tip.is_empty()
        });
        // The first starts workers and fills caches.
        if run > 0 {
            times.push(landed - committed);
        }
        ground.settled();
    }
    times.line("  from the end of git commit", Duration::ZERO);
    times.line("  the same beyond commit.quiet (400 ms)", QUIET);
}

pub(crate) fn of_saves(runs: usize) {
    let ground = Ground::new(200).with_hive("").watched();
    let mut times = Times::default();
    for run in 0..=runs {
        let file = format!("pkg{}/module{run}.py", run / 20);
        let text = messy(run);
        ground.sandbox.write(&file, &text);
        let saved = Instant::now();
        let path = ground.root.join(&file);
        let fixed = ground.wait("a fixed file", || {
            std::fs::read_to_string(&path).is_ok_and(|now| now != text)
        });
        if run > 0 {
            times.push(fixed - saved);
        }
        ground.settled();
    }
    head("save → fixed file, the agent runs");
    times.line("  from the save", Duration::ZERO);
    times.line("  the same beyond save.quiet (700 ms)", SAVED);
}

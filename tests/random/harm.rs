//! What a landing does to git commands that are started in its very moment.
//!
//! An adversary sees the index that a landing has prepared, which is some milliseconds
//! before it is locked, and starts a command that writes index or references at a
//! random time around the lock. `HIVE_HARM_LANDINGS` is how often (20).

use std::fs;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::ground::{Ground, MESSY};
use crate::number;
use crate::user::is_harm;

/// From the appearance of the prepared index: before, in and after the lock.
const WINDOW_US: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(5);

/// The index that a landing has prepared is there.
fn is_prepared(ground: &Ground) -> bool {
    let own = ground.sandbox.path(".git/hive/landing");
    fs::read_dir(own).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|end| end == "index"))
    })
}

/// For how long each landing locked the index, in microseconds.
fn held(ground: &Ground) -> Vec<u64> {
    let said = ground.everything_said();
    let landed = said
        .iter()
        .filter(|line| line.contains("\"event\":\"landed\""));
    landed
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["held_us"].as_u64().unwrap())
        .collect()
}

#[test]
fn an_adversary_loses_nothing() {
    let (rounds, seed) = (
        number("HIVE_HARM_LANDINGS", 20),
        number("HIVE_RANDOM_SEED", 1),
    );
    let mut chance = Chance::new(seed);
    let ground = Ground::new();
    ground
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    ground.hive(&["config", "set", "on_save", "off"]).expect(0);
    let mut mine = String::new();
    ground.commit("mine.py", &mine, "mine");
    ground.settled();
    let ground = ground.watch();
    let (mut met, mut harmed) = (0, Vec::new());
    for round in 0..rounds {
        ground.commit(&format!("messy{round}.py"), MESSY, "feat: more");
        let begun = Instant::now();
        while !is_prepared(&ground) && begun.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        let seen = Instant::now();
        let offset = Duration::from_micros(chance.below(WINDOW_US) as u64);
        let line = format!("line_{round} = {round}\n");
        mine.push_str(&line);
        ground.write("mine.py", &mine);
        while seen.elapsed() < offset {
            std::hint::spin_loop();
        }
        let reference = format!("refs/heads/side-{round}");
        let commands: [&[&str]; 5] = [
            &["add", "mine.py"],
            &["commit", "-q", "-a", "-m", "mine"],
            &["commit", "-q", "-m", "mine", "--", "mine.py"],
            &["update-ref", &reference, "HEAD"],
            &["stash", "-q"],
        ];
        let command = commands[chance.below(commands.len())];
        let ran = ground.sandbox.git(command);
        met += 1;
        if ran.code != Some(0) {
            assert!(is_harm(&ran.stderr), "git {command:?}: {}", ran.stderr);
            let said = ran.stderr.lines().next().unwrap_or_default().to_owned();
            harmed.push(format!("git {} at {offset:?}: {said}", command.join(" ")));
        } else if command[0] == "stash" {
            ground.git(&["stash", "pop", "-q"]);
        }
        // What was in the way is done; the landing comes now at the latest.
        let begun = Instant::now();
        while held(&ground).len() as u64 <= round && begun.elapsed() < PATIENCE {
            std::thread::park_timeout(Duration::from_millis(2));
        }
        assert_eq!(ground.read("mine.py"), mine, "after git {command:?}");
    }
    ground.settled();
    ground.sandbox.commit("the rest");
    ground.settled();
    ground.is_clean();
    assert_eq!(ground.git(&["show", "HEAD:mine.py"]), mine.trim_end());
    for round in 0..rounds {
        let path = format!("messy{round}.py");
        assert!(
            !ground.read(&path).contains("import sys"),
            "{path} was never fixed"
        );
    }
    let mut held = held(&ground);
    held.sort_unstable();
    let at = |percent: usize| held[(held.len() - 1) * percent / 100];
    println!(
        "{} landings, {met} commands started around them, {} harmed; index locked for {} µs \
         (p50), {} µs (p99), {} µs (longest)",
        held.len(),
        harmed.len(),
        at(50),
        at(99),
        at(100),
    );
    for said in harmed {
        println!("  {said}");
    }
}

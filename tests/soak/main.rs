//! Hours of mixed work under one agent: what grows, what leaks, what wakes up.
//!
//! `HIVE_SOAK_MINUTES=60 cargo test --release --test soak -- --ignored --nocapture`; an hour
//! without the variable. A person commits, amends, saves, switches, merges, undoes and
//! rests; now and then the agent's memory, descriptors, database, log and git's objects
//! are measured, and in each rest its processor time and wake-ups.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement says what it measured, by the clock, and its helpers fail it"
)]
#![cfg(target_os = "linux")]

#[path = "../random/chance.rs"]
#[allow(dead_code, reason = "it is shared with the random user")]
mod chance;
#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;
mod measure;

use std::time::{Duration, Instant};

use chance::Chance;
use ground::{Ground, MESSY, NEAT};
use measure::{Idle, Sample, growth_per_hour};

/// How long a rest is measured, when nothing is to be done.
const REST: Duration = Duration::from_secs(10);
/// How long after the last work a rest begins: what waits for quiet has ended then.
const CALM: Duration = Duration::from_secs(8);

/// One piece of work of a person's.
fn work(ground: &Ground, chance: &mut Chance, turn: usize) {
    let file = format!("pkg{}/m{}.py", chance.below(4), chance.below(12));
    let text = format!("{MESSY}\n\nTURN_{turn} = {turn}\n");
    match chance.below(10) {
        0..=4 => {
            ground.write(&file, &text);
            ground.sandbox.git(&["add", &file]);
            ground
                .sandbox
                .git(&["commit", "-q", "-m", &format!("feat: {turn}")]);
        }
        5 => {
            ground.write(&file, &text);
            ground
                .sandbox
                .git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        }
        6 => {
            // Saved and never committed by hand.
            ground.write(&format!("draft{}.py", chance.below(3)), &text);
        }
        7 => {
            let branch = format!("topic{}", chance.below(3));
            let made = ground.sandbox.git(&["switch", "-q", "-c", &branch]);
            if made.code != Some(0) {
                ground.sandbox.git(&["switch", "-q", &branch]);
            }
        }
        8 => {
            ground.sandbox.git(&["switch", "-q", "main"]);
            let branch = format!("topic{}", chance.below(3));
            let merged = ground.sandbox.git(&["merge", "-q", "--no-edit", &branch]);
            if merged.code != Some(0) {
                ground.sandbox.git(&["merge", "--abort"]);
            }
        }
        _ => {
            ground.hive(&["undo"]);
        }
    }
}

#[test]
#[ignore = "takes an hour: run it with --release and --nocapture"]
fn soak() {
    let minutes: f64 =
        std::env::var("HIVE_SOAK_MINUTES").map_or(60.0, |text| text.parse().unwrap());
    let length = Duration::from_secs_f64(minutes * 60.0);
    let mut ground = Ground::new();
    for package in 0..4 {
        for module in 0..12 {
            ground.write(&format!("pkg{package}/m{module}.py"), NEAT);
        }
    }
    ground.sandbox.commit("many");
    ground.start();
    let pid = ground.pid();
    let begun = Instant::now();
    let mut chance = Chance::new(1);
    let (mut samples, mut rests) = (vec![Sample::take(&ground, pid, begun)], Vec::<Idle>::new());
    let mut turn = 0;
    while begun.elapsed() < length {
        for _ in 0..12 {
            turn += 1;
            work(&ground, &mut chance, turn);
            // A person's pace, more or less.
            std::thread::park_timeout(Duration::from_millis(100 + 20 * chance.below(70) as u64));
        }
        std::thread::park_timeout(CALM);
        rests.push(Idle::measure(pid, REST));
        samples.push(Sample::take(&ground, pid, begun));
        println!("{}", samples.last().unwrap());
    }
    ground.settled();
    let landed = ground.git(&["rev-list", "--all", "--count", "--grep=^Hive-Worker: "]);
    ground.stop();
    ground.is_sound();

    // What is loaded once is not growth.
    let warm = &samples[samples.len() / 4..];
    let slope = |value: fn(&Sample) -> f64| growth_per_hour(warm, value);
    let descriptors = |pick: fn(usize, usize) -> usize| {
        warm.iter().map(|one| one.descriptors).reduce(pick).unwrap()
    };
    let most = |value: fn(&Sample) -> f64| warm.iter().map(value).fold(0.0, f64::max);
    let (first, last) = (&samples[0], samples.last().unwrap());
    let mut busy: Vec<f64> = rests.iter().map(|rest| rest.processor_percent).collect();
    let mut wakeups: Vec<f64> = rests.iter().map(|rest| rest.wakeups_per_second).collect();
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "{:.1} minutes, {turn} pieces of work, {landed} commits of hive's",
        begun.elapsed().as_secs_f64() / 60.0
    );
    println!(
        "memory {:.1} MiB at first, {:.1} at last; {:+.2} MiB an hour",
        first.memory,
        last.memory,
        slope(|one| one.memory)
    );
    println!(
        "descriptors {} to {}",
        descriptors(usize::min),
        descriptors(usize::max)
    );
    println!(
        "write-ahead log {:.2} MiB at most; database {:.2} MiB at last, {:+.2} MiB an hour",
        most(|one| one.log),
        last.database,
        slope(|one| one.database)
    );
    println!(
        "hive's directory without the database {:.2} MiB at last, {:+.2} MiB an hour",
        last.kept,
        slope(|one| one.kept)
    );
    println!(
        "git's objects {:.2} MiB at first, {:.2} at last",
        first.objects, last.objects
    );
    println!(
        "at rest: {:.3} % of a core, {:.2} wake-ups a second (medians of {})",
        middle(&mut busy),
        middle(&mut wakeups),
        rests.len()
    );

    assert!(
        descriptors(usize::max) - descriptors(usize::min) <= 16,
        "descriptors leak"
    );
    assert!(most(|one| one.log) <= 9.0, "the log grows");
    assert!(middle(&mut busy) < 0.5, "it is not idle at rest");
    assert!(middle(&mut wakeups) <= 2.0, "it wakes up at rest");
    assert!(last.memory - warm[0].memory < 32.0, "memory leaks");
}

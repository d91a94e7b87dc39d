//! The agent is killed at any moment while commits come.
//!
//! `HIVE_RANDOM_SEED` is the seed (1), `HIVE_KILLS` the number of kills (50).

use std::thread;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::ground::{MESSY, NEAT};
use crate::verdict::{database, ground, told};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn the_agent_dies_at_any_moment() {
    let (seed, kills) = (number("HIVE_RANDOM_SEED", 1), number("HIVE_KILLS", 50));
    println!("HIVE_RANDOM_SEED={seed} HIVE_KILLS={kills}");
    thread::scope(|scope| {
        for person in 0..4 {
            scope.spawn(move || one(seed * 1000 + person, kills.div_ceil(4)));
        }
    });
}

fn one(seed: u64, kills: u64) {
    let mut chance = Chance::new(seed);
    let mut ground = ground();
    for kill in 0..kills {
        ground.start();
        for file in 0..=chance.below(2) {
            let path = format!("m{kill}_{file}.py");
            ground.commit(&path, MESSY, "feat: more");
        }
        // From the moment of the commit to some time after the landing: all of it is
        // within a second here.
        let moment = Duration::from_micros(chance.below(700_000) as u64);
        let begun = Instant::now();
        while begun.elapsed() < moment {
            thread::park_timeout(moment.saturating_sub(begun.elapsed()));
        }
        ground.kill();
    }
    ground.start();
    let begun = Instant::now();
    loop {
        let messy = ["grep", "-l", "import sys", "HEAD", "--", "m*.py"];
        let messy = ground.sandbox.git(&messy).stdout;
        if messy.is_empty() {
            break;
        }
        let late = begun.elapsed().as_secs() > 30;
        assert!(!late, "these stay: {messy}\n{}", told(&ground));
        thread::park_timeout(Duration::from_millis(5));
    }
    ground.settled();
    ground.is_clean();
    for path in ground.git(&["ls-files", "m*.py"]).lines() {
        assert_eq!(ground.read(path), NEAT, "{path}");
        let changes = ground.git(&["log", "--format=%s", "--", path]);
        assert_eq!(
            changes.lines().count(),
            2,
            "{path}: {changes}\n{}",
            told(&ground)
        );
    }
    let database = database(&ground);
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let list = ground.git(&["log", "--format=%H", "--grep=^chore(qa)"]);
    for commit in list.lines() {
        let sql = "SELECT count(*) FROM landing_commits WHERE lower(hex(oid)) = ?1";
        let own: i64 = database.query_row(sql, [commit], |row| row.get(0)).unwrap();
        assert_eq!(own, 1, "{commit} is not known as hive's\n{}", told(&ground));
    }
}

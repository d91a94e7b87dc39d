//! Pushes that begin at any moment around a fold: never a branch that has gone another way
//! than what was pushed.
//!
//! Each trial commits, and pushes at a random time, two thirds of them in the milliseconds around the moment of the fold; most
//! pushes run the hook, some do not (`--no-verify`), and some are killed. Whatever happens,
//! once it is quiet the branch has what the other side has in its history, and the fix is
//! there once: in the person's commit, in one of hive's on top of it, or held because the
//! commit is pushed.
//!
//! `HIVE_PUSH_TRIALS` is how many (12), `HIVE_RANDOM_SEED` the seed (1).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::ground::{Ground, MESSY, NEAT};

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[derive(Default)]
struct Tally {
    folded: AtomicUsize,
    beside: AtomicUsize,
    held: AtomicUsize,
    given_back: AtomicUsize,
    killed: AtomicUsize,
    unseen: AtomicUsize,
}

#[test]
fn a_push_and_a_fold_never_diverge() {
    let (trials, seed) = (
        number("HIVE_PUSH_TRIALS", 12),
        number("HIVE_RANDOM_SEED", 1),
    );
    println!("HIVE_PUSH_TRIALS={trials} HIVE_RANDOM_SEED={seed}");
    let people = 3.min(trials);
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for person in 0..people {
            let tally = &tally;
            scope.spawn(move || {
                let mut chance = Chance::new((seed * 1000 + person) as u64);
                one(&mut chance, trials.div_ceil(people), tally);
            });
        }
    });
    let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    println!(
        "{} folded, {} given back, {} beside, {} held; {} pushes killed, {} without a hook; \
         0 diverged",
        of(&tally.folded),
        of(&tally.given_back),
        of(&tally.beside),
        of(&tally.held),
        of(&tally.killed),
        of(&tally.unseen),
    );
}

fn one(chance: &mut Chance, trials: usize, tally: &Tally) {
    let ground = Ground::folding().with_remote();
    for (key, value) in [
        ("commit.quiet", "20ms"),
        ("push.wait", "50ms"),
        ("on_save", "off"),
    ] {
        ground.hive(&["config", "set", key, value]).expect(0);
    }
    let ground = ground.watch();
    // How long it takes from a commit to its fold, as it was last.
    let begun = Instant::now();
    let mine = ground.commit("first.py", MESSY, "feat: first");
    hive_test_support::wait_for("the first fold", || tip(&ground) != mine);
    let mut usual = begun.elapsed();
    ground.settled();
    ground.git(&["push", "-q", "--no-verify"]);
    for trial in 0..trials {
        let path = format!("m{trial}.py");
        let mine = ground.commit(&path, MESSY, &format!("feat: {trial}"));
        let begun = Instant::now();
        let (mut moved, expected) = (None, usual);
        // Every third push at any time; the others when everything for the fold is
        // prepared, some milliseconds before the branch moves or after it.
        let anywhere = chance.percent(33);
        let at = if anywhere {
            Duration::from_micros(chance.below(micros(usual * 2)) as u64)
        } else {
            while !is_prepared(&ground) && begun.elapsed() < usual * 3 {
                std::thread::yield_now();
            }
            begun.elapsed() + Duration::from_micros(chance.below(WINDOW_US) as u64)
        };
        while begun.elapsed() < at {
            if moved.is_none() && tip(&ground) != mine {
                moved = Some(begun.elapsed());
            }
            std::thread::park_timeout(Duration::from_micros(200));
        }
        let unseen = chance.percent(20);
        let args: &[&str] = if unseen {
            &["push", "-q", "--no-verify"]
        } else {
            &["push", "-q"]
        };
        let mut push = ground.sandbox.start_program("git", args);
        // One that nobody has heard of and that is killed when the other side has the commit,
        // nobody can know of.
        if !unseen && chance.percent(15) {
            let wait = Duration::from_millis(chance.below(60) as u64);
            let since = Instant::now();
            while since.elapsed() < wait {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            let _ = push.kill();
            tally.killed.fetch_add(1, Ordering::Relaxed);
        }
        let output = push.wait_with_output().unwrap();
        tally
            .unseen
            .fetch_add(usize::from(unseen), Ordering::Relaxed);
        ground.settled();
        let told = || {
            format!(
                "trial {trial}, pushed {at:?} after the commit ({unseen}), usual {expected:?}\n{}\n{}\n{}\n{}",
                String::from_utf8_lossy(&output.stderr),
                ground.git(&["log", "--oneline", "--graph", "--all", "-12"]),
                ground.git(&["reflog", "-8"]),
                ground.everything_said().join("\n"),
            )
        };
        // What the other side has, whatever this side has heard of it.
        let there = ground.remote("main");
        let known = ground.sandbox.git(&["cat-file", "-e", &there]);
        assert_eq!(known.code, Some(0), "{}", told());
        let ahead = || {
            let base = ["merge-base", "--is-ancestor", &there, "HEAD"];
            ground.sandbox.git(&base).code == Some(0)
        };
        let late = Instant::now();
        // A push without a hook, or one that was killed, is seen when it has ended.
        while !ahead() && late.elapsed() < Duration::from_secs(20) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(ahead(), "diverged: {}", told());
        let head = ground.head();
        let kinds = ground.landed();
        let last = kinds.last().map(String::as_str);
        let text = ground.stored("HEAD", &path);
        if text == MESSY {
            tally.held.fetch_add(1, Ordering::Relaxed);
        } else {
            assert_eq!(text, NEAT, "{}", told());
            let parent = ground.git(&["rev-parse", "HEAD^"]);
            let slot = match (last, parent == mine) {
                (Some("own"), true) if kinds.ends_with(&["fold".to_owned(), "own".to_owned()]) => {
                    &tally.given_back
                }
                (_, true) => &tally.beside,
                _ => &tally.folded,
            };
            slot.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(moved) = moved {
            usual = moved;
        }
        ground.is_sound();
        // The next trial begins where both sides are alike.
        ground.git(&["push", "-q", "--no-verify"]);
        ground.settled();
        assert_eq!(ground.remote("main"), ground.head(), "{}", told());
        assert_eq!(ground.head(), head, "it stays where it is: {}", told());
    }
}

/// From the appearance of the prepared index until the branch has moved, and some more.
const WINDOW_US: usize = 12_000;

fn micros(time: Duration) -> usize {
    usize::try_from(time.as_micros()).unwrap().max(1)
}

/// The index that a landing has prepared is there.
fn is_prepared(ground: &Ground) -> bool {
    let own = ground.sandbox.path(".git/hive/landing");
    std::fs::read_dir(own).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|end| end == "index"))
    })
}

/// Where the branch is, without a process.
fn tip(ground: &Ground) -> String {
    let path = ground.sandbox.path(".git/refs/heads/main");
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

//! The race: an editor saves while hive replaces.
//!
//! `HIVE_SAVE_ROUNDS` is the number of rounds for each way to save (500). What careless
//! tools do must lose in the same race: comparing and renaming, renaming alone, and (only
//! on demand, since it takes thousands of rounds) a single look at what was displaced.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use hive::process::Program;
use hive::settings::environment;
use hive::writing::read;

use crate::ground::Ground;

#[derive(Debug, Clone, Copy)]
enum Style {
    InPlace,
    TruncateFirst,
    AtomicRename,
    BackupAndCopy,
}

fn save(style: Style, path: &Path, text: &str) {
    match style {
        Style::InPlace => {
            let mut file = OpenOptions::new().write(true).open(path).unwrap();
            file.rewind().unwrap();
            let (head, tail) = text.as_bytes().split_at(text.len() / 2);
            file.write_all(head).unwrap();
            thread::yield_now();
            file.write_all(tail).unwrap();
            file.set_len(text.len() as u64).unwrap();
        }
        Style::TruncateFirst => {
            let mut file = File::create(path).unwrap();
            thread::yield_now();
            file.write_all(text.as_bytes()).unwrap();
        }
        Style::AtomicRename => {
            let swap = path.with_extension("swp");
            fs::write(&swap, text).unwrap();
            fs::rename(&swap, path).unwrap();
        }
        Style::BackupAndCopy => {
            fs::rename(path, path.with_extension("bak")).unwrap();
            let mut file = File::create(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
    }
}

fn rounds() -> usize {
    match environment::value("HIVE_SAVE_ROUNDS") {
        Some(rounds) => rounds.to_str().and_then(|text| text.parse().ok()),
        None => Some(500),
    }
    .expect("HIVE_SAVE_ROUNDS is a number")
}

fn saved(round: usize, save: usize) -> String {
    format!("round={round} save={save} {}\n", "x".repeat(save * 40))
}

fn fixed(text: &str) -> String {
    text.replace('=', " = ")
}

/// A small generator for delays that differ from round to round.
fn spin(seed: &mut u64) {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    for _ in 0..(*seed >> 33) % 30_000 {
        std::hint::spin_loop();
    }
}

/// Races saves of a style against a way to fix a file; returns how many rounds
/// ended with something else than the last save or its fixed version.
fn race(ground: &Ground, style: Style, rounds: usize, fix: impl Fn(&Path) + Sync) -> usize {
    let path = ground.file("race.py", "");
    let barrier = Barrier::new(2);
    let mut lost = 0;
    for round in 0..rounds {
        fs::write(&path, saved(round, 0)).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut seed = round as u64 * 2 + 1;
                barrier.wait();
                for count in 1..=3 {
                    spin(&mut seed);
                    save(style, &path, &saved(round, count));
                }
            });
            let mut seed = round as u64 * 2;
            barrier.wait();
            spin(&mut seed);
            fix(&path);
        });
        let mut content = String::new();
        File::open(&path)
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        let newest = saved(round, 3);
        if content != newest && content != fixed(&newest) {
            lost += 1;
        }
    }
    lost
}

fn race_hive(style: Style) {
    let rounds = rounds();
    let lost = lost_by_hive(style, rounds);
    println!("{style:?}: {rounds} rounds, {lost} lost");
    assert_eq!(lost, 0);
}

fn lost_by_hive(style: Style, rounds: usize) -> usize {
    let ground = Ground::new();
    let writer = ground.writer();
    race(&ground, style, rounds, |path| {
        // Some styles leave nothing at the path for a moment.
        if let Ok(snapshot) = read(path) {
            let text = String::from_utf8(snapshot.bytes().to_vec()).unwrap();
            writer.replace(&snapshot, fixed(&text).as_bytes()).unwrap();
            writer.settle();
        }
    })
}

#[test]
fn no_save_in_place_is_lost() {
    race_hive(Style::InPlace);
}

#[test]
fn no_save_that_truncates_first_is_lost() {
    race_hive(Style::TruncateFirst);
}

#[test]
fn no_save_by_rename_is_lost() {
    race_hive(Style::AtomicRename);
}

#[test]
fn no_save_with_a_backup_is_lost() {
    race_hive(Style::BackupAndCopy);
}

/// The harness can see a loss: what a careless tool does loses saves in it.
#[test]
fn comparing_and_renaming_loses_saves() {
    loses("comparing and renaming", |path| {
        let Ok(text) = fs::read_to_string(path) else {
            return;
        };
        let temp = path.with_extension("tmp");
        fs::write(&temp, fixed(&text)).unwrap();
        if fs::read_to_string(path).is_ok_and(|now| now == text) {
            fs::rename(&temp, path).unwrap();
        }
    });
}

#[test]
fn renaming_loses_saves() {
    loses("renaming", |path| {
        let Ok(text) = fs::read_to_string(path) else {
            return;
        };
        let temp = path.with_extension("tmp");
        fs::write(&temp, fixed(&text)).unwrap();
        fs::rename(&temp, path).unwrap();
    });
}

/// As many rounds as were asked for, and more if nothing was lost in them.
fn loses(what: &str, careless: impl Fn(&Path) + Sync + Copy) {
    let ground = Ground::new();
    let (mut run, mut lost) = (0, 0);
    while run < rounds() || lost == 0 && run < 10_000 {
        lost += race(&ground, Style::AtomicRename, 500, careless);
        run += 500;
    }
    println!("{what}: {run} rounds, {lost} lost");
    assert!(lost > 0, "{run} rounds without a loss");
}

/// The writer itself with a single look at what was displaced. That it is needed is shown
/// in a moment in `tests/crash`; here, how often.
#[test]
#[ignore = "takes thousands of rounds: HIVE_SAVE_ROUNDS=5000, with --ignored"]
fn a_single_look_leaves_older_saves() {
    let mut lost = 0;
    let mut run = 0;
    while lost == 0 && run < 10 {
        lost += without_second_look();
        run += 1;
    }
    println!("a single look: {} rounds, {lost} lost", run * rounds());
    assert!(lost > 0, "nothing was lost");
}

/// How many saves are lost by a process whose writer looks once.
fn without_second_look() -> usize {
    let ran = Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "race::a_process_that_races", "--ignored"])
        .arg("--nocapture")
        .env("HIVE_CRASH", "off:look-again")
        .keep("HIVE_SAVE_ROUNDS")
        .run()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let lost = said.lines().find_map(|line| line.strip_prefix("lost "));
    lost.and_then(|lost| lost.parse().ok()).expect("a number")
}

#[test]
#[ignore = "a helper; the test above runs it"]
fn a_process_that_races() {
    if !std::env::args().any(|arg| arg == "--exact") {
        return; // somebody runs all ignored tests
    }
    println!("lost {}", lost_by_hive(Style::AtomicRename, rounds()));
}

//! The race: an editor saves while hive replaces.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Barrier;
use std::thread;

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
    let ground = Ground::new();
    let writer = ground.writer();
    let lost = race(&ground, style, rounds(), |path| {
        // Some styles leave nothing at the path for a moment.
        if let Ok(snapshot) = read(path) {
            let text = String::from_utf8(snapshot.bytes().to_vec()).unwrap();
            writer.replace(&snapshot, fixed(&text).as_bytes()).unwrap();
            writer.settle();
        }
    });
    assert_eq!(lost, 0);
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
    let ground = Ground::new();
    let careless = |path: &Path| {
        let Ok(text) = fs::read_to_string(path) else {
            return;
        };
        let temp = path.with_extension("tmp");
        fs::write(&temp, fixed(&text)).unwrap();
        if fs::read_to_string(path).is_ok_and(|now| now == text) {
            fs::rename(&temp, path).unwrap();
        }
    };
    let lost = (0..20)
        .map(|_| race(&ground, Style::AtomicRename, 500, careless))
        .find(|lost| *lost > 0);
    assert!(lost.is_some(), "10,000 rounds without a loss");
}

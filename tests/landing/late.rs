//! Saves that come after the exchange, and who else wants the index then.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use hive::landing::Outcome;
use hive::writing::Word;

use crate::ground::{AFTER, BEFORE, Ground};

/// Waits until the branch has moved.
fn moved(branch: &PathBuf, old: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while fs::read_to_string(branch).unwrap() == old && Instant::now() < until {
        thread::yield_now();
    }
}

/// Lands while a program that had the file open writes into what was displaced; somebody
/// takes the index at the same moment and keeps it until the sender is dropped.
fn land_with_a_late_save(ground: &Ground, keeps: mpsc::Receiver<()>) -> Outcome {
    let branch = ground.root.join(".git/refs/heads/main");
    let lock = ground.root.join(".git/index.lock");
    let old = fs::read_to_string(&branch).unwrap();
    let mut open = fs::OpenOptions::new()
        .append(true)
        .open(ground.root.join("a.py"))
        .unwrap();
    let writer = thread::spawn(move || {
        moved(&branch, &old);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&lock)
            .unwrap()
            .write_all(b"somebody\n")
            .unwrap();
        open.write_all(b"# late\n").unwrap();
        drop(open);
        // An error is the end of the other side.
        let _ = keeps.recv();
        assert_eq!(fs::read(&lock).unwrap(), b"somebody\n", "another's lock");
        fs::remove_file(lock).unwrap();
    });
    let outcome = ground.try_land(vec![vec![ground.fix("a.py", AFTER)]]);
    writer.join().unwrap();
    outcome.unwrap()
}

#[test]
fn without_the_index_a_late_save_is_kept_and_reported() {
    let ground = Ground::new();
    let (sender, keeps) = mpsc::channel();
    let keeper = thread::spawn(move || {
        // Longer than the last look.
        thread::park_timeout(Duration::from_secs(3));
        drop(sender);
    });
    let outcome = land_with_a_late_save(&ground, keeps);
    keeper.thread().unpark();
    keeper.join().unwrap();
    let Outcome::Landed { settled, .. } = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(settled.len(), 1, "{outcome:?}");
    let rescued = settled[0].rescued.as_ref().expect("it is rescued");
    assert_eq!(
        fs::read_to_string(rescued).unwrap(),
        format!("{BEFORE}# late\n")
    );
    assert!(rescued.starts_with(ground.root.join(".git/hive/rescue")));
    // What landed is in the file; git and hive agree about it.
    assert_eq!(ground.read("a.py"), AFTER);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn an_index_that_is_free_again_at_a_later_look_is_taken() {
    let ground = Ground::new();
    let (sender, keeps) = mpsc::channel();
    let branch = ground.root.join(".git/refs/heads/main");
    let old = fs::read_to_string(&branch).unwrap();
    let keeper = thread::spawn(move || {
        moved(&branch, &old);
        thread::park_timeout(Duration::from_millis(200));
        drop(sender);
    });
    let outcome = land_with_a_late_save(&ground, keeps);
    keeper.join().unwrap();
    let Outcome::Landed { settled, .. } = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(settled.len(), 1, "{outcome:?}");
    assert_eq!(settled[0].word, Word::Overtaken);
    assert!(settled[0].rescued.is_none(), "{outcome:?}");
    assert_eq!(ground.read("a.py"), format!("{BEFORE}# late\n"));
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.git(&["status", "--porcelain"]), " M a.py\n");
    ground.is_sound();
}

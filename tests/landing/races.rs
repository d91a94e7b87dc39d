//! Somebody is faster.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hive::landing::{Left, Outcome, undoing};
use hive::repo::RepoPath;

use crate::ground::{AFTER, BEFORE, Ground};

#[test]
fn a_taken_lock_is_a_lost_race_and_stays() {
    for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        let ground = Ground::new();
        let lock = ground.root.join(".git").join(lock);
        fs::write(&lock, "somebody\n").unwrap();
        let tip = ground.oid("HEAD");
        let outcome = ground
            .try_land(vec![vec![ground.fix("a.py", AFTER)]])
            .unwrap();
        assert!(matches!(outcome, Outcome::Lost(_)), "{outcome:?}");
        assert_eq!(fs::read_to_string(&lock).unwrap(), "somebody\n");
        fs::remove_file(&lock).unwrap();
        assert_eq!(ground.oid("HEAD"), tip);
        assert_eq!(ground.read("a.py"), BEFORE);
        assert_eq!(ground.git(&["status", "--porcelain"]), "");
        ground.is_sound();
        ground.land();
    }
}

#[test]
fn a_tip_that_moved_is_a_lost_race() {
    let ground = Ground::new();
    let (old, fix) = (ground.oid("HEAD"), ground.fix("a.py", AFTER));
    ground.write("b.txt", "more\n");
    ground.commit("second");
    let tip = ground.oid("HEAD");
    let reference = Some("refs/heads/main".to_owned());
    let outcome = ground
        .land_at(
            &ground.site(),
            old,
            reference.clone(),
            vec![vec![fix.clone()]],
        )
        .unwrap();
    assert!(matches!(outcome, Outcome::Lost(_)), "{outcome:?}");
    ground.git(&["checkout", "-q", "-b", "other"]);
    let outcome = ground
        .land_at(&ground.site(), tip, reference, vec![vec![fix]])
        .unwrap();
    assert!(matches!(outcome, Outcome::Lost(_)), "{outcome:?}");
    assert_eq!(ground.oid("HEAD"), tip);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn a_repository_that_cannot_be_written_is_left_as_it_is() {
    if rustix::process::geteuid().is_root() {
        println!("root may write everywhere: nothing to test");
        return;
    }
    let ground = Ground::new();
    let objects = ground.root.join(".git/objects");
    fs::set_permissions(&objects, fs::Permissions::from_mode(0o555)).unwrap();
    let result = ground.try_land(vec![vec![ground.fix("a.py", AFTER)]]);
    fs::set_permissions(&objects, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(result.is_err());
    assert_eq!(ground.read("a.py"), BEFORE);
    ground.is_sound();
}

/// An editor that saves once per landing, a little later each time, in both ways that
/// editors save, while fixes land and are taken back.
#[test]
fn the_last_save_is_in_the_file() {
    const SAVES: u32 = 120;
    for renames in [false, true] {
        let ground = Ground::new();
        let (mut landed, mut overtaken, mut last) = (0, 0, None);
        // How long a landing takes here and now: saves come during one and after it.
        let mut pace = Duration::from_millis(30);
        for save in 0..SAVES {
            let text = format!("{}\n\n# save {save}\n", ground.read("a.py"));
            let fixes = match last {
                None => vec![ground.fix("a.py", AFTER)],
                Some(commit) => {
                    let undoable = undoing(&ground.site(), &commit, None, &ground.oid("HEAD"));
                    undoable.unwrap().fixes
                }
            };
            let (path, other) = (ground.root.join("a.py"), ground.root.join("a.py~"));
            let begun = Instant::now();
            let at = pace * save / (SAVES / 2);
            let editor = thread::spawn(move || {
                while begun.elapsed() < at {
                    std::hint::spin_loop();
                }
                if renames {
                    fs::write(&other, text).unwrap();
                    fs::rename(&other, &path).unwrap();
                } else {
                    fs::write(&path, text).unwrap();
                }
            });
            let outcome = ground.try_land(vec![fixes]).unwrap();
            let took = begun.elapsed();
            editor.join().unwrap();
            overtaken += u32::from(took > at);
            if let Outcome::Landed { commits, .. } = outcome {
                landed += 1;
                pace = took;
                last = match last {
                    None => commits.first().map(|commit| commit.0),
                    Some(_) => None,
                };
            }
            let text = ground.read("a.py");
            assert!(text.contains(&format!("# save {save}\n")), "{save}: {text}");
        }
        println!("{landed} of {SAVES} landed, {overtaken} saves during one (renames: {renames})");
        assert!(landed > 0, "no landing was tried to its end");
        assert!(overtaken > 0, "no save came during a landing");
        ground.is_sound();
    }
}

/// A program that had the file open before the exchange writes into the displaced one.
#[test]
fn a_late_write_into_the_displaced_file_is_not_lost() {
    let ground = Ground::new();
    let (path, branch) = (
        ground.root.join("a.py"),
        ground.root.join(".git/refs/heads/main"),
    );
    let old = fs::read_to_string(&branch).unwrap();
    let mut open = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let writer = thread::spawn(move || {
        let until = Instant::now() + Duration::from_secs(20);
        while fs::read_to_string(&branch).unwrap() == old && Instant::now() < until {
            thread::yield_now();
        }
        open.write_all(b"# late\n").unwrap();
    });
    let outcome = ground
        .try_land(vec![vec![ground.fix("a.py", AFTER)]])
        .unwrap();
    writer.join().unwrap();
    let Outcome::Landed { settled, .. } = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(settled.len(), 1, "{outcome:?}");
    assert_eq!(ground.read("a.py"), format!("{BEFORE}# late\n"));
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.git(&["status", "--porcelain"]), " M a.py\n");
    ground.is_sound();
}

/// How long others cannot use the index, for one file.
#[test]
fn the_index_is_locked_for_a_moment_only() {
    let ground = Ground::new();
    let mut held = Vec::new();
    for round in 0..40 {
        let fix = ground.fix("a.py", &format!("{AFTER}# {round}\n"));
        let outcome = ground.try_land(vec![vec![fix]]).unwrap();
        let Outcome::Landed { held_us, .. } = outcome else {
            panic!("{outcome:?}");
        };
        held.push(held_us);
    }
    held.sort_unstable();
    println!(
        "index locked: median {} µs, longest {} µs",
        held[20], held[39]
    );
    // A generous bound for a busy machine: what must not happen is waiting.
    assert!(held[20] < 50_000, "{held:?}");
}

/// A directory in which the system lets nothing be done in some way, also by root.
struct Closed(PathBuf);

impl Closed {
    /// `None` where that cannot be had: not root, or another file system.
    fn new(directory: PathBuf, way: &str) -> Option<Self> {
        let set = Command::new("chattr").arg(way).arg(&directory).output();
        let done = set.is_ok_and(|output| output.status.success());
        done.then_some(Self(directory))
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        let open = Command::new("chattr").arg("-ai").arg(&self.0).output();
        assert!(open.unwrap().status.success());
    }
}

/// One that cannot be changed at all (`+i`) says so before; one that names are only added
/// to (`+a`) when the exchange is tried.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_leaves_out_its_files_alone() {
    for (way, why) in [
        ("+i", Left::Skipped("it is not writable".to_owned())),
        (
            "+a",
            Left::Deferred("it or its directory cannot be written".to_owned()),
        ),
    ] {
        let ground = Ground::new();
        ground.write("shut/c.py", BEFORE);
        ground.commit("second");
        let Some(closed) = Closed::new(ground.root.join("shut"), way) else {
            println!("chattr {way} does not work here: nothing to test");
            return;
        };
        let fixes = vec![ground.fix("a.py", AFTER), ground.fix("shut/c.py", AFTER)];
        let outcome = ground.try_land(vec![fixes]);
        drop(closed);
        let Ok(Outcome::Landed { paths, left, .. }) = outcome else {
            panic!("{way}: {outcome:?}");
        };
        assert_eq!(paths, [RepoPath::new("a.py").unwrap()], "{way}");
        assert_eq!(left, [(RepoPath::new("shut/c.py").unwrap(), why)], "{way}");
        assert_eq!(ground.read("a.py"), AFTER);
        assert_eq!(ground.read("shut/c.py"), BEFORE);
        assert_eq!(ground.git(&["status", "--porcelain"]), "");
        ground.is_sound();
    }
}

//! A directory on the way to a file is swapped for a link to another place again and
//! again, while hive fixes the file.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{MESSY, ended, repository};

fn state(path: &Path) -> (u64, i64, i64, String) {
    let about = fs::metadata(path).unwrap();
    (
        about.ino(),
        about.mtime(),
        about.mtime_nsec(),
        fs::read_to_string(path).unwrap(),
    )
}

/// Ends the swapping, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_swapped_directory_leads_nowhere() {
    let rounds: u32 = std::env::var("HIVE_ROUNDS").map_or(12, |n| n.parse().unwrap());
    let sandbox = repository();
    let elsewhere = sandbox.directory().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for n in 0..8 {
        fs::write(elsewhere.join(format!("{n}.py")), MESSY).unwrap();
        sandbox.write(&format!("pkg/{n}.py"), MESSY);
    }
    sandbox.commit("begin");
    symlink(&elsewhere, sandbox.path("trap")).unwrap();
    let before: Vec<_> = (0..8)
        .map(|n| state(&elsewhere.join(format!("{n}.py"))))
        .collect();
    let (pkg, trap) = (sandbox.path("pkg"), sandbox.path("trap"));
    let (over, swaps) = (AtomicBool::new(false), AtomicU32::new(0));
    // Held by whoever swaps, or needs the names to stay what they are.
    let names = Mutex::new(());
    let mut written = 0;
    thread::scope(|scope| {
        let _over = Over(&over);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let held = names.lock().unwrap();
                // Both names always exist; what they are changes in one moment.
                renameat_with(CWD, &pkg, CWD, &trap, RenameFlags::EXCHANGE).unwrap();
                drop(held);
                swaps.fetch_add(1, Ordering::Relaxed);
                thread::yield_now();
            }
        });
        for round in 0..rounds {
            let args: &[&str] = if round % 2 == 0 {
                &["fix"]
            } else {
                &["fix", "pkg/0.py", "pkg/1.py", "pkg/2.py"]
            };
            let ran = sandbox.hive(args);
            ended(&ran, "fix");
            for (n, before) in before.iter().enumerate().take(8) {
                let path = elsewhere.join(format!("{n}.py"));
                assert_eq!(
                    state(&path),
                    *before,
                    "round {round}: {}{}",
                    ran.stdout,
                    ran.stderr
                );
            }
            // The real files may be written, and begin anew.
            let _still = names.lock().unwrap();
            for directory in [&pkg, &trap] {
                for n in 0..8 {
                    let path = directory.join(format!("{n}.py"));
                    let Ok(real) = fs::canonicalize(&path) else {
                        continue;
                    };
                    if !real.starts_with(&elsewhere)
                        && fs::read_to_string(&real).is_ok_and(|text| text != MESSY)
                    {
                        written += 1;
                        let again = real.with_extension("new");
                        if fs::write(&again, MESSY).is_ok() {
                            let _ = fs::rename(&again, &real);
                        }
                    }
                }
            }
        }
    });
    println!(
        "{} swaps, {written} files written in {rounds} rounds",
        swaps.load(Ordering::Relaxed)
    );
    assert!(swaps.load(Ordering::Relaxed) > rounds);
}

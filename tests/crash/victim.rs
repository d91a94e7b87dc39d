//! The process that passes the points: this test binary, started again.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::landing::How;
use crate::{database, landing, queue, writing};

/// What it did.
pub(crate) struct Ran {
    /// Whether the point was passed.
    pub(crate) reached: bool,
    pub(crate) killed: bool,
    pub(crate) output: Output,
}

/// The variable that says what it does.
const DOES: &str = "CRASH_VICTIM";

/// Starts a process that does something in a directory, with orders for its points.
pub(crate) fn start(does: &str, directory: &Path, orders: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim::a_process_that_passes_points"])
        .args(["--ignored", "--nocapture"])
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory.with_file_name("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HIVE_CRASH", orders)
        .env(DOES, does)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs it for a case. While a delay lasts, the person acts. `before` are orders that
/// lead to the point.
pub(crate) fn run(
    does: &str,
    directory: &Path,
    case: &Case,
    before: &str,
    person: &mut dyn FnMut(),
) -> Ran {
    let (told, mark) = (
        directory.with_file_name("told"),
        directory.with_file_name("mark"),
    );
    let orders = format!("{before}{}", case.orders(&told, &mark));
    let mut child = start(does, directory, &orders);
    if case.delays() {
        meet(&mut child, &mark, person);
    }
    finish(child, case.point, &told)
}

/// Has a person do something while a process waits for the first time, and lets it go on
/// then and whenever it waits again.
pub(crate) fn meet(child: &mut Child, mark: &Path, person: &mut dyn FnMut()) {
    let mut first = true;
    while waits(child, mark) {
        if first {
            person();
        }
        first = false;
        // It is killed or goes on.
        let _ = fs::remove_file(mark);
    }
}

/// Has a person do something while a process waits, once.
pub(crate) fn meet_once(child: &mut Child, mark: &Path, person: &mut dyn FnMut()) {
    if waits(child, mark) {
        person();
        // It goes on.
        let _ = fs::remove_file(mark);
    }
}

/// Waits until a process waits; whether it does. It may come to its end without.
fn waits(child: &mut Child, mark: &Path) -> bool {
    let begun = Instant::now();
    while !mark.exists() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(begun.elapsed().as_secs() < 60, "it neither waits nor ends");
        std::thread::park_timeout(Duration::from_micros(500));
    }
    true
}

pub(crate) fn finish(child: Child, point: &str, told: &Path) -> Ran {
    let output = child.wait_with_output().unwrap();
    let told = fs::read_to_string(told).unwrap_or_default();
    Ran {
        reached: told
            .lines()
            .any(|line| line.split(' ').next() == Some(point)),
        killed: output.status.signal() == Some(9),
        output,
    }
}

impl Ran {
    /// Everything it said.
    pub(crate) fn said(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "{}\n{}",
            text(&self.output.stdout),
            text(&self.output.stderr)
        )
    }
}

#[test]
#[ignore = "a helper; the tests run and kill it"]
fn a_process_that_passes_points() {
    let Some(does) = std::env::var_os(DOES) else {
        return; // somebody runs all ignored tests
    };
    let root: PathBuf = Path::new(".").canonicalize().unwrap();
    let said = match does.to_str().unwrap() {
        "land" => landing::lands(root, How::OnTop),
        "beside" => landing::lands(root, How::Beside),
        "fold" => landing::lands(root, How::Folded),
        "recover" => landing::recovers(&root),
        "write" => writing::writes(&root, false),
        "copy" => writing::writes(&root, true),
        "store" => database::opens(&root),
        "memo" => database::remembers(&root),
        "queue" => queue::works(&root),
        "fence" => queue::fences(&root),
        other => panic!("nobody knows how to {other}"),
    };
    println!("{said}");
}

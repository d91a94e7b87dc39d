//! What a process and a repository cost at a moment.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::ground::Ground;

const MIB: f64 = 1_048_576.0;

/// The state of an agent and of its repository; sizes in MiB.
pub(crate) struct Sample {
    seconds: f64,
    pub(crate) memory: f64,
    pub(crate) descriptors: usize,
    pub(crate) database: f64,
    pub(crate) log: f64,
    pub(crate) kept: f64,
    pub(crate) objects: f64,
}

impl Sample {
    pub(crate) fn take(ground: &Ground, pid: u32, begun: Instant) -> Self {
        let git = ground.sandbox.path(".git");
        let size =
            |name: &str| fs::metadata(git.join(name)).map_or(0.0, |about| about.len() as f64 / MIB);
        let (database, log) = (size("hive/hive.db"), size("hive/hive.db-wal"));
        Self {
            seconds: begun.elapsed().as_secs_f64(),
            memory: number(pid, "status", "VmRSS:") / 1024.0,
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count(),
            database,
            log,
            kept: below(&git.join("hive")) / MIB - database - log,
            objects: below(&git.join("objects")) / MIB,
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.0} s  memory {:6.1}  descriptors {:3}  database {:5.2}  log {:5.2}  kept {:5.2}  objects {:6.2}",
            self.seconds,
            self.memory,
            self.descriptors,
            self.database,
            self.log,
            self.kept,
            self.objects
        )
    }
}

/// What an agent does while there is nothing to do.
pub(crate) struct Idle {
    pub(crate) processor_percent: f64,
    pub(crate) wakeups_per_second: f64,
}

impl Idle {
    pub(crate) fn measure(pid: u32, length: Duration) -> Self {
        let before = (ticks(pid), switches(pid));
        let begun = Instant::now();
        std::thread::park_timeout(length);
        let seconds = begun.elapsed().as_secs_f64();
        let after = (ticks(pid), switches(pid));
        Self {
            // A tick is a hundredth of a second.
            processor_percent: (after.0 - before.0) / seconds,
            wakeups_per_second: (after.1 - before.1) / seconds,
        }
    }
}

/// The slope of the line that fits best (least squares), by the hour.
pub(crate) fn growth_per_hour(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (time, level) = (mean(&|one| one.seconds), mean(&|one| value(one)));
    let both: f64 = samples
        .iter()
        .map(|one| (one.seconds - time) * (value(one) - level))
        .sum();
    let square: f64 = samples.iter().map(|one| (one.seconds - time).powi(2)).sum();
    if square == 0.0 {
        0.0
    } else {
        both / square * 3600.0
    }
}

/// A number of a file of the process, behind a word.
fn number(pid: u32, file: &str, word: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// User and system time in ticks.
fn ticks(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// How often its threads went to sleep by themselves.
fn switches(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    threads
        .map(|thread| {
            let text = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.map_or(0.0, |value| value.trim().parse().unwrap())
        })
        .sum()
}

/// The bytes of all files below a directory.
fn below(directory: &Path) -> f64 {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => below(&entry.path()),
            Ok(about) => about.len() as f64,
            Err(_) => 0.0,
        })
        .sum()
}

//! How long this machine takes to make four kilobytes durable: the unit in which
//! a landing is to be read.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::figures::{Times, head};

pub(crate) fn measure(runs: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut appends, mut files) = (Times::default(), Times::default());
    let mut log = File::create(directory.path().join("log")).expect("a file");
    for run in 0..runs {
        let begun = Instant::now();
        log.write_all(&[7; 4096]).expect("a write");
        log.sync_data().expect("a flush");
        appends.push(begun.elapsed());
        let begun = Instant::now();
        let mut file = File::create(directory.path().join(run.to_string())).expect("a file");
        file.write_all(&[7; 4096]).expect("a write");
        file.sync_all().expect("a flush");
        files.push(begun.elapsed());
    }
    head("flush");
    appends.line("4 KiB appended, fdatasync", Duration::ZERO);
    files.line("4 KiB in a new file, fsync", Duration::ZERO);
}

//! What the agent takes while nothing happens.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::ground::Ground;
use crate::landing::messy;

const FILES: usize = 10_000;

pub(crate) fn measure(seconds: usize) {
    let ground = Ground::new(FILES)
        .with_hive("[worker]\nidle = \"1s\"\n")
        .watched();
    // It has worked before: the memory of a landing counts.
    let path = std::env::var("PATH").unwrap_or_default();
    ground.sandbox.write("pkg0/new.py", messy(0));
    // Just this one: a look at all the files may take longer than a save rests.
    ground.sandbox.git(&["add", "pkg0/new.py"]).expect(0);
    ground.commit("feat: a file", &path);
    let mine = ground.tip();
    ground.wait("a fix commit", || ground.tip() != mine);
    ground.settled();
    let process = Process::of(ground.pid());
    ground.wait("the end of the last worker", || process.children() == 0);
    // It gives memory back ten seconds after the last thing that happened, and wakes up for
    // that once.
    std::thread::sleep(Duration::from_secs(15));
    let before = process.usage();
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let after = process.usage();
    let ticks = after.ticks - before.ticks;
    println!(
        "{:<44} {:>10}",
        format!("idle, {FILES} files, {seconds} s"),
        ""
    );
    println!(
        "{:<44} {:>8.3} %",
        "  processor (ticks of 10 ms over the time)",
        ticks as f64 / seconds as f64
    );
    println!(
        "{:<44} {:>10}",
        "  times it woke up",
        after.switches - before.switches
    );
    println!(
        "{:<44} {:>6.1} MiB",
        "  memory (PSS)",
        process.memory("Pss:")
    );
    println!(
        "{:<44} {:>6.1} MiB",
        "    of it private",
        process.memory("Private_Dirty:")
    );
    println!("{:<44} {:>10}", "  threads", process.threads().len());
}

struct Process(PathBuf);

struct Usage {
    ticks: u64,
    switches: u64,
}

impl Process {
    fn of(pid: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{pid}")))
    }

    fn threads(&self) -> Vec<PathBuf> {
        fs::read_dir(self.0.join("task"))
            .expect("its threads")
            .flatten()
            .map(|entry| entry.path())
            .collect()
    }

    fn children(&self) -> usize {
        let of = |thread: PathBuf| fs::read_to_string(thread.join("children")).unwrap_or_default();
        self.threads()
            .into_iter()
            .map(|thread| of(thread).split_whitespace().count())
            .sum()
    }

    fn usage(&self) -> Usage {
        let stat = fs::read_to_string(self.0.join("stat")).expect("its times");
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let number = |at: usize| fields[at].parse::<u64>().expect("a number");
        Usage {
            // utime and stime, the 14th and 15th of proc(5).
            ticks: number(11) + number(12),
            switches: self
                .threads()
                .into_iter()
                .map(|thread| {
                    let status = fs::read_to_string(thread.join("status")).unwrap_or_default();
                    sum(&status, "voluntary_ctxt_switches:")
                })
                .sum(),
        }
    }

    /// A figure of its memory map, in MiB.
    fn memory(&self, name: &str) -> f64 {
        let map = fs::read_to_string(self.0.join("smaps_rollup")).expect("its memory");
        sum(&map, name) as f64 / 1024.0
    }
}

fn sum(text: &str, name: &str) -> u64 {
    text.lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter_map(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .sum()
}

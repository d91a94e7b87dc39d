//! How fast the queue is: rates with 1,000 and with 100,000 rows in it.
//!
//! `cargo bench --bench queue`, or with other numbers of rows: `-- 1000000`; `-- errands`
//! (with numbers of rows or without) measures work with an order instead. Every rate
//! is of whole operations with everything that they write: the task, the attempt, the
//! journal, and for fixes the fix. The second rate is per second of processor time,
//! over all threads: what is left of the first when nobody else uses the machine and
//! the disk does not wait (Linux; elsewhere it is not there).

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and measures"
)]

mod errands;

use std::time::{Duration, Instant};

use hive::queue::{Cause, Claimed, Done, Finish, FixClass, FixCount, NewFix, NewTask, Queue};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};

const LEASE: Duration = Duration::from_mins(10);

fn main() {
    let mut sizes: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let with_order = std::env::args().any(|argument| argument == "errands");
    if sizes.is_empty() && with_order {
        sizes = vec![1_000, 100_000, 1_000_000];
    } else if sizes.is_empty() {
        sizes = vec![1_000, 100_000];
    }
    if with_order {
        errands::measure(&sizes);
        return;
    }
    for rows in sizes {
        println!("{rows} rows");
        let (_home, queue) = open();

        let begun = now();
        for part in (0..rows).collect::<Vec<usize>>().chunks(1_000) {
            let work = part.iter().map(|n| task(*n)).collect();
            queue
                .take_in(Vec::new(), Vec::new(), work)
                .expect("taken in");
        }
        say("enqueue, 1,000 at a time", rows, begun);

        // A fifth of the rows one by one, the others in batches.
        let single = (rows / 10).min(5_000);
        let begun = now();
        for _ in 0..single {
            let claimed = queue.claim(Stage::Qa, "QA-1", 1, LEASE).expect("a claim");
            let token = claimed[0].token;
            queue.finish(token, Done::Clean, None).expect("an end");
        }
        say("claim and finish, 1 at a time", single, begun);

        let begun = now();
        for _ in 0..single {
            let claimed = queue.claim(Stage::Qa, "QA-1", 1, LEASE).expect("a claim");
            queue
                .finish(claimed[0].token, fixed(&claimed[0]), None)
                .expect("an end");
        }
        say("claim and finish with a fix, 1 at a time", single, begun);

        for (name, done) in [
            (
                "claim and finish, 256 at a time",
                (|_| Done::Clean) as fn(&Claimed) -> Done,
            ),
            ("claim and finish with a fix, 256 at a time", fixed),
        ] {
            let begun = now();
            let mut count = 0;
            while count < rows * 2 / 5 {
                let claimed = queue.claim(Stage::Qa, "QA-1", 256, LEASE).expect("claims");
                if claimed.is_empty() {
                    break;
                }
                count += claimed.len();
                let ends = claimed.iter().map(|one| Finish {
                    token: one.token,
                    done: done(one),
                    next: None,
                });
                queue.finish_many(ends.collect()).expect("ends");
            }
            say(name, count, begun);
        }
    }
}

/// A queue in a directory of its own.
fn open() -> (tempfile::TempDir, Queue) {
    let home = tempfile::tempdir().expect("a directory");
    let git = home.path().join(".git");
    std::fs::create_dir(&git).expect("a directory");
    std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("a file");
    let place = Place::at(home.path()).expect("a repository");
    let worktree = WorktreeId::of(&place).expect("an id");
    let queue = Queue::open(&place, worktree).expect("a queue");
    (home, queue)
}

fn now() -> (Instant, Option<f64>) {
    (Instant::now(), processor())
}

fn say(name: &str, count: usize, begun: (Instant, Option<f64>)) {
    let seconds = begun.0.elapsed().as_secs_f64();
    let rate = count as f64 / seconds;
    let used = begun.1.and_then(|then| Some(processor()? - then));
    // The system counts in steps of 10 ms.
    match used.filter(|used| *used >= 0.05) {
        Some(used) => println!(
            "  {name:<45} {rate:>9.0}/s {:>9.0}/s of processor time",
            count as f64 / used
        ),
        None => println!("  {name:<45} {rate:>9.0}/s"),
    }
}

/// The processor time that this process has used, in seconds.
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

fn oid(number: usize) -> Oid {
    format!("{number:040x}").parse().expect("an id")
}

fn task(number: usize) -> NewTask {
    // In the order of paths, as the files of a commit are taken in.
    let path = format!(
        "src/package_{:05}/module_{:03}.py",
        number / 100,
        number % 100
    );
    NewTask {
        stage: Stage::Qa,
        path: RepoPath::new(path).expect("a path"),
        cause: Cause::Commit,
        priority: Priority::Normal,
        tip: Some(oid(1)),
        blob: Some(oid(number + 10)),
        base: Some(oid(0)),
        commits: vec![oid(1)],
        run_at_ms: 0,
    }
}

fn fixed(claimed: &Claimed) -> Done {
    Done::Fixed(Box::new(NewFix {
        path: claimed.path.clone(),
        stage: claimed.stage,
        task: claimed.token.task,
        worker: "QA-1".to_owned(),
        burst: claimed.burst,
        tip: oid(1),
        before: oid(2),
        after: b"import os\n\n\ndef f(a, b):\n    return os.path.join(a, b)\n".repeat(20),
        counts: vec![FixCount {
            code: "F401".to_owned(),
            class: FixClass::Linter,
            count: 1,
        }],
        classes: vec![FixClass::Linter],
        ms: 10,
        commits: claimed.commits.clone(),
        asked: Vec::new(),
    }))
}

//! What looking costs over a long queue: 100,000 tasks and 5,000 questions.
//!
//! `cargo bench --bench people`, or with other numbers: `-- 1000 50`. Each figure stands
//! beside its limit, in one run; one that is over it ends the run with an error. Times of
//! commands are from their start to their end, that of the review from its start to its
//! first frame on a terminal; what the dashboard uses is processor time (Linux).

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and measures"
)]

use std::fs::File;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use hive::escalation::{Level, Question};
use hive::queue::{Cause, Done, NewTask, Queue, TaskId};
use hive::repo::{Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};
use hive_test_support::{Pty, Sandbox};

/// How often a command is run.
const RUNS: usize = 21;
/// In how many directories the files of the tasks are.
const DIRECTORIES: usize = 100;
/// For how long the dashboard is looked at.
const SPAN: Duration = Duration::from_secs(10);
/// How many entries are written to the journal in a second.
const EVENTS: u32 = 50;

fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let tasks = numbers.first().copied().unwrap_or(100_000);
    let questions = numbers.get(1).copied().unwrap_or(5_000);
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    // `status` asks which tools the files of the last tasks need.
    for at in tasks.saturating_sub(DIRECTORIES)..tasks {
        sandbox.write(path(at).as_str(), "x = 1\n");
    }
    sandbox.commit("begin");
    // Hooks or a drain would work the queue off.
    let place = Place::find(&sandbox.root()).expect("a repository");
    let queue = Queue::open(&place, WorktreeId::of(&place).expect("an id")).expect("a queue");
    seed(&queue, tasks, questions);
    println!("{tasks} tasks, {questions} questions");

    let mut sound = true;
    let mut say = |what: &str, value: f64, limit: f64, unit: &str| {
        let share = value / limit;
        println!("  {what:<44} {value:>8.2} {unit:<3} of {limit:>5.1}  ({share:.2})");
        sound &= value <= limit;
    };
    let runs = |args: &[&str]| {
        median(|begun| {
            sandbox.hive(args).expect(0);
            begun.elapsed()
        })
    };
    let start = runs(&["--version"]);
    println!("  {:<44} {start:>8.2} ms", "hive --version, for comparison");
    say("hive status", runs(&["status"]), 20.0, "ms");
    let short = ["status", "--short"];
    say("hive status --short", runs(&short), 5.0, "ms");
    let written = place.state_dir().join("hive.db-wal");
    let fresh = median(|_| {
        let file = File::options().append(true).open(&written);
        file.and_then(|file| file.set_modified(SystemTime::now()))
            .expect("touched");
        let begun = Instant::now();
        sandbox.hive(&short).expect(0);
        begun.elapsed()
    });
    println!("  {:<44} {fresh:>8.2} ms", "the same, just written to");
    let hive = |verb| sandbox.command(env!("CARGO_BIN_EXE_hive").as_ref(), &[verb]);
    let open = format!("{questions} questions are open");
    let opens = median(|begun| {
        let mut pty = Pty::start(hive("escalations"), 80, 24);
        pty.waits_for(&open);
        let opened = begun.elapsed();
        pty.types("q");
        pty.ends();
        opened
    });
    say("hive escalations, to its first frame", opens, 100.0, "ms");

    let mut monitor = Pty::start(hive("monitor"), 200, 50);
    monitor.waits_for("questions");
    let pid = monitor.pid();
    // What the start has left to do is done by then.
    std::thread::sleep(Duration::from_secs(1));
    if let Some(idle) = share_of_a_core(pid, || std::thread::sleep(SPAN)) {
        // The system counts in steps of 10 ms: one step may belong to the start.
        say("hive monitor, idle", idle, 0.1, "%");
    }
    if let Some(busy) = share_of_a_core(pid, || events(&queue)) {
        say("hive monitor, 50 entries a second", busy, 2.0, "%");
    }
    monitor.types("q");
    monitor.ends();
    if sound {
        ExitCode::SUCCESS
    } else {
        println!("over the limit");
        ExitCode::FAILURE
    }
}

/// The median time that a thing tells of itself, in milliseconds.
fn median(mut thing: impl FnMut(Instant) -> Duration) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| thing(Instant::now()).as_secs_f64() * 1_000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

/// How much of a core a process uses while something goes on, in percent.
fn share_of_a_core(pid: u32, meanwhile: impl FnOnce()) -> Option<f64> {
    let (begun, before) = (Instant::now(), processor(pid)?);
    meanwhile();
    let used = processor(pid)? - before;
    Some(used / begun.elapsed().as_secs_f64() * 100.0)
}

/// The processor time that a process has used, in seconds.
fn processor(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// Claims and finishes tasks for a while: two entries each.
fn events(queue: &Queue) {
    let step = Duration::from_secs(2) / EVENTS;
    let begun = Instant::now();
    let mut next = begun;
    while begun.elapsed() < SPAN {
        let lease = Duration::from_mins(10);
        for claimed in queue.claim(Stage::Qa, "QA-1", 1, lease).expect("a claim") {
            queue
                .finish(claimed.token, Done::Clean, None)
                .expect("an end");
        }
        next += step;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Fills the queue: four of ten tasks are over, the others wait.
/// The file that a task is about.
fn path(at: usize) -> RepoPath {
    RepoPath::new(format!("src/p{}/m{at}.py", at % DIRECTORIES)).expect("a path")
}

fn seed(queue: &Queue, tasks: usize, questions: usize) {
    for part in (0..tasks).collect::<Vec<_>>().chunks(5_000) {
        let work = part.iter().map(|at| NewTask {
            stage: Stage::Qa,
            path: path(*at),
            cause: Cause::Commit,
            priority: Priority::Normal,
            tip: None,
            blob: None,
            base: None,
            commits: Vec::new(),
            run_at_ms: 0,
        });
        queue
            .take_in(Vec::new(), Vec::new(), work.collect())
            .expect("taken in");
    }
    std::thread::scope(|scope| {
        for lane in 0..8 {
            scope.spawn(move || {
                let upto = i64::try_from(tasks).expect("a number");
                for id in (1..=upto).filter(|id| id % 8 == lane && id % 10 < 4) {
                    queue.cancel(TaskId(id)).expect("cancelled");
                }
            });
        }
    });
    for part in (0..questions).collect::<Vec<_>>().chunks(1_000) {
        let asked = part.iter().map(|at| Question {
            rule: ["E501", "E722", "F841", "F401"][at % 4].to_owned(),
            level: Level::ALL[at % 4],
            stage: Stage::Qa,
            path: path(*at),
            line: 10,
            column: 5,
            symbol: "f".to_owned(),
            snippet: format!("    x = {at}"),
            reason: "Line too long (120 > 88)".to_owned(),
            attempts: 1,
            worker: Some("QA-1".to_owned()),
            task: None,
            commit: None,
            patch: (at % 3 == 0).then(|| "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n".repeat(20)),
        });
        queue.raise(asked.collect()).expect("asked");
    }
}

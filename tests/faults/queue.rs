//! The queue while its database cannot be read or written: enqueue, claim, heartbeat,
//! finish, fail, recover and prune, each in a process of its own that says what it was
//! told.
//!
//! What was answered with success is in the database, and what was refused is not: no
//! half operation, and none that happened in spite of its error.

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use hive::queue::{Done, ErrorClass, NewTask, Owner, Queue, TaskFilter};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};
use hive_test_support::{Call, Fault, Sandbox, can_inject, inject};
use rusqlite::{Connection, OpenFlags};

/// Names the repository in which the child works.
const PLACE: &str = "HIVE_TEST_FAULTS_QUEUE";

fn oid(number: u32) -> Oid {
    format!("{number:040x}").parse().unwrap()
}

fn change(path: &str, number: u32) -> NewTask {
    NewTask {
        stage: Stage::Qa,
        path: RepoPath::new(path).unwrap(),
        cause: hive::queue::Cause::Commit,
        priority: Priority::Normal,
        tip: Some(oid(number)),
        blob: Some(oid(100 + number)),
        base: None,
        commits: vec![oid(number)],
        run_at_ms: 0,
    }
}

/// The half in the child: works, and says of each step whether it was done.
#[test]
#[ignore = "the half of the test below that runs while calls fail"]
fn child() {
    let Some(root) = std::env::var_os(PLACE) else {
        // Run with all that is ignored, without the other half.
        return;
    };
    let place = Place::at(root.as_ref()).unwrap();
    let mut told = String::new();
    let mut tell = |what: &str, done: bool| writeln!(told, "{what} {done}").unwrap();
    let worktree = WorktreeId::of(&place);
    let opened = worktree
        .map_err(drop)
        .and_then(|id| Queue::open(&place, id).map_err(drop));
    if let Ok(queue) = opened {
        let lease = Duration::from_mins(1);
        let work = (1..=4).map(|n| change(&format!("{n}.py"), n)).collect();
        tell("taken", queue.take_in(Vec::new(), Vec::new(), work).is_ok());
        let claimed = queue.claim(Stage::Qa, "QA-1", 3, lease);
        // Where nothing was taken in, nothing can be claimed.
        tell(
            "claimed",
            claimed.as_ref().is_ok_and(|claimed| claimed.len() == 3),
        );
        let tokens: Vec<_> = claimed
            .unwrap_or_default()
            .iter()
            .map(|one| one.token)
            .collect();
        tell("beat", queue.heartbeat(&tokens, lease).is_ok());
        if let [one, two, three] = tokens[..] {
            tell("finished", queue.finish(one, Done::Clean, None).is_ok());
            let class = ErrorClass::Permanent;
            tell(
                "failed",
                queue.fail(two, class, None, "syntax error").is_ok(),
            );
            tell("released", queue.release(&[three]).is_ok());
        }
        tell("listed", queue.list(&TaskFilter::default()).is_ok());
        let owner = Owner {
            boot: "boot".to_owned(),
            instance: "instance".to_owned(),
        };
        tell("recovered", queue.recover(&owner).is_ok());
    }
    // Not to standard output: the test harness writes there, too.
    std::fs::write(place.root.join("../told"), told).unwrap();
}

struct Case {
    sandbox: Sandbox,
    fault: Fault,
}

impl Case {
    /// Runs the child; says how many calls failed, and what is wrong.
    fn run(&self) -> (usize, Vec<String>) {
        let sandbox = &self.sandbox;
        for part in ["work/.git/hive", "told"] {
            let path = sandbox.directory().join(part);
            let _ = std::fs::remove_dir_all(&path);
            let _ = std::fs::remove_file(&path);
        }
        let below = sandbox.path(".git");
        let done = inject(self.child(), &below, self.fault);
        let mut wrong = Vec::new();
        if done.ran.code != Some(0) || done.hung {
            wrong.push(format!(
                "the child ended with {:?}\n{}",
                done.ran.code, done.ran.stdout
            ));
        }
        wrong.extend(self.judge(&done.failed));
        // The same process without a fault finds a queue that works. What the first one has
        // claimed is its own until somebody recovers, which is the last step.
        let again = sandbox.run_command(self.child());
        let said = self.said();
        let works = ["taken true", "listed true", "recovered true"]
            .iter()
            .all(|step| said.contains(step));
        if again.code != Some(0) || !works {
            wrong.push(format!("the retry ended with {:?}: {said}", again.code));
        }
        let text = |what| format!("{:?} {:?}: {what}", self.fault, done.failed.first());
        (done.failed.len(), wrong.into_iter().map(text).collect())
    }

    fn child(&self) -> Command {
        let this = std::env::current_exe().unwrap();
        let args = ["--exact", "queue::child", "--ignored"];
        let mut command = self.sandbox.command(&this, &args);
        command.env(PLACE, self.sandbox.root());
        command
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.sandbox.directory().join("told")).unwrap_or_default()
    }

    /// Compares what was said with what is there.
    fn judge(&self, failed: &[String]) -> Vec<String> {
        let path = self.sandbox.path(".git/hive/hive.db");
        if !path.exists() {
            let said = self.said();
            return if said.contains("true") {
                vec![format!("nothing is there of {said}")]
            } else {
                Vec::new()
            };
        }
        let database =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let check = database.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        if check.as_deref() != Ok("ok") {
            return vec![format!("integrity_check says {check:?} after {failed:?}")];
        }
        let said = self.said();
        let done = |step: &str| said.contains(&format!("{step} true"));
        let count = |what: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {what}");
            database.query_row(&sql, [], |row| row.get(0)).unwrap_or(0)
        };
        let facts = [
            ("taken", "tasks", 4),
            ("claimed", "tasks WHERE epoch = 1", 3),
            ("finished", "attempts WHERE outcome = 0", 1),
            ("finished", "tasks WHERE state = 4", 1),
            ("failed", "attempts WHERE outcome = 4", 1),
            ("failed", "tasks WHERE state = 5", 1),
            ("released", "attempts WHERE outcome = 6", 1),
        ];
        let mut wrong = Vec::new();
        for (step, what, wanted) in facts {
            let (there, wanted) = (count(what), if done(step) { wanted } else { 0 });
            if there != wanted {
                wrong.push(format!("{there} instead of {wanted} {what}, after\n{said}"));
            }
        }
        // A journal entry is written with its fact or not at all.
        let events: i64 = database
            .query_row(
                "SELECT coalesce(sum(length(body) - length(replace(body, '\"task-enqueued\"', ''))), 0)
                    / length('\"task-enqueued\"') FROM events",
                [],
                |row| row.get(0),
            )
            .unwrap_or(0);
        if events != count("tasks") {
            wrong.push(format!(
                "{events} journal entries for {} tasks",
                count("tasks")
            ));
        }
        wrong
    }
}

fn sweep(step: u32, call: Call, errors: &[(i32, bool)]) -> (u32, Vec<String>) {
    let mut case = Case {
        sandbox: Sandbox::repository(env!("CARGO_BIN_EXE_hive")),
        fault: Fault {
            call,
            nth: 0,
            errno: libc::EIO,
            lasting: false,
            about: "",
        },
    };
    let (mut cases, mut wrong) = (0, case.run().1);
    for (errno, lasting) in errors {
        for nth in (1..).step_by(step as usize) {
            case.fault = Fault {
                call,
                nth,
                errno: *errno,
                lasting: *lasting,
                about: "",
            };
            let (failed, found) = case.run();
            wrong.extend(found);
            if failed == 0 {
                break;
            }
            cases += 1;
        }
    }
    (cases, wrong)
}

fn all(step: u32) -> u32 {
    if !can_inject() {
        println!("skipped: this system does not let a process watch another's system calls");
        return 0;
    }
    let disk: &[(i32, bool)] = &[
        (libc::EIO, false),
        (libc::EIO, true),
        (libc::ENOSPC, false),
        (libc::ENOSPC, true),
    ];
    let mut total = 0;
    for (call, errors) in [
        (
            Call::Open,
            &[
                (libc::EMFILE, false),
                (libc::EMFILE, true),
                (libc::EIO, false),
            ][..],
        ),
        (Call::Write, &[disk, &[(libc::EINTR, false)]].concat()),
        (Call::Sync, disk),
        (Call::Change, disk),
    ] {
        let (cases, wrong) = sweep(step, call, errors);
        println!("queue {call:?}: {cases} cases, {} wrong", wrong.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        total += cases;
    }
    println!("queue: {total} faults");
    total
}

#[test]
fn a_refused_operation_has_not_happened_and_an_answered_one_has() {
    all(7);
}

#[test]
#[ignore = "takes a minute: run it with --release and --nocapture"]
fn every_call_of_the_queue_fails() {
    all(1);
}

//! Repositories with questions that are hours old, with a queue, workers and a past.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hive::clock;
use hive::escalation::{Level, Question};
use hive::queue::{
    Cause, Done, EscalationId, FixClass, FixCount, NewFix, NewPlan, NewStep, NewTask, Owner, Queue,
};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::review::{Action, Desk, act};
use hive::schedule::{Priority, Stage};

use crate::ground::Ground;

const HOUR: i64 = 3_600_000;

const LOAD: &str = "\
import json


def load(name):
    \"\"\"Reads a file,
    if it can.\"\"\"
    try:
        with open(name) as file:
            return json.load(file)  # all of it
    except:
        return None if name else 0x10
";

pub(super) fn place(ground: &Ground) -> Place {
    Place::find(&ground.sandbox.root()).unwrap()
}

fn queue(ground: &Ground) -> Queue {
    let place = place(ground);
    let worktree = WorktreeId::of(&place).unwrap();
    Queue::open(&place, worktree).unwrap()
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn question(rule: &str, level: Level, place: &str, line: u32, reason: &str) -> Question {
    Question {
        rule: rule.to_owned(),
        level,
        stage: Stage::Qa,
        path: path(place),
        line,
        column: 5,
        symbol: "load".to_owned(),
        snippet: "    except:".to_owned(),
        reason: reason.to_owned(),
        attempts: 1,
        worker: Some("QA-1".to_owned()),
        task: None,
        commit: None,
        patch: None,
    }
}

/// The clock of this process, which tests hold one at a time.
pub(super) static CLOCK: Mutex<()> = Mutex::new(());

/// Does something at a time so many hours ago.
fn ago<T>(hours: i64, what: impl FnOnce() -> T) -> T {
    let _held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock::hold_wall(None);
    let at = clock::wall_ms() - hours * HOUR - 60_000;
    clock::hold_wall(Some(at));
    let value = what();
    clock::hold_wall(None);
    value
}

/// A repository with a few questions that are hours old, so that no age changes while a
/// test looks.
pub(super) fn asked() -> Ground {
    let ground = Ground::bare();
    for name in ["src/load.py", "src/read.py", "legacy/old.py"] {
        ground.write(name, LOAD);
    }
    ground.sandbox.commit("feat: load");
    let commit: Oid = ground.head().parse().unwrap();
    let queue = queue(&ground);
    let bare = "Do not use bare `except`";
    ago(50, || {
        let mut old = question("E722", Level::Warning, "legacy/old.py", 10, bare);
        old.commit = Some(commit);
        queue.raise(vec![old]).unwrap();
    });
    ago(30, || {
        let desk = Desk::new(place(&ground), queue.clone());
        act(&desk, EscalationId(1), &Action::Dismiss, Some("not ours")).unwrap();
    });
    ago(26, || {
        let mut golden = question(
            "GR08",
            Level::Error,
            "src/load.py",
            10,
            "a bare `except` catches everything, interrupts too",
        );
        golden.stage = Stage::Golden;
        golden.commit = Some(commit);
        golden.patch = Some(
            "--- a/src/load.py\n+++ b/src/load.py\n@@ -7,5 +7,5 @@\n     try:\n         with \
             open(name) as file:\n             return json.load(file)  # all of it\n-    \
             except:\n+    except Exception:\n         return None if name else 0x10\n"
                .to_owned(),
        );
        queue.raise(vec![golden]).unwrap();
    });
    ago(5, || {
        let mut one = question("E722", Level::Warning, "src/load.py", 10, bare);
        one.commit = Some(commit);
        let mut two = question("E722", Level::Warning, "src/read.py", 10, bare);
        two.commit = Some(commit);
        queue.raise(vec![one, two]).unwrap();
    });
    ago(3, || {
        let died = "the worker died (was ended by signal 6) on this file, twice";
        let mut crash = question(
            "crash",
            Level::Critical,
            "src/deep/nested/module.py",
            0,
            died,
        );
        (crash.column, crash.symbol, crash.attempts) = (0, String::new(), 2);
        crash.snippet = String::new();
        let note = question(
            "TD002",
            Level::Info,
            "src/read.py",
            7,
            "Missing author in TODO",
        );
        queue.raise(vec![crash.clone(), note]).unwrap();
        queue.raise(vec![crash]).unwrap();
    });
    ground
}

/// The same with a queue, workers and a past.
pub(super) fn at_work() -> (Ground, Queue) {
    let ground = asked();
    let queue = queue(&ground);
    let task = |at: usize, priority| NewTask {
        stage: if at.is_multiple_of(3) {
            Stage::Golden
        } else {
            Stage::Qa
        },
        path: path(&format!("src/app/part_{at:02}.py")),
        cause: Cause::Commit,
        priority,
        tip: None,
        blob: None,
        base: None,
        commits: Vec::new(),
        run_at_ms: 0,
    };
    ago(2, || under_way(&queue));
    ago(2, || {
        queue.worker_started("QA-1", Stage::Qa, 11).unwrap();
        queue.worker_started("QA-2", Stage::Qa, 12).unwrap();
        queue.worker_started("GOLDEN-1", Stage::Golden, 13).unwrap();
        let work = (0..30).map(|at| match at {
            0..12 => task(at, Priority::High),
            12..26 => task(at, Priority::Normal),
            _ => task(at, Priority::Low),
        });
        queue
            .take_in(Vec::new(), Vec::new(), work.collect())
            .unwrap();
        queue
            .record(hive::journal::Event::Scaled {
                stage: Stage::Qa,
                from: 1,
                to: 2,
                waiting: 20,
            })
            .unwrap();
    });
    let held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock::hold_wall(None);
    let begun = clock::wall_ms() - 2 * HOUR;
    for (at, worker) in ["QA-1", "QA-2", "QA-1", "QA-1", "QA-2"].iter().enumerate() {
        let at = i64::try_from(at).unwrap();
        clock::hold_wall(Some(begun + at * 1_000));
        let lease = Duration::from_mins(10);
        let claimed = queue.claim(Stage::Qa, worker, 1, lease).unwrap().remove(0);
        clock::hold_wall(Some(begun + at * 1_000 + 8 + at * at * 7));
        let done = if at == 3 {
            Done::Clean
        } else {
            let oid: Oid = ground.head().parse().unwrap();
            Done::Fixed(Box::new(NewFix {
                path: claimed.path.clone(),
                stage: claimed.stage,
                task: claimed.token.task,
                worker: (*worker).to_owned(),
                burst: claimed.burst,
                tip: oid,
                before: oid,
                after: Vec::new(),
                counts: vec![FixCount {
                    code: "F401".to_owned(),
                    class: FixClass::Linter,
                    count: 2,
                }],
                classes: vec![FixClass::Linter],
                ms: 8,
                commits: Vec::new(),
                asked: Vec::new(),
            }))
        };
        queue.finish(claimed.token, done, None).unwrap();
    }
    clock::hold_wall(None);
    drop(held);
    ago(1, || {
        queue
            .worker_ended("QA-2", Stage::Qa, "no work is left for it")
            .unwrap();
    });
    let lease = Duration::from_mins(10);
    {
        let _held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
        queue.claim(Stage::Qa, "QA-1", 1, lease).unwrap();
    }
    (ground, queue)
}

/// A plan of which two of five steps are done.
fn under_way(queue: &Queue) {
    let step = |at: usize| NewStep {
        name: format!("page {at}"),
        stage: Stage::External,
        path: path(&format!("site/page_{at}")),
        kind: Some("docs".to_owned()),
        payload: None,
        rules: Vec::new(),
        priority: Priority::Low,
        needs: Vec::new(),
    };
    let plan = queue.create_plan(NewPlan {
        name: "docs".to_owned(),
        about: "the site anew".to_owned(),
        steps: (1..=5).map(step).collect(),
    });
    let plan = plan.unwrap();
    queue.approve_plan(plan).unwrap();
    queue.start_plan(plan).unwrap();
    let lease = Duration::from_mins(10);
    let claimed = queue.claim_kind("docs", "docs-1", &Owner::default(), 2, lease);
    for claimed in claimed.unwrap() {
        queue
            .finish(claimed.token, Done::Served(None), None)
            .unwrap();
    }
}

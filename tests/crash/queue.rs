//! Every operation of the queue in a fixed order, by a process that dies or fails in one
//! of them: what is there then is exactly what the operations before have left, or those
//! and that one, and the rest of them comes to the same end.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use hive::clock;
use hive::escalation::policy::Move;
use hive::escalation::{Ending, Escalation, Level, Precedent, Question, Words};
use hive::journal::Event;
use hive::queue::{
    Cause, DeclineKey, Done, ErrorClass, EscalationId, FixClass, FixCount, FixId, Inspected,
    Inspection, LandingKind, Mark, Need, NewErrand, NewFix, NewLanding, NewPlan, NewStep, NewTask,
    Owner, PlanId, Queue, TaskId, Token, ToolId,
};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::schedule::{Breaker, Priority, Stage};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::case::Case;
use crate::database::{bare, is_sound};
use crate::victim;

const LEASE: Duration = Duration::from_hours(240);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

type Step = (&'static str, fn(&Queue) -> hive::queue::Result<()>);

/// The operations, each with the point that it passes.
const STEPS: &[Step] = &[
    ("queue.mark", |queue| {
        let mark = Mark {
            reference: "refs/heads/main".to_owned(),
            oid: oid(1),
            log: "line".to_owned(),
        };
        queue.take_in(vec![mark], Vec::new(), Vec::new()).map(drop)
    }),
    ("queue.take-in", |queue| {
        let work = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| change(name, 2, 0));
        queue.take_in(Vec::new(), Vec::new(), work.into()).map(drop)
    }),
    ("queue.take-in", |queue| {
        let later = clock::wall_ms() + DAY_MS;
        let work = vec![change("a", 3, 0), change("later", 3, later)];
        queue.take_in(Vec::new(), Vec::new(), work).map(drop)
    }),
    ("queue.worker.started", |queue| {
        queue.worker_started("QA-1", Stage::Qa, 4242)
    }),
    ("queue.claim", |queue| {
        queue.claim(Stage::Qa, "QA-1", 6, LEASE).map(drop)
    }),
    ("queue.worker.beat", |queue| {
        queue.worker_beat("QA-1", Stage::Qa, Some(TaskId(1)))
    }),
    ("queue.heartbeat", |queue| {
        queue.heartbeat(&[token(1), token(2)], LEASE)
    }),
    ("queue.finish", |queue| {
        let done = Done::Fixed(Box::new(fix("a", 1)));
        queue.finish(token(1), done, Some(Stage::Golden)).map(drop)
    }),
    ("queue.finish", |queue| {
        let done = Done::Fixed(Box::new(fix("b", 2)));
        queue.finish(token(2), done, None).map(drop)
    }),
    ("queue.fail", |queue| {
        let tool = ToolId {
            tool: "black".to_owned(),
            version: "1".to_owned(),
        };
        queue
            .fail(token(3), ErrorClass::Permanent, Some(tool), "it failed")
            .map(drop)
    }),
    ("queue.defer", |queue| {
        queue
            .defer(token(4), "something is in the way", None)
            .map(drop)
    }),
    ("queue.wake-deferred", |queue| {
        queue.wake_deferred(None).map(drop)
    }),
    ("queue.release", |queue| queue.release(&[token(5)])),
    ("queue.promote", |queue| {
        queue.promote(clock::wall_ms() + 2 * DAY_MS).map(drop)
    }),
    ("queue.retry", |queue| queue.retry(TaskId(3)).map(drop)),
    ("queue.cancel", |queue| queue.cancel(TaskId(7))),
    ("queue.fix.defer", |queue| {
        queue.defer_fix(FixId(1), "the file was edited", "seen")
    }),
    ("queue.fix.ready", |queue| queue.ready_fix(FixId(1))),
    ("queue.fix.hold", |queue| {
        queue.hold_fix(FixId(2), "it is large")
    }),
    ("queue.landed", |queue| queue.landed(landing()).map(drop)),
    ("queue.fix.drop", |queue| {
        queue.drop_fix(FixId(2), "a person said no")
    }),
    ("queue.reowned", |queue| queue.reowned(&oid(50), &oid(51))),
    ("queue.raise", |queue| {
        queue.raise(vec![question("E1"), question("E2")]).map(drop)
    }),
    ("queue.answer", |queue| {
        queue
            .move_escalation(EscalationId(1), Move::Dismiss, Some("no"))
            .map(drop)
    }),
    ("queue.resolve", |queue| {
        queue.resolve_absent(&path("h"), Stage::Qa, &[]).map(drop)
    }),
    ("queue.lend", |queue| {
        let patch = Some("a patch".to_owned());
        queue.lend(vec![(EscalationId(1), Level::Error, patch)])
    }),
    ("queue.inspect.later", |queue| {
        queue.inspect_later(inspection())
    }),
    ("queue.inspect.begin", |queue| {
        queue.begin_inspection("refs/heads/main").map(drop)
    }),
    ("queue.inspect.end", |queue| {
        let found = Inspected {
            asked: vec![Question {
                stage: Stage::Golden,
                ..question("GR07")
            }],
            ..Inspected::default()
        };
        queue.end_inspection(&inspection(), found, Vec::new())
    }),
    ("queue.own", |queue| {
        queue.own(vec![(EscalationId(1), "Ada".to_owned())])
    }),
    ("queue.restore", |queue| {
        let before = queue.escalation(EscalationId(1))?;
        before.map_or(Ok(()), |before| {
            let before = Escalation {
                note: Some("another".to_owned()),
                ..before
            };
            queue.restore_escalation(&before)
        })
    }),
    ("queue.teach", |queue| queue.teach(&lesson(), &words())),
    ("queue.unlearn", |queue| queue.unlearn(EscalationId(1))),
    ("queue.learnt", |queue| queue.learnt(EscalationId(2))),
    ("queue.landed-by-hand", |queue| {
        let landing = NewLanding {
            tip_after: oid(61),
            commits: vec![(oid(61), Stage::Qa)],
            fixes: Vec::new(),
            ..landing()
        };
        queue.landed_by_hand(landing, Vec::new()).map(drop)
    }),
    ("queue.decline", |queue| {
        let key = DeclineKey {
            path: path("h"),
            rule: "F401".to_owned(),
            symbol: String::new(),
            text_hash: "hash".to_owned(),
        };
        queue.decline(&key, "reverted")
    }),
    ("queue.forget-declines", |queue| {
        queue.forget_declines("reverted")
    }),
    ("queue.lease", |queue| {
        queue.lease(vec![path("h")], 60_000).map(drop)
    }),
    ("queue.release-lease", |queue| {
        queue.release_leases(None).map(drop)
    }),
    ("queue.breaker.save", |queue| {
        let open = Breaker::Open {
            until_ms: 0,
            openings: 1,
        };
        queue.save_breaker(&black(), &open)
    }),
    ("queue.breaker.admit", |queue| {
        queue.admit(&black()).map(drop)
    }),
    ("queue.breaker.ran", |queue| {
        queue.ran(&black(), true).map(drop)
    }),
    ("queue.errands", |queue| {
        let needs = [vec![], vec![Need::Nth(0)], vec![]];
        let errands = ["a", "b", "c"].into_iter().zip(needs);
        let errands = errands.map(|(name, needs)| errand(name, needs));
        queue.enqueue(errands.collect()).map(drop)
    }),
    ("queue.require", |queue| {
        queue.require(about(queue, "c"), about(queue, "b"))
    }),
    ("queue.worker.register", |queue| {
        queue.register("D-1", "docs", 4243)
    }),
    ("queue.claim.kind", |queue| {
        queue
            .claim_kind("docs", "D-1", &other(), 1, LEASE)
            .map(drop)
    }),
    ("queue.finish", |queue| {
        let claim = token(about(queue, "a").0);
        let done = Done::Served(Some("it is so".to_owned()));
        queue.finish(claim, done, None).map(drop)
    }),
    ("queue.cancel", |queue| queue.cancel(about(queue, "b"))),
    ("queue.forget", |queue| queue.forget(about(queue, "a"))),
    ("queue.plan.create", |queue| {
        queue.create_plan(plan()).map(drop)
    }),
    ("queue.plan.approve", |queue| queue.approve_plan(PlanId(1))),
    ("queue.plan.start", |queue| {
        queue.start_plan(PlanId(1)).map(drop)
    }),
    ("queue.plan.pause", |queue| queue.pause_plan(PlanId(1))),
    ("queue.plan.resume", |queue| queue.resume_plan(PlanId(1))),
    ("queue.plan.cancel", |queue| {
        queue.cancel_plan(PlanId(1)).map(drop)
    }),
    ("queue.pause", |queue| queue.pause("later")),
    ("queue.resume", |queue| queue.resume().map(drop)),
    ("queue.gate", |queue| queue.set_gate(Some("git is at work"))),
    ("queue.record", |queue| {
        queue.record(Event::Problem {
            message: "something".to_owned(),
        })
    }),
    ("queue.worker.ended", |queue| {
        queue.worker_ended("QA-1", Stage::Qa, "idle")
    }),
    ("queue.recover", |queue| {
        let owner = Owner {
            boot: "another".to_owned(),
            instance: "another".to_owned(),
        };
        queue.recover(&owner).map(drop)
    }),
    ("queue.prune", |queue| {
        queue.prune(clock::wall_ms() + 30 * DAY_MS).map(drop)
    }),
];

fn oid(number: u32) -> Oid {
    format!("{number:040x}").parse().unwrap()
}

fn path(name: &str) -> RepoPath {
    RepoPath::new(format!("{name}.py")).unwrap()
}

/// The token of the only claim of a task.
fn token(task: i64) -> Token {
    Token {
        task: TaskId(task),
        epoch: 1,
    }
}

/// The newest errand about something.
fn about(queue: &Queue, name: &str) -> TaskId {
    let path = RepoPath::new(format!("docs:{name}")).unwrap();
    queue.tasks_of(&path, 1).unwrap()[0].id
}

/// A program with workers of its own.
fn other() -> Owner {
    Owner {
        boot: "boot".to_owned(),
        instance: "another program".to_owned(),
    }
}

fn errand(name: &str, needs: Vec<Need>) -> NewErrand {
    NewErrand {
        stage: Stage::External,
        path: RepoPath::new(format!("docs:{name}")).unwrap(),
        kind: Some("docs".to_owned()),
        payload: Some("all".to_owned()),
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs,
        run_at_ms: 0,
        max_attempts: 3,
    }
}

fn plan() -> NewPlan {
    let step = |name: &str, needs| NewStep {
        name: name.to_owned(),
        stage: Stage::Qa,
        path: path(name),
        kind: None,
        payload: None,
        rules: vec!["F401".to_owned()],
        priority: Priority::Low,
        needs,
    };
    NewPlan {
        name: "two".to_owned(),
        about: "y after x".to_owned(),
        steps: vec![step("x", vec![]), step("y", vec![0])],
    }
}

fn black() -> ToolId {
    ToolId {
        tool: "black".to_owned(),
        version: "1".to_owned(),
    }
}

fn change(name: &str, number: u32, run_at_ms: i64) -> NewTask {
    NewTask {
        stage: Stage::Qa,
        path: path(name),
        cause: Cause::Commit,
        priority: Priority::Normal,
        tip: Some(oid(number)),
        blob: Some(oid(100 + number)),
        base: Some(oid(number - 1)),
        commits: vec![oid(number)],
        run_at_ms,
    }
}

fn fix(name: &str, task: i64) -> NewFix {
    NewFix {
        path: path(name),
        stage: Stage::Qa,
        task: TaskId(task),
        worker: "QA-1".to_owned(),
        burst: None,
        tip: oid(3),
        before: oid(103),
        after: b"fixed\n".to_vec(),
        counts: vec![FixCount {
            code: "F401".to_owned(),
            class: FixClass::Linter,
            count: 2,
        }],
        classes: vec![FixClass::Linter],
        ms: 12,
        commits: vec![oid(3)],
        asked: Vec::new(),
    }
}

fn landing() -> NewLanding {
    NewLanding {
        commits: vec![(oid(50), Stage::Qa)],
        tip_before: oid(3),
        tip_after: oid(50),
        reference: "refs/heads/main".to_owned(),
        mode: "direct".to_owned(),
        kind: LandingKind::Own,
        instead_of: None,
        fixes: vec![FixId(1)],
        held_us: 200,
    }
}

fn lesson() -> Precedent {
    Precedent {
        escalation: EscalationId(1),
        rule: "E1".to_owned(),
        path: path("h"),
        symbol: "f".to_owned(),
        message: "wrong".to_owned(),
        code: "x".to_owned(),
        ending: Ending::Gone,
        note: None,
        patch: None,
        at_ms: 1,
    }
}

fn words() -> Words {
    let word = || "x".to_owned();
    Words {
        rule: word(),
        message: word(),
        line: word(),
        around: word(),
        shape: word(),
    }
}

fn question(rule: &str) -> Question {
    Question {
        rule: rule.to_owned(),
        level: Level::Warning,
        stage: Stage::Qa,
        path: path("h"),
        line: 3,
        column: 1,
        symbol: "f".to_owned(),
        snippet: "x".to_owned(),
        reason: "it cannot be fixed".to_owned(),
        attempts: 1,
        worker: Some("QA-1".to_owned()),
        task: None,
        commit: Some(oid(1)),
        patch: None,
    }
}

fn inspection() -> Inspection {
    Inspection {
        reference: "refs/heads/main".to_owned(),
        tip: oid(2),
        source: Some(oid(2)),
        bases: vec![oid(1)],
    }
}

fn open(root: &Path) -> Queue {
    let place = Place::at(root).unwrap();
    let worktree = WorktreeId::of(&place).unwrap();
    Queue::open(&place, worktree).unwrap()
}

/// What is in the database after each operation, before the first one first.
pub(crate) struct Course(Vec<String>);

pub(crate) fn undisturbed() -> Course {
    let bare = bare();
    let queue = open(&bare.root);
    let mut dumps = vec![dump(&bare.root)];
    for (name, step) in STEPS {
        step(&queue).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let now = dump(&bare.root);
        let timely = ["queue.worker.beat", "queue.heartbeat"].contains(name);
        assert!(
            timely || Some(&now) != dumps.last(),
            "{name} changes nothing"
        );
        dumps.push(now);
    }
    Course(dumps)
}

pub(crate) fn run(case: &Case, course: &Course) -> bool {
    let bare = bare();
    let ran = victim::run("queue", &bare.root, case, "", &mut || {});
    let name = format!("{case}\n{}", ran.said());
    if ran.reached && case.kills() {
        assert!(ran.killed, "{name}");
    }
    let said = ran.said();
    let done = said
        .lines()
        .filter(|line| line.contains("did queue."))
        .count();
    if !ran.reached {
        assert_eq!(done, STEPS.len(), "{name}");
    }
    let behind =
        ran.reached && (case.point.strip_suffix(".done").is_some() || case.point == "queue.vacuum");
    let there = done + usize::from(behind);
    let file = bare.root.join(".git/hive/hive.db");
    let queue = open(&bare.root);
    is_sound(&file, &name);
    same(&dump(&bare.root), &course.0[there], &name);
    for (step, act) in &STEPS[there..] {
        act(&queue).unwrap_or_else(|error| panic!("{step} after {name}: {error:?}"));
    }
    same(&dump(&bare.root), course.0.last().unwrap(), &name);
    ran.reached
}

#[track_caller]
fn same(found: &str, expected: &str, name: &str) {
    let only = |one: &str, other: &str| {
        let other: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !other.contains(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        found == expected,
        "{name}\nthere is\n{}\nexpected is\n{}",
        only(found, expected),
        only(expected, found)
    );
}

/// What the process does that works with the queue.
pub(crate) fn works(root: &Path) -> String {
    let queue = open(root);
    for (name, step) in STEPS {
        if let Err(error) = step(&queue) {
            return format!("{name} failed: {error:?}");
        }
        println!("did {name}");
    }
    "everything".to_owned()
}

/// What the process does whose first worker is given up and comes back when the second
/// one has the task.
pub(crate) fn fences(root: &Path) -> String {
    let queue = open(root);
    let work = vec![change("a", 2, 0)];
    queue.take_in(Vec::new(), Vec::new(), work).unwrap();
    let lease = Duration::from_millis(1);
    let first = queue.claim(Stage::Qa, "QA-1", 1, lease).unwrap().remove(0);
    // Its lease is over, and so is the wait before the next attempt.
    queue.promote(clock::wall_ms() + DAY_MS).unwrap();
    queue.promote(clock::wall_ms() + DAY_MS).unwrap();
    let second = queue.claim(Stage::Qa, "QA-2", 1, LEASE).unwrap().remove(0);
    let first = queue.finish(first.token, Done::Clean, None).unwrap();
    let second = queue.finish(second.token, Done::Clean, None).unwrap();
    format!("first word: {first:?}\nsecond word: {second:?}")
}

/// Every row of every table of the queue, without what differs between runs: times,
/// and the work tree's random id.
fn dump(root: &Path) -> String {
    let file = root.join(".git/hive/hive.db");
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let worktree = WorktreeId::of(&Place::at(root).unwrap()).unwrap();
    let mut tables = database
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'memo%'
             ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut text = String::new();
    for table in tables {
        let mut rows = database
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            write!(text, "{table}").unwrap();
            for (column, name) in names.iter().enumerate() {
                let value = match row.get_ref(column).unwrap() {
                    ValueRef::Null => "-".to_owned(),
                    // How long a plan was executing is a time, and a short one here.
                    ValueRef::Integer(_) if name == "worked" => "T".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => format!("{bytes:?}"),
                };
                write!(
                    text,
                    " {}",
                    timeless(&value.replace(worktree.as_str(), "W"))
                )
                .unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// Times are numbers of 13 digits; how long something took is a field of its own.
fn timeless(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (head, tail) = rest.split_at(at);
        let end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        text.push_str(head);
        let took = head.ends_with("\"ms\":");
        text.push_str(if number.len() == 13 || took {
            "T"
        } else {
            number
        });
        rest = tail;
    }
    text + rest
}

//! What the operations are given.

use hive::escalation::{Ending, Level, Precedent, Question, Words};
use hive::queue::{
    Cause, EscalationId, FixClass, FixCount, FixId, Inspection, LandingKind, Need, NewErrand,
    NewFix, NewLanding, NewPlan, NewStep, NewTask, Owner, Queue, TaskId, Token, ToolId,
};
use hive::repo::{Oid, RepoPath};
use hive::schedule::{Priority, Stage};

pub(super) fn oid(number: u32) -> Oid {
    format!("{number:040x}").parse().unwrap()
}

pub(super) fn path(name: &str) -> RepoPath {
    RepoPath::new(format!("{name}.py")).unwrap()
}

/// The token of the only claim of a task.
pub(super) fn token(task: i64) -> Token {
    Token {
        task: TaskId(task),
        epoch: 1,
    }
}

/// The newest errand about something.
pub(super) fn about(queue: &Queue, name: &str) -> TaskId {
    let path = RepoPath::new(format!("docs:{name}")).unwrap();
    queue.tasks_of(&path, 1).unwrap()[0].id
}

/// A program with workers of its own.
pub(super) fn other() -> Owner {
    Owner {
        boot: "boot".to_owned(),
        instance: "another program".to_owned(),
    }
}

pub(super) fn errand(name: &str, needs: Vec<Need>) -> NewErrand {
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

pub(super) fn plan() -> NewPlan {
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

pub(super) fn black() -> ToolId {
    ToolId {
        tool: "black".to_owned(),
        version: "1".to_owned(),
    }
}

pub(super) fn change(name: &str, number: u32, run_at_ms: i64) -> NewTask {
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

pub(super) fn fix(name: &str, task: i64) -> NewFix {
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

pub(super) fn landing() -> NewLanding {
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

pub(super) fn lesson() -> Precedent {
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

pub(super) fn words() -> Words {
    let word = || "x".to_owned();
    Words {
        rule: word(),
        message: word(),
        line: word(),
        around: word(),
        shape: word(),
    }
}

pub(super) fn question(rule: &str) -> Question {
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

pub(super) fn inspection() -> Inspection {
    Inspection {
        reference: "refs/heads/main".to_owned(),
        tip: oid(2),
        source: Some(oid(2)),
        bases: vec![oid(1)],
    }
}

//! The queue on a real database.

mod again;
mod claims;
mod counts;
mod errands;
mod fixes;
mod inspections;
mod intake;
mod people;
mod plan_ends;
mod plans;
mod writing;

use std::time::Duration;

use super::*;
use crate::clock;
use crate::escalation::{Level, Question};
use crate::journal::Event;
use crate::repo::{Oid, Place, RepoPath, WorktreeId};
use crate::schedule::{Priority, Stage};

const LEASE: Duration = Duration::from_mins(1);

/// A repository with a queue.
struct World {
    _home: tempfile::TempDir,
    place: Place,
    queue: Queue,
}

fn world() -> World {
    let home = tempfile::tempdir().unwrap();
    let git = home.path().join(".git");
    std::fs::create_dir(&git).unwrap();
    std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    let place = Place::at(home.path()).unwrap();
    let worktree = WorktreeId::of(&place).unwrap();
    let queue = Queue::open(&place, worktree).unwrap();
    World {
        _home: home,
        place,
        queue,
    }
}

fn oid(number: u32) -> Oid {
    format!("{number:040x}").parse().unwrap()
}

fn path(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

/// The change of a file in commit `n`, whose content is blob `100 + n` and whose parent
/// is commit `n - 1`.
fn change(name: &str, n: u32) -> NewTask {
    NewTask {
        stage: Stage::Qa,
        path: path(name),
        cause: Cause::Commit,
        priority: Priority::Normal,
        tip: Some(oid(n)),
        blob: Some(oid(100 + n)),
        base: Some(oid(n - 1)),
        commits: vec![oid(n)],
        run_at_ms: 0,
    }
}

fn save(name: &str) -> NewTask {
    NewTask {
        cause: Cause::Save,
        tip: None,
        blob: None,
        base: None,
        commits: Vec::new(),
        ..change(name, 1)
    }
}

impl World {
    fn take(&self, work: Vec<NewTask>) -> Taken {
        self.queue.take_in(Vec::new(), Vec::new(), work).unwrap()
    }

    fn claim(&self, max: usize) -> Vec<Claimed> {
        self.queue.claim(Stage::Qa, "QA-1", max, LEASE).unwrap()
    }

    /// Takes in one change and claims it.
    fn claimed(&self, name: &str, n: u32) -> Claimed {
        self.take(vec![change(name, n)]);
        self.claim(1).remove(0)
    }

    fn state(&self, id: TaskId) -> TaskState {
        self.queue.show(id).unwrap().unwrap().task.state
    }

    /// The same database, as the next agent opens it.
    fn again(&self) -> Queue {
        let worktree = self.queue.worktree().clone();
        Queue::open(&self.place, worktree).unwrap()
    }
}

fn fix(claimed: &Claimed, after: &[u8]) -> NewFix {
    NewFix {
        path: claimed.path.clone(),
        stage: claimed.stage,
        task: claimed.token.task,
        worker: "QA-1".to_owned(),
        burst: claimed.burst,
        tip: claimed.tip.unwrap(),
        before: claimed.blob.unwrap(),
        after: after.to_vec(),
        counts: vec![
            FixCount {
                code: "F401".to_owned(),
                class: FixClass::Linter,
                count: 2,
            },
            FixCount {
                code: "format".to_owned(),
                class: FixClass::Same,
                count: 1,
            },
        ],
        classes: vec![FixClass::Same, FixClass::Linter],
        ms: 12,
        commits: claimed.commits.clone(),
        asked: Vec::new(),
    }
}

fn fixed(claimed: &Claimed, after: &[u8]) -> Done {
    Done::Fixed(Box::new(fix(claimed, after)))
}

fn question(rule: &str, name: &str, snippet: &str) -> Question {
    Question {
        rule: rule.to_owned(),
        level: Level::Warning,
        stage: Stage::Qa,
        path: path(name),
        line: 3,
        column: 1,
        symbol: "f".to_owned(),
        snippet: snippet.to_owned(),
        reason: "it cannot be fixed".to_owned(),
        attempts: 1,
        worker: Some("QA-1".to_owned()),
        task: None,
        commit: Some(oid(1)),
        patch: None,
    }
}

//! Tasks: made, looked at, ordered about, forgotten.

use super::error::{ClientError, Result};
use super::{Client, Errand, Prerequisite, Priority, Stage, Task, TaskId, TaskState};
use crate::clock;
use crate::queue::{Cause, Need, NewErrand, QueueError, TaskFilter};
use crate::repo::RepoPath;

/// How many attempts a task has if nothing else is said.
const ATTEMPTS: u32 = 3;

/// A task that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask(pub(super) NewErrand);

impl NewTask {
    /// Work of a kind for a worker that registers for it. The subject says what it is
    /// about, such as `site/index`; two of one kind and subject never run at once.
    pub fn external(kind: &str, subject: &str) -> Result<Self> {
        let path = about(kind, subject)?;
        Ok(Self(NewErrand {
            kind: Some(kind.to_owned()),
            ..blank(Stage::External, path)
        }))
    }

    /// A whole file that hive's own workers are to fix as it is committed when its turn
    /// comes; the fix lands like all others. Only these rules, or all if there are none:
    /// those of the tools at [`Stage::Qa`], Golden Rules at [`Stage::Golden`].
    pub fn fix(stage: Stage, path: &str, rules: &[&str]) -> Result<Self> {
        let path = RepoPath::new(path).map_err(|_| ClientError::Subject(path.to_owned()))?;
        Ok(Self(NewErrand {
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            ..blank(stage, path)
        }))
    }

    /// What its worker is told.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<String>) -> Self {
        self.0.payload = Some(payload.into());
        self
    }

    /// Not before another one has ended well. If that one ends badly, this one is cancelled.
    #[must_use]
    pub fn after(mut self, task: TaskId) -> Self {
        self.0.needs.push(Need::Task(task));
        self
    }

    /// The same for one that is created in the same call, by its place there.
    #[must_use]
    pub fn after_nth(mut self, nth: usize) -> Self {
        self.0.needs.push(Need::Nth(nth));
        self
    }

    /// How much it matters; normal if nothing is said.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.0.priority = priority;
        self
    }

    /// Not before a time, in milliseconds since the epoch.
    #[must_use]
    pub fn not_before_ms(mut self, at_ms: i64) -> Self {
        self.0.run_at_ms = at_ms;
        self
    }

    /// How many attempts it has; 3 if nothing is said.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.0.max_attempts = most.max(1);
        self
    }
}

/// What work of a kind is about, as it stands in the place of a path.
pub(super) fn about(kind: &str, subject: &str) -> Result<RepoPath> {
    RepoPath::new(subject)
        .and_then(|subject| RepoPath::new(format!("{kind}:{}", subject.as_str())))
        .map_err(|_| ClientError::Subject(subject.to_owned()))
}

fn blank(stage: Stage, path: RepoPath) -> NewErrand {
    NewErrand {
        stage,
        path,
        kind: None,
        payload: None,
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs: Vec::new(),
        run_at_ms: clock::wall_ms(),
        max_attempts: ATTEMPTS,
    }
}

/// What a program may make of a task; what a worker makes of it, [`Worker`](super::Worker)
/// says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody wants it: it ends, and so do those that wait for it.
    Cancelled,
    /// It is wanted again after it was dead or cancelled: a new task takes it up.
    Again,
}

/// The tasks of a repository.
#[derive(Debug)]
pub struct Tasks<'c> {
    pub(super) client: &'c Client,
}

impl Tasks<'_> {
    /// Makes a task.
    pub fn create(&self, task: NewTask) -> Result<TaskId> {
        let made = self.create_all(vec![task])?;
        made.first()
            .copied()
            .ok_or_else(|| ClientError::Queue(QueueError::Closed))
    }

    /// Makes tasks, all or none, and returns their ids in the same order. Much faster than
    /// one by one. Those of hive's own stages wake it.
    pub fn create_all(&self, tasks: Vec<NewTask>) -> Result<Vec<TaskId>> {
        let errands: Vec<NewErrand> = tasks.into_iter().map(|task| task.0).collect();
        let own = errands.iter().any(|one| one.stage != Stage::External);
        let made = self.client.queue().enqueue(errands)?;
        if own {
            self.client.nudge_if_possible();
        }
        Ok(made)
    }

    /// A task; `None` if there is none of this id, or none any more.
    pub fn get(&self, id: TaskId) -> Result<Option<Task>> {
        Ok(self.client.queue().task(id)?)
    }

    /// What it was told, what was answered, and to which plan it belongs.
    pub fn errand(&self, id: TaskId) -> Result<Errand> {
        Ok(self.client.queue().errand(id)?)
    }

    /// Gives a task another status. Returns the task that counts from now on: the same, or
    /// the one that takes it up again. It is an error if its state does not allow it.
    pub fn update(&self, id: TaskId, status: Status) -> Result<TaskId> {
        match status {
            Status::Cancelled => {
                self.client.queue().cancel(id)?;
                Ok(id)
            }
            Status::Again => Ok(self.client.queue().retry(id)?),
        }
    }

    /// The tasks in a state, by its name (`ready`, `running`, `scheduled`, `deferred`,
    /// `blocked`, `done`, `dead`, `superseded`, `cancelled`), in the order in which they
    /// will be claimed, at most so many. Another name is an error.
    pub fn list(&self, state: &str, limit: usize) -> Result<Vec<Task>> {
        if !TaskState::NAMES.contains(&state) {
            return Err(ClientError::State(state.to_owned()));
        }
        self.filtered(&[state], limit)
    }

    /// The tasks that have not begun, in the order in which they will be claimed, at most
    /// so many.
    pub fn queued(&self, limit: usize) -> Result<Vec<Task>> {
        self.filtered(&["ready", "scheduled", "deferred", "blocked"], limit)
    }

    fn filtered(&self, states: &[&str], limit: usize) -> Result<Vec<Task>> {
        let filter = TaskFilter {
            states: states.iter().map(|state| (*state).to_owned()).collect(),
            limit: Some(limit),
            ..TaskFilter::default()
        };
        Ok(self.client.queue().list(&filter)?)
    }

    /// Forgets a task that has ended, with its attempts. One of a plan is forgotten with the
    /// plan, and dead letters of hive's own with their successor: for those it is an error.
    pub fn delete(&self, id: TaskId) -> Result<()> {
        Ok(self.client.queue().forget(id)?)
    }

    /// Lets a task that has not begun wait for one more. It is an error if that one waits
    /// for it, too: the error names the circle.
    pub fn require(&self, task: TaskId, need: TaskId) -> Result<()> {
        Ok(self.client.queue().require(task, need)?)
    }

    /// What each of these tasks waits for, in one look.
    pub fn prerequisites(&self, tasks: &[TaskId]) -> Result<Vec<(TaskId, Vec<Prerequisite>)>> {
        Ok(self.client.queue().prerequisites(tasks)?)
    }

    /// Whether everything that a task waited for has ended well.
    pub fn prerequisites_met(&self, task: TaskId) -> Result<bool> {
        if self.get(task)?.is_none() {
            let (what, id) = ("task", task.0);
            return Err(QueueError::Unknown { what, id }.into());
        }
        let found = self.prerequisites(&[task])?;
        Ok(found
            .iter()
            .all(|(_, needs)| needs.iter().all(|need| need.met)))
    }
}

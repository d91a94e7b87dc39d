//! What happens to the queue and to the model, and what each says of it.

use std::time::Duration;

use hive::queue::{
    AfterFailure, Cause, Claimed, Done, ErrorClass, Fenced, NewTask, TaskId, TaskState, Token,
};
use hive::schedule::Stage;

use super::{LEASE_MS, World, oid, path};
use crate::model::{Content, State, Taken};

impl World {
    pub(super) fn take(&mut self, number: usize, stage: Stage, content: Content, delay: i64) {
        let run_at = if delay == 0 { 0 } else { self.now + delay };
        let committed = content.cause != Cause::Save;
        let new = NewTask {
            stage,
            path: path(number),
            cause: content.cause,
            priority: content.priority,
            tip: committed.then(|| oid(1)),
            blob: content.blob.map(oid),
            base: None,
            commits: Vec::new(),
            run_at_ms: run_at,
        };
        let taken = self
            .queue()
            .take_in(Vec::new(), Vec::new(), vec![new])
            .unwrap();
        let model = self.model.take((number, stage), content, run_at, self.now);
        let told = match (taken.enqueued, taken.folded, taken.parked) {
            (1, 0, 0) => Taken::New,
            (0, 1, 0) => Taken::Folded,
            (0, 0, 1) => Taken::Parked,
            other => panic!("one change came in as {other:?}"),
        };
        assert_eq!(told, model);
    }

    pub(super) fn claim(&mut self, stage: Stage, max: usize) -> Vec<Claimed> {
        let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
        let claimed = self.queue().claim(stage, "W-1", max, lease).unwrap();
        let model = self
            .model
            .claim(stage, max, self.now + LEASE_MS, self.agent);
        let ids: Vec<i64> = claimed.iter().map(|one| one.token.task.0).collect();
        assert_eq!(ids, model, "the order of a claim");
        for one in &claimed {
            let model = &self.model.tasks[&one.token.task.0];
            assert_eq!((one.token.epoch, one.attempt), (model.epoch, model.attempt));
        }
        self.tokens.extend(claimed.iter().map(|one| one.token));
        claimed
    }

    pub(super) fn promote(&mut self) {
        let due = self.queue().promote(self.now).unwrap();
        let (mut promoted, mut expired) = (0, 0);
        let ids: Vec<i64> = self.model.tasks.keys().copied().collect();
        for id in &ids {
            let task = self.model.tasks.get_mut(id).unwrap();
            if matches!(task.state, State::Scheduled { run_at } if run_at <= self.now) {
                (task.state, task.reason) = (State::Ready, false);
                promoted += 1;
            }
        }
        for id in ids {
            let task = self.model.tasks[&id];
            if matches!(task.state, State::Running { lease_until, .. } if lease_until <= self.now) {
                let retry = self.retry_of(id, task.attempt);
                self.model
                    .fail(id, ErrorClass::Timeout, false, retry, self.now);
                expired += 1;
            }
        }
        assert_eq!((due.promoted, due.expired), (promoted, expired));
    }

    /// When the queue will try a task again that has just failed; within the bounds of the
    /// backoff.
    pub(super) fn retry_of(&self, id: i64, attempt: u32) -> Option<i64> {
        let shown = self.queue().show(TaskId(id)).unwrap().unwrap();
        let at = match shown.task.state {
            TaskState::Scheduled { run_at_ms } => run_at_ms,
            TaskState::Ready => self.now,
            _ => return None,
        };
        let most = 250_i64 << attempt.saturating_sub(1).min(20);
        assert!(
            (self.now..=self.now + most.min(60_000)).contains(&at),
            "{at} for attempt {attempt}"
        );
        Some(at)
    }

    pub(super) fn finish(&mut self, token: Token, done: Done, next: Option<Stage>) {
        let superseded = done == Done::Superseded;
        let fenced = self.queue().finish(token, done, next).unwrap();
        let id = token.task.0;
        if !self.model.holds(id, token.epoch) {
            assert_eq!(fenced, Fenced::Stale, "a stale token counted");
            return;
        }
        assert_eq!(fenced, Fenced::Done);
        self.model.cover(id);
        let task = self.model.tasks[&id];
        if superseded {
            if !self.model.in_vain(id, self.now) {
                self.model.tasks.get_mut(&id).unwrap().state = State::Superseded;
            }
            return;
        }
        self.model.tasks.get_mut(&id).unwrap().state = State::Done;
        if let Some(stage) = next {
            let key = (task.key.0, stage);
            self.model.clock += 1;
            let change = self.model.clock;
            self.model.changes.insert(key, change);
            self.model
                .enqueue(key, task.content, self.now, self.now, change);
        }
    }

    pub(super) fn fail(&mut self, token: Token, class: ErrorClass) {
        let after = self.queue().fail(token, class, None, "it failed").unwrap();
        let id = token.task.0;
        if !self.model.holds(id, token.epoch) {
            assert_eq!(after, AfterFailure::Stale, "a stale token counted");
            return;
        }
        let retry = match after {
            AfterFailure::Retry { at_ms } => {
                let attempt = self.model.tasks[&id].attempt;
                assert_eq!(self.retry_of(id, attempt), Some(at_ms.max(self.now)));
                Some(at_ms)
            }
            _ => None,
        };
        assert_eq!(after, self.model.fail(id, class, false, retry, self.now));
    }

    /// Releases a task, or defers it: without end, or for so many milliseconds.
    #[expect(clippy::option_option, reason = "each level is a verb of the queue's")]
    pub(super) fn give_back(&mut self, token: Token, defer: Option<Option<i64>>) {
        let id = token.task.0;
        let holds = self.model.holds(id, token.epoch);
        let state = match defer {
            None => {
                self.queue().release(&[token]).unwrap();
                State::Ready
            }
            Some(delay) => {
                let until = delay.map(|delay| self.now + delay);
                let fenced = self.queue().defer(token, "it waits", until).unwrap();
                assert_eq!(fenced == Fenced::Done, holds);
                until.map_or(State::Deferred, |run_at| State::Scheduled { run_at })
            }
        };
        if holds {
            let task = self.model.tasks.get_mut(&id).unwrap();
            let attempt = task.attempt;
            if self.model.put_back(id, state, self.now) {
                let task = self.model.tasks.get_mut(&id).unwrap();
                // The attempt is handed back.
                task.attempt = attempt - 1;
                task.reason = defer.is_some();
            }
        }
    }

    pub(super) fn wake(&mut self) {
        let woken = self.queue().wake_deferred(None).unwrap();
        let mut count = 0;
        for task in self.model.tasks.values_mut() {
            let waits = matches!(task.state, State::Scheduled { .. } | State::Deferred);
            if waits && task.reason {
                (task.state, task.reason, task.run_at) = (State::Ready, false, self.now);
                count += 1;
            }
        }
        assert_eq!(woken, count);
    }

    pub(super) fn cancel(&mut self, id: i64) {
        let done = self.queue().cancel(TaskId(id));
        let Some(task) = self.model.tasks.get_mut(&id) else {
            assert!(done.is_err());
            return;
        };
        let open = task.state.waits() || matches!(task.state, State::Running { .. });
        assert_eq!(done.is_ok(), open, "{done:?}");
        if open {
            task.state = State::Cancelled;
            // A person did not want it.
            self.model.cover(id);
        }
    }

    pub(super) fn retry(&mut self, id: i64) {
        let done = self.queue().retry(TaskId(id));
        let Some(task) = self.model.tasks.get(&id).copied() else {
            assert!(done.is_err());
            return;
        };
        let may = task.state == State::Dead && !task.successor || task.state == State::Cancelled;
        assert_eq!(done.is_ok(), may, "{done:?}");
        if may {
            let content = Content {
                priority: task.content.priority.raised(),
                ..task.content
            };
            self.model
                .enqueue(task.key, content, self.now, self.now, task.change);
            self.model.tasks.get_mut(&id).unwrap().successor = true;
        }
    }
}

//! What happens to the queue and to the model, and what each says of it.

use std::collections::BTreeSet;
use std::time::Duration;

use hive::clock;
use hive::queue::{
    AfterFailure, Cause, Claimed, Done, ErrorClass, Fenced, Need, NewErrand, Owner, QueueError,
    TaskId, Token,
};
use hive::repo::RepoPath;
use hive::schedule::{Priority, Stage};
use hive_test_support::{Unstructured, arbitrary};

use super::{ATTEMPTS, Errand, LEASE_MS, SUBJECTS, State, World};

impl World {
    pub(super) fn enqueue(&mut self, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let count = u.int_in_range(1..=4)?;
        let known: Vec<i64> = self.model.keys().copied().collect();
        let mut errands = Vec::new();
        for _ in 0..count {
            let mut needs = Vec::new();
            for _ in 0..u.int_in_range(0..=3)? {
                if known.is_empty() || u.ratio(1, 2)? {
                    // Now and then in a circle.
                    needs.push(Need::Nth(u.int_in_range(0..=count - 1)?));
                } else {
                    needs.push(Need::Task(TaskId(*u.choose(&known)?)));
                }
            }
            errands.push((u.int_in_range(0..=SUBJECTS - 1)?, u.ratio(1, 2)?, needs));
        }
        let new = errands.iter().map(|(subject, external, needs)| NewErrand {
            stage: if *external {
                Stage::External
            } else {
                Stage::Qa
            },
            path: path(*subject),
            kind: external.then(|| "docs".to_owned()),
            payload: None,
            rules: Vec::new(),
            cause: Cause::Sweep,
            priority: Priority::Normal,
            needs: needs.clone(),
            run_at_ms: 0,
            max_attempts: ATTEMPTS,
        });
        let done = self.queue().enqueue(new.collect());
        let refused = errands.iter().flat_map(|(_, _, needs)| needs).any(|need| {
            matches!(need, Need::Task(task) if matches!(
                self.model[&task.0].state, State::Dead | State::Cancelled))
        });
        let among: Vec<Vec<usize>> = errands
            .iter()
            .map(|(_, _, needs)| {
                let nth = needs.iter().filter_map(|need| match need {
                    Need::Nth(other) => Some(*other),
                    Need::Task(_) => None,
                });
                nth.collect()
            })
            .collect();
        let circle = has_circle(&among);
        match done {
            Ok(ids) => {
                assert!(!circle && !refused, "{errands:?}");
                for (id, (subject, external, needs)) in ids.iter().zip(&errands) {
                    let needs = needs.iter().map(|need| match need {
                        Need::Nth(other) => ids[*other].0,
                        Need::Task(task) => task.0,
                    });
                    self.model.insert(
                        id.0,
                        Errand {
                            subject: *subject,
                            external: *external,
                            needs: needs.collect(),
                            state: State::Waits,
                            attempt: 0,
                            why: None,
                        },
                    );
                }
            }
            Err(QueueError::Cycle(named)) => {
                assert!(circle, "{errands:?}");
                assert!(
                    named.len() >= 2 && named.first() == named.last(),
                    "{named:?}"
                );
            }
            Err(error) => assert!(refused && !circle, "{error}: {errands:?}"),
        }
        Ok(())
    }

    pub(super) fn require(&mut self, task: i64, need: i64) {
        let done = self.queue().require(TaskId(task), TaskId(need));
        let waits = self.model[&task].state == State::Waits;
        let bad = matches!(self.model[&need].state, State::Dead | State::Cancelled);
        let circle = self.reaches(need, task);
        match done {
            Ok(()) => {
                assert!(waits && !bad && !circle, "{task} waits for {need}");
                self.model.get_mut(&task).unwrap().needs.insert(need);
            }
            Err(QueueError::Cycle(named)) => {
                assert!(circle, "{named:?}");
                let (first, last) = (format!("task {task}"), format!("task {need}"));
                assert_eq!(named.first(), Some(&first));
                assert_eq!(named.last(), Some(&first));
                assert_eq!(named.get(1), Some(&last));
            }
            Err(error) => assert!(!waits || bad, "{error}"),
        }
    }

    pub(super) fn reaches(&self, from: i64, to: i64) -> bool {
        from == to
            || self.model[&from]
                .needs
                .iter()
                .any(|need| self.reaches(*need, to))
    }

    /// One task, if any can be had; any that can is right.
    pub(super) fn claim(&mut self, external: bool) -> Option<Claimed> {
        let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
        // What has become due is ready before a claim.
        self.queue().promote(self.now).unwrap();
        let claimed = if external {
            let owner = Owner {
                boot: "boot".to_owned(),
                instance: "another program".to_owned(),
            };
            self.queue().claim_kind("docs", "D-1", &owner, 1, lease)
        } else {
            self.queue().claim(Stage::Qa, "QA-1", 1, lease)
        };
        let claimed = claimed.unwrap().pop();
        let busy: Vec<usize> = self
            .running(|errand| errand.external == external)
            .iter()
            .map(|id| self.model[id].subject)
            .collect();
        let there = self.tasks();
        let can = |id: &i64, errand: &Errand| {
            errand.external == external
                && errand.state == State::Waits
                && self.unmet(*id) == 0
                && !busy.contains(&errand.subject)
                && there[id].state.name() != "scheduled"
        };
        match &claimed {
            None => {
                let left = self.model.iter().find(|(id, errand)| can(id, errand));
                assert!(left.is_none(), "{left:?} could be had");
            }
            Some(one) => {
                let errand = &self.model[&one.token.task.0];
                assert_eq!(errand.state, State::Waits);
                assert_eq!(self.unmet(one.token.task.0), 0, "{one:?}");
                assert!(!busy.contains(&errand.subject), "{one:?}");
                let errand = self.model.get_mut(&one.token.task.0).unwrap();
                errand.attempt += 1;
                errand.state = State::Runs {
                    epoch: one.token.epoch,
                    until: self.now + LEASE_MS,
                };
                self.tokens.push(one.token);
            }
        }
        claimed
    }

    pub(super) fn holds(&self, token: Token) -> bool {
        let errand = &self.model[&token.task.0];
        matches!(errand.state, State::Runs { epoch, .. } if epoch == token.epoch)
    }

    pub(super) fn finish(&mut self, token: Token) {
        let done = if self.model[&token.task.0].external {
            Done::Served(None)
        } else {
            Done::Clean
        };
        let fenced = self.queue().finish(token, done, None).unwrap();
        assert_eq!(fenced == Fenced::Done, self.holds(token));
        if fenced == Fenced::Done {
            self.model.get_mut(&token.task.0).unwrap().state = State::Done;
        }
    }

    pub(super) fn fail(&mut self, token: Token, class: ErrorClass) {
        let after = self.queue().fail(token, class, None, "it broke").unwrap();
        if !self.holds(token) {
            assert_eq!(after, AfterFailure::Stale);
            return;
        }
        let last = class == ErrorClass::Permanent || self.model[&token.task.0].attempt >= ATTEMPTS;
        assert_eq!(after == AfterFailure::Dead, last, "{after:?}");
        self.failed(token.task.0, last, "it broke");
    }

    pub(super) fn cancel(&mut self, id: i64) {
        let done = self.queue().cancel(TaskId(id));
        let errand = self.model.get_mut(&id).unwrap();
        let open = matches!(errand.state, State::Waits | State::Runs { .. });
        assert_eq!(done.is_ok(), open, "{done:?}");
        if open {
            errand.state = State::Cancelled;
            self.cascade(id, &format!("task {id} was cancelled"));
        }
    }

    /// The clock goes on; leases that have run out are found.
    pub(super) fn wait(&mut self, ms: i64) {
        self.now += ms;
        clock::hold_wall(Some(self.now));
        self.queue().promote(self.now).unwrap();
        let now = self.now;
        let gone = self
            .running(|errand| matches!(errand.state, State::Runs { until, .. } if until <= now));
        for id in gone {
            let last = self.model[&id].attempt >= ATTEMPTS;
            self.failed(id, last, "the worker was not heard of within its lease");
        }
    }
}

/// A file, or the subject of another worker, which is called as the file is.
fn path(subject: usize) -> RepoPath {
    RepoPath::new(format!("{subject}.py")).unwrap()
}

/// Whether some wait for each other, found by taking away what waits for nothing.
fn has_circle(needs: &[Vec<usize>]) -> bool {
    let mut left: BTreeSet<usize> = (0..needs.len()).collect();
    loop {
        let free: Vec<usize> = left
            .iter()
            .copied()
            .filter(|one| !needs[*one].iter().any(|need| left.contains(need)))
            .collect();
        if free.is_empty() {
            return !left.is_empty();
        }
        left.retain(|one| !free.contains(one));
    }
}

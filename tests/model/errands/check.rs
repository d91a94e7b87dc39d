//! What must hold after every step.

use std::collections::BTreeMap;

use hive::queue::{Task, TaskId, TaskState};
use hive::repo::RepoPath;
use hive::schedule::Stage;

use super::{State, World};
use crate::play::counted;

impl World {
    pub(super) fn check(&self, after: &str) {
        let there = self.tasks();
        assert_eq!(there.len(), self.model.len(), "after {after}");
        for (id, task) in &there {
            let errand = &self.model[id];
            let unmet = self.unmet(*id);
            let said = task.state.name();
            let right = match errand.state {
                State::Waits if unmet > 0 => {
                    task.state
                        == TaskState::Blocked {
                            by: u32::try_from(unmet).unwrap(),
                        }
                }
                State::Waits => ["ready", "scheduled"].contains(&said),
                State::Runs { .. } => said == "running",
                State::Done => said == "done",
                State::Dead => said == "dead",
                State::Cancelled => {
                    let TaskState::Cancelled { reason, .. } = &task.state else {
                        panic!("after {after}: {task:?}\n{errand:?}");
                    };
                    *reason == errand.why
                }
            };
            assert!(right, "after {after}: {task:?}\n{errand:?}, {unmet} unmet");
            assert_eq!(task.attempt, errand.attempt, "after {after}: {task:?}");
        }
        counted(self.queue(), there.values(), after);
        self.sound(&there, after);
    }

    /// What holds whatever the model says.
    pub(super) fn sound(&self, there: &BTreeMap<i64, Task>, after: &str) {
        let ids: Vec<TaskId> = there.keys().map(|id| TaskId(*id)).collect();
        let needs: BTreeMap<i64, Vec<i64>> = self
            .queue()
            .prerequisites(&ids)
            .unwrap()
            .into_iter()
            .map(|(task, needs)| (task.0, needs.iter().map(|need| need.task.0).collect()))
            .collect();
        for (id, task) in there {
            let bad = |need: &i64| ["dead", "cancelled"].contains(&there[need].state.name());
            if ["ready", "running", "scheduled", "blocked"].contains(&task.state.name()) {
                assert!(
                    !needs[id].iter().any(bad),
                    "after {after}: {task:?} waits for what will never be"
                );
            }
            // Deeper than all that it waits for: so there is no circle.
            for need in &needs[id] {
                assert!(
                    task.depth > there[need].depth,
                    "after {after}: {task:?} and {:?}",
                    there[need]
                );
            }
        }
        let mut running: Vec<(&RepoPath, bool)> = there
            .values()
            .filter(|task| task.state.name() == "running")
            .map(|task| (&task.path, task.stage == Stage::External))
            .collect();
        let count = running.len();
        running.sort();
        running.dedup();
        assert_eq!(
            running.len(),
            count,
            "after {after}: two of one kind and subject"
        );
    }
}

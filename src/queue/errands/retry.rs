//! Taking an errand up again.

use super::enqueue::Belongs;
use super::{NewErrand, errand};
use crate::queue::error::Result;
use crate::queue::ids::TaskId;
use crate::queue::task::Task;
use crate::queue::writer::Work;

impl Work<'_> {
    /// A new task for the same, one step more urgent and with all its attempts. What was
    /// cancelled because it waited for the old one stays cancelled.
    pub(in crate::queue) fn retry_own(&mut self, old: &Task) -> Result<TaskId> {
        let facts = errand(self.tx, old.id, 0)?;
        let again = NewErrand {
            stage: old.stage,
            path: old.path.clone(),
            kind: facts.kind,
            payload: facts.payload,
            rules: facts.rules,
            cause: old.cause,
            priority: old.priority.raised(),
            needs: Vec::new(),
            run_at_ms: self.now,
            max_attempts: old.max_attempts,
        };
        let belongs = Belongs {
            plan: 0,
            in_line: false,
        };
        let new = self.take_errands(&[again], belongs)?;
        let new = new.first().copied().unwrap_or(old.id);
        self.tx
            .prepare_cached("UPDATE tasks SET origin = ?2 WHERE id = ?1")?
            .execute(rusqlite::params![new, old.id])?;
        self.succeed(old.id, new)?;
        Ok(new)
    }
}

//! The rows of questions to a person.

use rusqlite::{OptionalExtension, Row, params};

use super::asked::{EscalationFilter, FILTER};
use super::codec::{Sql, get, maybe, small};
use super::error::{QueueError, Result};
use super::handle::Queue;
use super::ids::EscalationId;
use super::writer::Work;
use crate::escalation::policy::{self, Move};
use crate::escalation::{CONFLICT, Ending, Escalation, Question, State};
use crate::journal::Event;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// What became of a question that was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// Its id.
    pub id: EscalationId,
    /// Whether it is open, and was not before: a person should hear of it.
    pub news: bool,
}

impl Queue {
    /// Asks questions. A repeat of one that is there, also in another line, is folded
    /// in; those that are one are asked as one. The answers are in the order of the
    /// questions.
    pub fn raise(&self, questions: Vec<Question>) -> Result<Vec<Raised>> {
        self.write("queue.raise", move |work| work.raise(questions))
    }

    /// Resolves the questions of a file and stage that are not among those that are
    /// `still` to be asked. Returns how many. What an inspection of the whole has asked
    /// stays: only the next one knows whether it is gone.
    pub fn resolve_absent(
        &self,
        path: &RepoPath,
        stage: Stage,
        still: &[Question],
    ) -> Result<usize> {
        let (path, still) = (path.clone(), still.to_vec());
        self.write("queue.resolve", move |work| {
            work.resolve_absent(&path, stage, &still)
        })
    }

    /// The questions of this work tree, the worst and then the newest first. A snooze
    /// that is over is shown as open.
    pub fn escalations(&self, filter: &EscalationFilter) -> Result<Vec<Escalation>> {
        let now = crate::clock::wall_ms();
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT * FROM escalations WHERE {FILTER} ORDER BY level DESC, last DESC, id DESC"
            ))?;
            let values = filter.values(self.worktree().as_str(), now);
            let rows =
                statement.query_map(values.params().as_slice(), |row| escalation(row, now))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A question of this work tree; `None` if there is none of this id.
    pub fn escalation(&self, id: EscalationId) -> Result<Option<Escalation>> {
        let now = crate::clock::wall_ms();
        self.read(|reader| {
            let mut statement = reader
                .prepare_cached("SELECT * FROM escalations WHERE id = ?1 AND worktree = ?2")?;
            let values = params![id, self.worktree().as_str()];
            let found = statement.query_row(values, |row| escalation(row, now));
            Ok(found.optional()?)
        })
    }

    /// Moves a question as a person wants it, with what they say about it.
    pub fn move_escalation(
        &self,
        id: EscalationId,
        step: Move,
        note: Option<&str>,
    ) -> Result<State> {
        let ending = match step {
            Move::Resolve => Some(Ending::Resolved),
            Move::Dismiss => Some(Ending::Dismissed),
            _ => None,
        };
        self.end_escalation(id, step, note, ending)
    }

    /// The same, with how it ended where that is more than the move says.
    pub fn end_escalation(
        &self,
        id: EscalationId,
        step: Move,
        note: Option<&str>,
        ending: Option<Ending>,
    ) -> Result<State> {
        let note = note.map(ToOwned::to_owned);
        self.write("queue.answer", move |work| {
            let found = work
                .tx
                .prepare_cached("SELECT * FROM escalations WHERE id = ?1 AND worktree = ?2")?
                .query_row(params![id, work.worktree], |row| escalation(row, work.now))
                .optional()?
                .ok_or(QueueError::Unknown {
                    what: "question",
                    id: id.0,
                })?;
            let state = policy::next(&found.state, step, work.now).map_err(|illegal| {
                QueueError::Illegal {
                    what: "question",
                    id: id.0,
                    state: illegal.0.to_owned(),
                    wanted: participle(step),
                }
            })?;
            if let Some(note) = note {
                work.tx
                    .prepare_cached("UPDATE escalations SET note = ?2 WHERE id = ?1")?
                    .execute(params![id, note])?;
            }
            work.set_state(id, &found.question, &state, ending)?;
            Ok(state)
        })
    }
}

impl Work<'_> {
    pub(super) fn raise(&mut self, questions: Vec<Question>) -> Result<Vec<Raised>> {
        let (joined, places) = policy::joined(questions);
        let mut raised = Vec::new();
        for question in joined {
            raised.push(self.raise_one(question)?);
        }
        Ok(places.into_iter().map(|at| raised[at]).collect())
    }

    fn raise_one(&mut self, question: Question) -> Result<Raised> {
        self.asked = Some(true);
        let hash = text_hash(&question);
        let known = self
            .tx
            .prepare_cached(
                "SELECT id, state, until, ended FROM escalations
                 WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND rule = ?4
                   AND symbol = ?5 AND text_hash = ?6",
            )?
            .query_row(
                params![
                    self.worktree,
                    Sql(&question.path),
                    Sql(question.stage),
                    question.rule,
                    question.symbol,
                    hash,
                ],
                |row| Ok((row.get::<_, EscalationId>("id")?, state(row)?)),
            )
            .optional()?;
        let (id, news) = match known {
            None => (self.ask(&question, &hash)?, true),
            Some((id, before)) => {
                let after = policy::next(&before, Move::Repeat, self.now)
                    .unwrap_or_else(|_| before.clone());
                self.ask_again(id, &question, &after)?;
                (id, after == State::Open && before != State::Open)
            }
        };
        if news {
            self.record(Event::EscalationRaised {
                escalation: id,
                path: question.path,
                stage: question.stage,
                rule: question.rule,
                level: question.level,
                line: question.line,
                reason: question.reason,
            });
        }
        Ok(Raised { id, news })
    }

    fn ask(&self, question: &Question, hash: &[u8]) -> Result<EscalationId> {
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO escalations (worktree, path, stage, rule, symbol, text_hash, level,
                    line, column, snippet, reason, attempts, worker, task, \"commit\", patch,
                    state, count, first, last)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    0, 1, ?17, ?17)",
            )?
            .insert(params![
                self.worktree,
                Sql(&question.path),
                Sql(question.stage),
                question.rule,
                question.symbol,
                hash,
                Sql(question.level),
                question.line,
                question.column,
                question.snippet,
                question.reason,
                question.attempts,
                question.worker,
                question.task,
                question.commit.map(Sql),
                question.patch,
                self.now,
            ])?;
        Ok(EscalationId(id))
    }

    /// The newest words of a question that is there, and its state.
    fn ask_again(&self, id: EscalationId, question: &Question, after: &State) -> Result<()> {
        let (state, until, ended) = columns(after);
        self.tx
            .prepare_cached(
                "UPDATE escalations SET level = ?2, line = ?3, column = ?4, snippet = ?5,
                    reason = ?6, attempts = ?7, worker = ?8, task = ?9, \"commit\" = ?10,
                    patch = ?11, state = ?12, until = ?13, ended = ?14, last = ?15,
                    count = count + 1, ending = iif(?12 = 0, NULL, ending),
                    taught = iif(?12 = 0, 0, taught)
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                Sql(question.level),
                question.line,
                question.column,
                question.snippet,
                question.reason,
                question.attempts,
                question.worker,
                question.task,
                question.commit.map(Sql),
                question.patch,
                state,
                until,
                ended,
                self.now,
            ])?;
        Ok(())
    }

    pub(super) fn resolve_absent(
        &mut self,
        path: &RepoPath,
        stage: Stage,
        still: &[Question],
    ) -> Result<usize> {
        let now = self.now;
        let open: Vec<Escalation> = self
            .tx
            .prepare_cached(
                "SELECT * FROM escalations
                 WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND state IN (0, 1)
                   AND NOT (stage = 1 AND task IS NULL)",
            )?
            .query_map(params![self.worktree, Sql(path), Sql(stage)], |row| {
                escalation(row, now)
            })?
            .collect::<rusqlite::Result<_>>()?;
        let mut resolved = 0;
        for one in open {
            if still
                .iter()
                .any(|question| policy::same(question, &one.question))
            {
                continue;
            }
            if let Ok(state) = policy::next(&one.state, Move::Absent, now) {
                self.set_state(one.id, &one.question, &state, Some(Ending::Gone))?;
                resolved += 1;
            }
        }
        Ok(resolved)
    }

    /// Resolves the questions about a fix that met edits: it has landed, or is no more.
    pub(super) fn no_conflict(&mut self, path: &RepoPath) -> Result<()> {
        let now = self.now;
        let open: Vec<Escalation> = self
            .tx
            .prepare_cached(
                "SELECT * FROM escalations
                 WHERE worktree = ?1 AND path = ?2 AND rule = ?3 AND state IN (0, 1)",
            )?
            .query_map(params![self.worktree, Sql(path), CONFLICT], |row| {
                escalation(row, now)
            })?
            .collect::<rusqlite::Result<_>>()?;
        for one in open {
            let state = State::Resolved { at_ms: now };
            self.set_state(one.id, &one.question, &state, Some(Ending::Gone))?;
        }
        Ok(())
    }

    pub(super) fn set_state(
        &mut self,
        id: EscalationId,
        question: &Question,
        state: &State,
        ending: Option<Ending>,
    ) -> Result<()> {
        let (number, until, ended) = columns(state);
        self.tx
            .prepare_cached(
                "UPDATE escalations SET state = ?2, until = ?3, ended = ?4, ending = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, number, until, ended, ending.map(Sql)])?;
        self.record(Event::EscalationChanged {
            escalation: id,
            path: question.path.clone(),
            rule: question.rule.clone(),
            state: state.name().to_owned(),
        });
        Ok(())
    }
}

fn text_hash(question: &Question) -> Vec<u8> {
    let text = policy::normalised(&question.snippet);
    blake3::hash(text.as_bytes()).as_bytes()[..16].to_vec()
}

fn participle(step: Move) -> &'static str {
    match step {
        Move::Repeat => "asked",
        Move::Absent | Move::Resolve => "resolved",
        Move::Dismiss => "dismissed",
        Move::Snooze { .. } => "snoozed",
        Move::Reopen => "opened again",
    }
}

/// A state as its columns: number, end of the snooze, end.
fn columns(state: &State) -> (i64, Option<i64>, Option<i64>) {
    match state {
        State::Open => (0, None, None),
        State::Snoozed { until_ms } => (1, Some(*until_ms), None),
        State::Resolved { at_ms } => (2, None, Some(*at_ms)),
        State::Dismissed { at_ms } => (3, None, Some(*at_ms)),
    }
}

pub(super) fn state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match row.get::<_, i64>("state")? {
        0 => State::Open,
        1 => State::Snoozed {
            until_ms: row.get("until")?,
        },
        2 => State::Resolved {
            at_ms: row.get("ended")?,
        },
        _ => State::Dismissed {
            at_ms: row.get("ended")?,
        },
    })
}

pub(super) fn escalation(row: &Row<'_>, now: i64) -> rusqlite::Result<Escalation> {
    Ok(Escalation {
        id: row.get("id")?,
        question: Question {
            rule: row.get("rule")?,
            level: get(row, "level")?,
            stage: get(row, "stage")?,
            path: get(row, "path")?,
            line: small(row, "line")?,
            column: small(row, "column")?,
            symbol: row.get("symbol")?,
            snippet: row.get("snippet")?,
            reason: row.get("reason")?,
            attempts: small(row, "attempts")?,
            worker: row.get("worker")?,
            task: row.get("task")?,
            commit: maybe(row, "commit")?,
            patch: row.get("patch")?,
        },
        state: policy::current(&state(row)?, now),
        count: small(row, "count")?,
        first_ms: row.get("first")?,
        last_ms: row.get("last")?,
        note: row.get("note")?,
        owner: row
            .get::<_, Option<String>>("owner")?
            .filter(|owner| !owner.is_empty()),
        ending: maybe(row, "ending")?,
    })
}

//! Judging the repository as a whole: for which branches that is due, and what came of it.
//!
//! A question of this kind belongs to no task, which is how its row is known: the end of a
//! file's task leaves it alone, and only the next inspection resolves it.

use rusqlite::{OptionalExtension, params};

use super::codec::{Sql, get, maybe, small};
use super::error::Result;
use super::escalations::escalation;
use super::handle::Queue;
use super::ids::EscalationId;
use super::writer::Work;
use crate::escalation::policy::{self, Move};
use crate::escalation::{Ending, Escalation, Question};
use crate::repo::Oid;

/// How often it is tried to judge one tip.
const ATTEMPTS: u32 = 3;

/// A branch whose tip is to be judged as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// `refs/heads/…`, or `HEAD` when detached.
    pub reference: String,
    /// Where it was when this was asked for last.
    pub tip: Oid,
    /// The person's last commit; `None` if nothing new is to be asked about, only what is
    /// gone is to be found.
    pub source: Option<Oid>,
    /// The commits whose violations are not new, the one on the branch itself first; none
    /// where everything is new.
    pub bases: Vec<Oid>,
}

/// Whether an inspection may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// None is due.
    None,
    /// It may, and the attempt is counted.
    Begun(Inspection),
    /// It was tried too often, and is not due any more.
    GivenUp(Inspection),
}

/// What an inspection has found.
#[derive(Debug, Clone, Default)]
pub struct Inspected {
    /// What a person is to be asked.
    pub asked: Vec<Question>,
    /// Everything that is there, new or not.
    pub there: Vec<Question>,
    /// Rules that could not judge, and why: what they asked stays.
    pub unjudged: Vec<(String, String)>,
}

impl Queue {
    /// Asks for an inspection. One that waits is folded in: the newest tip and source, and
    /// the bases of both, of which the older one's comes first.
    pub fn inspect_later(&self, due: Inspection) -> Result<()> {
        self.write("queue.inspect.later", move |work| work.inspect_later(&due))
    }

    /// Whether an inspection of a branch is due.
    pub fn is_inspection_due(&self, reference: &str) -> Result<bool> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM inspections WHERE worktree = ?1 AND reference = ?2)",
            )?;
            let values = params![self.worktree().as_str(), reference];
            Ok(statement.query_row(values, |row| row.get(0))?)
        })
    }

    /// Begins an inspection of a branch, if one is due. The attempt counts from here on,
    /// so that one that ends the process is not tried for ever.
    pub fn begin_inspection(&self, reference: &str) -> Result<Begun> {
        let reference = reference.to_owned();
        self.write("queue.inspect.begin", move |work| {
            let Some((due, attempts)) = work.inspection(&reference)? else {
                return Ok(Begun::None);
            };
            if attempts >= ATTEMPTS {
                work.forget_inspection(&due)?;
                return Ok(Begun::GivenUp(due));
            }
            work.tx
                .prepare_cached(
                    "UPDATE inspections SET attempts = attempts + 1
                     WHERE worktree = ?1 AND reference = ?2",
                )?
                .execute(params![work.worktree, reference])?;
            Ok(Begun::Begun(due))
        })
    }

    /// Ends an inspection: asks what is new, brings what was asked before up to date, and
    /// resolves what is not there any more. Questions about the commits in `elsewhere`, of
    /// other branches, stay. Was it asked for again meanwhile, it stays due.
    pub fn end_inspection(
        &self,
        due: &Inspection,
        found: Inspected,
        elsewhere: Vec<Oid>,
    ) -> Result<()> {
        let due = due.clone();
        self.write("queue.inspect.end", move |work| {
            let open = work.whole_questions()?;
            for one in &open {
                let question = &one.question;
                let judged = !found
                    .unjudged
                    .iter()
                    .any(|(rule, _)| *rule == question.rule);
                let here = question.commit.is_none_or(|oid| !elsewhere.contains(&oid));
                let there = |other: &&Question| policy::same(other, question);
                if found.asked.iter().any(|asked| there(&asked)) || !judged || !here {
                    continue;
                }
                match found.there.iter().find(there) {
                    // In the words, and at the place, of now.
                    Some(now) => {
                        work.refresh(one.id, now)?;
                    }
                    None => {
                        if let Ok(state) = policy::next(&one.state, Move::Absent, work.now) {
                            work.set_state(one.id, question, &state, Some(Ending::Gone))?;
                        }
                    }
                }
            }
            work.raise(found.asked.clone())?;
            work.forget_inspection(&due)
        })
    }

    /// The commits that open questions of inspections are about, and whether there are such
    /// questions at all.
    pub fn inspected(&self) -> Result<Option<Vec<Oid>>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT DISTINCT \"commit\" FROM escalations
                 WHERE worktree = ?1 AND task IS NULL AND stage = 1 AND state IN (0, 1)",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| maybe(row, 0))?;
            let commits: Vec<Option<Oid>> = rows.collect::<rusqlite::Result<_>>()?;
            Ok((!commits.is_empty()).then(|| commits.into_iter().flatten().collect()))
        })
    }
}

impl Work<'_> {
    fn inspect_later(&mut self, due: &Inspection) -> Result<()> {
        let mut bases = due.bases.clone();
        let mut source = due.source;
        if let Some((waits, _)) = self.inspection(&due.reference)? {
            // Who waits for a judgement without a base is still to get one.
            if !waits.bases.is_empty() && due.source.is_some() {
                let more = due.bases.iter().copied();
                bases = waits.bases.clone();
                bases.extend(more.filter(|base| !waits.bases.contains(base)).skip(1));
            } else {
                bases = waits.bases;
            }
            source = source.or(waits.source);
        }
        self.tx
            .prepare_cached(
                "INSERT INTO inspections (worktree, reference, tip, source, bases)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET tip = excluded.tip, source = excluded.source,
                    bases = excluded.bases, attempts = 0",
            )?
            .execute(params![
                self.worktree,
                due.reference,
                Sql(due.tip),
                source.map(Sql),
                Sql(bases.as_slice()),
            ])?;
        Ok(())
    }

    fn inspection(&self, reference: &str) -> Result<Option<(Inspection, u32)>> {
        let found = self
            .tx
            .prepare_cached(
                "SELECT reference, tip, source, bases, attempts FROM inspections
                 WHERE worktree = ?1 AND reference = ?2",
            )?
            .query_row(params![self.worktree, reference], |row| {
                let due = Inspection {
                    reference: row.get("reference")?,
                    tip: get(row, "tip")?,
                    source: maybe(row, "source")?,
                    bases: get(row, "bases")?,
                };
                Ok((due, small(row, "attempts")?))
            })
            .optional()?;
        Ok(found)
    }

    /// The words and the place of now for a question that is there already: that is no
    /// repeat, of which a person hears.
    fn refresh(&self, id: EscalationId, now: &Question) -> Result<()> {
        self.tx
            .prepare_cached(
                "UPDATE escalations SET level = ?2, line = ?3, column = ?4, snippet = ?5,
                    reason = ?6, patch = ?7
                 WHERE id = ?1 AND (level, line, column, snippet, reason, patch)
                    IS NOT (?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                id,
                Sql(now.level),
                now.line,
                now.column,
                now.snippet,
                now.reason,
                now.patch,
            ])?;
        Ok(())
    }

    /// It is done, unless it was asked for again since.
    fn forget_inspection(&self, due: &Inspection) -> Result<()> {
        self.tx
            .prepare_cached(
                "DELETE FROM inspections WHERE worktree = ?1 AND reference = ?2 AND tip = ?3",
            )?
            .execute(params![self.worktree, due.reference, Sql(due.tip)])?;
        Ok(())
    }

    /// The questions of inspections that are not over.
    fn whole_questions(&self) -> Result<Vec<Escalation>> {
        let now = self.now;
        let open = self
            .tx
            .prepare_cached(
                "SELECT * FROM escalations
                 WHERE worktree = ?1 AND task IS NULL AND stage = 1 AND state IN (0, 1)",
            )?
            .query_map([self.worktree], |row| escalation(row, now))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(open)
    }
}

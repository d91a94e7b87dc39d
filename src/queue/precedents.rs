//! What resolved questions have taught.

use rusqlite::{Row, params};

use super::codec::{Sql, get};
use super::error::Result;
use super::escalations::escalation;
use super::handle::Queue;
use super::ids::EscalationId;
use crate::escalation::{Escalation, Precedent, Words};

/// How much a word counts by where it is found: rule, message, line, around, shape. The
/// rule alone tells little apart, since questions of one rule are asked for many reasons.
const WEIGHTS: &str = "6.0, 3.0, 4.0, 1.0, 5.0";

impl Queue {
    /// Up to `limit` questions that have been resolved and have not taught anything yet.
    pub fn untaught(&self, limit: usize) -> Result<Vec<Escalation>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let now = crate::clock::wall_ms();
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT * FROM escalations WHERE worktree = ?1 AND taught = 0 AND state = 2
                 LIMIT ?2",
            )?;
            let values = params![self.worktree().as_str(), limit];
            let rows = statement.query_map(values, |row| escalation(row, now))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps what a question has taught; a later lesson of the same question takes the
    /// place of the earlier one. `words` are those it will be found by.
    pub fn teach(&self, lesson: &Precedent, words: &Words) -> Result<()> {
        let (lesson, words) = (lesson.clone(), words.clone());
        self.write("queue.teach", move |work| {
            work.unlearn(lesson.escalation)?;
            let id = work
                .tx
                .prepare_cached(
                    "INSERT INTO precedents (escalation, path, rule, symbol, message, code, ending,
                        note, patch, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .insert(params![
                    lesson.escalation,
                    Sql(&lesson.path),
                    lesson.rule,
                    lesson.symbol,
                    lesson.message,
                    lesson.code,
                    Sql(lesson.ending),
                    lesson.note,
                    lesson.patch,
                    lesson.at_ms,
                ])?;
            work.tx
                .prepare_cached(
                    "INSERT INTO precedent_words (rowid, rule, message, line, around, shape)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    id,
                    words.rule,
                    words.message,
                    words.line,
                    words.around,
                    words.shape,
                ])?;
            work.is_taught(lesson.escalation)
        })
    }

    /// Forgets what a question has taught: how it ended was taken back.
    pub fn unlearn(&self, id: EscalationId) -> Result<()> {
        self.write("queue.unlearn", move |work| work.unlearn(id))
    }

    /// Notes that there is nothing to learn from a question.
    pub fn learnt(&self, id: EscalationId) -> Result<()> {
        self.write("queue.learnt", move |work| work.is_taught(id))
    }

    /// The past cases that are most like these words, the most alike first, of all work
    /// trees; not the question itself.
    pub fn similar(
        &self,
        words: &Words,
        except: Option<EscalationId>,
        limit: usize,
    ) -> Result<Vec<Precedent>> {
        let query = words.query();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT precedents.* FROM precedent_words
                 JOIN precedents ON precedents.id = precedent_words.rowid
                 WHERE precedent_words MATCH ?1 AND escalation IS NOT ?2
                 ORDER BY bm25(precedent_words, {WEIGHTS}), precedents.id DESC LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![query, except, limit], precedent)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

impl super::writer::Work<'_> {
    fn unlearn(&self, id: EscalationId) -> Result<()> {
        for sql in [
            "DELETE FROM precedent_words WHERE rowid IN (
                SELECT id FROM precedents WHERE escalation = ?1)",
            "DELETE FROM precedents WHERE escalation = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }

    fn is_taught(&self, id: EscalationId) -> Result<()> {
        self.tx
            .prepare_cached("UPDATE escalations SET taught = 1 WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }
}

fn precedent(row: &Row<'_>) -> rusqlite::Result<Precedent> {
    Ok(Precedent {
        escalation: row.get("escalation")?,
        rule: row.get("rule")?,
        path: get(row, "path")?,
        symbol: row.get("symbol")?,
        message: row.get("message")?,
        code: row.get("code")?,
        ending: get(row, "ending")?,
        note: row.get("note")?,
        patch: row.get("patch")?,
        at_ms: row.get("at")?,
    })
}

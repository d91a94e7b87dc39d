//! Circuit breakers, so that a restart does not forget a broken tool.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::Result;
use super::handle::Queue;
use super::task::ToolId;
use super::writer::Work;
use crate::journal::Event;
use crate::schedule::{Admission, Breaker};

impl Queue {
    /// The breaker of a tool and version; a closed one if nothing is known.
    pub fn breaker(&self, tool: &ToolId) -> Result<Breaker> {
        self.read(|reader| load(reader, tool))
    }

    /// The breakers that are not closed, by tool and version.
    pub fn breakers(&self) -> Result<Vec<(ToolId, Breaker)>> {
        self.read(|reader| {
            let mut statement =
                reader.prepare_cached("SELECT tool, version, value FROM breakers ORDER BY 1, 2")?;
            let rows = statement.query_map([], |row| {
                let (tool, version) = (row.get(0)?, row.get(1)?);
                Ok((ToolId { tool, version }, row.get::<_, String>(2)?))
            })?;
            let mut breakers = Vec::new();
            for row in rows {
                let (tool, text) = row?;
                // One that cannot be read, of a newer hive, begins anew.
                let breaker: Breaker = serde_json::from_str(&text).unwrap_or_default();
                if !matches!(breaker, Breaker::Closed { .. }) {
                    breakers.push((tool, breaker));
                }
            }
            Ok(breakers)
        })
    }

    /// Stores a breaker.
    pub fn save_breaker(&self, tool: &ToolId, breaker: &Breaker) -> Result<()> {
        let (tool, breaker) = (tool.clone(), breaker.clone());
        self.write("queue.breaker.save", move |work| {
            work.change(&tool, |old| *old = breaker)
        })
    }

    /// Asks a breaker whether a run may begin. In one transaction: a half-open one lets
    /// one through, over all agents of the repository.
    pub fn admit(&self, tool: &ToolId) -> Result<Admission> {
        // A closed one needs no write.
        if matches!(self.breaker(tool)?, Breaker::Closed { .. }) {
            return Ok(Admission::Go);
        }
        let tool = tool.clone();
        self.write("queue.breaker.admit", move |work| {
            let now = work.now;
            work.change(&tool, |breaker| breaker.admit(now))
        })
    }

    /// Tells a breaker how a run of its tool ended; findings are a success.
    pub fn ran(&self, tool: &ToolId, success: bool) -> Result<Breaker> {
        let tool = tool.clone();
        self.write("queue.breaker.ran", move |work| {
            let now = work.now;
            work.change(&tool, |breaker| {
                breaker.outcome(success, now);
                breaker.clone()
            })
        })
    }
}

impl Work<'_> {
    fn change<T>(&mut self, tool: &ToolId, change: impl FnOnce(&mut Breaker) -> T) -> Result<T> {
        let before = load(self.tx, tool)?;
        let mut breaker = before.clone();
        let value = change(&mut breaker);
        if breaker == before {
            return Ok(value);
        }
        let text = serde_json::to_string(&breaker)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.tx
            .prepare_cached(
                "INSERT INTO breakers (tool, version, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute(params![tool.tool, tool.version, text])?;
        if breaker.name() != before.name() {
            self.record(Event::Breaker {
                tool: tool.tool.clone(),
                version: tool.version.clone(),
                state: breaker.name().to_owned(),
            });
        }
        Ok(value)
    }
}

fn load(reader: &Connection, tool: &ToolId) -> Result<Breaker> {
    let text: Option<String> = reader
        .prepare_cached("SELECT value FROM breakers WHERE tool = ?1 AND version = ?2")?
        .query_row(params![tool.tool, tool.version], |row| row.get(0))
        .optional()?;
    // One that cannot be read, of a newer hive, begins anew.
    let breaker = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(breaker.unwrap_or_default())
}

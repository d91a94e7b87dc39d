//! What a process that was killed left behind.
//!
//! Per temporary file of a dead session, by name and content:
//!
//! | name | content | what it is | what happens |
//! |---|---|---|---|
//! | `.new` | anything | unfinished | removed |
//! | swap | what hive wrote | never exchanged, or taken back | removed |
//! | swap | what was read | displaced | kept in `previous` |
//! | swap | anything else | a save that was displaced | put back if hive's bytes are still in the file, else `rescue` |
//!
//! Read bytes are never put back: after the exchange the file is "fixed", which
//! is a state like any other.

use std::io;
use std::path::Path;

use super::exchange::{self, Standing};
use super::look::{Look, look};
use super::session::{Dead, Note};
use super::settle::{Pending, Settled, Shelves, settle};
use super::spot::Spot;
use crate::crash;

/// Deals with all dead sessions in `tmp`; returns what a person should know.
pub(super) fn recover(tmp: &Path, shelves: Shelves<'_>) -> io::Result<Vec<Settled>> {
    let mut report = Vec::new();
    for dead in Dead::find(tmp)? {
        crash::pass("writing.recover")?;
        let mut pending = Vec::new();
        for (note, unfinished, swap) in dead.spots() {
            // Absent is the ordinary case for both.
            let _ = unfinished.unlink();
            if let Ok(found) = look(&swap) {
                let standing = stand(note, &swap, found, shelves);
                pending.push(Pending::new(note.clone(), swap, standing).old());
            }
        }
        let settled = settle(pending, shelves);
        let clean = settled.iter().all(|one| one.trouble.is_none());
        report.extend(settled.into_iter().filter(|one| {
            one.rescued.is_some() || one.trouble.is_some() || one.word == super::Word::Overtaken
        }));
        if clean {
            crash::pass("writing.recover.forget")?;
            dead.forget()?;
        }
    }
    Ok(report)
}

/// What became of an exchange, by what lies under the hidden name now. A save that was
/// displaced goes back; without leave for that it counts as one that was not seen yet.
pub(super) fn stand(note: &Note, swap: &Spot, found: Look, shelves: Shelves<'_>) -> Standing {
    let hash = found.seen.hash;
    let there = Spot::resolve(&note.path)
        .ok()
        .and_then(|path| Some((look(&path).ok()?, path)))
        .filter(|(there, _)| there.seen.hash == Some(note.after));
    match there {
        Some((there, path)) if hash != Some(note.before) && hash != Some(note.after) => {
            match shelves.leave.ask() {
                Some(_leave) => exchange::put_back(swap, &path, there),
                None => Standing {
                    in_temp: Look::unknown(),
                    at_path: Some(there),
                    replaced: true,
                },
            }
        }
        there => Standing {
            in_temp: found,
            at_path: there.map(|(there, _)| there),
            // Displaced what was read, or never exchanged: no save was overtaken.
            replaced: true,
        },
    }
}

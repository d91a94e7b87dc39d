//! What is known of a database that was damaged: where it is now, and who was told.

use std::fs;
use std::path::PathBuf;

use super::location::repository_file;
use crate::repo::Place;

/// What stands in the name of such a file before the time, in milliseconds.
const MARK: &str = "hive.db.corrupt-";
/// The file beside it that says which of them somebody was told of.
const TOLD: &str = "hive.db.told";

/// A damaged database that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it is.
    pub path: PathBuf,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}

/// The last one of a repository, if there is one.
pub fn aside(place: &Place) -> Option<Aside> {
    let directory = repository_file(place)?.parent()?.to_path_buf();
    let entries = fs::read_dir(directory).ok()?.flatten();
    let found = entries.filter_map(|entry| {
        let name = entry.file_name();
        // Its log, which has an ending more, is no number.
        let at_ms = name.to_str()?.strip_prefix(MARK)?.parse().ok()?;
        Some(Aside {
            path: entry.path(),
            at_ms,
        })
    });
    found.max_by_key(|aside| aside.at_ms)
}

/// The same, if nobody was told of it yet; from now on somebody was. A hook's drain meets
/// it first, as a rule, and nobody hears that.
pub fn untold(place: &Place) -> Option<Aside> {
    let aside = aside(place)?;
    let note = aside.path.with_file_name(TOLD);
    let told = fs::read_to_string(&note).ok();
    let told = told.and_then(|text| text.trim().parse::<i64>().ok());
    if told.is_some_and(|told| told >= aside.at_ms) {
        return None;
    }
    // Where it cannot be kept it is said again: better than never.
    let _ = fs::write(&note, format!("{}\n", aside.at_ms));
    Some(aside)
}

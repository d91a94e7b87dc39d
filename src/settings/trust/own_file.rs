//! What `hive init` has written here is nobody else's word.
//!
//! Where a team has no settings, `hive init` writes a short `hive.toml` for the person who
//! called it, and notes the hash of it in the git directory. As long as the file is that
//! one, byte for byte, nobody else has decided anything: its settings need no trust. A
//! commit that changes it makes it the team's, who must be trusted.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::complete;
use super::super::layers::{Layer, Pile};
use crate::repo::Place;
use crate::settings::files::SettingsFile;

/// The file of the state directory that knows what was written.
const NOTE: &str = "hive.toml.written";
/// All that `hive init` ever writes. A git directory that came from elsewhere may hold
/// a note of its own: it makes nothing else count.
const WRITES: [&str; 4] = ["lint", "imports", "format", "commit.protected"];

/// Notes what is about to be written.
pub fn note(place: &Place, text: &[u8]) -> io::Result<()> {
    fs::write(note_of(place), digest(text))
}

/// Whether a file is as `hive init` wrote it here.
pub fn is_unchanged(place: &Place, path: &Path) -> io::Result<bool> {
    Ok(unchanged(place, path)?.is_some())
}

/// The settings that the root's `hive.toml` decides, as JSON text by name, if `hive init`
/// wrote it and it has not changed; none where that cannot be told.
pub(super) fn decided(place: &Place) -> BTreeMap<String, String> {
    let path = place.root.join("hive.toml");
    let Ok(Some(bytes)) = unchanged(place, &path) else {
        return BTreeMap::new();
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return BTreeMap::new();
    };
    let mut pile = Pile::new(Some(place));
    pile.file(Layer::Team, SettingsFile::of_text(&path, &text));
    let mut settings = complete(&pile.written)
        .map(|settings| settings.decisive())
        .unwrap_or_default();
    settings.retain(|name, _| WRITES.contains(&name.as_str()));
    settings
}

/// The content of a file, if it is as it was noted.
fn unchanged(place: &Place, path: &Path) -> io::Result<Option<Vec<u8>>> {
    let (note, file) = (fs::read(note_of(place)), fs::read(path));
    match (note, file) {
        (Ok(note), Ok(file)) => Ok((note == digest(&file).as_bytes()).then_some(file)),
        (Err(error), _) | (_, Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(None),
    }
}

fn note_of(place: &Place) -> PathBuf {
    place.state_dir().join(NOTE)
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

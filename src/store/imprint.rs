//! Tells cheaply that nobody has written to the database.

use serde::{Deserialize, Serialize};

use super::location;
use super::open::with_end;
use crate::repo::{FileStamp, Place, file_stamp};

/// How the files of a database look that change with every commit. Equal imprints:
/// nothing was written since, as far as the clock of the file system can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint([Option<FileStamp>; 3]);

/// The imprint of the database of a repository: of itself, of its log, and of the word
/// that says where it is open. `None` where there is no database.
pub fn imprint(place: &Place) -> Option<Imprint> {
    let path = location::repository_file(place)?;
    let files = [
        Some(file_stamp(&path)?),
        file_stamp(&with_end(&path, "-wal")),
        file_stamp(&with_end(&path, ".open")),
    ];
    Some(Imprint(files))
}

impl Imprint {
    /// When it was last written to at the latest, in milliseconds since the epoch: a file
    /// system that counts in seconds may count in pairs of them.
    pub fn written_ms(&self) -> i64 {
        let times = self.0.iter().flatten();
        let ms = times.map(|(_, _, _, s, ns)| {
            let late = if *ns == 0 { 2_000 } else { ns / 1_000_000 };
            s.saturating_mul(1_000).saturating_add(late)
        });
        ms.max().unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Imprint;

    #[test]
    fn whole_seconds_may_be_two_of_them() {
        let at = |s, ns| Some((1, 2, 3, s, ns));
        assert_eq!(
            Imprint([at(5, 7_000_000), None, at(4, 9)]).written_ms(),
            5_007
        );
        assert_eq!(
            Imprint([at(5, 7_000_000), at(4, 0), None]).written_ms(),
            6_000
        );
    }
}

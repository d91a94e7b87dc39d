//! The names of things in a repository, each a type of its own.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Place;

/// The id of a git object: 20 bytes (SHA-1) or 32 (SHA-256).
///
/// Shown and stored as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(gix::ObjectId);

/// A text that is no object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a git object")]
pub struct BadOid(String);

impl Oid {
    /// The id as gix has it.
    pub fn id(&self) -> gix::ObjectId {
        self.0
    }

    /// The bytes of the id.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The id with these bytes; 20 or 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadOid> {
        gix::ObjectId::try_from(bytes)
            .map(Self)
            .map_err(|_| BadOid(format!("{bytes:02x?}")))
    }

    /// The first seven digits, for people.
    pub fn short(&self) -> String {
        self.0.to_hex_with_len(7).to_string()
    }
}

impl From<gix::ObjectId> for Oid {
    fn from(id: gix::ObjectId) -> Self {
        Self(id)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({})", self.0)
    }
}

impl FromStr for Oid {
    type Err = BadOid;

    fn from_str(text: &str) -> Result<Self, BadOid> {
        gix::ObjectId::from_hex(text.as_bytes())
            .map(Self)
            .map_err(|_| BadOid(text.to_owned()))
    }
}

impl Serialize for Oid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A path in a repository: relative to its root, `/` between the names, UTF-8, never
/// empty, without `.`, `..` and empty names, and not inside `.git`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

/// A path that cannot be one in a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path in a repository")]
pub struct BadPath(String);

impl RepoPath {
    /// Checks a path; see the type for what it may be.
    pub fn new(path: impl Into<String>) -> Result<Self, BadPath> {
        let path = path.into();
        let sound = |name: &str| {
            !matches!(name, "" | "." | "..")
                && !name.eq_ignore_ascii_case(".git")
                && !name.contains('\0')
        };
        if path.split('/').all(sound) {
            Ok(Self(path))
        } else {
            Err(BadPath(path))
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as a path.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// Where it lies in a work tree.
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = BadPath;

    fn try_from(path: String) -> Result<Self, BadPath> {
        Self::new(path)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which work tree something belongs to: a random text in a file of its own git
/// directory, since directories and names are used again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorktreeId(String);

impl WorktreeId {
    /// The id of a work tree, made on first use.
    pub fn of(place: &Place) -> io::Result<Self> {
        place.own_dir_is_sound()?;
        let path = place.own_dir().join("id");
        loop {
            match fs::read_to_string(&path) {
                Ok(text) if is_id(text.trim()) => return Ok(Self(text.trim().to_owned())),
                // Torn by a crash: nothing was recorded under it that is still known.
                Ok(_) => fs::remove_file(&path)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            Self::make(place, &path)?;
        }
    }

    /// The id of a work tree that has one; nothing is made.
    pub fn known(place: &Place) -> Option<Self> {
        let text = fs::read_to_string(place.own_dir().join("id")).ok()?;
        is_id(text.trim()).then(|| Self(text.trim().to_owned()))
    }

    /// Writes a fresh id unless somebody else was faster: a complete file appears
    /// under the name or none.
    fn make(place: &Place, path: &Path) -> io::Result<()> {
        let directory = place.make_own_dir()?;
        let file = tempfile::Builder::new()
            .prefix("id-")
            .rand_bytes(16)
            .tempfile_in(directory)?;
        let name = file.path().file_name().unwrap_or_default().to_owned();
        let seed = blake3::hash(name.as_encoded_bytes());
        fs::write(file.path(), format!("{}\n", &seed.to_hex()[..16]))?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error.error),
        }
    }

    /// The id with this text, as it was stored.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for WorktreeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Oid, RepoPath, WorktreeId};
    use crate::repo::Place;

    #[test]
    fn paths_stay_inside() {
        for (path, sound) in [
            ("a.py", true),
            ("src/a b.py", true),
            ("", false),
            ("/a.py", false),
            ("a//b", false),
            ("../a", false),
            ("a/./b", false),
            (".git/config", false),
            ("sub/.GIT/x", false),
            ("a/", false),
        ] {
            assert_eq!(RepoPath::new(path).is_ok(), sound, "{path:?}");
        }
    }

    #[test]
    fn ids_of_both_kinds_are_read_back() {
        for length in [40, 64] {
            let text = "0123456789abcdef".repeat(4)[..length].to_owned();
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(Oid::from_bytes(oid.as_bytes()), Ok(oid));
        }
        assert!("xyz".parse::<Oid>().is_err());
    }

    #[test]
    fn a_work_tree_keeps_its_id() {
        let home = tempfile::tempdir().unwrap();
        let git = home.path().join(".git");
        std::fs::create_dir(&git).unwrap();
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(home.path()).unwrap();
        let first = WorktreeId::of(&place).unwrap();
        assert_eq!(WorktreeId::of(&place).unwrap(), first);
        std::fs::write(git.join("hive/id"), "torn").unwrap();
        assert_ne!(WorktreeId::of(&place).unwrap(), first);
    }
}

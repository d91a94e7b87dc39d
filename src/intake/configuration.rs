//! Whether the configuration that a file is fixed under is the committed one.
//!
//! A fix of a commit must be what CI would make of that commit. The tools read their
//! configuration from the work tree; so if a file of configuration there differs from
//! the one in the tip's tree, the path waits until that is committed or undone.

mod names;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::worktree::stack::state::ignore::Source;

use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath};
use names::{CONFIGURATION, DIRECTORIES, is_evidence};

/// No file of configuration is larger; one that is counts as different.
const LARGEST: u64 = 64 << 20;
/// How many links lead to a file of configuration at most.
const LINKS: usize = 8;

/// Why configuration cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The repository or the tip cannot be read.
    #[error("git's data cannot be read: {0}")]
    Unreadable(String),
    /// A file or directory of the work tree cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

fn unreadable(error: impl std::fmt::Display) -> ConfigurationError {
    ConfigurationError::Unreadable(error.to_string())
}

/// The configuration of a commit beside that of the work tree. Every directory is
/// compared once and remembered: make a new one when either may have changed.
pub struct Configuration {
    repo: gix::Repository,
    tree: gix::ObjectId,
    root: PathBuf,
    extends: Vec<RepoPath>,
    accepts_hive_toml: bool,
    directories: RefCell<HashMap<String, Option<RepoPath>>>,
    common: OnceCell<Option<RepoPath>>,
    named: RefCell<HashMap<RepoPath, bool>>,
}

/// What lies at a path in the tree or the work tree.
#[derive(PartialEq, Eq)]
enum Content {
    File(Vec<u8>),
    Link(Vec<u8>),
    /// Nothing, or nothing that a tool would read.
    Absent,
    /// A file that is too large to be configuration.
    Large,
}

impl Configuration {
    /// Compares with the commit `tip`.
    pub fn at(place: &Place, tip: &Oid) -> Result<Self, ConfigurationError> {
        let repo = gix::open(place.root.clone()).map_err(unreadable)?;
        let commit = repo.find_commit(tip.id()).map_err(unreadable)?;
        let tree = commit.tree_id().map_err(unreadable)?.detach();
        drop(commit);
        Ok(Self::new(place, repo, tree))
    }

    /// Compares with a tree, as the commit has that is being made.
    pub fn of_tree(
        place: &Place,
        objects: &Objects,
        tree: &Oid,
    ) -> Result<Self, ConfigurationError> {
        let repo = objects.repository();
        repo.find_tree(tree.id()).map_err(unreadable)?;
        Ok(Self::new(place, repo, tree.id()))
    }

    fn new(place: &Place, repo: gix::Repository, tree: gix::ObjectId) -> Self {
        Self {
            repo,
            tree,
            root: place.root.clone(),
            extends: Vec::new(),
            accepts_hive_toml: false,
            directories: RefCell::default(),
            common: OnceCell::new(),
            named: RefCell::default(),
        }
    }

    /// Compares also these files, absolute, which the `hive.toml` extends. Those outside
    /// the work tree are not the team's to commit and are left out.
    #[must_use]
    pub fn extending(mut self, extends: &[PathBuf]) -> Self {
        self.extends = extends.iter().filter_map(|it| self.inside(it)).collect();
        self
    }

    /// Lets a `hive.toml` at the root, and what it extends, pass if they are not committed:
    /// their content is the one that the person trusts, so it counts as committed.
    #[must_use]
    pub fn accepting_hive_toml(mut self, trusted: bool) -> Self {
        self.accepts_hive_toml = trusted;
        self
    }

    /// The first file of configuration that differs: in the root, in every directory
    /// down to the path's, then what its tools name (absolute) and `hive.toml` extends, and
    /// the evidence for the whole repository. Those outside the work tree do not count.
    ///
    /// Only line endings may differ. A file that is here and not there differs, and so
    /// does one that is there and not here. What git ignores and only says which tools
    /// there are (a lock file that a library does not commit) does not count. A file that
    /// goes through another filter on its way into git counts as different.
    pub fn differs(
        &self,
        path: &RepoPath,
        named: &[PathBuf],
    ) -> Result<Option<RepoPath>, ConfigurationError> {
        let names: Vec<&str> = path.as_str().split('/').collect();
        for depth in 0..names.len() {
            let found = self.directory(&names[..depth].join("/"))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        for file in named.iter().filter_map(|file| self.inside(file)) {
            let known = self.named.borrow().get(&file).copied();
            let same = known.map_or_else(|| self.is_same(file.as_str(), 0), Ok)?;
            self.named.borrow_mut().insert(file.clone(), same);
            if !same {
                return Ok(Some(file));
            }
        }
        if let Some(known) = self.common.get() {
            return Ok(known.clone());
        }
        let found = self.common()?;
        Ok(self.common.get_or_init(|| found).clone())
    }

    /// A file's path in the repository. What an `extend` leads to is told without links.
    fn inside(&self, file: &Path) -> Option<RepoPath> {
        let real = fs::canonicalize(&self.root).ok();
        let below = |root: &Path| file.strip_prefix(root).ok();
        let relative = below(&self.root).or_else(|| below(real.as_deref()?))?;
        RepoPath::new(relative.to_str()?).ok()
    }

    fn directory(&self, directory: &str) -> Result<Option<RepoPath>, ConfigurationError> {
        if let Some(known) = self.directories.borrow().get(directory) {
            return Ok(known.clone());
        }
        let found = self.first(directory, |name| {
            CONFIGURATION.contains(&name) || is_evidence(name)
        })?;
        let mut directories = self.directories.borrow_mut();
        directories.insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    /// What counts for all paths alike.
    fn common(&self) -> Result<Option<RepoPath>, ConfigurationError> {
        for path in &self.extends {
            let trusted = || -> Result<bool, ConfigurationError> {
                let committed = self.committed(path.as_str())?;
                Ok(self.accepts_hive_toml && committed == Content::Absent)
            };
            if !self.is_same(path.as_str(), 0)? && !trusted()? {
                return Ok(Some(path.clone()));
            }
        }
        for directory in DIRECTORIES {
            let found = self.first(directory, |_| true)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first file of a directory, in order of name, that counts and differs.
    fn first(
        &self,
        directory: &str,
        counts: impl Fn(&str) -> bool,
    ) -> Result<Option<RepoPath>, ConfigurationError> {
        let mut names: BTreeSet<String> = self.committed_names(directory)?;
        names.extend(self.present_names(directory)?);
        names.retain(|name| counts(name));
        for name in names {
            let path = match directory {
                "" => name.clone(),
                above => format!("{above}/{name}"),
            };
            let Ok(path) = RepoPath::new(path) else {
                continue;
            };
            if !self.is_same(path.as_str(), 0)? && !self.is_excused(&path, &name)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Whether a difference does not matter.
    fn is_excused(&self, path: &RepoPath, name: &str) -> Result<bool, ConfigurationError> {
        let committed = self.committed(path.as_str())? != Content::Absent;
        if path.as_str() == "hive.toml" {
            return Ok(self.accepts_hive_toml && !committed);
        }
        if committed || CONFIGURATION.contains(&name) {
            return Ok(false);
        }
        let index = self.repo.index_or_empty().map_err(unreadable)?;
        let source = Source::WorktreeThenIdMappingIfNotSkipped;
        let mut excludes = self
            .repo
            .excludes(&index, None, source)
            .map_err(unreadable)?;
        let platform = excludes
            .at_path(path.as_path(), Some(gix::index::entry::Mode::FILE))
            .map_err(unreadable)?;
        Ok(platform.is_excluded())
    }

    fn is_same(&self, path: &str, links: usize) -> Result<bool, ConfigurationError> {
        match (self.committed(path)?, self.present(path)?) {
            (Content::File(committed), Content::File(present)) => {
                Ok(committed == present || lines(&committed).eq(lines(&present)))
            }
            (Content::Link(committed), Content::Link(present)) => {
                if committed != present || links == LINKS {
                    return Ok(false);
                }
                // The file that it leads to is what the tools read.
                let target = Path::new(std::ffi::OsStr::from_bytes(&present));
                let directory = Path::new(path).parent().unwrap_or(Path::new(""));
                match inside(&directory.join(target)) {
                    Some(target) => self.is_same(&target, links + 1),
                    None => Ok(true),
                }
            }
            (Content::Absent, Content::Absent) => Ok(true),
            _ => Ok(false),
        }
    }

    fn committed(&self, path: &str) -> Result<Content, ConfigurationError> {
        let tree = self.repo.find_tree(self.tree).map_err(unreadable)?;
        let entry = tree.lookup_entry_by_path(path).map_err(unreadable)?;
        let Some(entry) = entry else {
            return Ok(Content::Absent);
        };
        let mode = entry.mode();
        if !mode.is_blob_or_symlink() {
            return Ok(Content::Absent);
        }
        let bytes = entry.object().map_err(unreadable)?.detach().data;
        Ok(if mode.is_link() {
            Content::Link(bytes)
        } else {
            Content::File(bytes)
        })
    }

    fn present(&self, path: &str) -> Result<Content, ConfigurationError> {
        let path = self.root.join(path);
        let content = (|| {
            let about = fs::symlink_metadata(&path)?;
            if about.is_symlink() {
                let target = fs::read_link(&path)?;
                return Ok(Content::Link(target.as_os_str().as_bytes().to_vec()));
            }
            if !about.is_file() {
                return Ok(Content::Absent);
            }
            if about.len() > LARGEST {
                return Ok(Content::Large);
            }
            fs::read(&path).map(Content::File)
        })();
        content.or_else(|error| match error {
            error if is_absent(&error) => Ok(Content::Absent),
            source => Err(ConfigurationError::File { path, source }),
        })
    }

    fn committed_names(&self, directory: &str) -> Result<BTreeSet<String>, ConfigurationError> {
        let tree = self.repo.find_tree(self.tree).map_err(unreadable)?;
        let tree = if directory.is_empty() {
            tree
        } else {
            let entry = tree.lookup_entry_by_path(directory).map_err(unreadable)?;
            match entry.filter(|entry| entry.mode().is_tree()) {
                None => return Ok(BTreeSet::new()),
                Some(entry) => entry.object().map_err(unreadable)?.into_tree(),
            }
        };
        let mut names = BTreeSet::new();
        for entry in tree.iter() {
            let entry = entry.map_err(unreadable)?;
            names.extend(entry.filename().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    fn present_names(&self, directory: &str) -> Result<BTreeSet<String>, ConfigurationError> {
        let path = self.root.join(directory);
        match fs::read_dir(&path) {
            Ok(entries) => Ok(entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect()),
            Err(error) if is_absent(&error) => Ok(BTreeSet::new()),
            Err(source) => Err(ConfigurationError::File { path, source }),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The lines without their endings.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// A path without `.` and `..`, if it stays inside.
fn inside(path: &Path) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::Normal(name) => names.push(name.to_str()?),
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                names.pop()?;
            }
            _ => return None,
        }
    }
    (!names.is_empty()).then(|| names.join("/"))
}

#[cfg(test)]
mod tests;

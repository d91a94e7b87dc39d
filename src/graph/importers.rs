//! Which tracked files use names of a module.

use std::collections::BTreeSet;
use std::io;

use gix::bstr::ByteSlice;
use gix::index::entry::{Mode, Stage};
use rayon::prelude::*;

use super::module::Module;
use super::syntax::TooDeep;
use super::uses::{Target, Uses, exported, uses};
use crate::repo::{Oid, Place, RepoPath, regular};

/// How many files may hand names on by star imports before the answer is given up.
const HANDED_ON: usize = 64;
/// No text is larger, in bytes; one that is cannot be told to use nothing.
const LARGEST: u64 = 64 << 20;

/// A place that would miss a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Importer {
    /// The file; the module itself where its own `__all__` has the name.
    pub path: RepoPath,
    /// The 1-based line.
    pub line: u32,
    /// The name.
    pub name: String,
}

/// Why the question has no answer; a fix that needs it does not land by itself.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The index cannot be read.
    #[error("the index cannot be read: {0}")]
    Index(String),
    /// A tracked file can be read neither in the work tree nor as a blob.
    #[error("{path} cannot be read: {reason}")]
    File {
        /// The file.
        path: RepoPath,
        /// What the system or git says.
        reason: String,
    },
    /// The tree of a commit cannot be read.
    #[error("{0}")]
    Tree(String),
    /// Star imports hand the names on from module to module without an end in sight.
    #[error("{0} hands its names on through too many star imports")]
    TooManyStars(RepoPath),
    /// A text that is to be looked through cannot be parsed.
    #[error("{path} {reason}")]
    TooDeep {
        /// The file.
        path: RepoPath,
        /// That it nests too deeply.
        reason: TooDeep,
    },
}

/// The tracked Python files (`.py`, `.pyi`) that use one of the names of the module at
/// `path`, in order of path and line. `*` among the names stands for any name.
///
/// Found are `from module import name` in all its forms, `module.name` under any name that
/// the module was imported by, names that come by star imports (also through further
/// modules), strings like `"package.module.name"`, `"name"` where the module is imported,
/// and the module's own `__all__`. Not found is what only a run can know:
/// `importlib.import_module` with a computed name, `globals()`, files that are not Python.
/// An import counts if its name fits the end of the path. The files are read from the
/// work tree; one that is missing there, from the index.
pub fn importers(
    place: &Place,
    path: &RepoPath,
    names: &[String],
) -> Result<Vec<Importer>, GraphError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let tracked = Tracked::read(place)?;
    let mut found = BTreeSet::new();
    let mut asked = BTreeSet::new();
    let mut waiting = vec![path.clone()];
    while let Some(module) = waiting.pop() {
        if !asked.insert(module.clone()) {
            continue;
        }
        if asked.len() > HANDED_ON {
            return Err(GraphError::TooManyStars(path.clone()));
        }
        let text = tracked.text_of(&module)?;
        let exports = match text.as_deref().map(exported) {
            Some(exports) => exports.map_err(|reason| too_deep(&module, reason))?,
            None => None,
        };
        let own = exports
            .iter()
            .flatten()
            .filter(|(_, name)| names.contains(name));
        found.extend(own.map(|(line, name)| Importer {
            path: module.clone(),
            line: *line,
            name: name.clone(),
        }));
        let target = Target {
            module: Module::of(&module),
            names,
            in_package: tracked.has_root_package(),
            by_star: exports.is_none(),
        };
        for (user, uses) in tracked.users(&module, &target)? {
            if uses.star {
                waiting.push(user.clone());
            }
            found.extend(uses.found.into_iter().map(|(line, name)| Importer {
                path: user.clone(),
                line,
                name,
            }));
        }
    }
    Ok(found.into_iter().collect())
}

/// The tracked Python files.
struct Tracked<'a> {
    place: &'a Place,
    repository: gix::ThreadSafeRepository,
    files: Vec<(RepoPath, Oid)>,
}

impl<'a> Tracked<'a> {
    fn read(place: &'a Place) -> Result<Self, GraphError> {
        let failed = |error: String| GraphError::Index(error);
        let repository =
            gix::open(place.root.clone()).map_err(|error| failed(error.to_string()))?;
        let index = repository
            .index_or_empty()
            .map_err(|error| failed(error.to_string()))?;
        let mut files = Vec::new();
        for entry in index.entries() {
            let path = entry.path(&index);
            let python = path.ends_with(b".py") || path.ends_with(b".pyi");
            // Of a conflict each side may import something.
            let counts = matches!(entry.stage(), Stage::Unconflicted | Stage::Ours);
            // What a link leads to is looked at where it lies, if it is tracked.
            let is_text = !matches!(entry.mode, Mode::COMMIT | Mode::SYMLINK);
            if !python || !counts || !is_text {
                continue;
            }
            let name = path.to_str().ok().and_then(|path| RepoPath::new(path).ok());
            let Some(name) = name else {
                return Err(failed(format!("{path} is not UTF-8")));
            };
            files.push((name, Oid::from(entry.id)));
        }
        Ok(Self {
            place,
            repository: repository.into_sync(),
            files,
        })
    }

    fn has_root_package(&self) -> bool {
        self.files
            .iter()
            .any(|(path, _)| path.as_str() == "__init__.py")
    }

    /// The files that use the target's names or hand them on.
    fn users(
        &self,
        module: &RepoPath,
        target: &Target<'_>,
    ) -> Result<Vec<(RepoPath, Uses)>, GraphError> {
        let users = self
            .files
            .par_iter()
            .filter(|(path, _)| path != module)
            .map(|(path, oid)| {
                let bytes = self.bytes(path, oid)?;
                let user = Module::of(path);
                if !target.may_be_used_by(&bytes, &user) {
                    return Ok(None);
                }
                let uses = uses(&String::from_utf8_lossy(&bytes), &user, target)
                    .map_err(|reason| too_deep(path, reason))?;
                let used = uses.star || !uses.found.is_empty();
                Ok(used.then(|| (path.clone(), uses)))
            })
            .collect::<Result<Vec<_>, GraphError>>()?;
        Ok(users.into_iter().flatten().collect())
    }

    /// The text of a tracked file; `None` if it is not tracked.
    fn text_of(&self, path: &RepoPath) -> Result<Option<String>, GraphError> {
        let Some((path, oid)) = self.files.iter().find(|(tracked, _)| tracked == path) else {
            return Ok(None);
        };
        let bytes = self.bytes(path, oid)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn bytes(&self, path: &RepoPath, oid: &Oid) -> Result<Vec<u8>, GraphError> {
        match regular::read_itself(&path.below(&self.place.root), LARGEST) {
            Ok(bytes) => Ok(bytes),
            // Left out by a sparse checkout, or deleted and not yet committed so.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.blob(path, oid),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    fn blob(&self, path: &RepoPath, oid: &Oid) -> Result<Vec<u8>, GraphError> {
        let repository = self.repository.to_thread_local();
        let object = repository
            .find_object(oid.id())
            .map_err(|error| unreadable(path, &error))?;
        Ok(object.detach().data)
    }
}

fn too_deep(path: &RepoPath, reason: TooDeep) -> GraphError {
    GraphError::TooDeep {
        path: path.clone(),
        reason,
    }
}

fn unreadable(path: &RepoPath, error: &dyn std::error::Error) -> GraphError {
    GraphError::File {
        path: path.clone(),
        reason: error.to_string(),
    }
}

//! Which file a dotted name means.
//!
//! Pure. The files make a tree of directories; a name is walked from the import roots
//! down, by the rules that Python and its type checkers share:
//!
//! - In a directory, a package (`name/__init__.py`) comes before a module (`name.py`), and
//!   both before a plain directory, which is a namespace package. A stub (`.pyi`) comes
//!   before the source, and brings the source with it.
//! - Of several roots the first with a package or module of the first name has it alone;
//!   namespace packages (also legacy ones, which extend their `__path__`) of several
//!   roots are one.
//! - Asked first are the roots around the importing file, the nearest first. Roots
//!   elsewhere follow, but not for a name of the standard library: a fixture that
//!   happens to be called `logging` is none to the rest of the repository.
//! - What no root has is looked for in the directories around the importing file that
//!   are no packages, the nearest first, since a script sees its own directory.
//! - Modules that are built into Python are never shadowed.
//!
//! Relative names are walked from the importing file's directory, package or not.

use ruff_python_stdlib::sys::{is_builtin_module, is_known_standard_library};
use rustc_hash::FxHashMap;

use super::layout::is_python;
use super::roots::Roots;
use crate::repo::RepoPath;

/// The Python whose standard library counts: the newest that ruff knows well.
const MINOR: u8 = 13;

type Dir = u32;
/// A file, by its number.
pub(super) type File = u32;

/// The directories of a repository and the modules in them.
#[derive(Debug, Default)]
pub(super) struct Names {
    dirs: Vec<Directory>,
    /// The directory of each file.
    homes: Vec<Dir>,
    /// Roots by the first names below them, in the order of the roots.
    tops: FxHashMap<Box<str>, Vec<Dir>>,
}

#[derive(Debug, Default)]
struct Directory {
    above: Option<Dir>,
    entries: FxHashMap<Box<str>, Entry>,
    init: Module,
    /// Whether its `__init__` extends its `__path__`.
    legacy: bool,
    root: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Entry {
    dir: Option<Dir>,
    module: Module,
}

/// The files of one module.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Module {
    /// The `.py`.
    pub(super) source: Option<File>,
    /// The `.pyi`.
    pub(super) stub: Option<File>,
}

impl Module {
    pub(super) fn is_there(self) -> bool {
        self.source.is_some() || self.stub.is_some()
    }

    /// The stub and the source.
    pub(super) fn files(self) -> impl Iterator<Item = File> {
        self.stub.into_iter().chain(self.source)
    }
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A package or module of the repository.
    Module(Module),
    /// A directory without a file of its own.
    Namespace,
    /// Nothing, though its first part is here.
    Missing,
    /// Nothing here: the standard library, a dependency.
    Outside,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    dir: Option<Dir>,
    module: Module,
    legacy: bool,
}

impl Candidate {
    /// Whether it is a package or module, which no other root adds to.
    fn is_concrete(self) -> bool {
        self.module.is_there() && !self.legacy
    }
}

impl Names {
    /// Reads a list of files. `legacy` says whether a file extends its `__path__`.
    pub(super) fn new(files: &[RepoPath], roots: &Roots, legacy: impl Fn(usize) -> bool) -> Self {
        let mut names = Self {
            dirs: vec![Directory::default()],
            homes: Vec::with_capacity(files.len()),
            tops: FxHashMap::default(),
        };
        let mut last: (&str, Dir) = ("", 0);
        for (number, path) in files.iter().enumerate() {
            let file = File::try_from(number).unwrap_or(File::MAX);
            let (parent, name) = path
                .as_str()
                .rsplit_once('/')
                .unwrap_or(("", path.as_str()));
            if parent != last.0 {
                last = (parent, names.make(parent));
            }
            let dir = last.1;
            names.homes.push(dir);
            // A script is no module, whatever it is called.
            if !is_python(path) {
                continue;
            }
            let (stem, stub) = match name.strip_suffix(".pyi") {
                Some(stem) => (stem, true),
                None => (name.rsplit_once('.').map_or(name, |(stem, _)| stem), false),
            };
            let home = &mut names.dirs[dir as usize];
            let module = if stem == "__init__" {
                home.legacy |= legacy(number);
                &mut home.init
            } else {
                &mut home.entries.entry(stem.into()).or_default().module
            };
            let place = if stub {
                &mut module.stub
            } else {
                &mut module.source
            };
            *place = Some(file);
        }
        for root in roots.iter() {
            let Some(dir) = names.find(root.path()) else {
                continue;
            };
            if std::mem::replace(&mut names.dirs[dir as usize].root, true) {
                continue;
            }
            let Self { dirs, tops, .. } = &mut names;
            for name in dirs[dir as usize].entries.keys() {
                tops.entry(name.clone()).or_default().push(dir);
            }
        }
        names
    }

    fn make(&mut self, path: &str) -> Dir {
        let mut at: Dir = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let next = Dir::try_from(self.dirs.len()).unwrap_or(Dir::MAX);
            let entries = &mut self.dirs[at as usize].entries;
            let known = entries.get(part).and_then(|entry| entry.dir);
            if let Some(known) = known {
                at = known;
                continue;
            }
            entries.entry(part.into()).or_default().dir = Some(next);
            self.dirs.push(Directory {
                above: Some(at),
                ..Directory::default()
            });
            at = next;
        }
        at
    }

    fn find(&self, path: &str) -> Option<Dir> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        parts.try_fold(0, |at: Dir, part| {
            self.dirs[at as usize].entries.get(part)?.dir
        })
    }

    fn around(&self, dir: Dir) -> impl Iterator<Item = Dir> {
        std::iter::successors(Some(dir), |dir| self.dirs[*dir as usize].above)
    }

    /// What a dotted name means when a file imports it.
    pub(super) fn absolute(&self, name: &[&str], importer: File) -> Meaning {
        let Some(first) = name.first() else {
            return Meaning::Outside;
        };
        if is_builtin_module(MINOR, first) || matches!(*first, "types" | "typing_extensions") {
            return Meaning::Outside;
        }
        let home = self.homes[importer as usize];
        let mut met = false;
        if let Some(tops) = self.tops.get(*first) {
            let found = self.walk(name, self.in_order(tops, home, first));
            met |= found.is_some();
            if let Some(meaning @ (Meaning::Module(_) | Meaning::Namespace)) = found {
                return meaning;
            }
        }
        let scripts = self.around(home).filter(|dir| {
            let dir = &self.dirs[*dir as usize];
            !dir.init.is_there() && dir.entries.contains_key(*first)
        });
        let found = self.walk(name, scripts);
        met |= found.is_some();
        match found {
            Some(meaning @ (Meaning::Module(_) | Meaning::Namespace)) => meaning,
            _ if met => Meaning::Missing,
            _ => Meaning::Outside,
        }
    }

    /// The roots around a directory, the nearest first, then the others that may count.
    fn in_order<'a>(
        &'a self,
        tops: &'a [Dir],
        home: Dir,
        first: &str,
    ) -> impl Iterator<Item = Dir> + 'a {
        let near = move || self.around(home).filter(|dir| tops.contains(dir));
        let stranger = !is_known_standard_library(MINOR, first);
        let far = move |dir: &Dir| stranger && !near().any(|it| it == *dir);
        near().chain(tops.iter().copied().filter(far))
    }

    /// What a relative name means in a file; `Missing` above the repository.
    pub(super) fn relative(&self, level: u32, name: &[&str], importer: File) -> Meaning {
        let up = usize::try_from(level)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let Some(base) = self.around(self.homes[importer as usize]).nth(up) else {
            return Meaning::Missing;
        };
        let directory = &self.dirs[base as usize];
        if name.is_empty() {
            return if directory.init.is_there() {
                Meaning::Module(directory.init)
            } else {
                Meaning::Namespace
            };
        }
        self.walk(name, std::iter::once(base))
            .unwrap_or(Meaning::Missing)
    }

    /// Walks a name down from directories in order; `None` if none has its first part.
    fn walk(&self, name: &[&str], from: impl Iterator<Item = Dir>) -> Option<Meaning> {
        let (first, rest) = name.split_first()?;
        let mut candidates: Vec<Candidate> = Vec::new();
        for dir in from {
            if let Some(candidate) = self.step(dir, first) {
                candidates.push(candidate);
                if candidate.is_concrete() {
                    break;
                }
            }
        }
        if candidates.is_empty() {
            return None;
        }
        prefer_concrete(&mut candidates);
        for part in rest {
            let mut shadowed = false;
            candidates.retain_mut(|candidate| {
                if shadowed {
                    return false;
                }
                let step = candidate.dir.and_then(|dir| self.step(dir, part));
                shadowed = step.unwrap_or(*candidate).is_concrete();
                step.map(|step| *candidate = step).is_some()
            });
            prefer_concrete(&mut candidates);
        }
        Some(match candidates.first() {
            None => Meaning::Missing,
            Some(found) if found.module.is_there() => Meaning::Module(found.module),
            Some(_) => Meaning::Namespace,
        })
    }

    fn step(&self, dir: Dir, part: &str) -> Option<Candidate> {
        let entry = self.dirs[dir as usize].entries.get(part)?;
        if let Some(package) = entry.dir {
            let below = &self.dirs[package as usize];
            if below.init.is_there() {
                return Some(Candidate {
                    dir: entry.dir,
                    module: below.init,
                    legacy: below.legacy,
                });
            }
        }
        if entry.module.is_there() {
            return Some(Candidate {
                dir: None,
                module: entry.module,
                legacy: false,
            });
        }
        Some(Candidate {
            dir: entry.dir,
            module: Module::default(),
            legacy: false,
        })
    }

    /// The dotted name of a file: from the nearest root around it.
    pub(super) fn name(&self, path: &RepoPath, file: File) -> String {
        let stem = path
            .as_str()
            .rsplit_once('.')
            .map_or(path.as_str(), |(stem, _)| stem);
        let mut parts: Vec<&str> = stem.split('/').collect();
        if parts.last() == Some(&"__init__") {
            parts.pop();
        }
        let home = self.homes[file as usize];
        let depth = self.around(home).count() - 1;
        let root = self
            .around(home)
            .position(|dir| self.dirs[dir as usize].root);
        let skipped = depth - root.unwrap_or(depth);
        parts.get(skipped..).unwrap_or_default().join(".")
    }
}

fn prefer_concrete(candidates: &mut Vec<Candidate>) {
    if candidates.iter().any(|candidate| candidate.is_concrete()) {
        candidates.retain(|candidate| candidate.is_concrete());
    }
}

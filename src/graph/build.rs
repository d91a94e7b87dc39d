//! The graph: files, what they import, and who imports them.
//!
//! Pure. Made from facts in one go; nothing in it is changed later. To resolve all imports
//! of a few thousand files again takes milliseconds, so a changed file makes a new graph.

use std::sync::Arc;

use rayon::prelude::*;

use super::facts::{Alias, Facts, Import, Problem, Reading};
use super::kind::{Kind, Kinds};
use super::meaning::{Resolved, is_script, resolve, resolve_script};
use super::names::{File, Meaning, Names};
use super::roots::Roots;
use super::script::{Declared, Resolver};
use crate::repo::RepoPath;

/// The import graph of a repository.
///
/// Nodes are files; an edge leads from a file to one that it imports. Every import that
/// means a file makes an edge:
///
/// - `import a.b` leads to the file of `a.b`, not to those of the packages on the way;
/// - `from a import b` leads to the module `a.b` where there is one, else to `a`;
/// - where a module has a stub, an edge leads to the stub and one to the source;
/// - a file may import itself (`from . import name` in an `__init__`);
/// - a specifier of a script leads to the file of the repository that it means, and to the
///   declarations beside it.
#[derive(Debug)]
pub struct Graph {
    pub(super) files: Vec<RepoPath>,
    pub(super) readings: Vec<Arc<Reading>>,
    pub(super) names: Names,
    pub(super) roots: Roots,
    scripts: Declared,
    /// What the imports of each file mean, in order.
    resolved: Vec<Vec<Resolved>>,
    /// All edges by importer, then imported file, then statement.
    pub(super) links: Vec<Link>,
    /// Where in `links` those of each file begin; one more at the end.
    starts: Vec<u32>,
    /// Edges by imported file, then importer: numbers of `links`.
    back: Vec<u32>,
    back_starts: Vec<u32>,
}

/// An edge, by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) from: File,
    pub(super) to: File,
    pub(super) import: u32,
    pub(super) alias: u32,
    pub(super) kind: Kind,
}

/// An edge: one name of one import statement, and the file that it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge<'g> {
    /// The importing file.
    pub from: &'g RepoPath,
    /// The imported file.
    pub to: &'g RepoPath,
    /// The statement.
    pub import: &'g Import,
    /// The name in it.
    pub alias: &'g Alias,
}

impl Edge<'_> {
    /// When it runs.
    pub fn kind(&self) -> Kind {
        self.import.kind
    }
}

/// What an import means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'g> {
    /// A file of the repository; a second one where it has a stub and a source.
    File(&'g RepoPath, Option<&'g RepoPath>),
    /// A directory that is a namespace package.
    Namespace,
    /// Nothing that is there, although its first part is here, or it is relative.
    Missing,
    /// Something outside of the repository.
    Outside,
}

/// A name of an import statement and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Imported<'g> {
    /// The statement.
    pub import: &'g Import,
    /// The name in it.
    pub alias: &'g Alias,
    /// What it means.
    pub target: Target<'g>,
}

impl Graph {
    /// Builds the graph of some files; of two with the same path the last one counts.
    /// Resolves in parallel.
    pub fn build(files: impl IntoIterator<Item = (RepoPath, Arc<Reading>)>, roots: Roots) -> Self {
        Self::with_scripts(files, roots, Declared::default())
    }

    /// The same with scripts among the files, and what is declared for them.
    pub fn with_scripts(
        files: impl IntoIterator<Item = (RepoPath, Arc<Reading>)>,
        roots: Roots,
        scripts: Declared,
    ) -> Self {
        let mut all: Vec<(RepoPath, Arc<Reading>)> = files.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.reverse();
        all.dedup_by(|earlier, later| earlier.0 == later.0);
        all.reverse();
        let (files, readings): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let legacy = |number: usize| {
            let facts = readings
                .get(number)
                .and_then(|it: &Arc<Reading>| it.as_ref().as_ref().ok());
            facts.is_some_and(|facts| facts.extends_path)
        };
        let names = Names::new(&files, &roots, legacy);
        let of_scripts = files.iter().zip(0..).filter(|(path, _)| is_script(path));
        let resolver = Resolver::new(of_scripts.map(|(path, at)| (path.as_str(), at)), &scripts);
        let resolved: Vec<Vec<Resolved>> = readings
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .map(|(number, reading)| match reading.as_ref() {
                Ok(facts) if is_script(&files[number]) => {
                    resolve_script(&resolver, files[number].as_str(), facts)
                }
                Ok(facts) => resolve(&names, number_of(number), facts),
                Err(_) => Vec::new(),
            })
            .collect();
        let mut links = Vec::new();
        for (number, (reading, resolved)) in readings.iter().zip(&resolved).enumerate() {
            let Ok(facts) = reading.as_ref() else {
                continue;
            };
            let before = links.len();
            for it in resolved {
                let Meaning::Module(module) = it.meaning else {
                    continue;
                };
                links.extend(module.files().map(|to| Link {
                    from: number_of(number),
                    to,
                    import: it.import,
                    alias: it.alias,
                    kind: facts.imports[it.import as usize].kind,
                }));
            }
            links[before..].sort_unstable();
        }
        let forward = begins(files.len(), links.iter().map(|link| link.from));
        let mut back: Vec<u32> = (0..number_of(links.len())).collect();
        back.sort_by_key(|at| links[*at as usize].to);
        let back_starts = begins(files.len(), back.iter().map(|at| links[*at as usize].to));
        Self {
            files,
            readings,
            names,
            roots,
            scripts,
            resolved,
            links,
            starts: forward,
            back,
            back_starts,
        }
    }

    /// The files, in order of path; also those with a problem.
    pub fn files(&self) -> &[RepoPath] {
        &self.files
    }

    /// The import roots that names were resolved by.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// What configuration says to the scripts.
    pub fn scripts(&self) -> &Declared {
        &self.scripts
    }

    /// The files that could not be read or parsed, in order. They have no edges of their
    /// own, so an answer about them is not known.
    pub fn problems(&self) -> impl Iterator<Item = (&RepoPath, &Problem)> {
        let files = self.files.iter().zip(&self.readings);
        files.filter_map(|(path, reading)| Some((path, reading.as_ref().as_ref().err()?)))
    }

    /// Whether a file is in the graph.
    pub fn has(&self, path: &RepoPath) -> bool {
        self.number(path).is_some()
    }

    /// The facts of a file; `None` if it is not in the graph or has a problem.
    pub fn facts(&self, path: &RepoPath) -> Option<&Facts> {
        self.facts_of(self.number(path)?)
    }

    /// The dotted name of a file, from the nearest import root around it; empty for the
    /// `__init__` of a root. `None` if it is not in the graph, and for a script, which has no
    /// name but its path.
    pub fn name(&self, path: &RepoPath) -> Option<String> {
        if is_script(path) {
            return None;
        }
        Some(self.names.name(path, self.number(path)?))
    }

    /// All edges, in order of importer, imported file and statement.
    pub fn edges(&self) -> impl Iterator<Item = Edge<'_>> {
        self.links.iter().map(|link| self.edge(*link))
    }

    /// The edges that lead from a file, by imported file; none if it is not in the graph.
    pub fn imports_of(&self, path: &RepoPath, kinds: Kinds) -> impl Iterator<Item = Edge<'_>> {
        let number = self.number(path);
        let links = number
            .into_iter()
            .flat_map(|number| self.links_from(number));
        let wanted = links.filter(move |link| kinds.has(link.kind));
        wanted.map(|link| self.edge(*link))
    }

    /// The edges that lead to a file, by importer; none if it is not in the graph.
    pub fn importers_of(&self, path: &RepoPath, kinds: Kinds) -> impl Iterator<Item = Edge<'_>> {
        let number = self.number(path);
        let links = number.into_iter().flat_map(|number| self.links_to(number));
        let wanted = links.filter(move |link| kinds.has(link.kind));
        wanted.map(|link| self.edge(*link))
    }

    /// Every name that a file imports, in order of the file, with what it means.
    pub fn imported(&self, path: &RepoPath) -> impl Iterator<Item = Imported<'_>> {
        let number = self.number(path);
        let facts = number.and_then(|number| Some((number, self.facts_of(number)?)));
        facts.into_iter().flat_map(move |(number, facts)| {
            self.resolved[number as usize].iter().map(move |it| {
                let import = &facts.imports[it.import as usize];
                Imported {
                    import,
                    alias: &import.names[it.alias as usize],
                    target: self.target(it.meaning),
                }
            })
        })
    }

    /// What an absolute dotted name means to a file, or to everybody if there is none.
    pub fn module(&self, dotted: &str, importer: Option<&RepoPath>) -> Target<'_> {
        let importer = match importer {
            Some(path) => self.number(path),
            None if self.files.is_empty() => None,
            None => Some(0),
        };
        let parts: Vec<&str> = dotted.split('.').collect();
        importer.map_or(Target::Outside, |importer| {
            self.target(self.names.absolute(&parts, importer))
        })
    }

    pub(super) fn number(&self, path: &RepoPath) -> Option<File> {
        self.files.binary_search(path).ok().map(number_of)
    }

    pub(super) fn facts_of(&self, file: File) -> Option<&Facts> {
        self.readings[file as usize].as_ref().as_ref().ok()
    }

    pub(super) fn links_from(&self, file: File) -> &[Link] {
        let file = file as usize;
        &self.links[self.starts[file] as usize..self.starts[file + 1] as usize]
    }

    pub(super) fn links_to(&self, file: File) -> impl Iterator<Item = &Link> {
        let file = file as usize;
        let range = self.back_starts[file] as usize..self.back_starts[file + 1] as usize;
        self.back[range].iter().map(|at| &self.links[*at as usize])
    }

    pub(super) fn edge(&self, link: Link) -> Edge<'_> {
        let Ok(facts) = self.readings[link.from as usize].as_ref() else {
            unreachable!("a link is made from the facts of its file");
        };
        let import = &facts.imports[link.import as usize];
        Edge {
            from: &self.files[link.from as usize],
            to: &self.files[link.to as usize],
            import,
            alias: &import.names[link.alias as usize],
        }
    }

    fn target(&self, meaning: Meaning) -> Target<'_> {
        match meaning {
            Meaning::Module(module) => {
                let mut files = module.files().map(|file| &self.files[file as usize]);
                match files.next() {
                    Some(first) => Target::File(first, files.next()),
                    None => Target::Missing,
                }
            }
            Meaning::Namespace => Target::Namespace,
            Meaning::Missing => Target::Missing,
            Meaning::Outside => Target::Outside,
        }
    }
}

pub(super) fn number_of(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where each file's part of a sorted list begins; one more at the end.
fn begins(files: usize, sorted: impl Iterator<Item = File>) -> Vec<u32> {
    let mut starts = vec![0; files + 1];
    for file in sorted {
        starts[file as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    starts
}

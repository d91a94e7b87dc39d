//! A look at all files of a work tree, that reads only what has changed since the last one.
//!
//! Which files there are is taken from the last look as long as no directory has changed
//! ([`Standing`]); of a file that stands as it did neither content nor facts are read. What
//! the rules say is known under all that they look at: their settings, the names of all
//! files, the facts of each Python file, the files that name import roots, the commit that
//! imports are compared with, and every file whose text they asked for. Where any of it is
//! another they judge again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::verdict::{self, Inputs};
use super::whole::{LARGEST, Whole};
use crate::failure::{Failure, Outcome};
use crate::golden::{Base, Config, RuleSet, Tree};
use crate::graph::{Graph, Layout, Library, Reading, Shelf, ShelfKey, facts, key_of};
use crate::intake::walk;
use crate::memo::{FactShelf, Standing};
use crate::repo::{Oid, Place, RepoPath, regular};

/// What a look needs; it may go to another thread.
pub struct Overlook {
    pub(super) boundary: std::path::PathBuf,
    pub(super) place: Option<Place>,
    pub(super) config: Config,
    pub(super) keeps: bool,
    /// How old what is noted has to be; see [`TICK`](crate::memo::standing::TICK).
    pub(super) tick: i64,
}

/// The content of a Python file as this look knows it.
struct Content {
    path: RepoPath,
    /// What it is known by; `None` if it cannot be read.
    key: Option<ShelfKey>,
    /// The hash of its facts.
    facts: ShelfKey,
    /// The facts, where they had to be looked at.
    reading: Option<Arc<Reading>>,
}

impl Overlook {
    /// Judges the repository by the rules that look at all of it; nothing if none does.
    /// `base` is the tree that imports are compared with.
    pub fn judge(&self, base: Option<&Oid>) -> Outcome<Option<Whole>> {
        let set = RuleSet::prepare(&self.config).map_err(Failure::configuration)?;
        if !set.looks_at_trees() {
            return Ok(None);
        }
        let shelf = self
            .keeps
            .then(|| Box::new(FactShelf::open(self.place.as_ref())) as Box<dyn Shelf>);
        let mut library = Library::new(shelf);
        let mut standing = Standing::load(library.shelf(), &self.boundary, self.tick);
        let names = self.names(&mut standing)?;
        let paths = names
            .iter()
            .filter_map(|path| RepoPath::new(path.as_str()).ok());
        let layout = Layout::of(paths);
        let contents = self.contents(&layout, &mut standing, &mut library);
        standing.only(|path| {
            names
                .binary_search_by(|known| known.as_str().cmp(path))
                .is_ok()
        });
        standing.keep(library.shelf(), &self.boundary);
        let inputs = self.inputs(&names, &layout, &contents, base);
        let now = |path: &str| self.content_of(path, &contents);
        if let Some(inputs) = &inputs
            && let Some(whole) = verdict::find(library.shelf(), inputs, now)
        {
            return Ok(Some(whole));
        }
        let (whole, read) = self.judge_anew(&set, &names, &layout, contents, base, &mut library);
        if let (Some(inputs), Some(read)) = (&inputs, &read) {
            verdict::keep(library.shelf(), inputs, read, &whole);
        }
        Ok(Some(whole))
    }

    /// The files that git does not ignore, in order.
    fn names(&self, standing: &mut Standing) -> Outcome<Vec<String>> {
        let more = walk::rules_elsewhere(self.place.as_ref());
        if let Some(files) = standing.files(&self.boundary, &more) {
            return Ok(files.to_vec());
        }
        let walked = walk::enter(std::slice::from_ref(&self.boundary));
        if let Some(error) = walked.errors.first() {
            return Err(Failure::usage(format!("cannot read {error}")));
        }
        let relative = |path: &std::path::Path| {
            let path = path.strip_prefix(&self.boundary).ok()?.to_str()?;
            Some(path.to_owned())
        };
        let mut names: Vec<String> = walked
            .files
            .iter()
            .filter(|found| !found.symlink)
            .filter_map(|found| relative(&found.path))
            .filter(|path| RepoPath::new(path.as_str()).is_ok())
            .collect();
        names.sort();
        let entered: Option<Vec<String>> = walked
            .directories
            .iter()
            .map(|path| relative(path))
            .collect();
        if let Some(entered) = entered {
            standing.list(&self.boundary, &more, &names, &entered);
        }
        Ok(names)
    }

    /// The contents of the Python files, of which only those are read that have changed.
    fn contents(
        &self,
        layout: &Layout,
        standing: &mut Standing,
        library: &mut Library,
    ) -> Vec<Content> {
        let known: &Standing = standing;
        let seen: Vec<_> = layout
            .python
            .par_iter()
            .with_min_len(64)
            .map(|path| known.seen(&self.boundary, path))
            .collect();
        let fresh: Vec<RepoPath> = layout
            .python
            .iter()
            .zip(&seen)
            .filter(|(_, seen)| seen.is_none())
            .map(|(path, _)| path.clone())
            .collect();
        let mut read = library.read(&self.boundary, &fresh).into_iter();
        let mut contents = Vec::with_capacity(seen.len());
        for (path, seen) in layout.python.iter().zip(seen) {
            let content = if let Some(seen) = seen {
                Content {
                    path: path.clone(),
                    key: Some(seen.content),
                    facts: seen.facts,
                    reading: None,
                }
            } else {
                let Some(read) = read.next() else { break };
                let written = facts::encode(&read.reading);
                let facts = key_of(&written.unwrap_or_default());
                if let Some(key) = read.key {
                    standing.note(&self.boundary, path, key, facts);
                }
                Content {
                    path: path.clone(),
                    key: read.key,
                    facts,
                    reading: Some(read.reading),
                }
            };
            contents.push(content);
        }
        contents
    }

    /// All that is known to be looked at before the rules look; `None` where some of it
    /// cannot be read, since that may be for a moment.
    fn inputs(
        &self,
        names: &[String],
        layout: &Layout,
        contents: &[Content],
        base: Option<&Oid>,
    ) -> Option<Inputs> {
        let mut inputs = Inputs::new("a work tree", &self.config);
        inputs.add(base.map_or(&b"none"[..], Oid::as_bytes));
        for name in names {
            inputs.add(name.as_bytes());
        }
        for file in &layout.configuration {
            let bytes = regular::read(&file.below(&self.boundary), LARGEST).ok()?;
            inputs.add(&key_of(&bytes));
        }
        for content in contents {
            content.key?;
            inputs.add(&content.facts);
        }
        Some(inputs)
    }

    /// What a file's content is known by now; `None` if it cannot be read.
    fn content_of(&self, path: &str, contents: &[Content]) -> Option<ShelfKey> {
        let python = contents.binary_search_by(|content| content.path.as_str().cmp(path));
        if let Ok(at) = python {
            return contents[at].key;
        }
        let bytes = regular::read(&self.boundary.join(path), LARGEST).ok()?;
        Some(key_of(&bytes))
    }

    /// Lets the rules judge; also says what files they read, unless one changed meanwhile.
    fn judge_anew(
        &self,
        set: &RuleSet,
        names: &[String],
        layout: &Layout,
        contents: Vec<Content>,
        base: Option<&Oid>,
        library: &mut Library,
    ) -> (Whole, Option<verdict::Read>) {
        let (mut readings, mut known) = (Vec::with_capacity(contents.len()), Vec::new());
        for content in contents {
            match (content.reading, content.key) {
                (Some(reading), _) => readings.push((content.path, reading)),
                (None, Some(key)) => known.push((content.path, key)),
                (None, None) => {}
            }
        }
        readings.extend(library.known(&self.boundary, &known));
        let roots = layout.roots(|path| {
            std::fs::read_to_string(path.below(&self.boundary)).map_err(|error| error.to_string())
        });
        let graph = Graph::build(readings, roots);
        let library = RefCell::new(library);
        let base = match (base, &self.place) {
            (Some(tree), Some(place)) => Base::new(|| {
                let read = library.borrow_mut().commit(place, tree);
                read.map_err(|error| error.to_string())
            }),
            _ => Base::default(),
        };
        let read: Mutex<(BTreeMap<String, Option<ShelfKey>>, bool)> = Mutex::default();
        let reader = |path: &str| {
            let bytes = regular::read(&self.boundary.join(path), LARGEST).ok();
            let key = bytes.as_deref().map(key_of);
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            let before = read.0.insert(path.to_owned(), key);
            read.1 |= before.is_some_and(|before| before != key);
            bytes
        };
        let tree = Tree {
            files: names,
            read: &reader,
            graph: &graph,
            base: &base,
        };
        let whole = Whole::of(set, &tree);
        let steady = whole.failures.is_empty() && verdict::is_steady(&graph, &base);
        let (read, moved) = read.into_inner().unwrap_or_else(PoisonError::into_inner);
        (whole, (steady && !moved).then_some(read))
    }
}

#[cfg(test)]
mod tests;

//! Facts by content: read once, kept in memory and, where there is one, on a [`Shelf`].

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::facts::{Problem, Reading, decode, encode};
use super::language::Language;
use super::syntax::STACK;
use crate::repo::{Oid, RepoPath};

/// A key of a [`Shelf`].
pub type ShelfKey = [u8; 32];

/// Where bytes are kept from run to run. A shelf may forget anything, and never fails:
/// what it does not know is read again.
pub trait Shelf: Send {
    /// Looks keys up; the answers are in the order of the keys.
    fn get_many(&mut self, keys: &[ShelfKey]) -> Vec<Option<Vec<u8>>>;
    /// Keeps values.
    fn put_many(&mut self, entries: &[(ShelfKey, Vec<u8>)]);
}

/// How many files are in memory at once.
const BATCH: usize = 512;
/// After how many readings a content that nobody asked for again is forgotten.
const AGES: u32 = 8;

/// Facts by content, for the life of a process.
#[derive(Default)]
pub struct Library {
    kept: FxHashMap<ShelfKey, Kept>,
    shelf: Option<Box<dyn Shelf>>,
    age: u32,
}

struct Kept {
    reading: Arc<Reading>,
    age: u32,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library")
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its path.
    pub path: RepoPath,
    /// What its content is known by; `None` if it could not be read.
    pub key: Option<ShelfKey>,
    /// Its facts.
    pub reading: Arc<Reading>,
}

/// What one file's content is known by, and how to come by its bytes.
struct Item {
    path: RepoPath,
    language: Language,
    key: ShelfKey,
    bytes: Option<Vec<u8>>,
}

impl Library {
    /// An empty library, with a shelf behind it if there is one.
    pub fn new(shelf: Option<Box<dyn Shelf>>) -> Self {
        Self {
            shelf,
            ..Self::default()
        }
    }

    /// The shelf, if there is one.
    pub fn shelf(&mut self) -> Option<&mut (dyn Shelf + 'static)> {
        self.shelf.as_deref_mut()
    }

    /// Reads files of a work tree, in parallel; the answers are in the order of the paths.
    /// One that cannot be read has a [`Problem`], which is not kept.
    pub fn files(&mut self, root: &Path, paths: &[RepoPath]) -> Vec<(RepoPath, Arc<Reading>)> {
        let read = self.read(root, paths).into_iter();
        read.map(|one| (one.path, one.reading)).collect()
    }

    /// The same, with what each content is known by.
    pub fn read(&mut self, root: &Path, paths: &[RepoPath]) -> Vec<Read> {
        self.age += 1;
        let mut done = Vec::with_capacity(paths.len());
        for batch in paths.chunks(BATCH) {
            let read = |path: &RepoPath| match fs::read(path.below(root)) {
                Ok(bytes) => {
                    let language = language(path);
                    Ok(Item {
                        path: path.clone(),
                        language,
                        key: facts_key(&bytes, language),
                        bytes: Some(bytes),
                    })
                }
                Err(error) => Err((path.clone(), error.to_string())),
            };
            let items: Vec<Result<Item, _>> = batch.par_iter().with_min_len(16).map(read).collect();
            let keys: Vec<Option<ShelfKey>> = items
                .iter()
                .map(|item| item.as_ref().ok().map(|item| item.key))
                .collect();
            let mut readings = Vec::with_capacity(batch.len());
            self.serve(items, |_| Err(String::new()), &mut readings);
            let of = |((path, reading), key)| Read { path, key, reading };
            done.extend(readings.into_iter().zip(keys).map(of));
        }
        self.forget();
        done
    }

    /// Answers for files of a work tree whose contents are known; only what is not known of
    /// a content is read. A file that has another content by now has a [`Problem`].
    pub fn known(
        &mut self,
        root: &Path,
        files: &[(RepoPath, ShelfKey)],
    ) -> Vec<(RepoPath, Arc<Reading>)> {
        self.age += 1;
        let mut readings = Vec::with_capacity(files.len());
        for batch in files.chunks(BATCH) {
            let keys: FxHashMap<&RepoPath, &ShelfKey> =
                batch.iter().map(|(path, key)| (path, key)).collect();
            let item = |(path, key): &(RepoPath, ShelfKey)| {
                Ok(Item {
                    path: path.clone(),
                    language: language(path),
                    key: *key,
                    bytes: None,
                })
            };
            let items = batch.iter().map(item).collect();
            let fetch = |path: &RepoPath| {
                let bytes = fs::read(path.below(root)).map_err(|error| error.to_string())?;
                if facts_key(&bytes, language(path)) == *keys[path] {
                    Ok(bytes)
                } else {
                    Err("changed while it was looked at".to_owned())
                }
            };
            self.serve(items, fetch, &mut readings);
        }
        self.forget();
        readings
    }

    /// Reads blobs, in parallel; `blob` gives their bytes. A blob whose id is known is
    /// not asked for.
    pub fn blobs(
        &mut self,
        blobs: &[(RepoPath, Oid)],
        blob: impl Fn(&Oid) -> Result<Vec<u8>, String> + Sync,
    ) -> Vec<(RepoPath, Arc<Reading>)> {
        self.age += 1;
        let mut readings = Vec::with_capacity(blobs.len());
        for batch in blobs.chunks(BATCH) {
            let oids: FxHashMap<&RepoPath, &Oid> =
                batch.iter().map(|(path, oid)| (path, oid)).collect();
            let item = |(path, oid): &(RepoPath, Oid)| {
                let language = language(path);
                Ok(Item {
                    path: path.clone(),
                    language,
                    key: key_of_blob(oid, language),
                    bytes: None,
                })
            };
            let items = batch.iter().map(item).collect();
            self.serve(items, |path| blob(oids[path]), &mut readings);
        }
        self.forget();
        readings
    }

    /// Answers from memory, then from the shelf, then by parsing.
    fn serve(
        &mut self,
        items: Vec<Result<Item, (RepoPath, String)>>,
        fetch: impl Fn(&RepoPath) -> Result<Vec<u8>, String> + Sync,
        readings: &mut Vec<(RepoPath, Arc<Reading>)>,
    ) {
        let missing: Vec<&Item> = items
            .iter()
            .flatten()
            .filter(|item| !self.kept.contains_key(&item.key))
            .collect();
        let keys: Vec<ShelfKey> = missing.iter().map(|item| item.key).collect();
        let shelved = match &mut self.shelf {
            Some(shelf) if !keys.is_empty() => shelf.get_many(&keys),
            _ => vec![None; keys.len()],
        };
        let work: Vec<(&Item, Option<Vec<u8>>)> = missing.into_iter().zip(shelved).collect();
        let read = |(item, shelved): &(&Item, Option<Vec<u8>>)| {
            if let Some(reading) = shelved.as_deref().and_then(decode) {
                return (item.key, Ok(reading), None);
            }
            let outcome = match &item.bytes {
                Some(bytes) => Ok(item.language.facts(bytes)),
                None => fetch(&item.path).map(|bytes| item.language.facts(&bytes)),
            };
            let written = outcome.as_ref().ok().and_then(encode);
            (item.key, outcome, written)
        };
        let done: Vec<_> = on_deep_stacks(work.len(), || {
            work.par_iter().with_min_len(4).map(read).collect()
        });
        let mut failed: FxHashMap<ShelfKey, String> = FxHashMap::default();
        let mut fresh = Vec::new();
        for (key, outcome, written) in done {
            match outcome {
                Ok(reading) => {
                    let reading = Arc::new(reading);
                    self.kept.insert(key, Kept { reading, age: 0 });
                }
                Err(reason) => {
                    failed.insert(key, reason);
                }
            }
            fresh.extend(written.map(|written| (key, written)));
        }
        if let Some(shelf) = &mut self.shelf
            && !fresh.is_empty()
        {
            shelf.put_many(&fresh);
        }
        let age = self.age;
        for item in items {
            let (path, reason) = match item {
                Ok(item) => match self.kept.get_mut(&item.key) {
                    Some(kept) => {
                        kept.age = age;
                        readings.push((item.path, Arc::clone(&kept.reading)));
                        continue;
                    }
                    None => (
                        item.path,
                        failed.get(&item.key).cloned().unwrap_or_default(),
                    ),
                },
                Err(failure) => failure,
            };
            readings.push((path, Arc::new(Err(Problem::Unreadable(reason)))));
        }
    }

    fn forget(&mut self) {
        let oldest = self.age.saturating_sub(AGES);
        self.kept.retain(|_, kept| kept.age >= oldest);
    }
}

/// What a content is known by.
pub fn key_of(bytes: &[u8]) -> ShelfKey {
    *blake3::hash(bytes).as_bytes()
}

/// The language of a node. What is no file of any language is read as Python, and so is a
/// problem.
fn language(path: &RepoPath) -> Language {
    Language::of(path).unwrap_or(Language::Python)
}

/// What the facts of a content are known by: those of a script depend on its dialect.
fn facts_key(bytes: &[u8], language: Language) -> ShelfKey {
    match language {
        Language::Python => key_of(bytes),
        Language::Script(dialect) => {
            let mut hasher = blake3::Hasher::new_derive_key("hive 2026 facts of a script");
            hasher.update(&[dialect.number()]).update(bytes);
            *hasher.finalize().as_bytes()
        }
    }
}

/// The key of a blob that is known by its id alone. It is another one than that of its
/// bytes: to have both a blob would have to be read.
fn key_of_blob(oid: &Oid, language: Language) -> ShelfKey {
    let mut hasher = blake3::Hasher::new_derive_key("hive 2026 facts of a git blob");
    if let Language::Script(dialect) = language {
        hasher.update(&[dialect.number()]);
    }
    hasher.update(oid.as_bytes());
    *hasher.finalize().as_bytes()
}

/// Runs parallel work on threads that can parse whatever [`STACK`] is for.
fn on_deep_stacks<T: Send>(items: usize, work: impl FnOnce() -> T + Send) -> T {
    // A few files are parsed where we are, with more stack where they need it.
    if items < 8 {
        return work();
    }
    match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

//! What the rules about the whole have said, by all that they looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::whole::Whole;
use crate::fixers::Finding;
use crate::golden::{Base, Config};
use crate::graph::{Graph, Shelf, ShelfKey};

/// The format of what is written. Goes up with every change of [`Finding`] and the types
/// inside it: what is written is not self-describing.
const FORMAT: u8 = 1;

/// Files that were asked for, by path, and what the content of each is known by; `None`
/// where there was none.
pub(super) type Read = BTreeMap<String, Option<ShelfKey>>;

/// What a verdict is about, each part with its length, so that no two lists of parts look
/// the same.
pub(super) struct Inputs(blake3::Hasher);

impl Inputs {
    /// Begins with the rules and hive itself; `what` tells one kind of verdicts from others.
    pub(super) fn new(what: &str, config: &Config) -> Self {
        let hasher = blake3::Hasher::new_derive_key("hive 2026 a verdict about the whole");
        let mut inputs = Self(hasher);
        inputs.add(&[FORMAT, crate::graph::facts::FORMAT]);
        inputs.add(env!("CARGO_PKG_VERSION").as_bytes());
        inputs.add(what.as_bytes());
        inputs.add(format!("{config:?}").as_bytes());
        inputs
    }

    /// One more thing that is looked at.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn key(&self) -> ShelfKey {
        *self.0.finalize().as_bytes()
    }
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    read: Cow<'a, Read>,
    findings: Cow<'a, BTreeMap<String, Vec<Finding>>>,
    files: u64,
}

/// The verdict, if every file that it is based on has the content it had: `now` says what
/// a file's content is known by.
pub(super) fn find(
    shelf: Option<&mut (dyn Shelf + 'static)>,
    inputs: &Inputs,
    now: impl Fn(&str) -> Option<ShelfKey>,
) -> Option<Whole> {
    let found = shelf?.get_many(&[inputs.key()]).pop().flatten()?;
    let plain = lz4_flex::block::decompress_size_prepended(&found).ok()?;
    let written: Written<'_> = postcard::from_bytes(&plain).ok()?;
    let same = written.read.iter().all(|(path, key)| now(path) == *key);
    same.then(|| Whole {
        findings: written.findings.into_owned(),
        failures: Vec::new(),
        files: usize::try_from(written.files).unwrap_or(usize::MAX),
    })
}

/// Whether everything could be read that a verdict stands on: it may be there again in a
/// moment.
pub(super) fn is_steady(graph: &Graph, base: &Base<'_>) -> bool {
    let mut graphs = std::iter::once(graph).chain(base.asked());
    graphs.all(|graph| {
        graph
            .problems()
            .all(|(_, problem)| !problem.is_of_reading())
    })
}

/// Keeps a verdict without failures.
pub(super) fn keep(
    shelf: Option<&mut (dyn Shelf + 'static)>,
    inputs: &Inputs,
    read: &Read,
    whole: &Whole,
) {
    let written = Written {
        read: Cow::Borrowed(read),
        findings: Cow::Borrowed(&whole.findings),
        files: whole.files as u64,
    };
    if let Some(shelf) = shelf
        && let Ok(plain) = postcard::to_stdvec(&written)
    {
        let value = lz4_flex::block::compress_prepend_size(&plain);
        shelf.put_many(&[(inputs.key(), value)]);
    }
}

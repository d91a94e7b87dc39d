//! The repository as rules about all of it see it.
//!
//! In: the files that git does not ignore, a way to read them, and who imports what. Out:
//! reports per file. A rule that cannot judge says so; that is an error, never a pass.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use ruff_text_size::{TextRange, TextSize};

use super::found::{Draft, Found};
use super::paths::is_python_or_stub;
use crate::graph::facts::Spot;
use crate::graph::{self, Graph};

/// The repository, or what a run looks at of it.
pub struct Tree<'a> {
    /// Paths relative to the root, with `/`, sorted.
    pub files: &'a [String],
    /// Reads a file; `None` if there is none, or it cannot be read.
    pub read: &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync),
    /// Who imports what.
    pub graph: &'a Graph,
    /// The same at the commit that findings are compared with.
    pub base: &'a Base<'a>,
}

impl Tree<'_> {
    /// The text of a file; an error if it cannot be read: Python in the encoding that it
    /// declares, everything else as UTF-8.
    pub fn text(&self, path: &str) -> Result<String, String> {
        let bytes = (self.read)(path).ok_or_else(|| format!("{path} cannot be read"))?;
        if is_python_or_stub(path) {
            let text = graph::text(&bytes).map_err(|problem| format!("{path}: {problem}"))?;
            return Ok(text.into_owned());
        }
        String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))
    }

    /// A place of the graph's as a range of the text; the beginning of the file where there
    /// is no text.
    pub fn range(&self, path: &str, spot: Spot) -> TextRange {
        let at = self.text(path).ok().and_then(|text| offset(&text, spot));
        TextRange::empty(at.unwrap_or_default())
    }

    /// Whether there is a file.
    pub fn has(&self, path: &str) -> bool {
        self.files
            .binary_search_by(|known| known.as_str().cmp(path))
            .is_ok()
    }

    /// The files with a name, in any directory.
    pub fn named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'t str> {
        let is = move |path: &&str| path.rsplit('/').next() == Some(name);
        self.files.iter().map(String::as_str).filter(is)
    }
}

/// Where a place lies in a text, in bytes.
fn offset(text: &str, spot: Spot) -> Option<TextSize> {
    let above = usize::try_from(spot.line.checked_sub(1)?).ok()?;
    let before = usize::try_from(spot.column.checked_sub(1)?).ok()?;
    let mut begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
    for _ in 0..above {
        begin += memchr::memchr(b'\n', &text.as_bytes()[begin..])? + 1;
    }
    let line = text[begin..].split('\n').next()?;
    let within = line
        .char_indices()
        .nth(before)
        .map_or(line.len(), |it| it.0);
    u32::try_from(begin + within).ok().map(TextSize::new)
}

/// Who imported what at the commit that findings are compared with: built when a rule
/// asks, since most need not.
#[derive(Default)]
pub struct Base<'a> {
    build: Option<Build<'a>>,
    built: OnceCell<Result<Graph, String>>,
}

type Build<'a> = Box<dyn Fn() -> Result<Graph, String> + 'a>;

impl<'a> Base<'a> {
    /// A commit, by what builds its graph.
    pub fn new(build: impl Fn() -> Result<Graph, String> + 'a) -> Self {
        Self {
            build: Some(Box::new(build)),
            built: OnceCell::new(),
        }
    }

    /// The graph, if a rule has asked for it.
    pub fn asked(&self) -> Option<&Graph> {
        self.built.get()?.as_ref().ok()
    }

    /// The graph; `None` if there is nothing to compare with, an error if it cannot be
    /// built.
    pub fn graph(&self) -> Result<Option<&Graph>, String> {
        let Some(build) = &self.build else {
            return Ok(None);
        };
        let built = self.built.get_or_init(build);
        built.as_ref().map(Some).map_err(Clone::clone)
    }
}

/// What checks of the repository have found so far.
#[derive(Debug, Default)]
pub struct Reports {
    files: BTreeMap<String, Found>,
}

impl Reports {
    /// Reports a violation in a file.
    pub fn at(&mut self, path: &str, range: TextRange, message: impl Into<String>) -> &mut Draft {
        let found = self.files.entry(path.to_owned()).or_default();
        found.range(range, message)
    }

    /// Reports a violation of a file as a whole.
    pub fn whole(&mut self, path: &str, message: impl Into<String>) -> &mut Draft {
        self.at(path, TextRange::default(), message)
    }

    /// Everything, by path and in the order of each text.
    pub fn into_files(self) -> impl Iterator<Item = (String, Vec<Draft>)> {
        let drafts = |(path, found): (String, Found)| (path, found.into_drafts());
        self.files.into_iter().map(drafts)
    }
}

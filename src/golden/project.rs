//! Projects and their TOML, with the place of every key. Pure.
//!
//! A file that is no TOML is an error that names it, for every rule that would have to
//! read it: what was not judged is not right.

use std::ops::Range;

use ruff_text_size::{TextRange, TextSize};
use toml_edit::{Document, Item, TableLike};

use super::paths::split;
use super::tree::Tree;

/// A TOML file.
#[derive(Debug)]
pub struct TomlFile {
    /// Its path from the root.
    pub path: String,
    document: Document<String>,
}

impl TomlFile {
    /// Reads a file of a tree; an error says which and why.
    pub fn read(tree: &Tree<'_>, path: &str) -> Result<Self, String> {
        let text = tree.text(path)?;
        Self::parse(path, text).map_err(|(_, message)| format!("{path} is no TOML: {message}"))
    }

    /// Reads a text; an error has its place and says what is wrong.
    pub fn parse(path: &str, text: String) -> Result<Self, (TextRange, String)> {
        let document = Document::parse(text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or_default();
            (range(error.span()), message.to_owned())
        })?;
        let path = path.to_owned();
        Ok(Self { path, document })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.document.raw()
    }

    /// The directory that it lies in.
    pub fn directory(&self) -> &str {
        split(&self.path).0
    }

    /// What a dotted key holds.
    pub fn get(&self, dotted: &str) -> Option<&Item> {
        let mut parts = dotted.split('.');
        let first = self.document.as_table().get(parts.next()?)?;
        parts.try_fold(first, |item, part| item.as_table_like()?.get(part))
    }

    /// The text that a dotted key holds.
    pub fn str(&self, dotted: &str) -> Option<&str> {
        self.get(dotted)?.as_str()
    }

    /// The table that a dotted key holds; the whole file for an empty one.
    pub fn table(&self, dotted: &str) -> Option<&dyn TableLike> {
        if dotted.is_empty() {
            return Some(self.document.as_table());
        }
        self.get(dotted)?.as_table_like()
    }

    /// Where what a dotted key holds stands: the value, or the header of a table.
    pub fn place(&self, dotted: &str) -> TextRange {
        let Some(item) = self.get(dotted) else {
            return TextRange::default();
        };
        range(span(item))
    }

    /// The values, without places and comments.
    pub fn values(&self) -> toml::Table {
        self.text().parse().unwrap_or_default()
    }
}

/// The place of an item; of the first thing in a table that has no header of its own.
fn span(item: &Item) -> Option<Range<usize>> {
    let headless = item.as_table().is_some_and(toml_edit::Table::is_implicit);
    if !headless && let Some(span) = item.span() {
        return Some(span);
    }
    let inside = item.as_table_like()?.iter();
    let inside = inside.filter_map(|(_, item)| span(item));
    inside.min_by_key(|span| span.start)
}

/// A range of bytes; the beginning where there is none.
pub fn range(span: Option<Range<usize>>) -> TextRange {
    let at = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
    span.map_or_else(TextRange::default, |span| {
        TextRange::new(at(span.start), at(span.end))
    })
}

/// Every `pyproject.toml` that can be read, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Projects {
    /// In order of path.
    pub files: Vec<TomlFile>,
    problems: Vec<String>,
}

impl Projects {
    /// Reads all of a tree.
    pub fn read(tree: &Tree<'_>) -> Self {
        let mut projects = Self::default();
        for path in tree.named("pyproject.toml") {
            match TomlFile::read(tree, path) {
                Ok(file) => projects.files.push(file),
                Err(problem) => projects.problems.push(problem),
            }
        }
        projects
    }

    /// Those that declare a package, by the standard or in Poetry's words.
    pub fn packages(&self) -> impl Iterator<Item = &TomlFile> {
        self.files.iter().filter(|file| is_package(file))
    }

    /// The one at the root.
    pub fn root(&self) -> Option<&TomlFile> {
        self.files.iter().find(|file| file.path == "pyproject.toml")
    }

    /// An error if some could not be read, so that none is taken for right.
    pub fn finish(self) -> Result<(), String> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems.join("; "))
        }
    }
}

/// Whether a `pyproject.toml` declares a package.
pub fn is_package(file: &TomlFile) -> bool {
    file.table("project").is_some()
        || file
            .table("tool.poetry")
            .is_some_and(|table| table.contains_key("name") || table.contains_key("dependencies"))
}

/// The text after an insertion, if it is still TOML in which everything that was there
/// is there and the same.
pub fn extended(before: &str, at: usize, insertion: &str) -> Option<String> {
    let (head, tail) = (before.get(..at)?, before.get(at..)?);
    let after = format!("{head}{insertion}{tail}");
    let old: toml::Table = before.parse().ok()?;
    let new: toml::Table = after.parse().ok()?;
    contains(&new, &old).then_some(after)
}

/// Whether everything of a table is in another, and the same.
pub fn contains(new: &toml::Table, old: &toml::Table) -> bool {
    old.iter().all(|(key, value)| match (new.get(key), value) {
        (Some(toml::Value::Table(new)), toml::Value::Table(old)) => contains(new, old),
        (Some(new), old) => new == old,
        (None, _) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{TomlFile, extended};

    #[test]
    fn keys_have_places() {
        let text = "[project]\nname = \"a\"\n\n[tool.x]\ny = 1\n\n[tool.z.deep]\n";
        let file = TomlFile::parse("pyproject.toml", text.to_owned()).unwrap();
        for (key, expected) in [
            ("project.name", "\"a\""),
            ("project", "[project]"),
            ("tool.x", "[tool.x]"),
            ("tool.z", "[tool.z.deep]"),
        ] {
            let place = file.place(key);
            assert_eq!(&text[place], expected, "{key}");
        }
        assert!(file.get("tool.nothing").is_none());
    }

    #[test]
    fn an_insertion_keeps_what_is_there() {
        assert!(extended("[a]\nb = 1\n", 10, "[c]\n").is_some());
        // Twice the same table.
        assert!(extended("[a]\nb = 1\n", 10, "[a]\n").is_none());
        // Another table takes what follows.
        assert!(extended("[a]\nb = 1\n", 4, "[c]\n").is_none());
        assert!(extended("a = ", 4, "1").is_none());
    }
}

//! Which modules a text imports, and whether they stand on disk.
//!
//! Import sorting tells a project's own modules by looking for them: ruff for the
//! whole dotted name (`pack/sub.py` for `import pack.sub`), isort level by level.
//! What is found is part of the answer, so it belongs into the key under which an
//! answer is remembered, and into every directory that stands in for the project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use memchr::memmem;
use rustc_hash::FxHashMap;

/// The dotted names that a text seems to import, without relative ones.
///
/// By the look of its lines, since the text may not parse; a name too many is
/// looked for in vain and does no harm.
pub fn imported(text: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | b';');
    let keywords = [(&b"import"[..], false), (&b"from"[..], true)];
    // By the words and not by the lines: most lines have neither.
    let found = keywords
        .into_iter()
        .flat_map(|(word, single)| memmem::find_iter(text, word).map(move |at| (at, word, single)));
    for (at, word, single) in found {
        let start = text[..at].iter().rposition(ends).map_or(0, |end| end + 1);
        if !text[start..at].trim_ascii().is_empty() {
            continue;
        }
        let list = statement(&text[at + word.len()..]);
        let breaks = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        if !list.first().is_some_and(breaks) {
            continue;
        }
        // A comment or a string in the line is read as more names.
        for part in String::from_utf8_lossy(list).split(',') {
            let mut words = part.split(|c: char| c.is_whitespace() || c == '\\');
            let name = words.find(|word| !word.is_empty()).unwrap_or_default();
            if is_dotted(name) {
                names.insert(name.to_owned());
            }
            if single {
                break;
            }
        }
    }
    names
}

/// A text up to the end of its first statement: a line that ends in a backslash goes on.
fn statement(text: &[u8]) -> &[u8] {
    let ends = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'\n' | b'\r' | b';'));
    let mut ends = ends.filter(|(at, _)| {
        let line = &text[..*at];
        !line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
    });
    &text[..ends.next().map_or(text.len(), |(at, _)| at)]
}

fn is_dotted(name: &str) -> bool {
    !name.is_empty()
        && name
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric()))
}

/// The directories from which modules are looked for.
#[derive(Debug)]
pub struct Roots {
    directories: Vec<PathBuf>,
    /// For each directory, what there is by dotted names.
    known: Mutex<Vec<FxHashMap<String, u8>>>,
}

impl Roots {
    /// Takes absolute directories.
    pub fn new(directories: Vec<PathBuf>) -> Self {
        let known = vec![FxHashMap::default(); directories.len()];
        Self {
            directories,
            known: Mutex::new(known),
        }
    }

    /// Feeds to a hash what stands on disk for the modules that a text imports, and
    /// for the packages they are in.
    pub fn standing(&self, text: &[u8], hasher: &mut blake3::Hasher) {
        // Before the lock: several texts are read at the same time.
        let names = imported(text);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            for (at, (directory, known)) in self.directories.iter().zip(&mut *known).enumerate() {
                for prefix in prefixes(&name) {
                    let found = known.get(prefix).copied().unwrap_or_else(|| {
                        let found = look(directory, prefix);
                        known.insert(prefix.to_owned(), found);
                        found
                    });
                    if found == 0 {
                        break;
                    }
                    hasher
                        .update(prefix.as_bytes())
                        .update(&at.to_le_bytes())
                        .update(&[found]);
                }
            }
        }
    }
}

/// `a`, `a.b`, `a.b.c` for `a.b.c`.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.')
        .map(|(at, _)| &name[..at])
        .chain([name])
}

/// Where a module would be without its suffix.
pub fn place(root: &Path, name: &str) -> PathBuf {
    let mut path = root.to_path_buf();
    path.extend(name.split('.'));
    path
}

/// What there is for a module: a directory, a package, a file, a stub.
fn look(root: &Path, name: &str) -> u8 {
    let path = place(root, name);
    let beside = |suffix: &str| {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        Path::new(&file).is_file()
    };
    u8::from(path.is_dir())
        | u8::from(path.join("__init__.py").is_file()) << 1
        | u8::from(beside(".py")) << 2
        | u8::from(beside(".pyi")) << 3
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Roots, imported};

    #[test]
    fn absolute_imports_are_seen_wherever_they_stand() {
        for (text, names) in [
            ("import a, b.c as d\n", &["a", "b.c"][..]),
            ("from a.b import (\n  c,\n)\n", &["a.b"]),
            ("if x:\n\tfrom a import b; import c\n", &["a", "c"]),
            ("from . import a\nfrom .b import c\n", &[]),
            ("from a import b, c\n", &["a"]),
            ("important = 1\nfromage = 2\nimport\n", &[]),
            ("import a # why\r\nimport é\r\n", &["a", "é"]),
            ("import a\0b, \u{feff}c\n", &[]),
            ("import a, \\\n  b.c, \\\r\n d\nx\n", &["a", "b.c", "d"]),
            ("from \\\n  a.b import c\n", &["a.b"]),
        ] {
            let found: Vec<String> = imported(text.as_bytes()).into_iter().collect();
            assert_eq!(found, names, "{text:?}");
        }
    }

    #[test]
    fn a_module_that_comes_or_goes_changes_the_hash() {
        let dir = tempfile::tempdir().unwrap();
        let hash = |text: &str| {
            let mut hasher = blake3::Hasher::new();
            Roots::new(vec![dir.path().to_path_buf()]).standing(text.as_bytes(), &mut hasher);
            hasher.finalize()
        };
        let text = "import pack.sub\n";
        let mut seen = vec![hash(text)];
        for step in ["pack", "pack/sub", "pack/__init__.py", "pack/sub.py"] {
            let path = dir.path().join(step);
            if path.extension().is_some() {
                fs::write(path, "").unwrap();
            } else {
                fs::create_dir(path).unwrap();
            }
            let now = hash(text);
            assert!(!seen.contains(&now), "{step}");
            seen.push(now);
        }
        fs::write(dir.path().join("other.py"), "").unwrap();
        assert_eq!(hash(text), seen[4], "no import of this text");
    }
}

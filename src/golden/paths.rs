//! Patterns of paths, and the words of names. Pure.
//!
//! Patterns are those of `.gitignore`: without a slash one is the name of a file or
//! directory anywhere, with one it begins at the root; `*` stays within a component, `**`
//! does not; a directory stands for all that is in it.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Whether a path is that of a Python source file, not of a stub.
pub fn is_python(path: &str) -> bool {
    ends_in(path, "py")
}

/// Whether a path is that of a Python source file or of a stub.
pub fn is_python_or_stub(path: &str) -> bool {
    is_python(path) || ends_in(path, "pyi")
}

fn ends_in(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, end)| end == extension)
}

/// A set of patterns of paths.
#[derive(Debug, Clone, Default)]
pub struct Paths(GlobSet);

impl Paths {
    /// Reads patterns; an error names the one that is none.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            for glob in globs(pattern.as_ref()) {
                let glob = GlobBuilder::new(&glob)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| error.to_string())?;
                set.add(glob);
            }
        }
        set.build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether a path from the root, with `/`, is meant.
    pub fn has(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A pattern as globs over paths from the root.
fn globs(pattern: &str) -> [String; 2] {
    let bare = pattern.trim_end_matches('/');
    let rooted = match bare.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if bare.contains('/') => bare.to_owned(),
        None => format!("**/{bare}"),
    };
    let below = format!("{rooted}/**");
    [rooted, below]
}

/// A path's directory (empty for the root) and name.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A directory and those above it up to the root, which is empty.
pub fn upwards(directory: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(directory);
    std::iter::from_fn(move || {
        let at = next?;
        next = (!at.is_empty()).then(|| split(at).0);
        Some(at)
    })
}

/// A path below a directory, which may be the root.
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

/// The words of a name, in lower case: `OrderService`, `order_service`, `HTTPServer2`.
pub fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = at.checked_sub(1).map(|at| characters[at]);
        let after = characters.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// The first of some words that a name has as words of its own, in this order
/// (`data_access` in `OrderDataAccess`), not as a part of another.
pub fn word_in<'w>(name: &str, wanted: &'w [String]) -> Option<&'w str> {
    let have = words(name);
    let mut wanted = wanted.iter();
    let found = wanted.find(|word| {
        let word = words(word);
        !word.is_empty() && have.windows(word.len()).any(|part| part == word)
    });
    found.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::{Paths, upwards, word_in, words};

    #[test]
    fn patterns_are_those_of_ignore_files() {
        for (pattern, path, expected) in [
            ("tests", "tests/a.py", true),
            ("tests", "app/tests/b/a.py", true),
            ("tests", "app/contests/a.py", false),
            ("tests/", "tests/a.py", true),
            ("/scripts", "scripts/a.py", true),
            ("/scripts", "app/scripts/a.py", false),
            ("src/*/cli.py", "src/shop/cli.py", true),
            // An asterisk stays within a component.
            ("src/*/cli.py", "src/shop/deep/cli.py", false),
            ("src/*.py", "src/a/b.py", false),
            ("*_pb2.py", "app/x_pb2.py", true),
            ("app/gen/**", "app/gen/a/b.py", true),
            ("app/**/b.py", "app/b.py", true),
        ] {
            let matches = Paths::new(&[pattern]).unwrap().has(path);
            assert_eq!(matches, expected, "{pattern} {path}");
        }
        assert!(Paths::new(&["a["]).is_err());
    }

    #[test]
    fn names_have_words() {
        for (name, expected) in [
            ("OrderService", &["order", "service"][..]),
            ("order_service", &["order", "service"]),
            ("HTTPServer2", &["http", "server2"]),
            ("parseHTTP", &["parse", "http"]),
            ("__init__", &["init"]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
        let wanted = ["model".to_owned(), "data_access".to_owned()];
        assert_eq!(word_in("OrderModel", &wanted), Some("model"));
        assert_eq!(word_in("OrderDataAccess", &wanted), Some("data_access"));
        assert_eq!(word_in("remodel", &wanted), None);
        assert_eq!(word_in("access_data", &wanted), None);
    }

    #[test]
    fn directories_lead_up_to_the_root() {
        let all: Vec<&str> = upwards("a/b").collect();
        assert_eq!(all, ["a/b", "a", ""]);
        assert_eq!(upwards("").collect::<Vec<_>>(), [""]);
    }
}

//! Specifiers and paths.
//!
//! Pure.

/// What a specifier is, by its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Specifier<'s> {
    /// `./a`, `../a`, `.`: from the importing file's directory.
    Relative(&'s str),
    /// `#a`: from the `imports` of the package around the file.
    Internal(&'s str),
    /// `a`, `@a/b`: an alias, a package.
    Bare(&'s str),
    /// `node:fs`, `https://…`, `/a`: never a file of the repository.
    Elsewhere,
}

/// Reads a specifier. What bundlers take after `?` is left out; so is `loader!`.
pub(super) fn specifier(text: &str) -> Specifier<'_> {
    let text = text.rsplit_once('!').map_or(text, |(_, rest)| rest);
    let text = text.split_once('?').map_or(text, |(rest, _)| rest);
    let first = text.split('/').next().unwrap_or_default();
    if matches!(first, "." | "..") {
        Specifier::Relative(text)
    } else if text.starts_with('#') {
        Specifier::Internal(text)
    } else if first.is_empty() || first.contains(':') {
        Specifier::Elsewhere
    } else {
        Specifier::Bare(text)
    }
}

/// The name of a package and what is wanted of it: `@a/b/c` is `@a/b` and `c`.
pub(super) fn package(bare: &str) -> (&str, &str) {
    let parts = if bare.starts_with('@') { 2 } else { 1 };
    let end = bare
        .match_indices('/')
        .nth(parts - 1)
        .map_or(bare.len(), |(at, _)| at);
    (&bare[..end], bare[end..].trim_start_matches('/'))
}

/// A path that is written relative to a directory, from the root; `None` where it leads out
/// of the repository.
pub(in crate::graph) fn join(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path's directory; empty for the root.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A directory and those around it, the nearest first.
pub(super) fn around(directory: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(directory);
    std::iter::from_fn(move || {
        let path = next?;
        next = (!path.is_empty()).then(|| self::directory(path));
        Some(path)
    })
}

/// What `*` stands for if a text fits a pattern with at most one; the empty text where the
/// pattern has none.
pub(super) fn starred<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == text).then_some("");
    };
    let rest = text.strip_prefix(before)?;
    rest.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::{Specifier, around, join, package, specifier, starred};

    #[test]
    fn spellings_are_told_apart() {
        assert_eq!(specifier("./a"), Specifier::Relative("./a"));
        assert_eq!(specifier(".."), Specifier::Relative(".."));
        assert_eq!(specifier("./a.svg?raw"), Specifier::Relative("./a.svg"));
        assert_eq!(specifier(".a"), Specifier::Bare(".a"));
        assert_eq!(specifier("#a/b"), Specifier::Internal("#a/b"));
        assert_eq!(specifier("@a/b"), Specifier::Bare("@a/b"));
        for elsewhere in ["node:fs", "https://a/b", "/a", "", "data:text/css,a"] {
            assert_eq!(specifier(elsewhere), Specifier::Elsewhere, "{elsewhere}");
        }
        assert_eq!(package("@a/b/c/d"), ("@a/b", "c/d"));
        assert_eq!(package("a"), ("a", ""));
        assert_eq!(package("@a"), ("@a", ""));
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(around("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }

    #[test]
    fn stars_stand_for_anything() {
        assert_eq!(starred("@/*", "@/a/b"), Some("a/b"));
        assert_eq!(starred("*.js", "a.js"), Some("a"));
        assert_eq!(starred("a*a", "a"), None);
        assert_eq!(starred("a", "a"), Some(""));
        assert_eq!(starred("a", "ab"), None);
    }
}

//! Which files a command is about: the paths that it names, as seen from where it
//! runs. Pure.

use super::filter::{PathFilter, Pattern, Rule};
use super::shell::is_dynamic;

/// The files that a command with these paths looks at when it runs in a
/// directory. Whatever is not known narrows nothing, and beside paths that are known it
/// adds nothing: `black src $(ARGS)` is about `src`.
pub(super) fn scope(directory: Option<&str>, paths: &[String]) -> Result<PathFilter, String> {
    let Some(directory) = directory else {
        return Ok(PathFilter::default());
    };
    let mut roots: Vec<String> = paths
        .iter()
        // `find … -exec black {} +` ends with no path.
        .filter(|path| *path != "+")
        .filter_map(|path| joined(directory, path))
        .collect();
    if roots.is_empty() {
        roots.push(directory.to_owned());
    }
    if roots.iter().any(String::is_empty) {
        return Ok(PathFilter::default());
    }
    if roots.iter().any(|root| root.contains(['*', '?', '['])) {
        let mut globs: Vec<String> = Vec::new();
        for root in &roots {
            globs.push(root.clone());
            globs.push(format!("{root}/**"));
        }
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        return Ok(PathFilter::new(vec![Rule::Files(Pattern::globs(
            &globs, false,
        )?)]));
    }
    Ok(PathFilter::new(vec![Rule::Paths(roots)]))
}

/// `path` as seen from `directory`, both relative to the boundary; `None` if it
/// is absolute, leaves the boundary or cannot be known.
pub(super) fn joined(directory: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || is_dynamic(path) {
        return None;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_narrow_only_where_they_are_known() {
        type Case<'a> = (Option<&'a str>, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            (Some(""), &["."], &["a.py", "x/b.py"], &[]),
            (
                Some(""),
                &["src", "./setup.py"],
                &["src/a.py", "setup.py"],
                &["docs/a.py"],
            ),
            (Some("a"), &["."], &["a/x.py"], &["b/x.py"]),
            (Some("a"), &["../b"], &["b/x.py"], &["a/x.py"]),
            (Some("a"), &[], &["a/x.py"], &["b/x.py"]),
            (Some(""), &["$DIRS"], &["any.py"], &[]),
            (Some(""), &["src", "$@"], &["src/a.py"], &["docs/a.py"]),
            (Some("a"), &["{}", "+"], &["a/x.py"], &["b/x.py"]),
            (None, &["src"], &["any.py"], &[]),
            (
                Some(""),
                &["*.py", "src"],
                &["a.py", "src/x/a.py"],
                &["docs/a.py"],
            ),
            (Some(""), &["../elsewhere"], &["a.py"], &[]),
        ];
        for (directory, paths, inside, outside) in cases {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            let filter = scope(*directory, &paths).unwrap();
            for path in *inside {
                assert!(filter.applies(path).is_ok(), "{paths:?} {path}");
            }
            for path in *outside {
                assert!(filter.applies(path).is_err(), "{paths:?} {path}");
            }
        }
    }
}

//! Which files a hook or a command looks at.
//!
//! Paths are relative to the boundary, with `/`. A filter is a list of rules that
//! all must let a file pass; the reason of the first that does not is what a
//! person reads.

use std::fmt;
use std::sync::Arc;

use fancy_regex::Regex;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Why a file is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The reason, as the end of a sentence.
    pub why: String,
    /// Whether the hook or command is about other places, rather than leaving this
    /// file out of its own.
    pub elsewhere: bool,
}

/// Lets files pass or not. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct PathFilter {
    rules: Arc<Vec<Rule>>,
}

/// One condition.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Below a directory of the boundary (with a final `/`); what follows sees
    /// the rest of the path.
    Below(String),
    /// At least one pattern matches.
    Files(Pattern),
    /// No pattern matches.
    Exclude(Pattern),
    /// The tags of a hook: all of, one of, none of.
    Types {
        /// Every one of these.
        all: Vec<String>,
        /// One of these; empty means no condition.
        any: Vec<String>,
        /// None of these.
        none: Vec<String>,
    },
    /// The paths that a command names, relative to the boundary; files or directories.
    Paths(Vec<String>),
}

/// A pattern with the words in which it was written.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// A Python regular expression, searched for anywhere.
    Regex(Box<Regex>),
    /// Globs; `*` crosses directories or not, as the program that reads them does.
    Globs(GlobSet),
}

impl Pattern {
    /// A regular expression as pre-commit and lefthook understand them.
    pub fn regex(written: &str) -> Result<Self, String> {
        // Python's `\Z` is the very end.
        let regex = Regex::new(&written.replace("\\Z", "\\z"))
            .map_err(|error| format!("the pattern `{}` cannot be used: {error}", short(written)))?;
        Ok(Self {
            written: short(written),
            matcher: Matcher::Regex(Box::new(regex)),
        })
    }

    /// Globs of which one must match.
    pub fn globs(written: &[&str], star_crosses: bool) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in written {
            let glob = GlobBuilder::new(glob)
                .literal_separator(!star_crosses)
                .build()
                .map_err(|error| format!("the pattern `{glob}` cannot be used: {error}"))?;
            set.add(glob);
        }
        Ok(Self {
            written: short(&written.join(", ")),
            matcher: Matcher::Globs(set.build().map_err(|error| error.to_string())?),
        })
    }

    /// Whether the pattern matches; an expression that takes too long is an error.
    fn matches(&self, path: &str) -> Result<bool, Excluded> {
        match &self.matcher {
            Matcher::Globs(set) => Ok(set.is_match(path)),
            Matcher::Regex(regex) => regex.is_match(path).map_err(|_| Excluded {
                why: format!("the pattern `{}` takes too long on it", self.written),
                elsewhere: false,
            }),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Verbose expressions span lines; a reason is one line.
fn short(written: &str) -> String {
    let mut line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(80) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

impl PathFilter {
    /// A filter of these rules, in order.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules: Arc::new(rules),
        }
    }

    /// Whether every file passes.
    pub fn is_everything(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether it depends on where a file is, not only on its type.
    pub fn narrows(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| !matches!(rule, Rule::Types { .. } | Rule::Exclude(_)))
    }

    /// Whether a file passes.
    pub fn applies(&self, repo_relative: &str) -> Result<(), Excluded> {
        let mut path = repo_relative;
        for rule in self.rules.iter() {
            match rule {
                Rule::Below(directory) => match path.strip_prefix(directory.as_str()) {
                    Some(rest) => path = rest,
                    None => return elsewhere(format!("it is not below {directory}")),
                },
                Rule::Files(pattern) => {
                    if !pattern.matches(path)? {
                        return elsewhere(format!("`files: {pattern}` does not match"));
                    }
                }
                Rule::Exclude(pattern) => {
                    if pattern.matches(path)? {
                        return left_out(format!("`exclude: {pattern}` matches"));
                    }
                }
                Rule::Types { all, any, none } => {
                    let tags = tags(path);
                    let known = |tag: &String| {
                        // Whether a file is executable is not in its path.
                        matches!(tag.as_str(), "executable" | "non-executable")
                            || tags.contains(&tag.as_str())
                    };
                    if let Some(tag) = all.iter().find(|tag| !known(tag)) {
                        return left_out(format!("it is not of type {tag}"));
                    }
                    if !any.is_empty() && !any.iter().any(known) {
                        return left_out(format!("it is of none of the types {}", any.join(", ")));
                    }
                    if let Some(tag) = none.iter().find(|tag| tags.contains(&tag.as_str())) {
                        return left_out(format!("it is of the excluded type {tag}"));
                    }
                }
                Rule::Paths(paths) => {
                    let under = |root: &String| {
                        path.strip_prefix(root.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    };
                    if !paths.iter().any(under) {
                        return elsewhere(format!("the command names only {}", paths.join(" ")));
                    }
                }
            }
        }
        Ok(())
    }

    /// The rules in words, for `hive doctor`.
    pub fn shown(&self) -> Vec<String> {
        self.rules
            .iter()
            .filter_map(|rule| match rule {
                Rule::Below(directory) => Some(format!("only below {directory}")),
                Rule::Files(pattern) => Some(format!("files: {pattern}")),
                Rule::Exclude(pattern) => Some(format!("exclude: {pattern}")),
                Rule::Types { all, any, none } => {
                    let listed = |name: &str, tags: &[String]| match tags {
                        [] => None,
                        tags => Some(format!("{name}: {}", tags.join(", "))),
                    };
                    let parts: Vec<String> = [
                        listed("types", all),
                        listed("types_or", any),
                        listed("exclude_types", none),
                    ]
                    .into_iter()
                    .flatten()
                    .collect();
                    (!parts.is_empty()).then(|| parts.join("; "))
                }
                Rule::Paths(paths) => Some(format!("only {}", paths.join(" "))),
            })
            .collect()
    }
}

fn left_out(why: String) -> Result<(), Excluded> {
    Err(Excluded {
        why,
        elsewhere: false,
    })
}

fn elsewhere(why: String) -> Result<(), Excluded> {
    Err(Excluded {
        why,
        elsewhere: true,
    })
}

/// The tags that pre-commit gives a file by its name. What has no known suffix
/// is asked about only if it is Python by its first line.
fn tags(path: &str) -> &'static [&'static str] {
    match path.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("pyi") => &["file", "text", "pyi"],
        Some("ipynb") => &["file", "text", "json", "jupyter"],
        _ => &["file", "text", "python"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(text: &str) -> Pattern {
        Pattern::regex(text).unwrap()
    }

    #[test]
    fn rules_apply_in_order_and_give_their_reason() {
        let types = |all: &[&str], any: &[&str], none: &[&str]| {
            let own = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
            Rule::Types {
                all: own(all),
                any: own(any),
                none: own(none),
            }
        };
        let cases = [
            (vec![], "a.py", ""),
            (vec![Rule::Files(regex("^src/"))], "src/a.py", ""),
            (
                vec![Rule::Files(regex("^src/"))],
                "tests/a.py",
                "`files: ^src/` does not match",
            ),
            (
                vec![Rule::Exclude(regex("(?x)^(\n  docs/ |\n  tools/\n)"))],
                "tools/x.py",
                "`exclude: (?x)^( docs/ | tools/ )` matches",
            ),
            (
                vec![Rule::Files(regex(r"^(?!legacy/).*\.py$"))],
                "legacy/x.py",
                "does not match",
            ),
            (
                vec![
                    Rule::Below("services/a/".into()),
                    Rule::Files(regex("^src/")),
                ],
                "services/a/src/x.py",
                "",
            ),
            (
                vec![Rule::Below("services/a/".into())],
                "services/ab/x.py",
                "it is not below services/a/",
            ),
            (
                vec![types(&["file"], &["python", "pyi"], &[])],
                "a.ipynb",
                "none of the types python, pyi",
            ),
            (
                vec![types(&["python"], &[], &[])],
                "a.pyi",
                "it is not of type python",
            ),
            (
                vec![types(&[], &[], &["pyi"])],
                "a.pyi",
                "excluded type pyi",
            ),
            (
                vec![Rule::Paths(vec!["src".into(), "setup.py".into()])],
                "src/a.py",
                "",
            ),
            (
                vec![Rule::Paths(vec!["src".into()])],
                "srcs/a.py",
                "the command names only src",
            ),
            (
                vec![Rule::Files(Pattern::globs(&["*.py"], true).unwrap())],
                "deep/a.py",
                "",
            ),
            (
                vec![Rule::Files(Pattern::globs(&["*.py"], false).unwrap())],
                "deep/a.py",
                "does not match",
            ),
        ];
        for (rules, path, reason) in cases {
            let shown = format!("{rules:?} {path}");
            match PathFilter::new(rules).applies(path) {
                Ok(()) => assert_eq!(reason, "", "{shown}"),
                Err(excluded) => {
                    assert!(!reason.is_empty(), "{shown}: {}", excluded.why);
                    assert!(excluded.why.contains(reason), "{shown}: {}", excluded.why);
                }
            }
        }
    }

    #[test]
    fn a_pattern_that_explodes_is_an_answer_not_a_hang() {
        let filter = PathFilter::new(vec![Rule::Files(regex(r"^(a+)+(?=x)$"))]);
        let why = filter.applies(&"a".repeat(64)).unwrap_err().why;
        assert!(
            why.contains("takes too long") || why.contains("does not match"),
            "{why}"
        );
    }

    #[test]
    fn a_broken_pattern_is_an_error() {
        assert!(Pattern::regex("(").is_err());
    }
}

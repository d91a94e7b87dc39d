//! What hive does not do unasked, although a tool would.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::fixers::{Class, Finding, FixCount, Kind};
use crate::graph;
use crate::house::Planned;
use crate::intake::commits::{Version, touched};
use crate::repo::baseline::touched_lines;
use crate::repo::{Place, RepoPath};
use crate::settings::{FixPolicy, FixSettings};

/// Fixes that remove a name from a module.
const REMOVES_NAMES: [&str; 2] = ["F401", "F811"];

/// The limits of a work tree.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) place: Arc<Place>,
    /// What happens to the fixes of each class.
    pub(super) fixes: FixSettings,
    /// How many lines beyond the touched ones a commit may change.
    pub(super) max_lines: usize,
    /// Whether something is committed; a save is the person's own to look at.
    pub(super) lands: bool,
}

/// A result that does not go as it is.
pub(super) struct Refusal {
    /// The rules it is about.
    pub(super) rule: String,
    /// Why, as a person reads it.
    pub(super) reason: String,
    /// Whether a person is asked.
    pub(super) ask: bool,
    /// What may go instead, if anything.
    pub(super) instead: Option<Planned>,
}

impl Limits {
    /// Why a result does not go as it is, if it does not.
    pub(super) fn refusal(
        &self,
        planned: &Planned,
        before: &[u8],
        after: &[u8],
        fixes: &[FixCount],
        touched: &[(u32, u32)],
        bounded: bool,
    ) -> Option<Refusal> {
        if before == after {
            return None;
        }
        self.class(planned, fixes)
            .or_else(|| self.names(planned, before, after, fixes))
            .or_else(|| {
                let beyond = beyond(before, after, touched);
                (bounded && self.lands && beyond > self.max_lines).then(|| Refusal {
                    rule: "max_lines".to_owned(),
                    reason: format!(
                        "the fix changes {beyond} lines beyond those you touched, \
                         and commit.max_lines is {}",
                        self.max_lines
                    ),
                    ask: true,
                    instead: None,
                })
            })
    }

    /// A class that is not to be made.
    fn class(&self, planned: &Planned, fixes: &[FixCount]) -> Option<Refusal> {
        let policy = |class| match class {
            Class::Same => self.fixes.same,
            Class::Linter => self.fixes.linter,
            // Each rule says by itself what its fix may do.
            Class::Golden => FixPolicy::Land,
        };
        let refused = |fix: &&FixCount| policy(fix.class) != FixPolicy::Land;
        let first = fixes.iter().find(refused)?;
        let (class, ask) = (first.class, policy(first.class) == FixPolicy::Suggest);
        let codes: Vec<&str> = fixes
            .iter()
            .filter(|fix| fix.class == class)
            .map(|fix| fix.code.as_str())
            .collect();
        let (name, kinds) = match class {
            // Their policy is to land.
            Class::Golden => return None,
            Class::Linter => ("linter", planned.kinds.without(Kind::Lint)),
            Class::Same => (
                "same",
                planned.kinds.without(Kind::Imports).without(Kind::Format),
            ),
        };
        Some(Refusal {
            rule: named(&codes),
            reason: format!("fixes.{name} says that such fixes do not land by themselves"),
            ask,
            instead: (kinds != planned.kinds && !kinds.is_empty()).then(|| planned.only(kinds)),
        })
    }

    /// A name that others import must not go.
    fn names(
        &self,
        planned: &Planned,
        before: &[u8],
        after: &[u8],
        fixes: &[FixCount],
    ) -> Option<Refusal> {
        let codes: Vec<&str> = fixes
            .iter()
            .map(|fix| fix.code.as_str())
            .filter(|code| REMOVES_NAMES.contains(code))
            .collect();
        if codes.is_empty() {
            return None;
        }
        let removed = graph::removed_names(before, after);
        if removed.as_ref().is_ok_and(Vec::is_empty) {
            return None;
        }
        let path = RepoPath::new(planned.relative.as_str()).ok()?;
        let reason =
            match removed.map(|names| (graph::importers(&self.place, &path, &names), names)) {
                Ok((Ok(found), _)) if found.is_empty() => return None,
                Ok((Ok(found), _)) => {
                    let first = &found[0];
                    let more = match found.len() {
                        1 => String::new(),
                        many => format!(" and {} more", many - 1),
                    };
                    format!(
                        "`{}` is imported from here by {}:{}{more}",
                        first.name, first.path, first.line
                    )
                }
                // Not knowing is no permission.
                Ok((Err(error), names)) => {
                    format!("whether others import `{}` is not known: {error}", names[0])
                }
                Err(error) => format!("which names go is not known: it {error}"),
            };
        Some(Refusal {
            rule: named(&codes),
            reason,
            ask: true,
            instead: Some(planned.keeping(&REMOVES_NAMES)),
        })
    }
}

/// Whether an unused import may be there for others, so that its removal does not
/// land: packages export, conftest and test modules provide.
pub(super) fn imports_for_others(relative: &Path) -> bool {
    let name = relative
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let test_module = name.starts_with("test_") || name.ends_with("_test.py");
    name == "__init__.py" || name == "__init__.pyi" || name == "conftest.py" || test_module
}

/// Lines of `new` that are touched when `touched` lines of `old` are, and those that
/// `new` changes.
pub(super) fn carried(touched_before: &[(u32, u32)], old: &[u8], new: &[u8]) -> Vec<(u32, u32)> {
    let own_lines = mask(old, touched_before);
    touched(&[
        Version {
            bytes: own_lines,
            own: false,
        },
        Version {
            bytes: old.to_vec(),
            own: true,
        },
        Version {
            bytes: new.to_vec(),
            own: true,
        },
    ])
}

/// Where `lines` of `old` are in `new`, as far as they are there unchanged.
pub(super) fn moved(lines: &[(u32, u32)], old: &[u8], new: &[u8]) -> Vec<(u32, u32)> {
    if lines.is_empty() || old == new {
        return lines.to_vec();
    }
    let steps = [
        (mask(old, lines), false),
        (old.to_vec(), true),
        (new.to_vec(), false),
    ];
    touched(&steps.map(|(bytes, own)| Version { bytes, own }))
}

/// A text that differs from `text` in just these lines.
fn mask(text: &[u8], lines: &[(u32, u32)]) -> Vec<u8> {
    let is_in = |line: u32| lines.iter().any(|(from, to)| (*from..*to).contains(&line));
    text.split_inclusive(|byte| *byte == b'\n')
        .zip(0_u32..)
        .filter(|(_, number)| !is_in(*number))
        .flat_map(|(line, _)| line.iter().copied())
        .collect()
}

/// Keeps the findings on lines that are not in `base`.
pub(super) fn on_new_lines(findings: Vec<Finding>, base: &[u8], now: &[u8]) -> Vec<Finding> {
    let new = touched_lines(base, now);
    let is_new = |finding: &Finding| new.iter().any(|range| is_on(finding, *range));
    findings.into_iter().filter(is_new).collect()
}

/// Keeps the findings that do not stand on `lines`: one that begins above them and reaches
/// into them stays.
pub(super) fn not_on(findings: Vec<Finding>, lines: &[(u32, u32)]) -> Vec<Finding> {
    let begins_there = |finding: &Finding| {
        let first = finding.line.saturating_sub(1);
        lines.iter().any(|(from, to)| (*from..*to).contains(&first))
    };
    let mut findings = findings;
    findings.retain(|finding| !begins_there(finding));
    findings
}

/// Whether a finding and a range of lines, counted from 0, have a line in common.
fn is_on(finding: &Finding, (from, to): (u32, u32)) -> bool {
    finding.line.saturating_sub(1) < to && finding.end_line > from
}

/// How many lines of `before` a change replaces or removes that were not touched.
fn beyond(before: &[u8], after: &[u8], touched: &[(u32, u32)]) -> usize {
    // Seen from the other side: the lines of `before` that `after` has not.
    let gone = touched_lines(after, before);
    gone.iter()
        .flat_map(|(from, to)| *from..*to)
        .filter(|line| !touched.iter().any(|(from, to)| (*from..*to).contains(line)))
        .count()
}

/// Adds up the fixes of one rule and class; most frequent first, then by name.
pub(super) fn summed(fixes: Vec<FixCount>) -> Vec<FixCount> {
    let mut sums: Vec<FixCount> = Vec::new();
    for fix in fixes {
        match sums
            .iter_mut()
            .find(|sum| sum.code == fix.code && sum.class == fix.class)
        {
            Some(sum) => sum.count += fix.count,
            None => sums.push(fix),
        }
    }
    sums.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    sums
}

/// The same file without some rules. Where all of them are out already, it is another
/// tool that changes those lines: without one more; `None` if none is left.
pub(super) fn without_rules(planned: &Planned, rules: &BTreeSet<String>) -> Option<Planned> {
    let mut kinds = planned.kinds;
    let mut kept: BTreeSet<&str> = planned
        .recipe
        .policy
        .keep
        .iter()
        .map(String::as_str)
        .collect();
    for rule in rules {
        match rule.as_str() {
            "format" => kinds = kinds.without(Kind::Format),
            "I001" => kinds = kinds.without(Kind::Imports),
            code => {
                kept.insert(code);
            }
        }
    }
    let more = kept.len() > planned.recipe.policy.keep.len();
    let kept: Vec<&str> = kept.into_iter().collect();
    match (more, kinds == planned.kinds) {
        (false, true) => [Kind::Imports, Kind::Format, Kind::Lint]
            .into_iter()
            .find(|kind| kinds.has(*kind))
            .map(|kind| planned.only(kinds.without(kind))),
        (true, _) => Some(planned.keeping(&kept).only(kinds)),
        (false, false) => Some(planned.only(kinds)),
    }
}

fn named(codes: &[&str]) -> String {
    let mut codes: Vec<&str> = codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    codes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{beyond, carried, imports_for_others};

    #[test]
    fn touched_lines_travel_with_a_change() {
        for (touched, old, new, expected) in [
            (vec![(1, 2)], "a\nb\nc\n", "a\nb\nc\n", vec![(1, 2)]),
            (vec![(1, 2)], "a\nb\nc\n", "a\nx\nb\nc\n", vec![(1, 3)]),
            (vec![(2, 3)], "a\nb\nc\n", "b\nc\n", vec![(1, 2)]),
            (vec![], "a\nb\n", "a\nB\n", vec![(1, 2)]),
        ] {
            let found = carried(&touched, old.as_bytes(), new.as_bytes());
            assert_eq!(found, expected, "{touched:?} {old:?} {new:?}");
        }
    }

    #[test]
    fn only_lines_that_nobody_touched_count() {
        for (before, after, touched, expected) in [
            ("a\nb\nc\n", "a\nB\nc\n", vec![(1, 2)], 0),
            ("a\nb\nc\n", "A\nB\nC\n", vec![(1, 2)], 2),
            ("a\nb\n", "a\nx\nb\n", vec![], 0),
            ("a\nb\n", "a\n", vec![], 1),
        ] {
            let found = beyond(before.as_bytes(), after.as_bytes(), &touched);
            assert_eq!(found, expected, "{before:?} {after:?} {touched:?}");
        }
    }

    #[test]
    fn some_modules_import_for_others() {
        for (path, expected) in [
            ("pkg/__init__.py", true),
            ("tests/conftest.py", true),
            ("tests/test_a.py", true),
            ("a_test.py", true),
            ("pkg/testing.py", false),
            ("pkg/a.py", false),
        ] {
            assert_eq!(imports_for_others(path.as_ref()), expected, "{path}");
        }
    }
}

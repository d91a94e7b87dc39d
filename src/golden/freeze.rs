//! Violations that a team has frozen: counted per rule and directory, and never growing.
//! Pure.
//!
//! One sorted line `rule directory count` each, so that two branches that mend different
//! directories merge without a conflict. `.` is the root.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The file's name, at the root of the repository.
pub const FILE: &str = "golden-freeze.txt";

/// The counts by rule and directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freeze {
    counts: BTreeMap<(String, String), u32>,
}

impl Freeze {
    /// Reads the file; an error names the line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut counts = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = || format!("{FILE}:{}: expected `RULE DIRECTORY COUNT`", number + 1);
            let (rule, rest) = line.split_once(' ').ok_or_else(wrong)?;
            let (directory, count) = rest.rsplit_once(' ').ok_or_else(wrong)?;
            let count: u32 = count.parse().map_err(|_| wrong())?;
            counts.insert((rule.to_owned(), directory.trim().to_owned()), count);
        }
        Ok(Self { counts })
    }

    /// The file's text.
    pub fn write(&self) -> String {
        let mut text = "# Violations of Golden Rules that are known and not counted, by rule and \
                        directory.\n# Written by `hive rules freeze`; the counts only shrink.\n"
            .to_owned();
        for ((rule, directory), count) in &self.counts {
            let _ = writeln!(text, "{rule} {directory} {count}");
        }
        text
    }

    /// What is frozen now that these violations are there (rule and path of each): of a
    /// rule that is in the file no more than before, of one that is not all of them.
    #[must_use]
    pub fn shrunk(&self, violations: &[(String, String)]) -> Self {
        let known: BTreeSet<&str> = self.counts.keys().map(|(rule, _)| rule.as_str()).collect();
        let mut counts = BTreeMap::new();
        for ((rule, directory), now) in counted(violations) {
            let key = (rule, directory);
            let allowed = if known.contains(key.0.as_str()) {
                self.counts.get(&key).copied().unwrap_or_default().min(now)
            } else {
                now
            };
            if allowed > 0 {
                counts.insert(key, allowed);
            }
        }
        // A rule that nothing violates any more stays known: what comes later is new.
        for rule in known {
            if !counts.keys().any(|(of, _)| of == rule) {
                counts.insert((rule.to_owned(), ".".to_owned()), 0);
            }
        }
        Self { counts }
    }

    /// These counts, and those of `others` for rules that `kept` names.
    #[must_use]
    pub fn and_others(mut self, others: &Self, kept: impl Fn(&str) -> bool) -> Self {
        let more = others.counts.iter().filter(|((rule, _), _)| kept(rule));
        self.counts
            .extend(more.map(|(key, count)| (key.clone(), *count)));
        self
    }

    /// Whether the violations of a rule in a directory are all frozen, if there are so
    /// many.
    pub fn covers(&self, rule: &str, directory: &str, now: u32) -> bool {
        let key = (rule.to_owned(), directory.to_owned());
        self.counts.get(&key).is_some_and(|frozen| now <= *frozen)
    }

    /// How many are frozen in all.
    pub fn total(&self) -> u32 {
        self.counts.values().sum()
    }
}

/// The violations by rule and directory.
pub fn counted(violations: &[(String, String)]) -> BTreeMap<(String, String), u32> {
    let mut counts = BTreeMap::new();
    for (rule, path) in violations {
        *counts
            .entry((rule.clone(), directory(path).to_owned()))
            .or_default() += 1;
    }
    counts
}

/// The directory of a path.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/')
        .map_or(".", |(directory, _)| directory)
}

#[cfg(test)]
mod tests {
    use super::Freeze;

    fn violations(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(rule, path)| ((*rule).to_owned(), (*path).to_owned()))
            .collect()
    }

    #[test]
    fn counts_only_shrink() {
        let first = Freeze::default().shrunk(&violations(&[
            ("GR09", "a/x.py"),
            ("GR09", "a/y.py"),
            ("GR09", "z.py"),
        ]));
        assert_eq!(Freeze::read(&first.write()), Ok(first.clone()));
        assert!(first.covers("GR09", "a", 2) && !first.covers("GR09", "a", 3));
        assert!(first.covers("GR09", ".", 1) && !first.covers("GR17", "a", 1));
        let later = first.shrunk(&violations(&[
            ("GR09", "a/x.py"),
            ("GR09", "b/new.py"),
            ("GR17", "a/x.py"),
        ]));
        assert_eq!(later.total(), 2);
        assert!(later.covers("GR09", "a", 1) && !later.covers("GR09", "b", 1));
        assert!(later.covers("GR17", "a", 1));
        let none = later.shrunk(&[]);
        assert_eq!(Freeze::read(&none.write()), Ok(none.clone()));
        let again = none.shrunk(&violations(&[("GR09", "a/x.py"), ("GR38", "a/x.py")]));
        assert!(!again.covers("GR09", "a", 1) && again.covers("GR38", "a", 1));
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        for text in ["GR09 a\n", "# fine\nGR09 a many\n"] {
            assert!(
                Freeze::read(text)
                    .unwrap_err()
                    .starts_with("golden-freeze.txt:")
            );
        }
        let spaced = Freeze::read("GR09 a b 3\n").unwrap();
        assert!(spaced.covers("GR09", "a b", 3));
    }
}

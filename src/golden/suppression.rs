//! Suppression comments: what they say, what they cover, and whether they were needed. Pure.
//!
//! ```python
//! print(total)  # golden-rule-ignore: GR09 - shown by the plugin host
//! # golden-rule-ignore: use-logger, GR17 - a script for one evening
//! # golden-rule-ignore-file: GR09 - the whole file talks to a terminal
//! ```
//!
//! A comment covers the violations that begin on its line, on the line below if it stands
//! alone, and those whose last line it stands on. A comment for the file stands in the
//! first block of comments. The reason is mandatory: without one the comment suppresses
//! nothing. Only comments count, never text in strings.

use ruff_python_trivia::CommentRanges;
use ruff_text_size::{Ranged, TextRange};

use super::registry;

const MARK: &str = "golden-rule-ignore";
/// What stands between the rules and the reason.
pub const DASHES: [&str; 4] = [" - ", " -- ", " – ", " — "];

/// One suppression comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The comment.
    pub range: TextRange,
    /// Rules by code, as far as they are known, in the order written.
    pub rules: Vec<Named>,
    /// Why; empty if nothing is said.
    pub reason: String,
    covers: Covers,
}

/// A rule as a comment names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// As written.
    pub written: String,
    /// The code that is meant; what is no rule of the catalogue may be the team's own.
    pub code: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    File,
    /// Lines counted from 0: its own, and the next where it stands alone.
    Lines(u32, u32),
}

/// All suppressions of a text.
#[derive(Debug, Default)]
pub struct Suppressions {
    all: Vec<Suppression>,
    /// For each rule of each suppression: whether it has suppressed something.
    used: Vec<Vec<bool>>,
}

impl Suppressions {
    /// Reads the comments of a text.
    pub fn read(text: &str, comments: &CommentRanges) -> Self {
        let mut all = Vec::new();
        if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_some() {
            let lines = Lines::new(text);
            let head = head(text);
            for comment in comments {
                let written = &text[comment];
                if let Some((file, rules, reason)) = parse(written) {
                    let line = lines.of(comment.start().to_usize());
                    let covers = if file && comment.start().to_usize() < head {
                        Covers::File
                    } else {
                        let alone = CommentRanges::is_own_line(comment.start(), text);
                        let next = if alone {
                            lines.next_code(line, text)
                        } else {
                            line
                        };
                        Covers::Lines(line, next)
                    };
                    all.push(Suppression {
                        range: comment,
                        rules,
                        reason,
                        covers,
                    });
                }
            }
        }
        let used = all.iter().map(|one| vec![false; one.rules.len()]).collect();
        Self { all, used }
    }

    /// The reason for which a violation is suppressed, if it is. `lines` are its first and
    /// last line, from 0.
    pub fn reason(&mut self, code: &str, lines: (u32, u32)) -> Option<String> {
        let mut found = None;
        for (one, used) in self.all.iter().zip(&mut self.used) {
            if one.reason.is_empty() || !one.covers(lines) {
                continue;
            }
            for (named, used) in one.rules.iter().zip(used) {
                if named.code == code {
                    *used = true;
                    found.get_or_insert_with(|| one.reason.clone());
                }
            }
        }
        found
    }

    /// What is wrong with the comments themselves, once all violations were asked for: the
    /// place and the message. `judged` says whether a rule was looked for at all.
    pub fn faults(&self, judged: impl Fn(&str) -> bool) -> Vec<(TextRange, String)> {
        let mut faults = Vec::new();
        for (one, used) in self.all.iter().zip(&self.used) {
            if one.reason.is_empty() {
                let message = "this suppression gives no reason, so it suppresses nothing";
                faults.push((one.range, message.to_owned()));
                continue;
            }
            if one.rules.is_empty() {
                faults.push((one.range, "this suppression names no rule".to_owned()));
            }
            for (named, used) in one.rules.iter().zip(used) {
                if *used || !judged(&named.code) {
                    continue;
                }
                let message = if is_no_rule(&named.code) {
                    format!("there is no rule {}", named.written)
                } else {
                    format!("nothing here violates {}", named.written)
                };
                faults.push((one.range, message));
            }
        }
        faults
    }
}

impl Suppression {
    fn covers(&self, lines: (u32, u32)) -> bool {
        match self.covers {
            Covers::File => true,
            Covers::Lines(own, next) => {
                lines.0 == own || lines.0 == next || lines.1 == own && lines.0 < own
            }
        }
    }
}

impl Ranged for Suppression {
    fn range(&self) -> TextRange {
        self.range
    }
}

/// Whether a comment is for the file, which rules it names, and its reason.
fn parse(comment: &str) -> Option<(bool, Vec<Named>, String)> {
    let at = comment.find(MARK)?;
    let before = comment[..at].trim_end();
    if !before.ends_with('#') {
        return None;
    }
    let rest = &comment[at + MARK.len()..];
    let (file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start().strip_prefix(':')?;
    // Another comment may follow in the same token; `#4711` is none.
    let mut ends = rest.match_indices(" #").map(|(at, _)| at);
    let end = ends.find(|at| is_directive(&rest[at + 2..]));
    let rest = &rest[..end.unwrap_or(rest.len())];
    let (rules, reason) = DASHES
        .iter()
        .filter_map(|dash| Some((rest.find(dash)?, dash.len())))
        .min()
        .map_or((rest, ""), |(at, dash)| (&rest[..at], &rest[at + dash..]));
    let rules = rules
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .map(|rule| Named {
            written: rule.to_owned(),
            code: code(rule),
        })
        .collect();
    Some((file, rules, reason.trim().to_owned()))
}

/// Whether a code is of the catalogue's kind, and not in it.
fn is_no_rule(code: &str) -> bool {
    let number = code.strip_prefix("GR");
    let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    number.is_some_and(is_number) && registry::find(code).is_none()
}

/// Whether a comment speaks to a tool.
fn is_directive(comment: &str) -> bool {
    const TOOLS: [&str; 12] = [
        "flake8",
        "fmt",
        "golden-rule-ignore",
        "isort",
        "mypy",
        "noqa",
        "nosec",
        "pragma",
        "pylint",
        "pyright",
        "ruff",
        "type",
    ];
    let comment = comment.trim_start();
    TOOLS.iter().any(|tool| {
        let rest = comment.strip_prefix(tool);
        let alone = matches!(*tool, "noqa" | "nosec");
        rest.is_some_and(|rest| {
            rest.starts_with(':') || rest.starts_with("-file:") || alone && rest.trim() == ""
        })
    })
}

/// The code that is meant by a code, a slug or the earlier form `rule-9`.
pub fn code(written: &str) -> String {
    if let Some(rule) = registry::find(written) {
        return rule.code.to_owned();
    }
    let number = written
        .to_ascii_lowercase()
        .strip_prefix("rule-")
        .and_then(|number| number.parse::<u8>().ok());
    number.map_or_else(|| written.to_owned(), |number| format!("GR{number:02}"))
}

/// Where the first block of comments ends: at the first line that is neither a comment
/// nor empty.
fn head(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}').trim();
        if !bare.is_empty() && !bare.starts_with('#') {
            break;
        }
        at += line.len();
    }
    at
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    fn of(&self, offset: usize) -> u32 {
        let line = self.0.partition_point(|begin| *begin <= offset) - 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The next line that is not a comment by itself.
    fn next_code(&self, line: u32, text: &str) -> u32 {
        let mut next = line as usize + 1;
        while let Some(begin) = self.0.get(next) {
            let end = self.0.get(next + 1).copied().unwrap_or(text.len());
            let bare = text[*begin..end].trim();
            if !bare.starts_with('#') {
                break;
            }
            next += 1;
        }
        u32::try_from(next).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests;

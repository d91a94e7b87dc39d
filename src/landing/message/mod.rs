//! The messages of hive's commits.
//!
//! Pure. In: what lands (stage, shares of the workers, counts by rule, paths, tasks,
//! source commits) and the settings. Out: a message that is one line of subject, a body
//! of at most 72 columns and a bounded number of lines, and trailers that
//! [`trailers`] reads back. Always: no control characters, whatever a path or a subject
//! contains. Nothing here knows who commits.

mod plain;
mod template;
#[cfg(test)]
mod tests;
mod ticket;
mod trailer;

pub use template::{BadTemplate, DEFAULT_TEMPLATE, Template};
pub use ticket::{BadTicketPattern, TicketPattern};
pub use trailer::{HiveTrailers, trailers};

use plain::{fold, list, plain};

use crate::repo::{Oid, RepoPath};

/// The most lines that the rules take.
const RULE_LINES: usize = 4;
/// The most lines that the paths take.
const PATH_LINES: usize = 6;

/// What a worker did of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The worker's id (`QA-1`).
    pub worker: String,
    /// How many files it fixed.
    pub files: usize,
}

/// A commit whose content was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCommit {
    /// Its id.
    pub oid: Oid,
    /// The first line of its message.
    pub subject: String,
}

/// What is committed.
#[derive(Debug, Clone, Copy)]
pub struct Landing<'a> {
    /// The stage (`qa`).
    pub stage: &'a str,
    /// The workers, in any order; one at least.
    pub shares: &'a [Share],
    /// Rules and how often each was fixed, in any order; one rule may come twice.
    pub rules: &'a [(String, u32)],
    /// The paths that change, in any order.
    pub paths: &'a [RepoPath],
    /// The ids of the tasks, in any order.
    pub tasks: &'a [i64],
    /// The person's commits, oldest first. The newest gives ticket and `fixup!` subject.
    pub sources: &'a [SourceCommit],
}

impl Landing<'_> {
    /// The message of a commit of hive's own: the subject from the template, after the
    /// ticket of the newest source commit if a pattern for tickets is given and matches.
    pub fn message(&self, template: &Template, ticket: Option<&TicketPattern>) -> String {
        let kept = ticket
            .zip(self.sources.last())
            .and_then(|(pattern, source)| pattern.prefix_of(&source.subject))
            .unwrap_or_default();
        let subject = format!("{}{}", plain(&kept), template.subject(self));
        self.with_body(subject.trim())
    }

    /// The message of a commit that `git rebase --autosquash` melts into the newest
    /// source commit; without a source commit, the message that `template` gives.
    pub fn fixup_message(&self, template: &Template) -> String {
        let Some(source) = self.sources.last() else {
            return self.message(template, None);
        };
        let subject = source.subject.trim();
        // Git compares the rest of the line with subjects and, if it is one word, with
        // ids; a subject that cannot be repeated here is named by its id.
        if subject.is_empty() || plain(subject) != subject {
            self.with_body(&format!("fixup! {}", source.oid))
        } else {
            self.with_body(&format!("fixup! {subject}"))
        }
    }

    fn with_body(&self, subject: &str) -> String {
        let rules: Vec<String> = self
            .counted()
            .iter()
            .map(|(code, count)| format!("{} ×{count}", plain(code)))
            .collect();
        let mut paths: Vec<&str> = self.paths.iter().map(RepoPath::as_str).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut body = list(&rules, RULE_LINES);
        body.extend(list(&paths, PATH_LINES));
        let mut lines = vec![subject.to_owned(), String::new()];
        if !body.is_empty() {
            lines.extend(body);
            lines.push(String::new());
        }
        for share in self.ranked() {
            lines.push(format!("{}: {}", trailer::WORKER, plain(&share.worker)));
        }
        if !self.tasks.is_empty() {
            let tasks = trailer::numbers(self.tasks);
            lines.extend(fold(&format!("{}: {tasks}", trailer::TASK)));
        }
        if !self.sources.is_empty() {
            let oids: Vec<String> = self.sources.iter().map(|it| it.oid.short()).collect();
            lines.extend(fold(&format!("{}: {}", trailer::SOURCE, oids.join(", "))));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The workers, the one with most files first.
    fn ranked(&self) -> Vec<&Share> {
        let mut shares: Vec<&Share> = self.shares.iter().collect();
        shares.sort_by(|one, other| {
            let files = other.files.cmp(&one.files);
            files.then_with(|| one.worker.cmp(&other.worker))
        });
        shares.dedup_by(|one, other| one.worker == other.worker);
        shares
    }

    /// The rules with their sums, the most frequent first.
    fn counted(&self) -> Vec<(&str, u32)> {
        let mut sums: Vec<(&str, u32)> = Vec::new();
        for (code, count) in self.rules {
            match sums.iter_mut().find(|(known, _)| known == code) {
                Some((_, sum)) => *sum = sum.saturating_add(*count),
                None => sums.push((code, *count)),
            }
        }
        sums.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
        sums
    }
}

/// The message of a commit that takes back what hive folded into one of the person's.
pub fn undo_fold_message(folded: &Oid, subject: &str) -> String {
    let subject = plain(subject.lines().next().unwrap_or_default());
    let (undo, short) = (trailer::UNDO, folded.short());
    format!(
        "Take hive's fixes in \"{}\" back\n\nThey were folded into {short}.\n\n{undo}: {short}\n",
        subject.trim(),
    )
}

/// The message of a commit that takes back one of hive's: in git's own words, so that
/// tools which know reverts know this one, with a trailer that says who made it.
pub fn undo_message(undone: &Oid, subject: &str) -> String {
    let subject = plain(subject.lines().next().unwrap_or_default());
    let undo = trailer::UNDO;
    format!(
        "Revert \"{}\"\n\nThis reverts commit {undone}.\n\n{undo}: {}\n",
        subject.trim(),
        undone.short()
    )
}

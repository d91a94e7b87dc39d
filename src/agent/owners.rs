//! Whose line a question is about, by git's blame.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::escalation::Escalation;
use crate::process::{Limits, Program, Status};
use crate::repo::Place;

/// How long git may take; a long history of a long file is not worth more.
const DEADLINE: Duration = Duration::from_secs(5);

/// Who wrote the line of each question last, in their order: `Name <email>`; `None` where
/// git does not know, or the question is about no line.
pub fn of(place: &Place, questions: &[Escalation]) -> Vec<Option<String>> {
    let mut owners = vec![None; questions.len()];
    let mut files: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, one) in questions.iter().enumerate() {
        let question = &one.question;
        // As it was when it was asked; without a commit, as HEAD has it.
        let revision = question
            .commit
            .map_or_else(|| "HEAD".to_owned(), |oid| oid.to_string());
        let key = (revision, question.path.to_string());
        files.entry(key).or_default().push(at);
    }
    for ((revision, path), all) in files {
        let lines: Vec<u32> = all.iter().map(|at| questions[*at].question.line).collect();
        let Some(found) = blame(place, &revision, &path, &lines) else {
            continue;
        };
        for (at, line) in all.into_iter().zip(lines) {
            owners[at] = found.get(&line.max(1)).cloned();
        }
    }
    owners
}

/// The authors of lines of a file, by line. A question about a whole file is asked of
/// who wrote its first line.
fn blame(
    place: &Place,
    revision: &str,
    path: &str,
    lines: &[u32],
) -> Option<BTreeMap<u32, String>> {
    let mut program = Program::new("git")
        .args(["blame", "--porcelain"])
        .current_dir(&place.root)
        .limits(Limits {
            deadline: Some(DEADLINE),
            ..Limits::default()
        });
    for line in lines {
        let line = (*line).max(1);
        program = program.arg(format!("-L{line},{line}"));
    }
    let finished = program.args([revision, "--", path]).run().ok()?;
    if finished.status != Status::Code(0) {
        return None;
    }
    Some(authors(&String::from_utf8_lossy(&finished.stdout)))
}

/// Reads `git blame --porcelain`: a head `OID OLD NEW …` per line, the facts of a commit
/// where it comes first, and the line after a tab.
fn authors(text: &str) -> BTreeMap<u32, String> {
    let mut commits: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut found = BTreeMap::new();
    let mut now: Option<(&str, u32)> = None;
    for line in text.lines() {
        if line.starts_with('\t') {
            if let Some((oid, number)) = now.take()
                && let Some((name, mail)) = commits.get(oid)
            {
                found.insert(number, format!("{name} {mail}"));
            }
        } else if let Some((oid, _)) = now {
            let entry = commits.entry(oid).or_default();
            if let Some(name) = line.strip_prefix("author ") {
                entry.0 = name;
            } else if let Some(mail) = line.strip_prefix("author-mail ") {
                entry.1 = mail;
            }
        } else {
            let mut words = line.split(' ');
            let oid = words.next().unwrap_or_default();
            let number = words.nth(1).and_then(|number| number.parse().ok());
            now = number.map(|number| (oid, number));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::authors;

    #[test]
    fn a_commit_is_described_once() {
        let text = "aa 1 3 1\nauthor Ada\nauthor-mail <ada@x>\nsummary s\n\tx = 1\n\
                    bb 1 4 1\nauthor Bob\nauthor-mail <bob@x>\n\ty = author \n\
                    aa 9 12 1\n\tz = 1\n";
        let found: Vec<(u32, String)> = authors(text).into_iter().collect();
        assert_eq!(
            found,
            [
                (3, "Ada <ada@x>".to_owned()),
                (4, "Bob <bob@x>".to_owned()),
                (12, "Ada <ada@x>".to_owned())
            ]
        );
    }
}

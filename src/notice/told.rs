//! News in words: one line for a commit, a block for a push. Pure.

use super::{Landed, Notice};

/// How many lines a block has at most.
pub(super) const LINES: usize = 12;
/// How many files a line names.
const NAMED: usize = 3;
/// How long a line is at most, in characters.
const WIDTH: usize = 160;

impl Notice {
    /// Everything in one line, with the next command; nothing if nothing happened.
    pub fn line(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.fixed());
        parts.extend(self.laid_out());
        match self.asked.as_slice() {
            [] => {}
            [one] => parts.push(format!(
                "asks #{} {} {} (hive next)",
                one.id, one.rule, one.place
            )),
            many => parts.push(format!("asks {} questions (hive next)", many.len())),
        }
        match (self.kept.as_slice(), self.kept.iter().any(|kept| kept.held)) {
            ([], _) => {}
            ([one], held) => parts.push(format!(
                "keeps the fix of {} back: {}{}",
                one.path,
                one.reason,
                command(held)
            )),
            (many, held) => parts.push(format!(
                "keeps the fixes of {} files back: {}{}",
                many.len(),
                many[many.len() - 1].reason,
                command(held)
            )),
        }
        if let Some(last) = self.problems.last() {
            parts.push(last.clone());
        }
        (!parts.is_empty()).then(|| cut(&format!("hive {}", one_line(&parts.join("; "))), WIDTH))
    }

    /// Everything as a block of lines; nothing if nothing happened.
    pub fn block(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut lines = Vec::new();
        lines.extend(self.fixed());
        lines.extend(self.laid_out());
        for one in &self.asked {
            lines.push(format!(
                "#{} {} {} {}",
                one.id, one.place, one.rule, one.reason
            ));
        }
        for one in &self.kept {
            let word = if one.held { "held" } else { "waits" };
            lines.push(format!("{word} {}  {}", one.path, one.reason));
        }
        lines.extend(self.problems.iter().cloned());
        let over = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        if over > 0 {
            lines.push(format!("and {over} more"));
        }
        let mut next = Vec::new();
        if !self.asked.is_empty() {
            next.push("hive next");
        }
        if self.kept.iter().any(|kept| kept.held) {
            next.push("hive apply");
        }
        let head = if next.is_empty() {
            "hive:".to_owned()
        } else {
            format!("hive ({}):", next.join(", "))
        };
        let body = lines
            .iter()
            .map(|line| format!("  {}", cut(&one_line(line), WIDTH)));
        Some(
            std::iter::once(head)
                .chain(body)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }

    fn fixed(&self) -> Option<String> {
        let last = self.landed.last()?;
        let earlier = self.earlier;
        let fixes = self.landed.iter().map(|one| one.fixes as usize);
        let fixes = fixes.sum::<usize>().saturating_add(earlier.fixes as usize);
        let files = self.landed.iter().map(|one| one.files);
        let files = files.sum::<usize>().saturating_add(earlier.files);
        let more = match (self.landed.len() - 1).saturating_add(earlier.landings) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let mut paths: Vec<&str> = Vec::new();
        for path in self.landed.iter().flat_map(|one| &one.paths) {
            if !paths.contains(&path.as_str()) {
                paths.push(path);
            }
        }
        let names = match paths.as_slice() {
            [] => String::new(),
            // Where not all are known, those that are not count as well.
            paths if self.is_partial() => format!(": {}", among(paths, files)),
            paths => format!(": {}", named(paths)),
        };
        Some(format!(
            "fixed {} in {} ({}{more}){names}",
            counted(fixes, "violation"),
            counted(files, "file"),
            last.commit
        ))
    }

    /// Whether files were fixed whose names are not kept.
    fn is_partial(&self) -> bool {
        let cut = |one: &Landed| one.paths.len() < one.files;
        self.earlier.files > 0 || self.landed.iter().any(cut)
    }

    fn laid_out(&self) -> Option<String> {
        let paths: Vec<&str> = self.saved.iter().map(String::as_str).collect();
        (!paths.is_empty()).then(|| format!("laid out as saved: {}", named(&paths)))
    }
}

fn command(held: bool) -> &'static str {
    if held { " (hive apply)" } else { "" }
}

/// What is kept of a problem: what a line of it can say.
pub(super) fn problem(text: &str) -> String {
    cut(&one_line(text), WIDTH)
}

/// The first paths, and how many more there are.
fn named(paths: &[&str]) -> String {
    among(paths, paths.len())
}

/// The first paths of so many.
fn among(paths: &[&str], all: usize) -> String {
    let shown = paths.len().min(NAMED);
    match all.saturating_sub(shown) {
        0 => paths[..shown].join(", "),
        more => format!("{} and {more} more", paths[..shown].join(", ")),
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{Asked, Kept, Landed};

    fn asked(id: i64) -> Asked {
        Asked {
            id,
            rule: "F841".to_owned(),
            place: format!("a.py:{id}"),
            reason: "unused".to_owned(),
        }
    }

    fn landed(commit: &str, fixes: u32, files: usize) -> Landed {
        Landed {
            commit: commit.to_owned(),
            fixes,
            files,
            paths: Vec::new(),
        }
    }

    #[test]
    fn what_was_rewritten_is_named() {
        let paths = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let notice = Notice {
            landed: vec![
                Landed {
                    paths: paths(&["a.py", "b.py"]),
                    ..landed("3f2a9c1", 2, 2)
                },
                Landed {
                    paths: paths(&["b.py", "c.py", "d.py"]),
                    ..landed("77aa000", 3, 3)
                },
            ],
            saved: paths(&["e.py"]),
            ..Notice::default()
        };
        assert_eq!(
            notice.line().unwrap(),
            "hive fixed 5 violations in 5 files (77aa000 and 1 more): a.py, b.py, c.py and 1 \
             more; laid out as saved: e.py"
        );
    }

    #[test]
    fn news_are_summed_up_in_one_line() {
        let mut notice = Notice::default();
        assert_eq!((notice.line(), notice.block()), (None, None));
        notice.take_in(Notice {
            landed: vec![landed("3f2a9c1", 2, 1)],
            asked: vec![asked(4), asked(5)],
            ..Notice::default()
        });
        assert_eq!(
            notice.line().unwrap(),
            "hive fixed 2 violations in 1 file (3f2a9c1); asks 2 questions (hive next)"
        );
        notice.take_in(Notice {
            landed: vec![landed("77aa000", 1, 1)],
            gone: vec![4],
            ..Notice::default()
        });
        assert_eq!(
            notice.line().unwrap(),
            "hive fixed 3 violations in 2 files (77aa000 and 1 more); \
             asks #5 F841 a.py:5 (hive next)"
        );
        assert_eq!(
            notice.block().unwrap(),
            "hive (hive next):\n  fixed 3 violations in 2 files (77aa000 and 1 more)\n  \
             #5 a.py:5 F841 unused"
        );
    }

    #[test]
    fn a_line_stays_a_line() {
        let notice = Notice {
            kept: vec![Kept {
                path: "a.py".to_owned(),
                reason: format!("because\nof {}", "x".repeat(300)),
                held: true,
            }],
            ..Notice::default()
        };
        let line = notice.line().unwrap();
        assert!(
            !line.contains('\n') && line.chars().count() <= WIDTH,
            "{line}"
        );
    }
}

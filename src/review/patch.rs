//! Unified diffs, read and applied. Pure.
//!
//! Only what [`unified`](crate::report::unified) writes is read: one file, hunks with
//! numbers, `\ No newline at end of file`.

/// A diff of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Hunk {
    /// Where its lines begin in the old text, counted from 0.
    at: usize,
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
}

/// Why a diff cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misfit {
    /// The text is no diff.
    #[error("it is no unified diff")]
    Unreadable,
    /// The lines are not there.
    #[error("the lines around line {0} are not there any more")]
    Gone(usize),
    /// They are there more than once.
    #[error("the lines around line {0} are there more than once")]
    Ambiguous(usize),
}

impl Patch {
    /// Reads one.
    pub(super) fn read(text: &str) -> Result<Self, Misfit> {
        let mut hunks: Vec<Hunk> = Vec::new();
        let mut last = ' ';
        for line in text.split_inclusive('\n') {
            if let Some(head) = line.strip_prefix("@@ ") {
                hunks.push(Hunk {
                    at: start(head).ok_or(Misfit::Unreadable)?,
                    ..Hunk::default()
                });
                continue;
            }
            let Some(hunk) = hunks.last_mut() else {
                // The names of the file.
                continue;
            };
            let sign = line.chars().next().unwrap_or(' ');
            let rest = line.as_bytes().get(1..).unwrap_or_default().to_vec();
            match sign {
                ' ' | '\n' => {
                    hunk.old.push(rest.clone());
                    hunk.new.push(rest);
                }
                '-' => hunk.old.push(rest),
                '+' => hunk.new.push(rest),
                '\\' => {
                    let sides = [(last != '+', &mut hunk.old), (last != '-', &mut hunk.new)];
                    for (_, side) in sides.into_iter().filter(|(meant, _)| *meant) {
                        if let Some(line) = side.last_mut() {
                            line.pop();
                        }
                    }
                }
                _ => return Err(Misfit::Unreadable),
            }
            last = sign;
        }
        if hunks.is_empty() {
            return Err(Misfit::Unreadable);
        }
        Ok(Self { hunks })
    }

    /// Applies it to the very text that it was made of.
    pub(super) fn exact(&self, text: &[u8]) -> Result<Vec<u8>, Misfit> {
        self.applied(text, |hunk, lines, _| {
            if is_at(lines, hunk.at, hunk) {
                Ok(hunk.at)
            } else {
                Err(Misfit::Gone(hunk.at + 1))
            }
        })
    }

    /// Applies it to a text in which its lines may have moved, if each hunk's are there
    /// just once.
    pub(super) fn moved(&self, text: &[u8]) -> Result<Vec<u8>, Misfit> {
        self.applied(text, |hunk, lines, from| {
            let mut places = (from..=lines.len()).filter(|at| is_at(lines, *at, hunk));
            match (places.next(), places.next()) {
                (Some(at), None) => Ok(at),
                (Some(_), Some(_)) => Err(Misfit::Ambiguous(hunk.at + 1)),
                (None, _) => Err(Misfit::Gone(hunk.at + 1)),
            }
        })
    }

    fn applied(
        &self,
        text: &[u8],
        find: impl Fn(&Hunk, &[&[u8]], usize) -> Result<usize, Misfit>,
    ) -> Result<Vec<u8>, Misfit> {
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let mut new = Vec::with_capacity(text.len());
        let mut done = 0;
        for hunk in &self.hunks {
            let at = find(hunk, &lines, done)?;
            let kept = lines.get(done..at).ok_or(Misfit::Gone(hunk.at + 1))?;
            new.extend(kept.iter().copied().flatten());
            new.extend(hunk.new.iter().flatten());
            done = at + hunk.old.len();
        }
        new.extend(lines[done..].iter().copied().flatten());
        Ok(new)
    }
}

/// The old lines' place in `@@ -3,4 +3,5 @@`, counted from 0.
fn start(head: &str) -> Option<usize> {
    let old = head.strip_prefix('-')?.split(' ').next()?;
    let mut parts = old.split(',');
    let line: usize = parts.next()?.parse().ok()?;
    let empty = parts.next() == Some("0");
    // Of no lines, the number is that of the line before.
    Some(if empty { line } else { line.checked_sub(1)? })
}

fn is_at(lines: &[&[u8]], at: usize, hunk: &Hunk) -> bool {
    lines
        .get(at..at + hunk.old.len())
        .is_some_and(|there| there.iter().zip(&hunk.old).all(|(one, old)| *one == old))
}

#[cfg(test)]
mod tests {
    use super::{Misfit, Patch};
    use crate::report::unified;

    fn patch(old: &str, new: &str) -> Patch {
        let text = unified("a.py", old.as_bytes(), new.as_bytes());
        Patch::read(std::str::from_utf8(&text).unwrap()).unwrap()
    }

    #[test]
    fn what_was_made_of_a_text_applies_to_it() {
        let lines: Vec<String> = (0..40).map(|at| format!("{at}\n")).collect();
        let long = lines.concat();
        for (old, new) in [
            ("a\nb\nc\n", "a\nB\nc\n"),
            ("a\n", "a\nb"),
            ("a\nb", "a\nb\n"),
            ("", "a\n"),
            ("a\n", ""),
            ("\n\na\n", "\na\n"),
            (&long, &long.replace("3\n", "x\n")),
        ] {
            let patch = patch(old, new);
            let made = patch.exact(old.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(made).unwrap(), new, "{old:?}");
        }
    }

    #[test]
    fn moved_lines_are_found_if_they_are_there_once() {
        let old = "a\nb\nc\nd\n";
        let patch = patch(old, "a\nb\nC\nd\n");
        assert_eq!(patch.exact(b"x\na\nb\nc\nd\n"), Err(Misfit::Gone(1)));
        let moved = patch.moved(b"x\na\nb\nc\nd\ny\n").unwrap();
        assert_eq!(moved, b"x\na\nb\nC\nd\ny\n");
        assert_eq!(patch.moved(b"a\nb\nx\nd\n"), Err(Misfit::Gone(1)));
        let twice = format!("{old}{old}");
        assert_eq!(patch.moved(twice.as_bytes()), Err(Misfit::Ambiguous(1)));
        assert_eq!(Patch::read("nothing"), Err(Misfit::Unreadable));
    }
}

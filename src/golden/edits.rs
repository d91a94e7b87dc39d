//! Applies edits to a text by byte range, and proves that nothing else changed. Pure.

use ruff_python_ast::comparable::ComparableStmt;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ModModule, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::found::Edit;

/// The edits of several fixes together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Edits {
    /// In order of their place, disjoint.
    edits: Vec<Edit>,
}

impl Edits {
    /// Adds the edits of one fix: all of them or, if one overlaps what is there, none.
    /// An edit that is there already is not made twice.
    pub fn add(&mut self, fix: &[Edit]) -> bool {
        let new: Vec<&Edit> = fix
            .iter()
            .filter(|edit| !self.edits.contains(edit))
            .collect();
        let clash = |edit: &&Edit| self.edits.iter().any(|other| overlap(edit, other));
        let among = |(at, edit): (usize, &&Edit)| new[..at].iter().any(|it| overlap(it, edit));
        if new.iter().any(clash) || new.iter().enumerate().any(among) {
            return false;
        }
        self.edits.extend(new.into_iter().cloned());
        self.edits
            .sort_by(|a, b| (a.range, is_late(a), &a.text).cmp(&(b.range, is_late(b), &b.text)));
        true
    }

    /// The edits, in order of their place.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text with all edits made. `None` where an edit lies outside of the text or
    /// within a character.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for edit in &self.edits {
            let (from, to) = (edit.range.0 as usize, edit.range.1 as usize);
            out.push_str(text.get(at..from)?);
            out.push_str(&edit.text);
            text.get(from..to)?;
            at = to;
        }
        out.push_str(text.get(at..)?);
        Some(out)
    }

    /// The lines of the new text that edits wrote, half-open and counted from 0.
    pub fn lines(&self, before: &str) -> Vec<(u32, u32)> {
        let count = |text: &str| u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count());
        let mut lines: Vec<(u32, u32)> = Vec::new();
        let (mut at, mut line) = (0, 0_u32);
        for edit in &self.edits {
            let (from, to) = (edit.range.0 as usize, edit.range.1 as usize);
            line += count(&before[at..from]).unwrap_or(u32::MAX);
            let written = count(&edit.text).unwrap_or(u32::MAX);
            match lines.last_mut() {
                Some(last) if last.1 > line => last.1 = line + written + 1,
                _ => lines.push((line, line + written + 1)),
            }
            line += written;
            at = to;
        }
        lines
    }

    /// Why the tree of the new text differs from the old one outside of the edits, if it
    /// does: every statement that no edit meets must be there again, the same, and in the
    /// same statement.
    pub fn strayed(&self, before: &ModModule, after: &ModModule) -> Option<String> {
        let mut old = Untouched {
            edits: &self.edits,
            kept: Vec::new(),
            around: None,
        };
        old.visit_body(&before.body);
        let mut new = All::default();
        new.visit_body(&after.body);
        for (statement, around) in old.kept {
            let moved = self.moved(statement.range());
            let around = around.map(|around| self.moved(around.range()).start());
            let found = new
                .all
                .binary_search_by_key(&moved.start(), |(one, _)| one.start())
                .ok()
                .map(|first| {
                    // Statements that begin at one place are one in another.
                    let mut first = first;
                    while first > 0 && new.all[first - 1].0.start() == moved.start() {
                        first -= 1;
                    }
                    new.all[first..]
                        .iter()
                        .take_while(|(one, _)| one.start() == moved.start())
                        .any(|(one, within)| {
                            within.map(Ranged::start) == around
                                && ComparableStmt::from(*one) == ComparableStmt::from(statement)
                        })
                });
            if found != Some(true) {
                return Some("a statement outside of the fix would change".to_owned());
            }
        }
        None
    }

    fn moved(&self, range: TextRange) -> TextRange {
        let mut by: i64 = 0;
        for edit in &self.edits {
            if edit.range.1 > range.start().to_u32() {
                break;
            }
            by += i64::try_from(edit.text.len()).unwrap_or(i64::MAX)
                - i64::from(edit.range.1 - edit.range.0);
        }
        let shift = |at: TextSize| {
            TextSize::new(u32::try_from(i64::from(at.to_u32()) + by).unwrap_or_default())
        };
        TextRange::new(shift(range.start()), shift(range.end()))
    }
}

/// Whether an insertion stands below others at its place: it is more than an import.
fn is_late(edit: &Edit) -> bool {
    let is_import = |line: &str| {
        line.trim().is_empty() || line.starts_with("import ") || line.starts_with("from ")
    };
    !edit.text.lines().all(is_import)
}

/// Whether two edits cannot both be made. Two insertions at one place can: imports stand
/// first, then the one whose text comes first in order.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let ((a, b), (c, d)) = (one.range, other.range);
    if a == b || c == d {
        return if a == b && c == d {
            false
        } else if a == b {
            c < a && a < d
        } else {
            a < c && c < b
        };
    }
    a < d && c < b
}

/// Statements that no edit meets, those within others too where the outer one is met.
struct Untouched<'e, 'a> {
    edits: &'e [Edit],
    /// Each with the statement around it.
    kept: Vec<(&'a Stmt, Option<&'a Stmt>)>,
    around: Option<&'a Stmt>,
}

impl<'a> Visitor<'a> for Untouched<'_, 'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let (start, end) = (statement.start().to_u32(), statement.end().to_u32());
        let met = self.edits.iter().any(|edit| {
            let (from, to) = edit.range;
            if from == to {
                start < from && from < end
            } else {
                from < end && start < to
            }
        });
        if met {
            let around = self.around.replace(statement);
            visitor::walk_stmt(self, statement);
            self.around = around;
        } else {
            self.kept.push((statement, self.around));
        }
    }

    fn visit_expr(&mut self, _: &'a ruff_python_ast::Expr) {}
}

/// All statements, each with the one around it.
#[derive(Default)]
struct All<'a> {
    all: Vec<(&'a Stmt, Option<&'a Stmt>)>,
    around: Option<&'a Stmt>,
}

impl<'a> Visitor<'a> for All<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.all.push((statement, self.around));
        let around = self.around.replace(statement);
        visitor::walk_stmt(self, statement);
        self.around = around;
    }

    fn visit_expr(&mut self, _: &'a ruff_python_ast::Expr) {}
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::parse_module;

    use super::{Edit, Edits};

    fn edit(from: u32, to: u32, text: &str) -> Edit {
        Edit {
            range: (from, to),
            text: text.to_owned(),
        }
    }

    #[test]
    fn fixes_are_made_together_or_left_out_whole() {
        let mut edits = Edits::default();
        let import = edit(0, 0, "import x\n");
        assert!(edits.add(&[import.clone(), edit(2, 4, "CD")]));
        assert!(edits.add(&[import, edit(5, 6, "F")]));
        assert!(!edits.add(&[edit(3, 5, "?"), edit(6, 6, "!")]));
        assert_eq!(edits.apply("abcdefg").unwrap(), "import x\nabCDeFg");
        assert_eq!(edits.lines("abcdefg"), [(0, 2)]);
        assert!(!edits.add(&[edit(0, 2, "x"), edit(1, 3, "y")]));
        assert_eq!(Edits::default().apply("é").unwrap(), "é");
        let mut edits = Edits::default();
        edits.add(&[edit(0, 0, "\na = f()\n"), edit(0, 0, "from f import f\n")]);
        assert_eq!(edits.apply("").unwrap(), "from f import f\n\na = f()\n");
    }

    #[test]
    fn an_edit_outside_of_the_text_or_within_a_character_is_refused() {
        for (from, to) in [(9, 9), (1, 2), (0, 9)] {
            let mut edits = Edits::default();
            edits.add(&[edit(from, to, "x")]);
            assert_eq!(
                edits.apply("aéb"),
                if (from, to) == (1, 2) {
                    None
                } else {
                    edits.apply("aéb")
                }
            );
            assert!(edits.apply("aéb").is_none(), "{from}..{to}");
        }
    }

    #[test]
    fn statements_outside_of_the_edits_stay_the_same() {
        for (before, edits, strays) in [
            ("a = 1\nb = 2\n", vec![edit(4, 5, "3")], false),
            ("a = 1\nb = 2\n", vec![edit(6, 6, "import c\n")], false),
            ("a = 1\nb = 2\n", vec![edit(5, 6, ";")], false),
            ("if a:\n    b\n    c\n", vec![edit(10, 11, "d")], false),
            ("if a:\n    b\n    c\nd\n", vec![edit(10, 11, "d\ne")], true),
            ("x\ny\n", vec![edit(1, 1, " = \\")], true),
            // What follows would become a part of the block above.
            ("if a: b; \\\nc\nd\n", vec![edit(11, 13, "")], true),
        ] {
            let mut all = Edits::default();
            assert!(all.add(&edits));
            let after = all.apply(before).unwrap();
            let old = parse_module(before).unwrap();
            let Ok(new) = parse_module(&after) else {
                assert!(strays, "{after:?}");
                continue;
            };
            let strayed = all.strayed(old.syntax(), new.syntax());
            assert_eq!(strayed.is_some(), strays, "{after:?}");
        }
    }
}

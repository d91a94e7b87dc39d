//! Import blocks, and which of a sorter's changes belong to touched ones. Pure.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_body};
use ruff_python_ast::{PySourceType, Stmt};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::{Ranged, TextRange};
use similar::{Algorithm, capture_diff_slices};

use super::ruff::touched::Touched;

/// Of the changes from `before` to `after`, keeps those inside import blocks that
/// meet a touched range; everything else stays as it was. A text that does not
/// parse stays as it is.
pub fn only_touched(before: &str, after: &str, touched: &Touched) -> String {
    let parsed = parse_unchecked_source(before, PySourceType::Python);
    if parsed.has_invalid_syntax() {
        return before.to_owned();
    }
    let mut search = Blocks { found: Vec::new() };
    search.visit_body(parsed.suite());
    let line_of = |offset: usize| {
        before.as_bytes()[..offset]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    };
    let rows: Vec<(usize, usize)> = search
        .found
        .iter()
        .filter(|block| touched.meets(**block))
        .map(|block| {
            (
                line_of(block.start().into()),
                line_of(block.end().into()) + 1,
            )
        })
        .collect();
    let lines = |text: &'_ str| {
        text.split_inclusive('\n')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (old, new) = (lines(before), lines(after));
    let mut out = String::with_capacity(before.len());
    for op in capture_diff_slices(Algorithm::Patience, &old, &new) {
        let (was, is) = (op.old_range(), op.new_range());
        // A block ends with the blank lines that its sorter sets after it.
        let inside = rows
            .iter()
            .any(|(from, to)| was.start + 1 >= *from && was.end <= to + 2);
        if inside {
            out.extend(new[is].iter().map(String::as_str));
        } else {
            out.extend(old[was].iter().map(String::as_str));
        }
    }
    out
}

/// Runs of import statements with nothing else between.
struct Blocks {
    found: Vec<TextRange>,
}

impl<'a> StatementVisitor<'a> for Blocks {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        let mut block: Option<TextRange> = None;
        for statement in body {
            if matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_)) {
                block =
                    Some(block.map_or(statement.range(), |block| block.cover(statement.range())));
            } else {
                self.found.extend(block.take());
            }
        }
        self.found.extend(block);
        walk_body(self, body);
    }
}

#[cfg(test)]
mod tests {
    use super::only_touched;
    use crate::fixers::Scope;
    use crate::fixers::ruff::touched::Touched;

    const BEFORE: &str = "import b\nimport a\n\nx = 1\n\n\ndef f():\n    import d\n    import c\n";
    const AFTER: &str = "import a\nimport b\n\nx = 1\n\n\ndef f():\n    import c\n    import d\n";

    #[test]
    fn only_blocks_with_a_touched_line_are_sorted() {
        for (lines, expected) in [
            (
                vec![(0, 1)],
                "import a\nimport b\n\nx = 1\n\n\ndef f():\n    import d\n    import c\n",
            ),
            (
                vec![(8, 9)],
                "import b\nimport a\n\nx = 1\n\n\ndef f():\n    import c\n    import d\n",
            ),
            (vec![(3, 4)], BEFORE),
            (vec![(0, 9)], AFTER),
        ] {
            let touched = Touched::from_scope(&Scope::Lines(lines.clone()), BEFORE).unwrap();
            assert_eq!(only_touched(BEFORE, AFTER, &touched), expected, "{lines:?}");
        }
    }
}

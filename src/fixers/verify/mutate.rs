//! Changes that a formatter must never make, made on real code.

use ruff_python_ast::visitor::{Visitor, walk_body, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Number, PySourceType, Stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::corpus::{formatted, real_files};
use super::{Changes, Claims, Rejection, verify};

/// A replacement of one range.
struct Mutation {
    kind: &'static str,
    range: TextRange,
    text: String,
}

#[derive(Default)]
struct Sites<'t> {
    text: &'t str,
    found: Vec<Mutation>,
}

impl Sites<'_> {
    fn add(&mut self, kind: &'static str, range: TextRange, text: impl Into<String>) {
        let text = text.into();
        self.found.push(Mutation { kind, range, text });
    }

    /// The whole lines of a statement, if nothing else stands on them.
    fn lines(&self, range: TextRange) -> Option<TextRange> {
        let (head, tail) = (
            &self.text[..range.start().to_usize()],
            &self.text[range.end().to_usize()..],
        );
        let start = head.rfind('\n').map_or(0, |at| at + 1);
        let end = range.end().to_usize() + tail.find('\n')? + 1;
        let alone = head[start..].trim().is_empty() && tail.lines().next()?.trim().is_empty();
        let size = |at| TextSize::try_from(at).ok();
        alone.then_some(TextRange::new(size(start)?, size(end)?))
    }
}

impl<'a> Visitor<'a> for Sites<'_> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        for pair in body.windows(2) {
            let [first, second] = pair else { continue };
            let simple = |stmt: &Stmt| {
                matches!(stmt, Stmt::Assign(_) | Stmt::Return(_) | Stmt::Assert(_))
                    || stmt
                        .as_expr_stmt()
                        .is_some_and(|expr| expr.value.is_call_expr())
            };
            if simple(second)
                && let Some(lines) = self.lines(second.range())
            {
                self.add("drop a statement", lines, "");
            }
            if simple(first)
                && simple(second)
                && self.text[first.range()] != self.text[second.range()]
            {
                let both = TextRange::new(first.start(), second.end());
                let between = TextRange::new(first.end(), second.start());
                let swapped =
                    [second.range(), between, first.range()].map(|range| &self.text[range]);
                self.add("swap two statements", both, swapped.concat());
            }
        }
        walk_body(self, body);
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Expr(statement) = stmt
            && let Expr::StringLiteral(string) = &*statement.value
        {
            if let Some(part) = string.as_single_part_string() {
                let at = TextRange::empty(part.content_range().start());
                self.add("change a docstring", at, "x");
            }
            return;
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::NumberLiteral(number) if matches!(number.value, Number::Int(_)) => {
                self.add("change a constant", expr.range(), "987654321");
            }
            Expr::BooleanLiteral(boolean) => {
                let other = if boolean.value { "False" } else { "True" };
                self.add("flip a boolean", expr.range(), other);
            }
            Expr::UnaryOp(unary) if unary.op == ruff_python_ast::UnaryOp::Not => {
                let not = TextRange::at(expr.start(), TextSize::of("not "));
                self.add("remove a `not`", not, "");
            }
            Expr::StringLiteral(string) => {
                if let Some(part) = string.as_single_part_string() {
                    let at = TextRange::empty(part.content_range().end());
                    self.add("change a string", at, "x");
                    self.add("add a space to a string", at, " ");
                }
            }
            Expr::Call(call) => {
                for pair in call.arguments.keywords.windows(2) {
                    let [first, second] = pair else { continue };
                    let both = TextRange::new(first.start(), second.end());
                    let between = TextRange::new(first.end(), second.start());
                    let swapped =
                        [second.range(), between, first.range()].map(|range| &self.text[range]);
                    self.add("reorder keyword arguments", both, swapped.concat());
                }
            }
            Expr::Attribute(attribute) => {
                self.add(
                    "rename an attribute",
                    attribute.attr.range(),
                    "renamed_by_a_test",
                );
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

const SWAPPED: [&str; 2] = [
    "from a import x\nfrom b import x\n",
    "from b import x\nfrom a import x\n",
];

#[test]
fn mutated_results_are_rejected() {
    let mut seen = std::collections::BTreeMap::<&str, u32>::new();
    let mut accepted = Vec::new();
    let mut files = 0;
    for (path, before) in real_files(260) {
        let Some(after) = formatted(&before) else {
            continue;
        };
        let module = parse_module(&after).expect("formatted code parses");
        let mut sites = Sites {
            text: &after,
            ..Sites::default()
        };
        sites.visit_body(module.suite());
        files += 1;
        let mut kinds: Vec<_> = sites.found.iter().map(|site| site.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let of_kind: Vec<_> = sites
                .found
                .iter()
                .filter(|site| site.kind == kind)
                .collect();
            let site = of_kind[before.len() % of_kind.len()];
            let mut mutated = after.clone();
            let range = site.range.start().to_usize()..site.range.end().to_usize();
            mutated.replace_range(range, &site.text);
            for changes in [Changes::Layout, Changes::Imports] {
                match verify(
                    &before,
                    &mutated,
                    &Claims::new(changes),
                    PySourceType::Python,
                ) {
                    Ok(_) => accepted.push((path.clone(), kind, site.text.clone(), site.range)),
                    // A mutation that does not parse proves nothing.
                    Err(Rejection::Broken { .. }) => {}
                    Err(_) => *seen.entry(kind).or_default() += 1,
                }
            }
        }
        let [first, second] = SWAPPED.map(|imports| format!("{imports}{before}"));
        let claims = Claims::new(Changes::Imports);
        match verify(&first, &second, &claims, PySourceType::Python) {
            Ok(_) => accepted.push((
                path,
                "swap imports of one name",
                String::new(),
                TextRange::default(),
            )),
            Err(_) => *seen.entry("swap imports of one name").or_default() += 1,
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
    assert!(files >= 200, "only {files} files with {seen:?}");
    assert!(
        seen.len() == 11 && seen.values().all(|count| *count >= 40),
        "{files} files: {seen:#?}"
    );
    println!("{files} files: {seen:?}");
}

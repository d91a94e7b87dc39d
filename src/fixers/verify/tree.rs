//! The comparison of two syntax trees.
//!
//! Pairs of nodes wait on a heap-allocated stack instead of the call stack: a
//! file can nest as deep as it likes. Children are pushed in reverse, so the first
//! difference in source order is the one that is reported. What does not count:
//! positions, parentheses, whether a name is read or written (its place says so),
//! trailing commas. What black may change and this therefore allows: parentheses
//! around the targets of `del`, and empty parentheses of a class.

use ruff_python_ast::{Expr, Identifier, Pattern, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::{Changes, Claims, Difference, imports};

/// Two nodes that have yet to be compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pair<'a> {
    Stmt(&'a Stmt, &'a Stmt),
    Expr(&'a Expr, &'a Expr),
    Pattern(&'a Pattern, &'a Pattern),
}

/// Compares two bodies at the top of a module or cell, which cover `ranges`.
pub(super) fn compare(
    before: &[Stmt],
    after: &[Stmt],
    ranges: (TextRange, TextRange),
    texts: (&str, &str),
    claims: &Claims,
) -> Result<(), Difference> {
    let mut comparison = Comparison {
        pending: Vec::new(),
        here: ranges,
        texts,
        claims,
    };
    comparison.body(before, after, true)?;
    comparison.pending.reverse();
    while let Some(pair) = comparison.pending.pop() {
        let mark = comparison.pending.len();
        match pair {
            Pair::Stmt(a, b) => {
                comparison.here = (a.range(), b.range());
                comparison.statement(a, b)?;
            }
            Pair::Expr(a, b) => {
                comparison.here = (a.range(), b.range());
                comparison.expression(a, b)?;
            }
            Pair::Pattern(a, b) => {
                comparison.here = (a.range(), b.range());
                comparison.pattern(a, b)?;
            }
        }
        comparison.pending[mark..].reverse();
    }
    Ok(())
}

pub(super) struct Comparison<'a, 'c> {
    pub(super) pending: Vec<Pair<'a>>,
    /// The nodes that are being compared.
    pub(super) here: (TextRange, TextRange),
    pub(super) texts: (&'c str, &'c str),
    pub(super) claims: &'c Claims,
}

pub(super) type Verdict = Result<(), Difference>;

impl<'a> Comparison<'a, '_> {
    /// A difference between the nodes that are being compared.
    #[cold]
    pub(super) fn differ(&self, what: impl Into<String>) -> Verdict {
        Err(Difference {
            what: what.into(),
            before: self.here.0,
            after: self.here.1,
        })
    }

    pub(super) fn same<T: PartialEq + Copy>(&self, a: T, b: T, what: &str) -> Verdict {
        if a == b {
            return Ok(());
        }
        self.differ(format!("{what} differs"))
    }

    pub(super) fn name(&self, a: &Identifier, b: &Identifier) -> Verdict {
        if a.as_str() == b.as_str() {
            return Ok(());
        }
        self.differ(format!("`{a}` became `{b}`"))
    }

    pub(super) fn names(&self, a: &[Identifier], b: &[Identifier]) -> Verdict {
        self.same(a.len(), b.len(), "the number of names")?;
        a.iter().zip(b).try_for_each(|(a, b)| self.name(a, b))
    }

    pub(super) fn optional_name(&self, a: Option<&Identifier>, b: Option<&Identifier>) -> Verdict {
        self.same(
            a.map(Identifier::as_str),
            b.map(Identifier::as_str),
            "a name",
        )
    }

    pub(super) fn expr(&mut self, a: &'a Expr, b: &'a Expr) {
        self.pending.push(Pair::Expr(a, b));
    }

    pub(super) fn boxed(
        &mut self,
        a: Option<&'a Expr>,
        b: Option<&'a Expr>,
        what: &str,
    ) -> Verdict {
        match (a, b) {
            (None, None) => Ok(()),
            (Some(a), Some(b)) => {
                self.expr(a, b);
                Ok(())
            }
            (Some(_), None) => self.differ(format!("{what} is gone")),
            (None, Some(_)) => self.differ(format!("{what} has appeared")),
        }
    }

    pub(super) fn exprs<I, J>(&mut self, a: I, b: J, what: &str) -> Verdict
    where
        I: IntoIterator<Item = &'a Expr>,
        J: IntoIterator<Item = &'a Expr>,
    {
        let (mut a, mut b) = (a.into_iter(), b.into_iter());
        loop {
            match (a.next(), b.next()) {
                (None, None) => return Ok(()),
                (Some(a), Some(b)) => self.expr(a, b),
                (Some(gone), None) => {
                    self.here.0 = gone.range();
                    return self.differ(format!("{what}: one is gone"));
                }
                (None, Some(new)) => {
                    self.here.1 = new.range();
                    return self.differ(format!("{what}: one has appeared"));
                }
            }
        }
    }

    pub(super) fn body(&mut self, a: &'a [Stmt], b: &'a [Stmt], top: bool) -> Verdict {
        if self.claims.changes == Changes::Imports {
            return self.body_by_blocks(a, b, top);
        }
        self.statements(a, b)
    }

    pub(super) fn statements(&mut self, a: &'a [Stmt], b: &'a [Stmt]) -> Verdict {
        let odd = a
            .iter()
            .zip(b)
            .find(|(a, b)| std::mem::discriminant(*a) != std::mem::discriminant(*b));
        if let (Some((a, b)), true) = (odd, a.len() != b.len()) {
            self.here = (a.range(), b.range());
        }
        if a.len() != b.len() {
            return self.differ(format!(
                "a block had {} statements and has {}",
                a.len(),
                b.len()
            ));
        }
        for (a, b) in a.iter().zip(b) {
            self.pending.push(Pair::Stmt(a, b));
        }
        Ok(())
    }

    /// Compares runs of imports by what they bind and everything else in order.
    pub(super) fn body_by_blocks(
        &mut self,
        mut a: &'a [Stmt],
        mut b: &'a [Stmt],
        top: bool,
    ) -> Verdict {
        let required: &[_] = if top {
            &self.claims.required_imports
        } else {
            &[]
        };
        loop {
            let (old, new);
            (old, a) = a.split_at(imports::leading(a));
            (new, b) = b.split_at(imports::leading(b));
            if let Err(what) = imports::same_block(old, new, required, self.claims.stars_may_move) {
                if let Some(first) = old.first() {
                    self.here.0 = first.range();
                }
                if let Some(first) = new.first() {
                    self.here.1 = first.range();
                }
                return self.differ(what);
            }
            match (a.split_first(), b.split_first()) {
                (None, None) => return Ok(()),
                (Some((old, old_rest)), Some((new, new_rest))) => {
                    self.pending.push(Pair::Stmt(old, new));
                    (a, b) = (old_rest, new_rest);
                }
                _ => return self.statements(a, b),
            }
        }
    }
}

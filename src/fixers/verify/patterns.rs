//! The comparison of `case` patterns, by the rules of [`tree`](super::tree).

use ruff_python_ast::Pattern;

use super::Difference;
use super::tree::{Comparison, Pair};

impl<'a> Comparison<'a, '_> {
    pub(super) fn pattern(&mut self, a: &'a Pattern, b: &'a Pattern) -> Result<(), Difference> {
        match (a, b) {
            (Pattern::MatchValue(a), Pattern::MatchValue(b)) => {
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Pattern::MatchSingleton(a), Pattern::MatchSingleton(b)) => {
                self.same(a.value, b.value, "a pattern")
            }
            (Pattern::MatchSequence(a), Pattern::MatchSequence(b)) => {
                self.patterns(&a.patterns, &b.patterns)
            }
            (Pattern::MatchMapping(a), Pattern::MatchMapping(b)) => {
                self.exprs(&a.keys, &b.keys, "keys of a pattern")?;
                self.patterns(&a.patterns, &b.patterns)?;
                self.optional_name(a.rest.as_ref(), b.rest.as_ref())
            }
            (Pattern::MatchClass(a), Pattern::MatchClass(b)) => {
                self.expr(&a.cls, &b.cls);
                self.patterns(&a.arguments.patterns, &b.arguments.patterns)?;
                let (a, b) = (&a.arguments.keywords, &b.arguments.keywords);
                self.same(a.len(), b.len(), "the number of keyword patterns")?;
                for (a, b) in a.iter().zip(b) {
                    self.name(&a.attr, &b.attr)?;
                    self.pending.push(Pair::Pattern(&a.pattern, &b.pattern));
                }
                Ok(())
            }
            (Pattern::MatchStar(a), Pattern::MatchStar(b)) => {
                self.optional_name(a.name.as_ref(), b.name.as_ref())
            }
            (Pattern::MatchAs(a), Pattern::MatchAs(b)) => {
                self.optional_name(a.name.as_ref(), b.name.as_ref())?;
                match (&a.pattern, &b.pattern) {
                    (None, None) => Ok(()),
                    (Some(a), Some(b)) => {
                        self.pending.push(Pair::Pattern(a, b));
                        Ok(())
                    }
                    _ => self.differ("a pattern differs"),
                }
            }
            (Pattern::MatchOr(a), Pattern::MatchOr(b)) => self.patterns(&a.patterns, &b.patterns),
            _ => self.differ("a pattern became another"),
        }
    }

    fn patterns(&mut self, a: &'a [Pattern], b: &'a [Pattern]) -> Result<(), Difference> {
        self.same(a.len(), b.len(), "the number of patterns")?;
        for (a, b) in a.iter().zip(b) {
            self.pending.push(Pair::Pattern(a, b));
        }
        Ok(())
    }
}

//! The comparison of expressions, by the rules of [`tree`](super::tree).

use ruff_python_ast::{Arguments, Comprehension, Expr};

use super::strings::{self, Piece};
use super::tree::{Comparison, Verdict};

impl<'a> Comparison<'a, '_> {
    pub(super) fn arguments(&mut self, a: &'a Arguments, b: &'a Arguments) -> Verdict {
        self.exprs(&a.args, &b.args, "arguments")?;
        self.keywords(&a.keywords, &b.keywords)
    }

    pub(super) fn comprehension(
        &mut self,
        a: &'a [Comprehension],
        b: &'a [Comprehension],
    ) -> Verdict {
        self.same(a.len(), b.len(), "the number of `for` clauses")?;
        for (a, b) in a.iter().zip(b) {
            self.same(a.is_async, b.is_async, "`async`")?;
            self.expr(&a.target, &b.target);
            self.expr(&a.iter, &b.iter);
            self.exprs(&a.ifs, &b.ifs, "conditions")?;
        }
        Ok(())
    }

    pub(super) fn pieces(&mut self, a: Vec<Piece<'a>>, b: Vec<Piece<'a>>) -> Verdict {
        self.same(a.len(), b.len(), "the number of parts of a string")?;
        for pair in a.into_iter().zip(b) {
            match pair {
                (Piece::Text(a), Piece::Text(b)) => self.text(&a, &b)?,
                (Piece::Value(a), Piece::Value(b)) => {
                    // With `=` the source text is part of the value.
                    let text = |debug: &'a Option<_>| {
                        debug.as_ref().map(ruff_python_ast::DebugText::as_str)
                    };
                    self.same(text(&a.debug_text), text(&b.debug_text), "the text of `=`")?;
                    self.same(a.conversion, b.conversion, "a conversion")?;
                    self.expr(&a.expression, &b.expression);
                    match (&a.format_spec, &b.format_spec) {
                        (None, None) => {}
                        (Some(a), Some(b)) => self.pieces(
                            strings::elements(&a.elements),
                            strings::elements(&b.elements),
                        )?,
                        _ => return self.differ("a format specification differs"),
                    }
                }
                _ => return self.differ("the text of a string differs"),
            }
        }
        Ok(())
    }

    pub(super) fn text(&self, a: &str, b: &str) -> Verdict {
        let sources = (&self.texts.0[self.here.0], &self.texts.1[self.here.1]);
        if strings::same_str(a, b, sources) {
            return Ok(());
        }
        self.differ("the text of a string differs")
    }

    pub(super) fn expression(&mut self, a: &'a Expr, b: &'a Expr) -> Verdict {
        match (a, b) {
            (Expr::Name(a), Expr::Name(b)) => {
                if a.id == b.id {
                    return Ok(());
                }
                self.differ(format!("`{}` became `{}`", a.id, b.id))
            }
            (Expr::Attribute(a), Expr::Attribute(b)) => {
                self.name(&a.attr, &b.attr)?;
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Expr::Call(a), Expr::Call(b)) => {
                self.expr(&a.func, &b.func);
                self.arguments(&a.arguments, &b.arguments)
            }
            (Expr::StringLiteral(a), Expr::StringLiteral(b)) => {
                self.text(a.value.to_str(), b.value.to_str())
            }
            (Expr::BytesLiteral(a), Expr::BytesLiteral(b)) => {
                if strings::same_bytes(&a.value, &b.value) {
                    return Ok(());
                }
                self.differ("the bytes of a literal differ")
            }
            (Expr::NumberLiteral(a), Expr::NumberLiteral(b)) => {
                if strings::same_number(&a.value, &b.value) {
                    return Ok(());
                }
                self.differ("the value of a number differs")
            }
            (Expr::BooleanLiteral(a), Expr::BooleanLiteral(b)) => {
                self.same(a.value, b.value, "a boolean")
            }
            (Expr::NoneLiteral(_), Expr::NoneLiteral(_))
            | (Expr::EllipsisLiteral(_), Expr::EllipsisLiteral(_)) => Ok(()),
            (Expr::FString(a), Expr::FString(b)) => {
                self.pieces(strings::f_string(&a.value), strings::f_string(&b.value))
            }
            (Expr::TString(a), Expr::TString(b)) => {
                self.pieces(strings::t_string(&a.value), strings::t_string(&b.value))
            }
            (Expr::BoolOp(a), Expr::BoolOp(b)) => {
                self.same(a.op, b.op, "an operator")?;
                self.exprs(&a.values, &b.values, "operands")
            }
            (Expr::BinOp(a), Expr::BinOp(b)) => {
                self.same(a.op, b.op, "an operator")?;
                self.expr(&a.left, &b.left);
                self.expr(&a.right, &b.right);
                Ok(())
            }
            (Expr::UnaryOp(a), Expr::UnaryOp(b)) => {
                self.same(a.op, b.op, "an operator")?;
                self.expr(&a.operand, &b.operand);
                Ok(())
            }
            (Expr::Compare(a), Expr::Compare(b)) => {
                self.same(&a.ops, &b.ops, "an operator")?;
                self.expr(&a.left, &b.left);
                self.exprs(&a.comparators, &b.comparators, "operands")
            }
            (Expr::Subscript(a), Expr::Subscript(b)) => {
                self.expr(&a.value, &b.value);
                self.expr(&a.slice, &b.slice);
                Ok(())
            }
            (Expr::Slice(a), Expr::Slice(b)) => {
                self.boxed(a.lower.as_deref(), b.lower.as_deref(), "a bound")?;
                self.boxed(a.upper.as_deref(), b.upper.as_deref(), "a bound")?;
                self.boxed(a.step.as_deref(), b.step.as_deref(), "a step")
            }
            (Expr::Tuple(a), Expr::Tuple(b)) => self.exprs(&a.elts, &b.elts, "elements"),
            (Expr::List(a), Expr::List(b)) => self.exprs(&a.elts, &b.elts, "elements"),
            (Expr::Set(a), Expr::Set(b)) => self.exprs(&a.elts, &b.elts, "elements"),
            (Expr::Dict(a), Expr::Dict(b)) => {
                self.same(a.len(), b.len(), "the number of elements")?;
                for (a, b) in a.iter().zip(b) {
                    self.boxed(a.key.as_ref(), b.key.as_ref(), "a key")?;
                    self.expr(&a.value, &b.value);
                }
                Ok(())
            }
            (Expr::ListComp(a), Expr::ListComp(b)) => {
                self.expr(&a.elt, &b.elt);
                self.comprehension(&a.generators, &b.generators)
            }
            (Expr::SetComp(a), Expr::SetComp(b)) => {
                self.expr(&a.elt, &b.elt);
                self.comprehension(&a.generators, &b.generators)
            }
            (Expr::Generator(a), Expr::Generator(b)) => {
                self.expr(&a.elt, &b.elt);
                self.comprehension(&a.generators, &b.generators)
            }
            (Expr::DictComp(a), Expr::DictComp(b)) => {
                self.boxed(a.key.as_deref(), b.key.as_deref(), "a key")?;
                self.expr(&a.value, &b.value);
                self.comprehension(&a.generators, &b.generators)
            }
            (Expr::Lambda(a), Expr::Lambda(b)) => {
                match (&a.parameters, &b.parameters) {
                    (None, None) => {}
                    (Some(a), Some(b)) => self.parameters(a, b)?,
                    _ => return self.differ("the parameters of a lambda differ"),
                }
                self.expr(&a.body, &b.body);
                Ok(())
            }
            (Expr::If(a), Expr::If(b)) => {
                self.expr(&a.test, &b.test);
                self.expr(&a.body, &b.body);
                self.expr(&a.orelse, &b.orelse);
                Ok(())
            }
            (Expr::Named(a), Expr::Named(b)) => {
                self.expr(&a.target, &b.target);
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Expr::Await(a), Expr::Await(b)) => {
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Expr::Yield(a), Expr::Yield(b)) => {
                self.boxed(a.value.as_deref(), b.value.as_deref(), "a value")
            }
            (Expr::YieldFrom(a), Expr::YieldFrom(b)) => {
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Expr::Starred(a), Expr::Starred(b)) => {
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Expr::IpyEscapeCommand(a), Expr::IpyEscapeCommand(b)) => {
                self.same((a.kind, &a.value), (b.kind, &b.value), "a magic command")
            }
            _ => self.differ("an expression became another"),
        }
    }
}

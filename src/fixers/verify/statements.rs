//! The comparison of statements, by the rules of [`tree`](super::tree).

use ruff_python_ast::{
    Decorator, ExceptHandler, Expr, Keyword, Parameter, ParameterWithDefault, Parameters, Stmt,
    TypeParam, TypeParams,
};

use super::tree::{Comparison, Pair, Verdict};
use super::{imports, strings};

impl<'a> Comparison<'a, '_> {
    pub(super) fn statement(&mut self, a: &'a Stmt, b: &'a Stmt) -> Verdict {
        match (a, b) {
            (Stmt::FunctionDef(a), Stmt::FunctionDef(b)) => {
                self.same(a.is_async, b.is_async, "`async`")?;
                self.name(&a.name, &b.name)?;
                self.decorators(&a.decorator_list, &b.decorator_list)?;
                self.type_params(a.type_params.as_deref(), b.type_params.as_deref())?;
                self.parameters(&a.parameters, &b.parameters)?;
                self.boxed(a.returns.as_deref(), b.returns.as_deref(), "an annotation")?;
                self.body(&a.body, &b.body, false)
            }
            (Stmt::ClassDef(a), Stmt::ClassDef(b)) => {
                self.name(&a.name, &b.name)?;
                self.decorators(&a.decorator_list, &b.decorator_list)?;
                self.type_params(a.type_params.as_deref(), b.type_params.as_deref())?;
                // `class A():` and `class A:` are one.
                self.exprs(a.bases(), b.bases(), "base classes")?;
                self.keywords(a.keywords(), b.keywords())?;
                self.body(&a.body, &b.body, false)
            }
            (Stmt::Return(a), Stmt::Return(b)) => {
                self.boxed(a.value.as_deref(), b.value.as_deref(), "a returned value")
            }
            (Stmt::Delete(a), Stmt::Delete(b)) => {
                self.exprs(flat(&a.targets), flat(&b.targets), "targets of `del`")
            }
            (Stmt::TypeAlias(a), Stmt::TypeAlias(b)) => {
                self.expr(&a.name, &b.name);
                self.type_params(a.type_params.as_deref(), b.type_params.as_deref())?;
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Stmt::Assign(a), Stmt::Assign(b)) => {
                self.exprs(&a.targets, &b.targets, "targets of an assignment")?;
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Stmt::AugAssign(a), Stmt::AugAssign(b)) => {
                self.same(a.op, b.op, "an operator")?;
                self.expr(&a.target, &b.target);
                self.expr(&a.value, &b.value);
                Ok(())
            }
            (Stmt::AnnAssign(a), Stmt::AnnAssign(b)) => {
                // `(x): int` does not annotate a local variable, `x: int` does.
                self.same(a.simple, b.simple, "the target of an annotation")?;
                self.expr(&a.target, &b.target);
                self.expr(&a.annotation, &b.annotation);
                self.boxed(a.value.as_deref(), b.value.as_deref(), "a value")
            }
            (Stmt::For(a), Stmt::For(b)) => {
                self.same(a.is_async, b.is_async, "`async`")?;
                self.expr(&a.target, &b.target);
                self.expr(&a.iter, &b.iter);
                self.body(&a.body, &b.body, false)?;
                self.body(&a.orelse, &b.orelse, false)
            }
            (Stmt::While(a), Stmt::While(b)) => {
                self.expr(&a.test, &b.test);
                self.body(&a.body, &b.body, false)?;
                self.body(&a.orelse, &b.orelse, false)
            }
            (Stmt::If(a), Stmt::If(b)) => {
                self.expr(&a.test, &b.test);
                self.body(&a.body, &b.body, false)?;
                let (a, b) = (&a.elif_else_clauses, &b.elif_else_clauses);
                self.same(a.len(), b.len(), "the number of branches")?;
                for (a, b) in a.iter().zip(b) {
                    self.boxed(a.test.as_ref(), b.test.as_ref(), "the test of a branch")?;
                    self.body(&a.body, &b.body, false)?;
                }
                Ok(())
            }
            (Stmt::With(a), Stmt::With(b)) => {
                self.same(a.is_async, b.is_async, "`async`")?;
                self.same(a.items.len(), b.items.len(), "the number of contexts")?;
                for (a, b) in a.items.iter().zip(&b.items) {
                    self.expr(&a.context_expr, &b.context_expr);
                    let (a, b) = (a.optional_vars.as_deref(), b.optional_vars.as_deref());
                    self.boxed(a, b, "the target of a context")?;
                }
                self.body(&a.body, &b.body, false)
            }
            (Stmt::Match(a), Stmt::Match(b)) => {
                self.expr(&a.subject, &b.subject);
                self.same(a.cases.len(), b.cases.len(), "the number of cases")?;
                for (a, b) in a.cases.iter().zip(&b.cases) {
                    self.pending.push(Pair::Pattern(&a.pattern, &b.pattern));
                    self.boxed(a.guard.as_deref(), b.guard.as_deref(), "a guard")?;
                    self.body(&a.body, &b.body, false)?;
                }
                Ok(())
            }
            (Stmt::Raise(a), Stmt::Raise(b)) => {
                self.boxed(a.exc.as_deref(), b.exc.as_deref(), "an exception")?;
                self.boxed(a.cause.as_deref(), b.cause.as_deref(), "a cause")
            }
            (Stmt::Try(a), Stmt::Try(b)) => {
                self.same(a.is_star, b.is_star, "`except*`")?;
                self.body(&a.body, &b.body, false)?;
                self.same(a.handlers.len(), b.handlers.len(), "the number of handlers")?;
                for (a, b) in a.handlers.iter().zip(&b.handlers) {
                    let ExceptHandler::ExceptHandler(a) = a;
                    let ExceptHandler::ExceptHandler(b) = b;
                    self.boxed(a.type_.as_deref(), b.type_.as_deref(), "a caught type")?;
                    self.optional_name(a.name.as_ref(), b.name.as_ref())?;
                    self.body(&a.body, &b.body, false)?;
                }
                self.body(&a.orelse, &b.orelse, false)?;
                self.body(&a.finalbody, &b.finalbody, false)
            }
            (Stmt::Assert(a), Stmt::Assert(b)) => {
                self.expr(&a.test, &b.test);
                self.boxed(a.msg.as_deref(), b.msg.as_deref(), "a message")
            }
            (Stmt::Import(_) | Stmt::ImportFrom(_), Stmt::Import(_) | Stmt::ImportFrom(_)) => {
                if imports::identical(a, b) {
                    return Ok(());
                }
                self.differ("an import differs")
            }
            (Stmt::Global(a), Stmt::Global(b)) => self.names(&a.names, &b.names),
            (Stmt::Nonlocal(a), Stmt::Nonlocal(b)) => self.names(&a.names, &b.names),
            (Stmt::Expr(a), Stmt::Expr(b)) => match (&*a.value, &*b.value) {
                (Expr::StringLiteral(a), Expr::StringLiteral(b)) => {
                    let (a, b) = (a.value.to_str(), b.value.to_str());
                    if strings::same_docstring(a, b, self.claims.docstring_code) {
                        return Ok(());
                    }
                    self.differ("the text of a docstring differs")
                }
                (a, b) => {
                    self.expr(a, b);
                    Ok(())
                }
            },
            (Stmt::IpyEscapeCommand(a), Stmt::IpyEscapeCommand(b)) => {
                self.same((a.kind, &a.value), (b.kind, &b.value), "a magic command")
            }
            (Stmt::Pass(_), Stmt::Pass(_))
            | (Stmt::Break(_), Stmt::Break(_))
            | (Stmt::Continue(_), Stmt::Continue(_)) => Ok(()),
            _ => self.differ("a statement became another"),
        }
    }

    pub(super) fn decorators(&mut self, a: &'a [Decorator], b: &'a [Decorator]) -> Verdict {
        let expressions = |list: &'a [Decorator]| list.iter().map(|one| &one.expression);
        self.exprs(expressions(a), expressions(b), "decorators")
    }

    pub(super) fn type_params(
        &mut self,
        a: Option<&'a TypeParams>,
        b: Option<&'a TypeParams>,
    ) -> Verdict {
        let list = |params: Option<&'a TypeParams>| params.map_or(&[][..], |p| &p.type_params);
        let (a, b) = (list(a), list(b));
        self.same(a.len(), b.len(), "the number of type parameters")?;
        for (a, b) in a.iter().zip(b) {
            match (a, b) {
                (TypeParam::TypeVar(a), TypeParam::TypeVar(b)) => {
                    self.name(&a.name, &b.name)?;
                    self.boxed(a.bound.as_deref(), b.bound.as_deref(), "a bound")?;
                }
                (TypeParam::TypeVarTuple(a), TypeParam::TypeVarTuple(b)) => {
                    self.name(&a.name, &b.name)?;
                }
                (TypeParam::ParamSpec(a), TypeParam::ParamSpec(b)) => {
                    self.name(&a.name, &b.name)?;
                }
                _ => return self.differ("a type parameter became another"),
            }
            self.boxed(a.default(), b.default(), "a default")?;
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, a: &'a Parameters, b: &'a Parameters) -> Verdict {
        self.parameter_list(&a.posonlyargs, &b.posonlyargs)?;
        self.parameter_list(&a.args, &b.args)?;
        self.variadic(a.vararg.as_deref(), b.vararg.as_deref())?;
        self.parameter_list(&a.kwonlyargs, &b.kwonlyargs)?;
        self.variadic(a.kwarg.as_deref(), b.kwarg.as_deref())
    }

    fn parameter_list(
        &mut self,
        a: &'a [ParameterWithDefault],
        b: &'a [ParameterWithDefault],
    ) -> Verdict {
        self.same(a.len(), b.len(), "the number of parameters")?;
        for (a, b) in a.iter().zip(b) {
            self.parameter(&a.parameter, &b.parameter)?;
            self.boxed(a.default(), b.default(), "a default")?;
        }
        Ok(())
    }

    fn variadic(&mut self, a: Option<&'a Parameter>, b: Option<&'a Parameter>) -> Verdict {
        match (a, b) {
            (Some(a), Some(b)) => self.parameter(a, b),
            (None, None) => Ok(()),
            _ => self.differ("a variadic parameter differs"),
        }
    }

    fn parameter(&mut self, a: &'a Parameter, b: &'a Parameter) -> Verdict {
        self.name(&a.name, &b.name)?;
        self.boxed(a.annotation(), b.annotation(), "an annotation")
    }

    pub(super) fn keywords(&mut self, a: &'a [Keyword], b: &'a [Keyword]) -> Verdict {
        self.same(a.len(), b.len(), "the number of keyword arguments")?;
        for (a, b) in a.iter().zip(b) {
            self.optional_name(a.arg.as_ref(), b.arg.as_ref())?;
            self.expr(&a.value, &b.value);
        }
        Ok(())
    }
}

/// The targets of `del` without the parentheses around several of them.
fn flat(targets: &[Expr]) -> impl Iterator<Item = &Expr> {
    targets.iter().flat_map(|target| match target {
        Expr::Tuple(tuple) => &tuple.elts[..],
        other => std::slice::from_ref(other),
    })
}

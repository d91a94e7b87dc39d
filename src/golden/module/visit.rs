//! The walk over statements and expressions, in the order of the text.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Pattern, Stmt};
use ruff_text_size::Ranged;

use super::index::{StatementAt, StringAt};
use super::scopes::{BindingKind, ScopeKind};
use super::walker::Walker;

impl<'a> Visitor<'a> for Walker<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        self.body(body, false);
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let number = self.index.statements.len();
        self.index.statements.push(StatementAt {
            node: statement,
            parent: self.statement,
            block: self.block,
            scope: self.scope,
            context: self.context,
        });
        let parent = self.statement.replace(number);
        match statement {
            Stmt::FunctionDef(function) => self.function(statement, function),
            Stmt::ClassDef(class) => self.class(statement, class),
            Stmt::Import(import) => self.imports(import),
            Stmt::ImportFrom(import) => self.imports_from(import),
            Stmt::Global(global) => {
                for name in &global.names {
                    self.index.scopes.global(self.scope, name.as_str());
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    self.index.scopes.nonlocal(self.scope, name.as_str());
                }
            }
            Stmt::If(conditional) => self.conditional(conditional),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::For(_) | Stmt::While(_) => {
                self.looped(|walker| visitor::walk_stmt(walker, statement));
            }
            Stmt::TypeAlias(alias) => {
                self.visit_expr(&alias.name);
                self.typed(alias.type_params.as_deref(), |walker| {
                    walker.visit_expr(&alias.value);
                });
            }
            Stmt::Assign(assign) => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.assigned(target, Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                self.visit_annotation(&assign.annotation);
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
                self.assigned(&assign.target, assign.value.as_deref());
            }
            _ => visitor::walk_stmt(self, statement),
        }
        self.statement = parent;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => {
                    let at = self.at(name);
                    self.index.names.push(at);
                }
                _ => self.bind(name.id.as_str(), BindingKind::Other, name.range()),
            },
            Expr::Call(call) => {
                let at = self.at(call);
                self.index.calls.push(at);
            }
            Expr::Attribute(attribute) => {
                let at = self.at(attribute);
                self.index.attributes.push(at);
            }
            Expr::Subscript(subscript) => {
                let at = self.at(subscript);
                self.index.subscripts.push(at);
            }
            Expr::BinOp(operation) => {
                let at = self.at(operation);
                self.index.operations.push(at);
            }
            Expr::Compare(comparison) => {
                let at = self.at(comparison);
                self.index.comparisons.push(at);
            }
            Expr::StringLiteral(string) => {
                let place = self.at(string);
                let docstring = self.docstring && self.around.is_empty();
                self.index.strings.push(StringAt { place, docstring });
            }
            Expr::FString(string) => {
                let at = self.at(string);
                self.index.fstrings.push(at);
            }
            Expr::BytesLiteral(bytes) => {
                let at = self.at(bytes);
                self.index.bytes.push(at);
            }
            _ => {}
        }
        self.around.push(expr);
        match expr {
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.scoped(ScopeKind::Lambda, None, |walker| {
                    if let Some(parameters) = &lambda.parameters {
                        walker.parameters(parameters);
                    }
                    walker.visit_expr(&lambda.body);
                });
            }
            Expr::ListComp(comp) => self.comprehension(&comp.generators, &[&comp.elt]),
            Expr::SetComp(comp) => self.comprehension(&comp.generators, &[&comp.elt]),
            Expr::Generator(comp) => self.comprehension(&comp.generators, &[&comp.elt]),
            Expr::DictComp(comp) => {
                let elements: Vec<&Expr> = comp
                    .key
                    .iter()
                    .chain([&comp.value])
                    .map(|it| &**it)
                    .collect();
                self.comprehension(&comp.generators, &elements);
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                // Binds outside of the comprehensions that it stands in.
                let mut outer = self.scope;
                while let (ScopeKind::Comprehension, Some(parent)) = {
                    let scope = self.index.scopes.get(outer);
                    (scope.kind, scope.parent)
                } {
                    outer = parent;
                }
                let before = std::mem::replace(&mut self.scope, outer);
                self.visit_expr(&named.target);
                self.scope = before;
            }
            _ => visitor::walk_expr(self, expr),
        }
        self.around.pop();
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        if let Some(kind) = &handler.type_ {
            self.visit_expr(kind);
        }
        if let Some(name) = &handler.name {
            self.bind(name.as_str(), BindingKind::Other, name.range());
        }
        self.body(&handler.body, false);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str(), BindingKind::Other, name.range());
        }
        visitor::walk_pattern(self, pattern);
    }
}

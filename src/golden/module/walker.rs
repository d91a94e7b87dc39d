//! The walk that fills an index: what each statement binds, and where it stands.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Alias, Comprehension, ExceptHandler, Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::index::{At, Context, ImportAt, Index};
use super::scopes::{Binding, BindingKind, Qualified, ScopeId, ScopeKind};

pub(super) struct Walker<'a> {
    pub(super) index: Index<'a>,
    pub(super) package: &'a [String],
    pub(super) scope: ScopeId,
    pub(super) statement: Option<usize>,
    pub(super) block: &'a [Stmt],
    pub(super) context: Context,
    pub(super) around: Vec<&'a Expr>,
    pub(super) docstring: bool,
}

impl<'a> Walker<'a> {
    pub(super) fn body(&mut self, body: &'a [Stmt], documented: bool) {
        let block = std::mem::replace(&mut self.block, body);
        for (number, statement) in body.iter().enumerate() {
            self.docstring = documented
                && number == 0
                && matches!(statement, Stmt::Expr(expr) if expr.value.is_string_literal_expr());
            self.visit_stmt(statement);
            self.docstring = false;
        }
        self.block = block;
    }

    pub(super) fn within(&mut self, context: Context, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.context, context);
        walk(self);
        self.context = before;
    }

    pub(super) fn scoped(
        &mut self,
        kind: ScopeKind,
        owner: Option<&'a Stmt>,
        walk: impl FnOnce(&mut Self),
    ) {
        let owner = owner.or(self.index.scopes.get(self.scope).owner);
        let inner = self.index.scopes.open(kind, Some(self.scope), owner);
        let before = std::mem::replace(&mut self.scope, inner);
        walk(self);
        self.scope = before;
    }

    pub(super) fn bind(&mut self, name: &'a str, kind: BindingKind<'a>, range: TextRange) {
        let stand_in = self.context.stand_in;
        let binding = Binding {
            kind,
            range,
            stand_in,
        };
        self.index.scopes.bind(self.scope, name, binding);
    }

    pub(super) fn at<T>(&self, node: &'a T) -> At<'a, T> {
        At {
            node,
            parent: self.around.last().copied(),
            statement: self.statement.unwrap_or_default(),
            scope: self.scope,
        }
    }

    pub(super) fn import(
        &mut self,
        path: Qualified<'a>,
        module: Qualified<'a>,
        alias: &'a Alias,
        from: bool,
    ) {
        self.index.imports.push(ImportAt {
            path,
            module,
            alias,
            from,
            statement: self.statement.unwrap_or_default(),
            scope: self.scope,
        });
    }

    pub(super) fn imports(&mut self, import: &'a ast::StmtImport) {
        for alias in &import.names {
            let whole: Qualified<'a> = alias.name.as_str().split('.').collect();
            let (bound, path) = match &alias.asname {
                Some(name) => (name.as_str(), whole.clone()),
                None => (whole[0], vec![whole[0]]),
            };
            self.bind(bound, BindingKind::Import(path), alias.range());
            self.import(whole.clone(), whole, alias, false);
        }
    }

    pub(super) fn imports_from(&mut self, import: &'a ast::StmtImportFrom) {
        let mut module: Qualified<'a> = match import.level as usize {
            0 => Vec::new(),
            dots => match self.package.len().checked_sub(dots - 1) {
                Some(kept) if !self.package.is_empty() => {
                    self.package[..kept].iter().map(String::as_str).collect()
                }
                // Not known: keeps it apart from any absolute path.
                _ => vec!["."],
            },
        };
        if let Some(name) = &import.module {
            module.extend(name.as_str().split('.'));
        }
        for alias in &import.names {
            let name = alias.name.as_str();
            let mut path = module.clone();
            path.push(name);
            if name == "*" {
                self.index.scopes.has_star = true;
            } else {
                let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                let kind = BindingKind::Import(path.clone());
                self.bind(bound.as_str(), kind, alias.range());
            }
            self.import(path, module.clone(), alias, true);
        }
    }

    pub(super) fn function(&mut self, statement: &'a Stmt, function: &'a ast::StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        let kind = BindingKind::Definition(statement);
        self.bind(function.name.as_str(), kind, function.name.range());
        self.defaults(&function.parameters);
        let context = Context {
            in_loop: false,
            ..self.context
        };
        let kind = ScopeKind::Function {
            is_async: function.is_async,
        };
        self.typed(function.type_params.as_deref(), |walker| {
            for parameter in &*function.parameters {
                if let Some(annotation) = parameter.annotation() {
                    walker.visit_annotation(annotation);
                }
            }
            if let Some(returns) = &function.returns {
                walker.visit_annotation(returns);
            }
            walker.scoped(kind, Some(statement), |walker| {
                walker.parameters(&function.parameters);
                walker.within(context, |walker| walker.body(&function.body, true));
            });
        });
    }

    pub(super) fn class(&mut self, statement: &'a Stmt, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        let kind = BindingKind::Definition(statement);
        self.bind(class.name.as_str(), kind, class.name.range());
        self.typed(class.type_params.as_deref(), |walker| {
            if let Some(arguments) = &class.arguments {
                walker.visit_arguments(arguments);
            }
            walker.scoped(ScopeKind::Class, Some(statement), |walker| {
                walker.body(&class.body, true);
            });
        });
    }

    /// Walks over what sees type parameters, which have a scope around that of what they
    /// belong to.
    pub(super) fn typed(
        &mut self,
        params: Option<&'a ast::TypeParams>,
        walk: impl FnOnce(&mut Self),
    ) {
        let Some(params) = params else {
            walk(self);
            return;
        };
        self.scoped(ScopeKind::TypeParameters, None, |walker| {
            for param in &params.type_params {
                walker.bind(param.name().as_str(), BindingKind::Other, param.range());
                walker.visit_type_param(param);
            }
            walk(walker);
        });
    }

    /// Defaults are evaluated outside of a function or lambda.
    pub(super) fn defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                self.visit_expr(default);
            }
        }
    }

    pub(super) fn parameters(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            let name = parameter.name();
            self.bind(name.as_str(), BindingKind::Parameter, name.range());
        }
    }

    pub(super) fn comprehension(&mut self, generators: &'a [Comprehension], elements: &[&'a Expr]) {
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.scoped(ScopeKind::Comprehension, None, |walker| {
            for (number, generator) in generators.iter().enumerate() {
                walker.visit_expr(&generator.target);
                if number > 0 {
                    walker.visit_expr(&generator.iter);
                }
                for condition in &generator.ifs {
                    walker.visit_expr(condition);
                }
            }
            for element in elements {
                walker.visit_expr(element);
            }
        });
    }

    pub(super) fn conditional(&mut self, statement: &'a ast::StmtIf) {
        self.visit_expr(&statement.test);
        let mut context = self.context;
        context.type_checking |= is_type_checking(&statement.test);
        context.main_guard |= is_main_guard(&statement.test);
        self.within(context, |walker| walker.body(&statement.body, false));
        for clause in &statement.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.visit_expr(test);
            }
            self.body(&clause.body, false);
        }
    }

    pub(super) fn attempt(&mut self, statement: &'a ast::StmtTry) {
        let guards = statement.handlers.iter().any(handles_import_error);
        let mut context = self.context;
        context.import_guard |= guards;
        self.within(context, |walker| walker.body(&statement.body, false));
        for handler in &statement.handlers {
            let mut context = self.context;
            let fails = handles_import_error(handler);
            context.import_guard |= fails;
            context.stand_in |= fails;
            self.within(context, |walker| walker.visit_except_handler(handler));
        }
        self.body(&statement.orelse, false);
        self.body(&statement.finalbody, false);
    }

    pub(super) fn looped(&mut self, walk: impl FnOnce(&mut Self)) {
        let context = Context {
            in_loop: true,
            ..self.context
        };
        self.within(context, walk);
    }

    /// Records a plain assignment of one value to one name.
    pub(super) fn assigned(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match (target, value) {
            (Expr::Name(name), Some(value)) => {
                self.bind(name.id.as_str(), BindingKind::Value(value), name.range());
            }
            _ => self.visit_expr(target),
        }
    }
}

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn is_main_guard(test: &Expr) -> bool {
    let compare = match test {
        Expr::Compare(compare) => compare,
        Expr::BoolOp(all) if all.op.is_and() => return all.values.iter().any(is_main_guard),
        _ => return false,
    };
    let ([ast::CmpOp::Eq], [right]) = (&*compare.ops, &*compare.comparators) else {
        return false;
    };
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id == "__name__");
    let is_main = |expr: &Expr| matches!(expr, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    is_name(&compare.left) && is_main(right) || is_main(&compare.left) && is_name(right)
}

fn handles_import_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    let is_one = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id == "ImportError" || name.id == "ModuleNotFoundError");
    match handler.type_.as_deref() {
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(is_one),
        Some(kind) => is_one(kind),
        None => false,
    }
}

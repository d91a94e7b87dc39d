//! One walk over a module that puts what rules ask for into lists. Pure.
//!
//! A rule is then a few lines over one list, and thirty rules cost one walk.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    self as ast, Alias, Comprehension, ExceptHandler, Expr, ExprContext, Parameters, Pattern, Stmt,
};
use ruff_text_size::{Ranged, TextRange};

use super::scopes::{Binding, BindingKind, Qualified, ScopeId, ScopeKind, Scopes};

/// An expression and where it stands.
#[derive(Debug)]
pub struct At<'a, T> {
    /// The expression.
    pub node: &'a T,
    /// The expression right around it, if there is one in the same statement.
    pub parent: Option<&'a Expr>,
    /// The statement that it belongs to, a number in [`Index::statements`].
    pub statement: usize,
    /// The scope in which it is evaluated.
    pub scope: ScopeId,
}

/// A statement and where it stands.
#[derive(Debug)]
pub struct StatementAt<'a> {
    /// The statement.
    pub node: &'a Stmt,
    /// The statement around it, a number in [`Index::statements`].
    pub parent: Option<usize>,
    /// The statements of its block, itself among them.
    pub block: &'a [Stmt],
    /// The scope that it is executed in.
    pub scope: ScopeId,
    /// What surrounds it.
    pub context: Context,
}

/// What surrounds a statement.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says by itself whether something surrounds the statement"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// `if TYPE_CHECKING:`.
    pub type_checking: bool,
    /// `if __name__ == "__main__":`.
    pub main_guard: bool,
    /// A `try` that handles a failed import, or its handlers.
    pub import_guard: bool,
    /// The handler of a failed import, or its `else`.
    pub stand_in: bool,
    /// A loop.
    pub in_loop: bool,
}

/// A string that is no part of another expression's text.
#[derive(Debug)]
pub struct StringAt<'a> {
    /// The literal.
    pub place: At<'a, ast::ExprStringLiteral>,
    /// Whether it is the docstring of a module, class or function.
    pub docstring: bool,
}

/// One name that an import binds.
#[derive(Debug)]
pub struct ImportAt<'a> {
    /// The dotted path of what is imported: a module, or a member of one.
    pub path: Qualified<'a>,
    /// The module part of it.
    pub module: Qualified<'a>,
    /// `*`, or the name as it is imported.
    pub alias: &'a Alias,
    /// Whether it is `from … import …`.
    pub from: bool,
    /// The number of its statement.
    pub statement: usize,
    /// The scope that it binds in.
    pub scope: ScopeId,
}

/// What a module consists of.
#[derive(Debug)]
pub struct Index<'a> {
    /// Scopes and names.
    pub scopes: Scopes<'a>,
    /// All statements, outer ones before those in them.
    pub statements: Vec<StatementAt<'a>>,
    /// All calls.
    pub calls: Vec<At<'a, ast::ExprCall>>,
    /// All names that are read.
    pub names: Vec<At<'a, ast::ExprName>>,
    /// All attributes, also those within others.
    pub attributes: Vec<At<'a, ast::ExprAttribute>>,
    /// All subscripts.
    pub subscripts: Vec<At<'a, ast::ExprSubscript>>,
    /// All binary operations.
    pub operations: Vec<At<'a, ast::ExprBinOp>>,
    /// All comparisons.
    pub comparisons: Vec<At<'a, ast::ExprCompare>>,
    /// All string literals.
    pub strings: Vec<StringAt<'a>>,
    /// All f-strings.
    pub fstrings: Vec<At<'a, ast::ExprFString>>,
    /// All bytes literals.
    pub bytes: Vec<At<'a, ast::ExprBytesLiteral>>,
    /// All names that imports bind.
    pub imports: Vec<ImportAt<'a>>,
}

impl<'a> Index<'a> {
    /// Walks a module. `name` is its dotted name, `package` that of the package which
    /// its relative imports begin in.
    pub fn new(body: &'a [Stmt], name: &'a [String], package: &'a [String]) -> Self {
        let mut walker = Walker {
            index: Self {
                scopes: Scopes::new(name.iter().map(String::as_str).collect()),
                statements: Vec::new(),
                calls: Vec::new(),
                names: Vec::new(),
                attributes: Vec::new(),
                subscripts: Vec::new(),
                operations: Vec::new(),
                comparisons: Vec::new(),
                strings: Vec::new(),
                fstrings: Vec::new(),
                bytes: Vec::new(),
                imports: Vec::new(),
            },
            package,
            scope: 0,
            statement: None,
            block: body,
            context: Context::default(),
            around: Vec::new(),
            docstring: false,
        };
        walker.body(body, true);
        walker.index
    }

    /// The statement that something belongs to.
    pub fn statement(&self, number: usize) -> &StatementAt<'a> {
        &self.statements[number]
    }

    /// The innermost statement that a range lies in; `None` where it is in none.
    pub fn innermost(&self, range: TextRange) -> Option<usize> {
        // Outer statements stand before those in them, and all are in the text's order.
        let after = self
            .statements
            .partition_point(|at| at.node.start() <= range.start());
        let mut next = after.checked_sub(1);
        while let Some(number) = next {
            let at = &self.statements[number];
            if at.node.range().contains_range(range) {
                return Some(number);
            }
            next = at.parent;
        }
        None
    }

    /// A statement and those around it, the innermost first.
    pub fn around(&self, number: usize) -> impl Iterator<Item = &StatementAt<'a>> {
        let mut next = Some(number);
        std::iter::from_fn(move || {
            let at = self.statements.get(next?)?;
            next = at.parent;
            Some(at)
        })
    }
}

struct Walker<'a> {
    index: Index<'a>,
    package: &'a [String],
    scope: ScopeId,
    statement: Option<usize>,
    block: &'a [Stmt],
    context: Context,
    around: Vec<&'a Expr>,
    docstring: bool,
}

impl<'a> Walker<'a> {
    fn body(&mut self, body: &'a [Stmt], documented: bool) {
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

    fn within(&mut self, context: Context, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.context, context);
        walk(self);
        self.context = before;
    }

    fn scoped(&mut self, kind: ScopeKind, owner: Option<&'a Stmt>, walk: impl FnOnce(&mut Self)) {
        let owner = owner.or(self.index.scopes.get(self.scope).owner);
        let inner = self.index.scopes.open(kind, Some(self.scope), owner);
        let before = std::mem::replace(&mut self.scope, inner);
        walk(self);
        self.scope = before;
    }

    fn bind(&mut self, name: &'a str, kind: BindingKind<'a>, range: TextRange) {
        let stand_in = self.context.stand_in;
        let binding = Binding {
            kind,
            range,
            stand_in,
        };
        self.index.scopes.bind(self.scope, name, binding);
    }

    fn at<T>(&self, node: &'a T) -> At<'a, T> {
        At {
            node,
            parent: self.around.last().copied(),
            statement: self.statement.unwrap_or_default(),
            scope: self.scope,
        }
    }

    fn import(&mut self, path: Qualified<'a>, module: Qualified<'a>, alias: &'a Alias, from: bool) {
        self.index.imports.push(ImportAt {
            path,
            module,
            alias,
            from,
            statement: self.statement.unwrap_or_default(),
            scope: self.scope,
        });
    }

    fn imports(&mut self, import: &'a ast::StmtImport) {
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

    fn imports_from(&mut self, import: &'a ast::StmtImportFrom) {
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

    fn function(&mut self, statement: &'a Stmt, function: &'a ast::StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        let kind = BindingKind::Definition(statement);
        self.bind(function.name.as_str(), kind, function.name.range());
        self.defaults(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
        let context = Context {
            in_loop: false,
            ..self.context
        };
        let kind = ScopeKind::Function {
            is_async: function.is_async,
        };
        let type_params = function.type_params.as_deref();
        self.scoped(kind, Some(statement), |walker| {
            walker.type_params(type_params);
            walker.parameters(&function.parameters);
            walker.within(context, |walker| walker.body(&function.body, true));
        });
    }

    fn class(&mut self, statement: &'a Stmt, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        let kind = BindingKind::Definition(statement);
        self.bind(class.name.as_str(), kind, class.name.range());
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
        }
        let type_params = class.type_params.as_deref();
        self.scoped(ScopeKind::Class, Some(statement), |walker| {
            walker.type_params(type_params);
            walker.body(&class.body, true);
        });
    }

    fn type_params(&mut self, params: Option<&'a ast::TypeParams>) {
        for param in params.into_iter().flat_map(|params| &params.type_params) {
            self.bind(param.name().as_str(), BindingKind::Other, param.range());
            self.visit_type_param(param);
        }
    }

    /// Defaults and annotations are evaluated outside of the function.
    fn defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation() {
                self.visit_annotation(annotation);
            }
            if let Some(default) = parameter.default() {
                self.visit_expr(default);
            }
        }
    }

    fn parameters(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            let name = parameter.name();
            self.bind(name.as_str(), BindingKind::Parameter, name.range());
        }
    }

    fn comprehension(&mut self, generators: &'a [Comprehension], elements: &[&'a Expr]) {
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

    fn conditional(&mut self, statement: &'a ast::StmtIf) {
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

    fn attempt(&mut self, statement: &'a ast::StmtTry) {
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

    fn looped(&mut self, walk: impl FnOnce(&mut Self)) {
        let context = Context {
            in_loop: true,
            ..self.context
        };
        self.within(context, walk);
    }

    /// Records a plain assignment of one value to one name.
    fn assigned(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match (target, value) {
            (Expr::Name(name), Some(value)) => {
                self.bind(name.id.as_str(), BindingKind::Value(value), name.range());
            }
            _ => self.visit_expr(target),
        }
    }
}

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

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn is_main_guard(test: &Expr) -> bool {
    let Expr::Compare(compare) = test else {
        return false;
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

//! One walk over a module that puts what rules ask for into lists. Pure.
//!
//! A rule is then a few lines over one list, and thirty rules cost one walk.

use ruff_python_ast::{self as ast, Alias, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::scopes::{Qualified, ScopeId, Scopes};
use super::walker::Walker;

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

//! Where a text uses names of another module.
//!
//! Pure.

use std::collections::HashMap;

use memchr::memmem;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::module::{Module, Reference};
use super::syntax::{TooDeep, with_tree};

/// The module that loses names.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) module: Module,
    /// The names; `*` stands for any.
    pub(super) names: &'a [String],
    /// Whether the repository's root is a package.
    pub(super) in_package: bool,
    /// Whether a star import brings the names: not if an `__all__` says what it brings.
    pub(super) by_star: bool,
}

impl Target<'_> {
    fn is(&self, reference: &Reference) -> bool {
        reference.means(&self.module, self.in_package)
    }

    /// Whether a name is one of those that go.
    fn loses(&self, name: &str) -> bool {
        self.names.iter().any(|lost| lost == name || lost == "*")
    }

    /// Whether a text is worth parsing: it has the last part of the module's name (a
    /// relative import of the package around it has not), and one of the names or a star
    /// import.
    pub(super) fn may_be_used_by(&self, text: &[u8], user: &Module) -> bool {
        let inside = self.module.package && user.parts.starts_with(&self.module.parts);
        let module =
            has_word(text, self.module.last()) || inside && is_followed(text, "from", b'.');
        let any = |name: &String| name == "*" || has_word(text, name);
        let star = || self.by_star && is_followed(text, "import", b'*');
        module && (self.names.iter().any(any) || star())
    }
}

/// What a text does with the target's names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// 1-based lines with the names, in order, each once.
    pub(super) found: Vec<(u32, String)>,
    /// Whether it takes over all names of the target, and so hands them on.
    pub(super) star: bool,
}

/// Finds the uses in the text of a module.
pub(super) fn uses(text: &str, user: &Module, target: &Target<'_>) -> Result<Uses, TooDeep> {
    with_tree(text, |parsed| {
        uses_in(text, &parsed.syntax().body, user, target)
    })
}

fn uses_in(text: &str, body: &[Stmt], user: &Module, target: &Target<'_>) -> Uses {
    let mut imports = Imports {
        user,
        target,
        aliases: HashMap::new(),
        found: Vec::new(),
        star: false,
    };
    imports.visit_body(body);
    // What the text imports by itself it does not need from a star, and names with an
    // underscore no star brings.
    let own = |name: &String| imports.aliases.contains_key(name) || name.starts_with('_');
    let star = imports.star && !target.names.iter().all(own);
    let has_module = imports.aliases.values().flatten().any(|it| target.is(it));
    let mut names = Names {
        target,
        aliases: imports.aliases,
        has_module,
        star,
        found: imports.found,
    };
    names.visit_body(body);
    let mut found: Vec<(u32, String)> = names
        .found
        .into_iter()
        .map(|(at, name)| (line(text, at), name))
        .collect();
    found.sort();
    found.dedup();
    Uses { found, star }
}

/// The names in a literal `__all__` of a text with their lines; `None` without one. A
/// list that is put together counts with its literal parts.
pub(super) fn exported(text: &str) -> Result<Option<Vec<(u32, String)>>, TooDeep> {
    let mut exports = Exports::default();
    with_tree(text, |parsed| exports.visit_body(&parsed.syntax().body))?;
    let at = |(at, name): (TextSize, String)| (line(text, at), name);
    Ok(exports
        .seen
        .then(|| exports.found.into_iter().map(at).collect()))
}

/// The first pass: what is imported under which name, wherever it stands.
struct Imports<'a> {
    user: &'a Module,
    target: &'a Target<'a>,
    aliases: HashMap<String, Vec<Reference>>,
    found: Vec<(TextSize, String)>,
    star: bool,
}

impl Imports<'_> {
    fn alias(&mut self, name: &str, reference: Reference) {
        self.aliases
            .entry(name.to_owned())
            .or_default()
            .push(reference);
    }
}

impl<'a> Visitor<'a> for Imports<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = alias.name.as_str();
                    let root = Reference::Absolute(Vec::new());
                    if let Some(name) = &alias.asname {
                        self.alias(name.as_str(), root.below(whole));
                    } else {
                        let first = whole.split('.').next().unwrap_or(whole);
                        self.alias(first, root.below(first));
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let from = match import.level {
                    0 => Some(Reference::Absolute(Vec::new())),
                    dots => self.user.above(dots).map(Reference::Rooted),
                };
                let name = import.module.as_ref().map_or("", |module| module.as_str());
                let Some(from) = from.map(|from| from.below(name)) else {
                    return;
                };
                let is_target = self.target.is(&from);
                for alias in &import.names {
                    let name = alias.name.as_str();
                    if name == "*" {
                        self.star |= is_target && self.target.by_star;
                        continue;
                    }
                    if is_target && self.target.loses(name) {
                        self.found.push((alias.start(), name.to_owned()));
                    }
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.alias(bound.as_str(), from.below(name));
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }
}

/// The second pass: attributes of imported modules, and strings.
struct Names<'a> {
    target: &'a Target<'a>,
    aliases: HashMap<String, Vec<Reference>>,
    /// Whether the module itself is imported, for `getattr(module, "name")`.
    has_module: bool,
    star: bool,
    found: Vec<(TextSize, String)>,
}

impl Names<'_> {
    /// `root.a.b.c`, where the root is an imported module or package.
    fn chain(&mut self, at: TextSize, root: &str, attributes: &[&str]) {
        for reference in self.aliases.get(root).into_iter().flatten() {
            let mut reference = reference.clone();
            for name in attributes {
                if self.target.is(&reference) && self.target.loses(name) {
                    self.found.push((at, (*name).to_owned()));
                }
                reference = reference.below(name);
            }
        }
    }

    /// `"pkg.mod.name"`, as it is given to `mock.patch`, or `"name"` alone where the
    /// module is at hand.
    fn string(&mut self, at: TextSize, text: &str) {
        if self.has_module && self.target.names.iter().any(|name| name == text) {
            self.found.push((at, text.to_owned()));
        }
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
        for token in text
            .split(|c| !part(c))
            .filter(|token| token.contains(['.', ':']))
        {
            let mut reference = Reference::Absolute(Vec::new());
            for name in token.split(['.', ':']).filter(|name| !name.is_empty()) {
                if self.target.is(&reference) && self.target.loses(name) {
                    self.found.push((at, name.to_owned()));
                }
                reference = reference.below(name);
            }
        }
    }
}

impl<'a> Visitor<'a> for Names<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(_) => {
                let mut attributes = Vec::new();
                let mut inner = expr;
                while let Expr::Attribute(attribute) = inner {
                    attributes.push(attribute.attr.as_str());
                    inner = &attribute.value;
                }
                attributes.reverse();
                match inner {
                    Expr::Name(name) => {
                        self.chain(expr.start(), name.id.as_str(), &attributes);
                        self.visit_expr(inner);
                    }
                    _ => self.visit_expr(inner),
                }
            }
            Expr::Name(name) => {
                let id = name.id.as_str();
                let own = self.aliases.contains_key(id) || id.starts_with('_');
                if self.star && !own && self.target.names.iter().any(|lost| lost == id) {
                    self.found.push((name.start(), id.to_owned()));
                }
            }
            Expr::StringLiteral(string) => self.string(string.start(), string.value.to_str()),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

#[derive(Default)]
struct Exports {
    seen: bool,
    found: Vec<(TextSize, String)>,
}

impl<'a> Visitor<'a> for Exports {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let is_all = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id == "__all__");
        let value = match stmt {
            Stmt::Assign(assign) if assign.targets.iter().any(is_all) => Some(&assign.value),
            Stmt::AugAssign(assign) if is_all(&assign.target) => Some(&assign.value),
            Stmt::AnnAssign(assign) if is_all(&assign.target) => assign.value.as_ref(),
            Stmt::Expr(call) => match &*call.value {
                Expr::Call(called) => match &*called.func {
                    Expr::Attribute(method) if is_all(&method.value) => Some(&call.value),
                    _ => None,
                },
                _ => None,
            },
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            _ => None,
        };
        match value {
            Some(value) => {
                self.seen = true;
                visitor::walk_expr(&mut Literals(&mut self.found), value);
            }
            None => visitor::walk_stmt(self, stmt),
        }
    }
}

struct Literals<'b>(&'b mut Vec<(TextSize, String)>);

impl<'a> Visitor<'a> for Literals<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::StringLiteral(string) = expr {
            let name = string.value.to_str().to_owned();
            self.0.push((string.start(), name));
        }
        visitor::walk_expr(self, expr);
    }
}

fn line(text: &str, at: TextSize) -> u32 {
    let before = &text.as_bytes()[..at.to_usize().min(text.len())];
    let breaks = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}

/// Whether a text has a word, not only as a part of another.
fn has_word(text: &[u8], word: &str) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    !word.is_empty()
        && memmem::find_iter(text, word).any(|at| {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            !(before.is_some_and(part) || text.get(at + word.len()).is_some_and(part))
        })
}

/// Whether a keyword comes before a byte somewhere, with nothing but space, line
/// continuations and an opening parenthesis between.
fn is_followed(text: &[u8], keyword: &str, byte: u8) -> bool {
    memmem::find_iter(text, keyword).any(|at| {
        let mut rest = text[at + keyword.len()..].iter();
        rest.find(|next| !b" \t\\\r\n(".contains(next)) == Some(&byte)
    })
}

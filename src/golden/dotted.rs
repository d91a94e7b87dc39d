//! Patterns of dotted names, as rules are configured with. Pure.
//!
//! `time.sleep` is that name alone; `socket.*` is everything below a name; `*.execute` is
//! everything that ends so, whatever it is called on; an asterisk between dots is one part.
//! A name without a dot is also the builtin of that name.

use std::fmt;

use ruff_python_ast::Expr;
use ruff_python_stdlib::identifiers::is_identifier;

use super::module::{Module, ScopeId};

/// A pattern of dotted names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dotted {
    parts: Vec<String>,
}

/// Several patterns.
#[derive(Debug, Clone, Default)]
pub struct DottedSet(Vec<Dotted>);

impl Dotted {
    /// Reads a pattern; an error says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_part = |part: &String| part == "*" || is_identifier(part);
        if parts.iter().all(|part| part == "*") || !parts.iter().all(is_part) {
            return Err(format!(
                "`{text}` is no dotted name: say `package.module.name`, `package.*` or `*.name`"
            ));
        }
        Ok(Self { parts })
    }

    /// Whether it may be matched by the end of a name alone.
    fn is_open(&self) -> bool {
        self.parts[0] == "*"
    }

    /// Whether a dotted path is this name.
    pub fn is(&self, path: &[&str]) -> bool {
        if self.parts.len() == 1 && path.len() == 2 && path[0] == "builtins" {
            return self.parts[0] == path[1];
        }
        let (first, last) = (self.parts.first(), self.parts.last());
        let open = first.is_some_and(|it| it == "*");
        let below = last.is_some_and(|it| it == "*");
        let middle = &self.parts[usize::from(open)..self.parts.len() - usize::from(below)];
        let least = self.parts.len();
        match (open, below) {
            (false, false) => path.len() == least && same(middle, path),
            (false, true) => path.len() >= least && same(middle, path),
            (true, false) => {
                path.len() >= least && same(middle, &path[path.len() - middle.len()..])
            }
            (true, true) => {
                path.len() >= least
                    && (1..path.len() - middle.len()).any(|at| same(middle, &path[at..]))
            }
        }
    }

    /// Whether a dotted path is this name or lies below it.
    pub fn covers(&self, path: &[&str]) -> bool {
        self.is(path) || (1..path.len()).any(|length| self.is(&path[..length]))
    }

    /// The name itself where it has no asterisk.
    pub fn plain(&self) -> Option<String> {
        let is_plain = self.parts.iter().all(|part| part != "*");
        is_plain.then(|| self.parts.join("."))
    }
}

fn same(parts: &[String], path: &[&str]) -> bool {
    path.len() >= parts.len()
        && parts
            .iter()
            .zip(path)
            .all(|(part, name)| part == "*" || part == name)
}

impl fmt::Display for Dotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("."))
    }
}

impl DottedSet {
    /// Reads patterns; an error names the one that is none.
    pub fn read<S: AsRef<str>>(texts: &[S]) -> Result<Self, String> {
        let read: Result<_, _> = texts.iter().map(|it| Dotted::read(it.as_ref())).collect();
        read.map(Self)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pattern that a dotted path is.
    pub fn is(&self, path: &[&str]) -> Option<&Dotted> {
        self.0.iter().find(|one| one.is(path))
    }

    /// The pattern that a dotted path is or lies below.
    pub fn covers(&self, path: &[&str]) -> Option<&Dotted> {
        self.0.iter().find(|one| one.covers(path))
    }

    /// The pattern that an expression names where it stands: resolved through imports, or,
    /// for patterns that leave open what a name is called on, as it is written. With how
    /// it is to be shown.
    pub fn named<'a>(
        &self,
        module: &Module<'a>,
        expr: &'a Expr,
        scope: ScopeId,
    ) -> Option<(&Dotted, String)> {
        self.meant(module.qualified(expr, scope), || written(expr))
    }

    /// The same for what is known of an expression: its resolved path, and what is written.
    pub fn meant<'a>(
        &self,
        path: Option<Vec<&'a str>>,
        written: impl FnOnce() -> Option<Vec<&'a str>>,
    ) -> Option<(&Dotted, String)> {
        if let Some(path) = path {
            let found = self.is(&path)?;
            let shown = path.strip_prefix(&["builtins"]).unwrap_or(&path).join(".");
            return Some((found, shown));
        }
        let written = written()?;
        let mut open = self.0.iter().filter(|one| one.is_open());
        let found = open.find(|one| one.is(&written))?;
        Some((found, written.join(".")))
    }
}

/// The names of an expression of dots, as written; `?` for what it is called on if that
/// is no name.
pub fn written(expr: &Expr) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut inner = expr;
    while let Expr::Attribute(attribute) = inner {
        parts.push(attribute.attr.as_str());
        inner = &attribute.value;
    }
    match inner {
        Expr::Name(name) => parts.push(name.id.as_str()),
        _ if parts.is_empty() => return None,
        _ => parts.push("?"),
    }
    parts.reverse();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::Dotted;

    #[test]
    fn patterns_mean_names() {
        for (pattern, name, is, covers) in [
            ("time.sleep", "time.sleep", true, true),
            ("time.sleep", "time.sleep.x", false, true),
            ("time", "time.sleep", false, true),
            ("socket.*", "socket.socket", true, true),
            ("socket.*", "socket", false, false),
            ("*.execute", "db.cursor.execute", true, true),
            ("*.execute", "execute", false, false),
            ("services.*.api", "services.billing.api", true, true),
            ("services.*.api", "services.billing.api.v1", false, true),
            ("*.internal.*", "shop.internal.a", true, true),
            ("*.internal.*", "internal.a", false, false),
            ("print", "builtins.print", true, true),
            ("print", "shop.print", false, false),
        ] {
            let path: Vec<&str> = name.split('.').collect();
            let pattern = Dotted::read(pattern).unwrap();
            assert_eq!(pattern.is(&path), is, "{pattern} {name}");
            assert_eq!(pattern.covers(&path), covers, "{pattern} {name}");
        }
        for wrong in ["", "*", "*.*", "a..b", "a b", "a.b()", "a.*b"] {
            assert!(Dotted::read(wrong).is_err(), "{wrong}");
        }
    }
}

//! When two blocks of imports bind the same.
//!
//! A block is a run of import statements without another statement between them.
//! Sorting may reorder, split, join and deduplicate inside a block. What must
//! hold: the bindings are the same set, none more often than before; imports
//! that bind one name keep their order, for the last one wins; a star import may
//! bind any name, so it keeps its place relative to every import that is not from
//! its own module; `__future__` comes first. Side effects of importing in another
//! order are what sorting imports means, and are not judged.

use ruff_python_ast::{Alias, Stmt};
use serde::{Deserialize, Serialize};

/// What one name in an import statement says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// The module after `from`; `None` for `import x` and `from . import x`.
    pub module: Option<String>,
    /// The imported name: a dotted module after `import`, `*` for a star.
    pub name: String,
    /// The name after `as`.
    pub asname: Option<String>,
    /// How many dots precede the module; `None` for `import x`.
    pub level: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Bound<'a> {
    level: Option<u32>,
    module: Option<&'a str>,
    name: &'a str,
    asname: Option<&'a str>,
    lazy: bool,
}

impl<'a> Bound<'a> {
    /// The name in the namespace; `None` for a star.
    fn target(self) -> Option<&'a str> {
        match (self.asname, self.level) {
            (Some(name), _) => Some(name),
            (None, None) => Some(first_part(self.name)),
            (None, Some(_)) => (self.name != "*").then_some(self.name),
        }
    }

    /// The object that the name is bound to: `import a.b` and `import a.c` both
    /// bind `a`.
    fn object(self) -> (Option<u32>, Option<&'a str>, &'a str) {
        let name = match (self.level, self.asname) {
            (None, None) => first_part(self.name),
            _ => self.name,
        };
        (self.level, self.module, name)
    }

    fn is_future(self) -> bool {
        self.level == Some(0) && self.module == Some("__future__")
    }

    fn is(self, required: &Binding) -> bool {
        self.level == required.level
            && self.module == required.module.as_deref()
            && self.name == required.name
            && self.asname == required.asname.as_deref()
    }
}

impl std::fmt::Display for Bound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(level) = self.level {
            let dots = ".".repeat(level as usize);
            write!(f, "from {dots}{} ", self.module.unwrap_or_default())?;
        }
        write!(f, "import {}", self.name)?;
        match self.asname {
            Some(asname) => write!(f, " as {asname}"),
            None => Ok(()),
        }
    }
}

fn first_part(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// How many import statements a body begins with.
pub(super) fn leading(body: &[Stmt]) -> usize {
    body.iter()
        .take_while(|statement| matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_)))
        .count()
}

/// Whether two import statements are the same, names in order.
pub(super) fn identical(before: &Stmt, after: &Stmt) -> bool {
    std::mem::discriminant(before) == std::mem::discriminant(after)
        && bindings(std::slice::from_ref(before)).eq(bindings(std::slice::from_ref(after)))
}

fn bindings(block: &[Stmt]) -> impl Iterator<Item = Bound<'_>> {
    block.iter().flat_map(|statement| {
        let (level, module, names, lazy): (_, _, &[Alias], _) = match statement {
            Stmt::Import(import) => (None, None, &import.names, import.is_lazy),
            Stmt::ImportFrom(import) => (
                Some(import.level),
                import.module.as_deref(),
                &import.names,
                import.is_lazy,
            ),
            _ => (None, None, &[], false),
        };
        names.iter().map(move |alias| Bound {
            level,
            module,
            name: alias.name.as_str(),
            asname: alias.asname.as_deref(),
            lazy,
        })
    })
}

/// Compares two blocks; the error says what is wrong. Only `required` bindings
/// may be new. Two stars keep their order unless `stars_may_move`.
pub(super) fn same_block(
    before: &[Stmt],
    after: &[Stmt],
    required: &[Binding],
    stars_may_move: bool,
) -> Result<(), String> {
    if bindings(before).eq(bindings(after)) {
        return Ok(());
    }
    let old: Vec<_> = bindings(before).collect();
    let all: Vec<_> = bindings(after).collect();
    let mut new = all.clone();
    new.retain(|bound| old.contains(bound) || !required.iter().any(|one| bound.is(one)));
    same_set(&old, &new)?;
    same_order(&old, &new)?;
    let stars = old.iter().filter(|bound| bound.target().is_none());
    for star in stars.filter(|_| !stars_may_move) {
        if before_last(&old, *star) != before_last(&new, *star) {
            return Err(format!(
                "`{star}` may bind any name and changed its place among the imports"
            ));
        }
    }
    match all
        .iter()
        .skip_while(|bound| bound.is_future())
        .find(|bound| bound.is_future())
    {
        Some(late) => Err(format!("`{late}` no longer comes first")),
        None => Ok(()),
    }
}

fn same_set(old: &[Bound], new: &[Bound]) -> Result<(), String> {
    let (mut old, mut new) = (old.to_vec(), new.to_vec());
    old.sort_unstable();
    new.sort_unstable();
    let count = |list: &[Bound], one: &Bound| {
        let start = list.partition_point(|other| other < one);
        list[start..]
            .iter()
            .take_while(|other| *other == one)
            .count()
    };
    if let Some(gone) = old.iter().find(|bound| count(&new, bound) == 0) {
        return Err(format!("`{gone}` is gone"));
    }
    match new
        .iter()
        .find(|bound| count(&new, bound) > count(&old, bound))
    {
        Some(added) => Err(format!("`{added}` has appeared")),
        None => Ok(()),
    }
}

fn same_order(old: &[Bound], new: &[Bound]) -> Result<(), String> {
    let (old, new) = (by_target(old), by_target(new));
    let changed = old
        .iter()
        .zip(&new)
        .find(|(old, new)| old.target() != new.target() || old.object() != new.object());
    match (changed, old.len() == new.len()) {
        (None, true) => Ok(()),
        (Some((bound, _)), _) => Err(order_changed(*bound)),
        (None, false) => Err("imports that bind one name changed their order".to_owned()),
    }
}

fn order_changed(bound: Bound) -> String {
    format!(
        "imports that bind `{}` changed their order",
        bound.target().unwrap_or("*")
    )
}

/// Sorted by bound name, in order for each name, without repetitions.
fn by_target<'a>(bindings: &[Bound<'a>]) -> Vec<Bound<'a>> {
    let mut list = bindings.to_vec();
    list.sort_by_key(|bound| bound.target());
    list.dedup_by_key(|bound| (bound.target(), bound.object()));
    list.retain(|bound| bound.target().is_some());
    list
}

/// The bindings of other modules whose last import precedes the star's last.
fn before_last<'a>(list: &[Bound<'a>], star: Bound<'a>) -> Vec<Bound<'a>> {
    let position = |one: Bound| list.iter().rposition(|bound| *bound == one);
    let mut earlier: Vec<_> = list
        .iter()
        .copied()
        .filter(|bound| (bound.level, bound.module) != (star.level, star.module))
        .filter(|bound| !bound.is_future() && position(*bound) < position(star))
        .collect();
    earlier.sort_unstable();
    earlier.dedup();
    earlier
}

//! Which exception classes do not derive from the repository's own, resolved through what
//! its modules import from each other.

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, Identifier, Stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::TextRange;

use crate::golden::module::{Module, Part, Station};
use crate::golden::rule::{Example, TreeCheck};
use crate::golden::tree::{Reports, Tree};

/// How many names are followed from a class to what it derives from.
const FOLLOWED: usize = 64;

const MESSAGES: (&str, &str) = (
    "shop/errors.py",
    "class ShopError(Exception):\n    pass\n\n\nclass Lost(ShopError):\n    pass\n",
);

pub(super) const STRANGERS: Example = Example::new(
    &[
        MESSAGES,
        ("shop/__init__.py", "from .errors import Lost as Gone\n"),
        (
            "shop/api.py",
            "import requests\n\nfrom shop import Gone\n\n\nclass Known(Gone):\n    pass\n\n\nclass Stranger(ValueError):\n    pass\n\n\nclass Child(Stranger, dict):\n    pass\n\n\nclass Far(requests.HTTPError):\n    pass\n",
        ),
    ],
    &[
        ("shop/api.py", 10, 7),
        ("shop/api.py", 14, 7),
        ("shop/api.py", 18, 7),
    ],
)
.with("exception_base = \"shop.errors.ShopError\"");

pub(super) const FAMILY: Example = Example::new(
    &[
        MESSAGES,
        ("shop/__init__.py", ""),
        (
            "shop/api.py",
            "from . import errors\n\n\nclass Own(errors.Lost, ValueError):\n    pass\n\n\nclass Old(DeprecationWarning):\n    pass\n\n\nclass Error:\n    pass\n\n\nclass Made(make()):\n    pass\n",
        ),
        ("tests/test_api.py", "class Odd(ValueError):\n    pass\n"),
    ],
    &[],
)
.with("exception_base = \"shop.errors.ShopError\"");

/// The check that all exceptions are of one family.
pub(super) struct Family {
    base: String,
}

impl Family {
    /// The family of a class by its dotted path.
    pub(super) fn new(base: &str) -> Result<Self, String> {
        let parts: Vec<&str> = base.split('.').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return Err(format!(
                "`exception_base` is `{base}`, but has to be a dotted path like `shop.errors.ShopError`"
            ));
        }
        Ok(Self {
            base: base.to_owned(),
        })
    }
}

/// What the repository's modules say about their names.
#[derive(Default)]
struct Known {
    /// Classes by dotted path, with their bases; `None` where one is not a name.
    classes: BTreeMap<String, Vec<Option<String>>>,
    /// Imported names by dotted path, with what they stand for.
    names: BTreeMap<String, String>,
    /// Where each class is.
    places: Vec<(String, String, TextRange)>,
}

impl TreeCheck for Family {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut known = Known::default();
        for path in tree.graph.files() {
            if tree.graph.facts(path).is_none() {
                continue;
            }
            let name = tree.graph.name(path).unwrap_or_default();
            known.read(tree, path.as_str(), &name);
        }
        for (path, class, range) in &known.places {
            let name = class.rsplit('.').next().unwrap_or(class);
            if *class == self.base || Station::new(path, None).is(Part::Tests) {
                continue;
            }
            if known.family(class, &self.base) == Kin::Stranger {
                let message = format!(
                    "`{name}` is an exception that does not derive from `{}`",
                    self.base
                );
                found.at(path, *range, message);
            }
        }
        Ok(())
    }
}

/// What a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kin {
    /// Of the family, no exception, or not to be told.
    Fine,
    /// An exception of another family.
    Stranger,
}

impl Known {
    /// Notes what a module defines and imports. One that cannot be read has a problem of
    /// its own, which is reported elsewhere.
    fn read(&mut self, tree: &Tree<'_>, path: &str, name: &str) {
        let Ok(text) = tree.text(path) else { return };
        let Ok(parsed) = parse_module(&text) else {
            return;
        };
        let directories = path.matches('/').count();
        let parts = name.split('.').filter(|part| !part.is_empty()).count();
        let own = usize::from(!path.ends_with("__init__.py"));
        let station = Station::new(path, (directories + own).checked_sub(parts));
        let module = Module::new(&station, &text, &parsed);
        for import in module
            .index
            .imports
            .iter()
            .filter(|import| import.scope == 0)
        {
            let bound = import.alias.asname.as_ref().unwrap_or(&import.alias.name);
            let key = format!("{name}.{}", bound.as_str());
            self.names.insert(key, import.path.join("."));
        }
        for at in &module.index.statements {
            let Stmt::ClassDef(class) = at.node else {
                continue;
            };
            let around = module.scopes().symbol(at.scope);
            let mut full = vec![name, &around, class.name.as_str()];
            full.retain(|part| !part.is_empty());
            let bases = class.bases().iter();
            let bases = bases
                .map(|base| Some(module.qualified(base_name(base), at.scope)?.join(".")))
                .collect();
            let Identifier { range, .. } = &class.name;
            self.places.push((path.to_owned(), full.join("."), *range));
            self.classes.insert(full.join("."), bases);
        }
    }

    fn family(&self, class: &str, family: &str) -> Kin {
        let mut waiting = vec![class.to_owned()];
        let mut seen: Vec<String> = Vec::new();
        let mut exception = false;
        while let Some(name) = waiting.pop() {
            let name = self.meant(name);
            if name == family || seen.len() > FOLLOWED {
                return Kin::Fine;
            }
            if seen.contains(&name) {
                continue;
            }
            match self.classes.get(&name) {
                Some(bases) => {
                    // What is computed may be anything.
                    let Some(bases) = bases.iter().cloned().collect::<Option<Vec<_>>>() else {
                        return Kin::Fine;
                    };
                    waiting.extend(bases);
                }
                None if is_warning(&name) => return Kin::Fine,
                None => exception |= is_exception(&name),
            }
            seen.push(name);
        }
        if exception { Kin::Stranger } else { Kin::Fine }
    }

    /// The name where it is defined, through the modules that import it.
    fn meant(&self, mut name: String) -> String {
        for _ in 0..FOLLOWED {
            match self.names.get(&name) {
                Some(other) if *other != name => name.clone_from(other),
                _ => break,
            }
        }
        name
    }
}

/// The base itself, without its parameters.
fn base_name(base: &Expr) -> &Expr {
    match base {
        Expr::Subscript(part) => &part.value,
        other => other,
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_warning(name: &str) -> bool {
    last(name).ends_with("Warning")
}

/// Whether a class that is not in the repository is an exception, by its name.
fn is_exception(name: &str) -> bool {
    const OTHERS: [&str; 6] = [
        "BaseException",
        "BaseExceptionGroup",
        "ExceptionGroup",
        "KeyboardInterrupt",
        "StopIteration",
        "SystemExit",
    ];
    let last = last(name);
    last.ends_with("Error") || last.ends_with("Exception") || OTHERS.contains(&last)
}

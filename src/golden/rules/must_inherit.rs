//! GR34: classes that have to derive from a base.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dependency_direction::unread;
use crate::escalation::Level;
use crate::golden::dotted::Dotted;
use crate::golden::paths::Paths;
use crate::golden::place::Places;
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};
use crate::graph::facts::{Class, What};
use crate::graph::{Ancestry, Derives};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR34",
    slug: "must-inherit",
    summary: "a class that does not derive from the base that its name asks for",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
A class called `OrderRepository` that is none of the team's repositories looks right and does not \
take part: no transactions, no metrics, no tests.

Each entry of `classes` has a `name`, a pattern (`*Repository`), the dotted `base` that classes of \
that name have to derive from, and perhaps `paths`. Bases are followed through imports, re-exports, \
aliases and other classes of the repository. Where a base is computed, or both it and the one that is \
asked for are outside of the repository, nobody can say what it derives from, and the class is not \
found.

Exempt are the base itself, dataclasses (and attrs classes), enums, protocols, named tuples, typed \
dictionaries and exceptions: their names tell what they carry, not what they are.

    [golden.must-inherit]
    classes = [{ name = \"*Repository\", base = \"shop.storage.Repository\" }]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let read = |one: &Wanted| {
            if Dotted::read(&one.base)?.plain().is_none() {
                return Err(format!("`{}` is a pattern: say one base", one.base));
            }
            let name = GlobBuilder::new(&one.name)
                .build()
                .map_err(|error| error.to_string())?;
            Ok(Prepared {
                name: name.compile_matcher(),
                base: one.base.clone(),
                paths: Paths::new(&one.paths)?,
            })
        };
        let classes: Result<Vec<_>, String> = params.classes.iter().map(read).collect();
        let classes = classes?;
        if classes.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::tree(MustInherit { classes })])
    },
    proof: EXAMPLES,
};

const CLASSES: &str = "classes = [{ name = '*Repository', base = 'shop.storage.Repository' }, { name = '*View', base = 'django.views.View', paths = ['shop/web'] }]";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[
            ("shop/__init__.py", ""),
            ("shop/storage/__init__.py", "from .base import Repository\n"),
            ("shop/storage/base.py", "class Repository:\n    pass\n"),
            (
                "shop/orders.py",
                "from mine import Repository\n\n\nclass OrderRepository:\n    pass\n\n\nclass Plain:\n    class InnerRepository(Plain):\n        pass\n",
            ),
            ("mine.py", "class Repository:\n    pass\n"),
            ("shop/web/a.py", "class AView(object):\n    pass\n"),
        ],
        &[
            ("mine.py", 1, 7),
            ("shop/orders.py", 4, 7),
            ("shop/orders.py", 9, 11),
            ("shop/web/a.py", 1, 7),
        ],
    )
    .with(CLASSES),
    Example::new(
        &[
            ("shop/__init__.py", ""),
            ("shop/storage/__init__.py", "from .base import Repository as Repository\n"),
            ("shop/storage/base.py", "class Repository:\n    pass\n"),
            (
                "shop/orders.py",
                "import enum\nfrom dataclasses import dataclass\nfrom typing import Generic, Protocol, TypeVar\n\nfrom shop import storage as s\n\nBase = s.Repository\nT = TypeVar('T')\n\n\nclass OrderRepository(Base):\n    pass\n\n\nclass SubRepository(OrderRepository, Generic[T]):\n    pass\n\n\n@dataclass(frozen=True)\nclass DataRepository:\n    pass\n\n\nclass KindRepository(enum.Enum):\n    pass\n\n\nclass IsRepository(Protocol):\n    pass\n\n\nclass NoRepository(ValueError):\n    pass\n\n\nclass MadeRepository(type('X', (), {})):\n    pass\n\n\nclass AView:\n    pass\n",
            ),
            ("shop/web/b.py", "from django.views.generic import ListView\n\n\nclass BView(ListView):\n    pass\n"),
        ],
        &[],
    )
    .with(CLASSES),
];

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Which classes derive from what.
    classes: Vec<Wanted>,
}

/// One demand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A pattern of names, as in a file name.
    name: String,
    /// The dotted path of the base.
    base: String,
    /// Patterns of paths where this holds; everywhere if there are none.
    #[serde(default)]
    paths: Vec<String>,
}

struct Prepared {
    name: GlobMatcher,
    base: String,
    paths: Paths,
}

struct MustInherit {
    classes: Vec<Prepared>,
}

impl TreeCheck for MustInherit {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut places = Places::new(tree);
        let graph = tree.graph;
        let bases = self
            .classes
            .iter()
            .map(|wanted| graph.symbol_at(&wanted.base));
        let bases: Vec<_> = bases.collect();
        for path in graph.files() {
            let is_source = path.as_path().extension().is_none_or(|it| it != "pyi");
            let Some(facts) = tree.graph.facts(path).filter(|_| is_source) else {
                continue;
            };
            for definition in &facts.definitions {
                let What::Class(class) = &definition.what else {
                    continue;
                };
                let (_, name) = definition
                    .name
                    .rsplit_once('.')
                    .unwrap_or(("", &definition.name));
                for (wanted, base) in self.classes.iter().zip(&bases) {
                    let here = wanted.paths.is_empty() || wanted.paths.has(path.as_str());
                    if !here || !wanted.name.is_match(name) || is_data(class) {
                        continue;
                    }
                    let is_base = base.iter()
                        .any(|symbol| matches!(symbol, crate::graph::Symbol::Defined { path: at, definition: it } if *at == path && it.at == definition.at));
                    let derives = graph.derives(path, &definition.name, &wanted.base);
                    if is_base
                        || derives != Some(Derives::No)
                        || graph
                            .ancestry(path, &definition.name)
                            .is_some_and(|ancestry| is_exempt(&ancestry))
                    {
                        continue;
                    }
                    let range = places.range(path.as_str(), definition.at, name.len());
                    let message = format!("`{name}` does not derive from `{}`", wanted.base);
                    found.at(path.as_str(), range, message);
                }
            }
        }
        unread(tree)
    }
}

/// Whether a decorator makes a class one of data.
fn is_data(class: &Class) -> bool {
    class.decorators.iter().any(|decorator| {
        matches!(
            decorator.rsplit('.').next(),
            Some("dataclass" | "define" | "frozen" | "mutable" | "attrs" | "s")
        )
    })
}

/// Whether a class is an enum, a protocol, a carrier of data or an exception.
fn is_exempt(ancestry: &Ancestry<'_>) -> bool {
    ancestry.outside.iter().any(|base| {
        let (home, name) = base.rsplit_once('.').unwrap_or(("", base));
        match home {
            "enum" => true,
            "typing" | "typing_extensions" => {
                matches!(name, "Protocol" | "NamedTuple" | "TypedDict")
            }
            "builtins" => {
                name.ends_with("Error")
                    || name.ends_with("Exception")
                    || name.ends_with("Warning")
                    || matches!(
                        name,
                        "ExceptionGroup"
                            | "BaseExceptionGroup"
                            | "StopIteration"
                            | "StopAsyncIteration"
                            | "KeyboardInterrupt"
                            | "SystemExit"
                            | "GeneratorExit"
                    )
            }
            _ => false,
        }
    })
}

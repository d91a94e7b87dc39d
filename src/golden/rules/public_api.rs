//! GR40: what another package keeps to itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dependency_direction::{source, unread};
use crate::escalation::Level;
use crate::golden::module::{Part, Station};
use crate::golden::place::Places;
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};
use crate::graph::{Imported, Target};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR40",
    slug: "public-api",
    summary: "an import of another package's private module",
    origin: Origin::Policy,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
A module that begins with an underscore, or is called `internal`, belongs to the package around it. \
Who imports it from outside breaks with the next change that its owners thought was theirs alone.

A module is private if a part of its dotted name is one of `private`, or begins with one underscore. \
It may be imported from within the package that holds that part, and from nowhere else: \
`shop.billing._tax` from `shop.billing` and what lies in it. Imports are resolved, so \
`from shop.billing import _tax` counts if that is a module, and not if it is a name. Modules of the \
standard library and other packages count by what is written; their top level (`_thread`) does not.

Tests may look behind the curtain unless `tests = true`.

    [golden.public-api]
    private = [\"internal\", \"impl\"]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        Ok(vec![Check::tree(PublicApi { params })])
    },
    proof: &[
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/billing/__init__.py", "from . import _tax\n"),
                ("shop/billing/_tax.py", "rate = 1\n_hidden = 2\n"),
                ("shop/billing/internal/__init__.py", ""),
                ("shop/billing/internal/money.py", "x = 1\n"),
                (
                    "shop/api.py",
                    "from shop.billing import _tax\nfrom .billing._tax import rate\nimport shop.billing.internal.money\nfrom numpy.core._internal import x\n",
                ),
            ],
            &[
                ("shop/api.py", 1, 26),
                ("shop/api.py", 2, 27),
                ("shop/api.py", 3, 8),
                ("shop/api.py", 4, 34),
            ],
        ),
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/billing/__init__.py", "from ._tax import rate, _hidden\nfrom .internal import money\n"),
                ("shop/billing/_tax.py", "rate = 1\n_hidden = 2\n"),
                ("shop/billing/internal/__init__.py", ""),
                ("shop/billing/internal/money.py", "from .. import _tax\n"),
                (
                    "shop/api.py",
                    "from __future__ import annotations\nimport _thread\nfrom shop.billing import rate, _hidden\nfrom internal import x\n",
                ),
                ("tests/test_tax.py", "from shop.billing import _tax\n"),
            ],
            &[],
        ),
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/impl/__init__.py", ""),
                ("other.py", "import shop.impl\n"),
            ],
            &[("other.py", 1, 8)],
        )
        .with("private = ['impl']"),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Names of modules that are private, besides those with an underscore.
    private: Vec<String>,
    /// Whether imports in tests count.
    tests: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            private: vec!["internal".to_owned()],
            tests: false,
        }
    }
}

struct PublicApi {
    params: Params,
}

impl PublicApi {
    fn is_private(&self, part: &str) -> bool {
        let underscored = part.starts_with('_') && !part.starts_with("__");
        underscored || self.params.private.iter().any(|name| name == part)
    }
}

impl TreeCheck for PublicApi {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut places = Places::new(tree);
        for path in tree.graph.files() {
            if !self.params.tests && Station::new(path.as_str(), None).is(Part::Tests) {
                continue;
            }
            let importer = tree.graph.name(path).unwrap_or_default();
            let importer: Vec<&str> = importer.split('.').collect();
            for imported in tree.graph.imported(path) {
                let Some(module) = module(tree, &imported) else {
                    continue;
                };
                let parts: Vec<&str> = module.split('.').collect();
                let mut numbers = (1..parts.len()).filter(|at| self.is_private(parts[*at]));
                let outside = numbers.find(|at| !importer.starts_with(&parts[..*at]));
                if let Some(at) = outside {
                    let (owner, private) = (parts[..at].join("."), parts[..=at].join("."));
                    let alias = imported.alias;
                    let range = places.range(path.as_str(), alias.at, alias.name.len());
                    let message = format!("`{private}` is private to `{owner}`");
                    found.at(path.as_str(), range, message);
                }
            }
        }
        unread(tree)
    }
}

/// The dotted name of the module that an import means.
fn module(tree: &Tree<'_>, imported: &Imported<'_>) -> Option<String> {
    if let Some(file) = source(imported) {
        return tree.graph.name(file);
    }
    match (imported.target, &imported.import.from) {
        (Target::Outside, Some(from)) => Some(from.module.clone()),
        (Target::Outside, None) => Some(imported.alias.name.clone()),
        _ => None,
    }
}

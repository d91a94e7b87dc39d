//! GR21: what a layer may import, and nothing else.

use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::DottedSet;
use crate::golden::found::Found;
use crate::golden::layers::Layers;
use crate::golden::module::Module;
use crate::golden::rule::{Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR21",
    slug: "pure-models",
    summary: "an import that a pure layer does not allow",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Models that import nothing but the standard library's data types can be used everywhere, tested \
without a database, and kept for years. A list of what is forbidden never ends; a list of what is \
allowed does.

Each entry of `layers` names the `paths` of a layer and the modules that it may import (`allow`): a \
module itself, or what lies below it. `__future__` is always allowed. Relative imports are \
resolved, so a layer that imports itself lists itself.

    [golden.pure-models]
    layers = [{ paths = [\"src/shop/models\"], allow = [\"dataclasses\", \"typing\", \"shop.models\"] }]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let layers = params.layers.iter();
        let layers = layers.map(|layer| (&layer.paths[..], DottedSet::read(&layer.allow)));
        Ok(Layers::read(layers)?.checked(PureModels))
    },
    proof: &[
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/models/__init__.py", ""),
                (
                    "shop/models/order.py",
                    "import dataclasses\nimport sqlalchemy.orm\nfrom ..api import views\nfrom datetimes import now\n\n\ndef late():\n    import requests\n",
                ),
            ],
            &[
                ("shop/models/order.py", 2, 8),
                ("shop/models/order.py", 3, 19),
                ("shop/models/order.py", 4, 23),
                ("shop/models/order.py", 8, 12),
            ],
        )
        .with(LAYERS),
        Example::new(
            &[
                ("shop/__init__.py", "import sqlalchemy\n"),
                ("shop/models/__init__.py", ""),
                (
                    "shop/models/order.py",
                    "from __future__ import annotations\n\nimport collections.abc\nfrom dataclasses import dataclass\nfrom datetime import datetime\n\nfrom . import money\nfrom .money import Money\n\n'import requests'\n",
                ),
            ],
            &[],
        )
        .with(LAYERS),
    ],
};

const LAYERS: &str = "layers = [{ paths = ['shop/models'], allow = ['collections', 'dataclasses', 'datetime', 'shop.models'] }]";

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The layers and what they may import.
    layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Layer {
    /// Patterns of paths, as in `.gitignore`.
    paths: Vec<String>,
    /// Modules that may be imported, and what lies below them.
    allow: Vec<String>,
}

struct PureModels(Layers<DottedSet>);

impl FileCheck for PureModels {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        for allow in self.0.of(&module.station.path) {
            for import in &module.index.imports {
                if import.module == ["__future__"] || allow.covers(&import.path).is_some() {
                    continue;
                }
                let message = format!("`{}` may not be imported here", import.module.join("."));
                found
                    .range(import.alias.range(), message)
                    .help("this layer imports only what golden.pure-models allows");
            }
        }
    }
}

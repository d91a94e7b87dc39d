//! GR04: modules whose names do not belong in a layer.

use ruff_text_size::{Ranged, TextRange};

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::layers::{Layers, Words};
use crate::golden::module::Module;
use crate::golden::paths::{split, word_in};
use crate::golden::rule::{Example, FileCheck, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR04",
    slug: "layer-modules",
    summary: "a module whose name does not belong in its layer",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
A layer keeps its shape by what is not in it: no repositories in the interface, no views in the \
domain. The first module with such a name is where it begins to lose it.

Each entry of `layers` names the `paths` of a layer and the words that its modules may not have in \
their names (`forbid`). Words are compared whole: `model` is in `order_model` and `OrderModel`, not \
in `remodel` and `models`; several words as in `data_access` have to stand in this order. A \
package goes by the name of its directory.

    [golden.layer-modules]
    layers = [{ paths = [\"src/shop/api\"], forbid = [\"model\", \"repository\"] }]

There is no fix: where the code belongs only its authors know.",
    params: Params::of::<Words>(),
    prepare: |given| {
        let words: Words = given.params()?;
        Ok(words.read()?.checked(LayerModules))
    },
    proof: &[
        Example::new(
            &[
                ("src/shop/api/order_model.py", "import os\n"),
                ("src/shop/api/model/__init__.py", "\"\"\"Models.\"\"\"\n"),
            ],
            &[
                ("src/shop/api/model/__init__.py", 1, 1),
                ("src/shop/api/order_model.py", 1, 1),
            ],
        )
        .with("layers = [{ paths = ['src/shop/api'], forbid = ['model'] }]"),
        Example::new(
            &[
                ("src/shop/api/remodel.py", "import os\n"),
                ("src/shop/api/models.py", "import os\n"),
                ("src/shop/domain/order_model.py", "import os\n"),
                ("src/shop/apis/order_model.py", "import os\n"),
            ],
            &[],
        )
        .with("layers = [{ paths = ['src/shop/api'], forbid = ['model'] }]"),
        Example::new(&[("model.py", "import os\n")], &[]),
    ],
};

struct LayerModules(Layers<Vec<String>>);

impl FileCheck for LayerModules {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        let path = module.station.path.as_str();
        let (directory, name) = split(path);
        let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let name = match name {
            "__init__" => split(directory).1,
            name => name,
        };
        for forbid in self.0.of(path) {
            if let Some(word) = word_in(name, forbid) {
                let message = format!("a module named `{name}` here: this layer has no `{word}`");
                found
                    .range(head(module), message)
                    .help("move it to the layer that it belongs to, or name it for what it does");
                return;
            }
        }
    }
}

/// Where a module as a whole is spoken of: its first statement.
pub(super) fn head(module: &Module<'_>) -> TextRange {
    let first = module.parsed.suite().first();
    first.map_or_else(TextRange::default, |first| TextRange::empty(first.start()))
}

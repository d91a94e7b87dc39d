//! GR14: what does not belong in a thin layer, by the words of its name.

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::layers::{Layers, Words};
use crate::golden::module::Module;
use crate::golden::paths::word_in;
use crate::golden::rule::{Example, FileCheck, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR14",
    slug: "thin-layer",
    summary: "a function or class that does not belong in a thin layer",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
A layer that only hands things on is easy to replace. It grows fat one helper at a time: a \
calculation here, a query there.

Each entry of `layers` names the `paths` of a layer and the words that the functions, methods and \
classes which it defines may not have in their names (`forbid`). Words are compared whole: \
`calculate` is in `calculate_total` and `CalculateTotal`, not in `recalculated`. What is called or \
imported is not looked at.

    [golden.thin-layer]
    layers = [{ paths = [\"src/shop/api\"], forbid = [\"calculate\", \"validate\"] }]

There is no fix: where the code belongs only its authors know.",
    params: Params::of::<Words>(),
    prepare: |given| {
        let words: Words = given.params()?;
        Ok(words.read()?.checked(ThinLayer))
    },
    proof: &[
        Example::new(
            &[(
                "api/orders.py",
                "def calculate_total(order):\n    return 1\n\n\nclass PriceCalculate:\n    async def do_calculate(self):\n        pass\n",
            )],
            &[
                ("api/orders.py", 1, 5),
                ("api/orders.py", 5, 7),
                ("api/orders.py", 6, 15),
            ],
        )
        .with("layers = [{ paths = ['api'], forbid = ['calculate'] }]"),
        Example::new(
            &[
                (
                    "api/orders.py",
                    "from domain import calculate_total\n\n\ndef recalculated(order):\n    calculate = calculate_total(order)\n    return calculate\n",
                ),
                ("domain.py", "def calculate_total(order):\n    return 1\n"),
            ],
            &[],
        )
        .with("layers = [{ paths = ['api'], forbid = ['calculate'] }]"),
    ],
};

struct ThinLayer(Layers<Vec<String>>);

impl FileCheck for ThinLayer {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        for forbid in self.0.of(&module.station.path) {
            for at in &module.index.statements {
                let name = match at.node {
                    Stmt::FunctionDef(function) => &function.name,
                    Stmt::ClassDef(class) => &class.name,
                    _ => continue,
                };
                if let Some(word) = word_in(name.as_str(), forbid) {
                    let message = format!("`{name}`: this layer does not `{word}`");
                    found
                        .range(name.range(), message)
                        .help("move it to the layer that does, and call it from here");
                }
            }
        }
    }
}

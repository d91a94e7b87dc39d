//! GR12: public functions that do not say what they take, return and do.

use ruff_python_ast::{Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::{Module, Part};
use crate::golden::rule::{Check, Delegated, Example, Keep, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR12",
    slug: "interface-contracts",
    summary: "a public function without annotations or a docstring",
    origin: Origin::Delegated,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
What others call is a contract: what it takes, what it returns, and what it promises. Annotations say \
the first two, a docstring the third.

The linter's ANN001, ANN002, ANN003, ANN201, ANN205, ANN206, D102 and D103 are asked, and what they say \
about public functions counts: no part of the name, or of the class around it, begins with an underscore, and \
it stands in no other function. One finding stands for all parameters of a function. Tests, documentation, scripts and migrations are left alone, \
and so is what the project's own configuration of these codes allows.

An old repository has many of these. Only new ones fail a check; see `hive rules freeze`.",
    params: Params::NONE,
    prepare: |_| {
        Ok(vec![Check::Linter(Delegated {
            codes: vec![
                "ANN001", "ANN002", "ANN003", "ANN201", "ANN205", "ANN206", "D102", "D103",
            ],
            refine: Some(refine),
        })])
    },
    proof: &[
        Example::new(
            &[(
                "shop/orders.py",
                "def total(order, rate):\n    return order\n\n\nclass Cart:\n    \"\"\"A cart.\"\"\"\n\n    def add(self, *items: int) -> None:\n        self.items = items\n",
            )],
            &[
                ("shop/orders.py", 1, 5),
                ("shop/orders.py", 1, 5),
                ("shop/orders.py", 1, 5),
                ("shop/orders.py", 8, 9),
            ],
        ),
        Example::new(
            &[
                (
                    "shop/orders.py",
                    "def total(order: int) -> int:\n    \"\"\"Add up an order.\"\"\"\n\n    def inner(x):\n        return x\n\n    return inner(order)\n\n\ndef _private(x):\n    return x\n\n\nclass _Hidden:\n    def add(self, x):\n        return x\n\n\nclass Cart:\n    \"\"\"A cart.\"\"\"\n\n    def _add(self, x):\n        return x\n\n    def __len__(self) -> int:\n        return 0\n",
                ),
                ("tests/test_orders.py", "def test_total(order):\n    assert order\n"),
            ],
            &[],
        ),
    ],
};

fn refine(module: &Module<'_>, code: &str, draft: &mut Draft) -> Keep {
    let inner = [Part::Tests, Part::Docs, Part::Scripts, Part::Migrations];
    if module.station.is_any(&inner) {
        return Keep::No;
    }
    let Some((number, function)) = function_at(module, draft) else {
        return Keep::No;
    };
    let name = function.name.as_str();
    let public = is_public(name)
        && module.index.around(number).skip(1).all(|at| match at.node {
            Stmt::FunctionDef(_) => false,
            Stmt::ClassDef(class) => is_public(class.name.as_str()),
            _ => true,
        });
    if !public {
        return Keep::No;
    }
    // One finding for all parameters of a function.
    draft.fix = None;
    draft.range = function.name.range();
    draft.message = match code {
        "ANN001" | "ANN002" | "ANN003" => format!("`{name}` does not say what it takes"),
        "D102" | "D103" => format!("`{name}` does not say what it does"),
        _ => format!("`{name}` does not say what it returns"),
    };
    Keep::Yes
}

fn is_public(name: &str) -> bool {
    !name.starts_with('_')
}

/// The function whose name or parameter a finding is about.
fn function_at<'a>(module: &Module<'a>, draft: &Draft) -> Option<(usize, &'a StmtFunctionDef)> {
    let number = module.index.innermost(draft.range)?;
    match module.index.statement(number).node {
        Stmt::FunctionDef(function) => Some((number, function)),
        _ => None,
    }
}

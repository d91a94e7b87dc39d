//! GR36: classes that have a home already.

use std::collections::BTreeMap;

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::Dotted;
use crate::golden::found::Found;
use crate::golden::module::Module;
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR36",
    slug: "canonical-definition",
    summary: "a second definition of a class that has a home",
    origin: Origin::Policy,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Two classes `Money` are two roundings. What a team has defined once should be imported, not \
defined again with small differences.

`classes` maps names of classes to the module that is their home. A class of that name anywhere \
else is found, also inside of a function or another class, unless it derives from the canonical \
one.

    [golden.canonical-definition]
    classes = { Money = \"shop.money\", OrderId = \"shop.ids\" }

There is no fix: the two may differ.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        for module in params.classes.values() {
            if Dotted::read(module)?.plain().is_none() {
                return Err(format!("`{module}` is no module: say `package.module`"));
            }
        }
        if params.classes.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::file(Canonical {
            classes: params.classes,
        })])
    },
    proof: &[
        Example::new(
            &[(
                "shop/orders.py",
                "class Money:\n    pass\n\n\ndef total():\n    class Money(tuple):\n        pass\n",
            )],
            &[("shop/orders.py", 1, 7), ("shop/orders.py", 6, 11)],
        )
        .with(CLASSES),
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/money.py", "class Money:\n    pass\n"),
                (
                    "shop/taxed.py",
                    "from shop import money as m\n\n\nclass Money(m.Money):\n    pass\n\n\nclass MoneyBag:\n    pass\n\n\n'class Money:'\n",
                ),
                ("shop/free.py", "Money = int\n\n\ndef Money():\n    pass\n"),
            ],
            &[],
        )
        .with(CLASSES),
    ],
};

const CLASSES: &str = "classes = { Money = 'shop.money' }";

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Names of classes, and the dotted module that each is defined in.
    classes: BTreeMap<String, String>,
}

struct Canonical {
    classes: BTreeMap<String, String>,
}

impl FileCheck for Canonical {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        let here = module.station.module.join(".");
        for at in &module.index.statements {
            let Stmt::ClassDef(class) = at.node else {
                continue;
            };
            let Some(home) = self.classes.get(class.name.as_str()) else {
                continue;
            };
            let canonical = format!("{home}.{}", class.name);
            let derives = class.bases().iter().any(|base| {
                let path = module.qualified(base, at.scope);
                path.is_some_and(|path| path.join(".") == canonical)
            });
            if here == *home || derives {
                continue;
            }
            let message = format!("`{}` is defined in {home} already", class.name);
            found
                .range(class.name.range(), message)
                .help(format!("import `{canonical}`"));
        }
    }
}

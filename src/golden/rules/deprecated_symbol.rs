//! GR24: symbols that have a successor.

use std::collections::BTreeMap;

use ruff_text_size::{Ranged, TextRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::Dotted;
use crate::golden::found::{Edit, Found};
use crate::golden::module::Module;
use crate::golden::rename::{Sites, rename, spelled, takes_away};
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR24",
    slug: "deprecated-symbol",
    summary: "a symbol that has a successor",
    origin: Origin::Policy,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Safe,
    docs: "\
A deprecated function lives as long as somebody imports it. Listed here, each import and each use is \
found, under whatever name it is known in a file.

`symbols` maps dotted names to their successors. A text is the new dotted name, and the rule renames: \
`from shop.legacy import total` becomes `from shop.money import total`, the uses follow, also \
`legacy.total` on an imported module. A table `{ message = \"…\" }` says in words what to do instead. \
An import of a module that is listed, or of what is in it, is found, too, and never renamed.

The fix is made only where every use resolves: the name is bound by that import alone, the new name \
is free, nothing else stands on the line, and the module is not where the new name lives. It is only \
suggested where others may import the name from here (in an `__init__.py`, and where the import at the \
top would bind another name than before), and where a string or an example in a docstring may spell it. \
The module that defines the symbol is left alone.

    [golden.deprecated-symbol]
    symbols = { \"shop.legacy.total\" = \"shop.money.total\", \"shop.legacy.run\" = { message = \"call the queue\" } }

`land = false` makes every rename a suggestion.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        for (symbol, successor) in &params.symbols {
            let plain = |name: &str| Ok::<_, String>(Dotted::read(name)?.plain().is_some());
            if !plain(symbol)? {
                return Err(format!("`{symbol}` is a pattern: say one dotted name"));
            }
            if let Successor::Name(name) = successor
                && !(plain(name)? && name.contains('.'))
            {
                return Err(format!("`{name}` is no dotted name of a successor"));
            }
        }
        if params.symbols.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::file(Deprecated { params })])
    },
    proof: EXAMPLES,
};

const SYMBOLS: &str = "symbols = { 'shop.legacy.total' = 'shop.money.total', 'shop.legacy.run' = { message = 'call the queue' }, 'shop.legacy.old' = 'shop.legacy.new', 'shop.gone' = { message = 'it goes away' } }";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[(
            "app.py",
            "from shop.legacy import total\n\nprint(total([1]), total)\n",
        )],
        &[("app.py", 1, 25), ("app.py", 3, 7), ("app.py", 3, 19)],
    )
    .with(SYMBOLS)
    .fixed("from shop.money import total\n\nprint(total([1]), total)\n"),
    Example::new(
        &[(
            "app.py",
            "from shop.legacy import old\n\n\ndef use(total):\n    return old(total)\n",
        )],
        &[("app.py", 1, 25), ("app.py", 5, 12)],
    )
    .with(SYMBOLS)
    .fixed("from shop.legacy import new\n\n\ndef use(total):\n    return new(total)\n"),
    // One of several names, with its alias.
    Example::new(
        &[(
            "app.py",
            "from shop.legacy import keep, total as t, other  # why\n\nprint(keep, t, other)\n",
        )],
        &[("app.py", 1, 31), ("app.py", 3, 13)],
    )
    .with(SYMBOLS)
    .fixed("from shop.legacy import keep, other  # why\nfrom shop.money import total as t\n\nprint(keep, t, other)\n"),
    // Through the module.
    Example::new(
        &[(
            "app.py",
            "import shop.legacy as l\n\nprint(l.old, l.older)\n",
        )],
        &[("app.py", 3, 7)],
    )
    .with(SYMBOLS)
    .fixed("import shop.legacy as l\n\nprint(l.new, l.older)\n"),
    Example::new(
        &[("app.py", "from shop import legacy\n\nprint(legacy.total(1))\n")],
        &[("app.py", 3, 7)],
    )
    .with(SYMBOLS)
    .fixed("from shop import legacy\nfrom shop.money import total\n\nprint(total(1))\n"),
    // Where the new name lives, it is not imported.
    Example::new(
        &[("shop/money.py", "from shop.legacy import total\n\n\ndef more():\n    return total\n"), ("shop/__init__.py", "")],
        &[("shop/money.py", 1, 25), ("shop/money.py", 5, 12)],
    )
    .with(SYMBOLS)
    .fixed("from shop.legacy import total\n\n\ndef more():\n    return total\n"),
    Example::new(
        &[("shop/money.py", "from shop import legacy\n\n\ndef total():\n    return legacy.total\n"), ("shop/__init__.py", "")],
        &[("shop/money.py", 5, 12)],
    )
    .with(SYMBOLS)
    .fixed("from shop import legacy\n\n\ndef total():\n    return legacy.total\n"),
    // Assigned, an attribute of a class, and an import that stands in for another.
    Example::new(
        &[("app.py", "from shop import legacy\n\nlegacy.total = None\nprint(legacy.total)\n")],
        &[("app.py", 3, 1), ("app.py", 4, 7)],
    )
    .with(SYMBOLS)
    .fixed("from shop import legacy\n\nlegacy.total = None\nprint(legacy.total)\n"),
    Example::new(
        &[("app.py", "class Shop:\n    from shop.legacy import old\n\n    kept = old\n")],
        &[("app.py", 2, 29), ("app.py", 4, 12)],
    )
    .with(SYMBOLS)
    .fixed("class Shop:\n    from shop.legacy import old\n\n    kept = old\n"),
    Example::new(
        &[("app.py", "try:\n    from fast import total as t\nexcept ImportError:\n    from shop.legacy import total as t\n\nprint(t)\n")],
        &[("app.py", 4, 29)],
    )
    .with(SYMBOLS)
    .fixed("try:\n    from fast import total as t\nexcept ImportError:\n    from shop.legacy import total as t\n\nprint(t)\n"),
    // A name that others may import, an example in a docstring, and what a comment excuses
    // are left, while the rest is done.
    Example::new(
        &[("app.py", "from shop.legacy import old\n\n\ndef use():\n    from shop.legacy import total\n\n    return old, total()\n")],
        &[("app.py", 1, 25), ("app.py", 5, 29), ("app.py", 7, 12), ("app.py", 7, 17)],
    )
    .with(SYMBOLS)
    .fixed("from shop.legacy import old\n\n\ndef use():\n    from shop.money import total\n\n    return old, total()\n"),
    Example::new(
        &[("app.py", "\"\"\"Use.\n\n>>> total()\n\"\"\"\nimport shop.legacy as l\nfrom shop.legacy import total\n\nprint(l.old, total)\n")],
        &[("app.py", 6, 25), ("app.py", 8, 7), ("app.py", 8, 14)],
    )
    .with(SYMBOLS)
    .fixed("\"\"\"Use.\n\n>>> total()\n\"\"\"\nimport shop.legacy as l\nfrom shop.legacy import total\n\nprint(l.new, total)\n"),
    Example::new(
        &[("app.py", "import shop.legacy as l\nfrom shop.legacy import total  # golden-rule-ignore: GR24 - why\n\nprint(l.old, total)\n")],
        &[("app.py", 4, 7), ("app.py", 4, 14)],
    )
    .with(SYMBOLS)
    .fixed("import shop.legacy as l\nfrom shop.legacy import total  # golden-rule-ignore: GR24 - why\n\nprint(l.new, total)\n"),
    // An import for type checkers alone, and type parameters of the same name.
    Example::new(
        &[("app.py", "from typing import TYPE_CHECKING\n\nfrom shop import legacy\n\nif TYPE_CHECKING:\n    from shop.money import total\n\n\ndef use() -> 'total':\n    return legacy.total(1)\n")],
        &[("app.py", 10, 12)],
    )
    .with(SYMBOLS)
    .fixed("from typing import TYPE_CHECKING\n\nfrom shop import legacy\nimport shop.money\n\nif TYPE_CHECKING:\n    from shop.money import total\n\n\ndef use() -> 'total':\n    return shop.money.total(1)\n"),
    Example::new(
        &[("app.py", "from shop.legacy import total\n\n\nclass Box[total](list[total]):\n    def get[more](self, it: total, other: more) -> total:\n        return it\n\n\ntype Boxes[total] = list[total]\nprint(total)\n")],
        &[("app.py", 1, 25), ("app.py", 10, 7)],
    )
    .with(SYMBOLS)
    .fixed("from shop.money import total\n\n\nclass Box[total](list[total]):\n    def get[more](self, it: total, other: more) -> total:\n        return it\n\n\ntype Boxes[total] = list[total]\nprint(total)\n"),
    // Not renamed: the new name is taken, the old one is bound twice, only words are given.
    Example::new(
        &[("app.py", "from shop.legacy import old\n\nnew = 1\nprint(old, new)\n")],
        &[("app.py", 1, 25), ("app.py", 4, 7)],
    )
    .with(SYMBOLS),
    Example::new(
        &[(
            "app.py",
            "from shop.legacy import run\nfrom shop.gone import anything\n\nrun(anything)\n",
        )],
        &[("app.py", 1, 25), ("app.py", 2, 23), ("app.py", 4, 1)],
    )
    .with(SYMBOLS),
    Example::new(
        &[
            (
                "app.py",
                "from shop.legacy import totals\nfrom mine import total, old\n\nprint(total, old, 'shop.legacy.total')  # from shop.legacy import total\n",
            ),
            ("shop/__init__.py", ""),
            ("shop/legacy.py", "def total():\n    return total\n\n\nold = new = 1\nprint(old)\n"),
        ],
        &[],
    )
    .with(SYMBOLS),
];

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Dotted names and what is used instead.
    symbols: BTreeMap<String, Successor>,
}

/// What is used instead of a symbol.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Successor {
    /// The same thing under another dotted name.
    Name(String),
    /// Something else, in words.
    Other(Words),
}

/// What to do instead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Words {
    /// In words.
    message: String,
}

struct Deprecated {
    params: Params,
}

impl FileCheck for Deprecated {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        let here = module.station.module.join(".");
        for (symbol, successor) in &self.params.symbols {
            let path: Vec<&str> = symbol.split('.').collect();
            let (home, name) = symbol.rsplit_once('.').unwrap_or(("", symbol));
            if here == home || here == *symbol {
                continue;
            }
            let sites = Sites::of(module, &path);
            let below =
                module.index.imports.iter().filter(|import| {
                    import.path.len() > path.len() && import.path.starts_with(&path)
                });
            let below: Vec<TextRange> = below.map(|import| import.alias.range()).collect();
            let mut ranges: Vec<TextRange> = sites
                .imports
                .iter()
                .map(|number| module.index.imports[*number].alias.range())
                .chain(sites.names.iter().copied())
                .chain(
                    sites
                        .attributes
                        .iter()
                        .map(|number| module.index.attributes[*number].node.range()),
                )
                .collect();
            if ranges.is_empty() && below.is_empty() {
                continue;
            }
            let fix: Result<Vec<Edit>, String> = match successor {
                Successor::Name(to) if below.is_empty() => rename(module, &path, to, &sites),
                Successor::Name(_) => Err("it is a module".to_owned()),
                Successor::Other(words) => Err(words.message.clone()),
            };
            let known_elsewhere = module.station.file_name() == "__init__.py"
                || spelled(module, name)
                || matches!(successor, Successor::Name(to) if takes_away(module, &sites, to));
            let remedy = if known_elsewhere {
                Remedy::Suggest
            } else {
                Remedy::Safe
            };
            ranges.extend(below);
            for range in ranges {
                let draft = found.range(range, format!("`{symbol}` is deprecated"));
                match (successor, &fix) {
                    (Successor::Name(to), Ok(edits)) => {
                        draft.fix(remedy, format!("Use `{to}`"), edits.clone());
                    }
                    (Successor::Name(to), Err(reason)) => {
                        draft.help(format!("use `{to}`; not done by itself: {reason}"));
                    }
                    (Successor::Other(words), _) => {
                        draft.help(words.message.clone());
                    }
                }
            }
        }
    }
}

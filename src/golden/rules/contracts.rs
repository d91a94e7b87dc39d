//! GR05: directories that describe themselves in a contract.

use std::collections::BTreeSet;

use ruff_text_size::TextRange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::paths::{Paths, join, split, upwards};
use crate::golden::project::TomlFile;
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR05",
    slug: "contracts",
    summary: "a directory without its contract file, or with an incomplete one",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Where each service says in one file who owns it and what it offers, others can rely on it, and \
programs can read it. That works while every service does.

Each entry of `contracts` names `directories` by patterns (`services/*`), the `file` that each of \
them has to hold, the dotted `keys` that it has to have, and `tables` of which it has to have at \
least one. A directory is looked at if it holds a file at any depth. A contract that is no TOML is \
found at the place of the error. A missing file is reported under the path that it should have.

    [golden.contracts]
    contracts = [{ directories = [\"services/*\"], file = \"contract.toml\", keys = [\"service.owner\"], tables = [\"api\", \"events\"] }]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let read = |one: Contract| Ok((Paths::new(&exact(&one.directories))?, one));
        let contracts: Result<Vec<_>, String> = params.contracts.into_iter().map(read).collect();
        let contracts = contracts?;
        if contracts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::tree(Contracts { contracts })])
    },
    proof: &[
        Example::new(
            &[
                ("services/billing/contract.toml", "[service]\nowner = 'a'\n"),
                ("services/mail/src/app.py", "x = 1\n"),
                ("services/orders/contract.toml", "[service]\n\n[api]\n"),
                ("services/broken/contract.toml", "[service]\nowner = \n"),
            ],
            &[
                ("services/billing/contract.toml", 1, 1),
                ("services/broken/contract.toml", 2, 9),
                ("services/mail/contract.toml", 1, 1),
                ("services/orders/contract.toml", 1, 1),
            ],
        )
        .with(CONTRACTS),
        Example::new(
            &[
                (
                    "services/billing/contract.toml",
                    "[service]\nowner = 'a'\n\n[events.paid]\n",
                ),
                ("services/billing/src/app.py", "x = 1\n"),
                ("services/README.md", "x\n"),
                ("old/services/mail/app.py", "x = 1\n"),
            ],
            &[],
        )
        .with(CONTRACTS),
    ],
};

const CONTRACTS: &str = "contracts = [{ directories = ['services/*'], file = 'contract.toml', keys = ['service.owner'], tables = ['api', 'events'] }]";

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Which directories have which contract.
    contracts: Vec<Contract>,
}

/// One kind of contract.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Contract {
    /// Patterns of directories, from the root.
    directories: Vec<String>,
    /// The path of the contract in the directory.
    file: String,
    /// Dotted keys that it has to have.
    #[serde(default)]
    keys: Vec<String>,
    /// Dotted tables of which it has to have one.
    #[serde(default)]
    tables: Vec<String>,
}

struct Contracts {
    contracts: Vec<(Paths, Contract)>,
}

/// Patterns of directories begin at the root, even without a slash.
fn exact(patterns: &[String]) -> Vec<String> {
    let rooted = |pattern: &String| format!("/{}", pattern.trim_start_matches('/'));
    patterns.iter().map(rooted).collect()
}

impl TreeCheck for Contracts {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut directories: BTreeSet<&str> = BTreeSet::new();
        for path in tree.files {
            for directory in upwards(split(path).0) {
                if directory.is_empty() || !directories.insert(directory) {
                    break;
                }
            }
        }
        let mut unread = Vec::new();
        for (paths, contract) in &self.contracts {
            // A pattern also covers what is below; the directory itself is meant.
            let meant = directories
                .iter()
                .filter(|directory| paths.has(directory) && !paths.has(split(directory).0));
            for directory in meant {
                unread.extend(contract.judge(tree, directory, found).err());
            }
        }
        if unread.is_empty() {
            Ok(())
        } else {
            Err(unread.join("; "))
        }
    }
}

impl Contract {
    fn judge(&self, tree: &Tree<'_>, directory: &str, found: &mut Reports) -> Result<(), String> {
        let path = join(directory, &self.file);
        if !tree.has(&path) {
            found.whole(&path, format!("{directory} has no {}", self.file));
            return Ok(());
        }
        let file = match TomlFile::parse(&path, tree.text(&path)?) {
            Ok(file) => file,
            Err((place, message)) => {
                found.at(&path, place, format!("this is no TOML: {message}"));
                return Ok(());
            }
        };
        let missing: Vec<&str> = self
            .keys
            .iter()
            .map(String::as_str)
            .filter(|key| file.get(key).is_none())
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` is missing", missing.join("`, `"));
            found.at(&path, TextRange::default(), message);
        }
        if !self.tables.is_empty() && !self.tables.iter().any(|it| file.table(it).is_some()) {
            let message = format!("there is none of the tables `{}`", self.tables.join("`, `"));
            found.at(&path, TextRange::default(), message);
        }
        Ok(())
    }
}

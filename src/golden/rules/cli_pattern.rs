//! GR20: what a module has to import beside something else.

use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::{Dotted, DottedSet};
use crate::golden::found::Found;
use crate::golden::module::Module;
use crate::golden::paths::Paths;
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR20",
    slug: "cli-pattern",
    summary: "an import without the one that belongs to it",
    origin: Origin::Policy,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Teams agree on how a thing is done once: every command line goes through the same error handling, \
every task through the same base. A module that imports the library but not the agreement has made \
up its own.

Each entry of `patterns` says what is imported (`imports`), and what has to be imported in the same \
module then (`requires`; one of several is enough). Both mean a module or a member, and what lies \
below. `paths` limits it to some paths. Relative imports are resolved. The module that is required, \
and what lies in it, need not import itself; imports for type checkers alone ask for nothing.

    [golden.cli-pattern]
    patterns = [{ imports = \"click\", requires = [\"shop.cli.command\"] }]

There is no fix: an import alone would satisfy the rule and not its purpose.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let read = |one: &Pattern| {
            Ok(Prepared {
                imports: Dotted::read(&one.imports)?,
                requires: DottedSet::read(&one.requires)?,
                shown: one.requires.join("` or `"),
                paths: Paths::new(&one.paths)?,
            })
        };
        let patterns: Result<Vec<_>, String> = params.patterns.iter().map(read).collect();
        let patterns = patterns?;
        if patterns.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::file(CliPattern { patterns })])
    },
    proof: &[
        Example::new(
            &[
                (
                    "shop/tool.py",
                    "import os\nfrom click import option\nimport click.testing\n",
                ),
                ("shop/__init__.py", ""),
            ],
            &[("shop/tool.py", 2, 19)],
        )
        .with(PATTERNS),
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/one.py", "import click\nfrom shop.cli import command\n"),
                ("shop/two.py", "import click\nfrom .cli.command import run\n"),
                ("shop/three.py", "import clicker\n"),
                ("shop/cli/__init__.py", ""),
                ("shop/cli/command.py", "import click\n"),
                (
                    "shop/four.py",
                    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import click\n",
                ),
            ],
            &[],
        )
        .with(PATTERNS),
    ],
};

const PATTERNS: &str = "patterns = [{ imports = 'click', requires = ['shop.cli.command'] }]";

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// What belongs together.
    patterns: Vec<Pattern>,
}

/// One agreement.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pattern {
    /// A dotted name that is imported.
    imports: String,
    /// Dotted names of which one has to be imported, too.
    requires: Vec<String>,
    /// Patterns of paths where this holds; everywhere if there are none.
    #[serde(default)]
    paths: Vec<String>,
}

struct Prepared {
    imports: Dotted,
    requires: DottedSet,
    shown: String,
    paths: Paths,
}

struct CliPattern {
    patterns: Vec<Prepared>,
}

impl FileCheck for CliPattern {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        let own: Vec<&str> = module.station.module.iter().map(String::as_str).collect();
        for pattern in &self.patterns {
            let here = pattern.paths.is_empty() || pattern.paths.has(&module.station.path);
            if !here || pattern.requires.covers(&own).is_some() {
                continue;
            }
            let mut imports = module.index.imports.iter();
            let first = imports.find(|import| {
                let context = module.index.statement(import.statement).context;
                !context.type_checking && pattern.imports.covers(&import.path)
            });
            let Some(first) = first else { continue };
            let mut others = module.index.imports.iter();
            if others.any(|import| pattern.requires.covers(&import.path).is_some()) {
                continue;
            }
            let message = format!(
                "`{}` is imported without `{}`",
                pattern.imports, pattern.shown
            );
            found.range(first.alias.range(), message);
        }
    }
}

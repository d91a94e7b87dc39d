//! GR23: tools that are configured once, at the root.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::paths::join;
use crate::golden::project::{Projects, TomlFile};
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR23",
    slug: "unified-tool-config",
    summary: "a tool that is configured beside the root",
    origin: Origin::Policy,
    level: Level::Info,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
One line length, one set of lint rules, one kind of strictness: in a repository of many projects \
that is true while only the root says so.

With `policy = \"root\"`, tables of `tools` in a `pyproject.toml` below the root are found. A table \
whose `extend` leads to the root's configuration is fine: it adds to it. With `policy = \"each\"`, \
the default, nothing is.

    [golden.unified-tool-config]
    policy = \"root\"

It excludes golden.ruff-config with a template that does not extend another file: what one adds, \
the other would find. There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if params.policy == Policy::Each {
            return Ok(Vec::new());
        }
        Ok(vec![Check::tree(Unified { tools: params.tools })])
    },
    proof: &[
        Example::new(
            &[
                ("pyproject.toml", "[tool.ruff]\n"),
                (
                    "a/pyproject.toml",
                    "[project]\nname = 'a'\n\n[tool.ruff.lint]\nselect = ['E']\n\n[tool.mypy]\n",
                ),
                ("b/pyproject.toml", "[tool.ruff]\nextend = '../a/pyproject.toml'\n"),
            ],
            &[
                ("a/pyproject.toml", 4, 1),
                ("a/pyproject.toml", 7, 1),
                ("b/pyproject.toml", 1, 1),
            ],
        )
        .with("policy = 'root'"),
        Example::new(
            &[
                ("pyproject.toml", "[tool.ruff]\n\n[tool.mypy]\n"),
                ("ruff.toml", "line-length = 100\n"),
                ("a/pyproject.toml", "[tool.ruff]\nextend = '../pyproject.toml'\n"),
                ("b/c/pyproject.toml", "[tool.ruff]\nextend = '../../ruff.toml'\n"),
                ("d/pyproject.toml", "[tool.poetry]\nname = 'd'\n"),
            ],
            &[],
        )
        .with("policy = 'root'"),
        Example::new(&[("a/pyproject.toml", "[tool.ruff]\n")], &[]),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::golden) struct Params {
    /// Who configures tools.
    pub(in crate::golden) policy: Policy,
    /// The tools, by the names of their tables.
    pub(in crate::golden) tools: Vec<String>,
}

/// Who configures tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::golden) enum Policy {
    /// Each project as it likes.
    #[default]
    Each,
    /// The root alone.
    Root,
}

impl Default for Params {
    fn default() -> Self {
        let tools = [
            "ruff",
            "black",
            "isort",
            "mypy",
            "pyright",
            "basedpyright",
            "pylint",
            "flake8",
            "pytest",
            "coverage",
            "ty",
        ];
        Self {
            policy: Policy::Each,
            tools: tools.map(str::to_owned).to_vec(),
        }
    }
}

struct Unified {
    tools: Vec<String>,
}

impl TreeCheck for Unified {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let projects = Projects::read(tree);
        for file in &projects.files {
            if file.directory().is_empty() {
                continue;
            }
            for tool in &self.tools {
                let key = format!("tool.{tool}");
                if file.get(&key).is_some() && !extends_root(file, &key) {
                    let message = format!("`{tool}` is configured at the root");
                    found.at(&file.path, file.place(&key), message);
                }
            }
        }
        projects.finish()
    }
}

/// Whether a table's `extend` leads to a file at the root.
fn extends_root(file: &TomlFile, key: &str) -> bool {
    let Some(extend) = file.str(&format!("{key}.extend")) else {
        return false;
    };
    let mut at: Vec<&str> = Vec::new();
    let whole = join(file.directory(), extend);
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if at.pop().is_none() {
                    return false;
                }
            }
            part => at.push(part),
        }
    }
    matches!(at[..], ["pyproject.toml" | "ruff.toml" | ".ruff.toml"])
}

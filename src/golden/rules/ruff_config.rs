//! GR31: projects that no ruff configuration is for.

use std::collections::BTreeSet;

use ruff_text_size::{TextRange, TextSize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Edit;
use crate::golden::head::newline;
use crate::golden::paths::{join, upwards};
use crate::golden::project::{Projects, TomlFile, extended};
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR31",
    slug: "ruff-config",
    summary: "a project without any ruff configuration",
    origin: Origin::Policy,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Safe,
    docs: "\
Where a project says nothing, ruff's defaults hold, which differ from one version to the next.

A project (a `pyproject.toml` with `[project]` or `[tool.poetry]`) has a configuration if it or a \
directory above it in the repository has a `ruff.toml`, a `.ruff.toml`, or a `pyproject.toml` with \
`[tool.ruff]`.

The fix appends `template`, as it is written, to the project's `pyproject.toml`. It has to be TOML, \
and to hold `[tool.ruff]` and nothing outside of it. It is appended only where the result is TOML in \
which everything is as before; a file that is no TOML is not touched.

    [golden.ruff-config]
    template = \"\"\"
    [tool.ruff]
    line-length = 100
    \"\"\"

Without a template the rule only finds. It excludes golden.unified-tool-config with `policy = \
\"root\"`, unless the template extends another file.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if let Some(template) = &params.template {
            check(template)?;
        }
        Ok(vec![Check::tree(RuffConfig {
            template: params.template,
        })])
    },
    proof: EXAMPLES,
};

const TEMPLATE: &str = "template = '''\n[tool.ruff]\nline-length = 100\n'''";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[("pyproject.toml", "# kept\n[project]\nname = 'a' # here\n")],
        &[("pyproject.toml", 2, 1)],
    )
    .with(TEMPLATE)
    .fixed("# kept\n[project]\nname = 'a' # here\n\n[tool.ruff]\nline-length = 100\n"),
    // No end of the last line; another tool's table.
    Example::new(
        &[("a/pyproject.toml", "[tool.poetry]\nname = 'a'\n\n[tool.x]\ny = [\n  1, # one\n]")],
        &[("a/pyproject.toml", 1, 1)],
    )
    .with(TEMPLATE)
    .fixed("[tool.poetry]\nname = 'a'\n\n[tool.x]\ny = [\n  1, # one\n]\n\n[tool.ruff]\nline-length = 100\n"),
    // A table that cannot be added to: found, and left alone.
    Example::new(
        &[("pyproject.toml", "tool = { x = 1 }\n\n[project]\nname = 'a'\n")],
        &[("pyproject.toml", 3, 1)],
    )
    .with(TEMPLATE),
    Example::new(&[("pyproject.toml", "[project]\nname = 'a'\n")], &[("pyproject.toml", 1, 1)]),
    Example::new(
        &[
            ("a/pyproject.toml", "[project]\nname = 'a'\n\n[tool.ruff.lint]\nselect = ['E']\n"),
            ("b/pyproject.toml", "[project]\nname = 'b'\n"),
            ("b/.ruff.toml", "line-length = 100\n"),
            ("c/ruff.toml", "line-length = 100\n"),
            ("c/d/e/pyproject.toml", "[project]\nname = 'e'\n"),
            ("f/pyproject.toml", "[tool.ruff]\n"),
            ("f/g/pyproject.toml", "[project]\nname = 'g'\n"),
            ("h/pyproject.toml", "[tool.black]\n"),
        ],
        &[],
    )
    .with(TEMPLATE),
];

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::golden) struct Params {
    /// What is appended to the `pyproject.toml` of a project without a configuration.
    pub(in crate::golden) template: Option<String>,
}

impl Params {
    /// Whether the template builds upon another file.
    pub(in crate::golden) fn extends(&self) -> bool {
        let template: toml::Table = self
            .template
            .as_deref()
            .and_then(|template| template.parse().ok())
            .unwrap_or_default();
        let ruff = template.get("tool").and_then(|tool| tool.get("ruff"));
        ruff.is_some_and(|ruff| ruff.get("extend").is_some())
    }
}

/// Whether a template is what may be appended.
fn check(template: &str) -> Result<(), String> {
    let wrong = |what: &str| format!("template: {what}");
    let table: toml::Table = template
        .parse()
        .map_err(|error: toml::de::Error| wrong(&format!("no TOML: {}", error.message())))?;
    let tool = table.get("tool").and_then(toml::Value::as_table);
    let only_ruff = table.len() == 1
        && tool.is_some_and(|tool| {
            tool.len() == 1 && tool.get("ruff").is_some_and(toml::Value::is_table)
        });
    if !only_ruff {
        return Err(wrong("expected `[tool.ruff]` and nothing outside of it"));
    }
    Ok(())
}

struct RuffConfig {
    template: Option<String>,
}

impl TreeCheck for RuffConfig {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let projects = Projects::read(tree);
        let configures = |directory: &str| {
            ["ruff.toml", ".ruff.toml"]
                .iter()
                .any(|name| tree.has(&join(directory, name)))
        };
        let in_project: BTreeSet<&str> = projects
            .files
            .iter()
            .filter(|file| file.table("tool.ruff").is_some())
            .map(TomlFile::directory)
            .collect();
        for package in projects.packages() {
            let mut around = upwards(package.directory());
            if around.any(|directory| in_project.contains(directory) || configures(directory)) {
                continue;
            }
            let keys = ["project", "tool.poetry"];
            let key = keys.into_iter().find(|key| package.get(key).is_some());
            let place = package.place(key.unwrap_or_default());
            let draft = found.at(
                &package.path,
                place,
                "ruff is not configured for this project",
            );
            let Some(template) = &self.template else {
                continue;
            };
            match appended(package.text(), template) {
                Some(edit) => {
                    draft.fix(Remedy::Safe, "Append the configuration", vec![edit]);
                }
                None => {
                    draft.help("the template cannot be appended: the file would not stay as it is");
                }
            }
        }
        projects.finish()
    }
}

/// The edit that appends a template to a text, if everything stays as it is.
fn appended(text: &str, template: &str) -> Option<Edit> {
    let end = newline(text);
    let lines: Vec<&str> = template.trim().lines().map(str::trim_end).collect();
    let gap = if text.is_empty() {
        ""
    } else if text.ends_with('\n') {
        end
    } else {
        &end.repeat(2)
    };
    let insertion = format!("{gap}{}{end}", lines.join(end));
    extended(text, text.len(), &insertion)?;
    let at = TextSize::new(u32::try_from(text.len()).ok()?);
    Some(Edit::replace(TextRange::empty(at), insertion))
}

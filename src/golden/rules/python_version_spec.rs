//! GR32: projects that do not say which Python they run on.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use ruff_text_size::{TextRange, TextSize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Edit;
use crate::golden::head::newline;
use crate::golden::project::{Projects, TomlFile, extended};
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR32",
    slug: "python-version-spec",
    summary: "a project that does not say which Python it runs on",
    origin: Origin::Native,
    level: Level::Info,
    preset: Preset::Full,
    remedy: Remedy::Suggest,
    docs: "\
Without `requires-python` an installer takes a package for any Python, and it fails where it runs \
rather than where it is installed. Linters guess a version, too.

A `pyproject.toml` with `[project]` that has no `requires-python` is found, unless the key is in \
`dynamic`.

With `bound` set (`\">=3.11\"`), the suggestion adds it below the name and the version. It changes who \
can install the package, so a person decides; `land = true` lets it land. It is made only where the \
result is TOML in which everything is as before. It excludes golden.python-version-consistency with a \
bound that no Python satisfies together with this one.

    [golden.python-version-spec]
    bound = \">=3.11\"

Without a bound the rule only finds.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if let Some(bound) = &params.bound {
            VersionSpecifiers::from_str(bound).map_err(|error| format!("bound: {error}"))?;
        }
        Ok(vec![Check::tree(VersionSpec { bound: params.bound })])
    },
    proof: EXAMPLES,
};

const BOUND: &str = "bound = '>=3.11'";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[("pyproject.toml", "[project] # p\nname = 'a'\nversion = '1' # v\ndependencies = [\n]\n")],
        &[("pyproject.toml", 1, 1)],
    )
    .with(BOUND)
    .fixed("[project] # p\nname = 'a'\nversion = '1' # v\nrequires-python = \">=3.11\"\ndependencies = [\n]\n"),
    Example::new(
        &[("a/pyproject.toml", "[project]\nname = 'a'")],
        &[("a/pyproject.toml", 1, 1)],
    )
    .with(BOUND)
    .fixed("[project]\nname = 'a'\nrequires-python = \">=3.11\""),
    Example::new(
        &[("pyproject.toml", "project = { name = 'a' }\n")],
        &[("pyproject.toml", 1, 11)],
    )
    .with(BOUND),
    Example::new(&[("pyproject.toml", "[project]\nname = 'a'\n")], &[("pyproject.toml", 1, 1)]),
    Example::new(
        &[
            ("pyproject.toml", "[project]\nname = 'a'\nrequires-python = '>=3.9'\n"),
            ("b/pyproject.toml", "[project]\nname = 'b'\ndynamic = ['version', 'requires-python']\n"),
            ("c/pyproject.toml", "[tool.ruff]\n"),
        ],
        &[],
    )
    .with(BOUND),
];

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::golden) struct Params {
    /// What a project gets that says nothing, as a version specifier (`>=3.11`).
    pub(in crate::golden) bound: Option<String>,
}

struct VersionSpec {
    bound: Option<String>,
}

impl TreeCheck for VersionSpec {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let projects = Projects::read(tree);
        for file in &projects.files {
            if file.table("project").is_none()
                || file.get("project.requires-python").is_some()
                || is_dynamic(file)
            {
                continue;
            }
            let place = file.place("project");
            let message = "this project does not say which Python it runs on";
            let draft = found.at(&file.path, place, message);
            let Some(bound) = &self.bound else { continue };
            match added(file, bound) {
                Some(edit) => {
                    let title = format!("Add `requires-python = \"{bound}\"`");
                    draft.fix(Remedy::Suggest, title, vec![edit]);
                }
                None => {
                    draft.help(format!("add `requires-python = \"{bound}\"`"));
                }
            }
        }
        projects.finish()
    }
}

fn is_dynamic(file: &TomlFile) -> bool {
    let dynamic = file
        .get("project.dynamic")
        .and_then(toml_edit::Item::as_array);
    dynamic.is_some_and(|keys| {
        keys.iter()
            .any(|key| key.as_str() == Some("requires-python"))
    })
}

/// The edit that adds the key as a line of its own.
fn added(file: &TomlFile, bound: &str) -> Option<Edit> {
    let text = file.text();
    let place = |key: &str| {
        file.get(key)?;
        Some(file.place(key).end().to_usize())
    };
    let after = ["project.version", "project.name"]
        .iter()
        .filter_map(|key| place(key))
        .max()
        .or_else(|| place("project"))?;
    let rest = text.get(after..)?;
    let end = newline(text);
    let line = format!("requires-python = \"{bound}\"");
    let (at, insertion) = match memchr::memchr(b'\n', rest.as_bytes()) {
        Some(length) => (after + length + 1, format!("{line}{end}")),
        None => (text.len(), format!("{end}{line}")),
    };
    let after = extended(text, at, &insertion)?;
    let written: toml::Table = after.parse().ok()?;
    let is_there = written
        .get("project")
        .and_then(|project| project.get("requires-python"))
        .is_some();
    let at = TextSize::new(u32::try_from(at).ok()?);
    is_there.then(|| Edit::replace(TextRange::empty(at), insertion))
}

//! GR02: one place that says what a project is.

use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::module::{Module, Station};
use crate::golden::paths::{Paths, join, split};
use crate::golden::project::{Projects, TomlFile};
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};
use crate::graph;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR02",
    slug: "single-config-source",
    summary: "a project that is configured in two places",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
Two files that both say what a project is will say different things one day, and which of them wins \
depends on who asks.

Found is a call of `setup()` from setuptools (or distutils) in a `setup.py` beside a `pyproject.toml` \
that has a `[project]` or `[tool.poetry]` table; the name is resolved through imports. A `setup.py` \
that builds extension modules is exempt, as that cannot be said elsewhere.

`forbidden_files` are patterns of files that must not be there (`requirements*.txt`). `required_keys` \
are dotted keys that every `pyproject.toml` of a package has to have (`project.requires-python`).

There is no fix: what both files say has to be put together by somebody who knows.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        Ok(vec![Check::tree(SingleSource {
            forbidden: Paths::new(&params.forbidden_files)?,
            required: params.required_keys,
        })])
    },
    proof: &[
        Example::new(
            &[
                (
                    "setup.py",
                    "from setuptools import find_packages, setup as go\n\ngo(name='x', packages=find_packages())\n",
                ),
                ("pyproject.toml", "[project]\nname = 'x'\n"),
                ("sub/pyproject.toml", "[tool.poetry]\nname = 'y'\n"),
                ("sub/setup.py", "import setuptools\n\nsetuptools.setup()\n"),
            ],
            &[("setup.py", 3, 1), ("sub/setup.py", 3, 1)],
        ),
        Example::new(
            &[
                (
                    "ext/setup.py",
                    "from setuptools import Extension, setup\n\nsetup(ext_modules=[Extension('x', ['x.c'])])\n",
                ),
                ("ext/pyproject.toml", "[project]\nname = 'x'\n"),
                ("old/setup.py", "from setuptools import setup\n\nsetup()\n"),
                ("old/pyproject.toml", "[build-system]\nrequires = []\n"),
                (
                    "own/setup.py",
                    "def setup():\n    '''setuptools.setup()'''\n\n\nsetup()\n",
                ),
                ("own/pyproject.toml", "[project]\nname = 'x'\n"),
            ],
            &[],
        ),
        Example::new(
            &[
                ("pyproject.toml", "[project]\nname = 'x'\n"),
                ("requirements-dev.txt", "x\n"),
                ("tools/pyproject.toml", "[tool.ruff]\n"),
            ],
            &[("pyproject.toml", 1, 1), ("requirements-dev.txt", 1, 1)],
        )
        .with("forbidden_files = ['requirements*.txt']\nrequired_keys = ['project.name', 'project.requires-python']"),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Patterns of files that must not be there, as in `.gitignore`.
    forbidden_files: Vec<String>,
    /// Dotted keys that every `pyproject.toml` of a package has to have.
    required_keys: Vec<String>,
}

struct SingleSource {
    forbidden: Paths,
    required: Vec<String>,
}

impl TreeCheck for SingleSource {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        for path in tree.files.iter().filter(|path| self.forbidden.has(path)) {
            found.whole(path, "this file must not be there");
        }
        let projects = Projects::read(tree);
        let mut unread = Vec::new();
        for package in projects.packages() {
            for key in &self.required {
                if package.get(key).is_none() {
                    let place = package.place(table(package));
                    found.at(&package.path, place, format!("`{key}` is missing"));
                }
            }
            let setup = join(split(&package.path).0, "setup.py");
            if tree.has(&setup) {
                unread.extend(Self::setup(tree, &setup, found).err());
            }
        }
        projects.finish()?;
        if unread.is_empty() {
            Ok(())
        } else {
            Err(unread.join("; "))
        }
    }
}

/// The table that declares a package.
fn table(package: &TomlFile) -> &'static str {
    if package.get("project").is_some() {
        "project"
    } else {
        "tool.poetry"
    }
}

/// What only a `setup.py` can say.
const EXTENSIONS: [&str; 4] = [
    "ext_modules",
    "rust_extensions",
    "cffi_modules",
    "libraries",
];

impl SingleSource {
    fn setup(tree: &Tree<'_>, path: &str, found: &mut Reports) -> Result<(), String> {
        let text = tree.text(path)?;
        let checked = graph::with_tree(&text, |parsed| {
            if let Some(error) = parsed.errors().first() {
                return Err(format!("{path} is no Python: {}", error.error));
            }
            let station = Station::new(path, None);
            let module = Module::new(&station, &text, parsed);
            for at in &module.index.calls {
                let name = module.qualified(&at.node.func, at.scope);
                let is_setup = matches!(
                    name.as_deref(),
                    Some(["setuptools", "setup"] | ["distutils", "core", "setup"])
                );
                let builds = EXTENSIONS
                    .iter()
                    .any(|key| at.node.arguments.find_keyword(key).is_some());
                if is_setup && !builds {
                    found
                        .at(
                            path,
                            at.node.range(),
                            "the project is configured here and in pyproject.toml",
                        )
                        .help("say it all in pyproject.toml, and remove this call");
                }
            }
            Ok(())
        });
        checked.map_err(|error| format!("{path} {error}"))?
    }
}

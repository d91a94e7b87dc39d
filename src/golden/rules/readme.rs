//! GR22: projects that say nothing about themselves.

use std::collections::BTreeMap;

use crate::escalation::Level;
use crate::golden::ini::Ini;
use crate::golden::paths::{join, split};
use crate::golden::project::{Projects, TomlFile, is_package};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule, TreeCheck};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR22",
    slug: "readme",
    summary: "a project without a README",
    origin: Origin::Native,
    level: Level::Info,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
The first question about a directory is what it is for.

A project is a directory whose `pyproject.toml` has a `[project]` or `[tool.poetry]` table, or whose \
`setup.cfg` has `[metadata]`. It needs a file called README, in any case, without an ending or with \
one of a usual format (.md, .markdown, .rst, .txt, .adoc, .org), in which something is written; or \
`project.readme` names another file, or says the text itself. The violation stands where the \
project is declared.

There is no fix.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::tree(Readme)]),
    proof: &[
        Example::new(
            &[
                ("pyproject.toml", "[build-system]\n\n[project]\nname = 'a'\n"),
                ("b/pyproject.toml", "[tool.poetry]\nname = 'b'\n"),
                ("b/README.md", " \n\t\n"),
                ("c/setup.cfg", "[metadata]\nname = c\n"),
                ("c/README.py", "x\n"),
            ],
            &[
                ("b/pyproject.toml", 1, 1),
                ("c/setup.cfg", 1, 1),
                ("pyproject.toml", 3, 1),
            ],
        ),
        Example::new(
            &[
                ("pyproject.toml", "[project]\nname = 'a'\n"),
                ("readme.MD", "x\n"),
                ("b/pyproject.toml", "[project]\nname = 'b'\nreadme = 'docs/about.md'\n"),
                ("b/docs/about.md", "x\n"),
                ("c/pyproject.toml", "[project]\nname = 'c'\nreadme = { text = 'x', content-type = 'text/plain' }\n"),
                ("d/pyproject.toml", "[tool.ruff]\n"),
                ("e/setup.cfg", "[flake8]\n"),
                ("f/setup.cfg", "[metadata]\n"),
                ("f/README", "x\n"),
            ],
            &[],
        ),
    ],
};

const ENDINGS: [&str; 7] = ["", "md", "markdown", "rst", "txt", "adoc", "org"];

struct Readme;

impl TreeCheck for Readme {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut written: BTreeMap<&str, bool> = BTreeMap::new();
        for path in tree.files.iter().filter(|path| is_readme(path)) {
            *written.entry(split(path).0).or_default() |= is_written(tree, path);
        }
        let has = |directory: &str| written.get(directory).copied().unwrap_or_default();
        let projects = Projects::read(tree);
        let known = |directory: &str| {
            let mut files = projects.files.iter();
            files.any(|file| file.directory() == directory && is_package(file))
        };
        for package in projects.packages() {
            if !has(package.directory()) && !names_readme(tree, package) {
                let key = ["project", "tool.poetry"];
                let table = key.into_iter().find(|key| package.get(key).is_some());
                let place = package.place(table.unwrap_or_default());
                found.at(&package.path, place, "this project has no README");
            }
        }
        for path in tree.named("setup.cfg") {
            let directory = split(path).0;
            let ini = Ini::parse(&tree.text(path)?);
            if let Some(section) = ini.get("metadata")
                && !has(directory)
                && !known(directory)
            {
                found.at(path, section.range, "this project has no README");
            }
        }
        projects.finish()
    }
}

fn is_readme(path: &str) -> bool {
    let name = split(path).1.to_lowercase();
    let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
    stem == "readme" && ENDINGS.contains(&ending)
}

fn is_written(tree: &Tree<'_>, path: &str) -> bool {
    (tree.read)(path).is_some_and(|bytes| bytes.iter().any(|byte| !byte.is_ascii_whitespace()))
}

/// Whether the project names another file, or says it all itself.
fn names_readme(tree: &Tree<'_>, package: &TomlFile) -> bool {
    if package
        .str("project.readme.text")
        .is_some_and(|text| !text.trim().is_empty())
    {
        return true;
    }
    let keys = [
        "project.readme",
        "project.readme.file",
        "tool.poetry.readme",
    ];
    keys.iter().filter_map(|key| package.str(key)).any(|file| {
        let path = join(package.directory(), file.trim_start_matches("./"));
        is_written(tree, &path)
    })
}

//! GR28: lock files that do not say what their project asks for.
//!
//! `hashes` makes the hashes that Poetry and PDM record, `requirements` compares what uv
//! records in words.

mod hashes;
mod requirements;

use crate::escalation::Level;
use crate::golden::paths::{join, upwards};
use crate::golden::project::{Projects, TomlFile};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule, TreeCheck};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR28",
    slug: "lockfile",
    summary: "a lock file that is missing or does not match its project",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
A lock file that was not made again after the last change of `pyproject.toml` installs what nobody \
asked for, or fails on somebody else's machine.

Poetry and PDM record a hash of what they were given: it is computed again from `pyproject.toml` as \
their versions compute it, and has to be the recorded one. uv records the requirements themselves: \
names, extras and version specifiers of the project and of all members of its workspace are compared \
with what their `pyproject.toml` asks for. Markers are not compared. File times are never looked at.

Missing is a lock file where the project has settings of a tool that locks: `[tool.uv]`, \
`[tool.poetry]` with dependencies, `[tool.pdm]`. Settings of the build alone do not count. A lock \
file that git ignores is missing to everybody else. The lock of a uv workspace may lie above.

There is no fix: locking needs the index. Run `uv lock`, `poetry lock` or `pdm lock`.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::tree(Lockfile)]),
    proof: EXAMPLES,
};

const EXAMPLES: &[Example] = &[
    Example::new(
        &[
            (
                "pyproject.toml",
                "[project]\nname = 'shop'\ndependencies = ['httpx>=0.27', 'rich']\n\n[dependency-groups]\ndev = ['pytest>=8']\n",
            ),
            (
                "uv.lock",
                "version = 1\n\n[[package]]\nname = 'shop'\nsource = { editable = '.' }\n\n[package.metadata]\nrequires-dist = [{ name = 'httpx', specifier = '>=0.26' }]\n",
            ),
            (
                "a/pyproject.toml",
                "[tool.poetry]\nname = 'a'\n\n[tool.poetry.dependencies]\npython = '^3.11'\n",
            ),
            ("a/poetry.lock", "[metadata]\ncontent-hash = '0000'\n"),
            (
                "b/pyproject.toml",
                "[project]\nname = 'b'\ndependencies = []\n\n[tool.pdm.resolution]\n",
            ),
            (
                "c/pyproject.toml",
                "[project]\nname = 'c'\n\n[tool.pdm.dev-dependencies]\n",
            ),
            ("c/pdm.lock", "[metadata]\ncontent_hash = 'sha256:00'\n"),
        ],
        &[
            ("a/poetry.lock", 2, 16),
            ("b/pyproject.toml", 5, 1),
            ("c/pdm.lock", 2, 16),
            ("uv.lock", 1, 1),
        ],
    ),
    Example::new(
        &[
            (
                "pyproject.toml",
                "[project]\nname = 'shop'\nrequires-python = '>=3.11'\ndependencies = ['HTTPX[http2]>=0.27 , <1; python_version<\"3.13\"', 'lib', 'thing @ https://example.org/thing.whl']\n\n[project.optional-dependencies]\nx = ['Rich_Text == 13.*']\n\n[dependency-groups]\ndev = ['pytest (>=8)', { include-group = 'lint' }]\nlint = ['ruff']\n\n[tool.uv]\ndev-dependencies = ['ipython']\n\n[tool.uv.sources]\nlib = { workspace = true }\n",
            ),
            (
                "uv.lock",
                "version = 1\nrequires-python = '>=3.11'\n\n[[package]]\nname = 'shop'\nsource = { editable = '.' }\n\n[package.metadata]\nrequires-dist = [\n  { name = 'httpx', extras = ['http2'], marker = 'x', specifier = '>=0.27,<1' },\n  { name = 'lib', editable = 'lib' },\n  { name = 'rich-text', marker = \"extra == 'x'\", specifier = '==13.*' },\n  { name = 'thing', url = 'https://example.org/thing.whl' },\n]\n\n[package.metadata.requires-dev]\ndev = [{ name = 'ipython' }, { name = 'pytest', specifier = '>=8' }, { name = 'ruff' }]\nlint = [{ name = 'ruff' }]\n\n[[package]]\nname = 'lib'\nsource = { editable = 'lib' }\n\n[package.metadata]\nrequires-dist = [{ name = 'attrs' }]\n",
            ),
            (
                "lib/pyproject.toml",
                "[project]\nname = 'lib'\ndynamic = ['dependencies']\n\n[tool.uv]\npackage = true\n",
            ),
            (
                "build/pyproject.toml",
                "[project]\nname = 'b'\n\n[tool.uv.build-backend]\nx = 1\n\n[tool.pdm.build]\nx = 1\n",
            ),
            (
                "a/pyproject.toml",
                "[tool.poetry]\nname = 'a'\n\n[tool.poetry.dependencies]\npython = '^3.11'\n",
            ),
            (
                "a/poetry.lock",
                "[metadata]\ncontent-hash = '81b2fa642d7f2d1219cf80112ace12d689d053d81be7f7addb98144d56fc0fb2'\n",
            ),
        ],
        &[],
    ),
];

struct Lockfile;

impl TreeCheck for Lockfile {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let projects = Projects::read(tree);
        let mut unread = Vec::new();
        for file in &projects.files {
            for tool in [hashes::POETRY, hashes::PDM] {
                unread.extend(tool.judge(tree, file, found).err());
            }
            if uses_uv(file) {
                let mut around = upwards(file.directory());
                if !around.any(|directory| tree.has(&join(directory, "uv.lock"))) {
                    missing(file, "tool.uv", "uv.lock", found);
                }
            }
        }
        for path in tree.named("uv.lock") {
            unread.extend(requirements::judge(tree, path, &projects, found).err());
        }
        projects.finish()?;
        if unread.is_empty() {
            Ok(())
        } else {
            Err(unread.join("; "))
        }
    }
}

fn missing(file: &TomlFile, key: &str, lock: &str, found: &mut Reports) {
    let message = format!("this project has no {lock}");
    found.at(&file.path, file.place(key), message);
}

/// Whether a project has settings of uv that are about more than its build.
fn uses_uv(file: &TomlFile) -> bool {
    let table = file.table("tool.uv");
    file.table("project").is_some()
        && table.is_some_and(|table| {
            table
                .iter()
                .any(|(key, _)| !matches!(key, "build-backend" | "pip"))
        })
}

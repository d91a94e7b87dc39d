//! GR33: one place for the settings of pytest, and one that it reads.

use std::collections::BTreeSet;

use ruff_text_size::TextRange;

use crate::escalation::Level;
use crate::golden::ini::Ini;
use crate::golden::paths::{join, split};
use crate::golden::project::TomlFile;
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule, TreeCheck};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR33",
    slug: "pytest-config",
    summary: "settings of pytest that pytest does not read",
    origin: Origin::Native,
    level: Level::Info,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
pytest takes its settings from one file of a directory and ignores those in every other, without a \
word. A marker or an option that somebody adds there does nothing.

In each directory the files count in pytest's order: `pytest.toml`, `.pytest.toml`, `pytest.ini`, \
`.pytest.ini` (these four even if they are empty), `pyproject.toml` with `[tool.pytest]` or \
`[tool.pytest.ini_options]`, `tox.ini` with `[pytest]`, `setup.cfg` with `[tool:pytest]`. Settings in \
any but the first of them are found, and so are sections that pytest looks for under another name: \
`[pytest]` in `setup.cfg`, `[tool:pytest]` in `pytest.ini` and `tox.ini`. Directories below one \
another may each have their settings.

There is no fix: the settings that are ignored may be wrong, too.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::tree(PytestConfig)]),
    proof: &[
        Example::new(
            &[
                ("pytest.ini", "[pytest]\naddopts = -q\n"),
                ("pyproject.toml", "[project]\nname = 'a'\n\n[tool.pytest.ini_options]\naddopts = '-v'\n"),
                ("setup.cfg", "[metadata]\n\n[tool:pytest]\naddopts = -v\n"),
                ("b/setup.cfg", "[pytest]\naddopts = -v\n"),
                ("c/tox.ini", "[tox]\n[tool:pytest]\naddopts = -v\n"),
                ("d/pytest.ini", ""),
                ("d/tox.ini", "[pytest]\n"),
            ],
            &[
                ("b/setup.cfg", 1, 1),
                ("c/tox.ini", 2, 1),
                ("d/tox.ini", 1, 1),
                ("pyproject.toml", 4, 1),
                ("setup.cfg", 3, 1),
            ],
        ),
        Example::new(
            &[
                ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-v'\n"),
                ("setup.cfg", "[metadata]\nname = x\n# [tool:pytest]\n"),
                ("tox.ini", "[tox]\n"),
                ("b/pytest.ini", "[pytest]\n"),
                ("c/setup.cfg", "[tool:pytest]\n"),
                ("d/tox.ini", "[pytest]\n"),
            ],
            &[],
        ),
    ],
};

/// The files, in the order in which pytest looks for settings.
const FILES: [&str; 7] = [
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
];

struct PytestConfig;

/// What a file has to do with pytest.
enum Says {
    Nothing,
    /// Settings that count if no file before it has any.
    Settings(TextRange),
    /// Settings under a name that is not looked for in this file.
    Astray(TextRange, &'static str),
}

impl TreeCheck for PytestConfig {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let directories: BTreeSet<&str> = tree
            .files
            .iter()
            .map(|path| split(path))
            .filter(|(_, name)| FILES.contains(name))
            .map(|(directory, _)| directory)
            .collect();
        let mut unread = Vec::new();
        for directory in directories {
            let mut first: Option<&str> = None;
            for name in FILES {
                let path = join(directory, name);
                if !tree.has(&path) {
                    continue;
                }
                let says = match says(tree, &path, name) {
                    Ok(says) => says,
                    Err(error) => {
                        unread.push(error);
                        continue;
                    }
                };
                match says {
                    Says::Nothing => {}
                    Says::Settings(place) => match first {
                        None => first = Some(name),
                        Some(first) => {
                            let message = format!("pytest reads {first} and ignores this");
                            found.at(&path, place, message);
                        }
                    },
                    Says::Astray(place, wanted) => {
                        let message = format!("pytest looks for `[{wanted}]` in {name}");
                        found.at(&path, place, message);
                    }
                }
            }
        }
        if unread.is_empty() {
            Ok(())
        } else {
            Err(unread.join("; "))
        }
    }
}

fn says(tree: &Tree<'_>, path: &str, name: &str) -> Result<Says, String> {
    match name {
        "pytest.toml" | ".pytest.toml" => Ok(Says::Settings(TextRange::default())),
        "pyproject.toml" => {
            let file = TomlFile::read(tree, path)?;
            let keys = ["tool.pytest.ini_options", "tool.pytest"];
            let key = keys.into_iter().find(|key| file.get(key).is_some());
            Ok(key.map_or(Says::Nothing, |key| Says::Settings(file.place(key))))
        }
        _ => {
            let ini = Ini::parse(&tree.text(path)?);
            let (wanted, other) = if name == "setup.cfg" {
                ("tool:pytest", "pytest")
            } else {
                ("pytest", "tool:pytest")
            };
            let range = |section: &str| ini.get(section).map(|section| section.range);
            let always = name.ends_with("pytest.ini");
            Ok(match (range(wanted), range(other)) {
                (Some(range), _) => Says::Settings(range),
                (None, Some(range)) => Says::Astray(range, wanted),
                (None, None) if always => Says::Settings(TextRange::default()),
                (None, None) => Says::Nothing,
            })
        }
    }
}

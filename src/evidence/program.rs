//! The programs that evidence speaks of, and what their arguments mean.
//!
//! A catalogue, read by lookup. Pure.

use super::installed::tool_named;
use crate::fixers::{Kind, Tool};

/// A program that lints, sorts or formats Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Program {
    /// One that hive runs.
    Known(Tool),
    /// One that hive does not run; it still decides that hive's own set is unwanted.
    Other(&'static str),
}

impl Program {
    /// The name as its users write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Known(tool) => tool.name(),
            Self::Other(name) => name,
        }
    }
}

/// What a mention of a program is evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// ruff's linter; for imports as well where `I` is selected by its configuration.
    Check,
    /// These kinds, whatever the configuration says.
    For(&'static [Kind]),
}

const LINT: Role = Role::For(&[Kind::Lint]);
const IMPORTS: Role = Role::For(&[Kind::Imports]);
const FORMAT: Role = Role::For(&[Kind::Format]);
const BOTH: Role = Role::For(&[Kind::Imports, Kind::Format]);

/// Programs besides ruff, black and isort. Type checkers are left out on purpose:
/// they say nothing about lint, imports or layout, so a project that has only one
/// of them has chosen nothing that hive could contradict. Likewise programs that
/// touch docstrings or documentation only.
const OTHERS: &[(&str, Role)] = &[
    ("autoflake", LINT),
    ("autopep8", FORMAT),
    ("bandit", LINT),
    ("blue", FORMAT),
    ("darker", FORMAT),
    ("fixit", LINT),
    ("flake8", LINT),
    ("prospector", LINT),
    ("pycln", LINT),
    ("pycodestyle", LINT),
    ("pydocstyle", LINT),
    ("pyflakes", LINT),
    ("pyink", FORMAT),
    ("pylama", LINT),
    ("pylint", LINT),
    ("pyupgrade", LINT),
    ("reorder-python-imports", IMPORTS),
    ("ufmt", BOTH),
    ("unify", FORMAT),
    ("usort", IMPORTS),
    ("yapf", FORMAT),
    ("zimports", IMPORTS),
];

/// Looks up a program by the name of its command or of its hook.
pub(super) fn by_name(name: &str) -> Option<(Program, Role)> {
    let role = match name {
        "ruff" | "ruff-check" => return Some((Program::Known(Tool::Ruff), Role::Check)),
        "ruff-format" => return Some((Program::Known(Tool::Ruff), FORMAT)),
        "black" | "black-jupyter" => return Some((Program::Known(Tool::Black), FORMAT)),
        "isort" => return Some((Program::Known(Tool::Isort), IMPORTS)),
        "reorder_python_imports" => "reorder-python-imports",
        "python-check-blanket-noqa" => return None,
        name => name,
    };
    OTHERS
        .iter()
        .find(|(other, _)| *other == role)
        .map(|(name, role)| (Program::Other(name), *role))
}

/// A program's arguments, sorted by what they do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// Those that change answers, with their values, in order.
    pub kept: Vec<String>,
    /// Positional ones.
    pub paths: Vec<String>,
}

/// What an option takes and whether it changes answers.
enum Meaning {
    Keep,
    KeepWithValue,
    Drop,
    DropWithValue,
}

/// Sorts a known tool's arguments. Options that only choose between looking and
/// writing, shape the output, or bound resources are left out; an unknown option
/// is kept, as it is the project's and its absence would change the answer silently.
pub(super) fn sort_arguments(tool: Tool, args: &[String]) -> Arguments {
    let mut sorted = Arguments::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            sorted.paths.extend(args.by_ref().cloned());
            break;
        }
        if !arg.starts_with('-') || arg == "-" {
            sorted.paths.push(arg.clone());
            continue;
        }
        let (name, attached) = match arg.split_once('=') {
            Some((name, _)) if arg.starts_with("--") => (name, true),
            // `-l100`: a short option with its value attached.
            _ if !arg.starts_with("--") && arg.len() > 2 && arg.is_char_boundary(2) => {
                let short = &arg[..2];
                match meaning(tool, short) {
                    Meaning::KeepWithValue | Meaning::DropWithValue
                        if !is_whole_option(tool, arg) =>
                    {
                        (short, true)
                    }
                    _ => (arg.as_str(), false),
                }
            }
            _ => (arg.as_str(), false),
        };
        match meaning(tool, name) {
            Meaning::Keep => sorted.kept.push(arg.clone()),
            Meaning::KeepWithValue => {
                sorted.kept.push(arg.clone());
                if !attached {
                    sorted.kept.extend(args.next().cloned());
                }
            }
            Meaning::Drop => {}
            Meaning::DropWithValue => {
                if !attached {
                    args.next();
                }
            }
        }
    }
    sorted
}

/// isort has options of several letters behind one dash.
fn is_whole_option(tool: Tool, arg: &str) -> bool {
    tool == Tool::Isort && matches!(arg, "-rc" | "-sl" | "-sp" | "-sg" | "-ac" | "-tc" | "-dt")
}

fn meaning(tool: Tool, name: &str) -> Meaning {
    let (values, drops, drops_with_value): (&[&str], &[&str], &[&str]) = match tool {
        Tool::Ruff => (
            &[
                "--select",
                "--ignore",
                "--extend-select",
                "--extend-ignore",
                "--per-file-ignores",
                "--extend-per-file-ignores",
                "--fixable",
                "--unfixable",
                "--extend-fixable",
                "--extend-unfixable",
                "--line-length",
                "--target-version",
                "--config",
                "--exclude",
                "--extend-exclude",
                "--dummy-variable-rgx",
                "--extension",
            ],
            &[
                "--fix",
                "--no-fix",
                "--fix-only",
                "--no-fix-only",
                "--exit-non-zero-on-fix",
                "--exit-non-zero-on-format",
                "--exit-zero",
                "-e",
                "--show-fixes",
                "--no-show-fixes",
                "--show-source",
                "--no-show-source",
                "--diff",
                "--check",
                "-q",
                "--quiet",
                "-s",
                "--silent",
                "-v",
                "--verbose",
                "--no-cache",
                "-n",
                "--statistics",
                "--watch",
                "-w",
                "--force-exclude",
                "--no-force-exclude",
                "--respect-gitignore",
                "--no-respect-gitignore",
                "--show-files",
                "--show-settings",
            ],
            &[
                "--output-format",
                "--format",
                "--output-file",
                "-o",
                "--cache-dir",
                "--stdin-filename",
                "--color",
                "--range",
            ],
        ),
        Tool::Black => (
            &[
                "-l",
                "--line-length",
                "-t",
                "--target-version",
                "--python-cell-magics",
                "--include",
                "--exclude",
                "--extend-exclude",
                "--force-exclude",
                "--config",
                "--required-version",
                "--enable-unstable-feature",
            ],
            &[
                "--check",
                "--diff",
                "--color",
                "--no-color",
                "-q",
                "--quiet",
                "-v",
                "--verbose",
                "--fast",
                "--safe",
                "--no-cache",
            ],
            &[
                "-W",
                "--workers",
                "--stdin-filename",
                "--line-ranges",
                "-c",
                "--code",
            ],
        ),
        Tool::Isort => (
            &[
                "--profile",
                "-l",
                "-w",
                "--line-length",
                "--line-width",
                "--wl",
                "--wrap-length",
                "-m",
                "--mode",
                "--multi-line",
                "-p",
                "--project",
                "-o",
                "--thirdparty",
                "-b",
                "--builtin",
                "-f",
                "--future",
                "--known-local-folder",
                "--virtual-env",
                "--conda-env",
                "--py",
                "--python-version",
                "-s",
                "--skip",
                "--extend-skip",
                "-sg",
                "--sg",
                "--skip-glob",
                "--extend-skip-glob",
                "-sp",
                "--sp",
                "--settings-path",
                "--settings-file",
                "--settings",
                "--src",
                "--src-path",
                "-a",
                "--add-import",
                "--rm",
                "--remove-import",
                "-i",
                "--indent",
                "--lai",
                "--lines-after-imports",
                "--lbi",
                "--lines-before-imports",
                "--lbt",
                "--lines-between-types",
                "--le",
                "--line-ending",
                "--nis",
                "--sd",
                "--section-default",
                "--ext",
                "--extension",
                "--supported-extension",
                "--blocked-extension",
                "--sort-order",
                "--gs",
            ],
            &[
                "-c",
                "--check",
                "--check-only",
                "--diff",
                "--df",
                "-q",
                "--quiet",
                "-v",
                "--verbose",
                "--only-modified",
                "--om",
                "--filter-files",
                "-d",
                "--stdout",
                "--atomic",
                "--ac",
                "-ac",
                "--interactive",
                "--show-files",
                "--show-config",
                "-rc",
                "--recursive",
                "-y",
                "--apply",
                "--overwrite-in-place",
                "--color",
            ],
            &["-j", "--jobs", "--filename"],
        ),
    };
    if values.contains(&name) {
        Meaning::KeepWithValue
    } else if drops.contains(&name) {
        Meaning::Drop
    } else if drops_with_value.contains(&name) {
        Meaning::DropWithValue
    } else {
        Meaning::Keep
    }
}

/// Whether these arguments only ask for information, so that they are no evidence.
pub(super) fn only_informs(args: &[String]) -> bool {
    args.iter()
        .any(|arg| matches!(arg.as_str(), "--version" | "-V" | "--help" | "-h" | "--vn"))
}

/// The tool that a requirement such as `black[jupyter]==24.1.0` pins, with the
/// specifier as it is written (without environment markers).
pub(super) fn requirement(text: &str) -> Option<(Tool, &str)> {
    let text = text.split(['#', ';']).next()?.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let tool = tool_named(&text[..end])?;
    let rest = text[end..].trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1,
        None => rest,
    };
    // Hashes and options may follow in a requirements file.
    let specifier = rest.split(" --").next()?.trim().trim_end_matches('\\');
    Some((tool, specifier.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(tool: Tool, args: &str) -> (String, String) {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let sorted = sort_arguments(tool, &args);
        (sorted.kept.join(" "), sorted.paths.join(" "))
    }

    #[test]
    fn arguments_are_sorted_by_what_they_do() {
        for (tool, args, kept, paths) in [
            (
                Tool::Ruff,
                "--fix --exit-non-zero-on-fix --select=I src",
                "--select=I",
                "src",
            ),
            (
                Tool::Ruff,
                "--output-format github --select E,F --preview .",
                "--select E,F --preview",
                ".",
            ),
            (
                Tool::Black,
                "--check -l 100 -S src tests",
                "-l 100 -S",
                "src tests",
            ),
            (Tool::Black, "-l100 --workers=2 --diff .", "-l100", "."),
            (
                Tool::Isort,
                "-c -rc --profile black -m3 src",
                "--profile black -m3",
                "src",
            ),
            (Tool::Isort, "--jobs 4 -- -odd", "", "-odd"),
        ] {
            assert_eq!(
                sorted(tool, args),
                (kept.to_owned(), paths.to_owned()),
                "{args}"
            );
        }
    }

    #[test]
    fn requirements_name_tool_and_specifier() {
        for (text, expected) in [
            ("black==24.1.0", Some((Tool::Black, "==24.1.0"))),
            (
                "black[jupyter] == 24.1.0 ; python_version > '3'",
                Some((Tool::Black, "== 24.1.0")),
            ),
            ("ruff==0.5.0 --hash=sha256:x", Some((Tool::Ruff, "==0.5.0"))),
            ("ruff==0.5.0 \\", Some((Tool::Ruff, "==0.5.0"))),
            ("isort", Some((Tool::Isort, ""))),
            ("ruff-lsp==1", None),
            ("blacken-docs==1", None),
        ] {
            assert_eq!(requirement(text), expected, "{text}");
        }
    }
}

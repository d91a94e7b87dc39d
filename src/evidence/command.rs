//! What one simple command says: which program it runs through which runner, in
//! which version, with which arguments and paths. Pure.

use std::path::Path;

use super::program::{self, Program, Role, only_informs, sort_arguments};
use super::runner::{RUN_VALUES, Runner, UV_VALUES, after_options, bare, is_prefix, module};
use crate::fixers::{Kind, Tool};

/// A program that a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invocation {
    /// Which program.
    pub program: Program,
    /// What for.
    pub role: Role,
    /// Arguments that change answers.
    pub args: Vec<String>,
    /// Paths as they are written.
    pub paths: Vec<String>,
    /// The version in the command itself (`uvx ruff@0.5.0`).
    pub version: Option<String>,
    /// The directory that its runner enters, as it is written.
    pub directory: Option<String>,
}

/// What a command does that matters to evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Runs a program.
    Runs(Invocation),
    /// Goes into a directory.
    Enters(String),
    /// Goes back to where the shell was before.
    Returns,
    /// Runs a script that may be in the repository.
    Script(String),
    /// Hands text to another shell.
    Shell(String),
    /// Nothing of interest.
    Nothing,
}

/// Reads one simple command.
pub(super) fn read(words: &[String]) -> Deed {
    let mut rest = words;
    let mut runner = Runner::default();
    // Each turn takes off one runner; the bound is for `env env env …`.
    for _ in 0..16 {
        let Some(first) = rest.first() else {
            return Deed::Nothing;
        };
        let args = &rest[1..];
        let name = bare(first);
        match name {
            _ if is_prefix(first) => rest = args,
            "cd" | "pushd" => {
                let to = args.iter().find(|to| *to == "-" || !to.starts_with('-'));
                return to.map_or(Deed::Nothing, |to| match to.as_str() {
                    "-" => Deed::Returns,
                    to => Deed::Enters(to.to_owned()),
                });
            }
            "popd" => return Deed::Returns,
            "uv" => {
                let args = after_options(args, UV_VALUES, &mut runner);
                let run = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["run", ..] => &args[1..],
                    ["tool", "run", ..] => &args[2..],
                    _ => return Deed::Nothing,
                };
                rest = after_options(run, UV_VALUES, &mut runner);
            }
            "uvx" => rest = after_options(args, UV_VALUES, &mut runner),
            "poetry" | "pdm" | "pipenv" | "rye" | "pixi" | "pipx" | "conda" | "mamba"
            | "micromamba" | "hatch" => {
                if name == "hatch" && args.iter().any(|arg| arg == "fmt") {
                    return Deed::Runs(hatch_fmt());
                }
                let Some(run) = args.iter().position(|arg| arg == "run") else {
                    return Deed::Nothing;
                };
                after_options(&args[..run], RUN_VALUES, &mut runner);
                rest = after_options(&args[run + 1..], RUN_VALUES, &mut runner);
            }
            "xargs" => {
                let skipped = args
                    .iter()
                    .take_while(|arg| {
                        arg.starts_with('-') || arg.bytes().all(|byte| byte.is_ascii_digit())
                    })
                    .count();
                rest = &args[skipped..];
            }
            "find" => {
                let Some(exec) = args.iter().position(|arg| arg == "-exec") else {
                    return Deed::Nothing;
                };
                rest = &args[exec + 1..];
            }
            "bash" | "sh" | "zsh" => {
                return match args
                    .iter()
                    .position(|arg| arg.ends_with('c') && arg.starts_with('-'))
                {
                    Some(at) => args
                        .get(at + 1)
                        .map_or(Deed::Nothing, |text| Deed::Shell(text.clone())),
                    None => args
                        .iter()
                        .find(|arg| !arg.starts_with('-'))
                        .map_or(Deed::Nothing, |script| Deed::Script(script.clone())),
                };
            }
            _ => {
                if let Some(module) = module(first, args) {
                    rest = module;
                    continue;
                }
                return invocation(first, args, runner).map_or_else(|| script(first), Deed::Runs);
            }
        }
    }
    Deed::Nothing
}

/// Reads a command as a program's own: `None` if it runs none that is known.
pub(super) fn runs(words: &[String]) -> Option<Invocation> {
    match read(words) {
        Deed::Runs(invocation) => Some(invocation),
        _ => None,
    }
}

fn invocation(first: &str, args: &[String], runner: Runner) -> Option<Invocation> {
    let (name, own_version) = versioned(bare(first));
    // `hatch run lint:black`.
    let name = name.rsplit(':').next().unwrap_or(name);
    if only_informs(args) {
        return None;
    }
    let version = own_version.map(str::to_owned).or(runner.version);
    let (program, role) = program::by_name(name)?;
    let Program::Known(tool) = program else {
        return Some(Invocation {
            program,
            role,
            args: Vec::new(),
            paths: Vec::new(),
            version: None,
            directory: runner.directory,
        });
    };
    let (role, args) = if tool == Tool::Ruff && name == "ruff" {
        ruff(args)?
    } else {
        (role, args)
    };
    let sorted = sort_arguments(tool, args);
    Some(Invocation {
        program,
        role: if role == Role::Check {
            check_role(&sorted.kept)
        } else {
            role
        },
        args: sorted.kept,
        paths: sorted.paths,
        version,
        directory: runner.directory,
    })
}

/// What ruff's subcommand is for; without one, old versions check.
fn ruff(args: &[String]) -> Option<(Role, &[String])> {
    if args.iter().any(|arg| arg == "--add-noqa") {
        return None;
    }
    match args.first()?.as_str() {
        "check" => Some((Role::Check, &args[1..])),
        "format" => Some((Role::For(&[Kind::Format]), &args[1..])),
        "rule"
        | "config"
        | "linter"
        | "clean"
        | "server"
        | "analyze"
        | "version"
        | "help"
        | "generate-shell-completion" => None,
        _ => Some((Role::Check, args)),
    }
}

/// `--select` on the command line replaces the configuration's: a run that
/// selects nothing but import sorting is no evidence for a linter.
pub(super) fn check_role(args: &[String]) -> Role {
    let selected: Vec<&str> = option_values(args, "--select");
    let sorting =
        |code: &&str| code.starts_with('I') && code[1..].bytes().all(|b| b.is_ascii_digit());
    if !selected.is_empty() && selected.iter().all(sorting) {
        Role::For(&[Kind::Imports])
    } else {
        Role::Check
    }
}

/// The comma-separated values of every occurrence of an option.
pub(super) fn option_values<'a>(args: &'a [String], name: &str) -> Vec<&'a str> {
    option_texts(args, name)
        .into_iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .collect()
}

/// The value of every occurrence of an option, as it is written.
pub(super) fn option_texts<'a>(args: &'a [String], name: &str) -> Vec<&'a str> {
    let mut values = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = if arg == name {
            args.next().map(String::as_str)
        } else {
            arg.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='))
        };
        values.extend(value);
    }
    values
}

/// hatch brings a ruff and a configuration of its own.
fn hatch_fmt() -> Invocation {
    Invocation {
        program: Program::Other("hatch fmt"),
        role: Role::For(&Kind::ALL),
        args: Vec::new(),
        paths: Vec::new(),
        version: None,
        directory: None,
    }
}

/// A path that is run and is no known program.
fn script(first: &str) -> Deed {
    if first.contains('/') || is_shell_name(first) {
        Deed::Script(first.to_owned())
    } else {
        Deed::Nothing
    }
}

/// Whether a name says that it is a shell script.
pub(super) fn is_shell_name(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|suffix| suffix == "sh")
}

/// `ruff@0.5.0` and `ruff==0.5.0`, as uvx and pipx take them.
fn versioned(name: &str) -> (&str, Option<&str>) {
    for separator in ["==", "@"] {
        if let Some((name, version)) = name.split_once(separator) {
            return (name, (version != "latest").then_some(version));
        }
    }
    (name, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn programs_are_found_behind_their_runners() {
        for (text, expected) in [
            ("ruff check src", "ruff Check | src"),
            ("ruff . --select E", "ruff Check --select E | ."),
            ("ruff format --check .", "ruff [Format] | ."),
            (
                "ruff check --select I --fix .",
                "ruff [Imports] --select I | .",
            ),
            ("python -m black -l 100 .", "black [Format] -l 100 | ."),
            ("python3.11 -Im isort .", "isort [Imports] | ."),
            ("$(PYTHON) -m black .", "black [Format] | ."),
            ("${PREFIX}ruff check src", "ruff Check | src"),
            ("$(VENV)/bin/black src", "black [Format] | src"),
            ("uv run --group lint ruff check", "ruff Check |"),
            ("uvx ruff@0.5.0 check", "ruff Check | v0.5.0"),
            (
                "uvx --from black==24.1.0 black .",
                "black [Format] | . v24.1.0",
            ),
            (
                "pipx run black==24.1.0 --check .",
                "black [Format] | . v24.1.0",
            ),
            ("uv tool run isort@5.13.2 .", "isort [Imports] | . v5.13.2"),
            ("poetry run black .", "black [Format] | ."),
            ("poetry -C a run black", "black [Format] | in a"),
            (
                "uv --directory a run --frozen ruff check .",
                "ruff Check | . in a",
            ),
            ("uv run --directory=a ruff check", "ruff Check | in a"),
            ("uv --quiet pip install black", "-"),
            ("conda run -n x --cwd a isort .", "isort [Imports] | . in a"),
            ("hatch run lint:black .", "black [Format] | ."),
            ("hatch -e lint run black .", "black [Format] | ."),
            ("xargs -0 -n 1 black --check", "black [Format] |"),
            ("find . -name x -exec black {} +", "black [Format] | {} +"),
            ("if ! FOO=1 black --check .", "black [Format] | ."),
            ("flake8 src", "flake8 [Lint] |"),
            ("python -m pytest", "-"),
            ("pip install black", "-"),
            ("black --version", "-"),
            ("ruff --version", "-"),
            ("ruff rule E501", "-"),
            ("echo black", "-"),
            ("pre-commit run --all-files", "-"),
        ] {
            let shown = match runs(&words(text)) {
                None => "-".to_owned(),
                Some(one) => {
                    let role = match one.role {
                        Role::Check => "Check".to_owned(),
                        Role::For(kinds) => format!("{kinds:?}"),
                    };
                    let version = one.version.map(|v| format!("v{v}")).unwrap_or_default();
                    [
                        vec![one.program.name().to_owned(), role],
                        one.args,
                        vec!["|".to_owned()],
                        one.paths,
                        vec![version],
                        one.directory
                            .into_iter()
                            .map(|to| format!("in {to}"))
                            .collect(),
                    ]
                    .concat()
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
                }
            };
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn scripts_shells_and_directories_are_told_apart() {
        for (text, expected) in [
            ("cd services/a", Deed::Enters("services/a".into())),
            ("cd -P -- services", Deed::Enters("services".into())),
            ("cd -", Deed::Returns),
            ("popd", Deed::Returns),
            (
                "./scripts/lint.sh --all",
                Deed::Script("./scripts/lint.sh".into()),
            ),
            ("bash scripts/lint", Deed::Script("scripts/lint".into())),
            ("sh -ec X", Deed::Shell("X".into())),
            ("scripts/check", Deed::Script("scripts/check".into())),
            ("true", Deed::Nothing),
        ] {
            assert_eq!(read(&words(text)), expected, "{text}");
        }
    }
}

//! Programs that run other programs: what stands between a command's beginning and
//! the tool it is about. Pure.

use super::installed::tool_named;
use super::program;

/// The last part of a program's path; `${PREFIX}ruff` and `$(BIN)/ruff` are ruff.
pub(super) fn bare(word: &str) -> &str {
    word.rsplit(['/', '}', ')']).next().unwrap_or(word)
}

/// Words of the shell and programs that run another without saying how.
pub(super) fn is_prefix(word: &str) -> bool {
    let assignment = word.split_once('=').is_some_and(|(name, value)| {
        !name.is_empty()
            // `black==24.1.0` is what pipx runs.
            && !value.starts_with('=')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    assignment
        || matches!(
            word,
            "if" | "then"
                | "else"
                | "elif"
                | "do"
                | "while"
                | "until"
                | "!"
                | "time"
                | "exec"
                | "command"
                | "sudo"
                | "env"
                | "nice"
                | "{"
                | "-"
                | "@"
                | "--"
        )
}

pub(super) const UV_VALUES: &[&str] = &[
    "--with",
    "--with-requirements",
    "--with-editable",
    "--from",
    "--python",
    "-p",
    "--group",
    "--only-group",
    "--no-group",
    "--extra",
    "--package",
    "--project",
    "--directory",
    "--index",
    "--index-url",
    "--env-file",
];

/// What a runner says about the program that it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Runner {
    /// The version.
    pub version: Option<String>,
    /// The directory, as it is written.
    pub directory: Option<String>,
}

pub(super) const RUN_VALUES: &[&str] = &[
    "--spec",
    "--python",
    "-n",
    "--name",
    "-p",
    "--prefix",
    "-e",
    "--environment",
    "--cwd",
    "--directory",
    "-C",
    "--project",
];

/// Passes over a runner's options. `--from black==24.1.0` and `--spec …` tell the
/// version of what is run, `--directory` where.
pub(super) fn after_options<'a>(
    mut words: &'a [String],
    values: &[&str],
    runner: &mut Runner,
) -> &'a [String] {
    while let [first, rest @ ..] = words {
        if first == "--" {
            return rest;
        }
        if !first.starts_with('-') {
            break;
        }
        let (name, value, next) = match first.split_once('=') {
            Some((name, value)) if first.starts_with("--") => (name, Some(value), rest),
            _ if values.contains(&first.as_str()) => (
                first.as_str(),
                rest.first().map(String::as_str),
                rest.get(1..).unwrap_or(&[]),
            ),
            _ => (first.as_str(), None, rest),
        };
        if matches!(name, "--from" | "--spec" | "--with")
            && let Some((_, specifier)) = value.and_then(program::requirement)
            && let Some(exact) = specifier.strip_prefix("==")
        {
            runner.version = Some(exact.trim().to_owned());
        }
        if matches!(name, "--directory" | "-C" | "--cwd") {
            runner.directory = value.map(str::to_owned).or(runner.directory.take());
        }
        words = next;
    }
    words
}

/// What follows `-m`, if the program is (or may be) an interpreter.
pub(super) fn module<'a>(first: &str, args: &'a [String]) -> Option<&'a [String]> {
    let name = bare(first);
    let may_be_python = name.starts_with("python")
        || name.is_empty()
        || name.starts_with('$')
        || matches!(name, "py" | "pypy3" | "coverage");
    if !may_be_python {
        return None;
    }
    let at = args
        .iter()
        .take_while(|arg| arg.starts_with('-'))
        .position(|arg| arg.len() <= 4 && !arg.starts_with("--") && arg.ends_with('m'))?;
    let module = args.get(at + 1)?;
    tool_named(module)
        .map(|_| ())
        .or_else(|| program::by_name(module).map(|_| ()))?;
    Some(&args[at + 1..])
}

//! Arguments that name files and directories: what they mean where the command runs,
//! and how a person reads them.
//!
//! A tool does not always run where the command does, so from here on such a value is
//! absolute, whichever engine gets it.

use std::path::Path;

use ruff_linter::fs::normalize_path;

use super::command::option_texts;
use super::program::Program;
use super::shell::is_dynamic;
use crate::fixers::Tool;

/// Options whose value is a configuration file, or the directory of one.
fn configuration(program: Program) -> &'static [&'static str] {
    match program {
        Program::Known(Tool::Isort) => &[
            "--settings-path",
            "--settings-file",
            "--settings",
            "--sp",
            "-sp",
        ],
        _ => &["--config"],
    }
}

/// Options whose value is a directory with sources.
const SOURCES: [&str; 2] = ["--src", "--src-path"];

/// The configuration files that arguments name; not settings in line.
pub(super) fn named_configuration(program: Program, args: &[String]) -> Vec<&str> {
    configuration(program)
        .iter()
        .flat_map(|name| option_texts(args, name))
        .filter(|value| is_path(value))
        .collect()
}

/// The arguments of a command that runs in a directory, with absolute paths. What is not
/// known stays as it is written.
pub(super) fn located(program: Program, args: Vec<String>, directory: &Path) -> Vec<String> {
    let options = configuration(program);
    let absolute = |value: &str| -> Option<String> {
        let plain = is_path(value) && !is_dynamic(value) && !value.starts_with('~');
        let path = plain.then(|| normalize_path(directory.join(value)))?;
        Some(path.to_str()?.to_owned())
    };
    let is_option = |name: &str| {
        options.contains(&name) || program == Program::Known(Tool::Isort) && SOURCES.contains(&name)
    };
    let mut is_value = false;
    args.into_iter()
        .map(|arg| {
            if std::mem::replace(&mut is_value, is_option(&arg)) {
                return absolute(&arg).unwrap_or(arg);
            }
            let attached = arg.split_once('=').filter(|(name, _)| is_option(name));
            let whole =
                attached.and_then(|(name, value)| Some(format!("{name}={}", absolute(value)?)));
            whole.unwrap_or(arg)
        })
        .collect()
}

/// An argument as a person in the repository would write it.
pub(super) fn shown(arg: &str, boundary: &Path) -> String {
    let (name, value) = match arg.split_once('=') {
        Some((name, value)) if name.starts_with('-') => (Some(name), value),
        _ => (None, arg),
    };
    let inside = match Path::new(value).strip_prefix(boundary) {
        Ok(inside) if inside.as_os_str().is_empty() => Path::new("."),
        Ok(inside) => inside,
        Err(_) => return arg.to_owned(),
    };
    match name {
        Some(name) => format!("{name}={}", inside.display()),
        None => inside.display().to_string(),
    }
}

/// ruff and black take one setting or a file.
fn is_path(value: &str) -> bool {
    !value.contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_inside_and_short_for_people() {
        let ruff = Program::Known(Tool::Ruff);
        let isort = Program::Known(Tool::Isort);
        for (program, args, expected, people) in [
            (
                ruff,
                "--select E --config ./ruff.toml",
                "--select E --config /r/a/ruff.toml",
                "--select E --config a/ruff.toml",
            ),
            (
                ruff,
                "--config=../x.toml",
                "--config=/r/x.toml",
                "--config=x.toml",
            ),
            (
                ruff,
                "--config line-length=9",
                "--config line-length=9",
                "--config line-length=9",
            ),
            (
                ruff,
                "--config $X/r.toml",
                "--config $X/r.toml",
                "--config $X/r.toml",
            ),
            (
                ruff,
                "--config /etc/x",
                "--config /etc/x",
                "--config /etc/x",
            ),
            (
                isort,
                "--sp .. --src src",
                "--sp /r --src /r/a/src",
                "--sp . --src a/src",
            ),
            (isort, "--config x", "--config x", "--config x"),
        ] {
            let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
            let whole = located(program, args, Path::new("/r/a"));
            assert_eq!(whole.join(" "), expected);
            let short: Vec<String> = whole
                .iter()
                .map(|arg| shown(arg, Path::new("/r")))
                .collect();
            assert_eq!(short.join(" "), people);
        }
    }
}

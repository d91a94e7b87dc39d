//! Versions in lock files, requirements files and exact dependencies.
//!
//! Lock files are large and machine-written, so they are scanned line by line for
//! three packages instead of being parsed; one that cannot be read pins nothing.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::document::Node;
use super::installed::tool_named;
use super::mention::{Origin, Pin, Spot};
use super::program::requirement;

/// The largest lock file that is scanned, in bytes.
const MAX_LOCK: u64 = 64 << 20;

/// The pins of one directory, in the order in which they count.
pub(super) fn pins(directory: &Path, pyproject: Option<&Node>) -> Vec<Pin> {
    let mut pins = Vec::new();
    for name in ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"] {
        packages(&directory.join(name), &mut pins);
    }
    pipfile(&directory.join("Pipfile.lock"), &mut pins);
    for path in requirement_files(directory) {
        requirements(&path, &mut pins);
    }
    if let Some(pyproject) = pyproject {
        dependencies(&directory.join("pyproject.toml"), pyproject, &mut pins);
    }
    pins
}

fn lines(path: &Path) -> impl Iterator<Item = (u32, String)> {
    let file = fs::metadata(path)
        .ok()
        .filter(|kind| kind.is_file() && kind.len() <= MAX_LOCK)
        .and_then(|_| fs::File::open(path).ok());
    let lines = file
        .into_iter()
        .flat_map(|file| BufReader::new(file.take(MAX_LOCK)).lines());
    (1u32..).zip(lines.map_while(Result::ok))
}

fn spot(path: &Path, line: u32) -> Spot {
    Spot {
        file: Arc::new(path.to_path_buf()),
        line: Some(line),
    }
}

/// `[[package]]` blocks, whose `name` comes before `version`.
fn packages(path: &Path, pins: &mut Vec<Pin>) {
    let mut tool = None;
    for (number, line) in lines(path) {
        if line.starts_with('[') {
            tool = None;
        } else if let Some(name) = line.strip_prefix("name = ") {
            tool = tool_named(name.trim_matches('"'));
        } else if let (Some(named), Some(version)) = (tool, line.strip_prefix("version = ")) {
            let version = version.trim_matches('"');
            let text = format!("{} {version}", named.name());
            pins.extend(Pin::exact(
                named,
                version,
                Origin::Lock,
                spot(path, number),
                &text,
            ));
            tool = None;
        }
    }
}

/// `"black": {`, then `"version": "==24.1.0"` before the brace closes.
fn pipfile(path: &Path, pins: &mut Vec<Pin>) {
    let mut tool = None;
    for (number, line) in lines(path) {
        let line = line.trim().trim_end_matches(',');
        if let Some(name) = line.strip_suffix(": {") {
            tool = tool_named(name.trim_matches('"'));
        } else if line.starts_with('}') {
            tool = None;
        } else if let (Some(tool), Some(version)) = (tool, line.strip_prefix("\"version\": ")) {
            let text = version.trim_matches('"');
            pins.extend(Pin::within(
                tool,
                text,
                Origin::Lock,
                spot(path, number),
                text,
            ));
        }
    }
}

/// `requirements*.txt` here, and `*.txt` in `requirements/`, by name.
fn requirement_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let listed = |directory: &Path, fits: fn(&str) -> bool| {
        let mut found: Vec<_> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.ends_with(".txt") && fits(&name)
            })
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    };
    let mut files = listed(directory, |name| {
        name.contains("requirements") || name.starts_with("constraints")
    });
    files.extend(listed(&directory.join("requirements"), |_| true));
    files
}

fn requirements(path: &Path, pins: &mut Vec<Pin>) {
    for (number, line) in lines(path) {
        if let Some((tool, specifier)) = requirement(&line) {
            pins.extend(Pin::within(
                tool,
                specifier,
                Origin::Lock,
                spot(path, number),
                line.split(['#', ';', '\\']).next().unwrap_or("").trim(),
            ));
        }
    }
}

/// Exact requirements among a project's own dependencies and groups.
fn dependencies(path: &Path, pyproject: &Node, pins: &mut Vec<Pin>) {
    for keys in [
        &["dependency-groups"][..],
        &["project", "optional-dependencies"],
        &["project", "dependencies"],
        &["tool", "uv", "dev-dependencies"],
        &["tool", "pdm", "dev-dependencies"],
    ] {
        let Some(node) = pyproject.get(keys) else {
            continue;
        };
        node.scalars(&mut |text, line| {
            if let Some((tool, specifier)) = requirement(text) {
                pins.extend(Pin::within(
                    tool,
                    specifier,
                    Origin::Lock,
                    spot(path, line),
                    text,
                ));
            }
        });
    }
    let Some(poetry) = pyproject.get(&["tool", "poetry"]) else {
        return;
    };
    let groups = poetry.get(&["group"]).map_or(&[][..], Node::entries);
    let tables = groups
        .iter()
        .filter_map(|group| group.node.get(&["dependencies"]))
        .chain(poetry.get(&["dev-dependencies"]))
        .chain(poetry.get(&["dependencies"]));
    for entry in tables.flat_map(Node::entries) {
        let version = entry
            .node
            .text()
            .or_else(|| entry.node.get_text(&["version"]));
        if let (Some(tool), Some(version)) = (tool_named(&entry.key), version)
            && let Some(specifier) = of_poetry(version)
        {
            pins.extend(Pin::within(
                tool,
                &specifier,
                Origin::Lock,
                spot(path, entry.line),
                &format!("{} = \"{version}\"", entry.key),
            ));
        }
    }
}

/// A constraint of poetry's as a specifier: `0.5.0` is exact, `^0.5` and `~0.5` are
/// ranges up to the next change of their first or second number that counts.
fn of_poetry(version: &str) -> Option<String> {
    let text = version.trim();
    let ranged = text
        .strip_prefix(['^', '~'])
        .filter(|_| !text.starts_with("~="));
    let Some(base) = ranged.map(str::trim) else {
        let plain = text.starts_with(|c: char| c.is_ascii_digit());
        return Some(if plain {
            format!("=={text}")
        } else {
            text.to_owned()
        });
    };
    let numbers: Option<Vec<u64>> = base.split('.').map(|one| one.parse().ok()).collect();
    let mut end = numbers?;
    let last = end.len() - 1;
    let at = if text.starts_with('^') {
        end.iter().position(|one| *one > 0).unwrap_or(last)
    } else {
        last.min(1)
    };
    end.truncate(at + 1);
    end[at] = end[at].checked_add(1)?;
    let end: Vec<String> = end.iter().map(ToString::to_string).collect();
    Some(format!(">={base},<{}", end.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::toml;

    #[test]
    fn every_kind_of_lock_is_read() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("requirements")).unwrap();
        for (name, text) in [
            (
                "uv.lock",
                "version = 1\n[[package]]\nname = \"ruff\"\nversion = \"0.5.0\"\ndependencies = [\n    { name = \"black\" },\n]\n",
            ),
            (
                "Pipfile.lock",
                "{\n \"develop\": {\n  \"black\": {\n   \"hashes\": [\n    \"x\"\n   ],\n   \"version\": \"==24.1.0\"\n  }\n }\n}\n",
            ),
            (
                "requirements-dev.txt",
                "# comment\nisort==5.13.2  # why\nruff>=0.4\n",
            ),
            ("requirements/lint.txt", "black==23.1.0\n"),
        ] {
            fs::write(at(name), text).unwrap();
        }
        let pyproject = "[dependency-groups]\nlint = ['ruff==0.6.0']\n[tool.poetry.group.dev.dependencies]\nblack = '22.1.0'\nisort = '^5.0'\n";
        let pyproject = toml::parse(&at("pyproject.toml"), pyproject).unwrap();
        let shown: Vec<String> = pins(home.path(), Some(&pyproject))
            .iter()
            .map(|pin| {
                let file = pin
                    .spot
                    .file
                    .strip_prefix(home.path())
                    .unwrap()
                    .display()
                    .to_string();
                format!(
                    "{file}:{} {} {}",
                    pin.spot.line.unwrap(),
                    pin.tool.name(),
                    pin.shown()
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "uv.lock:4 ruff 0.5.0",
                "Pipfile.lock:7 black 24.1.0",
                "requirements-dev.txt:2 isort 5.13.2",
                "requirements-dev.txt:3 ruff >=0.4",
                "requirements/lint.txt:1 black 23.1.0",
                "pyproject.toml:2 ruff 0.6.0",
                "pyproject.toml:4 black 22.1.0",
                "pyproject.toml:5 isort >=5.0, <6",
            ]
        );
    }

    #[test]
    fn constraints_of_poetry_are_specifiers() {
        for (text, expected) in [
            ("0.5.0", "==0.5.0"),
            ("==0.5.0", "==0.5.0"),
            ("0.5.*", "==0.5.*"),
            ("^0.5.1", ">=0.5.1,<0.6"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^24.1", ">=24.1,<25"),
            ("~0.5.1", ">=0.5.1,<0.6"),
            ("~24", ">=24,<25"),
            ("~=0.5.1", "~=0.5.1"),
            (">=0.5,<0.6", ">=0.5,<0.6"),
        ] {
            assert_eq!(of_poetry(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(of_poetry("^x"), None);
    }
}

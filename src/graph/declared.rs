//! Import roots that configuration files name.
//!
//! Pure. Read are ruff's `src`, what build back ends call the directory of the packages
//! (setuptools in pyproject.toml and setup.cfg, Poetry, Hatch, PDM, Maturin, uv), pytest's
//! `pythonpath`, and tach's `source_roots`. A setup.py is a program and is not read.

use toml::{Table, Value};

use super::roots::{Root, Why};
use super::script::specifier::join;
use crate::repo::RepoPath;

/// The files that may name roots.
pub const CONFIGURATION: [&str; 5] = [
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tach.toml",
];

/// The files that make their directory a project's.
pub const PROJECT: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// A key of a TOML file that names directories.
struct Key {
    file: &'static str,
    name: &'static str,
    /// Whether what is named are packages, so that the root is above.
    packages: bool,
}

const fn key(file: &'static str, name: &'static str) -> Key {
    Key {
        file,
        name,
        packages: false,
    }
}

const KEYS: [Key; 12] = [
    key("pyproject.toml", "tool.ruff.src"),
    key("ruff.toml", "src"),
    key(".ruff.toml", "src"),
    key("pyproject.toml", "tool.setuptools.package-dir"),
    key("pyproject.toml", "tool.setuptools.packages.find.where"),
    key("pyproject.toml", "tool.poetry.packages"),
    Key {
        file: "pyproject.toml",
        name: "tool.hatch.build.targets.wheel.packages",
        packages: true,
    },
    key("pyproject.toml", "tool.pdm.build.package-dir"),
    key("pyproject.toml", "tool.maturin.python-source"),
    key("pyproject.toml", "tool.uv.build-backend.module-root"),
    key("pyproject.toml", "tool.pytest.ini_options.pythonpath"),
    key("tach.toml", "source_roots"),
];

/// The roots that a configuration file names, in the order of the keys above; none for
/// another file. The error says what is wrong with the file.
///
/// A path may be a pattern (`packages/*`), which [`Roots::detect`](super::Roots::detect)
/// expands. What lies outside of the repository is left out.
pub fn declared(file: &RepoPath, text: &str) -> Result<Vec<Root>, String> {
    let (directory, name) = file
        .as_str()
        .rsplit_once('/')
        .unwrap_or(("", file.as_str()));
    let mut roots = Vec::new();
    let mut add = |key: &'static str, paths: Vec<&str>| {
        let inside = paths.into_iter().filter(|path| !path.starts_with('/'));
        let paths = inside.filter_map(|path| join(directory, path));
        roots.extend(paths.map(|path| {
            let file = file.clone();
            Root::new(path, Why::Declared { file, key })
        }));
    };
    if name == "setup.cfg" {
        add(
            "options.package_dir",
            listed(text, "options", "package_dir"),
        );
        add(
            "options.packages.find.where",
            listed(text, "options.packages.find", "where"),
        );
        return Ok(roots);
    }
    if !CONFIGURATION.contains(&name) {
        return Ok(roots);
    }
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    for key in KEYS.iter().filter(|key| key.file == name) {
        let mut parts = key.name.split('.');
        let first = parts.next().and_then(|part| table.get(part));
        let Some(value) = parts.fold(first, |value, part| value?.get(part)) else {
            continue;
        };
        let mut paths = Vec::new();
        collect(value, &mut paths);
        if key.packages {
            for path in &mut paths {
                *path = path
                    .trim_end_matches('/')
                    .rsplit_once('/')
                    .map_or("", |(above, _)| above);
            }
        }
        add(key.name, paths);
    }
    Ok(roots)
}

/// Paths as the keys spell them: a text, a list of them, `{"" = "src"}`, and Poetry's
/// `{include = "name", from = "src"}`.
fn collect<'a>(value: &'a Value, paths: &mut Vec<&'a str>) {
    match value {
        Value::String(path) => paths.push(path),
        Value::Array(values) => values.iter().for_each(|value| collect(value, paths)),
        Value::Table(table) => {
            let path = table.get("").or_else(|| table.get("from"));
            paths.extend(path.and_then(Value::as_str));
        }
        _ => {}
    }
}

/// The paths in a value of an INI file: `where = a, b`, on lines of their own, or
/// `= src` for the package without a name.
fn listed<'a>(text: &'a str, section: &str, key: &str) -> Vec<&'a str> {
    let mut inside = false;
    let mut reading = false;
    let mut paths = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name.trim() == section;
            reading = false;
            continue;
        }
        if !inside {
            continue;
        }
        let value = if line.starts_with([' ', '\t']) {
            trimmed
        } else {
            let (name, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
            reading = name.trim() == key;
            value.trim()
        };
        if reading {
            let parts = value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            paths.extend(parts.filter_map(|part| match part.split_once('=') {
                // Only the root of all packages is a root; others are renamed.
                Some((name, path)) => name.trim().is_empty().then_some(path.trim()),
                None => Some(part),
            }));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::declared;
    use crate::repo::RepoPath;

    fn paths(file: &str, text: &str) -> Vec<String> {
        let file = RepoPath::new(file).unwrap();
        let roots = declared(&file, text).unwrap();
        roots.iter().map(|root| root.path().to_owned()).collect()
    }

    #[test]
    fn every_way_to_say_it_is_read() {
        for (file, text, expected) in [
            (
                "pyproject.toml",
                "[tool.ruff]\nsrc = ['src', '.', 'packages/*']\n",
                &["src", "", "packages/*"][..],
            ),
            ("a/ruff.toml", "src = ['../b', '/etc', '../../c']\n", &["b"]),
            (
                "pyproject.toml",
                "[tool.setuptools]\npackage-dir = {'' = 'lib', x = 'y'}\n",
                &["lib"],
            ),
            (
                "pyproject.toml",
                "[tool.setuptools.packages.find]\nwhere = ['python']\n",
                &["python"],
            ),
            (
                "a/pyproject.toml",
                "[tool.poetry]\npackages = [{include = 'x', from = 'src'}, {include = 'y'}]\n",
                &["a/src"],
            ),
            (
                "pyproject.toml",
                "[tool.hatch.build.targets.wheel]\npackages = ['src/x', 'y']\n",
                &["src", ""],
            ),
            (
                "pyproject.toml",
                "[tool.pytest.ini_options]\npythonpath = 'tests/lib'\n",
                &["tests/lib"],
            ),
            (
                "setup.cfg",
                "[options]\npackage_dir =\n    = src\n    a = b\n[options.packages.find]\nwhere = x, y\n",
                &["src", "x", "y"],
            ),
            (
                "setup.cfg",
                "[options]\npackage_dir= =src\nname = where\n",
                &["src"],
            ),
            ("tach.toml", "source_roots = ['backend']\n", &["backend"]),
            ("setup.py", "src = 1\n", &[]),
        ] {
            assert_eq!(paths(file, text), expected, "{file}: {text}");
        }
        let file = RepoPath::new("pyproject.toml").unwrap();
        assert!(declared(&file, "[tool\n").is_err());
    }
}

//! Which versions of the tools are installed where, read from the names of
//! `*.dist-info` directories. Nothing is run: a repository's environment is not
//! trusted yet when this is asked.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pep440_rs::Version;

use super::surroundings::Surroundings;
use crate::fixers::Tool;

/// One tool found on the machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Installation {
    /// Which tool.
    pub tool: Tool,
    /// Its version, as its metadata states it.
    pub version: Version,
    /// Its console script or binary.
    pub binary: PathBuf,
    /// The interpreter that imports it, if there is one.
    pub python: Option<PathBuf>,
    /// The environment's directory, for people.
    pub environment: PathBuf,
}

/// What has been found so far; each place is listed once.
#[derive(Debug, Default)]
pub(super) struct Installed {
    environments: Mutex<HashMap<PathBuf, Arc<Vec<Installation>>>>,
    caches: OnceLock<Vec<Installation>>,
    path: OnceLock<Vec<Installation>>,
}

impl Installed {
    /// The tools in one virtual environment; none if it is no environment.
    pub(super) fn in_environment(&self, directory: &Path) -> Arc<Vec<Installation>> {
        let mut known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(directory) {
            return Arc::clone(found);
        }
        let found = Arc::new(scan(directory));
        known.insert(directory.to_path_buf(), Arc::clone(&found));
        found
    }

    /// The tools in pre-commit's cache, prek's and uv's tools, in this order.
    pub(super) fn in_caches(&self, surroundings: &Surroundings) -> &[Installation] {
        self.caches.get_or_init(|| {
            let mut found = Vec::new();
            for repository in below(surroundings.pre_commit.as_deref(), "repo") {
                for environment in below(Some(&repository), "py_env-") {
                    found.extend(scan(&environment));
                }
            }
            let hooks = surroundings.prek.as_ref().map(|home| home.join("hooks"));
            for environment in below(hooks.as_deref(), "python") {
                found.extend(scan(&environment));
            }
            for environment in below(surroundings.uv_tools.as_deref(), "") {
                found.extend(scan(&environment));
            }
            found
        })
    }

    /// The first of each tool on `PATH`, where its version can be told.
    pub(super) fn on_path(&self, surroundings: &Surroundings) -> &[Installation] {
        self.path.get_or_init(|| {
            [Tool::Ruff, Tool::Black, Tool::Isort]
                .into_iter()
                .filter_map(|tool| {
                    let script = surroundings
                        .path
                        .iter()
                        .map(|directory| directory.join(tool.name()))
                        .find(|candidate| candidate.is_file())?;
                    let real = fs::canonicalize(&script).unwrap_or_else(|_| script.clone());
                    // Beside the script, else around the interpreter it names.
                    let beside = [&real, &script]
                        .into_iter()
                        .filter_map(|path| Some(path.parent()?.parent()?.to_path_buf()));
                    let named = interpreter(&real)
                        .and_then(|python| Some(python.parent()?.parent()?.to_path_buf()));
                    let mut found = beside
                        .chain(named)
                        .flat_map(|environment| scan(&environment))
                        .find(|installation| installation.tool == tool)?;
                    found.python = interpreter(&real).or(found.python);
                    found.binary = script;
                    Some(found)
                })
                .collect()
        })
    }
}

/// The directories right below one whose names begin with `prefix`, by name.
fn below(directory: Option<&Path>, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = directory
        .and_then(|directory| fs::read_dir(directory).ok())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// Looks through one environment's site-packages.
fn scan(environment: &Path) -> Vec<Installation> {
    let mut found: Vec<Installation> = Vec::new();
    for library in below(Some(&environment.join("lib")), "python") {
        for packages in ["site-packages", "dist-packages"] {
            let Ok(entries) = fs::read_dir(library.join(packages)) else {
                continue;
            };
            for entry in entries.flatten() {
                if let Some(one) = installation(environment, &entry.path()) {
                    // Left-overs of an upgrade: the newer one is what runs.
                    found.retain(|other| other.tool != one.tool || other.version > one.version);
                    if !found.iter().any(|other| other.tool == one.tool) {
                        found.push(one);
                    }
                }
            }
        }
    }
    found.sort();
    found
}

fn installation(environment: &Path, info: &Path) -> Option<Installation> {
    let stem = info.file_name()?.to_str()?.strip_suffix(".dist-info")?;
    let (name, version) = stem.split_once('-')?;
    let tool = tool_named(name)?;
    let version = Version::from_str(&metadata_version(info).unwrap_or_else(|| version.to_owned()));
    let binary = environment.join("bin").join(tool.name());
    if !binary.is_file() {
        return None;
    }
    let beside = environment.join("bin").join("python");
    let python = interpreter(&binary).or_else(|| beside.is_file().then_some(beside));
    Some(Installation {
        tool,
        version: version.ok()?,
        // ruff is a program of its own; the others live in their interpreter.
        python: python.filter(|_| tool != Tool::Ruff),
        binary,
        environment: environment.to_path_buf(),
    })
}

/// The tool of a distribution's name, however it is spelled.
pub(super) fn tool_named(name: &str) -> Option<Tool> {
    [Tool::Ruff, Tool::Black, Tool::Isort]
        .into_iter()
        .find(|tool| name.eq_ignore_ascii_case(tool.name()))
}

/// The `Version:` line of `METADATA`; local and epoch parts are spelled there as
/// they are, while the directory's name has them escaped.
fn metadata_version(info: &Path) -> Option<String> {
    let file = fs::File::open(info.join("METADATA")).ok()?;
    BufReader::new(file.take(64 * 1024))
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .find_map(|line| Some(line.strip_prefix("Version:")?.trim().to_owned()))
}

/// The interpreter that a console script's first lines name: `#!/…/python`, or
/// the shell form that installers write where that line would be too long.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    fs::File::open(script)
        .ok()?
        .take(4096)
        .read_to_end(&mut head)
        .ok()?;
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    let shebang = lines.next()?.strip_prefix("#!")?.trim();
    let named = if shebang.ends_with("/sh") {
        let exec = lines.next()?.strip_prefix("'''exec' ")?;
        match exec.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.0,
            None => exec.split_whitespace().next()?,
        }
    } else {
        shebang
    };
    let path = Path::new(named);
    let is_python = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("python"));
    (is_python && path.is_absolute() && path.is_file()).then(|| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(environment: &Path, tool: &str, version: &str, script: &str) {
        let packages = environment.join("lib/python3.11/site-packages");
        fs::create_dir_all(packages.join(format!("{tool}-{version}.dist-info"))).unwrap();
        fs::create_dir_all(environment.join("bin")).unwrap();
        fs::write(environment.join("bin/python"), "").unwrap();
        fs::write(environment.join("bin").join(tool), script).unwrap();
    }

    #[test]
    fn an_environment_is_read_without_running_it() {
        let home = tempfile::tempdir().unwrap();
        let env = home.path();
        install(env, "black", "24.1.0", "");
        install(env, "black", "23.1.0", "");
        install(env, "ruff", "0.5.0", "\x7fELF");
        install(env, "blackd", "1.0", "");
        let found = scan(env);
        let shown: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.tool.name(),
                    one.version.to_string(),
                    one.python.is_some(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("ruff", "0.5.0".to_owned(), false),
                ("black", "24.1.0".to_owned(), true)
            ]
        );
    }

    #[test]
    fn the_interpreter_is_the_one_the_script_names() {
        let home = tempfile::tempdir().unwrap();
        let other = home.path().join("python3.9");
        fs::write(&other, "").unwrap();
        let direct = format!("#!{}\nimport black\n", other.display());
        let shell = format!(
            "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n",
            other.display()
        );
        for script in [direct, shell] {
            install(home.path(), "black", "24.1.0", &script);
            assert_eq!(scan(home.path())[0].python.as_ref(), Some(&other));
        }
        install(home.path(), "black", "24.1.0", "#!/bin/bash\n");
        assert_eq!(
            scan(home.path())[0].python,
            Some(home.path().join("bin/python"))
        );
    }
}

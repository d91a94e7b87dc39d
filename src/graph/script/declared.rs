//! What `tsconfig.json`, `jsconfig.json` and `package.json` say of names.
//!
//! Pure. Of a compiler's configuration `baseUrl` and `paths` are read, with what it
//! `extends`; where it has neither (as the file at the top of a project that only
//! `references` others), those of the first reference that has. Of a package its name,
//! `exports`, `imports` and its main file. A configuration that is named by a package's name
//! lies outside of the repository and adds nothing.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::json::plain_json;
use super::specifier::{directory, join};
use crate::repo::RepoPath;

/// How many files may extend each other.
const CHAIN: usize = 16;
/// How many references may lead to each other.
const REFERENCES: usize = 64;
/// How many files are looked at for what one of them says, by references and `extends`.
const FILES: usize = 1000;

/// Whether a file may say what specifiers mean.
pub(in crate::graph) fn is_configuration(path: &RepoPath) -> bool {
    let text = path.as_str();
    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
    matches!(name, "package.json" | "jsconfig.json")
        || name
            .strip_prefix("tsconfig")
            .and_then(|rest| rest.strip_suffix(".json"))
            .is_some()
}

/// Whether a file is of an installed package, and no part of the repository's own code.
pub(in crate::graph) fn is_installed(path: &RepoPath) -> bool {
    path.as_str().split('/').any(|part| part == "node_modules")
}

/// What all configuration files of a repository say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    pub(super) aliases: Vec<Aliases>,
    pub(super) packages: Vec<Package>,
    problems: Vec<(RepoPath, String)>,
}

/// What a compiler's configuration says to the files below its directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    pub(super) directory: String,
    /// Where names are looked for that are no relative ones; from the root.
    pub(super) base: Option<String>,
    /// Patterns, and for each the paths that it may mean, from the root.
    pub(super) paths: Vec<(String, Vec<String>)>,
}

/// What a package says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) directory: String,
    pub(super) name: Option<String>,
    /// Its main file as several tools call it, those with sources first.
    pub(super) mains: Vec<String>,
    pub(super) exports: Option<Value>,
    pub(super) imports: Option<Value>,
}

impl Declared {
    /// Reads configuration files; `read` gives their text, and that of files they extend.
    pub fn read(files: &[RepoPath], read: impl Fn(&RepoPath) -> Result<String, String>) -> Self {
        let mut declared = Self::default();
        let mut files: Vec<&RepoPath> = files.iter().collect();
        // `tsconfig.json` comes after `jsconfig.json`, and counts where there are both.
        files.sort();
        let mut parsed = FxHashMap::default();
        for file in files {
            let (directory, name) = file
                .as_str()
                .rsplit_once('/')
                .unwrap_or(("", file.as_str()));
            let outcome = match name {
                "package.json" => parse(file, &read).map(|value| {
                    declared.packages.push(package(directory, &value));
                }),
                "tsconfig.json" | "jsconfig.json" => {
                    let mut reading = Reading {
                        leaf: directory,
                        read: &read,
                        parsed: &mut parsed,
                        known: FxHashMap::default(),
                        referring: FxHashSet::default(),
                        problems: &mut declared.problems,
                    };
                    reading.aliases(file, Depth::default()).map(|mut found| {
                        directory.clone_into(&mut found.directory);
                        declared.aliases.retain(|it| it.directory != directory);
                        declared.aliases.push(found);
                    })
                }
                _ => Ok(()),
            };
            declared.problems.extend(outcome.err());
        }
        declared.problems.sort();
        declared.problems.dedup();
        declared
    }

    /// Configuration files that could not be read, with the reason: what they name is not
    /// known.
    pub fn problems(&self) -> &[(RepoPath, String)] {
        &self.problems
    }
}

type Failed = (RepoPath, String);

fn parse(
    file: &RepoPath,
    read: impl Fn(&RepoPath) -> Result<String, String>,
) -> Result<Value, Failed> {
    let text = read(file).map_err(|reason| (file.clone(), reason))?;
    serde_json::from_str(&plain_json(&text)).map_err(|error| (file.clone(), error.to_string()))
}

/// Reading one configuration, with what it extends and refers to.
struct Reading<'a, R> {
    /// The directory that it is for.
    leaf: &'a str,
    read: &'a R,
    /// What files say, also for other directories.
    parsed: &'a mut FxHashMap<RepoPath, Result<Rc<Value>, Failed>>,
    /// What came of each file; nothing yet of those that are being read.
    known: FxHashMap<RepoPath, Option<Result<Aliases, Failed>>>,
    /// Those that are being read of which only references are left.
    referring: FxHashSet<RepoPath>,
    problems: &'a mut Vec<Failed>,
}

/// How far a file is from the one that is asked about.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    /// Over how many `extends` since the last reference.
    extends: usize,
    /// Over how many references.
    references: usize,
}

impl<R: Fn(&RepoPath) -> Result<String, String>> Reading<'_, R> {
    /// What a file says with those that it names; each is read once, however many lead there.
    fn aliases(&mut self, file: &RepoPath, depth: Depth) -> Result<Aliases, Failed> {
        match self.known.get(file) {
            Some(Some(known)) => return known.clone(),
            // What refers to others says nothing itself.
            Some(None) if self.referring.contains(file) => return Ok(Aliases::default()),
            Some(None) => return Err((file.clone(), "extends itself".to_owned())),
            None if depth.extends >= CHAIN => {
                let reason = format!("is behind more than {CHAIN} that extend each other");
                return Err((file.clone(), reason));
            }
            None => {}
        }
        self.known.insert(file.clone(), None);
        let found = self.read(file, depth);
        self.known.insert(file.clone(), Some(found.clone()));
        found
    }

    fn value(&mut self, file: &RepoPath) -> Result<Rc<Value>, Failed> {
        if let Some(known) = self.parsed.get(file) {
            return known.clone();
        }
        let parsed = parse(file, self.read).map(Rc::new);
        self.parsed.insert(file.clone(), parsed.clone());
        parsed
    }

    fn read(&mut self, file: &RepoPath, depth: Depth) -> Result<Aliases, Failed> {
        let value = self.value(file)?;
        let here = directory(file.as_str());
        let mut found = Aliases::default();
        let names = texts(value.get("extends"));
        for name in names.iter().filter(|name| name.starts_with('.')) {
            let Some(path) = extended(here, name) else {
                continue;
            };
            // What cannot be read takes nothing from what can.
            let extends = depth.extends + 1;
            match self.aliases(&path, Depth { extends, ..depth }) {
                Ok(inherited) => {
                    // The last one counts.
                    found.base = inherited.base.or(found.base);
                    if !inherited.paths.is_empty() {
                        found.paths = inherited.paths;
                    }
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        let options = value.get("compilerOptions");
        let option = |name: &str| options.and_then(|options| options.get(name));
        if let Some(base) = option("baseUrl").and_then(Value::as_str) {
            found.base = located(here, self.leaf, base);
        }
        if let Some(paths) = option("paths").and_then(Value::as_object) {
            let from = found.base.clone().unwrap_or_else(|| here.to_owned());
            let targets = |value: &Value| {
                let texts = texts(Some(value));
                let located = texts
                    .iter()
                    .filter_map(|path| located(&from, self.leaf, path));
                located.collect()
            };
            found.paths = paths
                .iter()
                .map(|(pattern, value)| (pattern.clone(), targets(value)))
                .collect();
        }
        if found.base.is_none() && found.paths.is_empty() {
            self.referring.insert(file.clone());
            let references = value.get("references").and_then(Value::as_array);
            let references = references.filter(|_| depth.references < REFERENCES);
            for reference in references.into_iter().flatten() {
                if self.known.len() >= FILES {
                    break;
                }
                let path = reference.get("path").and_then(Value::as_str);
                let Some(path) = path.and_then(|path| referred(here, path)) else {
                    continue;
                };
                // One that is not there says nothing; the compiler tells its owner. Nor does
                // one that refers back.
                let further = Depth {
                    extends: 0,
                    references: depth.references + 1,
                };
                let Ok(other) = self.aliases(&path, further) else {
                    continue;
                };
                if other.base.is_some() || !other.paths.is_empty() {
                    return Ok(other);
                }
            }
        }
        Ok(found)
    }
}

/// A path of a configuration, from the root.
fn located(from: &str, leaf: &str, path: &str) -> Option<String> {
    match path.strip_prefix("${configDir}") {
        Some(rest) => join(leaf, rest),
        None => join(from, path),
    }
}

/// The file that `extends` means, which may leave out the ending.
fn extended(here: &str, path: &str) -> Option<RepoPath> {
    let joined = join(here, path)?;
    let joined = if is_json(&joined) {
        joined
    } else {
        format!("{joined}.json")
    };
    RepoPath::new(joined).ok()
}

/// The file that a reference means, which may name its directory.
fn referred(here: &str, path: &str) -> Option<RepoPath> {
    let joined = join(here, path)?;
    let joined = if is_json(&joined) {
        joined
    } else {
        format!("{joined}/tsconfig.json")
    };
    RepoPath::new(joined.trim_start_matches('/')).ok()
}

fn is_json(path: &str) -> bool {
    let extension = std::path::Path::new(path).extension();
    extension.is_some_and(|extension| extension == "json")
}

fn package(directory: &str, value: &Value) -> Package {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let mains = ["source", "module", "main", "types", "typings"];
    Package {
        directory: directory.to_owned(),
        name: text("name").filter(|name| !name.is_empty()),
        mains: mains.into_iter().filter_map(text).collect(),
        exports: value.get("exports").filter(|it| !it.is_null()).cloned(),
        imports: value.get("imports").filter(|it| it.is_object()).cloned(),
    }
}

/// A text, or a list of them.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

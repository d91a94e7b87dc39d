//! What `tsconfig.json`, `jsconfig.json` and `package.json` say of names.
//!
//! Pure. Of a compiler's configuration `baseUrl` and `paths` are read, with what it
//! `extends`; where it has neither (as the file at the top of a project that only
//! `references` others), those of the first reference that has. Of a package its name,
//! `exports`, `imports` and its main file. A configuration that is named by a package's name
//! lies outside of the repository and adds nothing.

use serde_json::Value;

use super::specifier::{directory, join};
use crate::repo::RepoPath;

/// How many files may extend each other.
const CHAIN: usize = 16;

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
                        problems: &mut declared.problems,
                    };
                    reading.aliases(file, 0).map(|mut found| {
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
    problems: &'a mut Vec<Failed>,
}

impl<R: Fn(&RepoPath) -> Result<String, String>> Reading<'_, R> {
    fn aliases(&mut self, file: &RepoPath, depth: usize) -> Result<Aliases, Failed> {
        if depth >= CHAIN {
            return Err((file.clone(), "extends itself".to_owned()));
        }
        let value = parse(file, self.read)?;
        let here = directory(file.as_str());
        let mut found = Aliases::default();
        let names = texts(value.get("extends"));
        for name in names.iter().filter(|name| name.starts_with('.')) {
            let Some(path) = extended(here, name) else {
                continue;
            };
            // What cannot be read takes nothing from what can.
            match self.aliases(&path, depth + 1) {
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
            let references = value.get("references").and_then(Value::as_array);
            for reference in references.into_iter().flatten() {
                let path = reference.get("path").and_then(Value::as_str);
                let Some(path) = path.and_then(|path| referred(here, path)) else {
                    continue;
                };
                // One that is not there says nothing; the compiler tells its owner.
                let Ok(other) = self.aliases(&path, depth + 1) else {
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

/// JSON as compilers take it, as JSON: without comments, and without commas at the end.
fn plain_json(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut quoted = false;
    while let Some(char) = rest.next() {
        match char {
            '\\' if quoted => {
                out.push(char);
                out.extend(rest.next());
                continue;
            }
            '"' => quoted = !quoted,
            '/' if !quoted && rest.peek() == Some(&'/') => {
                while rest.next_if(|char| *char != '\n').is_some() {}
                continue;
            }
            '/' if !quoted && rest.peek() == Some(&'*') => {
                rest.next();
                let mut last = ' ';
                for char in rest.by_ref() {
                    // Lines stay, so that an error names the right one.
                    if char == '\n' {
                        out.push(char);
                    }
                    if last == '*' && char == '/' {
                        break;
                    }
                    last = char;
                }
                out.push(' ');
                continue;
            }
            ']' | '}' if !quoted => {
                let end = out.trim_end().len();
                if out[..end].ends_with(',') {
                    out.replace_range(end - 1..end, " ");
                }
            }
            _ => {}
        }
        out.push(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Declared, plain_json};
    use crate::repo::RepoPath;

    fn read(files: &[(&str, &str)]) -> Declared {
        let paths: Vec<RepoPath> = files
            .iter()
            .map(|(path, _)| RepoPath::new(*path).unwrap())
            .collect();
        Declared::read(&paths, |path| {
            let found = files.iter().find(|(name, _)| *name == path.as_str());
            found
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| "is not there".to_owned())
        })
    }

    #[test]
    fn comments_and_last_commas_are_no_json() {
        let text = "{ // a \"\n \"a\": \"/* b */ , ]\", /* c\n d */ \"b\": [1, 2, ], \n}";
        let value: serde_json::Value = serde_json::from_str(&plain_json(text)).unwrap();
        assert_eq!(value["a"], "/* b */ , ]");
        assert_eq!(value["b"][1], 2);
    }

    #[test]
    fn configurations_extend_and_refer_to_each_other() {
        let declared = read(&[
            (
                "base.json",
                r#"{"compilerOptions": {"baseUrl": "src", "paths": {"a/*": ["b/*"]}}}"#,
            ),
            (
                "web/tsconfig.json",
                r#"{"extends": ["../base.json", "@outside/tsconfig"]}"#,
            ),
            (
                "app/tsconfig.json",
                r#"{"files": [], "references": [{"path": "./tsconfig.app.json"}]}"#,
            ),
            (
                "app/tsconfig.app.json",
                r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#,
            ),
            (
                "own/tsconfig.json",
                r#"{"compilerOptions": {"paths": {"~": ["${configDir}/x"]}}}"#,
            ),
        ]);
        assert_eq!(declared.problems(), []);
        let of = |directory: &str| {
            let mut all = declared.aliases.iter();
            all.find(|it| it.directory == directory).unwrap()
        };
        assert_eq!(of("web").base.as_deref(), Some("src"));
        assert_eq!(
            of("web").paths,
            [("a/*".to_owned(), vec!["src/b/*".to_owned()])]
        );
        assert_eq!(
            of("app").paths,
            [("@/*".to_owned(), vec!["app/src/*".to_owned()])]
        );
        assert_eq!(
            of("own").paths,
            [("~".to_owned(), vec!["own/x".to_owned()])]
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        let declared = read(&[
            ("a/package.json", "{"),
            ("b/tsconfig.json", r#"{"extends": "./tsconfig.json"}"#),
            ("c/tsconfig.json", r#"{"extends": "./gone"}"#),
        ]);
        let named: Vec<&str> = declared
            .problems()
            .iter()
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(named, ["a/package.json", "b/tsconfig.json", "c/gone.json"]);
    }
}

//! Which file a specifier means.
//!
//! Pure: a specifier is looked up among the files that there are. The order is that of the
//! bundlers and of TypeScript's `bundler` resolution, which most repositories are written
//! for:
//!
//! - A relative one is the file of that path; the file with an ending added; the directory's
//!   `package.json` and `index` file. `./a.js` also means `a.ts`, which it is compiled from.
//! - `#name` is looked up in the `imports` of the package around the file; where that has no
//!   such name, it is an alias.
//! - Any other one is an alias (`paths` of the nearest `tsconfig.json` or `jsconfig.json`), a
//!   path from its `baseUrl`, or the name of a package of this repository, with what it
//!   `exports`. What a package exports is often built and not committed; then the sources are
//!   taken: `src` and the package's own directory are looked into by the same name.
//! - A file of declarations beside a source is to it what a stub is to a Python module: an
//!   import leads to both.
//!
//! What is installed is outside. A style sheet, a picture or JSON is no file of the graph.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::declared::{Aliases, Declared, Package};
use super::specifier::{Specifier, around, directory, join, package, specifier, starred};
use crate::graph::names::{File, Meaning, Module};

/// Endings that may be left out, in the order in which they are tried.
const ENDINGS: [&str; 8] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/// Endings of declarations.
const DECLARATIONS: [&str; 3] = [".d.ts", ".d.mts", ".d.cts"];

/// What a specifier with the ending of a compiled file also means, and its declarations.
const COMPILED: [(&str, &[&str], &str); 4] = [
    (".js", &[".ts", ".tsx"], ".d.ts"),
    (".jsx", &[".tsx"], ".d.ts"),
    (".mjs", &[".mts"], ".d.mts"),
    (".cjs", &[".cts"], ".d.cts"),
];

/// Conditions of `exports` that are taken, whoever asks.
const CONDITIONS: [&str; 11] = [
    "source",
    "development",
    "types",
    "import",
    "module",
    "node",
    "browser",
    "require",
    "production",
    "default",
    "module-sync",
];

/// How many keys of `exports` may lie in each other.
const NESTED: usize = 8;

/// Resolves specifiers among the files of a repository.
pub(in crate::graph) struct Resolver<'a> {
    files: FxHashMap<&'a str, File>,
    aliases: FxHashMap<&'a str, &'a Aliases>,
    packages: FxHashMap<&'a str, &'a Package>,
    named: FxHashMap<&'a str, &'a Package>,
}

impl<'a> Resolver<'a> {
    /// `files` are all scripts of the repository, by their paths.
    pub(in crate::graph) fn new(
        files: impl Iterator<Item = (&'a str, File)>,
        declared: &'a Declared,
    ) -> Self {
        let mut named = FxHashMap::default();
        for package in &declared.packages {
            if let Some(name) = &package.name {
                // Of two the first in order of path.
                named.entry(name.as_str()).or_insert(package);
            }
        }
        let by_directory = |it: &'a Package| (it.directory.as_str(), it);
        Self {
            files: files.collect(),
            aliases: declared
                .aliases
                .iter()
                .map(|it| (it.directory.as_str(), it))
                .collect(),
            packages: declared.packages.iter().map(by_directory).collect(),
            named,
        }
    }

    /// What a specifier means in a file.
    pub(in crate::graph) fn resolve(&self, text: &str, importer: &str) -> Meaning {
        let home = directory(importer);
        match specifier(text) {
            Specifier::Elsewhere => Meaning::Outside,
            Specifier::Relative(path) => match join(home, path) {
                None => Meaning::Outside,
                Some(joined) if path.ends_with('/') || matches!(path, "." | "..") => self
                    .inside(&joined)
                    .map_or(Meaning::Missing, Meaning::Module),
                Some(joined) => match self.at(&joined) {
                    Some(module) => Meaning::Module(module),
                    None if is_other(&joined) => Meaning::Outside,
                    None => Meaning::Missing,
                },
            },
            Specifier::Internal(name) => {
                let package = around(home).find_map(|it| self.packages.get(it));
                let imports = package.and_then(|it| Some((it, it.imports.as_ref()?)));
                let targets = imports.map(|(package, map)| (package, mapped(map, name)));
                match targets.filter(|(_, targets)| !targets.is_empty()) {
                    Some((package, targets)) => targets
                        .iter()
                        .find_map(|target| self.target(package, target))
                        .map_or(Meaning::Missing, Meaning::Module),
                    // Compilers take it for an alias then.
                    None => match self.bare(name, home) {
                        Meaning::Module(module) => Meaning::Module(module),
                        _ => Meaning::Missing,
                    },
                }
            }
            Specifier::Bare(name) => self.bare(name, home),
        }
    }

    fn bare(&self, name: &str, home: &str) -> Meaning {
        let mut met = false;
        if let Some(aliases) = around(home).find_map(|it| self.aliases.get(it)) {
            for targets in fitting(&aliases.paths, name) {
                if let Some(module) = targets.iter().find_map(|target| self.at(target)) {
                    return Meaning::Module(module);
                }
                met |= !is_other(name);
            }
            let from_base = aliases.base.as_ref().and_then(|base| join(base, name));
            if let Some(module) = from_base.and_then(|path| self.at(&path)) {
                return Meaning::Module(module);
            }
        }
        let (name, rest) = package(name);
        if let Some(package) = self.named.get(name) {
            return match self.exported(package, rest) {
                Some(module) => Meaning::Module(module),
                None if is_other(rest) => Meaning::Outside,
                None => Meaning::Missing,
            };
        }
        if met {
            Meaning::Missing
        } else {
            Meaning::Outside
        }
    }

    /// What a package of the repository means by its name and a path below it.
    fn exported(&self, package: &Package, rest: &str) -> Option<Module> {
        if let Some(exports) = &package.exports {
            let wanted = if rest.is_empty() {
                ".".to_owned()
            } else {
                format!("./{rest}")
            };
            let mut targets = mapped(exports, &wanted).into_iter();
            if let Some(module) = targets.find_map(|target| self.target(package, &target)) {
                return Some(module);
            }
        } else if rest.is_empty() {
            let mains = package.mains.iter();
            let mut paths = mains.filter_map(|main| join(&package.directory, main));
            if let Some(module) = paths.find_map(|path| self.at(&path)) {
                return Some(module);
            }
        }
        // What it says is not here: it is built.
        ["src", "."].into_iter().find_map(|place| {
            let place = join(&package.directory, place)?;
            if rest.is_empty() {
                self.index(&place)
            } else {
                self.at(&join(&place, rest)?)
            }
        })
    }

    /// A target of a map of exports or imports.
    fn target(&self, package: &Package, target: &str) -> Option<Module> {
        if target.starts_with('.') {
            return self.at(&join(&package.directory, target)?);
        }
        // `imports` may name another package.
        match self.bare(target, &package.directory) {
            Meaning::Module(module) => Some(module),
            _ => None,
        }
    }

    /// What a path means: a file, a file with an ending left out, a directory.
    fn at(&self, path: &str) -> Option<Module> {
        self.file(path).or_else(|| self.inside(path))
    }

    /// What a directory means.
    fn inside(&self, directory: &str) -> Option<Module> {
        let package = self.packages.get(directory);
        let mains = package.into_iter().flat_map(|package| &package.mains);
        let mut paths = mains.filter_map(|main| join(directory, main));
        // A main file that is the directory itself would be looked for without end.
        let main = paths.find_map(|path| self.file(&path).or_else(|| self.index(&path)));
        main.or_else(|| self.index(directory))
    }

    fn index(&self, directory: &str) -> Option<Module> {
        let path = join(directory, "index")?;
        self.file(&path)
    }

    fn file(&self, path: &str) -> Option<Module> {
        let exact = self.files.get(path).copied();
        for (ending, sources, declarations) in COMPILED {
            let Some(stem) = path.strip_suffix(ending) else {
                continue;
            };
            let mut sources = sources.iter().map(|ending| format!("{stem}{ending}"));
            let source = exact.or_else(|| sources.find_map(|path| self.get(&path)));
            let module = Module {
                source,
                stub: self.get(&format!("{stem}{declarations}")),
            };
            if module.is_there() {
                return Some(module);
            }
        }
        if exact.is_some() {
            return Some(Module {
                source: exact,
                stub: None,
            });
        }
        let with = |endings: &[&str]| {
            let mut paths = endings.iter().map(|ending| format!("{path}{ending}"));
            paths.find_map(|path| self.get(&path))
        };
        let module = Module {
            source: with(&ENDINGS),
            stub: with(&DECLARATIONS),
        };
        module.is_there().then_some(module)
    }

    fn get(&self, path: &str) -> Option<File> {
        self.files.get(path).copied()
    }
}

/// The targets of the patterns that fit a name, the most exact first.
fn fitting(paths: &[(String, Vec<String>)], name: &str) -> Vec<Vec<String>> {
    let mut fits: Vec<(usize, Vec<String>)> = paths
        .iter()
        .filter_map(|(pattern, targets)| {
            let star = starred(pattern, name)?;
            let exact = match pattern.split_once('*') {
                None => usize::MAX,
                Some((before, _)) => before.len(),
            };
            let targets = targets.iter().map(|target| target.replacen('*', star, 1));
            Some((exact, targets.collect()))
        })
        .collect();
    fits.sort_by_key(|(exact, _)| std::cmp::Reverse(*exact));
    fits.into_iter().map(|(_, targets)| targets).collect()
}

/// The targets of a name in a map of `exports` or `imports`, in order; those of types last,
/// which are declarations.
fn mapped(map: &Value, name: &str) -> Vec<String> {
    let mut targets = Targets::default();
    let keys = map.as_object();
    let has_paths = keys.is_some_and(|keys| keys.keys().any(|key| key.starts_with(['.', '#'])));
    if !has_paths {
        // One target for the package itself.
        if name == "." {
            targets.add(map, "", 0);
        }
    } else if let Some(value) = map.get(name) {
        targets.add(value, "", 0);
    } else {
        let mut fits: Vec<(&String, &str, &Value)> = keys
            .into_iter()
            .flatten()
            .filter(|(key, _)| key.contains('*'))
            .filter_map(|(key, value)| Some((key, starred(key, name)?, value)))
            .collect();
        fits.sort_by_key(|(key, ..)| std::cmp::Reverse(key.find('*')));
        // Only the most exact pattern counts.
        for (_, star, value) in fits.into_iter().take(1) {
            targets.add(value, star, 0);
        }
    }
    targets.running.append(&mut targets.typing);
    targets.running
}

#[derive(Default)]
struct Targets {
    running: Vec<String>,
    typing: Vec<String>,
    types: bool,
}

impl Targets {
    fn add(&mut self, value: &Value, star: &str, depth: usize) {
        if depth > NESTED {
            return;
        }
        match value {
            Value::String(target) => {
                let target = target.replace('*', star);
                if self.types {
                    self.typing.push(target);
                } else {
                    self.running.push(target);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.add(value, star, depth + 1);
                }
            }
            Value::Object(keys) => {
                for (key, value) in keys {
                    if CONDITIONS.contains(&key.as_str()) {
                        let around = self.types;
                        self.types |= key == "types";
                        self.add(value, star, depth + 1);
                        self.types = around;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a path is that of a file of another kind, by its ending: `./a.css`. A name with a
/// dot in it (`./a.model`) has no such ending.
fn is_other(path: &str) -> bool {
    const OTHERS: [&str; 40] = [
        "avif", "bmp", "cjson", "css", "csv", "eot", "gif", "glb", "glsl", "gql", "graphql",
        "html", "ico", "jpeg", "jpg", "json", "json5", "less", "md", "mdx", "mp3", "mp4", "node",
        "otf", "pcss", "png", "sass", "scss", "svelte", "svg", "ttf", "txt", "vue", "wasm", "webm",
        "webp", "woff", "woff2", "yaml", "yml",
    ];
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    OTHERS.contains(&extension)
}

//! Where a file lies in the repository, and the part it plays there. Pure.
//!
//! Decided on whole components of the path relative to the repository's root: a
//! repository below `/tmp/pytest-1` has no tests for that, and `latest.py`, `contest/` and
//! `description.py` are none.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part that a file can play; a file can play several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Tests, and what serves them.
    Tests,
    /// Documentation and examples.
    Docs,
    /// Scripts, tools and benchmarks.
    Scripts,
    /// What talks to a person on a terminal: command lines and user interfaces.
    CommandLine,
    /// Settings.
    Configuration,
    /// Migrations of a database.
    Migrations,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// The path relative to the repository's root, with `/`.
    pub path: String,
    /// The dotted name of the module, as far as it is known: from its outermost package
    /// downwards; `__init__` is left out.
    pub module: Vec<String>,
    /// The package which its relative imports begin in; empty outside of one.
    pub package: Vec<String>,
    parts: Vec<Part>,
}

impl Station {
    /// A file by its path relative to the repository's root. `above` is how many of the
    /// path's leading components lie above its outermost package, `None` where it is in
    /// no package: such a module is known by its own name alone.
    pub fn new(path: &str, above: Option<usize>) -> Self {
        let components: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (directories, name) = match components.split_last() {
            Some((name, directories)) => (directories, *name),
            None => (&[][..], ""),
        };
        let stem = Path::new(name)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let package: Vec<String> = above
            .and_then(|above| directories.get(above..))
            .unwrap_or_default()
            .iter()
            .map(|part| (*part).to_owned())
            .collect();
        let mut module = package.clone();
        if stem != "__init__" {
            module.push(stem.clone());
        }
        let parts = parts(directories, name, &stem);
        Self {
            path: path.to_owned(),
            module,
            package,
            parts,
        }
    }

    /// Whether the file plays a part.
    pub fn is(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Whether it plays one of these.
    pub fn is_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.is(*part))
    }

    /// Whether a directory of this name holds tests.
    pub fn is_tests(directory: &str) -> bool {
        TESTS.contains(&directory)
    }

    /// The file's name.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

const TESTS: [&str; 4] = ["test", "tests", "testing", "conftest"];
const DOCS: [&str; 6] = [
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "samples",
];
const SCRIPTS: [&str; 7] = [
    "script",
    "scripts",
    "tool",
    "tools",
    "bin",
    "benchmark",
    "benchmarks",
];
const COMMAND_LINE: [&str; 12] = [
    "__main__",
    "cli",
    "cmd",
    "command",
    "commands",
    "commandline",
    "console",
    "main",
    "manage",
    "shell",
    "tui",
    "ui",
];
const CONFIGURATION: [&str; 6] = [
    "conf",
    "config",
    "configuration",
    "settings",
    "env",
    "environment",
];

fn parts(directories: &[&str], name: &str, stem: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let components: Vec<&str> = directories.iter().copied().chain([stem]).collect();
    // A directory that cannot be a package goes by its last word: `test-examples`.
    let last = |part: &&str| part.rsplit_once('-').map(|(_, last)| last.to_owned());
    let lasts: Vec<String> = directories.iter().filter_map(last).collect();
    let any = |words: &[&str]| components.iter().any(|part| words.contains(part));
    let named = |words: &[&str]| any(words) || lasts.iter().any(|it| words.contains(&it.as_str()));
    let is_test = stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_tests");
    if is_test || named(&TESTS) {
        parts.push(Part::Tests);
    }
    if named(&DOCS) {
        parts.push(Part::Docs);
    }
    let at_root = directories.is_empty();
    if any(&SCRIPTS)
        || at_root && matches!(name, "setup.py" | "noxfile.py" | "tasks.py" | "fabfile.py")
    {
        parts.push(Part::Scripts);
    }
    if any(&COMMAND_LINE) || stem.ends_with("_cli") {
        parts.push(Part::CommandLine);
    }
    if any(&CONFIGURATION) {
        parts.push(Part::Configuration);
    }
    if any(&["migrations", "alembic"]) {
        parts.push(Part::Migrations);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Part, Station};

    #[test]
    fn parts_are_decided_on_whole_components() {
        for (path, part, expected) in [
            ("tests/unit/helper.py", Part::Tests, true),
            ("src/app/test_orders.py", Part::Tests, true),
            ("app/orders_test.py", Part::Tests, true),
            ("conftest.py", Part::Tests, true),
            ("shop/load-tests/run.py", Part::Tests, true),
            ("shop/test-runner/run.py", Part::Tests, false),
            ("parser/test-examples/a.py", Part::Docs, true),
            ("app/latest.py", Part::Tests, false),
            ("contest/app.py", Part::Tests, false),
            ("app/attest.py", Part::Tests, false),
            ("src/webapp.py", Part::CommandLine, false),
            ("src/app/cli/run.py", Part::CommandLine, true),
            ("src/app/__main__.py", Part::CommandLine, true),
            ("app/management/commands/load.py", Part::CommandLine, true),
            ("app/description.py", Part::Scripts, false),
            ("scripts/load.py", Part::Scripts, true),
            ("setup.py", Part::Scripts, true),
            ("pkg/setup.py", Part::Scripts, false),
            ("docs/conf.py", Part::Docs, true),
            ("app/settings/base.py", Part::Configuration, true),
        ] {
            assert_eq!(
                Station::new(path, None).is(part),
                expected,
                "{path} {part:?}"
            );
        }
    }

    #[test]
    fn modules_are_named_from_their_outermost_package() {
        for (path, above, module, package) in [
            (
                "src/shop/api/users.py",
                Some(1),
                "shop.api.users",
                "shop.api",
            ),
            ("src/shop/__init__.py", Some(1), "shop", "shop"),
            ("shop/clock.py", Some(0), "shop.clock", "shop"),
            ("scripts/load.py", None, "load", ""),
        ] {
            let station = Station::new(path, above);
            assert_eq!(station.module.join("."), module, "{path}");
            assert_eq!(station.package.join("."), package, "{path}");
        }
    }
}

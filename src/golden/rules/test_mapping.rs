//! GR15: modules that no test looks at.

use std::collections::BTreeSet;

use ruff_text_size::TextRange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::module::{Part, Station};
use crate::golden::paths::{Paths, is_python};
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};
use crate::graph::facts::What;
use crate::graph::{Graph, Kinds};
use crate::repo::RepoPath;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR15",
    slug: "test-mapping",
    summary: "a module that no test looks at",
    origin: Origin::Native,
    level: Level::Info,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
Who changes a module wants to know which test would notice a mistake. One that no test imports, and \
whose name no test file bears, most likely has none.

A module counts as tested when a test imports it: directly, through other test files, or through a \
package whose `__init__` imports it. It also counts when there is a file that `templates` name, where \
`{name}` is the module's name and `{package}` the directory that it lies in; patterns are as in \
`.gitignore`. Modules that define neither functions nor classes need no test, and tests, documentation, \
scripts, migrations and `__main__` are none of them.

Where the repository has no tests at all, only that is said, once.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        for template in &params.templates {
            if !template.contains("{name}") {
                return Err(format!("the template `{template}` has no `{{name}}`"));
            }
            test_paths(template, "name", "package")?;
        }
        Ok(vec![Check::tree(params)])
    },
    proof: &[
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/orders.py", "def total():\n    pass\n"),
                ("shop/users.py", "\"\"\"Users.\"\"\"\n\n\nclass User:\n    pass\n"),
                ("tests/test_orders.py", "from shop import orders\n"),
            ],
            &[("shop/users.py", 4, 7)],
        ),
        Example::new(
            &[
                ("shop/__init__.py", "from .users import User\n"),
                ("shop/orders.py", "def total():\n    pass\n"),
                ("shop/users.py", "class User:\n    pass\n"),
                ("shop/latest.py", "def newest():\n    pass\n"),
                ("shop/deep/__init__.py", ""),
                ("shop/deep/api.py", "def call():\n    pass\n"),
                ("shop/constants.py", "ONE = 1\n"),
                ("shop/__main__.py", "def main():\n    pass\n"),
                ("docs/conf.py", "def setup():\n    pass\n"),
                ("tests/unit/test_orders.py", ""),
                ("tests/test_all.py", "from shop import User\nfrom . import tools\n"),
                ("tests/__init__.py", ""),
                ("tests/tools.py", "def load():\n    import shop.latest\n"),
                ("tests/deep/test_it.py", "import shop.deep.api\n"),
            ],
            &[],
        ),
        Example::new(
            &[
                ("shop/orders.py", "def total():\n    pass\n"),
                ("shop/users.py", "def load():\n    pass\n"),
                ("checks/shop/orders_check.py", ""),
                ("checks/test_it.py", ""),
            ],
            &[("shop/users.py", 1, 5)],
        )
        .with("templates = [\"checks/{package}/{name}_check.py\"]"),
        Example::new(
            &[
                ("shop/orders.py", "def total():\n    pass\n"),
                ("shop/users.py", "def load():\n    pass\n"),
            ],
            &[("shop/orders.py", 1, 5)],
        ),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The test files of a module, as patterns with `{name}` and `{package}`.
    templates: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let templates = ["test_{name}.py", "{name}_test.py"];
        Self {
            templates: templates.map(str::to_owned).to_vec(),
        }
    }
}

impl TreeCheck for Params {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let graph = tree.graph;
        let is_test = |path: &RepoPath| Station::new(path.as_str(), None).is(Part::Tests);
        let tests: Vec<&RepoPath> = graph.files().iter().filter(|path| is_test(path)).collect();
        let tested = tested(graph, &tests);
        let names: BTreeSet<&str> = tree
            .files
            .iter()
            .map(|path| path.rsplit('/').next().unwrap_or(path))
            .collect();
        for path in graph.files() {
            let Some(range) = to_test(tree, path) else {
                continue;
            };
            if tests.is_empty() {
                found.at(
                    path.as_str(),
                    range,
                    "there are no tests in this repository",
                );
                break;
            }
            if !tested.contains(path) && !self.mirrored(tree, path, &names)? {
                let message = "no test imports this module, and none bears its name";
                found.at(path.as_str(), range, message);
            }
        }
        Ok(())
    }
}

impl Params {
    fn mirrored(
        &self,
        tree: &Tree<'_>,
        path: &RepoPath,
        names: &BTreeSet<&str>,
    ) -> Result<bool, String> {
        let (package, file) = path
            .as_str()
            .rsplit_once('/')
            .unwrap_or(("", path.as_str()));
        let name = match file.strip_suffix(".py") {
            Some("__init__") | None => package.rsplit('/').next().unwrap_or(package),
            Some(name) => name,
        };
        for template in &self.templates {
            // Most templates are the name of a file, which need not be matched with each.
            if !template.contains(['/', '*', '?', '[']) {
                if names.contains(template.replace("{name}", name).as_str()) {
                    return Ok(true);
                }
                continue;
            }
            let tests = test_paths(template, name, package)?;
            if tree.files.iter().any(|file| tests.has(file)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn test_paths(template: &str, name: &str, package: &str) -> Result<Paths, String> {
    let pattern = template
        .replace("{name}", &globset::escape(name))
        .replace("{package}", &globset::escape(package));
    Paths::new(&[pattern])
}

/// Where a module that wants a test defines something first; `None` if it wants none.
fn to_test(tree: &Tree<'_>, path: &RepoPath) -> Option<TextRange> {
    const OTHER: [Part; 4] = [Part::Tests, Part::Docs, Part::Scripts, Part::Migrations];
    let station = Station::new(path.as_str(), None);
    if station.is_any(&OTHER) || station.file_name() == "__main__.py" || !is_python(path.as_str()) {
        return None;
    }
    let facts = tree.graph.facts(path)?;
    let first = facts
        .definitions
        .iter()
        .find(|it| matches!(it.what, What::Function | What::Class(_)))?;
    Some(tree.range(path.as_str(), first.at))
}

/// The files that tests import, directly, through other tests, or through packages that
/// import them.
fn tested<'g>(graph: &'g Graph, tests: &[&'g RepoPath]) -> BTreeSet<&'g RepoPath> {
    let mut tested: BTreeSet<&RepoPath> = BTreeSet::new();
    let mut waiting: Vec<&RepoPath> = tests.to_vec();
    while let Some(path) = waiting.pop() {
        for edge in graph.imports_of(path, Kinds::ALL) {
            let package = edge.to.as_str().ends_with("__init__.py");
            if tested.insert(edge.to) && package {
                waiting.push(edge.to);
            }
        }
    }
    tested
}

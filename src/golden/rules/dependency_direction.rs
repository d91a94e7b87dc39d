//! GR06: which layer may import which.

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::paths::Paths;
use crate::golden::place::Places;
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};
use crate::graph::{Imported, Kind, Target};
use crate::repo::RepoPath;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR06",
    slug: "dependency-direction",
    summary: "an import that crosses layers in a direction that is not allowed",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Layers hold while imports lead one way. One import the other way ties both together: neither can be \
tested, moved or understood alone any more.

`layers` lists the layers from the top to the bottom, each with a `name` and its `paths`. A layer may \
import those below it, unless it says in `may` which ones. A file belongs to the first layer whose \
paths it matches; imports of files in no layer are free, as are those within a layer. `public` are \
patterns of the files of a layer that others may import; without it all are.

Imports are resolved to files through the import graph, relative ones too: `from shop import domain` \
and `from ..domain.orders import Order` mean the file that they lead to. Imports below `if \
TYPE_CHECKING` count unless `type_checking = false`.

    [golden.dependency-direction]
    layers = [
      { name = \"api\", paths = [\"src/shop/api\"] },
      { name = \"domain\", paths = [\"src/shop/domain\"], public = [\"src/shop/domain/__init__.py\"] },
      { name = \"storage\", paths = [\"src/shop/storage\"], may = [] },
    ]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if params.layers.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = params.layers.iter().map(|layer| layer.name.as_str()).collect();
        let mut layers = Vec::new();
        for (number, layer) in params.layers.iter().enumerate() {
            if names[..number].contains(&layer.name.as_str()) {
                return Err(format!("two layers are called `{}`", layer.name));
            }
            let mut may = vec![layer.may.is_none(); names.len()];
            may[..number].fill(false);
            may[number] = true;
            for name in layer.may.iter().flatten() {
                let at = names.iter().position(|known| known == name);
                may[at.ok_or_else(|| format!("there is no layer `{name}`"))?] = true;
            }
            layers.push(Prepared {
                name: layer.name.clone(),
                paths: Paths::new(&layer.paths)?,
                public: Paths::new(&layer.public)?,
                may,
            });
        }
        Ok(vec![Check::tree(Direction {
            layers,
            type_checking: params.type_checking,
        })])
    },
    proof: EXAMPLES,
};

const LAYERS: &str = "layers = [
  { name = 'api', paths = ['shop/api'] },
  { name = 'domain', paths = ['shop/domain'], public = ['shop/domain/__init__.py'] },
  { name = 'storage', paths = ['shop/storage'], may = ['domain'] },
]";
const SILENT: &str = "type_checking = false
layers = [{ name = 'api', paths = ['shop/api'] }, { name = 'domain', paths = ['shop/domain'] }]";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[
            ("shop/__init__.py", ""),
            ("shop/api/__init__.py", "x = 1\n"),
            (
                "shop/domain/__init__.py",
                "from . import orders\nimport os, shop.api\n",
            ),
            (
                "shop/domain/orders.py",
                "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ..api import x\n\n\ndef late():\n    from shop import api\n    return api\n",
            ),
            ("shop/storage/__init__.py", "from shop.api import x\nfrom shop import domain\n"),
            ("shop/api/views.py", "from shop.domain import orders\nfrom shop.domain.orders import late\n"),
        ],
        &[
            ("shop/api/views.py", 1, 25),
            ("shop/api/views.py", 2, 32),
            ("shop/domain/__init__.py", 2, 12),
            ("shop/domain/orders.py", 4, 23),
            ("shop/domain/orders.py", 8, 22),
            ("shop/storage/__init__.py", 1, 22),
        ],
    )
    .with(LAYERS),
    Example::new(
        &[
            ("shop/__init__.py", "from shop.api import x\n"),
            ("shop/api/__init__.py", "from shop.domain import total\nx = total\n"),
            ("shop/domain/__init__.py", "from .orders import total\n"),
            ("shop/domain/orders.py", "'''import shop.api'''\nimport api\n\ntotal = api\n"),
            ("shop/tools.py", "import shop.api\n"),
        ],
        &[],
    )
    .with(LAYERS),
    Example::new(
        &[
            ("shop/__init__.py", ""),
            ("shop/api/__init__.py", "x = 1\n"),
            (
                "shop/domain/__init__.py",
                "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.api import x\n",
            ),
        ],
        &[],
    )
    .with(SILENT),
];

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The layers, from the top to the bottom.
    layers: Vec<Layer>,
    /// Whether imports below `if TYPE_CHECKING` count.
    type_checking: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            type_checking: true,
        }
    }
}

/// One layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Layer {
    /// Its name.
    name: String,
    /// Patterns of its paths, as in `.gitignore`.
    paths: Vec<String>,
    /// The layers that it may import; all below it if this is not said.
    may: Option<Vec<String>>,
    /// Patterns of its files that other layers may import; all if there are none.
    #[serde(default)]
    public: Vec<String>,
}

struct Prepared {
    name: String,
    paths: Paths,
    public: Paths,
    /// Which layers it may import, by number.
    may: Vec<bool>,
}

struct Direction {
    layers: Vec<Prepared>,
    type_checking: bool,
}

impl Direction {
    fn layer(&self, path: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.paths.has(path))
    }

    /// What is wrong with an import of a file of another layer.
    fn wrong(&self, from: usize, to: usize, target: &str) -> Option<String> {
        let (importer, imported) = (&self.layers[from], &self.layers[to]);
        if !importer.may[to] {
            let message = format!("`{}` may not import `{}`", importer.name, imported.name);
            return Some(message);
        }
        let private = from != to && !imported.public.is_empty() && !imported.public.has(target);
        private.then(|| format!("{target} is not public in `{}`", imported.name))
    }
}

impl TreeCheck for Direction {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut places = Places::new(tree);
        let layers: FxHashMap<&RepoPath, usize> = tree
            .graph
            .files()
            .iter()
            .filter_map(|path| Some((path, self.layer(path.as_str())?)))
            .collect();
        for path in tree.graph.files() {
            let Some(from) = layers.get(path) else {
                continue;
            };
            for imported in tree.graph.imported(path) {
                if imported.import.kind == Kind::Typing && !self.type_checking {
                    continue;
                }
                let Some(target) = source(&imported) else {
                    continue;
                };
                let wrong = layers
                    .get(target)
                    .and_then(|to| self.wrong(*from, *to, target.as_str()));
                if let Some(message) = wrong {
                    let alias = imported.alias;
                    let range = places.range(path.as_str(), alias.at, alias.name.len());
                    found.at(path.as_str(), range, message);
                }
            }
        }
        unread(tree)
    }
}

/// The source file that an import means, not its stub.
pub(super) fn source<'g>(imported: &Imported<'g>) -> Option<&'g RepoPath> {
    match imported.target {
        Target::File(first, second) => Some(second.unwrap_or(first)),
        _ => None,
    }
}

/// An error if some file could not be read: what it imports is not known.
pub(in crate::golden) fn unread(tree: &Tree<'_>) -> Result<(), String> {
    let problems: Vec<String> = tree
        .graph
        .problems()
        .map(|(path, problem)| format!("{}: {problem}", path.as_str()))
        .collect();
    match problems.as_slice() {
        [] => Ok(()),
        [one] => Err(format!("the imports of a file are not known: {one}")),
        [first, ..] => Err(format!(
            "the imports of {} files are not known, the first is {first}",
            problems.len()
        )),
    }
}

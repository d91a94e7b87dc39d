//! GR07: imports that close a cycle which was not there before.

use rustc_hash::FxHashMap;

use crate::escalation::Level;
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule, TreeCheck};
use crate::golden::tree::{Reports, Tree};
use crate::graph::{AddedCycle, Graph, Kinds};
use crate::repo::RepoPath;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR07",
    slug: "no-import-cycles",
    summary: "an import that adds a cycle",
    origin: Origin::Native,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Never,
    docs: "\
Modules that import each other can only be understood, tested and imported together, and whether they \
can be imported at all depends on which of them comes first.

Found are imports that close a cycle and were not there at the commit that findings are compared \
with; the message shows a shortest cycle. Old cycles are not: `hive graph --cycles` lists them. Only \
imports that run while the module is imported count, so an import within a function or below `if \
TYPE_CHECKING` is a way out; a better one is to move what both need into a third module. A file that \
was moved is compared with what it was.

Where there is no commit to compare with, nothing is new, and the rule does not apply.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::tree(NoImportCycles)]),
    proof: &[
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/a.py", "from shop import b\n"),
                ("shop/b.py", "import os\n\nimport shop.c\n"),
                ("shop/c.py", "import os\n\nfrom . import a\n"),
            ],
            &[("shop/c.py", 3, 15)],
        )
        .since(&[
            ("shop/__init__.py", ""),
            ("shop/a.py", "from shop import b\n"),
            ("shop/b.py", "import os\n\nimport shop.c\n"),
            ("shop/c.py", "import os\n"),
        ]),
        // Old cycles, imports that do not run, and a cycle whose files have moved.
        Example::new(
            &[
                ("shop/__init__.py", ""),
                ("shop/a.py", "import shop.b\n"),
                (
                    "shop/b.py",
                    "from typing import TYPE_CHECKING\n\nimport shop.a\n\nif TYPE_CHECKING:\n    import shop.c\n",
                ),
                (
                    "shop/c.py",
                    "import shop.b\n\n\ndef load():\n    import shop.d\n",
                ),
                ("shop/d.py", "import shop.c\n"),
                ("shop/new/__init__.py", ""),
                ("shop/new/e.py", "from . import f\n\nfirst = 1\n"),
                ("shop/new/f.py", "from . import e\n\nsecond = 2\n"),
            ],
            &[],
        )
        .since(&[
            ("shop/__init__.py", ""),
            ("shop/a.py", "import shop.b\n"),
            ("shop/b.py", "import shop.a\n"),
            ("shop/c.py", ""),
            ("shop/d.py", ""),
            ("shop/e.py", "from . import f\n\nfirst = 1\n"),
            ("shop/f.py", "from . import e\n\nsecond = 2\n"),
        ]),
        // Nothing to compare with.
        Example::new(
            &[("a.py", "import b\n"), ("b.py", "import a\n")],
            &[],
        ),
        Example::new(
            &[("a.py", "import b\n"), ("b.py", "é = 1; import a\n")],
            &[("b.py", 1, 15)],
        )
        .since(&[("a.py", "import b\n"), ("b.py", "é = 1\n")]),
    ],
};

struct NoImportCycles;

impl TreeCheck for NoImportCycles {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let Some(base) = tree.base.graph()? else {
            return Ok(());
        };
        let moved = moved(tree.graph, base);
        for added in tree.graph.added_cycles(base, Kinds::RUNNING, &moved) {
            let path = added.edge.from.as_str();
            let range = tree.range(path, added.edge.alias.at);
            found
                .at(path, range, message(&added))
                .help("move what both need into a module of its own, or import where it is used");
        }
        Ok(())
    }
}

fn message(added: &AddedCycle<'_>) -> String {
    let mut way = vec![added.edge.from.as_str()];
    way.extend(added.cycle.iter().map(|edge| edge.to.as_str()));
    let again = if added.tangled {
        " between files that already needed each other"
    } else {
        ""
    };
    format!("this import adds a cycle{again}: {}", way.join(" → "))
}

/// Files that lie elsewhere now: of the same name and with the same definitions, each once.
fn moved(now: &Graph, before: &Graph) -> FxHashMap<RepoPath, RepoPath> {
    type Candidates<'g> = FxHashMap<(&'g str, Vec<&'g str>), Vec<&'g RepoPath>>;
    fn gone<'g>(one: &'g Graph, other: &Graph) -> Candidates<'g> {
        let mut gone = Candidates::default();
        for path in one.files().iter().filter(|path| !other.has(path)) {
            let Some(facts) = one.facts(path) else {
                continue;
            };
            let name = path.as_str().rsplit('/').next().unwrap_or_default();
            let names: Vec<&str> = facts
                .definitions
                .iter()
                .map(|it| it.name.as_str())
                .collect();
            if !names.is_empty() {
                gone.entry((name, names)).or_default().push(path);
            }
        }
        gone
    }
    let there = gone(before, now);
    gone(now, before)
        .into_iter()
        .filter_map(|(what, paths)| match (&paths[..], &there.get(&what)?[..]) {
            ([now], [before]) => Some(((*now).clone(), (*before).clone())),
            _ => None,
        })
        .collect()
}

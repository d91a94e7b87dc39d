//! The import graph has the edges that `ruff analyze graph` finds.
//!
//! Three differences are meant, and nothing else is let through:
//!
//! - files that ruff does not look at (its `exclude`, also by default) or cannot parse;
//! - imports below a package whose name is a keyword (`tests/async`), which work where they
//!   are relative, and which ruff takes for no names;
//! - relative imports outside of any package, which work once a directory is a namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use hive_test_support::{Sandbox, tools};
use serde_json::Value;

use super::{HIVE, corpus, large};

type Edges = BTreeSet<(String, String)>;

#[test]
fn the_graph_has_ruffs_edges() {
    let sandbox = Sandbox::repository(HIVE);
    corpus::copy_importable(&sandbox.root());
    // Everything that can be different about a place.
    sandbox.write("pyproject.toml", "[project]\nname = \"x\"\n");
    sandbox.write("ours/__init__.py", "from . import a\nfrom .b import *\n");
    sandbox.write(
        "ours/a.py",
        "import ours.b as b, os\nfrom ours import c, missing\n",
    );
    sandbox.write("ours/b.py", "def f():\n    from .c import g\n");
    sandbox.write("ours/c.pyi", "from .a import x\n");
    sandbox.write("ours/c.py", "if TYPE_CHECKING:\n    import ours.ns.deep\n");
    sandbox.write("ours/ns/deep.py", "import black\n");
    sandbox.write("ours/broken.py", "import ours\nx = )\n");
    sandbox.write("scripts/run.py", "import beside\nimport ours\n");
    sandbox.write("scripts/beside.py", "");
    let edges = compare(&sandbox);
    assert!(edges > 1_000, "only {edges} edges");
}

#[test]
#[ignore = "needs HIVE_CORPUS; see docs/proof.md"]
fn corpus_graph() {
    for tree in large::named() {
        let sandbox = Sandbox::repository(HIVE);
        corpus::copy(&tree, &sandbox.root());
        let edges = compare(&sandbox);
        let timed = |work: &dyn Fn()| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1000.0
        };
        let database = sandbox.path(".git/hive");
        let cold = timed(&|| {
            sandbox.hive(&["graph"]).expect(0);
        });
        let ruffs = timed(&|| {
            ruff(&sandbox);
        });
        println!(
            "{}: {edges} edges; {cold:.0} ms with facts at hand, ruff {ruffs:.0} ms, {} of facts",
            large::name(&tree),
            size(&database),
        );
    }
}

fn size(directory: &Path) -> String {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let bytes: u64 = entries
        .filter_map(|it| it.metadata().ok())
        .map(|it| it.len())
        .sum();
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Demands that both have the same edges but for what is meant; returns their number.
fn compare(sandbox: &Sandbox) -> usize {
    let theirs = ruff(sandbox);
    let (ours, problems) = hive(sandbox);
    let expected: Edges = theirs
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from.clone(), to.clone())))
        .collect();
    let lost: Vec<_> = expected.difference(&ours).collect();
    assert!(
        lost.is_empty(),
        "{} lost, as {:?}",
        lost.len(),
        &lost[..lost.len().min(9)]
    );
    let meant = |(from, to): &&(String, String)| {
        let relative = || is_unpackaged(sandbox, from);
        !theirs.contains_key(from) || has_keyword(to) || relative()
    };
    let more: Vec<_> = ours
        .difference(&expected)
        .filter(|edge| !meant(edge))
        .collect();
    assert!(
        more.is_empty(),
        "{} more, as {:?}",
        more.len(),
        &more[..more.len().min(9)]
    );
    for problem in problems {
        let read = theirs
            .get(&problem)
            .is_some_and(|imports| !imports.is_empty());
        assert!(!read, "ruff reads {problem}");
    }
    expected.len()
}

fn ruff(sandbox: &Sandbox) -> BTreeMap<String, Vec<String>> {
    let ran = sandbox
        .run(tools().join("bin/ruff"), &["analyze", "graph"])
        .expect(0);
    serde_json::from_str(&ran.stdout).expect("a map of files")
}

fn hive(sandbox: &Sandbox) -> (Edges, Vec<String>) {
    let ran = sandbox.hive(&["graph", "--format", "json"]).expect(0);
    let graph: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let files = graph["files"].as_array().expect("files");
    let imports = files
        .iter()
        .flat_map(|file| file["imports"].as_array().expect("imports"));
    let edges = imports
        .map(|edge| (text(&edge["from"]), text(&edge["to"])))
        .collect();
    let problems = graph["problems"].as_array().expect("problems");
    (edges, problems.iter().map(|it| text(&it["path"])).collect())
}

/// Whether a part of a path is a keyword of Python.
fn has_keyword(path: &str) -> bool {
    path.split(['/', '.']).any(|part| {
        [
            "async", "await", "class", "def", "for", "global", "import", "in", "is", "with",
        ]
        .contains(&part)
    })
}

/// Whether a file lies in no package.
fn is_unpackaged(sandbox: &Sandbox, file: &str) -> bool {
    let directory = sandbox.path(file);
    let directory = directory.parent().expect("it has one");
    !["__init__.py", "__init__.pyi"]
        .iter()
        .any(|name| directory.join(name).exists())
}

//! Graphs of small trees.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::{Derives, Direction, Graph, Kinds, Layout, Symbol, Target, facts};
use crate::repo::RepoPath;

fn path(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

/// The graph of files with their texts.
fn graph(files: &[(&str, &str)]) -> Graph {
    let text_of = |wanted: &RepoPath| {
        let found = files.iter().find(|(path, _)| *path == wanted.as_str());
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(String::new)
    };
    let layout = Layout::of(files.iter().map(|(name, _)| path(name)));
    let roots = layout.roots(text_of);
    let readings = layout.python.iter().map(|path| {
        let text = text_of(path).unwrap();
        (path.clone(), Arc::new(facts(text.as_bytes())))
    });
    Graph::build(readings, roots)
}

fn edges(graph: &Graph) -> BTreeSet<String> {
    let shown = |edge: super::super::Edge<'_>| format!("{} > {}", edge.from, edge.to);
    graph.edges().map(shown).collect()
}

#[track_caller]
fn leads(files: &[(&str, &str)], expected: &[&str]) {
    let found = edges(&graph(files));
    let expected: BTreeSet<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn names_mean_modules_before_members() {
    leads(
        &[
            ("a/__init__.py", ""),
            ("a/b.py", ""),
            (
                "a/c/__init__.py",
                "from . import x\nfrom .. import b\nfrom ..b import y\n",
            ),
            (
                "m.py",
                "import a.b\nfrom a import b, name\nfrom a.c import *\nimport a.gone, os\n",
            ),
        ],
        &[
            "a/c/__init__.py > a/c/__init__.py",
            "a/c/__init__.py > a/b.py",
            "m.py > a/b.py",
            "m.py > a/__init__.py",
            "m.py > a/c/__init__.py",
        ],
    );
}

#[test]
fn what_means_no_file_is_said() {
    let graph = graph(&[
        ("a/b.py", ""),
        (
            "m.py",
            "import os\nimport a\nimport a.gone\nfrom . import none\nimport a.b\nimport sys\n",
        ),
        ("sys.py", ""),
    ]);
    let targets: Vec<Target<'_>> = graph.imported(&path("m.py")).map(|it| it.target).collect();
    let b = path("a/b.py");
    assert_eq!(
        targets,
        [
            Target::Outside,
            Target::Namespace,
            Target::Missing,
            Target::Missing,
            Target::File(&b, None),
            Target::Outside,
        ]
    );
}

#[test]
fn source_directories_are_roots() {
    leads(
        &[
            ("pyproject.toml", ""),
            ("src/p/__init__.py", ""),
            ("src/p/q.py", "from p import q\n"),
            ("tests/test_q.py", "from p.q import x\nimport helper\n"),
            ("tests/helper.py", ""),
        ],
        &[
            "src/p/q.py > src/p/q.py",
            "tests/test_q.py > src/p/q.py",
            "tests/test_q.py > tests/helper.py",
        ],
    );
}

#[test]
fn the_nearest_root_comes_first() {
    leads(
        &[
            ("x/pyproject.toml", ""),
            ("x/app/__init__.py", ""),
            ("x/main.py", "import app\n"),
            ("y/pyproject.toml", ""),
            ("y/app/__init__.py", ""),
            ("y/main.py", "import app\n"),
            ("y/fixtures/logging/__init__.py", ""),
            ("z.py", "import logging\n"),
        ],
        &[
            "x/main.py > x/app/__init__.py",
            "y/main.py > y/app/__init__.py",
        ],
    );
}

#[test]
fn namespace_packages_are_one_over_all_roots() {
    let legacy = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n";
    let files = |init: &'static str| {
        vec![
            ("pyproject.toml", "[tool.ruff]\nsrc = ['one', 'two']\n"),
            (init, legacy),
            ("one/ns/a.py", "import ns.b\n"),
            ("two/ns/b.py", "from ns import a\n"),
        ]
    };
    let expected = ["one/ns/a.py > two/ns/b.py", "two/ns/b.py > one/ns/a.py"];
    leads(&files("one/other.py"), &expected);
    leads(&files("one/ns/__init__.py"), &expected);
}

#[test]
fn a_stub_brings_its_source() {
    leads(
        &[
            ("a.py", ""),
            ("a.pyi", ""),
            ("b.pyi", ""),
            ("m.py", "import a, b\n"),
        ],
        &["m.py > a.py", "m.py > a.pyi", "m.py > b.pyi"],
    );
}

#[test]
fn a_file_with_a_problem_is_an_entry() {
    let graph = graph(&[("a.py", "import b\n"), ("b.py", "import a\nx = )\n")]);
    let problems: Vec<&str> = graph.problems().map(|(path, _)| path.as_str()).collect();
    assert_eq!(problems, ["b.py"]);
    assert!(graph.has(&path("b.py")) && graph.facts(&path("b.py")).is_none());
    assert_eq!(edges(&graph).len(), 1);
}

#[test]
fn cycles_are_of_what_runs() {
    let graph = graph(&[
        ("a.py", "import b\n"),
        ("b.py", "import c\n"),
        ("c.py", "import a\nimport d\n"),
        ("d.py", "def f():\n    import c\n"),
        ("e.py", "import f\n"),
        ("f.py", "if TYPE_CHECKING:\n    import e\n"),
        ("g/__init__.py", "from . import x\n"),
    ]);
    let tangles = graph.cycles(Kinds::RUNNING);
    assert_eq!(tangles.len(), 1);
    assert_eq!((tangles[0].files.len(), tangles[0].pairs), (3, 3));
    let ends: Vec<_> = tangles[0]
        .shortest
        .iter()
        .map(|it| (it.from, it.to))
        .collect();
    assert!(ends.windows(2).all(|pair| pair[0].1 == pair[1].0) && ends[0].0 == ends[2].1);
    let all: Vec<usize> = graph
        .cycles(Kinds::ALL)
        .iter()
        .map(|it| it.files.len())
        .collect();
    assert_eq!(all, [4, 2]);
}

#[test]
fn only_new_imports_add_cycles() {
    let before = graph(&[
        ("a.py", "import b\n"),
        ("b.py", ""),
        ("c.py", "import d\n"),
        ("d.py", "import c\n"),
        ("old.py", "import b\n"),
    ]);
    let after = graph(&[
        ("a.py", "import b\n"),
        ("b.py", "x = 1\nimport a\nimport new\n"),
        ("c.py", "import d, d\n"),
        ("d.py", "import c\n"),
        ("new.py", "import b\n"),
    ]);
    let found = |renamed: &[(&str, &str)]| -> Vec<String> {
        let renamed: FxHashMap<_, _> = renamed
            .iter()
            .map(|(new, old)| (path(new), path(old)))
            .collect();
        let added = after.added_cycles(&before, Kinds::RUNNING, &renamed);
        let shown = added.iter().map(|it| {
            assert_eq!(it.cycle[0], it.edge);
            assert_eq!(it.cycle.last().unwrap().to, it.edge.from);
            format!("{}:{} {}", it.edge.from, it.edge.import.at.line, it.edge.to)
        });
        shown.collect()
    };
    assert_eq!(
        found(&[]),
        ["b.py:2 a.py", "b.py:3 new.py", "new.py:1 b.py"]
    );
    assert_eq!(
        found(&[("new.py", "old.py")]),
        ["b.py:2 a.py", "b.py:3 new.py"]
    );
    assert_eq!(
        after.added_cycles(&after, Kinds::RUNNING, &FxHashMap::default()),
        []
    );
}

#[test]
fn what_is_reached_comes_by_distance() {
    use Direction::{Dependants, Dependencies};

    let graph = graph(&[
        ("a.py", "import b\n"),
        ("b.py", "import c\n"),
        ("c.py", "def f():\n    import d\n"),
        ("d.py", ""),
    ]);
    let reached = |from: &str, direction, kinds| -> Vec<String> {
        let reached = graph.reached([&path(from)], direction, kinds);
        reached
            .iter()
            .map(|it| format!("{} {}", it.path, it.distance))
            .collect()
    };
    assert_eq!(
        reached("a.py", Dependencies, Kinds::ALL),
        ["b.py 1", "c.py 2", "d.py 3"]
    );
    assert_eq!(
        reached("a.py", Dependencies, Kinds::RUNNING),
        ["b.py 1", "c.py 2"]
    );
    assert_eq!(
        reached("d.py", Dependants, Kinds::ALL),
        ["c.py 1", "b.py 2", "a.py 3"]
    );
    let chain = graph.chain([&path("a.py")], |to| to.as_str() == "d.py", |_| true);
    assert_eq!(chain.map(|chain| chain.len()), Some(3));
    let order: Vec<&str> = graph
        .order(Kinds::ALL)
        .iter()
        .map(|it| it[0].as_str())
        .collect();
    assert_eq!(order, ["d.py", "c.py", "b.py", "a.py"]);
}

/// A chain of imports longer than any stack.
#[test]
fn long_chains_do_no_harm() {
    let files: Vec<(String, String)> = (0..5_000)
        .map(|n| (format!("m{n:05}.py"), format!("import m{:05}\n", n + 1)))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let graph = graph(&files);
    assert_eq!(graph.cycles(Kinds::ALL), []);
    let far = graph.reached([&path("m00000.py")], Direction::Dependencies, Kinds::ALL);
    assert_eq!(far.len(), 4_999);
}

#[test]
fn classes_are_followed_to_their_bases() {
    let graph = graph(&[
        ("shop/__init__.py", "from .base import Model as Model\n"),
        (
            "shop/base.py",
            "import abc\nclass Root(abc.ABC): pass\nclass Model(Root): pass\nAlias = Model\n",
        ),
        ("shop/star.py", "from .base import *\n"),
        (
            "a.py",
            "import shop.base as sb\nclass A(sb.Alias[int]): pass\n",
        ),
        (
            "b.py",
            "from shop import Model\nfrom a import A\nclass B(A): pass\nclass C(Model): pass\n",
        ),
        (
            "c.py",
            "from shop.star import Model\nclass D(Model): pass\nclass E(make()): pass\nclass F(dict): pass\n",
        ),
        (
            "d.py",
            "try:\n    from fast import Base\nexcept ImportError:\n    from shop import Model as Base\nclass G(Base): pass\n",
        ),
        (
            "e.py",
            "class X:\n    class Y: pass\n    class Z(Y): pass\nclass Loop(Loop2): pass\nclass Loop2(Loop): pass\n",
        ),
    ]);
    let model = "shop.Model";
    for (file, class, base, derives) in [
        ("a.py", "A", model, Derives::Yes),
        ("b.py", "B", model, Derives::Yes),
        ("b.py", "B", "shop.base.Root", Derives::Yes),
        ("b.py", "B", "abc.ABC", Derives::Yes),
        ("b.py", "C", "a.A", Derives::No),
        ("c.py", "D", model, Derives::Yes),
        ("c.py", "E", model, Derives::Unknown),
        ("c.py", "F", model, Derives::No),
        ("c.py", "F", "builtins.dict", Derives::Yes),
        ("d.py", "G", model, Derives::Yes),
        ("d.py", "G", "other.Base", Derives::Unknown),
        ("e.py", "X.Z", "e.X.Y", Derives::Yes),
        ("e.py", "Loop", "e.Loop2", Derives::Yes),
        ("e.py", "Loop", model, Derives::No),
    ] {
        assert_eq!(
            graph.derives(&path(file), class, base),
            Some(derives),
            "{class} {base}"
        );
    }
    assert_eq!(graph.derives(&path("a.py"), "None", model), None);
    let outside = graph.symbol(&path("shop/base.py"), "abc.ABC");
    assert_eq!(outside, [Symbol::Outside("abc.ABC".to_owned())]);
}

//! Of Python.

use hive_test_support::Sandbox;
use serde_json::Value;

use super::HIVE;

fn shop(sandbox: &Sandbox) {
    for (path, text) in [
        ("shop/__init__.py", ""),
        ("shop/cart.py", "from .price import total\nimport json\n"),
        ("shop/price.py", "x = 1\nfrom . import cart\n"),
        ("shop/web.py", "def f():\n    from shop import cart\n"),
        (
            "tests/test_web.py",
            "if TYPE_CHECKING:\n    import shop.web\n",
        ),
        (".gitignore", "build/\n"),
        ("build/copy.py", "import shop.web\n"),
    ] {
        sandbox.write(path, text);
    }
}

fn json(sandbox: &Sandbox, args: &[&str], code: i32) -> Value {
    let mut all = vec!["graph", "--format", "json"];
    all.extend(args);
    let ran = sandbox.hive(&all).expect(code);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn cycles_are_listed_and_fail() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.hive(&["graph", "--cycles"]).expect(1).is("\
2 files import each other (2 imports)
  shop/cart.py
  shop/price.py
  a shortest cycle:
    shop/cart.py:1 imports shop/price.py
    shop/price.py:2 imports shop/cart.py
");
    sandbox
        .hive(&["graph", "--cycles", "tests"])
        .expect(0)
        .is("no cycles\n");
    sandbox.write("shop/price.py", "");
    sandbox
        .hive(&["graph", "--cycles"])
        .expect(0)
        .is("no cycles\n");
}

#[test]
fn who_depends_on_a_file_is_listed() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox
        .hive(&["graph", "--dependants", "shop/cart.py"])
        .expect(0)
        .is("\
shop/cart.py is imported by 2 files, 1 more through them
  shop/price.py  line 2
  shop/web.py  line 2 (in a function)
  tests/test_web.py  through shop/web.py
");
    sandbox
        .hive(&[
            "graph",
            "--dependants",
            "shop/cart.py",
            "--kind",
            "module,optional",
        ])
        .expect(0)
        .says("1 file, 0 more")
        .says("shop/price.py");
    sandbox
        .hive_in(sandbox.path("shop"), &["graph", "--dependencies", "web.py"])
        .expect(0)
        .says("shop/web.py imports 1 file, 1 more through them")
        .says("shop/price.py  through shop/cart.py");
}

#[test]
fn without_a_flag_it_is_an_overview_and_a_path_shows_imports() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.hive(&["graph"]).expect(0).is("\
5 files, 4 imports between them

import roots
  .  holds a package

imported by most files
      2  shop/cart.py
      1  shop/price.py
      1  shop/web.py

1 group of files that import each other, 2 files in all: hive graph --cycles
");
    sandbox
        .hive(&["graph", "shop/cart.py", "tests"])
        .expect(0)
        .is("\
shop/cart.py
  shop/price.py  line 1
tests/test_web.py
  shop/web.py  line 2 (for type checkers)
");
}

#[test]
fn drawings_quote_and_mark() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.write("shop/o\"dd.py", "import shop.cart\n");
    sandbox
        .hive(&["graph", "--format", "dot"])
        .expect(0)
        .says("digraph imports {")
        .says("  \"shop/cart.py\" -> \"shop/price.py\";\n")
        .says("  \"shop/web.py\" -> \"shop/cart.py\" [style=dashed, label=\"local\"];\n")
        .says("\"shop/o\\\"dd.py\" -> ")
        .says("  \"shop/__init__.py\";\n");
    sandbox
        .hive(&["graph", "--cycles", "--format", "mermaid"])
        .expect(1)
        .is(
            "graph LR\n  n0[\"shop/cart.py\"]\n  n1[\"shop/price.py\"]\n  n0 --> n1\n  n1 --> n0\n",
        );
}

#[test]
fn json_says_what_is_outside_and_where_roots_come_from() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.write("pyproject.toml", "[tool.ruff]\nsrc = [\"shop\"]\n");
    let graph = json(&sandbox, &["shop/cart.py"], 0);
    assert_eq!(graph["version"], 1);
    let file = &graph["files"][0];
    assert_eq!(file["imports"][0]["name"], ".price.total");
    assert_eq!(file["imports"][0]["column"], 20);
    assert_eq!(file["outside"][0]["name"], "json");
    assert_eq!(graph["roots"][0]["why"], "tool.ruff.src");
    assert_eq!(graph["roots"][0]["file"], "pyproject.toml");
    let reached = json(&sandbox, &["--dependants", "shop/price.py"], 0);
    assert_eq!(reached["reached"][0]["by"]["kind"], "module");
    assert_eq!(json(&sandbox, &["--cycles"], 1)["cycles"][0]["pairs"], 2);
}

#[test]
fn files_that_cannot_be_parsed_are_said() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.write("bad.py", "import shop\nx = )\n");
    sandbox.write(
        "deep.py",
        format!("import shop\nx = {}1\n", "-".repeat(200_000)),
    );
    sandbox.write(
        "nested.py",
        format!("x = {}{}\n", "(".repeat(50_000), ")".repeat(50_000)),
    );
    sandbox.write("pyproject.toml", "[tool\n");
    // The second time the answers come from the database.
    for _ in 0..2 {
        sandbox
            .hive(&["graph", "--cycles"])
            .expect(1)
            .warns("bad.py: line 2, column 5")
            .warns("deep.py: nests too deeply to be parsed")
            .warns("nested.py: nests too deeply to be parsed")
            .warns("pyproject.toml names no import roots");
    }
    let problems = json(&sandbox, &[], 0)["problems"].as_array().map(Vec::len);
    assert_eq!(problems, Some(4));
}

/// What is kept by content is not taken for what has changed.
#[test]
fn a_changed_file_changes_the_graph() {
    let sandbox = Sandbox::repository(HIVE);
    shop(&sandbox);
    sandbox.hive(&["graph"]).expect(0).says("4 imports");
    sandbox.write("tests/test_web.py", "import shop.web, shop.cart\n");
    sandbox.hive(&["graph"]).expect(0).says("5 imports");
}

#[test]
fn outside_a_repository_it_is_the_directory() {
    let sandbox = Sandbox::new(HIVE);
    shop(&sandbox);
    sandbox
        .hive(&["graph"])
        .expect(0)
        .says("5 files, 4 imports");
}

#[test]
fn what_is_not_in_the_graph_is_said() {
    let sandbox = Sandbox::repository(HIVE);
    sandbox
        .hive(&["graph"])
        .expect(4)
        .warns("no Python, JavaScript or TypeScript file");
    shop(&sandbox);
    for (file, says) in [
        ("build/copy.py", "it is ignored by git"),
        (".gitignore", "is no Python, JavaScript or TypeScript file"),
        ("shop", "is a directory"),
        ("gone.py", "cannot be opened"),
    ] {
        sandbox
            .hive(&["graph", "--dependants", file])
            .expect(2)
            .warns(says);
    }
    sandbox.write("docs/x.md", "");
    sandbox
        .hive(&["graph", "docs"])
        .expect(4)
        .warns("no Python, JavaScript or TypeScript file in docs");
}

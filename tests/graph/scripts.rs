//! Of JavaScript and TypeScript, in a repository that has Python, too.

use hive_test_support::Sandbox;
use serde_json::{Value, json};

use super::HIVE;

/// A service in Python, an application in TypeScript and a package that it uses.
fn monorepo() -> Sandbox {
    let sandbox = Sandbox::repository(HIVE);
    for (path, text) in [
        (".gitignore", "node_modules/\ndist/\n"),
        ("service/__init__.py", ""),
        ("service/api.py", "from service import model\n"),
        ("service/model.py", ""),
        ("package.json", "{\"workspaces\": [\"packages/*\"]}\n"),
        (
            "packages/ui/package.json",
            "{\"name\": \"@acme/ui\", \"exports\": \"./dist/index.js\"}\n",
        ),
        ("packages/ui/src/index.ts", "export * from './button.js';\n"),
        (
            "packages/ui/src/button.tsx",
            "export const Button = () => <b/>;\n",
        ),
        (
            "web/tsconfig.json",
            "{\n  // for the editor\n  \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] }, },\n}\n",
        ),
        (
            "web/src/main.ts",
            "import { Button } from '@acme/ui';\nimport { load } from '@/store';\n\
             import React from 'react';\nconst page = () => import('./page');\n",
        ),
        (
            "web/src/store.ts",
            "import type { Page } from './page';\nexport const load = require('./legacy');\n",
        ),
        (
            "web/src/page.tsx",
            "import { load } from './store';\nexport type Page = string;\n",
        ),
        (
            "web/src/legacy.js",
            "module.exports = require('./model');\n",
        ),
        ("web/src/model.js", "require('./legacy');\n"),
        ("node_modules/react/index.js", "module.exports = {};\n"),
        ("dist/main.js", "import '../web/src/main';\n"),
    ] {
        sandbox.write(path, text);
    }
    sandbox
}

fn json(sandbox: &Sandbox, args: &[&str]) -> Value {
    let mut all = vec!["graph", "--format", "json"];
    all.extend(args);
    let ran = sandbox.hive(&all).expect(0);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn both_languages_are_in_one_graph() {
    let sandbox = monorepo();
    // The second time the facts come from the database.
    for _ in 0..2 {
        sandbox.hive(&["graph"]).expect(0).is("\
10 files, 10 imports between them

import roots
  .  holds a package

imported by most files
      2  web/src/legacy.js
      2  web/src/page.tsx
      2  web/src/store.ts
      1  packages/ui/src/button.tsx
      1  packages/ui/src/index.ts

1 group of files that import each other, 2 files in all: hive graph --cycles
");
    }
    sandbox
        .hive(&["graph", "web/src/store.ts", "service"])
        .expect(0)
        .is("\
service/__init__.py
  imports nothing from here
service/api.py
  service/model.py  line 1
service/model.py
  imports nothing from here
web/src/store.ts
  web/src/legacy.js  line 2
  web/src/page.tsx  line 1 (for type checkers)
");
}

#[test]
fn cycles_and_dependants_cross_packages() {
    let sandbox = monorepo();
    sandbox.hive(&["graph", "--cycles"]).expect(1).is("\
2 files import each other (2 imports)
  web/src/legacy.js
  web/src/model.js
  a shortest cycle:
    web/src/legacy.js:1 imports web/src/model.js
    web/src/model.js:1 imports web/src/legacy.js
");
    // What only a type checker sees is a cycle to nobody who runs it.
    sandbox
        .hive(&["graph", "--cycles", "--kind", "module,typing"])
        .expect(1)
        .says("web/src/page.tsx");
    sandbox
        .hive(&["graph", "--dependants", "packages/ui/src/button.tsx"])
        .expect(0)
        .is("\
packages/ui/src/button.tsx is imported by 1 file, 1 more through them
  packages/ui/src/index.ts  line 1
  web/src/main.ts  through packages/ui/src/index.ts
");
    sandbox
        .hive_in(
            sandbox.path("web/src"),
            &["graph", "--dependencies", "main.ts", "--kind", "module"],
        )
        .expect(0)
        .says("web/src/main.ts imports 2 files, 3 more through them");
}

#[test]
fn drawings_and_json_have_the_same() {
    let sandbox = monorepo();
    sandbox
        .hive(&["graph", "--format", "dot", "web"])
        .expect(0)
        .says("  \"web/src/main.ts\" -> \"packages/ui/src/index.ts\";\n")
        .says("  \"web/src/main.ts\" -> \"web/src/page.tsx\" [style=dashed, label=\"local\"];\n")
        .says("  \"web/src/store.ts\" -> \"web/src/page.tsx\" [style=dashed, label=\"typing\"];\n");
    sandbox
        .hive(&["graph", "--cycles", "--format", "mermaid"])
        .expect(1)
        .says("n0[\"web/src/legacy.js\"]")
        .says("n0 --> n1");
    let graph = json(&sandbox, &["web/src/main.ts"]);
    let file = &graph["files"][0];
    assert_eq!(file["module"], Value::Null);
    assert_eq!(file["imports"][0]["name"], "@acme/ui");
    assert_eq!(file["imports"][0]["kind"], "module");
    assert_eq!(
        file["outside"],
        json!([{
            "name": "react", "missing": false, "line": 3, "column": 19, "kind": "module"
        }])
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let sandbox = monorepo();
    sandbox.write("web/src/bad.ts", "import './store';\nlet x = );\n");
    sandbox.write("web/src/gone.ts", "import './nowhere';\n");
    sandbox.write("web/tsconfig.json", "{");
    for _ in 0..2 {
        sandbox
            .hive(&["graph"])
            .expect(0)
            .warns("web/src/bad.ts: line 2, column 9")
            .warns("its imports are not known")
            .warns("web/tsconfig.json names no aliases or packages");
    }
    let graph = json(&sandbox, &["web/src/gone.ts"]);
    assert_eq!(graph["files"][0]["outside"][0]["missing"], true);
    assert_eq!(graph["problems"].as_array().map(Vec::len), Some(2));
    // The same bytes are another program under another name.
    sandbox.write("web/src/as.ts", "let x = <string>y;\n");
    sandbox.write("web/src/as.tsx", "let x = <string>y;\n");
    sandbox
        .hive(&["graph"])
        .expect(0)
        .warns("web/src/as.tsx: line");
}

#[test]
fn a_changed_configuration_changes_the_graph() {
    let sandbox = monorepo();
    sandbox.hive(&["graph"]).expect(0).says("10 imports");
    sandbox.write("web/tsconfig.json", "{}");
    sandbox.hive(&["graph"]).expect(0).says("9 imports");
}

#[test]
fn scripts_alone_have_no_import_roots() {
    let sandbox = Sandbox::repository(HIVE);
    sandbox.write("a.js", "import './b.js';\n");
    sandbox.write("b.js", "");
    sandbox.hive(&["graph"]).expect(0).is("\
2 files, 1 import between them

imported by most files
      1  b.js

no cycles
");
}

/// A plan for workers that are not hive's own has a step for each file of either language,
/// after those that it imports; what more wait for goes first.
#[test]
fn a_plan_follows_the_imports_of_scripts() {
    let sandbox = monorepo();
    sandbox.commit("feat: a monorepo");
    let client = hive::Client::open(sandbox.path(".")).unwrap();
    sandbox.write("web/src/new.ts", "import './store';\n");
    sandbox
        .hive(&[
            "plan",
            "create",
            "docs",
            "--kind",
            "docs",
            "--import-order",
            "web",
            "packages",
        ])
        .expect(0)
        .warns("docs is a draft of 7 steps");
    let ran = sandbox.hive(&["plan", "show", "docs", "--json"]).expect(0);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let step = |name: &str| -> Value {
        let steps = plan["steps"].as_array().unwrap();
        let found = steps.iter().find(|step| step["name"] == name);
        found.unwrap_or(&Value::Null).clone()
    };
    assert_eq!(step("web/src/new.ts"), Value::Null, "it is not committed");
    assert_eq!(
        step("service/api.py"),
        Value::Null,
        "it is not below the paths"
    );
    assert_eq!(
        step("web/src/main.ts")["needs"],
        json!(["packages/ui/src/index.ts", "web/src/store.ts"])
    );
    assert_eq!(
        step("web/src/store.ts")["needs"],
        json!(["web/src/legacy.js"])
    );
    assert_eq!(step("web/src/main.ts")["kind"], "docs");
    let about = "docs in web, packages, each file after those that it imports";
    assert_eq!(plan["about"], about);
    // The files of a circle come one after the other, too.
    assert_eq!(step("web/src/legacy.js")["needs"], json!([]));
    assert_eq!(
        step("web/src/model.js")["needs"],
        json!(["web/src/legacy.js"])
    );
    let path = plan["critical_path"].as_array().unwrap();
    assert_eq!(path.len(), 3, "{path:?}");
    sandbox
        .hive(&["plan", "create", "x", "--kind", "docs", "--rule", "F401"])
        .expect(2);
    sandbox
        .hive(&["plan", "create", "x", "--kind", "Odd One", "web"])
        .expect(2);
    sandbox.hive(&["plan", "approve", "docs"]).expect(0);
    sandbox.hive(&["plan", "start", "docs"]).expect(0);
    let worker = client.workers().register("docs-1", "docs").unwrap();
    let mut order = Vec::new();
    while let Some(one) = worker.next(std::time::Duration::from_mins(5)).unwrap() {
        order.push(one.subject().to_owned());
        worker.finish(&one, None).unwrap();
    }
    let place = |path: &str| order.iter().position(|one| one == path).unwrap();
    assert!(place("packages/ui/src/button.tsx") < place("packages/ui/src/index.ts"));
    assert!(place("packages/ui/src/index.ts") < place("web/src/main.ts"));
    assert!(
        place("web/src/store.ts") < place("web/src/page.tsx"),
        "{order:?}"
    );
    assert_eq!(order.len(), 7);
}

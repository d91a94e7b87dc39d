//! Graphs of small trees.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::graph::script::Declared;
use crate::graph::{Direction, Graph, Kinds, Language, Languages, Layout, Roots, Target};
use crate::repo::RepoPath;

fn path(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

fn graph(files: &[(&str, &str)]) -> Graph {
    let text_of = |wanted: &RepoPath| {
        let found = files.iter().find(|(path, _)| *path == wanted.as_str());
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| "is not there".to_owned())
    };
    let layout = Layout::of(files.iter().map(|(name, _)| path(name)));
    let declared = layout.declared(Languages::All, text_of);
    let readings = layout.files(Languages::All).into_iter().map(|path| {
        let text = text_of(&path).unwrap();
        let language = Language::of(&path).unwrap();
        (path, Arc::new(language.facts(text.as_bytes())))
    });
    Graph::with_scripts(readings, layout.roots(text_of), declared)
}

#[track_caller]
fn leads(files: &[(&str, &str)], expected: &[&str]) {
    let graph = graph(files);
    let shown = |edge: crate::graph::Edge<'_>| format!("{} > {}", edge.from, edge.to);
    let found: BTreeSet<String> = graph.edges().map(shown).collect();
    let expected: BTreeSet<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn endings_and_index_files_may_be_left_out() {
    leads(
        &[
            (
                "web/app.ts",
                "import './a'; import './b'; import './c.js'; import './d/'; import '..';\n\
                 import './e.css'; import './f.svg?raw'; import './gone'; import '../../out';\n\
                 import './g.model'; import './h.mjs'; import './i/j';",
            ),
            ("web/a.ts", ""),
            ("web/a.js", ""),
            ("web/b/index.tsx", ""),
            ("web/c.ts", ""),
            ("web/d/index.js", ""),
            ("web/d.ts", ""),
            ("index.mjs", ""),
            ("web/g.model.ts", ""),
            ("web/h.mts", ""),
            ("web/i/j/package.json", r#"{"main": "lib/main"}"#),
            ("web/i/j/lib/main.js", ""),
            ("web/i/j/index.js", ""),
        ],
        &[
            "web/app.ts > web/a.ts",
            "web/app.ts > web/b/index.tsx",
            "web/app.ts > web/c.ts",
            "web/app.ts > web/d/index.js",
            "web/app.ts > index.mjs",
            "web/app.ts > web/g.model.ts",
            "web/app.ts > web/h.mts",
            "web/app.ts > web/i/j/lib/main.js",
        ],
    );
}

#[test]
fn declarations_are_stubs() {
    leads(
        &[
            ("a.ts", "import './b'; import './c.js'; import './d';"),
            ("b.js", ""),
            ("b.d.ts", ""),
            ("c.js", ""),
            ("c.d.ts", ""),
            ("d.d.ts", "import './a';"),
        ],
        &[
            "a.ts > b.js",
            "a.ts > b.d.ts",
            "a.ts > c.js",
            "a.ts > c.d.ts",
            "a.ts > d.d.ts",
            "d.d.ts > a.ts",
        ],
    );
}

#[test]
fn aliases_are_those_of_the_nearest_configuration() {
    leads(
        &[
            (
                "tsconfig.json",
                "{ // at the top\n \"compilerOptions\": { \"baseUrl\": \".\", },\n}",
            ),
            (
                "web/tsconfig.json",
                r##"{"compilerOptions": {"paths": {
                    "@/*": ["./gone/*", "./src/*"], "@/special": ["./other.ts"],
                    "#/*": ["./inner/*"]}}}"##,
            ),
            (
                "web/src/a.ts",
                "import '@/b/c'; import '@/special'; import 'web/src/b/c';",
            ),
            (
                "web/package.json",
                r##"{"imports": {"#own": "./other.ts"}}"##,
            ),
            (
                "web/src/e.ts",
                "import '#/d'; import '#own'; import '#gone';",
            ),
            ("web/inner/d.ts", ""),
            ("web/src/b/c.ts", ""),
            ("web/other.ts", ""),
            ("tool.js", "import 'web/other'; import '@/b/c';"),
        ],
        &[
            "web/src/a.ts > web/src/b/c.ts",
            "web/src/a.ts > web/other.ts",
            "web/src/e.ts > web/inner/d.ts",
            "web/src/e.ts > web/other.ts",
            "tool.js > web/other.ts",
        ],
    );
}

#[test]
fn packages_of_the_repository_have_names() {
    leads(
        &[
            (
                "package.json",
                r##"{"workspaces": ["packages/*"], "imports": {"#util/*": "./lib/*.ts"}}"##,
            ),
            ("lib/x.ts", ""),
            (
                "packages/ui/package.json",
                r#"{"name": "@acme/ui", "exports": {
                ".": {"types": "./dist/index.d.ts", "import": "./dist/index.js"},
                "./parts/*": "./source/parts/*.ts", "./theme": {"default": ["./theme.js"]}}}"#,
            ),
            ("packages/ui/src/index.ts", "import '#util/x';"),
            ("packages/ui/src/button.tsx", ""),
            ("packages/ui/source/parts/a.ts", ""),
            ("packages/ui/theme.js", ""),
            (
                "packages/old/package.json",
                r#"{"name": "old", "main": "./main.js"}"#,
            ),
            (
                "packages/old/main.js",
                "module.exports = require('old/other');",
            ),
            ("packages/old/other.js", ""),
            ("node_modules/left/index.js", ""),
            ("node_modules/left/package.json", r#"{"name": "left"}"#),
            (
                "app.ts",
                "import '@acme/ui'; import '@acme/ui/parts/a'; import '@acme/ui/theme';\n\
                 import '@acme/ui/button'; import 'old'; import 'left'; import 'react';\n\
                 import { x } from '#util/x';",
            ),
        ],
        &[
            "app.ts > packages/ui/src/index.ts",
            "app.ts > packages/ui/source/parts/a.ts",
            "app.ts > packages/ui/theme.js",
            "app.ts > packages/ui/src/button.tsx",
            "app.ts > packages/old/main.js",
            "app.ts > lib/x.ts",
            "packages/old/main.js > packages/old/other.js",
        ],
    );
}

#[test]
fn what_is_not_there_is_told_from_what_is_elsewhere() {
    let graph = graph(&[
        ("package.json", r#"{"name": "here"}"#),
        (
            "tsconfig.json",
            r#"{"compilerOptions": {"paths": {"~/*": ["./src/*"]}}}"#,
        ),
        (
            "a.ts",
            "import './gone'; import '~/gone'; import 'here/gone'; import '#gone';\n\
             import 'react'; import 'node:fs'; import './a.css'; import '../../up';",
        ),
    ]);
    let targets: Vec<bool> = graph
        .imported(&path("a.ts"))
        .map(|it| it.target == Target::Missing)
        .collect();
    assert_eq!(
        targets,
        [true, true, true, true, false, false, false, false]
    );
}

#[test]
fn languages_do_not_mix() {
    let files = [
        ("app/__init__.py", ""),
        ("app/main.py", "import app.view\nfrom . import model\n"),
        ("app/view.py", ""),
        ("app/view.ts", "import './main'; import './model';"),
        ("app/model.ts", "import './view';"),
    ];
    leads(
        &files,
        &[
            "app/main.py > app/__init__.py",
            "app/main.py > app/view.py",
            "app/view.ts > app/model.ts",
            "app/model.ts > app/view.ts",
        ],
    );
    let graph = graph(&files);
    assert_eq!(graph.cycles(Kinds::RUNNING).len(), 1);
    let (model, view) = (path("app/model.ts"), path("app/view.ts"));
    let reached = graph.reached([&view], Direction::Dependants, Kinds::ALL);
    assert_eq!(
        reached.iter().map(|it| it.path).collect::<Vec<_>>(),
        [&model]
    );
    assert_eq!(graph.name(&view), None);
    assert_eq!(
        graph.name(&path("app/view.py")).as_deref(),
        Some("app.view")
    );
}

#[test]
fn python_alone_is_python_alone() {
    let layout = Layout::of(["a.py", "b.ts", "c.js"].map(path));
    assert_eq!(layout.files(Languages::Python), [path("a.py")]);
    let empty = Graph::with_scripts([], Roots::default(), Declared::default());
    assert!(empty.files().is_empty());
}

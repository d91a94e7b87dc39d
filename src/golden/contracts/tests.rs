//! Contracts of other tools, kept and broken.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::golden::Judged;
use crate::golden::paths::is_python;
use crate::golden::{Base, Config, RuleSet, Tree};
use crate::graph::{self, Graph, Roots};
use crate::repo::RepoPath;

type Files<'a> = &'a [(&'a str, &'a str)];

/// What is said of some files: places with codes, and what could not be judged.
fn judge(files: Files<'_>) -> (Vec<String>, Vec<(String, String)>) {
    let read: Vec<(RepoPath, Arc<graph::Reading>)> = files
        .iter()
        .filter(|(path, _)| is_python(path))
        .map(|(path, text)| {
            let path = RepoPath::new(*path).unwrap();
            (path, Arc::new(graph::facts(text.as_bytes())))
        })
        .collect();
    let python: Vec<RepoPath> = read.iter().map(|(path, _)| path.clone()).collect();
    let roots = Roots::detect(&python, &BTreeSet::new(), Vec::new());
    let graph = Graph::build(read, roots);
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.sort();
    let text = |wanted: &str| {
        let (_, text) = files.iter().find(|(path, _)| *path == wanted)?;
        Some(text.as_bytes().to_vec())
    };
    let tree = Tree {
        files: &paths,
        read: &text,
        graph: &graph,
        base: &Base::default(),
    };
    let set = RuleSet::prepare(&Config::none()).unwrap();
    let Judged {
        violations,
        failures,
    } = set.judge_tree(&tree);
    let shown = violations.into_iter().map(|(path, violation)| {
        let before = String::from_utf8(text(&path).unwrap()).unwrap();
        let at = violation.range.start().to_usize();
        let line = before[..at].matches('\n').count() + 1;
        format!("{path}:{line} {}", violation.code)
    });
    (shown.collect(), failures)
}

const SHOP: Files<'static> = &[
    ("shop/__init__.py", ""),
    ("shop/api.py", "from shop import domain\n"),
    ("shop/domain.py", "import os\nfrom shop import util\n"),
    (
        "shop/util.py",
        "from typing import TYPE_CHECKING\nimport django.db\n\nif TYPE_CHECKING:\n    import shop.api\n",
    ),
    ("shop/alone.py", "import os\n"),
];

fn with<'a>(path: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut files = SHOP.to_vec();
    files.push((path, text));
    files
}

#[test]
fn contracts_of_import_linter_are_kept_or_not() {
    for (contract, expected) in [
        (
            "type = 'forbidden'\nsource_modules = ['shop.api']\nforbidden_modules = ['shop.util']",
            &["shop/api.py:1"][..],
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.api']\nforbidden_modules = ['shop.util']\nallow_indirect_imports = true",
            &[],
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.alone']\nforbidden_modules = ['shop.util', 'django']",
            &[],
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.domain']\nforbidden_modules = ['django']",
            &["shop/domain.py:2"],
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.util']\nforbidden_modules = ['django']",
            &["shop/util.py:2"],
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.util']\nforbidden_modules = ['django']\nignore_imports = ['shop.util -> django']",
            &[],
        ),
        (
            "type = 'layers'\nlayers = ['shop.api', 'shop.domain', 'shop.util']",
            &["shop/util.py:5"],
        ),
        (
            "type = 'layers'\ncontainers = ['shop']\nlayers = ['util', 'domain | alone', '(missing)', 'api']",
            &["shop/api.py:1", "shop/domain.py:2"],
        ),
        (
            "type = 'layers'\nlayers = ['shop.api', 'shop.domain', 'shop.util']\nignore_imports = ['shop.util -> shop.*']",
            &[],
        ),
        (
            "type = 'independence'\nmodules = ['shop.alone', 'shop.domain']",
            &[],
        ),
        (
            "type = 'independence'\nmodules = ['shop.api', 'shop.domain']",
            &["shop/api.py:1", "shop/domain.py:2"],
        ),
    ] {
        let text = format!(
            "[tool.importlinter]\nroot_package = 'shop'\ninclude_external_packages = true\n\n[[tool.importlinter.contracts]]\nname = 'My law'\n{contract}\n"
        );
        let (found, failures) = judge(&with("pyproject.toml", &text));
        let expected: Vec<String> = expected
            .iter()
            .map(|place| format!("{place} import-linter:my-law"))
            .collect();
        assert_eq!(found, expected, "{contract}");
        assert_eq!(failures, [], "{contract}");
    }
}

#[test]
fn contracts_are_read_from_ini_files_too() {
    let contract = "[importlinter]\nroot_package = shop\nexclude_type_checking_imports = True\n\n[importlinter:contract:down]\nname = Down\ntype = layers\nlayers =\n    shop.util\n    shop.domain\n    shop.api\n";
    for path in [".importlinter", "setup.cfg"] {
        let (found, failures) = judge(&with(path, contract));
        let expected = ["shop/api.py:1", "shop/domain.py:2"];
        let expected = expected.map(|place| format!("{place} import-linter:down"));
        assert_eq!(found, expected, "{path}");
        assert_eq!(failures, []);
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for (contract, expected) in [
        (
            "type = 'protected'\nprotected_modules = ['shop.api']",
            "type `protected` are not supported",
        ),
        (
            "type = 'independence'\nmodules = ['shop.api']\nnew_option = 1",
            "the option `new_option` is not supported",
        ),
        (
            "type = 'layers'\nlayers = ['shop.api']\nexhaustive = true",
            "`exhaustive` is not supported",
        ),
        (
            "type = 'layers'\nlayers = ['shop.nothing', 'shop.api']",
            "there is no layer `shop.nothing`",
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.api']",
            "`forbidden_modules` is missing",
        ),
        (
            "type = 'forbidden'\nsource_modules = ['shop.api']\nforbidden_modules = ['django']",
            "include_external_packages",
        ),
        (
            "type = 'independence'\nmodules = ['shop.api', 'shop.alone']\nignore_imports = ['shop.api -> shop.alone']",
            "matches no import",
        ),
    ] {
        let text = format!(
            "[tool.importlinter]\nroot_packages = ['shop']\n\n[[tool.importlinter.contracts]]\nid = 'x'\nname = 'X'\n{contract}\n"
        );
        let (_, failures) = judge(&with("pyproject.toml", &text));
        let [(id, reason)] = &failures[..] else {
            panic!("{contract} {failures:?}");
        };
        assert_eq!(id, "import-linter:x");
        assert!(reason.contains(expected), "{reason}");
    }
}

const TACH: &str = "source_roots = ['.']\nexclude = ['tests']\n\n[[modules]]\npath = 'shop.api'\ndepends_on = ['shop.domain']\n\n[[modules]]\npath = 'shop.domain'\ndepends_on = []\n\n[[modules]]\npath = 'shop.util'\nutility = true\n\n[[modules]]\npath = 'shop.alone'\ndepends_on = []\n";

#[test]
fn modules_and_interfaces_of_tach() {
    let (found, failures) = judge(&with("tach.toml", TACH));
    assert_eq!((found, failures), (vec![], vec![]));
    let stricter = TACH
        .replace("utility = true\n", "")
        .replace("['shop.domain']", "[]");
    let (found, _) = judge(&with("tach.toml", &stricter));
    assert_eq!(
        found,
        [
            "shop/api.py:1 tach:modules",
            "shop/domain.py:2 tach:modules"
        ]
    );
    let mut files = with("tach.toml", "");
    let text =
        format!("{TACH}\n[[interfaces]]\nexpose = ['total', 'v.*']\nfrom = ['shop.domain']\n");
    files.last_mut().unwrap().1 = &text;
    files[1].1 = "from shop.domain import total, value\nfrom shop.domain import hidden\n";
    let (found, failures) = judge(&files);
    assert_eq!(found, ["shop/api.py:2 tach:interfaces"]);
    assert_eq!(failures, []);
}

#[test]
fn what_tach_is_told_and_hive_does_not_know_is_an_error() {
    for (text, expected) in [
        ("layers = ['a']\n", "the setting `layers"),
        ("exact = true\n", "the setting `exact"),
        (
            "[[modules]]\npath = 'a'\nlayer = 'x'\n",
            "the option `layer` of a module",
        ),
        ("[[modules]]\npath = 'a.*'\n", "the path `a.*`"),
        ("[[interfaces]]\nexpose = ['(']\n", "`(`"),
        ("modules = \n", "no TOML"),
    ] {
        let (_, failures) = judge(&with("tach.toml", text));
        assert_eq!(failures.len(), 1, "{text}");
        assert!(failures[0].1.contains(expected), "{failures:?}");
    }
}

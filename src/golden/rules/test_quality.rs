//! GR16: test files without tests, and tests that assert nothing.

use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{Module, ScopeKind, Station};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR16",
    slug: "test-quality",
    summary: "a test that tests nothing",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
A test that cannot fail is worse than none: it looks as if somebody had thought of it.

Found are test functions with nothing in them but `pass`, `...`, `return`, a docstring and calls of \
`print`; and files named as tests (`test_*.py`, `*_test.py`) that import pytest, unittest or another \
module for tests, without any test: no function `test…`, async or not, and no class that has \
one, inherits one, or is named `Test…`. What is imported or assigned counts as well.

Left alone are tests that are skipped or expected to fail, those that exist for a fixture \
(`usefixtures`, or a parameter), methods that switch off an inherited test, and tests with a comment \
that says why there is nothing to test; `TODO` and `FIXME` say that there is.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(check)]),
    proof: &[
        Example::new(
            &[
                (
                    "tests/test_a.py",
                    "import unittest\n\n\ndef test_nothing():\n    pass  # TODO\n\n\n# Says so.\nasync def test_prints():\n    \"\"\"Says so.\"\"\"\n    print('ok')\n    return\n\n\nclass TestIt(unittest.TestCase):\n    def test_later(self):\n        ...\n",
                ),
                ("tests/test_empty.py", "import os\n\nfrom django.test import TestCase\n\n\ndef load():\n    return os.sep, TestCase\n"),
                ("shop/b_test.py", "\"\"\"Tests.\"\"\"\nimport pytest\n\nVALUE = pytest\n"),
            ],
            &[
                ("tests/test_a.py", 4, 5),
                ("tests/test_a.py", 9, 11),
                ("tests/test_a.py", 16, 9),
                ("tests/test_empty.py", 1, 1),
                ("shop/b_test.py", 1, 1),
            ],
        ),
        Example::new(
            &[
                (
                    "tests/test_a.py",
                    "import pytest\nfrom base import Shared\n\n\n@pytest.mark.skip\ndef test_later():\n    pass\n\n\n@pytest.mark.usefixtures('db')\ndef test_fixture():\n    pass\n\n\ndef test_app(app):\n    pass\n\n\ndef test_call():\n    def inner():\n        pass\n\n    inner()\n\n\nclass TestShared(Shared):\n    def test_not_here(self):\n        pass\n\n\ndef helper():\n    pass\n",
                ),
                ("tests/test_inherited.py", "from base import Cases\n\n\nclass Mine(Cases):\n    pass\n"),
                ("tests/test_imported.py", "from base import test_one\n"),
                ("tests/test_made.py", "from base import make\n\ntest_one = make()\n"),
                ("tests/test_star.py", "from base import *\n"),
                ("tests/test_async.py", "async def test_one():\n    assert 1\n"),
                ("tests/test_if.py", "import sys\n\nif sys.platform == 'linux':\n\n    def test_one():\n        assert 1\n"),
                (
                    "tests/test_reasons.py",
                    "def test_base():\n    # The base class cannot be made.\n    pass\n\n\ndef test_field():\n    pass  # covered by test_call\n\n\ndef test_pickle():\n    pass\n    # Protocols below 2 cannot.\n\n\n# One more.\ndef test_last():\n    assert 1\n",
                ),
                ("tests/helper.py", "def load():\n    pass\n"),
                ("tests/test_sqlite.py", "DATABASES = {}\n"),
                ("tests/files/test_grain.py", "import time\n\n\ndef load():\n    return time\n"),
                (
                    "tests/test_user.py",
                    "import pytest\n\n\nclass User:\n    def test_method(self):\n        pass\n\n\ndef test_user():\n    assert User\n",
                ),
                ("shop/test_drive.py", "def drive():\n    pass\n"),
                ("shop/latest.py", "def test_drive():\n    pass\n"),
            ],
            &[],
        ),
    ],
};

fn check(module: &Module<'_>, found: &mut Found) {
    if !is_test_file(module) {
        return;
    }
    let mut tests = false;
    for at in &module.index.statements {
        let Stmt::FunctionDef(function) = at.node else {
            continue;
        };
        let around = module.scopes().get(at.scope);
        let class = match (around.kind, around.owner) {
            (ScopeKind::Module, _) => None,
            (ScopeKind::Class, Some(Stmt::ClassDef(class))) if collects(class) => Some(class),
            _ => continue,
        };
        if !function.name.as_str().starts_with("test") {
            continue;
        }
        tests = true;
        if does_nothing(module, function)
            && !has_reason(function, class)
            && !says_why(module, function)
        {
            found.at(
                &function.name,
                format!("`{}` asserts nothing", function.name),
            );
        }
    }
    if !tests
        && uses_tests(module)
        && !brings_tests(module)
        && let Some(first) = module.parsed.suite().first()
    {
        found.at(&first.range(), "there is no test in this test file");
    }
}

fn is_test_file(module: &Module<'_>) -> bool {
    let name = module.station.file_name();
    let named = name.starts_with("test_") || name.ends_with("_test.py");
    let mut directories = module.station.path.split('/').rev().skip(1);
    let below = directories.any(Station::is_tests);
    named && (below || uses_tests(module))
}

/// Whether a module imports what tests are written with: `pytest`, `unittest`,
/// `django.test`. One that does not may be data that merely lies among tests.
fn uses_tests(module: &Module<'_>) -> bool {
    const WITH: [&str; 5] = ["pytest", "unittest", "test", "testing", "tests"];
    let mut imports = module.index.imports.iter();
    imports.any(|import| import.path.iter().any(|part| WITH.contains(part)))
}

/// Whether a module has tests that are not written as functions in it.
fn brings_tests(module: &Module<'_>) -> bool {
    let mut names = module.scopes().module_names().map(|(name, _)| name);
    let class = |class: &StmtClassDef| {
        class.name.as_str().starts_with("Test")
            || class
                .bases()
                .iter()
                .any(|base| !matches!(base, Expr::Name(name) if name.id == "object"))
    };
    module.scopes().has_star
        || names.any(|name| name.starts_with("test") || is_test_class(name) || name == "load_tests")
        || module
            .index
            .statements
            .iter()
            .any(|at| matches!(at.node, Stmt::ClassDef(it) if class(it)))
}

/// Whether a name is that of a class of tests, and not of something to write them with.
fn is_test_class(name: &str) -> bool {
    name.starts_with("Test") && !name.ends_with("Case") && !name.ends_with("Client")
}

/// Whether the methods of a class may be tests.
fn collects(class: &StmtClassDef) -> bool {
    class.name.as_str().starts_with("Test") || !class.bases().is_empty()
}

fn does_nothing(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    function.body.iter().all(|statement| match statement {
        Stmt::Pass(_) => true,
        Stmt::Return(it) => it.value.as_deref().is_none_or(Expr::is_none_literal_expr),
        Stmt::Expr(it) => match &*it.value {
            Expr::Call(call) => is_print(module, &call.func),
            value => value.is_literal_expr(),
        },
        _ => false,
    })
}

fn is_print(module: &Module<'_>, called: &Expr) -> bool {
    matches!(called, Expr::Name(name) if name.id == "print")
        && module.scopes().of_module("print").is_empty()
}

/// Whether an empty test has a purpose all the same.
fn has_reason(function: &StmtFunctionDef, class: Option<&StmtClassDef>) -> bool {
    let parameters = function.parameters.len();
    let own = usize::from(class.is_some());
    let inherits = class.is_some_and(|class| {
        class
            .bases()
            .iter()
            .any(|base| !last_name(base).ends_with("TestCase"))
    });
    parameters > own || inherits || function.decorator_list.iter().any(excuses)
}

/// Whether a comment in a function says why there is nothing to test; one that puts it off
/// says nothing.
fn says_why(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    const LATER: [&str; 5] = ["TODO", "FIXME", "XXX", "noqa", "pylint"];
    let rest = &module.text[function.end().to_usize()..];
    // What is indented below the last statement belongs to the body, too.
    let mut end = function.end();
    for line in rest.split_inclusive('\n') {
        let is_first = end == function.end();
        let bare = line.trim_start();
        let inside = bare.len() < line.len() && (bare.starts_with('#') || bare.is_empty());
        if !is_first && !inside && !bare.is_empty() {
            break;
        }
        end += TextSize::of(line);
    }
    let body = TextRange::new(function.name.end(), end);
    let comments = module.parsed.tokens().iter();
    let mut comments =
        comments.filter(|token| token.kind().is_comment() && body.contains_range(token.range()));
    comments.any(|token| {
        let said = module.text_of(&token.range());
        let said = said.trim_start_matches('#').trim();
        said.len() > 3 && !LATER.iter().any(|word| said.starts_with(word))
    })
}

fn excuses(decorator: &Decorator) -> bool {
    let name = last_name(&decorator.expression).to_lowercase();
    ["skip", "fail", "fixtures", "todo"]
        .iter()
        .any(|it| name.contains(it))
}

fn last_name(expr: &Expr) -> &str {
    match expr {
        Expr::Call(call) => last_name(&call.func),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        Expr::Subscript(part) => last_name(&part.value),
        _ => "",
    }
}

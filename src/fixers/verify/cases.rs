//! Pairs of texts that must be accepted or rejected, as tables.

use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::PySourceType;

use super::{Binding, Changes, Claims, Rejection, verify, verify_source};

const SAME: &[(&str, &str)] = &[
    // Layout.
    ("", ""),
    ("", "\n"),
    ("x=1\n", "x = 1\n"),
    ("x = (1)\n", "x = 1\n"),
    ("return_ = (yield_)\n", "return_ = yield_\n"),
    ("def f():\n    return (x)\n", "def f():\n    return x\n"),
    ("if (a and b): pass\n", "if a and b:\n    pass\n"),
    ("a = b; c = d\n", "a = b\nc = d\n"),
    ("f(a,b,)\n", "f(\n    a,\n    b,\n)\n"),
    ("x = 1, 2\n", "x = (\n    1,\n    2,\n)\n"),
    ("for x in (1, 2): pass\n", "for x in 1, 2:\n    pass\n"),
    ("for (x, y) in z: pass\n", "for x, y in z:\n    pass\n"),
    ("x[(1, 2)]\n", "x[1, 2]\n"),
    ("del (a, b)\n", "del a, b\n"),
    ("del (a), b\n", "del a, b\n"),
    ("del (a,)\n", "del a\n"),
    ("class A(): pass\n", "class A:\n    pass\n"),
    ("assert x, (m)\n", "assert x, m\n"),
    ("print((1))\n", "print(1)\n"),
    (
        "with (open(a)) as f: pass\n",
        "with open(a) as f:\n    pass\n",
    ),
    (
        "with a as b, c as d: pass\n",
        "with (\n    a as b,\n    c as d,\n):\n    pass\n",
    ),
    ("x = a \\\n  + b\n", "x = a + b\n"),
    ("lambda a,b=1:a\n", "lambda a, b=1: a\n"),
    (
        "async def f():\n  await (g())\n",
        "async def f():\n    await g()\n",
    ),
    ("a = not(b)\n", "a = not b\n"),
    ("x = a**b\n", "x = a ** b\n"),
    ("@(d)\ndef f(): ...\n", "@d\ndef f(): ...\n"),
    (
        "match (x):\n  case (1): pass\n",
        "match x:\n    case 1:\n        pass\n",
    ),
    (
        "try: pass\nexcept (A): pass\n",
        "try:\n    pass\nexcept A:\n    pass\n",
    ),
    ("def f[T:(int)](x): ...\n", "def f[T: int](x): ...\n"),
    // Literals.
    ("'a'\n", "\"a\"\n"),
    ("x = 'it\\'s'\n", "x = \"it's\"\n"),
    ("x = u'a'\n", "x = \"a\"\n"),
    ("x = R'\\d'\n", "x = r\"\\d\"\n"),
    ("x = 'a' 'b'\n", "x = \"ab\"\n"),
    ("x = 'a'\\\n  'b'\n", "x = (\n    \"a\"\n    \"b\"\n)\n"),
    ("x = b'a' B'b'\n", "x = b\"ab\"\n"),
    ("x = f'{a}' 'b'\n", "x = f\"{a}b\"\n"),
    ("x = f'{a[\"b\"]}'\n", "x = f\"{a['b']}\"\n"),
    ("x = f'{ a !r:>{ w }}'\n", "x = f\"{a!r:>{w}}\"\n"),
    ("x = F'{a}'\n", "x = f'{a}'\n"),
    ("x = 0XABCDEF\n", "x = 0xABCDEF\n"),
    (
        "x = 0XFFFFFFFFFFFFFFFFFFFFF\n",
        "x = 0xfffffffffffffffffffff\n",
    ),
    ("x = 1E5\n", "x = 1e5\n"),
    ("x = 1_000J\n", "x = 1000j\n"),
    ("x = '\\ud800'\n", "x = \"\\uD800\"\n"),
    // Docstrings.
    ("'''  a  '''\n", "\"\"\"a\"\"\"\n"),
    (
        "def f():\n  '''a\n  b\n  '''\n",
        "def f():\n    \"\"\"a\n    b\n    \"\"\"\n",
    ),
    (
        "def f():\n\t'''a\n\t\tb\n\t'''\n",
        "def f():\n    '''a\n        b\n    '''\n",
    ),
    ("class A:\n  'a '\n", "class A:\n    \"\"\"a\"\"\"\n"),
    ("'''a   \n\n\n'''\n", "'''a'''\n"),
    ("''''''\n", "\"\"\" \"\"\"\n"),
    ("'''a\\\\'''\n", "\"\"\"a\\\\ \"\"\"\n"),
    // Comments and line ends.
    ("#a\nx=1#b\n", "# a\nx = 1  # b\n"),
    ("f(a, # x\n b)\n", "f(\n    a,  # x\n    b,\n)\n"),
    ("f(\n    a,  # x\n    b,  # y\n)\n", "f(a, b)  # x  # y\n"),
    ("x = 1\r\n", "x = 1\n"),
    ("x = '''a\r\nb'''\r\n", "x = '''a\nb'''\n"),
    ("'''a\r\n\r\nb'''\r\n", "'''a\n\nb'''\n"),
    ("\u{feff}x=1\n", "x = 1\n"),
    ("x = 1", "x = 1\n"),
    ("from a import (b,c)\n", "from a import b, c\n"),
];

const DIFFERENT: &[(&str, &str)] = &[
    ("x = 1\n", "x = 2\n"),
    ("x = 1\n", "x = 1.0\n"),
    ("x = 1\n", "x = True\n"),
    ("x = 1.0\n", "x = 1j\n"),
    ("x = 0.0\n", "x = -0.0\n"),
    (
        "x = 0XFFFFFFFFFFFFFFFFFFFFF\n",
        "x = 0XFFFFFFFFFFFFFFFFFFFFE\n",
    ),
    ("x = 'a'\n", "x = 'b'\n"),
    ("x = 'a'\n", "x = b'a'\n"),
    ("x = 'a '\n", "x = 'a'\n"),
    ("x = 'a' 'b'\n", "x = 'a', 'b'\n"),
    ("x = '\\ud800'\n", "x = '\\ud801'\n"),
    ("x = '\\r\\n'\n", "x = '\\n'\n"),
    ("x = '''a\\r\r\nb'''\r\n", "x = '''a\r\nb'''\r\n"),
    ("x = f'{a}'\n", "x = '{a}'\n"),
    ("x = f'a'\n", "x = 'a'\n"),
    ("x = f'{a}'\n", "x = f'{b}'\n"),
    ("x = f'{a!r}'\n", "x = f'{a!s}'\n"),
    ("x = f'{a:>1}'\n", "x = f'{a:>2}'\n"),
    ("x = f'{a:>1}'\n", "x = f'{a}'\n"),
    ("x = f'{a=}'\n", "x = f'{a = }'\n"),
    ("x = f'{a} '\n", "x = f'{a}'\n"),
    ("x = r'\\d'\n", "x = '\\\\D'\n"),
    ("a\nb\n", "a\n"),
    ("a\nb\n", "b\na\n"),
    ("a\n", "a\na\n"),
    ("if a: b\n", "if a: b\nelse: b\n"),
    ("if a: b\nelif c: d\n", "if a: b\nelse: d\n"),
    ("if a:\n    b\nc\n", "if a:\n    b\n    c\n"),
    ("not a\n", "a\n"),
    ("a and b\n", "b and a\n"),
    ("a or b\n", "a and b\n"),
    ("(a + b) * c\n", "a + b * c\n"),
    ("a < b\n", "a <= b\n"),
    ("a is b\n", "a is not b\n"),
    ("f(a=1, b=2)\n", "f(b=2, a=1)\n"),
    ("f(a)\n", "f(*a)\n"),
    ("f(*a)\n", "f(**a)\n"),
    ("f(a)\n", "f(a, a)\n"),
    ("f((a for a in b))\n", "f([a for a in b])\n"),
    ("x = (1,)\n", "x = 1\n"),
    ("x = 1, 2\n", "x = [1, 2]\n"),
    ("x = [1, 2]\n", "x = {1, 2}\n"),
    ("{'a': 1, 'b': 2}\n", "{'b': 2, 'a': 1}\n"),
    ("{**a}\n", "{a: a}\n"),
    ("a[1:2]\n", "a[1:2:3]\n"),
    ("a[1:]\n", "a[:1]\n"),
    ("a.b\n", "a.c\n"),
    ("(x): int = 1\n", "x: int = 1\n"),
    ("x: int = 1\n", "x = 1\n"),
    ("x += 1\n", "x -= 1\n"),
    ("def f(a, b): ...\n", "def f(b, a): ...\n"),
    ("def f(a, /): ...\n", "def f(a): ...\n"),
    ("def f(*, a): ...\n", "def f(a): ...\n"),
    ("def f(a=1): ...\n", "def f(a): ...\n"),
    ("def f(*a): ...\n", "def f(**a): ...\n"),
    ("def f() -> int: ...\n", "def f(): ...\n"),
    ("def f(): ...\n", "async def f(): ...\n"),
    ("@a\n@b\ndef f(): ...\n", "@b\n@a\ndef f(): ...\n"),
    ("class A(B, C): ...\n", "class A(C, B): ...\n"),
    ("class A(m=B): ...\n", "class A(B): ...\n"),
    ("def f[T](): ...\n", "def f[*T](): ...\n"),
    ("try: a\nexcept B: c\n", "try: a\nexcept* B: c\n"),
    ("try: a\nexcept B as e: c\n", "try: a\nexcept B: c\n"),
    ("try: a\nfinally: b\n", "try: a\nexcept: b\n"),
    ("raise A from b\n", "raise A\n"),
    ("while a: b\nelse: c\n", "while a: b\nc\n"),
    ("for a in b: c\n", "for b in a: c\n"),
    ("match a:\n    case [b]: c\n", "match a:\n    case b: c\n"),
    (
        "match a:\n    case {'b': c}: d\n",
        "match a:\n    case {'c': c}: d\n",
    ),
    (
        "match a:\n    case A(b=1): d\n",
        "match a:\n    case A(c=1): d\n",
    ),
    (
        "match a:\n    case b if c: d\n",
        "match a:\n    case b: d\n",
    ),
    (
        "match a:\n    case 1 | 2: d\n",
        "match a:\n    case 2 | 1: d\n",
    ),
    ("global a, b\n", "global a\n"),
    ("pass\n", "...\n"),
    ("return_\n", "None\n"),
    ("lambda: a\n", "lambda a: a\n"),
    ("[a for a in b if c]\n", "[a for a in b]\n"),
    ("[a for a in b for c in d]\n", "[a for c in d for a in b]\n"),
    ("a if b else c\n", "c if b else a\n"),
    ("(a := 1)\n", "(b := 1)\n"),
    ("def f():\n    yield a\n", "def f():\n    yield from a\n"),
    ("'''a'''\n", "'''b'''\n"),
    ("'''a b'''\n", "'''a  b'''\n"),
    ("'''a\n\nb'''\n", "'''a\nb'''\n"),
    ("'''a'b'''\n", "'''ab'''\n"),
    ("'''a'''\n", ""),
    ("f('''  a''')\n", "f('''a''')\n"),
    ("x = 1  # a\n", "x = 1\n"),
    ("x = 1\n", "x = 1  # a\n"),
    ("# a\n# a\nx\n", "# a\nx\n"),
    ("x = []  # type: a\n", "x = []  # type: b\n"),
    ("import a\nimport b\n", "import b\nimport a\n"),
    ("from a import b, c\n", "from a import c, b\n"),
    ("from a import b\n", "from .a import b\n"),
];

const SORTED: &[(&str, &str)] = &[
    ("import b\nimport a\n", "import a\nimport b\n"),
    ("import a, b\n", "import a\nimport b\n"),
    ("from a import c, b\n", "from a import b, c\n"),
    ("from a import b\nfrom a import c\n", "from a import b, c\n"),
    ("import a\nimport a\n", "import a\n"),
    ("from a import b, b\n", "from a import b\n"),
    ("import a.c\nimport a.b\n", "import a.b\nimport a.c\n"),
    (
        "import a\nfrom __future__ import x\n",
        "from __future__ import x\nimport a\n",
    ),
    (
        "from b import x\nfrom a import x\nimport c\n",
        "import c\nfrom b import x\nfrom a import x\n",
    ),
    (
        "from a import *\nfrom a import b\n",
        "from a import b\nfrom a import *\n",
    ),
    (
        "from b import *\nimport c\nimport a\n",
        "from b import *\nimport a\nimport c\n",
    ),
    (
        "if a:\n    import c\n    import b\n",
        "if a:\n    import b\n    import c\n",
    ),
    (
        "def f():\n  import c, b\n  x\n",
        "def f():\n    import b\n    import c\n\n    x\n",
    ),
    (
        "import b  # x\nimport a  # y\n",
        "import a  # y\nimport b  # x\n",
    ),
    (
        "from a import b  # x\nfrom a import c  # y\n",
        "from a import b, c  # x; y\n",
    ),
    ("import a  # x\nimport a  # x\n", "import a  # x\n"),
    ("import a\n", "# Standard\nimport a\n"),
    (
        "x = 1\nimport b\nimport a\ny = 2\n",
        "x = 1\nimport a\nimport b\n\ny = 2\n",
    ),
];

const NOT_SORTED: &[(&str, &str)] = &[
    ("import a\nimport b\n", "import a\n"),
    ("import a\n", "import a\nimport b\n"),
    ("import a\n", "import a\nimport a\n"),
    ("import a as b\n", "import a\n"),
    ("from a import b\n", "from . import b\n"),
    ("from .a import b\n", "from ..a import b\n"),
    ("from a import b\n", "from b import b\n"),
    ("import a.b\n", "import a\n"),
    (
        "from b import x\nfrom a import x\n",
        "from a import x\nfrom b import x\n",
    ),
    (
        "import b as x\nimport a as x\n",
        "import a as x\nimport b as x\n",
    ),
    (
        "import a.b as x\nfrom c import x\n",
        "from c import x\nimport a.b as x\n",
    ),
    (
        "import x\nfrom a import x\nimport x\n",
        "import x\nfrom a import x\n",
    ),
    (
        "from b import *\nfrom a import *\n",
        "from a import *\nfrom b import *\n",
    ),
    (
        "from b import *\nfrom a import x\n",
        "from a import x\nfrom b import *\n",
    ),
    ("import b\nx = 1\nimport a\n", "import a\nimport b\nx = 1\n"),
    ("import b\nx = 1\nimport a\n", "import a\nx = 1\nimport b\n"),
    ("import a\nx = 1\n", "import a\nx = 2\n"),
    ("import a\nx\ny\n", "import a\ny\nx\n"),
    (
        "try:\n    import b\nexcept E:\n    import a\n",
        "try:\n    import a\nexcept E:\n    import b\n",
    ),
    (
        "from __future__ import x\nimport a\n",
        "import a\nfrom __future__ import x\n",
    ),
    ("import a  # x\n", "import a\n"),
];

fn check(before: &str, after: &str, claims: &Claims) -> Result<(), Rejection> {
    verify(before, after, claims, PySourceType::Python).map(drop)
}

fn all(table: &[(&str, &str)], changes: Changes, accepted: bool) {
    let claims = Claims::new(changes);
    let wrong: Vec<_> = table
        .iter()
        .map(|(before, after)| (before, after, check(before, after, &claims)))
        .filter(|(_, _, verdict)| verdict.is_ok() != accepted)
        .collect();
    assert!(
        wrong.is_empty(),
        "{changes:?}, accepted = {accepted}: {wrong:#?}"
    );
}

#[test]
fn the_same_tree_is_accepted() {
    all(SAME, Changes::Layout, true);
    all(SAME, Changes::Imports, true);
}

#[test]
fn another_tree_is_rejected() {
    all(DIFFERENT, Changes::Layout, false);
}

#[test]
fn sorted_imports_are_accepted_where_they_are_claimed() {
    all(SORTED, Changes::Imports, true);
    all(SORTED, Changes::Layout, false);
}

#[test]
fn imports_that_bind_otherwise_are_rejected() {
    all(NOT_SORTED, Changes::Imports, false);
}

#[test]
fn every_rejected_text_parses_so_that_the_difference_is_what_rejects_it() {
    let tables = [DIFFERENT, SORTED, NOT_SORTED];
    for (before, after) in tables.into_iter().flatten() {
        let verdict = check(before, after, &Claims::new(Changes::Linter));
        assert_eq!(verdict, Ok(()), "{before:?} -> {after:?}");
    }
}

#[test]
fn a_result_must_parse_and_so_must_what_it_came_from() {
    for changes in [Changes::Layout, Changes::Imports, Changes::Linter] {
        let claims = Claims::new(changes);
        let broken = check("x = 1\ny\n", "x = 1\ny = (\n", &claims);
        assert!(
            matches!(broken, Err(Rejection::Broken { .. })),
            "{broken:?}"
        );
        let before = check("x = (\n", "x = 1\n", &claims);
        assert!(
            matches!(before, Err(Rejection::Unparsable { .. })),
            "{before:?}"
        );
    }
}

#[test]
fn a_rejection_names_what_differs_and_both_lines() {
    let before = "import os\n\n\ndef f():\n    return g(1,\n             2)\n";
    let after = "import os\n\n\ndef f():\n    return g(\n        1,\n        3,\n    )\n";
    let rejection = check(before, after, &Claims::new(Changes::Layout));
    let expected = Rejection::Differs {
        what: "the value of a number differs".to_owned(),
        before: 6,
        after: 7,
    };
    assert_eq!(rejection, Err(expected));
}

#[test]
fn a_star_may_move_where_that_is_claimed() {
    let claims = Claims {
        stars_may_move: true,
        ..Claims::new(Changes::Imports)
    };
    let pair = ("from b import *\nimport a\n", "import a\nfrom b import *\n");
    assert_eq!(check(pair.0, pair.1, &claims), Ok(()));
    assert!(check(pair.0, pair.1, &Claims::new(Changes::Imports)).is_err());
    assert!(check(pair.0, "import a\n", &claims).is_err());
}

#[test]
fn required_imports_may_be_added_at_the_top_only() {
    let claims = Claims {
        required_imports: vec![Binding {
            module: Some("__future__".to_owned()),
            name: "annotations".to_owned(),
            asname: None,
            level: Some(0),
        }],
        ..Claims::new(Changes::Imports)
    };
    let line = "from __future__ import annotations\n";
    assert_eq!(check("x = 1\n", &format!("{line}x = 1\n"), &claims), Ok(()));
    assert_eq!(
        check(
            "'''a'''\nimport b\n",
            &format!("'''a'''\n{line}import b\n"),
            &claims
        ),
        Ok(())
    );
    assert!(check("import b\n", &format!("{line}import c\n"), &claims).is_err());
    let inside = (
        "def f():\n    import b\n",
        "def f():\n    import annotations\n    import b\n",
    );
    assert!(check(inside.0, inside.1, &claims).is_err());
}

#[test]
fn code_in_docstrings_may_change_where_it_is_claimed() {
    let before = "'''Text.\n\n>>> f( 'a',0XF)\n'''\n";
    let after = "'''Text.\n\n>>> f(\"a\", 0xF)\n'''\n";
    let plain = Claims::new(Changes::Layout);
    let code = Claims {
        docstring_code: true,
        ..plain.clone()
    };
    assert!(check(before, after, &plain).is_err());
    assert_eq!(check(before, after, &code), Ok(()));
    assert!(check(before, &after.replace("Text", "Test"), &code).is_err());
}

#[test]
fn depth_does_not_overflow_the_stack() {
    // Only the parser needs the large stack here; the trees are leaked because
    // dropping them recurses, too.
    let large = std::thread::Builder::new().stack_size(1 << 30);
    let parsed = large.spawn(|| {
        let source = |text: String| ruff_python_parser::parse_module(&text).expect("it parses");
        let deep = |name: &str| source(format!("{}{name}\n", "-".repeat(100_000)));
        Box::leak(Box::new([deep("x"), deep("x"), deep("y")]))
    });
    let [one, same, other] = parsed.expect("a thread").join().expect("no overflow");
    let compare = |a: &ruff_python_parser::Parsed<_>, b: &ruff_python_parser::Parsed<_>| {
        let range = ruff_text_size::TextRange::default();
        let suites = (body(a), body(b));
        let claims = Claims::new(Changes::Layout);
        super::tree::compare(suites.0, suites.1, (range, range), ("", ""), &claims).is_ok()
    };
    assert!(compare(one, same));
    assert!(!compare(one, other));
}

fn body(
    parsed: &ruff_python_parser::Parsed<ruff_python_ast::ModModule>,
) -> &[ruff_python_ast::Stmt] {
    parsed.suite()
}

#[test]
fn notebooks_are_compared_cell_by_cell() {
    let notebook = |cells: &[&str]| {
        let cell = |source: &&str| {
            serde_json::json!({
                "cell_type": "code", "execution_count": null, "id": "a", "metadata": {},
                "outputs": [], "source": [source],
            })
        };
        let cells: Vec<_> = cells.iter().map(cell).collect();
        let text = serde_json::json!({
            "cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        });
        let notebook = ruff_notebook::Notebook::from_source_code(&text.to_string());
        SourceKind::ipy_notebook(notebook.expect("a notebook"))
    };
    let check = |before: &[&str], after: &[&str]| {
        let claims = Claims::new(Changes::Layout);
        verify_source(
            &notebook(before),
            &notebook(after),
            &claims,
            PySourceType::Ipynb,
        )
        .map(drop)
    };
    assert_eq!(
        check(&["x=1", "%time y", "z"], &["x = 1", "%time y", "z"]),
        Ok(())
    );
    let moved = check(&["x", "y\nz"], &["x\ny", "z"]);
    assert!(matches!(moved, Err(Rejection::Differs { .. })), "{moved:?}");
    let fewer = check(&["x", "y"], &["x\ny"]);
    assert_eq!(
        fewer,
        Err(Rejection::Cells {
            before: 2,
            after: 1
        })
    );
    assert!(check(&["%time y"], &["%time z"]).is_err());
}

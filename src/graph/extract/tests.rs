//! Facts from texts.

use super::super::depth::DEEPEST;
use super::super::facts::{self, Facts, Problem, Spot, What};
use super::super::kind::Kind;
use super::facts as extract;

fn of(text: &str) -> Facts {
    extract(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}\n{text}"))
}

/// Every import as `line:column kind spelling`.
fn imports(text: &str) -> Vec<String> {
    let facts = of(text);
    let named = facts.imports.iter().flat_map(|import| {
        import.names.iter().map(move |alias| {
            let bound = match &alias.alias {
                Some(name) => format!(" as {name}"),
                None => String::new(),
            };
            let Spot { line, column } = alias.at;
            let kind = import.kind.name();
            format!("{line}:{column} {kind} {}{bound}", import.spelled(alias))
        })
    });
    named.collect()
}

#[test]
fn imports_are_found_with_their_places() {
    for (text, expected) in [
        (
            "import a.b.c as x, d\n",
            &["1:8 module a.b.c as x", "1:20 module d"][..],
        ),
        (
            "from a.b import (\n    c,\n    d as e,\n)\n",
            &["2:5 module a.b.c", "3:5 module a.b.d as e"],
        ),
        (
            "from . import a\nfrom ..b import *\n",
            &["1:15 module .a", "2:17 module ..b.*"],
        ),
        (
            "x = 'ä'; import a\r\nimport b\r\n",
            &["1:17 module a", "2:8 module b"],
        ),
        ("\u{feff}import a\n", &["1:8 module a"]),
        (
            "import importlib\nimportlib.import_module('a')\n",
            &["1:8 module importlib"],
        ),
    ] {
        assert_eq!(imports(text), expected, "{text}");
    }
}

#[test]
fn kinds_come_from_where_a_statement_stands() {
    for (text, kind) in [
        ("import a\n", Kind::Module),
        ("class C:\n    import a\n", Kind::Module),
        ("with x:\n    import a\n", Kind::Module),
        ("try:\n    import a\nfinally:\n    pass\n", Kind::Module),
        ("try:\n    pass\nfinally:\n    import a\n", Kind::Module),
        ("if x:\n    import a\n", Kind::Conditional),
        ("if x:\n    pass\nelse:\n    import a\n", Kind::Conditional),
        ("for x in y:\n    import a\n", Kind::Conditional),
        (
            "match x:\n    case 1:\n        import a\n",
            Kind::Conditional,
        ),
        (
            "try:\n    import a\nexcept KeyError:\n    pass\n",
            Kind::Conditional,
        ),
        (
            "try:\n    import a\nexcept ImportError:\n    pass\n",
            Kind::Optional,
        ),
        (
            "try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    pass\n",
            Kind::Optional,
        ),
        (
            "try:\n    pass\nexcept ImportError:\n    import a\n",
            Kind::Optional,
        ),
        ("try:\n    import a\nexcept:\n    pass\n", Kind::Optional),
        (
            "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import a\n",
            Kind::Conditional,
        ),
        ("def f():\n    import a\n", Kind::Local),
        (
            "class C:\n    async def f(self):\n        import a\n",
            Kind::Local,
        ),
        (
            "def f():\n    if TYPE_CHECKING:\n        import a\n",
            Kind::Typing,
        ),
        ("if TYPE_CHECKING:\n    import a\n", Kind::Typing),
        ("if t.TYPE_CHECKING and x:\n    import a\n", Kind::Typing),
        ("if False:\n    import a\n", Kind::Typing),
        (
            "if TYPE_CHECKING:\n    pass\nelse:\n    import a\n",
            Kind::Conditional,
        ),
        ("if not TYPE_CHECKING:\n    import a\n", Kind::Conditional),
        (
            "if not TYPE_CHECKING:\n    pass\nelse:\n    import a\n",
            Kind::Typing,
        ),
        (
            "if x:\n    pass\nelif TYPE_CHECKING:\n    import a\n",
            Kind::Typing,
        ),
        ("if __name__ == '__main__':\n    import a\n", Kind::Main),
        (
            "if __name__ != '__main__':\n    import a\n",
            Kind::Conditional,
        ),
    ] {
        assert_eq!(of(text).imports[0].kind, kind, "{text}");
    }
    let renamed = of("from typing import TYPE_CHECKING as TC\nif TC:\n    import a\n");
    assert_eq!(renamed.imports[1].kind, Kind::Typing);
}

#[test]
fn definitions_are_named_by_what_is_around_them() {
    let facts = of("import a\n\
                    X = a.b\n\
                    y, z = 1, 2\n\
                    def f():\n    w = 1\n    class L(X): pass\n\
                    @a.dataclass(frozen=True)\n\
                    class C(a.Base[int], make(), metaclass=M):\n    class D: pass\n    def g(self): pass\n\
                    type T = int\n");
    let named: Vec<(&str, u32, u32)> = facts
        .definitions
        .iter()
        .map(|it| (it.name.as_str(), it.at.line, it.at.column))
        .collect();
    assert_eq!(
        named,
        [
            ("X", 2, 1),
            ("y", 3, 1),
            ("z", 3, 4),
            ("f", 4, 5),
            ("f.<locals>.L", 6, 11),
            ("C", 8, 7),
            ("C.D", 9, 11),
            ("T", 11, 6),
        ]
    );
    assert_eq!(
        facts.definitions[0].what,
        What::Value(Some("a.b".to_owned()))
    );
    let What::Class(class) = &facts.definitions[5].what else {
        panic!("{:?}", facts.definitions[5]);
    };
    assert_eq!(class.bases, [Some("a.Base".to_owned()), None]);
    assert_eq!(class.metaclass.as_deref(), Some("M"));
    assert_eq!(class.decorators, ["a.dataclass"]);
}

#[test]
fn exports_are_read_as_far_as_they_are_written_out() {
    for (text, expected) in [
        ("x = 1\n", None),
        ("__all__ = ['a', \"b\"]\n", Some((&["a", "b"][..], true))),
        (
            "__all__: list[str] = ('a',) + ['b']\n",
            Some((&["a", "b"], true)),
        ),
        (
            "__all__ = ['a']\n__all__ += ['b']\n__all__.append('c')\n",
            Some((&["a", "b", "c"], true)),
        ),
        (
            "__all__ = ['a']\n__all__.extend(m.__all__)\n",
            Some((&["a"], false)),
        ),
        ("__all__ = [name for name in x]\n", Some((&[], false))),
        (
            "__all__ = ['a'] + m.__all__ + ['b']\n",
            Some((&["a", "b"], false)),
        ),
        (
            "__all__ = ['a']\n__all__.remove('a')\n",
            Some((&["a"], false)),
        ),
        ("def f():\n    __all__ = ['a']\n", None),
    ] {
        let exports = of(text).exports;
        let read = exports
            .as_ref()
            .map(|it| (it.names.iter().map(String::as_str).collect(), it.complete));
        let expected = expected.map(|(names, complete)| (names.to_vec(), complete));
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn legacy_namespace_packages_are_known() {
    for (text, legacy) in [
        (
            "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
            true,
        ),
        (
            "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n",
            true,
        ),
        (
            "__import__('pkg_resources').declare_namespace(__name__)\n",
            true,
        ),
        ("__path__ = []\n", false),
    ] {
        assert_eq!(of(text).extends_path, legacy, "{text}");
    }
}

#[test]
fn what_is_no_python_is_a_problem() {
    let Err(Problem::Syntax { at, .. }) = extract(b"import a\nx = )\n") else {
        panic!("an error of syntax");
    };
    assert_eq!(at, Spot { line: 2, column: 5 });
    for bytes in [&b"x = '\xff'\n"[..], b"import a\0\n"] {
        assert!(matches!(extract(bytes), Err(Problem::Unreadable(_))));
    }
    assert_eq!(
        extract(b"# coding: latin-1\nx = '\xe9'; import a\n")
            .unwrap()
            .imports[0]
            .at
            .column,
        10
    );
}

/// Each of these ended the process by an overflow of the stack.
#[test]
fn hostile_texts_are_problems_too() {
    let minuses = format!("import a\nx = {}1\n", "-".repeat(200_000));
    let parentheses = format!(
        "import a\nx = {}1{}\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let sum = format!("import a\nx = 1{}\n", "+1".repeat(200_000));
    let attributes = format!("import a\nx = a{}\n", ".a".repeat(200_000));
    for text in [minuses, parentheses, sum, attributes] {
        assert_eq!(extract(text.as_bytes()), Err(Problem::TooDeep));
    }
}

/// The deepest texts that are taken must fit into the stack that they are given, on any
/// thread.
#[test]
fn the_deepest_texts_that_are_taken_do_no_harm() {
    let n = DEEPEST - 16;
    for text in [
        format!("import a\nx = {}1\n", "-".repeat(n)),
        format!("import a\nx = {}1\n", "not ".repeat(n)),
        format!("import a\nx = {}1{}\n", "(".repeat(n), ")".repeat(n)),
        format!("import a\nx = {}1{}\n", "[".repeat(n), "]".repeat(n)),
        format!("import a\nx = 1{}\n", "+1".repeat(n)),
        format!("import a\nx = 1{}\n", "**1".repeat(n)),
        format!("import a\nx = a{}\n", ".a".repeat(n)),
        format!("import a\nx = a{}\n", "()".repeat(n)),
        format!("import a\nx = {}1\n", "lambda:".repeat(n / 2)),
        format!("import a\nx = {}1\n", "1 if 1 else ".repeat(n / 2)),
    ] {
        let facts = extract(text.as_bytes());
        assert_eq!(
            facts.map(|facts| facts.imports.len()),
            Ok(1),
            "{}",
            &text[..40]
        );
    }
}

#[test]
fn facts_come_back_from_bytes() {
    let reading = Ok(of(
        "from .a import b as c\n__all__ = ['x']\nclass X(b.Y): pass\n",
    ));
    let written = facts::encode(&reading).unwrap();
    assert!(written.len() < 60, "{}", written.len());
    assert_eq!(facts::decode(&written), Some(reading));
    let problem = Err(Problem::TooDeep);
    assert_eq!(
        facts::decode(&facts::encode(&problem).unwrap()),
        Some(problem)
    );
    let mut other = written.clone();
    other[0] = facts::FORMAT + 1;
    assert_eq!(facts::decode(&other), None);
    assert_eq!(facts::decode(&written[..written.len() - 1]), None);
}

/// If this fails, the types of the facts have changed: raise `FORMAT`, then take over the
/// new number here.
#[test]
fn the_format_belongs_to_the_types() {
    let reading = Ok(of(
        "if x:\n    from ..a import b as c, d\n__all__ = ['x']\n\
                         class X(b.Y, metaclass=M): pass\ndef f(): pass\nx = y\n",
    ));
    let written = facts::encode(&reading).unwrap();
    let hash = blake3::hash(&written[1..]).to_hex();
    assert_eq!((facts::FORMAT, &hash[..16]), (1, "1ba032595e97d748"));
}

/// The short way and the whole one find the same in all of these.
#[test]
fn shortened_texts_have_the_same_facts() {
    use super::super::skim::skim;
    use super::whole;

    for text in [
        "def f(a=1, *b: int) -> x:\n    '''doc'''\n    y = 1\n    import z\nclass C: pass\n",
        "def f():\n    pass\n\n\nimport a\n",
        "if x:\n    y = 1\nelif z:\n    '''doc'''\nelse:\n    import a\n",
        "try:\n    x()\nexcept A: pass\nelse:\n    from b import c\n",
        "class C(B):\n    '''doc'''\n    x = 1\n    @deco\n    def f(self): import a\n    class D: pass\n",
        "@a.b\n@c(d)\nclass E: pass\n@f\ndef g(): pass\n",
        "x = 1; import a\ndef f():\n    x = 1; import b\n",
        "for i in [1,\n  2]:\n    import a\nelse:\n    import b\n",
        "with a as b, c as d:\n    import e\n",
        "match x:\n    case {'a': 1}:\n        import a\n    case _: pass\nmatch = 1\nmatch(x)\n",
        "x = {\n    'import a': '''\nimport b\n''',\n}\nimport c\n",
        "x = f\"{a['b']}\"; y = f'{{'\nimport a\n",
        "x = f\"{\"import\"}\"\nimport a\n",
        "x = f\"{'}' + \"#\"}\"\nimport a\n",
        "x: int\ny: list[int] = []\nz = w = a.b\nt, u = 1, 2\n__all__ = ['x']\n",
        "async def f():\n    async with x: import a\n    async for i in y:\n        import b\n",
        "if x: import a\nelse: import b\n",
        "x = 1 \\\n    + 2\nimport a \\\n    , b\n",
        "def f(): return 1\ndef g():\n\tif x:\n\t\timport a\n",
        "lambda: 1\nx[a:b] = 1\nx = y if z else {1: 2}\nassert x == 1, y\nx += 1\n",
        "import a\r\ndef f():\r\n    x = 'y'\r\n    import b\r\n",
        "\u{feff}import a\n# comment (\n    # indented comment\nimport b",
        "type X[T] = list[T]\ndef f[T](x: T): pass\nclass C[T](B[T]): pass\n",
        "global x\ndel y\nx = yield_\nwhile x: y\nimport a\n",
        "if True:\n    x\n    if y:\n        z\nimport a\n",
        "try:\n    import a\nfinally:\n    b()\n",
    ] {
        let short = skim(text).map(|it| it.text);
        assert_eq!(extract(text.as_bytes()), whole(text), "{text}\n{short:?}");
    }
    let long = format!(
        "X = [{}]\ndef f():\n    '''{}'''\nimport a\n",
        "1, ".repeat(99),
        "x ".repeat(99)
    );
    assert!(skim(&long).unwrap().text.len() < 60);
    assert_eq!(extract(long.as_bytes()), whole(&long));
}

//! What the rules about the repository as a whole say, whichever paths are named.

use super::repository;

const A: &str = "import shop.b\n\nTOTAL = shop.b.PRICE\n";
const B: &str = "PRICE = 1\n";
const CLOSED: &str = "import shop.a\n\nPRICE = 1\n\n\ndef total():\n    return shop.a.TOTAL\n";

#[test]
fn a_file_that_is_named_is_told_what_it_does_to_the_whole() {
    let sandbox = repository();
    sandbox.write("shop/__init__.py", "");
    sandbox.write("shop/a.py", A);
    sandbox.write("shop/b.py", B);
    sandbox.write("other.py", "x = 1\n");
    sandbox.commit("shop");
    sandbox.hive(&["check", "shop/b.py"]).expect(0);
    sandbox.write("shop/b.py", CLOSED);
    for keeps in [&["--no-memo"][..], &[], &[]] {
        let check = |path: &str| sandbox.hive(&[&["check", path], keeps].concat());
        let ran = check("shop/b.py").expect(1);
        assert!(ran.stdout.contains("GR07"), "{ran:?}");
        assert!(ran.stdout.contains("shop/b.py:1:8"), "{ran:?}");
        // It is told where it is, and nowhere else.
        check("other.py").expect(0);
        check("shop/a.py").expect(0);
    }
    sandbox.write("shop/b.py", B);
    sandbox.hive(&["check", "shop/b.py"]).expect(0);
}

#[test]
fn what_a_check_knows_is_what_a_check_of_everything_finds() {
    let sandbox = repository();
    sandbox.write(
        "hive.toml",
        "[golden]\nenable = [\"readme\", \"test-mapping\", \"python-version-spec\"]\n",
    );
    sandbox.write("shop/__init__.py", "");
    sandbox.write("shop/a.py", A);
    sandbox.write("shop/b.py", B);
    sandbox.write("pyproject.toml", "[project]\nname = \"shop\"\n");
    sandbox.commit("shop");
    let changes: [(&str, Option<&str>); 8] = [
        ("shop/b.py", Some(CLOSED)),
        ("shop/b.py", Some(B)),
        ("README.md", Some("The shop.\n")),
        ("tests/test_b.py", Some("import shop.b\n")),
        (
            "pyproject.toml",
            Some("[project]\nname = \"shop\"\nrequires-python = \">=3.9\"\n"),
        ),
        (".gitignore", Some("tests/\n")),
        ("shop/a.py", None),
        ("README.md", None),
    ];
    let mut told = std::collections::BTreeSet::new();
    for (path, text) in changes {
        match text {
            Some(text) => sandbox.write(path, text),
            None => std::fs::remove_file(sandbox.path(path)).unwrap(),
        }
        let anew = sandbox.hive(&["check", "--no-memo", "."]).stdout;
        for _ in 0..2 {
            assert_eq!(sandbox.hive(&["check", "."]).stdout, anew, "{path}");
        }
        // Most changes are told; a new test and a new module that is ignored are not.
        told.insert(anew);
    }
    assert!(told.len() > 4, "{told:?}");
}

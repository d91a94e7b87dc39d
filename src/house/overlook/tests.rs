use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use super::Overlook;
use crate::golden::{Config, Wanted};
use crate::repo::{Oid, Place};

#[expect(clippy::disallowed_methods, reason = "tests set up real repositories")]
fn git(root: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    let ran = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(identity)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{args:?}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

fn commit(root: &Path) -> Oid {
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message", "one"]);
    git(root, &["rev-parse", "HEAD^{tree}"]).parse().unwrap()
}

/// Writes a file when the clock that stamps files shows another time than before.
fn write(root: &Path, name: &str, text: &str) {
    let probe = tempfile::NamedTempFile::new().unwrap();
    let stamp = || {
        fs::write(probe.path(), "x").unwrap();
        let about = probe.path().metadata().unwrap();
        (about.ctime(), about.ctime_nsec())
    };
    let before = stamp();
    while stamp() == before {}
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
}

fn config(enable: &[&str]) -> Config {
    let wanted = Wanted {
        enable: enable.iter().map(|it| (*it).to_owned()).collect(),
        ..Wanted::default()
    };
    Config::new(&wanted).unwrap()
}

fn said(root: &Path, config: &Config, keeps: bool, base: Option<&Oid>) -> String {
    let overlook = Overlook {
        boundary: root.to_path_buf(),
        place: Place::find(root),
        config: config.clone(),
        keeps,
        // What was written before this look began counts as old.
        tick: -3_600_000,
    };
    format!("{:?}", overlook.judge(base).unwrap())
}

/// What happens to a repository; a commit that is looked at from now on, if it makes one.
type Happening = Box<dyn Fn(&Path) -> Option<Oid>>;

fn write_only(name: &'static str, text: &'static str) -> Happening {
    Box::new(move |root| {
        write(root, name, text);
        None
    })
}

/// Whatever changes, what is known says what a look at everything says; and every change
/// here is one that they have to tell.
#[test]
fn nothing_stale_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let root = &directory.path().canonicalize().unwrap();
    git(root, &["init", "--quiet"]);
    let rules = config(&[
        "no-import-cycles",
        "test-mapping",
        "readme",
        "python-version-spec",
        "no-conda",
    ]);
    let less = config(&["test-mapping"]);
    write(root, "shop/__init__.py", "");
    write(
        root,
        "shop/a.py",
        "import shop.b\n\n\ndef one():\n    pass\n",
    );
    write(root, "shop/b.py", "def two():\n    pass\n");
    write(root, "shop/c.py", "def three():\n    pass\n");
    write(root, "tests/test_c.py", "import shop.c\n");
    write(
        root,
        "pyproject.toml",
        "[project]\nname = \"shop\"\nrequires-python = \">=3.9\"\n",
    );
    write(root, "README.md", "The shop.\n");
    let first = commit(root);
    let mut bases = vec![Some(first)];
    let mut before = String::new();
    let steps: [(&str, Happening); 11] = [
        ("the beginning", Box::new(|_| None)),
        (
            "an import that closes a cycle",
            write_only("shop/b.py", "import shop.a\n\n\ndef two():\n    pass\n"),
        ),
        (
            "the same further down",
            write_only("shop/b.py", "\nimport shop.a\n\n\ndef two():\n    pass\n"),
        ),
        ("a blank README", write_only("README.md", "         \n")),
        (
            "no version of Python",
            write_only("pyproject.toml", "[project]\nname = \"shop\"\n"),
        ),
        (
            "an import root",
            write_only("tests/test_more.py", "import b\n"),
        ),
        (
            "it is declared",
            write_only(
                "pyproject.toml",
                "[project]\nname = \"shop\"\n\n[tool.ruff]\nsrc = [\"shop\"]\n",
            ),
        ),
        (
            "a module is gone",
            Box::new(|root| {
                fs::remove_file(root.join("shop/a.py")).unwrap();
                None
            }),
        ),
        (
            "an error of syntax",
            write_only("shop/new.py", "def broken(:\n"),
        ),
        (
            "it is ignored",
            write_only(".gitignore", "shop/b.py\nshop/new.py\n"),
        ),
        (
            "it is not ignored, and the base has it",
            Box::new(|root| {
                write(root, ".gitignore", "shop/new.py\n");
                write(
                    root,
                    "shop/a.py",
                    "import shop.b\n\n\ndef one():\n    pass\n",
                );
                Some(commit(root))
            }),
        ),
    ];
    for (name, step) in steps {
        if let Some(base) = step(root) {
            bases.push(Some(base));
        }
        let base = bases.last().unwrap().as_ref();
        let anew = said(root, &rules, false, base);
        for _ in 0..2 {
            assert_eq!(said(root, &rules, true, base), anew, "{name}");
        }
        if name != "an error of syntax" && name != "an import root" {
            assert_ne!(anew, before, "{name}");
        }
        before = anew;
        // Other settings, and another base.
        let other = said(root, &less, false, base);
        assert_eq!(said(root, &less, true, base), other, "{name}");
        for base in [None, bases[0].as_ref()] {
            let anew = said(root, &rules, false, base);
            assert_eq!(said(root, &rules, true, base), anew, "{name}");
        }
    }
}

//! The look-up over real repositories.

mod trees;

use std::fs;
use std::path::Path;

use super::importers;
use crate::repo::{Place, RepoPath};

#[expect(clippy::disallowed_methods, reason = "tests set up real repositories")]
fn git(directory: &Path, args: &[&str]) {
    let done = std::process::Command::new("git")
        .args(args)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?} {done:?}");
}

/// Asks who uses `names` of the module at `path` in a repository with these files; the
/// answers as `path:line name`.
fn ask(files: &[(&str, &str)], path: &str, names: &[&str]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    git(home.path(), &["init", "-q"]);
    for (name, text) in files {
        let file = home.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    git(home.path(), &["add", "."]);
    fs::write(home.path().join("untracked.py"), "from pkg.mod import os\n").unwrap();
    let place = Place::at(home.path()).unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let found = importers(&place, &RepoPath::new(path).unwrap(), &names).unwrap();
    let shown = found
        .iter()
        .map(|it| format!("{}:{} {}", it.path, it.line, it.name));
    shown.collect()
}

#[test]
fn each_way_to_use_a_name_is_found() {
    let cases: &[(&str, &str, Option<u32>)] = &[
        ("a.py", "import sys\nfrom pkg.mod import os\n", Some(2)),
        (
            "a.py",
            "from pkg.mod import (\n    x,\n    os as o,\n)\n",
            Some(3),
        ),
        ("a.py", "from src.pkg.mod import os\n", Some(1)),
        ("a.py", "def f():\n    from pkg.mod import os\n", Some(2)),
        ("a.py", "from pkg.mod import x\nimport os\n", None),
        ("a.py", "from other.mod2 import os\n", None),
        ("a.py", "from xpkg.mod import os\n", None),
        ("src/pkg/b.py", "from .mod import os\n", Some(1)),
        ("src/pkg/b.py", "from . import mod\nmod.os\n", Some(2)),
        ("src/pkg/sub/b.py", "from ..mod import os\n", Some(1)),
        ("src/pkg/sub/b.py", "from .mod import os\n", None),
        ("src/pkg/sub/b.py", "from .......mod import os\n", None),
        ("a.py", "import pkg.mod\nx = pkg.mod.os.path\n", Some(2)),
        ("a.py", "import pkg.mod as m\n\nm.os.path.join()\n", Some(3)),
        ("a.py", "from pkg import mod as m\nf(m.os)\n", Some(2)),
        ("a.py", "import pkg.mod as m\nm.x.os\n", None),
        ("a.py", "import pkg.mod as m\ngetattr(m, 'os')\n", Some(2)),
        ("a.py", "import other\ngetattr(other, 'os')  # mod\n", None),
        ("a.py", "patch('pkg.mod.os.path')\n", Some(1)),
        ("a.py", "patch('pkg.mod:os')\n", Some(1)),
        ("a.py", "patch('pkg.mod.osx')\n", None),
        ("a.py", "from pkg.mod import *\nos.path\n", Some(2)),
        ("a.py", "from pkg.mod import *\nimport os\nos.path\n", None),
        ("a.py", "from pkg.mod import *\nx\n", None),
        ("a.pyi", "from pkg.mod import os\n", Some(1)),
        ("a.txt", "from pkg.mod import os\n", None),
        ("a.py", "def (\nfrom pkg.mod import os\n", Some(2)),
    ];
    for (path, text, line) in cases {
        let files = [("src/pkg/mod.py", "import os\n"), (path, text)];
        let found = ask(&files, "src/pkg/mod.py", &["os"]);
        let expected: Vec<String> = line
            .iter()
            .map(|line| format!("{path}:{line} os"))
            .collect();
        assert_eq!(found, expected, "{path} {text}");
    }
}

#[test]
fn names_are_followed_through_packages_and_stars() {
    let files = [
        ("pkg/__init__.py", "from .mod import *\n"),
        ("pkg/mod.py", "import os\nimport _thread\n"),
        ("pkg/user.py", "from . import os\nfrom . import _thread\n"),
        ("app.py", "import pkg\n\npkg.os.path\n"),
    ];
    let found = ask(&files, "pkg/mod.py", &["os"]);
    assert_eq!(found, ["app.py:3 os", "pkg/user.py:1 os"]);
    assert_eq!(ask(&files, "pkg/mod.py", &["_thread"]), [""; 0]);
    assert_eq!(ask(&files, "pkg/mod.py", &[]), [""; 0]);

    let files = [
        (
            "pkg/mod.py",
            "import os\n__all__ = ['x']\n__all__ += ['os']\n",
        ),
        ("pkg/a.py", "from .mod import *\nprint(os)\n"),
        ("pkg/b.py", "from pkg.mod import sys\n"),
    ];
    assert_eq!(ask(&files, "pkg/mod.py", &["os"]), ["pkg/mod.py:3 os"]);
    assert_eq!(ask(&files, "pkg/mod.py", &["*"]), ["pkg/b.py:1 sys"]);
}

#[test]
fn files_that_are_gone_are_read_from_the_index() {
    let home = tempfile::tempdir().unwrap();
    git(home.path(), &["init", "-q"]);
    fs::write(home.path().join("mod.py"), "import os\n").unwrap();
    fs::write(home.path().join("user.py"), "from mod import os\n").unwrap();
    git(home.path(), &["add", "."]);
    fs::remove_file(home.path().join("user.py")).unwrap();
    let place = Place::at(home.path()).unwrap();
    let module = RepoPath::new("mod.py").unwrap();
    let found = importers(&place, &module, &["os".to_owned()]).unwrap();
    assert_eq!(found.len(), 1);

    fs::create_dir(home.path().join("user.py")).unwrap();
    let error = importers(&place, &module, &["os".to_owned()]).unwrap_err();
    assert!(
        error.to_string().starts_with("user.py cannot be read"),
        "{error}"
    );
}

/// A link to a device was read without end, and a text that nests deeply ended the process.
#[test]
fn what_cannot_be_looked_through_is_no_answer() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    git(home.path(), &["init", "-q"]);
    fs::write(at("mod.py"), "import os\n").unwrap();
    fs::write(at("user.py"), "from mod import os\n").unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("link.py")).unwrap();
    git(home.path(), &["add", "."]);
    let place = Place::at(home.path()).unwrap();
    let ask = || {
        let module = RepoPath::new("mod.py").unwrap();
        importers(&place, &module, &["os".to_owned()])
    };
    assert_eq!(ask().unwrap().len(), 1);
    let deep = format!("from mod import os\nx = {}1\n", "-".repeat(200_000));
    for name in ["user.py", "mod.py"] {
        fs::write(at(name), &deep).unwrap();
        let error = ask().unwrap_err().to_string();
        assert_eq!(error, format!("{name} nests too deeply to be parsed"));
        fs::write(at(name), "import os\n").unwrap();
    }
    fs::remove_file(at("user.py")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("user.py")).unwrap();
    assert_eq!(
        ask().unwrap_err().to_string(),
        "user.py cannot be read: not a file"
    );
}

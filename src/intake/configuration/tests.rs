//! Work trees whose configuration is, or is not, the committed one.
#![expect(clippy::disallowed_methods, reason = "tests run the real git")]

use std::fs;
use std::path::{Path, PathBuf};

use super::Configuration;
use crate::repo::{Oid, Place, RepoPath};

fn git(root: &Path, args: &[&str]) -> String {
    let done = std::process::Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(args)
        .current_dir(root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?} {done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

struct World {
    _home: tempfile::TempDir,
    root: PathBuf,
    tip: Oid,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work");
        for (path, text) in [
            ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
            ("src/ruff.toml", "extend = '../base.toml'\n"),
            ("src/app/a.py", "x\n"),
            ("src/a.py", "x\n"),
            ("base.toml", "preview = true\n"),
            ("tools/b.py", "x\n"),
            (".github/workflows/ci.yml", "on: push\n"),
            (".gitignore", "uv.lock\n"),
            ("shared/isort.cfg", "[settings]\n"),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        std::os::unix::fs::symlink("../shared/isort.cfg", root.join("tools/.isort.cfg")).unwrap();
        git(&root, &["init", "-q"]);
        git(&root, &["add", "."]);
        git(&root, &["commit", "-qm", "x"]);
        let tip = git(&root, &["rev-parse", "HEAD"]).parse().unwrap();
        Self {
            _home: home,
            root,
            tip,
        }
    }

    fn place(&self) -> Place {
        Place::at(&self.root).unwrap()
    }

    fn ask(&self, path: &str) -> Option<String> {
        let path = RepoPath::new(path).unwrap();
        let extends = [self.root.join("base.toml"), PathBuf::from("/etc/outside")];
        let configuration = Configuration::at(&self.place(), &self.tip).unwrap();
        let found = configuration.differs(&path, &extends).unwrap();
        found.map(String::from)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).unwrap();
    }
}

#[test]
fn committed_configuration_is_the_same() {
    let world = World::new();
    for path in ["src/app/a.py", "src/a.py", "tools/b.py", "new/c.py", "d.py"] {
        assert_eq!(world.ask(path), None, "{path}");
    }
    world.write("pyproject.toml", "[tool.ruff]\r\nline-length = 100\r\n");
    assert_eq!(world.ask("src/a.py"), None, "line endings do not count");
    world.write("src/a.py", "changed\n");
    world.write("uv.lock", "ignored\n");
    assert_eq!(world.ask("src/a.py"), None);
}

#[test]
fn a_difference_is_found_where_it_counts() {
    for (changed, text, hit, spared) in [
        ("pyproject.toml", Some("x = 1\n"), "tools/b.py", None),
        (
            "src/ruff.toml",
            Some("preview = true\n"),
            "src/app/a.py",
            Some("tools/b.py"),
        ),
        ("src/ruff.toml", None, "src/a.py", Some("tools/b.py")),
        (
            "src/app/.ruff.toml",
            Some("\n"),
            "src/app/a.py",
            Some("src/a.py"),
        ),
        ("base.toml", Some("\n"), "src/a.py", None),
        (
            ".github/workflows/ci.yml",
            Some("on: pull\n"),
            "src/a.py",
            None,
        ),
        (
            ".pre-commit-config.yaml",
            Some("repos: []\n"),
            "src/a.py",
            None,
        ),
        ("requirements-dev.txt", Some("ruff==1\n"), "src/a.py", None),
        (".gitattributes", Some("*.py text\n"), "src/a.py", None),
        ("hive.toml", Some("\n"), "src/a.py", None),
    ] {
        let world = World::new();
        match text {
            Some(text) => world.write(changed, text),
            None => fs::remove_file(world.root.join(changed)).unwrap(),
        }
        assert_eq!(world.ask(hit).as_deref(), Some(changed), "{changed}");
        if let Some(spared) = spared {
            assert_eq!(world.ask(spared), None, "{changed}");
        }
    }
}

#[test]
fn a_link_counts_by_what_it_leads_to() {
    let world = World::new();
    world.write("shared/isort.cfg", "[settings]\nprofile = black\n");
    assert_eq!(world.ask("tools/b.py").as_deref(), Some("tools/.isort.cfg"));
    assert_eq!(world.ask("src/a.py"), None);
}

#[test]
fn a_trusted_hive_toml_need_not_be_committed() {
    let world = World::new();
    world.write("hive.toml", "\n");
    let path = RepoPath::new("src/a.py").unwrap();
    world.write("team.toml", "\n");
    for (trusted, found) in [(true, None), (false, Some("hive.toml"))] {
        let configuration = Configuration::at(&world.place(), &world.tip)
            .unwrap()
            .accepting_hive_toml(trusted)
            .extending(&[world.root.join("team.toml")]);
        for _ in 0..2 {
            let differs = configuration.differs(&path, &[]).unwrap();
            assert_eq!(differs.map(String::from).as_deref(), found);
        }
    }
    // Once it is committed, a change waits like any other.
    git(&world.root, &["add", "hive.toml", "team.toml"]);
    git(&world.root, &["commit", "-qm", "x"]);
    let tip = git(&world.root, &["rev-parse", "HEAD"]).parse().unwrap();
    for changed in ["team.toml", "hive.toml"] {
        world.write(changed, "\n\n");
        let configuration = Configuration::at(&world.place(), &tip)
            .unwrap()
            .accepting_hive_toml(true)
            .extending(&[world.root.join("team.toml")]);
        let differs = configuration.differs(&path, &[]).unwrap();
        assert_eq!(differs.map(String::from).as_deref(), Some(changed));
    }
}

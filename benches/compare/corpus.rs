//! Source packages that the comparisons work on, and copies of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hive_test_support::{hook_managers, tools};

/// What the corpora are judged by.
pub(crate) const SELECT: &str =
    "[tool.ruff.lint]\nselect = [\"E4\", \"E7\", \"E9\", \"F\", \"I\"]\n";

/// A source package, unpacked, with the configuration of the comparison.
pub(crate) fn corpus(name: &str, version: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    let directory = home.join(format!("{name}-{version}"));
    if !directory.join("pyproject.toml").exists() {
        fs::create_dir_all(&home).expect("the target directory is writable");
        let pip = program(tools(), "pip");
        run(Command::new(pip)
            .args([
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
                "-d",
            ])
            .arg(&home)
            .arg(format!("{name}=={version}")));
        let archive = fs::read_dir(&home)
            .expect("the directory is readable")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let file = path
                    .file_name()
                    .and_then(|file| file.to_str())
                    .unwrap_or_default()
                    .to_lowercase();
                file.starts_with(&name.to_lowercase()) && file.ends_with(".tar.gz")
            })
            .expect("pip leaves the archive");
        run(Command::new("tar")
            // The directory is to belong to whoever measures, root too.
            .args(["-x", "-z", "--no-same-owner", "-f"])
            .arg(archive)
            .arg("-C")
            .arg(&home));
        let unpacked = fs::read_dir(&home)
            .expect("the directory is readable")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let file = path
                    .file_name()
                    .and_then(|file| file.to_str())
                    .unwrap_or_default()
                    .to_lowercase();
                path.is_dir() && file == format!("{}-{version}", name.to_lowercase())
            })
            .expect("the archive holds the package");
        if unpacked != directory {
            fs::rename(unpacked, &directory).expect("a rename");
        }
        let _ = fs::remove_file(directory.join("setup.cfg"));
        // A repository of its own: black and hive go by what the one around it ignores.
        run(Command::new("git")
            .args(["init", "--quiet"])
            .arg(&directory));
        fs::write(directory.join("pyproject.toml"), SELECT).expect("a configuration");
    }
    directory
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command starts");
    assert!(status.success(), "{command:?} failed");
}

pub(crate) fn beside(directory: &Path, suffix: &str) -> PathBuf {
    let mut name = directory.file_name().expect("it has a name").to_owned();
    name.push(".");
    name.push(suffix);
    directory.with_file_name(name)
}

/// Where black keeps what it knows.
pub(crate) fn black_cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data/black-cache")
}

/// Makes `copy` what `source` is, but for its repository, where hive keeps what it knows.
pub(crate) fn mirror(source: &Path, copy: &Path) {
    let entries = |directory: &Path| {
        let entries = fs::read_dir(directory).expect("the directory is readable");
        let paths = entries.flatten().map(|entry| entry.path());
        paths.filter(|path| !path.ends_with(".git"))
    };
    if !copy.exists() {
        run(Command::new("git").args(["init", "--quiet"]).arg(copy));
    }
    for path in entries(copy) {
        let gone = if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.expect("the copy goes");
    }
    run(Command::new("cp").arg("-r").args(entries(source)).arg(copy));
    // What the copy left to be written must not be flushed inside the timing.
    run(&mut Command::new("sync"));
}

pub(crate) fn program(environment: &Path, name: &str) -> String {
    environment
        .join("bin")
        .join(name)
        .to_str()
        .expect("a readable path")
        .to_owned()
}

pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// How many Python files of two directories differ.
pub(crate) fn differing(one: &Path, other: &Path) -> usize {
    let said = Command::new("diff")
        .args(["-rq", "--exclude=.*"])
        .arg(one)
        .arg(other)
        .output()
        .expect("diff runs")
        .stdout;
    let said = String::from_utf8_lossy(&said);
    said.lines().filter(|line| line.contains(".py")).count()
}

/// Where the managers of hooks and the tools are found first.
pub(crate) fn search_path() -> String {
    let bin = |home: &Path| {
        home.join("bin")
            .to_str()
            .expect("a readable path")
            .to_owned()
    };
    let rest = std::env::var("PATH").unwrap_or_default();
    format!("{}:{}:{rest}", bin(hook_managers()), bin(tools()))
}

/// Two ruff hooks, for pre-commit and prek.
pub(crate) const PRE_COMMIT: &str = "repos:\n- repo: local\n  hooks:\n  \
    - {id: ruff-check, name: ruff check, entry: ruff check --fix, language: system, types: [python]}\n  \
    - {id: ruff-format, name: ruff format, entry: ruff format, language: system, types: [python]}\n";

/// The same for lefthook, one after the other since both write.
pub(crate) const LEFTHOOK: &str = "pre-commit:\n  piped: true\n  jobs:\n    \
    - {name: check, glob: \"*.py\", run: \"ruff check --fix {staged_files}\"}\n    \
    - {name: format, glob: \"*.py\", run: \"ruff format {staged_files}\"}\n";

//! How people get hive and where it fits: packages, completion, services, and hive beside
//! or inside of what is there: managers of hooks, CI, editors.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts it, and its helpers fail the test"
)]

mod ci;
mod completing;
mod detached;
mod editors;
mod from;
mod managers;
mod packages;
mod service;

use std::fs;
use std::path::{Path, PathBuf};

use hive_test_support::Sandbox;

const HIVE: &str = env!("CARGO_BIN_EXE_hive");

/// A file that is fixed whole, and what it becomes.
const MESSY: &str = "import os\nx=1\n";
const NEAT: &str = "x = 1\n";

/// A file of hive's own sources.
fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A text of hive's own sources.
fn text_of(path: &str) -> String {
    fs::read_to_string(source(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of a language in a document.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = text_of(document);
    let fence = format!("```{language}\n");
    let blocks: Vec<String> = text
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect();
    assert!(!blocks.is_empty(), "{document} has no block of {language}");
    blocks
}

/// A repository in which `hive` is found in `PATH`, before these directories.
fn with_hive_in_path(before: &[PathBuf]) -> Sandbox {
    let mut sandbox = Sandbox::repository(HIVE);
    let bin = sandbox.home().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(HIVE, bin.join("hive")).unwrap();
    let rest = std::env::var_os("PATH").unwrap();
    let all = [bin]
        .into_iter()
        .chain(before.iter().cloned())
        .chain(std::env::split_paths(&rest));
    let path = std::env::join_paths(all).unwrap();
    sandbox.set("PATH", path);
    sandbox
}

/// Sources that nothing else in the repository says anything about: hive's own set.
fn write_sources(sandbox: &Sandbox) {
    sandbox.write("a.py", MESSY);
    sandbox.write("clean.py", NEAT);
}

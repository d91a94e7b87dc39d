//! Which commit a build is made from, for `hive --version`.
//!
//! Only release builds are told: whoever develops hive commits often, and the library
//! would be compiled anew for each commit. `BUILD_COMMIT` says it where there is no git
//! directory (a source archive), also in other builds; empty, it says that nothing is to
//! be told, and git is not looked at. git itself is never run: what HEAD is stands in two
//! small files, and outside a checkout of hive's own there is nothing to tell.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo talks to a build script by its environment"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// How many characters of the id are told.
const SHOWN: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BUILD_COMMIT");
    let commit = match env::var("BUILD_COMMIT") {
        Ok(said) => Some(said),
        Err(_) if env::var("PROFILE").is_ok_and(|profile| profile == "release") => {
            env::var_os("CARGO_MANIFEST_DIR").and_then(|root| head(Path::new(&root)))
        }
        Err(_) => None,
    };
    if let Some(commit) = commit.as_deref().map(str::trim).filter(|text| is_id(text)) {
        println!("cargo::rustc-env=HIVE_BUILD_COMMIT={}", &commit[..SHOWN]);
    }
}

/// The commit of HEAD, if this directory itself is a checkout. Has cargo look again when
/// HEAD, its log, or what it refers to changes, and at nothing else.
fn head(root: &Path) -> Option<String> {
    let git = git_directory(root)?;
    let common = fs::read_to_string(git.join("commondir"))
        .map_or_else(|_| git.clone(), |text| git.join(text.trim()));
    let text = fs::read_to_string(git.join("HEAD")).ok()?;
    watch(&git.join("HEAD"));
    let Some(reference) = text.strip_prefix("ref:").map(str::trim) else {
        return Some(text);
    };
    // A commit on a branch that is only in packed-refs makes a new file, for whose coming
    // cargo cannot be asked to wait; the log of HEAD shows it.
    watch(&git.join("logs/HEAD"));
    let loose = common.join(reference);
    if let Ok(text) = fs::read_to_string(&loose) {
        watch(&loose);
        return Some(text);
    }
    let packed = common.join("packed-refs");
    watch(&packed);
    let text = fs::read_to_string(packed).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(_, name)| *name == reference)
        .map(|(id, _)| id.to_owned())
}

/// The git directory of a work tree, which a file names where it is a linked one.
fn git_directory(root: &Path) -> Option<PathBuf> {
    let path = root.join(".git");
    if path.is_dir() {
        return Some(path);
    }
    let text = fs::read_to_string(&path).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

/// A file that is not there would have cargo run this script for every build.
fn watch(path: &Path) {
    if path.is_file() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn is_id(text: &str) -> bool {
    text.len() >= SHOWN && text.chars().all(|c| c.is_ascii_hexdigit())
}

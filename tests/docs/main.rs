//! What the README and the pages of docs/ show is so: every command line is run, every
//! link leads somewhere, and what is made from something else is made from what is there.
//!
//! A new page is a line in docs/SUMMARY.md. Its commands are found by their form
//! (`blocks`); where they need a repository of their own, or cannot run in a test,
//! `worlds` says so.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, and its helpers fail it"
)]

#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;
#[path = "../people/story.rs"]
#[allow(dead_code, reason = "it is shared with the tests of people")]
mod story;

mod blocks;
mod book;
mod commands;
mod generated;
mod help;
mod picture;
mod symptoms;
mod words;
mod worlds;

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of this repository.
fn document(name: &str) -> String {
    let path = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// README.md and every page below docs/, by their names from the root, sorted.
fn pages() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    list(&root().join("docs"), &mut found);
    found.sort();
    assert!(found.len() > 60, "only {} pages", found.len());
    found
}

fn list(directory: &Path, found: &mut Vec<String>) {
    let entries: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    for path in entries {
        if path.is_dir() {
            list(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            let name = path.strip_prefix(root()).unwrap();
            found.push(name.to_str().unwrap().to_owned());
        }
    }
}

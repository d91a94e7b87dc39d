//! The work tree that a command is about: the one around the current directory.

use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::repo::Place;

/// The work tree around `cwd`, or why there is none.
pub(super) fn work_tree(cwd: &Path) -> Outcome<Place> {
    Place::find(cwd).ok_or_else(|| missing(cwd))
}

/// Why there is no work tree around `cwd`.
pub(super) fn missing(cwd: &Path) -> Failure {
    bare(cwd).unwrap_or_else(|| {
        Failure::usage("there is no repository here")
            .hint("change to a directory of one; `git init` makes one")
    })
}

/// That there are no files around `cwd`, which is in a bare repository.
pub(super) fn bare(cwd: &Path) -> Option<Failure> {
    let bare = cwd.ancestors().any(|directory| {
        directory.join("HEAD").is_file()
            && directory.join("objects").is_dir()
            && directory.join("refs").is_dir()
    });
    bare.then(|| {
        Failure::usage("this repository is bare: there are no files here to keep clean")
            .hint("change to a clone, or to a work tree (`git worktree add PATH` makes one)")
    })
}

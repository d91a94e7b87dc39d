//! Who is to know that a commit took the place of another one: notes, and `post-rewrite`.
//!
//! Both by git itself, which knows the settings and where hooks are. A hook that fails is
//! heard by nobody, as with git. Being told twice, because hive died in between, does no
//! harm to notes: one that is there already is left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::super::sign::Committer;
use crate::crash;
use crate::process::{Limits, Program};
use crate::repo::{Oid, Place};

/// How long notes and hook may take each.
const DEADLINE: Duration = Duration::from_secs(10);

/// Tells that `new` took the place of `old` in this work tree.
pub(in crate::landing) fn tell(place: &Place, old: &Oid, new: &Oid) {
    crash::point("landing.fold.tell");
    let pair = format!("{old} {new}\n");
    // The new commit has no note of its own yet, so that how two are joined does not
    // matter; if it has one, this is the second time.
    let notes = ["-c", "notes.rewriteMode=ignore", "notes", "copy"];
    let rewrite = ["--for-rewrite=amend", "--stdin"];
    run(
        place,
        Program::new("git").args(notes).args(rewrite),
        &pair,
        "the notes",
    );
    let Ok(list) = listed(place, &pair) else {
        return;
    };
    let hook = ["hook", "run", "--ignore-missing"];
    let hook = Program::new("git")
        .args(hook)
        .arg(format!("--to-stdin={}", list.path().display()))
        .args(["post-rewrite", "--", "amend"]);
    run(place, hook, "", "the post-rewrite hook");
}

fn run(place: &Place, program: Program, input: &str, what: &str) {
    let ran = program
        .current_dir(&place.root)
        .stdin_bytes(input.as_bytes().to_vec())
        .limits(Limits {
            deadline: Some(DEADLINE),
            output: 1 << 20,
            ..Limits::default()
        })
        .run();
    match ran {
        Ok(finished) if finished.status.success() => {}
        Ok(finished) => tracing::info!(what, status = %finished.status, "told of a fold in vain"),
        Err(error) => tracing::info!(what, %error, "told of a fold in vain"),
    }
}

fn listed(place: &Place, pair: &str) -> std::io::Result<tempfile::NamedTempFile> {
    use std::io::Write;
    let mut file = tempfile::Builder::new()
        .prefix("rewritten-")
        .tempfile_in(place.own_dir())?;
    file.write_all(pair.as_bytes())?;
    Ok(file)
}

/// Whether there is a `post-rewrite` hook that lies in the work tree, where others decide
/// what it does. What cannot be told counts as one.
pub(super) fn hook_comes_with_repository(place: &Place) -> bool {
    let Ok(committer) = Committer::open(place) else {
        return true;
    };
    let Ok(directory) = committer.hooks() else {
        return true;
    };
    let inside = directory.starts_with(&place.root) && !directory.starts_with(&place.common_dir);
    let runs = |data: fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 != 0;
    inside && fs::metadata(directory.join("post-rewrite")).is_ok_and(runs)
}

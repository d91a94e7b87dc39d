//! The team's file and the files it extends.
//!
//! A repository is a stranger until it is trusted, so its settings may only lead
//! to files inside it or inside hive's own configuration directory of the user.
//! The test is made on canonical paths, before a byte is read: a symbolic link
//! or a `..` leads nowhere else, and no message shows what such a file holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::files::{self, SettingsFile, shown};
use super::layers::Layer;
use super::problem::Problem;
use super::reading::Entry;
use super::required::{OWN, Requirement};
use super::values::{Given, Value};
use crate::failure::Failure;
use crate::repo::Place;

const OUTSIDE: &str = "lies outside the repository and hive's configuration directory; its content \
                       does not count";

/// The team's file and what it extends, weakest first; empty without a team file.
///
/// Fails where two files claim to be the team's, or where one asks for another
/// hive. Everything else that is wrong is a problem of the file it stands in.
pub(super) fn chain(place: &Place) -> Result<Vec<(Layer, SettingsFile)>, Failure> {
    let Some(mut file) = team_file(place)? else {
        return Ok(Vec::new());
    };
    let mut chain = Vec::new();
    let mut seen = BTreeSet::from([canonical(&file.path)]);
    let mut layer = Layer::Team;
    loop {
        answer_requirement(&file, place)?;
        let next = match file.reading.entry("extend") {
            None => None,
            Some(entry) => match extended(place, &file.path, &entry.given, &mut seen) {
                Ok(next) => Some(next),
                Err(reason) => {
                    let problem = refusal(place, &file.path, entry, &reason);
                    file.reading.problems.push(problem);
                    None
                }
            },
        };
        chain.push((layer, file));
        layer = Layer::Extended;
        match next {
            Some(next) => file = next,
            None => break,
        }
    }
    chain.reverse();
    Ok(chain)
}

fn team_file(place: &Place) -> Result<Option<SettingsFile>, Failure> {
    let root = &place.root;
    let own = read_inside(place, &root.join("hive.toml"), |path| {
        SettingsFile::read(path, Some(root))
    });
    let table = read_inside(place, &root.join("pyproject.toml"), |path| {
        SettingsFile::read_tool_table(path, root)
    });
    match (own, table) {
        (Some(_), Some(_)) => Err(Failure::configuration(
            "the team's settings stand in two places: hive.toml and [tool.hive] in pyproject.toml",
        )
        .hint("move everything into one of the two and remove the other")),
        (own, table) => Ok(own.or(table)),
    }
}

/// Reads a file at the root unless it is a symbolic link that leads outside.
fn read_inside(
    place: &Place,
    path: &Path,
    read: impl FnOnce(&Path) -> Option<SettingsFile>,
) -> Option<SettingsFile> {
    let about = fs::symlink_metadata(path).ok()?;
    if about.is_symlink() && !is_allowed(place, &canonical(path)) {
        let refused = SettingsFile::refused(path, &place.root, OUTSIDE);
        // A pyproject.toml elsewhere is hive's business only if it speaks to hive.
        let is_pyproject = path
            .file_name()
            .is_some_and(|name| name == "pyproject.toml");
        return if is_pyproject {
            read(path).map(|_| refused)
        } else {
            Some(refused)
        };
    }
    read(path)
}

fn answer_requirement(file: &SettingsFile, place: &Place) -> Result<(), Failure> {
    let Some(entry) = file.reading.entry("required-version") else {
        return Ok(());
    };
    match Requirement::read(&entry.given) {
        Ok(requirement) if !requirement.allows(OWN) => {
            let name = shown(&file.path, Some(&place.root));
            Err(Failure::configuration(format!(
                "{name}:{} requires hive {requirement}, and this is hive {OWN}",
                entry.line
            ))
            .hint(format!(
                "install a hive that meets it, or change `required-version` in {name}"
            )))
        }
        _ => Ok(()),
    }
}

/// The file that `extend` names, or why there is none.
fn extended(
    place: &Place,
    from: &Path,
    given: &Given,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<SettingsFile, String> {
    let written = String::read(given)?;
    let below_home = written.strip_prefix("~/");
    let path = match (below_home, super::home()) {
        (Some(below), Some(home)) => home.join(below),
        _ => from.parent().unwrap_or(&place.root).join(&written),
    };
    let target = fs::canonicalize(&path).map_err(|error| format!("cannot be read: {error}"))?;
    if !is_allowed(place, &target) {
        return Err(OUTSIDE.to_owned());
    }
    if !seen.insert(target.clone()) {
        return Err("extends itself, directly or through other files".to_owned());
    }
    // Named as written, not as resolved, so that messages show what the team typed.
    let root = canonical(&place.root);
    let named = target
        .strip_prefix(&root)
        .map_or_else(|_| target.clone(), |inside| place.root.join(inside));
    SettingsFile::read(&named, Some(&place.root))
        .ok_or_else(|| "is gone since it was looked for".to_owned())
}

fn is_allowed(place: &Place, canonical_path: &Path) -> bool {
    let dot_git = place.root.join(".git");
    let in_git = [&place.git_dir, &place.common_dir, &dot_git]
        .iter()
        .any(|git| canonical_path.starts_with(canonical(git)));
    let in_repository = canonical_path.starts_with(canonical(&place.root)) && !in_git;
    let in_user = files::user_directory()
        .is_some_and(|directory| canonical_path.starts_with(canonical(&directory)));
    in_repository || in_user
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn refusal(place: &Place, path: &Path, entry: &Entry, reason: &str) -> Problem {
    let named = match &entry.given {
        Given::Text(text) => format!("`extend`: {text} {reason}"),
        _ => format!("`extend`: {reason}"),
    };
    let name = shown(path, Some(&place.root));
    match fs::read_to_string(path) {
        Ok(text) => Problem::at(&name, &text, &entry.span, named),
        Err(_) => Problem::of(format!("{name}:{}", entry.line), named),
    }
}

//! The short `hive.toml` that `hive init` writes where the team has none.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::crash;
use crate::evidence::{Source, Surroundings, Survey};
use crate::failure::{Failure, Outcome};
use crate::house::wanted;
use crate::repo::Place;
use crate::settings::trust::own_file;
use crate::settings::{Layer, Resolved, Settings};

/// The name of the file in a repository.
const NAME: &str = "hive.toml";
/// The file of the state directory that is about to become the team's.
const UNPLACED: &str = "hive.toml.new";

/// Writes the file unless the team's settings stand somewhere already. `protect` is a
/// branch to protect beside the defaults.
pub(super) fn write(
    place: &Place,
    resolved: &Resolved,
    protect: Option<&str>,
    context: &Context,
) -> Outcome<()> {
    let protected = protect.map(|branch| {
        let mut all = resolved.settings.commit.protected.clone();
        all.push(branch.to_owned());
        all
    });
    if has_one(place, resolved) {
        context
            .terminal
            .say("the team's settings are there; hive does not change them");
        if let Some(protected) = protected {
            let line = format!("add to them: commit.protected = {}", list(&protected));
            return context.terminal.line(&line).map_err(Failure::from_output);
        }
        return Ok(());
    }
    let text = text(
        is_without_evidence(place, &resolved.settings),
        protected.as_deref(),
    );
    let path = place.root.join(NAME);
    let failed =
        |error: io::Error| Failure::internal(format!("{NAME} cannot be written")).caused_by(error);
    // First what would be written, then the file: a crash in between leaves a note
    // about a file that is not there.
    own_file::note(place, text.as_bytes()).map_err(failed)?;
    crash::pass("init.team-file").map_err(failed)?;
    place_whole(place, &path, text.as_bytes()).map_err(failed)?;
    context
        .terminal
        .say("hive.toml: written; commit it, so that the team has the same answers");
    Ok(())
}

/// Makes a file appear with its content: an empty one would be the team's word. Never
/// over a file that has come into being meanwhile.
pub(super) fn place_whole(place: &Place, path: &Path, text: &[u8]) -> io::Result<()> {
    let whole = place.state_dir().join(UNPLACED);
    // After a crash behind the link this is another name of a file that is placed: to
    // write into it would be to write into that one.
    match fs::remove_file(&whole) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => create_new(&whole, text)?,
    }
    crash::pass("init.team-file.write")?;
    let placed = match fs::hard_link(&whole, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) => Ok(()),
        // The git directory lies elsewhere, or there are no hard links.
        Err(_) => create_new(path, text),
    };
    crash::pass("init.team-file.placed")?;
    fs::remove_file(&whole)?;
    placed
}

fn create_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text)
}

/// Whether the file is as `hive init` wrote it.
pub(in crate::cli) fn is_unchanged(place: &Place) -> io::Result<bool> {
    own_file::is_unchanged(place, &path(place))
}

/// Where the file is.
pub(in crate::cli) fn path(place: &Place) -> PathBuf {
    place.root.join(NAME)
}

/// Whether the team has settings: a file of its own, however empty, or a table.
fn has_one(place: &Place, resolved: &Resolved) -> bool {
    let table = |text: String| {
        text.lines()
            .any(|line| line.trim_start().starts_with("[tool.hive"))
    };
    path(place).symlink_metadata().is_ok()
        || resolved
            .origins
            .values()
            .any(|origin| origin.layer == Layer::Team)
        || fs::read_to_string(place.root.join("pyproject.toml")).is_ok_and(table)
}

/// Whether nothing in the root's project says which tools are used.
fn is_without_evidence(place: &Place, settings: &Settings) -> bool {
    let survey = Survey::new(place.root.clone(), &Surroundings::here());
    let plan = survey.project_of(&place.root).plan(wanted(settings));
    !plan.decisions.is_empty()
        && plan.decisions.iter().all(|decision| {
            let first = decision.evidence.first();
            first.is_some_and(|evidence| evidence.source == Source::HiveDefault)
        })
}

/// What is written. Nothing in it merely repeats a default.
fn text(own_set: bool, protected: Option<&[String]>) -> String {
    let mut text = "# What this team wants of hive. `hive config show` prints every setting and who set\n\
                    # it, `hive config explain KEY` what it does, `hive doctor` which tools are used.\n"
        .to_owned();
    if own_set {
        text.push_str(
            "\n# Nothing else here says which tools are used: ruff lints (E4, E7, E9, F), sorts\n\
             # imports (I) and formats.\n\
             lint = \"ruff\"\nimports = \"ruff\"\nformat = \"ruff\"\n",
        );
    }
    if let Some(protected) = protected {
        let _ = write!(text, "\n[commit]\nprotected = {}\n", list(protected));
    }
    text
}

fn list(items: &[String]) -> String {
    let array: toml_edit::Array = items.iter().map(String::as_str).collect();
    array.to_string()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_file_is_short_and_valid() {
        for (own_set, protected, keys) in [
            (false, None, &[][..]),
            (true, None, &["format", "imports", "lint"]),
            (false, Some("ma\"in"), &["commit"]),
        ] {
            let branches = protected.map(|branch| vec!["release/*".to_owned(), branch.to_owned()]);
            let text = text(own_set, branches.as_deref());
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table.keys().collect::<Vec<_>>(), keys, "{text}");
            assert!(text.starts_with('#') && text.lines().count() < 12);
        }
    }
}

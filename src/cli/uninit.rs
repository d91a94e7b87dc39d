//! `hive uninit`: takes everything away that `hive init` and its agents have left.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::init::{agents, hooks as said, team_file};
use super::{Context, Ending};
use crate::agent::lock::{HANDOVER, Holder, Kind};
use crate::cli::here;
use crate::crash;
use crate::failure::{Failure, Outcome};
use crate::hooks::{self, Git};
use crate::queue::{WaitingFix, WaitingState};
use crate::repo::{Place, flock, tracked};
use crate::settings::shown;
use crate::settings::trust::Trust;
use crate::store;
use crate::wake;

/// How long work in the background may take to go.
const PATIENCE: Duration = Duration::from_secs(30);

/// Remove hive from this repository, and leave no trace
///
/// Removes the hooks and puts back what was there before, the database, the personal
/// settings and the trust in this repository; hive.toml only where git does not track
/// it and nobody has changed it since `hive init`; its entries in the settings of coding
/// agents where git does not track those. Refuses while an agent runs, and while there is
/// something that would be lost.
#[derive(Debug, Args)]
pub(super) struct UninitArgs {
    /// Also remove rescued files and held fixes
    #[arg(long)]
    force: bool,
}

/// Runs `hive uninit`.
pub(super) fn run(args: &UninitArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let git = Git::default();
    let installed =
        hooks::installed(&place, &git).map_err(|error| said::failure(error, "looked at"))?;
    let own_dirs = own_directories(&place);
    if !installed && own_dirs.is_empty() {
        Trust::revoke(&place)?;
        context.terminal.say("hive is not installed here");
        return Ok(Ending::Clean);
    }
    if !args.force {
        let reasons = would_be_lost(&place)?;
        if !reasons.is_empty() {
            return Err(Failure::configuration(format!(
                "this would be lost: {}",
                reasons.join("; ")
            ))
            .hint("`hive uninit --force` removes it all the same"));
        }
    }
    for one in work_trees(&place) {
        if super::service::forget(&one)? {
            context
                .terminal
                .say("the service of `hive service install`: removed");
        }
    }
    // Held to the end: an agent or a drain that starts meanwhile ends at once.
    let locks = own_dirs
        .iter()
        .map(|directory| lock(directory, &place))
        .collect::<Outcome<Vec<File>>>()?;
    step("uninit.begin")?;
    let done = hooks::remove(&place, &git).map_err(|error| said::failure(error, "removed"))?;
    said::said(&done, &place, context);
    step("uninit.hooks")?;
    for one in work_trees(&place) {
        team_settings(&one, context)?;
        agents::forget(&one, context)?;
    }
    if let Some(database) = store::repository_file(&place)
        && let Some(directory) = database.parent()
        && !directory.starts_with(&place.common_dir)
    {
        remove(directory, &place)?;
    }
    step("uninit.trust")?;
    Trust::revoke(&place)?;
    // The shared directory last: as long as it is there, the command can be repeated.
    for directory in own_dirs.iter().rev() {
        step("uninit.directory")?;
        remove(directory, &place)?;
    }
    drop(locks);
    context.terminal.say("hive is removed from this repository");
    Ok(Ending::Clean)
}

/// What would be lost for good, one phrase each.
fn would_be_lost(place: &Place) -> Outcome<Vec<String>> {
    let mut reasons = Vec::new();
    let rescue = place.state_dir().join("rescue");
    match fs::read_dir(&rescue) {
        Ok(entries) => {
            let count = entries.count();
            if count > 0 {
                let files = if count == 1 { "file" } else { "files" };
                reasons.push(format!(
                    "{count} rescued {files} in {}",
                    shown(&rescue, Some(&place.root))
                ));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let path = shown(&rescue, Some(&place.root));
            return Err(Failure::internal(format!("cannot read {path}")).caused_by(error));
        }
    }
    let held = held(place)?;
    if held > 0 {
        let fixes = if held == 1 { "fix" } else { "fixes" };
        reasons.push(format!("{held} {fixes} that `hive status` shows as held"));
    }
    Ok(reasons)
}

/// How many fixes are held in the work trees of a repository.
fn held(place: &Place) -> Outcome<usize> {
    // Where no queue has ever been at work, asking would make one.
    if !place.state_dir().join("tick").exists() {
        return Ok(0);
    }
    let mut held = 0;
    for one in work_trees(place) {
        let fixes = super::watch::open_queue(&one)?.waiting_fixes()?;
        let is_held = |fix: &&WaitingFix| matches!(fix.state, WaitingState::Held { .. });
        held += fixes.iter().filter(is_held).count();
    }
    Ok(held)
}

/// hive's directories in the git directories of this repository: the shared one, which
/// is also the main work tree's own, first; then those of linked work trees.
fn own_directories(place: &Place) -> Vec<PathBuf> {
    let linked = fs::read_dir(place.common_dir.join("worktrees"));
    let linked = linked.into_iter().flatten().flatten();
    let mut all = vec![place.state_dir()];
    all.extend(linked.map(|entry| entry.path().join("hive")));
    all.retain(|directory| directory.is_dir());
    all
}

/// All work trees of the repository, this one first; linked ones as git knows them.
fn work_trees(place: &Place) -> Vec<Place> {
    let main = (place.git_dir != place.common_dir)
        .then(|| place.common_dir.parent())
        .flatten();
    let linked = fs::read_dir(place.common_dir.join("worktrees"));
    let linked = linked.into_iter().flatten().flatten().filter_map(|entry| {
        let text = fs::read_to_string(entry.path().join("gitdir")).ok()?;
        Place::at(Path::new(text.trim()).parent()?)
    });
    let mut all = vec![place.clone()];
    all.extend(main.and_then(Place::at));
    all.extend(linked);
    // A directory whose `.git` leads elsewhere by now is somebody else's.
    all.retain(|one| one.common_dir == place.common_dir);
    all.sort_by_key(|one| (one.git_dir != place.git_dir, one.git_dir.clone()));
    all.dedup_by(|one, other| one.git_dir == other.git_dir);
    all
}

/// Takes the agent's lock of a work tree.
fn lock(directory: &Path, place: &Place) -> Outcome<File> {
    let path = directory.join(wake::AGENT_LOCK);
    let failed = |error: io::Error| {
        let path = shown(&path, Some(&place.root));
        Failure::internal(format!("cannot lock {path}")).caused_by(error)
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    // Work in the background goes when it is asked; a person's `hive watch` does not.
    let watched = fs::read_to_string(&path)
        .ok()
        .and_then(|text| serde_json::from_str::<Holder>(&text).ok())
        .is_some_and(|holder| holder.kind == Kind::Watch);
    let patience = if watched { Duration::ZERO } else { PATIENCE };
    let handover = directory.join(HANDOVER);
    let asked = fs::write(&handover, b"");
    let locked = flock::exclusive(file, patience).map_err(failed);
    if asked.is_ok() {
        let _ = fs::remove_file(&handover);
    }
    locked?.ok_or_else(|| {
        Failure::configuration("an agent is at work in this repository")
            .hint("`hive watch --stop` ends it; then run `hive uninit` again")
    })
}

/// Removes `hive.toml` where it is nobody's but ours.
fn team_settings(place: &Place, context: &Context) -> Outcome<()> {
    let path = team_file::path(place);
    let failed = |error: io::Error| {
        Failure::internal("hive.toml cannot be looked at or removed").caused_by(error)
    };
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let tracked = tracked::is_tracked(place, &path).map_err(|error| {
        Failure::internal("cannot tell whether git tracks hive.toml").caused_by(error)
    })?;
    if tracked {
        context
            .terminal
            .say("hive.toml: kept, since git tracks it; `git rm hive.toml` removes it");
    } else if team_file::is_unchanged(place).map_err(failed)? {
        fs::remove_file(&path).map_err(failed)?;
        context.terminal.say("hive.toml: removed");
    } else {
        context
            .terminal
            .say("hive.toml: kept, since somebody has written in it");
    }
    Ok(())
}

/// Passes a point of the removal.
fn step(name: &str) -> Outcome<()> {
    crash::pass(name).map_err(|error| {
        Failure::internal("hive cannot be removed")
            .caused_by(error)
            .hint("run `hive uninit` again")
    })
}

fn remove(directory: &Path, place: &Place) -> Outcome<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let path = shown(directory, Some(&place.root));
            Err(Failure::internal(format!("cannot remove {path}")).caused_by(error))
        }
        _ => Ok(()),
    }
}

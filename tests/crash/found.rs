//! Faults that the matrix has found, each held by the cases that found it.

use crate::database::bare;
use crate::ground::Prepared;
use crate::installing::{self, Repositories};
use crate::matrix::named;
use crate::{landing, writing};

fn installing(names: &[&str]) {
    let repositories = Repositories::new();
    for case in names.iter().flat_map(|name| named(name)) {
        assert!(
            installing::run(&case, &repositories),
            "{case} passes no point"
        );
    }
}

/// The next `hive init` took the person's hook for two hooks and refused for ever, and
/// `hive uninit` left its second name.
#[test]
fn an_installation_that_ends_before_its_hook_is_written_goes_on() {
    installing(&[
        "Init/hooks.kept/Kill/Clean/3000",
        "Init/hooks.kept/Error/Clean/3000",
    ]);
}

/// What was left of the hook that was being written stayed for ever.
#[test]
fn an_installation_that_dies_while_it_writes_a_hook_leaves_no_trace() {
    installing(&["Init/hooks.write/Kill/Clean/3000"]);
}

/// An empty `hive.toml` was left, and counted as the team's word.
#[test]
fn an_installation_that_dies_while_it_writes_the_team_file_writes_it_again() {
    installing(&["Init/init.team-file.write/Kill/Clean/3000"]);
}

/// The commit on hive's own branch was not known as hive's and was made once more.
#[test]
fn a_landing_beside_that_dies_when_the_branch_has_moved_is_recorded() {
    let prepared = Prepared::new();
    for name in [
        "Beside/landing.beside.moved/Kill/Clean/3000",
        "Beside/landing.beside.moved/Error/Both/3000",
    ] {
        for case in named(name) {
            assert!(landing::run(&case, &prepared), "{case} passes no point");
        }
    }
}

/// The session was ended all the same: the next run did not know of the displaced file,
/// which stayed where nobody looks.
#[test]
fn a_displaced_file_that_cannot_be_kept_is_kept_by_the_next_run() {
    let prepared = Prepared::new();
    for name in [
        "Writing/writing.settle/Error/Staged/3000",
        "Writing/writing.keep/Full/Clean/3000",
    ] {
        for case in named(name) {
            assert!(writing::run(&case, &prepared), "{case} passes no point");
        }
    }
}

/// Each left a file, and nobody removed it.
#[test]
fn sessions_that_never_began_go() {
    let prepared = Prepared::new();
    for case in named("Writing/writing.session/Error/Staged/3000") {
        assert!(writing::run(&case, &prepared), "{case} passes no point");
    }
    let bare = bare();
    let tmp = bare.root.join(".git/hive/tmp");
    std::fs::create_dir_all(&tmp).unwrap();
    let (old, new) = (tmp.join("1-1-1.unborn"), tmp.join("2-2-2.unborn"));
    for path in [&old, &new] {
        std::fs::write(path, "").unwrap();
    }
    let long_ago = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    let file = std::fs::File::options().write(true).open(&old).unwrap();
    file.set_times(long_ago).unwrap();
    let place = hive::repo::Place::at(&bare.root).unwrap();
    drop(hive::writing::Writer::for_repository(&place).unwrap());
    assert!(!old.exists(), "one that died long ago");
    assert!(new.exists(), "one that may be about to begin");
}

/// What was left was the team's file under another name, and the next one was written into
/// it.
#[test]
fn an_installation_that_dies_behind_the_team_file_leaves_no_other_name_of_it() {
    installing(&["Init/init.team-file.placed/Kill/Clean/3000"]);
}

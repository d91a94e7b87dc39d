//! What a hook calls: `hive hook EVENT …`. Wakes the agent, or starts a drain.
//!
//! In: the name of the hook, the directory in which git runs it, `GIT_DIR`. Out: the
//! wake file touched, the notice printed, perhaps a drain started. Always: exit code
//! 0, nothing printed but the notice, no wait for anything, no database, no settings,
//! no log. Whatever goes wrong is a line in `hook.log` of the state directory, and
//! nobody's trouble. This file does not know why anybody is woken: what is to be
//! done is found by comparing git with the marks.
//!
//! `hive init` and the agent keep the one setting that counts here, `hooks.when_idle`,
//! in the file `hooks` of the state directory ([`set_when_idle`]). Its being there is
//! also what says that hive is installed: a line in a team's own hooks does nothing in
//! the clones of people who have not run `hive init`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::clock;
use crate::crash;
use crate::hooks::EVENTS;
use crate::notice::{self, Taken};
use crate::process;
use crate::repo::Place;
use crate::repo::place::private_dir;
use crate::settings::{WhenIdle, environment};
use crate::terminal::{Terminal, Volume, plain};

/// The file of a work tree's own directory that a hook touches.
pub const WAKE: &str = "wake";
/// The file of a work tree's own directory that the agent holds locked.
pub const AGENT_LOCK: &str = "agent.lock";
/// The file of the state directory that says that hooks are installed.
const INSTALLED: &str = "hooks";
/// The file of the state directory that says that somebody was told that the rest is gone.
const MISSED: &str = "hooks.missed";
/// The file of the state directory in which the troubles of hooks are told.
const LOG: &str = "hook.log";
/// How large that file may grow, in bytes.
const LOG_MOST: u64 = 64 << 10;

/// Runs the entry with the arguments after `hook`. Always 0: git must not notice us.
pub fn main(mut args: impl Iterator<Item = OsString>) -> u8 {
    let event = args.next().unwrap_or_default();
    match EVENTS.into_iter().find(|known| event == **known) {
        Some(event) => serve(event, |place| wake(place, event)),
        None => 0,
    }
}

/// Serves a hook of a repository in which `hive init` has been, unless hive is to be
/// silent here. Always 0; a trouble is a line in the log.
pub fn serve(
    event: &str,
    work: impl FnOnce(&Place) -> Result<(), Trouble> + std::panic::UnwindSafe,
) -> u8 {
    // A fault of ours is no news for a person in the middle of a commit.
    std::panic::set_hook(Box::new(|_| {}));
    let _ = std::panic::catch_unwind(|| {
        if is_silenced() {
            return;
        }
        let Some(place) = place() else { return };
        // Not even the log of one that is not admitted can be trusted to be a file.
        if place.admits().is_err() {
            return;
        }
        if !is_installed(&place) {
            return miss(&place, event);
        }
        if let Err(trouble) = work(&place) {
            // The log is a courtesy; there is nobody left to tell.
            let _ = tell(&place, event, &trouble);
        }
    });
    0
}

/// Says at a commit, once, that what hive keeps here is gone although `hive init` has put
/// this hook here. A hook that is the team's says nothing: in the clones of others hive
/// has never been.
fn miss(place: &Place, event: &str) {
    let note = place.state_dir().join(MISSED);
    let is_ours = || {
        let hook = place.common_dir.join("hooks").join(event);
        fs::read(hook).is_ok_and(|text| crate::hooks::is_ours(&text))
    };
    if event != "post-commit" || note.exists() || !is_ours() {
        return;
    }
    let kept = private_dir(&place.state_dir()).and_then(|()| fs::write(&note, ""));
    // What cannot be kept would be said at every commit.
    if kept.is_ok() {
        whisper("hive: git calls its hooks here, and what they need is missing: hive init");
    }
}

/// Whether hooks do nothing: in CI, and where a person says so with `HIVE=0`.
pub fn is_silenced() -> bool {
    environment::set("CI") || environment::value("HIVE").is_some_and(|value| value == "0")
}

/// Keeps `hooks.when_idle` where hooks look for it, which also says that they are
/// installed. Called by `hive init`, and by the agent when the setting changes.
pub fn set_when_idle(place: &Place, when_idle: WhenIdle) -> io::Result<()> {
    private_dir(&place.state_dir())?;
    let path = place.state_dir().join(INSTALLED);
    let text = format!("{when_idle}\n");
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(place.state_dir())?;
    file.write_all(text.as_bytes())?;
    crash::pass("init.installed")?;
    file.persist(&path)?;
    Ok(())
}

/// Whether `hive init` has been here.
pub fn is_installed(place: &Place) -> bool {
    place.state_dir().join(INSTALLED).exists()
}

/// Whether an agent works in a work tree at this moment. A look: the lock is taken
/// and given back, so an agent that starts in the same instant must try again for a
/// moment before it says that there is another one.
pub fn agent_runs(place: &Place) -> io::Result<bool> {
    match File::open(place.own_dir().join(AGENT_LOCK)) {
        // Shared, so that two hooks do not take each other for an agent.
        Ok(file) => match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(error.into()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What went wrong in a hook.
#[derive(Debug)]
pub struct Trouble {
    what: &'static str,
    error: io::Error,
}

/// Makes an error one in a hook that was doing something, as a verb in -ing.
pub fn trouble(what: &'static str) -> impl FnOnce(io::Error) -> Trouble {
    move |error| Trouble { what, error }
}

fn wake(place: &Place, event: &str) -> Result<(), Trouble> {
    let when_idle = match fs::read_to_string(place.state_dir().join(INSTALLED)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(trouble("reading what to do")(error)),
    };
    let made = place.make_own_dir();
    made.map_err(trouble("making the directory"))?;
    // Written, not only touched: watchers tell a write more reliably. First of all, so
    // that an agent that is just ending sees it when it looks a last time.
    fs::write(place.own_dir().join(WAKE), format!("{event}\n"))
        .map_err(trouble("touching the wake file"))?;
    say(place).map_err(trouble("printing the notice"))?;
    if when_idle.trim() != WhenIdle::Drain.word() {
        return Ok(());
    }
    if agent_runs(place).map_err(trouble("looking for the agent"))? {
        return Ok(());
    }
    drain(place).map_err(trouble("starting the drain"))
}

/// Wakes the agent of a work tree after an order that makes work possible, and starts a
/// drain if nobody works there: whatever `hooks.when_idle` says, because a person has
/// just asked for it, but not where `hive init` has never been.
pub fn nudge(place: &Place) -> io::Result<()> {
    place.make_own_dir()?;
    // First, for the same reason as in a hook: an agent that is just ending sees it.
    fs::write(place.own_dir().join(WAKE), "order\n")?;
    if !is_installed(place) || agent_runs(place)? {
        return Ok(());
    }
    drain(place)
}

/// Wakes the agent as a hook does, and starts a drain where nobody works and
/// `hooks.when_idle` says so; whether somebody works now.
pub fn rouse(place: &Place, event: &str) -> io::Result<bool> {
    place.make_own_dir()?;
    fs::write(place.own_dir().join(WAKE), format!("{event}\n"))?;
    if agent_runs(place)? {
        return Ok(true);
    }
    let when_idle = fs::read_to_string(place.state_dir().join(INSTALLED))?;
    if when_idle.trim() != WhenIdle::Drain.word() {
        return Ok(false);
    }
    drain(place).map(|()| true)
}

/// What any command of hive's does besides its own work: where HEAD has moved since an
/// agent last looked and nobody is at work, wakes hive as a hook would. So where hooks
/// cannot be installed, or were taken away, the next command is the trigger. Does
/// nothing where `hive init` has never been, and like a hook nothing in CI and with
/// `HIVE=0`. `moved` is asked last, since it costs most.
pub fn catch_up(place: &Place, moved: impl FnOnce() -> bool) -> io::Result<()> {
    if is_silenced() {
        return Ok(());
    }
    let when_idle = match fs::read_to_string(place.state_dir().join(INSTALLED)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        when_idle => when_idle?,
    };
    if when_idle.trim() != WhenIdle::Drain.word() || agent_runs(place)? || !moved() {
        return Ok(());
    }
    drain(place)
}

/// Starts a drain, which takes the agent's lock itself: of two that start at once the
/// second finds it taken and ends. A program that uses the library is not hive: it starts
/// the one that `PATH` finds, or leaves the work to whoever comes next.
fn drain(place: &Place) -> io::Result<()> {
    let binary = if process::is_hive() {
        process::own_program()?
    } else {
        match environment::program("hive") {
            Some(found) => found,
            None => return Ok(()),
        }
    };
    process::start_detached(&binary, ["drain"], &place.root, None).map(drop)
}

/// Prints what there is to tell, in one line, and empties it.
fn say(place: &Place) -> io::Result<()> {
    let text = match notice::take(place)? {
        None => return Ok(()),
        Some(Taken::Notice(notice)) => notice.line(),
        Some(Taken::Text(text)) => Some(text),
    };
    whisper(&text.unwrap_or_default());
    Ok(())
}

/// Prints what a hook has to say, on standard error and made safe; nothing for nothing.
pub fn whisper(text: &str) {
    let text = text.trim_end();
    if !text.is_empty() {
        Terminal::new(Volume::Normal, environment::no_colour())
            .whisper(&format!("{}\n", plain(text)));
    }
}

/// The repository whose hook this is. git runs hooks at the top of the work tree and
/// sets `GIT_DIR` where its own search would not find the repository again; a hook of
/// `git -C` or of a script that set `GIT_DIR` is about that one.
pub fn place() -> Option<Place> {
    let here = std::env::current_dir().ok()?;
    let Some(named) = environment::path("GIT_DIR") else {
        return Place::find(&here);
    };
    let git_dir = fs::canonicalize(here.join(named)).ok()?;
    let found = Place::find(&here).filter(|place| place.git_dir == git_dir);
    found.or_else(|| {
        let root = match environment::path("GIT_WORK_TREE") {
            Some(root) => here.join(root),
            None => root_of(&git_dir)?,
        };
        let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
            Ok(text) => fs::canonicalize(git_dir.join(text.trim())).ok()?,
            Err(_) => git_dir.clone(),
        };
        Some(Place {
            root,
            git_dir,
            common_dir,
        })
    })
}

/// The work tree that a git directory belongs to: a linked one says so, of another the
/// directory is called `.git`. A bare repository has none, and nothing to be done.
fn root_of(git_dir: &Path) -> Option<PathBuf> {
    if let Ok(text) = fs::read_to_string(git_dir.join("gitdir")) {
        return PathBuf::from(text.trim()).parent().map(Path::to_path_buf);
    }
    if git_dir.file_name()? != ".git" {
        return None;
    }
    git_dir.parent().map(Path::to_path_buf)
}

/// Appends a line to the log; a log that is full begins again.
fn tell(place: &Place, event: &str, trouble: &Trouble) -> io::Result<()> {
    let path = place.state_dir().join(LOG);
    let full = fs::metadata(&path).is_ok_and(|found| found.len() > LOG_MOST);
    let mut options = OpenOptions::new();
    let mut file = if full {
        options.write(true).truncate(true).open(&path)?
    } else {
        options.create(true).append(true).open(&path)?
    };
    let line = format!(
        "{} {event}: {}: {}\n",
        clock::wall_ms(),
        trouble.what,
        trouble.error
    );
    file.write_all(line.as_bytes())
}

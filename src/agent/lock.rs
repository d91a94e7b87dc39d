//! One agent per work tree: the lock, who holds it, and handing it over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::repo::Place;
use crate::repo::flock::{exclusive, shared};

/// How long a lock that nobody alive seems to hold is waited for: whoever asks
/// who holds it holds it for a moment.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the lock of an agent that is dead is waited for.
const FALLEN: Duration = Duration::from_secs(5);
/// How long `hive watch` waits for a drain to finish what it is doing.
const LETS_GO: Duration = Duration::from_secs(30);
/// The file of a work tree's own directory that says where the agent holds its lock
/// open. A shell can prove by it, without starting anything, that an agent is at work:
/// nobody else has the lock in that descriptor of that process, whoever has got the
/// number of a dead one, and the descriptor is closed only with the lock.
const PROOF: &str = "agent";
/// The file that asks a drain to go, in the directory of its lock.
pub const HANDOVER: &str = "handover";

/// What kind of agent holds a work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `hive watch`: stays until it is stopped.
    Watch,
    /// Started by a hook, or `hive watch --once`: works off the queue and ends.
    Drain,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its kind.
    pub kind: Kind,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: i64,
}

/// The held lock; dropping it lets the next agent in.
#[derive(Debug)]
pub struct AgentLock {
    file: File,
    path: PathBuf,
    proof: PathBuf,
    handover: PathBuf,
}

/// What came of trying.
#[derive(Debug)]
pub enum Taken {
    /// It is ours.
    Lock(AgentLock),
    /// Somebody else works here; `None` when they have not said who they are yet.
    Held(Option<Holder>),
}

/// Tries to become the agent of a work tree.
pub fn take(place: &Place, kind: Kind) -> io::Result<Taken> {
    let mut file = open(place)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => return ours(place, kind, file),
        Err(Errno::WOULDBLOCK) => {}
        Err(error) => return Err(error.into()),
    }
    let patience = match read(&mut file) {
        Some(held) if is_alive(held.pid) => return Ok(Taken::Held(Some(held))),
        // Killed while it started a program: between fork and exec the child holds
        // the lock, too, and a moment later nobody does.
        Some(_) => FALLEN,
        None => PATIENCE,
    };
    wait(place, kind, file, patience)
}

/// Becomes the agent of a kind, and asks a drain that is at work to finish and go.
pub fn take_over(place: &Place, kind: Kind) -> io::Result<Taken> {
    match take(place, kind)? {
        Taken::Held(holder) if holder.as_ref().is_none_or(|held| held.kind == Kind::Drain) => {
            fs::write(handover(place), b"")?;
            let taken = wait(place, kind, open(place)?, LETS_GO);
            let _ = fs::remove_file(handover(place));
            taken
        }
        taken => Ok(taken),
    }
}

/// Waits until whoever holds the lock lets go of it.
fn wait(place: &Place, kind: Kind, file: File, patience: Duration) -> io::Result<Taken> {
    match exclusive(file, patience)? {
        Some(file) if is_there(&path(place), &file)? => ours(place, kind, file),
        // `hive uninit` had it and took it away.
        Some(_) => Ok(Taken::Held(None)),
        None => Ok(Taken::Held(read(&mut open(place)?))),
    }
}

/// The lock is ours: says so in it.
fn ours(place: &Place, kind: Kind, mut file: File) -> io::Result<Taken> {
    let holder = Holder {
        pid: std::process::id(),
        kind,
        since_ms: clock::wall_ms(),
    };
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&holder)?)?;
    let proof = place.own_dir().join(PROOF);
    // Without it hooks ask the lock itself, which takes them longer.
    let _ = fs::write(&proof, in_descriptor(&file));
    Ok(Taken::Lock(AgentLock {
        file,
        path: path(place),
        proof,
        handover: handover(place),
    }))
}

/// Who works here, `None` if nobody.
pub fn holder(place: &Place) -> Option<Holder> {
    let mut file = File::open(path(place)).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        // Nobody; closing lets go.
        Ok(()) => None,
        Err(_) => read(&mut file),
    }
}

/// Waits until nobody works here, at most so long; whether that is so.
pub fn is_let_go(place: &Place, patience: Duration) -> io::Result<bool> {
    // Shared, so that whoever takes it next is not taken for the one that goes.
    shared(open(place)?, patience).map(|file| file.is_some())
}

/// The wake mark of the hooks as it is now; another one means that a hook came.
pub fn wake_stamp(place: &Place) -> Option<(i64, i64, u64)> {
    let about = place.own_dir().join("wake").symlink_metadata().ok()?;
    Some((about.mtime(), about.mtime_nsec(), about.size()))
}

impl Kind {
    /// The name, for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Watch => "hive watch",
            Self::Drain => "a drain",
        }
    }
}

impl AgentLock {
    /// Whether a `hive watch` waits for this drain to go.
    pub fn is_wanted(&self) -> bool {
        self.handover.exists()
    }

    /// Whether the directory that it lies in has been removed, and perhaps made anew:
    /// nothing that this agent does is of use to anybody then.
    pub fn is_gone(&self) -> bool {
        is_there(&self.path, &self.file).is_ok_and(|there| !there)
    }

    /// Whether that has come to pass, or is about to: the repository is being removed, one
    /// file after the other.
    pub fn is_going(&self, place: &Place) -> bool {
        self.is_gone() || !place.git_dir.join("HEAD").exists()
    }
}

impl Drop for AgentLock {
    fn drop(&mut self) {
        // Another one's, perhaps.
        if self.is_gone() {
            return;
        }
        let _ = fs::remove_file(&self.proof);
        // Who reads it between this and the end of the lock is told nothing false.
        let _ = self.file.set_len(0);
    }
}

/// Whether a lock is still the one that others would take.
fn is_there(path: &Path, file: &File) -> io::Result<bool> {
    let ours = file.metadata()?;
    Ok(path
        .metadata()
        .is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())))
}

/// The name that a file has in this process for others, as a line.
fn in_descriptor(file: &File) -> String {
    format!("/proc/{}/fd/{}\n", std::process::id(), file.as_raw_fd())
}

/// Whether there is a process of this id, of whomever.
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

fn path(place: &Place) -> PathBuf {
    place.own_dir().join("agent.lock")
}

fn handover(place: &Place) -> PathBuf {
    place.own_dir().join(HANDOVER)
}

fn open(place: &Place) -> io::Result<File> {
    place.make_own_dir()?;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path(place))
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Taken, holder, take};
    use crate::repo::Place;

    #[test]
    fn a_lock_that_outlives_its_holder_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".git")).unwrap();
        std::fs::write(home.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(home.path()).unwrap();
        // A child of the dead agent that has not come to its exec: the lock is held,
        // and the file names a process that is gone.
        let Taken::Lock(lock) = take(&place, Kind::Watch).unwrap() else {
            panic!("a free lock was not taken");
        };
        let gone = format!(r#"{{"pid":{},"kind":"watch","since_ms":1}}"#, i32::MAX);
        std::fs::write(super::path(&place), gone).unwrap();
        std::thread::scope(|scope| {
            let next = scope.spawn(|| take(&place, Kind::Watch).unwrap());
            std::thread::yield_now();
            drop(lock);
            assert!(matches!(next.join().unwrap(), Taken::Lock(_)));
        });
    }

    #[test]
    fn one_agent_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".git")).unwrap();
        std::fs::write(home.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(home.path()).unwrap();
        assert_eq!(holder(&place), None);
        let Taken::Lock(lock) = take(&place, Kind::Drain).unwrap() else {
            panic!("a free lock was not taken");
        };
        let Taken::Held(Some(held)) = take(&place, Kind::Watch).unwrap() else {
            panic!("a held lock was taken");
        };
        assert_eq!((held.pid, held.kind), (std::process::id(), Kind::Drain));
        assert_eq!(holder(&place), Some(held));
        assert!(!lock.is_wanted());
        let proof = place.own_dir().join(super::PROOF);
        assert!(proof.exists());
        drop(lock);
        assert!(!proof.exists());
        assert_eq!(holder(&place), None);
    }
}

//! One agent per work tree: the lock, who holds it, and handing it over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::repo::Place;
use crate::repo::place::private_dir;

/// How long a lock that nobody alive seems to hold is tried again: whoever asks
/// who holds it holds it for a moment.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long the lock of an agent that is dead is tried again.
const FALLEN: Duration = Duration::from_secs(5);
/// How long `hive watch` waits for a drain to finish what it is doing.
const HANDOVER: Duration = Duration::from_secs(30);
/// The file of a work tree's own directory that says where the agent holds its lock
/// open. A shell can prove by it, without starting anything, that an agent is at work:
/// nobody else has the lock in that descriptor of that process, whoever has got the
/// number of a dead one, and the descriptor is closed only with the lock.
const PROOF: &str = "agent";
/// Between two tries of a lock.
const STEP: Duration = Duration::from_millis(5);

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
    let begun = clock::now();
    loop {
        let mut file = open(place)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                let holder = Holder {
                    pid: std::process::id(),
                    kind,
                    since_ms: clock::wall_ms(),
                };
                file.set_len(0)?;
                file.write_all(&serde_json::to_vec(&holder)?)?;
                let proof = place.own_dir().join(PROOF);
                // Without it hooks ask the lock itself, which takes them longer.
                let _ = fs::write(&proof, in_descriptor(&file));
                return Ok(Taken::Lock(AgentLock {
                    file,
                    proof,
                    handover: handover(place),
                }));
            }
            Err(Errno::WOULDBLOCK) => {}
            Err(error) => return Err(error.into()),
        }
        let holder = read(&mut file);
        let waited = clock::since(begun);
        match &holder {
            Some(held) if is_alive(held.pid) => return Ok(Taken::Held(holder)),
            // Killed while it started a program: between fork and exec the child holds
            // the lock, too, and a moment later nobody does.
            Some(_) if waited > FALLEN => return Ok(Taken::Held(None)),
            None if waited > PATIENCE => return Ok(Taken::Held(None)),
            _ => {}
        }
        thread::sleep(STEP);
    }
}

/// Becomes the agent of a kind, and asks a drain that is at work to finish and go.
pub fn take_over(place: &Place, kind: Kind) -> io::Result<Taken> {
    let begun = clock::now();
    let mut asked = false;
    let taken = loop {
        match take(place, kind)? {
            Taken::Held(holder)
                if holder.as_ref().is_none_or(|held| held.kind == Kind::Drain)
                    && clock::since(begun) < HANDOVER =>
            {
                if !asked {
                    fs::write(handover(place), b"")?;
                    asked = true;
                }
                thread::sleep(STEP);
            }
            other => break other,
        }
    };
    if asked {
        let _ = fs::remove_file(handover(place));
    }
    Ok(taken)
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
}

impl Drop for AgentLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.proof);
        // Who reads it between this and the end of the lock is told nothing false.
        let _ = self.file.set_len(0);
    }
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
    place.own_dir().join("handover")
}

fn open(place: &Place) -> io::Result<File> {
    private_dir(&place.own_dir())?;
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

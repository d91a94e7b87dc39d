//! What happens between `fork` and `exec`, and how a group is ended.
//!
//! The two pieces of unsafe code of this room live here.
//!
//! Why a thread of its own does all the spawning: Linux sends the parent-death
//! signal when the *thread* that forked ends, not the process. A program started
//! from a short-lived pool thread would be killed with that thread. The spawning
//! thread lives as long as the process.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getpid, kill_process_group, setrlimit,
    waitid,
};

struct Request {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

/// Starts a command as the leader of its own process group, with no core dump,
/// bounded address space (bytes) and, on Linux, tied to the life of this process.
pub(super) fn spawn(mut command: Command, memory: Option<u64>) -> io::Result<Child> {
    prepare(&mut command, memory);
    let (answer, reply) = channel();
    let gone = || io::Error::other("the thread that starts programs has ended");
    spawner()?
        .send(Request { command, answer })
        .map_err(|_| gone())?;
    let child = reply.recv().map_err(|_| gone())??;
    live().insert(child.id());
    Ok(child)
}

/// The leaders of groups that were started here and have not been reaped.
fn live() -> MutexGuard<'static, BTreeSet<u32>> {
    static LIVE: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a group off the list, which must be done before it is reaped: from then on
/// its number may be somebody else's.
pub(super) fn forget(leader: u32) {
    live().remove(&leader);
}

/// Kills every group that was started here.
pub(super) fn end_all() {
    for leader in live().iter() {
        end_group(*leader);
    }
}

fn spawner() -> io::Result<&'static Sender<Request>> {
    static SPAWNER: OnceLock<Sender<Request>> = OnceLock::new();
    if let Some(sender) = SPAWNER.get() {
        return Ok(sender);
    }
    let (sender, requests): (_, Receiver<Request>) = channel();
    thread::Builder::new()
        .name("spawner".to_owned())
        .spawn(move || {
            for mut request in requests {
                // A caller that no longer waits has panicked; its program must
                // not run on unseen.
                if let Err(unheard) = request.answer.send(request.command.spawn())
                    && let Ok(mut child) = unheard.0
                {
                    end_group(child.id());
                    let _ = child.wait();
                }
            }
        })?;
    // Two first callers at once: the loser's thread ends with its sender.
    Ok(SPAWNER.get_or_init(|| sender))
}

#[expect(
    unsafe_code,
    reason = "pre_exec runs between fork and exec; see the comment"
)]
fn prepare(command: &mut Command, memory: Option<u64>) {
    command.process_group(0);
    let parent = getpid();
    let before_exec = move || {
        #[cfg(target_os = "linux")]
        {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            // The parent may have died before the line above; then nobody will
            // send the signal any more.
            if rustix::process::getppid() != Some(parent) {
                return Err(io::Error::from_raw_os_error(3));
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = parent;
        let both = |value| Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(Resource::Core, both(0))?;
        if let Some(bytes) = memory {
            setrlimit(Resource::As, both(bytes))?;
        }
        Ok(())
    };
    // SAFETY: the closure runs in the forked child, where only async-signal-safe
    // calls are allowed. It makes plain system calls (prctl, getppid, setrlimit),
    // takes no lock and allocates nothing. Limits are set here and not through
    // prlimit(2) on the running child, since that leaves a moment without them.
    unsafe {
        command.pre_exec(before_exec);
    }
}

/// Sends SIGTERM to the group led by `leader`, which must not have been reaped.
pub(super) fn ask_group_to_end(leader: u32) {
    signal_group(leader, Signal::TERM);
}

/// Sends SIGKILL to the group led by `leader`, which must not have been reaped:
/// only until then is the number certain to mean this group.
pub(super) fn end_group(leader: u32) {
    signal_group(leader, Signal::KILL);
}

fn signal_group(leader: u32, signal: Signal) {
    if let Some(pid) = pid(leader) {
        // No such group: everybody has gone already, which is what we want.
        let _ = kill_process_group(pid, signal);
    }
}

/// Whether the program has ended; it stays a zombie, so that its group can still
/// be addressed. With `block`, waits for that.
pub(super) fn has_ended(leader: u32, block: bool) -> io::Result<bool> {
    let Some(pid) = pid(leader) else {
        return Ok(true);
    };
    let mut options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    options.set(WaitIdOptions::NOHANG, !block);
    loop {
        match waitid(WaitId::Pid(pid), options) {
            Ok(status) => return Ok(status.is_some()),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::CHILD) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// Whether this process was started with a signal ignored (`nohup`, a background
/// job of a script): then it stays ignored.
#[expect(unsafe_code, reason = "sigaction(2) has no safe wrapper for a query")]
pub(super) fn is_ignored(signal: i32) -> bool {
    // SAFETY: sigaction with a null new action only fills `old`, which is valid
    // for writes and for which all zeroes is a valid value.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut old) == 0
            && old.sa_sigaction == libc::SIG_IGN
    }
}

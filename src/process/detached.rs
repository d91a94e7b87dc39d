//! Starting a program that nobody waits for and that waits for nobody.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::settings::environment;

/// Starts a program in a session of its own, with nothing of ours left open, and
/// returns its process id at once. It is not tied to the life of this process, and
/// signals from the terminal do not reach it.
///
/// Standard input is empty; output and errors are appended to `log`, or go nowhere.
/// Descriptors that this process has inherited (a hook's pipes to git, say) are closed
/// in it: a child that kept the other end of a pipe open would make git wait for it.
/// The environment is this process's, without the variables of git: the hook's
/// `GIT_DIR` and `GIT_INDEX_FILE` are about one command of the person's.
///
/// Fails where the log cannot be opened and where the program cannot be started.
pub fn start_detached<A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
    directory: &Path,
    log: Option<&Path>,
) -> io::Result<u32> {
    let mut command = detached(program, args, directory);
    command.stdin(Stdio::null());
    says(&mut command, log)?;
    leave(&mut command);
    command.spawn().map(|child| child.id())
}

/// The same for a program that is talked to, over a socket that is its standard input;
/// returns the other end. It sees when this end closes.
pub fn start_talking<A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
    directory: &Path,
    log: Option<&Path>,
) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = detached(program, args, directory);
    command.stdin(Stdio::from(OwnedFd::from(theirs)));
    says(&mut command, log)?;
    leave(&mut command);
    command.spawn().map(drop)?;
    Ok(ours)
}

/// What it prints is appended to the log, or goes nowhere.
fn says(command: &mut Command, log: Option<&Path>) -> io::Result<()> {
    match log {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        None => {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the home of processes")]
fn detached<A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
    directory: &Path,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(directory);
    for name in environment::git_variables() {
        command.env_remove(name);
    }
    command
}

#[expect(
    unsafe_code,
    reason = "pre_exec runs between fork and exec; see the comment"
)]
fn leave(command: &mut Command) {
    // SAFETY: the closure runs in the forked child, where only async-signal-safe calls
    // are allowed. It makes plain system calls and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            close_inherited();
            Ok(())
        });
    }
}

/// Marks every descriptor above the standard ones to be closed by `exec`. Marked, not
/// closed at once: the standard library reports a failed `exec` through one of them.
#[expect(
    unsafe_code,
    reason = "no safe wrapper marks descriptors that we do not own"
)]
fn close_inherited() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the call takes three numbers and touches no memory of ours.
        let done = unsafe {
            libc::syscall(
                libc::SYS_close_range,
                3_u32,
                u32::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            )
        };
        if done == 0 {
            return;
        }
    }
    // Kernels before 5.11, other systems: the descriptors that a shell or git could
    // have left open have small numbers.
    for descriptor in 3..1024 {
        // SAFETY: fcntl with a number that is no descriptor returns an error.
        unsafe {
            libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;

    use super::{Path, start_detached};
    use crate::clock;

    #[test]
    fn it_has_a_session_of_its_own_and_nothing_of_ours() {
        let home = tempfile::tempdir().unwrap();
        let said = home.path().join("said");
        let log = home.path().join("log");
        // A descriptor that a careless parent has left inheritable.
        let open = fs::File::open("/dev/null").unwrap();
        let left = rustix::io::fcntl_dupfd_cloexec(&open, 500).unwrap();
        rustix::io::fcntl_setfd(&left, rustix::io::FdFlags::empty()).unwrap();
        let script = format!(
            "pwd >cwd; \
             if test -e /proc/self/fd/{}; then echo left; fi >fds; echo heard; mv fds said",
            left.as_raw_fd()
        );
        let pid = start_detached(
            Path::new("/bin/sh"),
            ["-c", &script],
            home.path(),
            Some(&log),
        )
        .unwrap();
        // Not reaped before the end of the test, so the number is still its.
        let id = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap());
        assert_eq!(rustix::process::getsid(id).ok(), id);
        let begun = clock::now();
        while !said.exists() {
            assert!(clock::since(begun).as_secs() < 30, "it never ended");
            std::thread::yield_now();
        }
        let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
        let cwd = fs::canonicalize(home.path()).unwrap();
        assert_eq!(read("cwd").trim(), cwd.to_str().unwrap());
        assert_eq!(read("said"), "");
        assert_eq!(read("log"), "heard\n");
    }
}

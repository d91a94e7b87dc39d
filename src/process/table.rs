//! Which programs of a name run on this machine.
//!
//! On Linux `/proc` is read, elsewhere `ps` and `lsof` are asked. Processes of other
//! users show less of themselves; what they do not show is `None`.

use std::ffi::OsString;
use std::path::PathBuf;

/// A running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its process id.
    pub pid: u32,
    /// The id of the user whose it is, where the system says.
    pub owner: Option<u32>,
    /// Its arguments as they were given, the program's name first.
    pub args: Vec<OsString>,
    /// Its working directory.
    pub directory: Option<PathBuf>,
    /// The value of the one variable of its environment that was asked for.
    pub variable: Option<OsString>,
}

/// The programs that are called `name` or `name-…` (as git's own helpers are), in
/// order of process id, each with the value of `variable` in its environment.
///
/// A process that ends meanwhile is left out, and so is one that has ended and was
/// not waited for. An empty list where the processes cannot be listed at all.
pub fn running(name: &str, variable: &str) -> Vec<Running> {
    system::running(name, variable)
}

/// The id of the kernel's present boot: what was written under another one is of
/// processes that are gone. Empty where the system does not say.
pub fn boot_id() -> String {
    system::boot_id().trim().to_owned()
}

/// The name of this host. Empty where the system does not say.
pub fn host_name() -> String {
    system::host_name().trim().to_owned()
}

/// The process that started this one, and that one's, and so on, nearest first.
pub fn ancestors(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut next = system::parent(pid);
    // Ids are used again while we look; no chain is this long.
    while let Some(parent) = next.filter(|parent| *parent > 1 && found.len() < 64) {
        found.push(parent);
        next = system::parent(parent);
    }
    found
}

/// When a process began, in words of the system's own: two processes that come to one id
/// differ in it, as long as the kernel runs. `None` for one that has ended, also where
/// nobody has waited for it yet.
pub fn began(pid: u32) -> Option<String> {
    system::began(pid)
}

/// The nearest process above this one that is called `name`, or `name-…`.
pub fn nearest_above(pid: u32, name: &str) -> Option<u32> {
    let mut above = ancestors(pid).into_iter();
    above.find(|pid| system::program(*pid).is_some_and(|program| is_called(name, &program)))
}

/// Whether a process is there whose program is called `name`, or `name-…`.
pub fn is_running(pid: u32, name: &str) -> bool {
    // A name outlives its process until that is waited for.
    began(pid).is_some() && system::program(pid).is_some_and(|program| is_called(name, &program))
}

/// Whether a program's name is the one asked for.
fn is_called(name: &str, program: &str) -> bool {
    program
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::{OsStr, OsString};
    use std::fs;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use rustix::fs::{CWD, Mode, OFlags, openat};

    use super::{Running, is_called};

    /// Longer than any name that the kernel keeps of a program, the end of the line
    /// included.
    const NAME: usize = 64;

    pub(super) fn host_name() -> String {
        fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default()
    }

    pub(super) fn boot_id() -> String {
        fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
    }

    pub(super) fn running(name: &str, variable: &str) -> Vec<Running> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let mut path = String::new();
        let mut found: Vec<Running> = entries
            .flatten()
            .filter_map(|entry| {
                let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
                path.clear();
                path.push_str("/proc/");
                path.push_str(entry.file_name().to_str()?);
                path.push_str("/comm");
                let called = is_called(name, &comm(&path)?);
                called.then(|| describe(&entry.path(), pid, variable))?
            })
            .collect();
        found.sort_by_key(|running| running.pid);
        found
    }

    /// The name of a program: by three calls and not more, since this is asked of every
    /// process of the machine before each landing.
    fn comm(path: &str) -> Option<String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(CWD, path, flags, Mode::empty()).ok()?;
        let mut bytes = [0; NAME];
        let length = rustix::io::read(&file, &mut bytes[..]).ok()?;
        let name = std::str::from_utf8(&bytes[..length]).ok()?;
        Some(name.trim_end().to_owned())
    }

    /// `None` for one that is ending: it does nothing any more.
    fn describe(directory: &Path, pid: u32, variable: &str) -> Option<Running> {
        let environment = fs::read(directory.join("environ")).unwrap_or_default();
        let variable = environment.split(|byte| *byte == 0).find_map(|pair| {
            let rest = pair.strip_prefix(variable.as_bytes())?;
            Some(OsStr::from_bytes(rest.strip_prefix(b"=")?).to_owned())
        });
        let working = fs::read_link(directory.join("cwd")).ok();
        let owner = fs::metadata(directory).ok().map(|about| about.uid());
        // Read last: a process that ends loses its memory first, then its directory. Who
        // still has arguments had the rest, or keeps it from us.
        let line = fs::read(directory.join("cmdline")).ok()?;
        let line = line.strip_suffix(b"\0").unwrap_or(&line);
        if line.is_empty() {
            return None;
        }
        let args = line
            .split(|byte| *byte == 0)
            .map(|arg| OsString::from_vec(arg.to_vec()))
            .collect();
        Some(Running {
            pid,
            owner,
            args,
            directory: working,
            variable,
        })
    }

    pub(super) fn parent(pid: u32) -> Option<u32> {
        stat(pid)?.split_whitespace().nth(1)?.parse().ok()
    }

    /// In ticks of the clock since the kernel began.
    pub(super) fn began(pid: u32) -> Option<String> {
        let stat = stat(pid)?;
        let mut words = stat.split_whitespace();
        // Dead, and not waited for.
        if matches!(words.next()?, "Z" | "X") {
            return None;
        }
        words.nth(18).map(str::to_owned)
    }

    pub(super) fn program(pid: u32) -> Option<String> {
        comm(&format!("/proc/{pid}/comm"))
    }

    /// What the kernel says of a process, from its state on.
    fn stat(pid: u32) -> Option<String> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses too.
        stat.rsplit_once(')').map(|(_, rest)| rest.to_owned())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::{Running, is_called};
    use crate::process::{Limits, Program};

    fn ask(program: &str, args: &[&str]) -> Option<String> {
        let limits = Limits {
            deadline: Some(Duration::from_secs(5)),
            ..Limits::default()
        };
        let finished = Program::new(program).args(args).limits(limits).run().ok()?;
        Some(String::from_utf8_lossy(&finished.stdout).into_owned())
    }

    pub(super) fn host_name() -> String {
        ask("hostname", &[]).unwrap_or_default()
    }

    /// `ps` does not tell words apart that hold spaces, nor the environment.
    pub(super) fn boot_id() -> String {
        ask("sysctl", &["-n", "kern.boottime"]).unwrap_or_default()
    }

    pub(super) fn running(name: &str, _variable: &str) -> Vec<Running> {
        let listed = ask("ps", &["-axo", "pid=,uid=,command="]).unwrap_or_default();
        let mut found: Vec<Running> = listed
            .lines()
            .filter_map(|line| {
                let (pid, rest) = line.trim_start().split_once(' ')?;
                let (owner, command) = rest.trim_start().split_once(' ')?;
                let args: Vec<_> = command.split_whitespace().map(Into::into).collect();
                let program = Path::new(args.first()?).file_name()?.to_str()?;
                let pid = pid.parse().ok()?;
                if !is_called(name, program) {
                    return None;
                }
                let directory = directory(pid);
                // One that has ended meanwhile hides nothing.
                if directory.is_none() && began(pid).is_none() {
                    return None;
                }
                Some(Running {
                    pid,
                    owner: owner.parse().ok(),
                    args,
                    directory,
                    variable: None,
                })
            })
            .collect();
        found.sort_by_key(|running| running.pid);
        found
    }

    fn directory(pid: u32) -> Option<PathBuf> {
        let told = ask("lsof", &["-a", "-p", &pid.to_string(), "-d", "cwd", "-Fn"])?;
        let path = told.lines().find_map(|line| line.strip_prefix('n'))?;
        Some(PathBuf::from(path))
    }

    pub(super) fn parent(pid: u32) -> Option<u32> {
        let told = ask("ps", &["-o", "ppid=", "-p", &pid.to_string()])?;
        told.trim().parse().ok()
    }

    pub(super) fn began(pid: u32) -> Option<String> {
        let told = ask("ps", &["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
        let (state, began) = told.trim().split_once(' ')?;
        (!state.starts_with('Z')).then(|| began.trim().to_owned())
    }

    pub(super) fn program(pid: u32) -> Option<String> {
        let told = ask("ps", &["-o", "comm=", "-p", &pid.to_string()])?;
        let name = Path::new(told.trim()).file_name()?.to_str()?;
        Some(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{ancestors, is_called, is_running, running};

    #[test]
    fn helpers_are_called_like_their_program() {
        for (program, called) in [
            ("git", true),
            ("git-commit", true),
            ("gitk", false),
            ("xgit", false),
        ] {
            assert_eq!(is_called("git", program), called, "{program}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a program of the test's own")]
    fn a_program_is_found_with_directory_and_variable() {
        let home = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(home.path())
            .env("GIT_DIR", "/nowhere")
            .env("HIVE_TABLE_TEST", "x y")
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // It fails on its own soon; until it is waited for, it is there, but empty.
        let _ = child.wait();
        assert!(!running("git", "X").iter().any(|one| one.pid == child.id()));
        let mut child = std::process::Command::new("git")
            .args(["hash-object", "--stdin-paths"])
            .current_dir(home.path())
            .env("HIVE_TABLE_TEST", "x y")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = crate::clock::now() + std::time::Duration::from_secs(20);
        let found = loop {
            let all = running("git", "HIVE_TABLE_TEST");
            let found = all.into_iter().find(|one| one.pid == child.id());
            // Between fork and exec it is a copy of the test, in its directory.
            match found {
                Some(found) if found.variable.is_some() || cfg!(not(target_os = "linux")) => {
                    break found;
                }
                _ => assert!(crate::clock::now() < deadline, "the program is never seen"),
            }
        };
        assert_eq!(found.args, ["git", "hash-object", "--stdin-paths"]);
        let directory = home.path().canonicalize().unwrap();
        assert_eq!(found.directory, Some(directory));
        let me = rustix::process::geteuid().as_raw();
        assert_eq!(found.owner, Some(me));
        assert!(is_running(child.id(), "git") && !is_running(child.id(), "gi"));
        assert!(ancestors(child.id()).contains(&std::process::id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!is_running(child.id(), "git"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "programs of the test's own")]
    fn a_program_that_ends_while_it_is_read_does_not_hide_its_directory() {
        let home = tempfile::tempdir().unwrap();
        let ended = std::sync::atomic::AtomicBool::new(false);
        let seen = std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..400 {
                    let mut git = std::process::Command::new("git");
                    git.args(["-c", "hive.ends=soon", "version"]);
                    git.current_dir(home.path());
                    git.stdout(std::process::Stdio::null());
                    assert!(git.status().unwrap().success());
                }
                ended.store(true, std::sync::atomic::Ordering::Release);
            });
            let mut seen = Vec::new();
            while !ended.load(std::sync::atomic::Ordering::Acquire) {
                let all = running("git", "X").into_iter();
                seen.extend(all.filter(|one| one.args.iter().any(|arg| arg == "hive.ends=soon")));
            }
            seen
        });
        let hidden = seen.iter().filter(|one| one.directory.is_none()).count();
        assert_eq!(hidden, 0, "of {}", seen.len());
    }
}

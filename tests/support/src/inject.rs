//! Makes the N-th system call of a kind fail, in a program and in all it starts.
//!
//! The kernel asks us about every call of the kind (seccomp user notification), and we
//! let it happen or answer with an error. Nothing of the program is changed for it: the
//! real binary is tested, with whatever it links to (`SQLite`, gix, raw system calls that
//! no preloaded library would see), and so is the git that it starts. Only calls that are
//! about a path below one directory count; what the loader opens does not.
//!
//! The unsafe code of the tests lives here: installing a filter between fork and exec,
//! passing a descriptor over a socket, and the two ioctls of the listener.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Ran;

/// A kind of system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Opening a file, for reading or writing.
    Open,
    /// Writing to a file.
    Write,
    /// Making a file or a directory durable.
    Sync,
    /// Giving a file another name, or one more.
    Rename,
    /// Making a directory, changing a length.
    Change,
    /// Taking a name away.
    Remove,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Write,
        Self::Sync,
        Self::Rename,
        Self::Change,
        Self::Remove,
    ];

    fn numbers(self) -> Vec<libc::c_long> {
        #[cfg(target_arch = "x86_64")]
        let old: &[libc::c_long] = match self {
            Self::Open => &[libc::SYS_open, libc::SYS_creat],
            Self::Rename => &[libc::SYS_rename, libc::SYS_link],
            Self::Change => &[libc::SYS_mkdir],
            Self::Remove => &[libc::SYS_unlink],
            Self::Write | Self::Sync => &[],
        };
        #[cfg(not(target_arch = "x86_64"))]
        let old: &[libc::c_long] = &[];
        let new: &[libc::c_long] = match self {
            Self::Open => &[libc::SYS_openat, libc::SYS_openat2],
            Self::Write => &[
                libc::SYS_write,
                libc::SYS_pwrite64,
                libc::SYS_writev,
                libc::SYS_pwritev,
                libc::SYS_copy_file_range,
            ],
            Self::Sync => &[libc::SYS_fsync, libc::SYS_fdatasync],
            Self::Rename => &[libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_linkat],
            Self::Change => &[libc::SYS_mkdirat, libc::SYS_ftruncate, libc::SYS_fallocate],
            Self::Remove => &[libc::SYS_unlinkat],
        };
        [old, new].concat()
    }
}

/// What is to fail.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Which call.
    pub call: Call,
    /// The how-manieth, counted from 1 over all processes; 0 for none.
    pub nth: u32,
    /// With which error number.
    pub errno: i32,
    /// Whether all that follow fail, too: a disk that is full stays full.
    pub lasting: bool,
    /// Only calls about paths that hold this text count; empty for all.
    pub about: &'static str,
}

/// What came of it.
#[derive(Debug)]
pub struct Injected {
    /// What the program said; `code` is `None` when a signal ended it.
    pub ran: Ran,
    /// How many calls of the kind there were.
    pub calls: u32,
    /// What failed: the program's name and the path.
    pub failed: Vec<String>,
    /// Whether it, or something it started, was still at work after a minute.
    pub hung: bool,
}

const LONGEST: Duration = Duration::from_secs(60);

/// Runs a command to its end, and waits for everything that it has started.
///
/// # Panics
///
/// Where the kernel does not let us watch; [`can_inject`] says so beforehand.
pub fn inject(mut command: Command, below: &Path, fault: Fault) -> Injected {
    let below = fs::canonicalize(below).expect("it exists");
    let (ours, theirs) = pair().expect("a socket pair");
    let filter = filter(&fault.call.numbers());
    let channel = theirs.as_raw_fd();
    let install = move || send(channel, &listener(&filter)?);
    // SAFETY: the closure runs in the forked child, where only async-signal-safe calls
    // are allowed: it makes prctl, seccomp and sendmsg, takes no lock and allocates
    // nothing (the filter was made before).
    unsafe {
        command.pre_exec(install);
    }
    // It answers from before the program starts: the first filtered call may be made
    // before `spawn` has returned.
    let supervisor = thread::spawn(move || supervise(&ours, &below, fault));
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program starts, and the kernel lets us watch it");
    drop(theirs);
    let output = child.wait_with_output().expect("its output");
    let seen = supervisor.join().expect("the supervisor");
    Injected {
        ran: Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        calls: seen.calls,
        failed: seen.failed,
        hung: seen.hung,
    }
}

/// Whether the kernel lets us watch programs: some sandboxes do not.
pub fn can_inject() -> bool {
    let mut command = Command::new("true");
    let filter = filter(&[libc::SYS_fsync]);
    // SAFETY: as in `inject`.
    unsafe {
        command.pre_exec(move || listener(&filter).map(drop));
    }
    command.status().is_ok_and(|status| status.success())
}

#[derive(Default)]
struct Seen {
    calls: u32,
    failed: Vec<String>,
    hung: bool,
}

/// Answers the kernel until the last program with the filter has gone.
fn supervise(socket: &OwnedFd, below: &Path, fault: Fault) -> Seen {
    let mut seen = Seen::default();
    let Ok(listener) = receive(socket) else {
        return seen;
    };
    let begun = Instant::now();
    while let Some(asked) = next(&listener) {
        if begun.elapsed() > LONGEST && !seen.hung {
            seen.hung = true;
            kill_all(below);
        }
        let Some(notice) = asked else { continue };
        let counts = target(&notice)
            .filter(|path| path.starts_with(below) && path.to_string_lossy().contains(fault.about));
        let mut error = 0;
        if let Some(path) = counts {
            seen.calls += 1;
            let fails =
                seen.calls == fault.nth || fault.lasting && fault.nth > 0 && seen.calls > fault.nth;
            if fails {
                error = -fault.errno;
                let name = fs::read_to_string(format!("/proc/{}/comm", notice.pid));
                let name = name.unwrap_or_default();
                let path = path.strip_prefix(below).unwrap_or(&path).display();
                seen.failed.push(format!("{} {path}", name.trim()));
            }
        }
        answer(&listener, notice.id, error);
    }
    seen
}

/// Ends what hangs: everything whose environment names the directory.
fn kill_all(below: &Path) {
    let name = below.as_os_str().as_encoded_bytes();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.windows(name.len()).any(|part| part == name) {
            // SAFETY: a plain system call.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
            }
        }
    }
}

/// The path that a call is about.
fn target(notice: &libc::seccomp_notif) -> Option<PathBuf> {
    let [first, second, third, fourth, ..] = notice.data.args;
    let pid = notice.pid;
    let descriptor = |number: u64| {
        let path = fs::read_link(format!("/proc/{pid}/fd/{}", low(number))).ok()?;
        // A pipe or a socket is called `pipe:[1]`.
        path.is_absolute().then_some(path)
    };
    let at = |directory: u64, address: u64| {
        let path = text(pid, address)?;
        let from = if low(directory) == libc::AT_FDCWD {
            fs::read_link(format!("/proc/{pid}/cwd")).ok()?
        } else if path.is_absolute() {
            PathBuf::new()
        } else {
            descriptor(directory)?
        };
        Some(plain(&from.join(path)))
    };
    let here = |address: u64| at(u64::from(libc::AT_FDCWD.cast_unsigned()), address);
    match libc::c_long::from(notice.data.nr) {
        libc::SYS_openat | libc::SYS_openat2 | libc::SYS_mkdirat | libc::SYS_unlinkat => {
            at(first, second)
        }
        // The name that is to be is what a person would miss.
        libc::SYS_renameat | libc::SYS_renameat2 | libc::SYS_linkat => at(third, fourth),
        libc::SYS_copy_file_range => descriptor(third),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open | libc::SYS_creat | libc::SYS_mkdir | libc::SYS_unlink => here(first),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename | libc::SYS_link => here(second),
        _ => descriptor(first),
    }
}

/// A descriptor as the kernel reads it: the low half.
fn low(number: u64) -> i32 {
    u32::try_from(number & 0xffff_ffff)
        .unwrap_or_default()
        .cast_signed()
}

/// A path of a stopped program's memory.
fn text(pid: u32, address: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut bytes = Vec::new();
    // Piece by piece: the page after the end of a path may not be there.
    while bytes.len() < 4096 && !bytes.contains(&0) {
        let place = address + u64::try_from(bytes.len()).ok()?;
        let room = usize::try_from(256 - place % 256).ok()?;
        let mut piece = vec![0; room];
        let read = memory.read_at(&mut piece, place).ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&piece[..read]);
    }
    let end = bytes.iter().position(|byte| *byte == 0)?;
    bytes.truncate(end);
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// Without `.` and `..`, as far as names tell.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                found.pop();
            }
            Component::CurDir => {}
            other => found.push(other),
        }
    }
    found
}

/// The filter: these calls are asked about, all others happen.
fn filter(numbers: &[libc::c_long]) -> Vec<libc::sock_filter> {
    const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut steps = vec![step(LOAD, 0, 0, 0)];
    let count = u8::try_from(numbers.len()).expect("a handful");
    for (at, number) in (0u8..).zip(numbers) {
        let number = u32::try_from(*number).expect("system calls have small numbers");
        steps.push(step(EQUAL, count - at, 0, number));
    }
    steps.push(step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
    steps.push(step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF));
    steps
}

/// Installs a filter in this thread; what it starts has it, too.
fn listener(filter: &[libc::sock_filter]) -> io::Result<OwnedFd> {
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap_or(u16::MAX),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: plain system calls; the program points to `len` instructions that outlive
    // the call, and the kernel only reads them. The result is a descriptor of our own.
    unsafe {
        // Without it only root may; it also keeps what is started from gaining rights.
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        let made = libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        );
        match RawFd::try_from(made) {
            Ok(made) if made >= 0 => Ok(OwnedFd::from_raw_fd(made)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// The next question; `Some(None)` when there was none for a while, `None` when nobody is
/// left to ask.
fn next(listener: &OwnedFd) -> Option<Option<libc::seccomp_notif>> {
    const RECEIVE: libc::Ioctl = 0xc050_2100u32 as libc::Ioctl;
    let mut poll = libc::pollfd {
        fd: listener.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `poll` and `notice` are valid for writes, and an all-zero notice is what the
    // kernel demands to be given.
    unsafe {
        libc::poll(&raw mut poll, 1, 500);
        if poll.revents & libc::POLLIN == 0 {
            return (poll.revents & (libc::POLLHUP | libc::POLLERR) == 0).then_some(None);
        }
        let mut notice: libc::seccomp_notif = mem::zeroed();
        // A program that was killed meanwhile asks no more.
        let got = libc::ioctl(listener.as_raw_fd(), RECEIVE, &raw mut notice);
        Some((got == 0).then_some(notice))
    }
}

/// Lets a call happen (0) or fail with a negative error number.
fn answer(listener: &OwnedFd, id: u64, error: i32) {
    const SEND: libc::Ioctl = 0xc018_2101u32 as libc::Ioctl;
    const CONTINUE: u32 = 1;
    let mut answer = libc::seccomp_notif_resp {
        id,
        val: 0,
        error,
        flags: if error == 0 { CONTINUE } else { 0 },
    };
    // SAFETY: the answer is valid for the call; whoever asked may be dead by now, which
    // the kernel says and nobody needs to know.
    unsafe {
        libc::ioctl(listener.as_raw_fd(), SEND, &raw mut answer);
    }
}

fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the kernel writes two descriptors, which are ours from then on.
    unsafe {
        let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
        if libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

/// Room for one control message with one descriptor, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// A message of one byte with room for a descriptor.
fn message(byte: &mut u8, part: &mut libc::iovec, control: &mut Control) -> libc::msghdr {
    *part = libc::iovec {
        iov_base: std::ptr::from_mut(byte).cast(),
        iov_len: 1,
    };
    // SAFETY: all zeroes is a valid header, and CMSG_SPACE only computes.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = unsafe { libc::CMSG_SPACE(4) } as _;
    header
}

/// Sends a descriptor; allocates nothing, since it runs between fork and exec.
fn send(channel: RawFd, descriptor: &OwnedFd) -> io::Result<()> {
    let (mut byte, mut control) = (0, Control([0; 64]));
    // SAFETY: the header points to the byte and to the control buffer, which outlive the
    // call and are large enough for one descriptor.
    unsafe {
        let mut part = mem::zeroed();
        let header = message(&mut byte, &mut part, &mut control);
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        (*first).cmsg_level = libc::SOL_SOCKET;
        (*first).cmsg_type = libc::SCM_RIGHTS;
        (*first).cmsg_len = libc::CMSG_LEN(4) as _;
        libc::CMSG_DATA(first)
            .cast::<RawFd>()
            .write_unaligned(descriptor.as_raw_fd());
        if libc::sendmsg(channel, &raw const header, 0) == 1 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

/// Waits for the descriptor; an error when the program could not be started.
fn receive(socket: &OwnedFd) -> io::Result<OwnedFd> {
    let (mut byte, mut control) = (0, Control([0; 64]));
    // SAFETY: as in `send`; a descriptor that came is ours.
    unsafe {
        let mut poll = libc::pollfd {
            fd: socket.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        libc::poll(&raw mut poll, 1, 10_000);
        let mut part = mem::zeroed();
        let mut header = message(&mut byte, &mut part, &mut control);
        if libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT) < 1 {
            return Err(io::Error::last_os_error());
        }
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        if first.is_null() {
            return Err(io::Error::other("no descriptor came"));
        }
        let got = libc::CMSG_DATA(first).cast::<RawFd>().read_unaligned();
        Ok(OwnedFd::from_raw_fd(got))
    }
}

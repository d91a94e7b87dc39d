//! Two requests to the kernel that have no safe wrapper: the unsafe code of this
//! room.

use std::fs::File;
use std::marker::PhantomData;

/// Whether somebody has a file open for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writers {
    /// Nobody, in no process; nor does a writable mapping exist.
    None,
    /// Somebody.
    Some,
    /// This system or file system cannot say.
    Unknown,
}

/// Asks whether anybody can still write to a file, which must be open for reading
/// only and belong to this user.
///
/// A read lease is granted only while nobody has the file open for writing, so
/// being granted one is the proof; it is given back at once. Somebody who opens
/// the file for writing in that moment waits for the return and makes the kernel
/// send a signal, SIGIO by default, which would end this process: SIGURG, which
/// is ignored by default, is asked for instead.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "leases are not wrapped by rustix")]
pub(super) fn writers_of(file: &File) -> Writers {
    use std::os::fd::AsRawFd;
    /// Not among the constants of libc; the value of Linux on all processors that
    /// Rust runs on.
    const F_SETSIG: libc::c_int = 10;
    let fd = file.as_raw_fd();
    // SAFETY: fcntl(2) on a descriptor that `file` keeps open, with commands that
    // take an integer and touch no memory.
    let granted = unsafe {
        libc::fcntl(fd, F_SETSIG, libc::SIGURG);
        let granted = libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK);
        if granted == 0 {
            libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK);
        }
        granted
    };
    if granted == 0 {
        Writers::None
    } else if std::io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN) {
        Writers::Some
    } else {
        Writers::Unknown
    }
}

/// There are no leases here: only looking again tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn writers_of(_file: &File) -> Writers {
    Writers::Unknown
}

/// While it lives, this thread takes no signals (faults excepted).
///
/// Signals that end the process are handled (`process::install_interrupt`), or
/// they arrive at another thread; recovery covers that. What this closes is the
/// single-threaded process between an exchange and the look at what it displaced.
pub struct Quiet {
    before: libc::sigset_t,
    /// The mask belongs to the thread, so the guard must not leave it.
    here: PhantomData<*const ()>,
}

impl Quiet {
    #[expect(unsafe_code, reason = "signal masks are not wrapped by rustix")]
    /// Blocks them from now on.
    pub fn begin() -> Self {
        const FAULTS: [libc::c_int; 6] = [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGABRT,
            libc::SIGTRAP,
        ];
        // SAFETY: both sets are plain values on this stack for which all zeroes
        // is valid; the calls write to them and change this thread's mask only.
        // They fail for unknown signal numbers alone.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            for fault in FAULTS {
                libc::sigdelset(&raw mut all, fault);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, &raw mut before);
            Self {
                before,
                here: PhantomData,
            }
        }
    }
}

impl Drop for Quiet {
    #[expect(unsafe_code, reason = "signal masks are not wrapped by rustix")]
    fn drop(&mut self) {
        // SAFETY: `before` was filled by the call in `begin`, on this thread.
        unsafe {
            let before = &raw const self.before;
            libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut());
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    #[test]
    fn a_writer_is_seen_and_its_end_too() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (path, keep) = (file.path().to_owned(), file.into_temp_path());
        let reader = File::open(&path).unwrap();
        assert_eq!(writers_of(&reader), Writers::None);
        let writer = OpenOptions::new().append(true).open(&path).unwrap();
        assert_eq!(writers_of(&reader), Writers::Some);
        drop(writer);
        assert_eq!(writers_of(&reader), Writers::None);
        drop(keep);
    }
}

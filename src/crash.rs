//! Points at which a test lets this process die or fail.
//!
//! `HIVE_CRASH=landing.lock` kills the process by SIGKILL when it passes the point of
//! that name, `HIVE_CRASH=landing.exchange:3` when it passes it for the third time,
//! and `HIVE_CRASH=landing.objects:err` makes the step fail instead. Points exist in
//! debug builds and with the feature `crash-points`; a release has none.

#[cfg(any(debug_assertions, feature = "crash-points"))]
mod armed {
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    use crate::settings::environment;

    enum What {
        Kill(u32),
        Fail,
    }

    /// What was asked for, read once.
    fn asked() -> Option<&'static (String, What)> {
        static ASKED: OnceLock<Option<(String, What)>> = OnceLock::new();
        let read = || {
            let text = environment::value("HIVE_CRASH")?.into_string().ok()?;
            let (name, what) = text.split_once(':').unwrap_or((&text, "1"));
            let what = match what {
                "err" => What::Fail,
                times => What::Kill(times.parse().ok()?),
            };
            Some((name.to_owned(), what))
        };
        ASKED.get_or_init(read).as_ref()
    }

    pub(super) fn pass(name: &str) -> io::Result<()> {
        static PASSED: AtomicU32 = AtomicU32::new(0);
        match asked() {
            Some((point, What::Fail)) if point == name => {
                Err(io::Error::other(format!("a test made {name} fail")))
            }
            Some((point, What::Kill(times))) if point == name => {
                if PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times {
                    // SIGKILL cannot be refused; nothing after this line runs.
                    let _ = kill_process(getpid(), Signal::KILL);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Passes a point: dies or fails here if a test asked for it.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn pass(name: &str) -> std::io::Result<()> {
    armed::pass(name)
}

/// Passes a point: there are none in this build.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[expect(clippy::unnecessary_wraps, reason = "it fails where there are points")]
pub fn pass(_name: &str) -> std::io::Result<()> {
    Ok(())
}

/// Passes a point behind which nothing can be given up any more: dies here, never
/// fails.
pub fn point(name: &str) {
    // A failure that was asked for has no meaning here.
    let _ = pass(name);
}

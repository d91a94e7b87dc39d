//! Points at which a test lets this process die, fail or wait, and guards that a test
//! switches off to see that they are needed.
//!
//! `HIVE_CRASH` holds orders, separated by commas:
//!
//! | order | what happens |
//! |---|---|
//! | `NAME` | the process is killed by SIGKILL when it passes the point |
//! | `NAME:3` | the same when it passes it for the third time |
//! | `NAME:err`, `NAME:enospc` | the step fails, by an error of the disk or a full one |
//! | `NAME:delay` | the step takes 50 ms longer |
//! | `NAME:delay=FILE` | the file is made, and the step waits until somebody removes it |
//! | `NAME:3:err` | only the third time; so with `enospc` and `delay` |
//! | `off:GUARD` | the guard does not work |
//! | `tell:FILE` | what happens at a point is first written down in the file, and happens once only, in whichever process |
//!
//! Points and guards exist in debug builds and with the feature `crash-points`; a
//! release has none. `tests/crash` holds the tables of both: no point without a case, no
//! guard without a test that fails when it is switched off.

#[cfg(any(debug_assertions, feature = "crash-points"))]
mod armed {
    use std::fs::{self, OpenOptions};
    use std::io::{self, Write};
    use std::path::PathBuf;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::Duration;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, kill_process};

    use crate::settings::environment;

    /// How long a step is delayed where nobody says when to go on.
    const DELAY: Duration = Duration::from_millis(50);
    /// How long it waits for somebody who says so, at most.
    const PATIENCE: Duration = Duration::from_secs(10);

    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum What {
        Kill,
        Fail(Errno),
        Delay(Option<PathBuf>),
    }

    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum Order {
        /// At a point; the `u32` says which passing, from 1, and none of them all.
        At(String, Option<u32>, What),
        Off(String),
        Tell(PathBuf),
    }

    impl Order {
        pub(super) fn parse(text: &str) -> Option<Self> {
            let (name, rest) = text.split_once(':').unwrap_or((text, ""));
            if name == "off" {
                return Some(Self::Off(rest.to_owned()));
            }
            if name == "tell" {
                return Some(Self::Tell(PathBuf::from(rest)));
            }
            let (times, what) = match rest.split_once(':') {
                Some((times, what)) => (Some(times), what),
                None if rest.parse::<u32>().is_ok() => (Some(rest), ""),
                None => (None, rest),
            };
            let times = match times {
                Some(times) => Some(times.parse().ok()?),
                None => None,
            };
            let what = match what.split_once('=').unwrap_or((what, "")) {
                ("", _) => What::Kill,
                ("err", _) => What::Fail(Errno::IO),
                ("enospc", _) => What::Fail(Errno::NOSPC),
                ("delay", file) => What::Delay((!file.is_empty()).then(|| PathBuf::from(file))),
                _ => return None,
            };
            Some(Self::At(name.to_owned(), times, what))
        }
    }

    /// What was ordered, read once, each with how often its point was passed.
    fn orders() -> &'static [(Order, AtomicU32)] {
        static ORDERS: OnceLock<Vec<(Order, AtomicU32)>> = OnceLock::new();
        ORDERS.get_or_init(|| {
            let text = environment::value("HIVE_CRASH").and_then(|text| text.into_string().ok());
            let text = text.unwrap_or_default();
            let orders = text.split(',').filter_map(Order::parse);
            orders.map(|order| (order, AtomicU32::new(0))).collect()
        })
    }

    pub(super) fn is_off(guard: &str) -> bool {
        let off = |order: &Order| matches!(order, Order::Off(name) if name == guard);
        orders().iter().any(|(order, _)| off(order))
    }

    pub(super) fn pass(name: &str, end: &str) -> io::Result<()> {
        for (order, passed) in orders() {
            let Order::At(point, times, what) = order else {
                continue;
            };
            if point.strip_prefix(name) != Some(end) {
                continue;
            }
            let now = passed.fetch_add(1, Ordering::Relaxed) + 1;
            let always = matches!(what, What::Fail(_)) && times.is_none();
            if !always && now != times.unwrap_or(1) {
                continue;
            }
            if !is_first(point, what) {
                continue;
            }
            match what {
                // It cannot be refused; nothing after this line runs.
                What::Kill => drop(kill_process(getpid(), Signal::KILL)),
                What::Fail(errno) => return Err((*errno).into()),
                What::Delay(file) => wait(file.as_ref()),
            }
        }
        Ok(())
    }

    /// Writes down that something happens at a point; where it is written down already,
    /// by whichever process, it does not happen again.
    fn is_first(point: &str, what: &What) -> bool {
        let tells = |(order, _): &'static (Order, AtomicU32)| match order {
            Order::Tell(file) => Some(file),
            _ => None,
        };
        let Some(file) = orders().iter().find_map(tells) else {
            return true;
        };
        let what = match what {
            What::Kill => "killed",
            What::Fail(_) => "failed",
            What::Delay(_) => "waited",
        };
        let line = format!("{point} {what}");
        let told = fs::read_to_string(file).unwrap_or_default();
        if told.lines().any(|told| told == line) {
            return false;
        }
        let told = OpenOptions::new().append(true).create(true).open(file);
        // What cannot be told is not believed.
        let _ = told.and_then(|mut file| writeln!(file, "{line}"));
        true
    }

    fn wait(file: Option<&PathBuf>) {
        let Some(file) = file.filter(|file| fs::write(file, "").is_ok()) else {
            thread::sleep(DELAY);
            return;
        };
        let turn = Duration::from_millis(1);
        let mut left = PATIENCE;
        while file.exists() && !left.is_zero() {
            thread::sleep(turn);
            left = left.saturating_sub(turn);
        }
    }
}

/// Passes a point: dies, fails or waits here if a test asked for it.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn pass(name: &str) -> std::io::Result<()> {
    armed::pass(name, "")
}

/// Passes a point: there are none in this build.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[expect(clippy::unnecessary_wraps, reason = "it fails where there are points")]
pub fn pass(_name: &str) -> std::io::Result<()> {
    Ok(())
}

/// Passes a point behind which nothing can be given up any more: dies or waits here,
/// never fails.
pub fn point(name: &str) {
    // A failure that was asked for has no meaning here.
    let _ = pass(name);
}

/// Passes the point `NAME.done` behind the one of that name: what it stood before has
/// happened.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn done(name: &str) -> std::io::Result<()> {
    armed::pass(name, ".done")
}

/// Passes a point: there are none in this build.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[expect(clippy::unnecessary_wraps, reason = "it fails where there are points")]
pub fn done(_name: &str) -> std::io::Result<()> {
    Ok(())
}

/// Whether a test has switched a guard off.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn off(guard: &str) -> bool {
    armed::is_off(guard)
}

/// Guards cannot be switched off in this build.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
pub const fn off(_guard: &str) -> bool {
    false
}

#[cfg(test)]
#[cfg(debug_assertions)]
mod tests {
    use rustix::io::Errno;

    use super::armed::{Order, What};

    #[test]
    fn orders_are_read() {
        let at = |name: &str, times, what| Some(Order::At(name.to_owned(), times, what));
        for (text, order) in [
            ("a.b", at("a.b", None, What::Kill)),
            ("a.b:3", at("a.b", Some(3), What::Kill)),
            ("a.b:err", at("a.b", None, What::Fail(Errno::IO))),
            ("a.b:2:enospc", at("a.b", Some(2), What::Fail(Errno::NOSPC))),
            ("a.b:delay", at("a.b", None, What::Delay(None))),
            (
                "a.b:1:delay=/x/y",
                at("a.b", Some(1), What::Delay(Some("/x/y".into()))),
            ),
            ("off:exchange", Some(Order::Off("exchange".to_owned()))),
            ("a.b:nonsense", None),
            ("a.b:x:err", None),
        ] {
            assert_eq!(Order::parse(text), order, "{text}");
        }
    }
}

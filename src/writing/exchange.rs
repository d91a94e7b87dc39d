//! The exchange, and the looks at what it displaced.
//!
//! The algorithm. A name P holds what was read, a hidden name H the new bytes.
//!
//! 1. Exchange P and H. Whoever saved before this moment has its save in H now.
//! 2. Look at H. What was read: done. Anything else is a save that we displaced
//!    and that must go back: exchange again.
//! 3. Look at H again. What we had put at P ourselves: done. Anything else is a
//!    save that happened after step 1 and is newer than the one just put back:
//!    exchange again, and look again.
//!
//! With every exchange the thing expected in H is the thing that the exchange
//! before put at P, so the loop ends as soon as nobody saved between two
//! exchanges, and the newest save is at P then. With a single look the newer of
//! two quick saves would end in H.
//!
//! "Changed, so newer" holds only for a file that lay still when it was looked at.
//! A save that is displaced while it is being written goes on in H: it is then
//! displaced a second time with other bytes and would win over a save that came
//! after it; or the next save truncates it again and it looks unchanged. The race
//! in `tests/writing.rs` showed both, about once in 2,000 rounds. So before a file
//! is put back, whoever writes to it is given a moment to finish ([`PATIENCE`]).
//! Where that cannot be known, or takes longer, the later time of change decides;
//! on a coarse clock two quick saves can tie, and the one that loses the toss is in
//! `rescue` (with leases switched off on ext4: 5 of 16,000 rounds, all reported).

use std::thread;
use std::time::Duration;

use rustix::io::{Errno, Result};

use super::kernel::Writers;
use super::look::{Look, Seen, look, look_held};
use super::spot::{Spot, is_shortage};
use crate::clock;
use crate::crash;

/// How often the newest save may move. Somebody who saves faster than that for
/// so long is a program; its latest bytes are then kept, not placed.
const ROUNDS: u32 = 1_000;

/// How long writers may take to finish, in all, before their file is put back
/// unfinished (they finish it in its place then).
const PATIENCE: Duration = Duration::from_millis(200);

/// Where things are after the last exchange.
#[derive(Debug)]
pub(super) struct Standing {
    /// What the hidden name holds.
    pub(super) in_temp: Look,
    /// What was put at the path; `None` if nothing is there any more.
    pub(super) at_path: Option<Look>,
    /// Whether that is the new content.
    pub(super) replaced: bool,
}

/// Puts the new content, `ours` in `temp`, at `path`, where `read` is expected.
///
/// An error means that nothing was exchanged.
pub(super) fn replace(temp: &Spot, path: &Spot, ours: Seen, read: &Seen) -> Result<Standing> {
    crash::pass("writing.exchange").map_err(|error| errno(&error))?;
    if crash::off("exchange") {
        // What a careless tool does.
        temp.rename(path)?;
        return Ok(Standing {
            in_temp: Look::unknown(),
            at_path: Some(Look::still(ours)),
            replaced: true,
        });
    }
    // Opened before: a process that is out of descriptors learns it while nothing has
    // happened, and does not take a file that it cannot look at for somebody's save.
    let held = match path.open() {
        Err(errno) if is_shortage(errno) => return Err(errno),
        held => held.ok(),
    };
    temp.exchange(path)?;
    crash::point("writing.exchanged");
    let ours = Look::still(ours);
    let displaced = look_held(temp, held).unwrap_or_else(|_| Look::unknown());
    if displaced.seen.is(read) {
        return Ok(Standing {
            in_temp: displaced,
            at_path: Some(ours),
            replaced: true,
        });
    }
    Ok(put_back(temp, path, ours))
}

/// Puts a save that was found in `temp` back at `path`, where `expected` was put.
pub(super) fn put_back(temp: &Spot, path: &Spot, mut expected: Look) -> Standing {
    let mut patience = PATIENCE;
    let mut placing = look_when_still(temp, &mut patience);
    for _ in 0..ROUNDS {
        let placed = crash::pass("writing.put-back").map_err(|error| errno(&error));
        if placed.and_then(|()| temp.exchange(path)).is_err() {
            // The file was removed or moved away after the save in `temp`: the
            // removal is the newest thing that happened. What is in `temp` is
            // kept by whoever called.
            return Standing {
                in_temp: placing,
                at_path: None,
                replaced: false,
            };
        }
        let displaced = look_when_still(temp, &mut patience);
        let newer = is_newer(&displaced.seen, &expected, &placing.seen);
        if !newer || crash::off("look-again") {
            return Standing {
                in_temp: displaced,
                at_path: Some(placing),
                replaced: false,
            };
        }
        expected = std::mem::replace(&mut placing, displaced);
    }
    Standing {
        in_temp: placing,
        at_path: Some(expected),
        replaced: false,
    }
}

/// Whether what was displaced is a save newer than what now took its place.
fn is_newer(displaced: &Seen, expected: &Look, placed: &Seen) -> bool {
    let same = displaced.is(&expected.seen);
    let still = expected.writers == Writers::None;
    if !displaced.is_file(&expected.seen) || still {
        return !same;
    }
    let same_time = displaced.mtime_ns == expected.seen.mtime_ns;
    !(same && same_time) && displaced.mtime_ns > placed.mtime_ns
}

/// Looks at a hidden name when nobody has the file open for writing any more, as
/// far as patience goes. What begins to write to it later has got it from the path.
/// What cannot be looked at is nothing that was ever seen: it is treated as a save.
fn look_when_still(temp: &Spot, patience: &mut Duration) -> Look {
    let begin = clock::now();
    let mut turns = 0;
    loop {
        let look = look(temp);
        let waited = clock::now() - begin;
        let is_busy = match &look {
            Ok(look) => look.writers == Writers::Some,
            // Another thread may let go of what ran out.
            Err(error) => Errno::from_io_error(error).is_some_and(is_shortage),
        };
        if !is_busy || waited >= *patience {
            *patience = patience.saturating_sub(waited);
            return look.unwrap_or_else(|_| Look::unknown());
        }
        // Saves take microseconds; then one waits for a person's disk.
        if turns < 50 {
            thread::yield_now();
        } else {
            thread::sleep(Duration::from_micros(200));
        }
        turns += 1;
    }
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// What a failed exchange says about one file or its directory, and about no other.
pub(super) fn is_refused(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::BUSY
    )
}

/// What a failed exchange of two existing names says about the file system.
pub(super) fn is_unsupported(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

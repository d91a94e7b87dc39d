//! What goes over a worker's pipes: length-prefixed frames.
//!
//! A frame is a little-endian `u32` length and that many bytes of postcard. Both
//! ends are the same binary, so the format needs no version; a length above
//! [`MAX_FRAME`] or a body that does not decode ends the conversation.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fixers::{Fixed, Job, Recipe, Trouble};

/// The largest body of a frame, in bytes. A batch is far smaller; a single file
/// is bounded by `max_file_size`.
const MAX_FRAME: u32 = 512 << 20;

/// What a worker is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Makes a recipe known under a number.
    Recipe {
        /// The number that batches name.
        id: u32,
        /// What it stands for.
        recipe: Box<Recipe>,
    },
    /// Fixes files.
    Batch {
        /// The recipe's number.
        recipe: u32,
        /// The files, answered one by one in this order unless a program takes
        /// all of them together.
        jobs: Vec<Job>,
    },
}

/// The same, borrowed, for the side that asks. The variants stand in the same
/// order with the same fields, so both have one form on the wire.
#[derive(Debug, Serialize)]
pub enum RequestRef<'a> {
    /// See [`Request::Recipe`].
    Recipe {
        /// The number that batches name.
        id: u32,
        /// What it stands for.
        recipe: &'a Recipe,
    },
    /// See [`Request::Batch`].
    Batch {
        /// The recipe's number.
        recipe: u32,
        /// The files.
        jobs: Vec<&'a Job>,
    },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// It is at work: the counter moves with every step of the work itself, so a
    /// hanging step shows as a silence.
    Beat {
        /// Steps done so far.
        progress: u64,
    },
    /// A file is done.
    Done {
        /// The job's number.
        id: u64,
        /// What came of it.
        result: Result<Fixed, Trouble>,
        /// How long it took, in microseconds.
        micros: u64,
    },
}

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other end closed the pipe between frames.
    #[error("the pipe was closed")]
    Closed,
    /// The pipe failed, or ended inside a frame.
    #[error("the pipe failed: {0}")]
    Io(#[from] io::Error),
    /// A length that no honest peer sends.
    #[error("a frame of {0} bytes was announced")]
    TooLong(u32),
    /// A body that is not what it should be.
    #[error("a frame could not be read: {0}")]
    Garbage(#[from] postcard::Error),
}

/// Writes one frame. The caller flushes.
pub fn write<T: Serialize>(out: &mut impl Write, value: &T) -> Result<(), FrameError> {
    out.write_all(&encode(value)?)?;
    Ok(())
}

/// One frame as bytes, prefix included.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, FrameError> {
    encode_about(value, 0)
}

/// Like [`encode`], for a body of about so many bytes: a large frame is not copied
/// again and again while it grows.
pub(super) fn encode_about<T: Serialize>(value: &T, bytes: usize) -> Result<Vec<u8>, FrameError> {
    let mut frame = Vec::with_capacity(bytes.saturating_add(4));
    frame.extend([0; 4]);
    let mut frame = postcard::to_extend(value, frame)?;
    let length = u32::try_from(frame.len() - 4)
        .ok()
        .filter(|length| *length <= MAX_FRAME);
    let length = length.ok_or(FrameError::TooLong(u32::MAX))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Reads one frame; [`FrameError::Closed`] when the pipe ends before it.
pub fn read<T: DeserializeOwned>(input: &mut impl Read) -> Result<T, FrameError> {
    let mut prefix = [0_u8; 4];
    let mut have = 0;
    while have < prefix.len() {
        match input.read(&mut prefix[have..]) {
            Ok(0) if have == 0 => return Err(FrameError::Closed),
            Ok(0) => return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(more) => have += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let length = u32::from_le_bytes(prefix);
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    // Grows with what really arrives, so that a lying length costs nothing but
    // addresses.
    let mut body = Vec::with_capacity(usize::try_from(length.min(32 << 20)).unwrap_or(0));
    let got = input.take(u64::from(length)).read_to_end(&mut body)?;
    if got < usize::try_from(length).unwrap_or(usize::MAX) {
        return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(postcard::from_bytes(&body)?)
}

#[cfg(test)]
mod tests {
    use super::{FrameError, Reply, Request, RequestRef, encode, read, write};

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut pipe = Vec::new();
        for progress in [0, 1, u64::MAX] {
            write(&mut pipe, &Reply::Beat { progress }).unwrap();
        }
        let mut input = &pipe[..];
        for expected in [0, 1, u64::MAX] {
            let Reply::Beat { progress } = read(&mut input).unwrap() else {
                panic!("not a beat")
            };
            assert_eq!(progress, expected);
        }
        assert!(matches!(read::<Reply>(&mut input), Err(FrameError::Closed)));
    }

    #[test]
    fn borrowed_and_owned_requests_look_the_same() {
        let borrowed = encode(&RequestRef::Batch {
            recipe: 7,
            jobs: Vec::new(),
        })
        .unwrap();
        let Request::Batch { recipe, jobs } = read(&mut &borrowed[..]).unwrap() else {
            panic!("not a batch")
        };
        assert_eq!((recipe, jobs.len()), (7, 0));
    }

    #[test]
    fn garbage_is_an_error_and_costs_no_memory() {
        assert!(matches!(
            read::<Reply>(&mut &b"\xff\xff\xff\xff"[..]),
            Err(FrameError::TooLong(_))
        ));
        assert!(matches!(
            read::<Reply>(&mut &b"\x00\x00\x00\x10abc"[..]),
            Err(FrameError::Io(_))
        ));
        assert!(matches!(
            read::<Reply>(&mut &b"\x02\x00\x00\x00\x09\x09"[..]),
            Err(FrameError::Garbage(_))
        ));
        assert!(matches!(
            read::<Reply>(&mut &b"\x02"[..]),
            Err(FrameError::Io(_))
        ));
    }
}

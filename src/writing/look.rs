//! Looking at what lies at a name: identity and content.

use std::fs::File;
use std::io::{self, Read};

use rustix::fs::{FileType, Stat, fstat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::kernel::{Writers, writers_of};
use super::snapshot::Identity;
use super::spot::{Spot, is_shortage};
use crate::crash;

/// What one look at a file saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    dev: u64,
    ino: u64,
    mode: u32,
    uid: u32,
    gid: u32,
    nlink: u64,
    size: u64,
    /// The hash of the bytes; `None` for what is no regular file or cannot be read.
    #[serde(with = "hash_bytes")]
    pub(super) hash: Option<blake3::Hash>,
    /// When its content last changed, as the file system says.
    pub(super) mtime_ns: i128,
}

impl Seen {
    /// Whether two looks saw the same file with the same bytes, owner and mode.
    /// Times are left out: bytes are compared, and `touch` is no save.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.is_file(other)
            && (self.mode, self.uid, self.gid, self.nlink)
                == (other.mode, other.uid, other.gid, other.nlink)
            && (self.size, self.hash) == (other.size, other.hash)
    }

    /// Whether two looks saw the same file, whatever it held.
    pub(super) fn is_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }

    pub(super) fn new(identity: &Identity, hash: Option<blake3::Hash>) -> Self {
        Self {
            dev: identity.dev,
            ino: identity.ino,
            mode: identity.mode,
            uid: identity.uid,
            gid: identity.gid,
            nlink: identity.nlink,
            size: identity.size,
            hash,
            mtime_ns: identity.mtime_ns,
        }
    }
}

/// One look at a name.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) seen: Seen,
    /// Whether somebody had it open for writing just *before* its bytes were read:
    /// with `None`, the bytes are final, unless its name is known to somebody.
    pub(super) writers: Writers,
}

/// Looks at whatever is there.
pub(super) fn look(spot: &Spot) -> io::Result<Look> {
    match spot.open() {
        Ok(mut file) => look_in(&mut file),
        Err(errno) if errno == Errno::NOENT || is_shortage(errno) => Err(errno.into()),
        // A link, a socket, a file without permission to read: identity alone.
        Err(_) => Ok(unreadable(&spot.stat()?)),
    }
}

/// Looks at a file that is open, from its begin.
fn look_in(file: &mut File) -> io::Result<Look> {
    let stat = fstat(&*file)?;
    if !is_regular(&stat) {
        return Ok(unreadable(&stat));
    }
    let writers = if crash::off("still") {
        Writers::None
    } else {
        writers_of(file)
    };
    let hash = hash(file)?;
    Ok(Look {
        seen: Seen::new(&identity(&fstat(&*file)?), Some(hash)),
        writers,
    })
}

/// Looks at whatever is there, through `held` if that is it: nothing has to be opened
/// then, and nothing can run out.
pub(super) fn look_held(spot: &Spot, held: Option<File>) -> io::Result<Look> {
    if let Some(mut file) = held {
        let (open, there) = (identity(&fstat(&file)?), identity(&spot.stat()?));
        if (open.dev, open.ino) == (there.dev, there.ino) {
            return look_in(&mut file);
        }
    }
    look(spot)
}

fn unreadable(stat: &Stat) -> Look {
    Look {
        seen: Seen::new(&identity(stat), None),
        writers: Writers::Unknown,
    }
}

fn hash(file: &mut File) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut chunk = [0; 16 << 10];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(count) => {
                hasher.update(&chunk[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// The fields of a status that tell files apart, in the same types everywhere.
#[allow(
    clippy::unnecessary_cast,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::useless_conversion,
    reason = "the types of these fields differ between systems"
)]
pub(super) fn identity(stat: &Stat) -> Identity {
    let ns = |seconds: i64, nanoseconds: i64| {
        i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
    };
    Identity {
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        mode: (stat.st_mode as u32) & 0o7777,
        uid: stat.st_uid as u32,
        gid: stat.st_gid as u32,
        nlink: stat.st_nlink as u64,
        size: stat.st_size as u64,
        mtime_ns: ns(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        ctime_ns: ns(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

impl Look {
    /// Bytes that nobody else can have opened yet.
    pub(super) fn still(seen: Seen) -> Self {
        Self {
            seen,
            writers: Writers::None,
        }
    }

    /// What a look that failed saw: equal to nothing that was read or written.
    pub(super) fn unknown() -> Self {
        Self {
            seen: Seen {
                dev: u64::MAX,
                ino: u64::MAX,
                mode: 0,
                uid: 0,
                gid: 0,
                nlink: 0,
                size: 0,
                hash: None,
                mtime_ns: 0,
            },
            writers: Writers::Unknown,
        }
    }
}

/// A hash as its bytes, for frames between hive's own processes.
mod hash_bytes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives the field by reference")]
    pub(super) fn serialize<S: Serializer>(
        hash: &Option<blake3::Hash>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        hash.as_ref()
            .map(blake3::Hash::as_bytes)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<blake3::Hash>, D::Error> {
        let bytes = Option::<[u8; 32]>::deserialize(deserializer)?;
        Ok(bytes.map(blake3::Hash::from_bytes))
    }
}

//! What was read: bytes and the identity of the file that held them.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, AtFlags, accessat, fstat};
use rustix::io::Errno;

use super::look::{Seen, identity, is_regular};
use super::spot::Spot;

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The device of the file system.
    pub dev: u64,
    /// The inode on it.
    pub ino: u64,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// How many names it has.
    pub nlink: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of content, nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Last change of content or attributes, nanoseconds since the epoch.
    pub ctime_ns: i128,
}

/// Why a file is left alone, as it follows "it".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// The name is a symbolic link.
    #[error("is a symbolic link")]
    Symlink,
    /// A directory, pipe, socket or device.
    #[error("is not a regular file")]
    NotRegular,
    /// A symbolic link on the way leads out of the repository.
    #[error("lies outside the repository, behind a symbolic link")]
    Outside,
    /// Exchanging would cut it off from its other names.
    #[error("has {0} hard links")]
    HardLinks(u64),
    /// It belongs to another user.
    #[error("belongs to another user")]
    OtherOwner,
    /// The file, its directory or its file system is read-only.
    #[error("is not writable")]
    NotWritable,
    /// Something is mounted on it.
    #[error("is a mount point")]
    MountPoint,
    /// An attribute (access list, label, group) cannot be given to a new file.
    #[error("has an attribute ({0}) that cannot be kept")]
    Attribute(String),
    /// It is larger than allowed.
    #[error("has {size} bytes, more than max_file_size ({max})")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        max: u64,
    },
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is left alone.
    #[error("{0}")]
    Skip(#[from] Skip),
    /// The system refused.
    #[error("cannot be read")]
    Io(#[from] io::Error),
}

/// A file as it was when it was read.
#[derive(Debug, Clone)]
pub struct Snapshot {
    path: PathBuf,
    identity: Identity,
    hash: blake3::Hash,
    bytes: Vec<u8>,
}

/// How often a file that changes while it is read is read again. After that the
/// torn bytes are returned: nothing can be made of them, since the exchange will
/// find other bytes than these.
const ATTEMPTS: u32 = 3;

/// Reads a regular file, never through a symbolic link at its own name.
/// Directories on the way are resolved once, now.
pub fn read(path: &Path) -> Result<Snapshot, Unread> {
    read_at_most(path, u64::MAX)
}

/// Like [`read`], but refuses files of more than `max` bytes unread.
pub fn read_at_most(path: &Path, max: u64) -> Result<Snapshot, Unread> {
    read_resolved(canonical(path)?, max)
}

fn read_resolved(path: PathBuf, max: u64) -> Result<Snapshot, Unread> {
    let spot = Spot::resolve(&path)?;
    let mut file = spot.open().map_err(|errno| match errno {
        Errno::LOOP | Errno::MLINK => Unread::Skip(Skip::Symlink),
        Errno::NXIO | Errno::OPNOTSUPP => Unread::Skip(Skip::NotRegular),
        errno => Unread::Io(errno.into()),
    })?;
    let mut attempt = 1;
    loop {
        let stat = fstat(&file).map_err(io::Error::from)?;
        if !is_regular(&stat) {
            return Err(Skip::NotRegular.into());
        }
        let before = identity(&stat);
        if before.size > max {
            let size = before.size;
            return Err(Skip::TooLarge { size, max }.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(before.size).unwrap_or(0) + 1);
        (&mut file)
            .take(max.saturating_add(1))
            .read_to_end(&mut bytes)?;
        let after = identity(&fstat(&file).map_err(io::Error::from)?);
        if before == after && bytes.len() as u64 == after.size || attempt == ATTEMPTS {
            return Ok(Snapshot {
                path,
                identity: after,
                hash: blake3::hash(&bytes),
                bytes,
            });
        }
        attempt += 1;
        io::Seek::rewind(&mut file)?;
    }
}

/// Like [`read_at_most`], for a file of a repository whose root (with all directories
/// resolved) is given: refuses what a link on the way leads out of it, also one that was
/// put there a moment ago.
pub fn read_inside(root: &Path, path: &Path, max: u64) -> Result<Snapshot, Unread> {
    // Mostly there is no link on the way, and resolving would look at every directory of
    // every path once more.
    let plain = path.starts_with(root)
        && path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if plain {
        match read_resolved(path.components().collect(), max) {
            Err(Unread::Io(error)) if is_link(&error) => {}
            outcome => return outcome,
        }
    }
    let resolved = canonical(path)?;
    if !resolved.starts_with(root) {
        return Err(Skip::Outside.into());
    }
    // No link is followed from here on, so what is read lies where it was looked for.
    read_resolved(resolved, max)
}

/// Whether something was refused because it goes through a link, or may have been.
fn is_link(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::LOOP, Errno::MLINK, Errno::NOTDIR]
        .iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}

/// The path with every directory resolved; the last name stays as it is.
fn canonical(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(Errno::INVAL)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok(fs::canonicalize(parent)?.join(name))
}

impl Snapshot {
    /// The absolute path, with all directories resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes that were read; empty after [`take_bytes`](Self::take_bytes).
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Moves the bytes out, to save memory: a write needs only their hash.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The blake3 hash of the bytes that were read.
    pub fn hash(&self) -> blake3::Hash {
        self.hash
    }

    /// The identity of the file.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Why this file may not be replaced, as far as that can be known before
    /// trying. [`Writer`](super::Writer) asks again.
    pub fn obstacle(&self) -> Option<Skip> {
        let spot = Spot::resolve(&self.path).ok()?;
        self.obstacle_at(&spot)
    }

    pub(super) fn obstacle_at(&self, spot: &Spot) -> Option<Skip> {
        if self.identity.nlink > 1 {
            return Some(Skip::HardLinks(self.identity.nlink));
        }
        if self.identity.uid != rustix::process::geteuid().as_raw() {
            return Some(Skip::OtherOwner);
        }
        // The owner's bit says what is wanted, also to root, who may do anything;
        // the system's answer covers read-only file systems.
        let access = || accessat(&spot.dir, &spot.name, Access::WRITE_OK, AtFlags::EACCESS);
        let refused = |errno| matches!(errno, Errno::ACCESS | Errno::ROFS | Errno::PERM);
        if self.identity.mode & 0o200 == 0 || access().is_err_and(refused) {
            return Some(Skip::NotWritable);
        }
        // An exchange writes to the directory, and not to the file.
        let rights = Access::WRITE_OK | Access::EXEC_OK;
        if accessat(&spot.dir, ".", rights, AtFlags::EACCESS).is_err_and(refused) {
            return Some(Skip::NotWritable);
        }
        is_mount_point(spot).then_some(Skip::MountPoint)
    }

    pub(super) fn seen(&self) -> Seen {
        Seen::new(&self.identity, Some(self.hash))
    }
}

#[cfg(target_os = "linux")]
fn is_mount_point(spot: &Spot) -> bool {
    use rustix::fs::{StatxAttributes, StatxFlags, statx};
    statx(
        &spot.dir,
        &spot.name,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxFlags::TYPE,
    )
    .is_ok_and(|stat| {
        let root = StatxAttributes::MOUNT_ROOT;
        stat.stx_attributes_mask.contains(root) && stat.stx_attributes.contains(root)
    })
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_spot: &Spot) -> bool {
    // Files cannot be mounted on here; the exchange would say so.
    false
}

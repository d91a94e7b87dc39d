//! Where the database lies.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::user;
use crate::repo::Place;

/// The database of a repository: inside the git directory that all work trees
/// share, where `git clean` does not reach. On a network file system, where the
/// shared memory of the write-ahead log does not work, in the user's state
/// directory instead, by the hash of the directory's path. `None` only there and
/// without a home directory.
pub fn repository_file(place: &Place) -> Option<PathBuf> {
    lies(place, is_network(&place.common_dir))
}

/// What tells a database file from another one of its name; `None` where there is none.
pub fn identity(file: &Path) -> Option<(u64, u64)> {
    let about = file.metadata().ok()?;
    Some((about.dev(), about.ino()))
}

fn lies(place: &Place, network: bool) -> Option<PathBuf> {
    if !network {
        return Some(place.state_dir().join("hive.db"));
    }
    let path = place.common_dir.as_os_str().as_encoded_bytes();
    let id = &blake3::hash(path).to_hex()[..16];
    let directory = user::state_dir()?.join("repositories").join(id);
    Some(directory.join("hive.db"))
}

/// The database outside any repository. `None` without a home directory.
pub fn cache_file() -> Option<PathBuf> {
    Some(user::cache_dir()?.join("hive.db"))
}

/// Whether a path lies on a file system that other machines write to, or that a
/// program serves. When it cannot be told, it counts as local.
pub fn is_network(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|status| is_remote(&status))
}

#[cfg(target_os = "linux")]
fn is_remote(status: &rustix::fs::StatFs) -> bool {
    /// Magic numbers of statfs(2) and of the kernel's `magic.h`.
    const REMOTE: [u32; 13] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xfe53_4d42, // SMB 2
        0xff53_4d42, // CIFS
        0x0102_1997, // 9P
        0x6573_5546, // FUSE
        0x5346_414f, // AFS
        0x6b41_4653, // kAFS
        0x00c3_6400, // Ceph
        0x0bd0_0bd0, // Lustre
        0x7375_7245, // Coda
        0x786f_4256, // shared folders of VirtualBox
        0x4750_4653, // GPFS
    ];
    // The type of the field differs between processors; the numbers have 32 bits.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "see above"
    )]
    let magic = status.f_type as u32;
    REMOTE.contains(&magic)
}

#[cfg(target_vendor = "apple")]
fn is_remote(status: &rustix::fs::StatFs) -> bool {
    const MNT_LOCAL: u32 = 0x1000;
    status.f_flags & MNT_LOCAL == 0
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn is_remote(_status: &rustix::fs::StatFs) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_repository_keeps_its_own_database() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            root: dir.path().to_owned(),
            git_dir: dir.path().join(".git"),
            common_dir: dir.path().to_owned(),
        };
        assert!(!is_network(dir.path()));
        assert!(!is_network(Path::new("/no/such/place")));
        let expected = dir.path().join("hive/hive.db");
        assert_eq!(repository_file(&place), Some(expected));
        // On a network file system each repository has a place of its own in the home.
        let other = Place {
            common_dir: dir.path().join("other"),
            ..place.clone()
        };
        let homes = [&place, &other].map(|place| lies(place, true).unwrap());
        let state = user::state_dir().unwrap();
        assert!(
            homes
                .iter()
                .all(|home| home.starts_with(state.join("repositories")))
        );
        assert_ne!(homes[0], homes[1]);
    }
}

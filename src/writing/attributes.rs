//! Giving a new file what the original has beside its bytes: group, mode, access
//! control lists, extended attributes.

use std::ffi::CStr;
use std::fs::File;

use rustix::fs::{Gid, Mode, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fsetxattr, fstat};
use rustix::io::{Errno, Result};

use super::snapshot::{Identity, Skip};

/// Attributes that describe the bytes of one file and would be wrong for others.
const OF_THE_BYTES: [&[u8]; 2] = [b"security.ima", b"security.evm"];

/// Copies them; fails with the name of what cannot be kept.
pub(super) fn copy(from: &File, identity: &Identity, to: &File) -> std::result::Result<(), Skip> {
    let group = Gid::from_raw(identity.gid);
    let same_group = fstat(to).is_ok_and(|stat| stat.st_gid == identity.gid);
    if !same_group && fchown(to, None, Some(group)).is_err() {
        return Err(Skip::Attribute("group".to_owned()));
    }
    for name in names(from).map_err(|_| Skip::Attribute("attributes".to_owned()))? {
        if OF_THE_BYTES.contains(&name.as_slice()) {
            continue;
        }
        if copy_one(from, to, &name).is_err() {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(Skip::Attribute(name));
        }
    }
    // Last: an access list changes the group's bits, a change of group clears
    // the set-id bits.
    let mode = Mode::from_raw_mode(raw(identity.mode));
    fchmod(to, mode).map_err(|_| Skip::Attribute("mode".to_owned()))
}

#[cfg(target_os = "linux")]
fn raw(mode: u32) -> rustix::fs::RawMode {
    mode
}

#[cfg(not(target_os = "linux"))]
fn raw(mode: u32) -> rustix::fs::RawMode {
    // `Identity::mode` has twelve bits.
    rustix::fs::RawMode::try_from(mode).unwrap_or(0o600)
}

fn names(file: &File) -> Result<Vec<Vec<u8>>> {
    let list = whole(|buffer| flistxattr(file, buffer))?;
    Ok(list
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

fn copy_one(from: &File, to: &File, name: &[u8]) -> Result<()> {
    let mut terminated = name.to_vec();
    terminated.push(0);
    let name = CStr::from_bytes_with_nul(&terminated).map_err(|_| Errno::INVAL)?;
    let value = match whole(|buffer| fgetxattr(from, name, buffer)) {
        Err(Errno::NODATA) => return Ok(()), // gone since it was listed
        value => value?,
    };
    match fsetxattr(to, name, &value, XattrFlags::empty()) {
        Ok(()) => Ok(()),
        // A label that may not be set is often the one a new file has anyway.
        Err(error) => match whole(|buffer| fgetxattr(to, name, buffer)) {
            Ok(inherited) if inherited == value => Ok(()),
            _ => Err(error),
        },
    }
}

/// Calls with a larger buffer until the answer fits; no support means nothing.
fn whole(mut call: impl FnMut(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    let mut buffer = vec![0; 1 << 10];
    loop {
        match call(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(Vec::new()),
            // The kernel's own bound is 64 KiB.
            Err(Errno::RANGE) if buffer.len() < 1 << 20 => {
                let twice = buffer.len() * 2;
                buffer.resize(twice, 0);
            }
            Err(error) => return Err(error),
        }
    }
}

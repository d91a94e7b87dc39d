//! Giving back memory before a long sleep.

/// Lets go of the pages of this program's code, for a process that has nothing to do until
/// something happens: most of what a start and a piece of work ran through is not needed
/// for the next one, and a background process should not look as large as what it once did.
/// The kernel maps a page again, from its cache, when it is run through; that costs a
/// process that wakes up about a millisecond. Not being heard is no fault.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "madvise(2) has no safe wrapper")]
pub fn rest() {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else {
        return;
    };
    for (start, length) in code(&maps) {
        // SAFETY: the range is a mapping of a file that may be run and not written to, so
        // no page of it holds anything but what the file says: one that is let go comes
        // back with the same bytes. Code of this program stays mapped for as long as it
        // runs, and nothing here unloads libraries.
        unsafe {
            libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED);
        }
    }
}

/// Elsewhere there is no such request.
#[cfg(not(target_os = "linux"))]
pub fn rest() {}

/// The mappings of files that can be run and not written to: where they begin, and their
/// length, in bytes.
#[cfg(target_os = "linux")]
fn code(maps: &str) -> impl Iterator<Item = (usize, usize)> {
    maps.lines().filter_map(|line| {
        let mut parts = line.split_ascii_whitespace();
        let (range, rights) = (parts.next()?, parts.next()?);
        let file = parts.nth(3)?;
        if rights != "r-xp" || !file.starts_with('/') {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        Some((start, end.checked_sub(start)?))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_code_from_files_is_let_go() {
        let maps = "\
            00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/hive\n\
            00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/hive\n\
            00652000-00655000 rw-p 00052000 08:02 173521      /usr/bin/hive\n\
            00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\n\
            35b1a21000-35b1a22000 rwxp 00000000 08:02 9       /usr/lib/odd name.so\n\
            7fff5d000000-7fff5d002000 r-xp 00000000 00:00 0\n\
            7fffb2d48000-7fffb2d49000 r-xp 00000000 00:00 0   [vdso]\n\
            nonsense\n";
        assert_eq!(code(maps).collect::<Vec<_>>(), [(0x0040_0000, 0x52000)]);
    }

    /// What was let go comes back when it is run.
    #[test]
    fn a_program_goes_on_after_a_rest() {
        let before = std::fs::read_to_string("/proc/self/maps").unwrap();
        assert!(code(&before).count() > 0, "{before}");
        rest();
        assert_eq!(format!("{:?}", [1.5_f64, 2.0]), "[1.5, 2.0]");
    }
}

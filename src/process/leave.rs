//! The end of this process.

/// Ends the process with an exit code, at once: the memory goes with the process, and to hand
/// it back piece by piece before that, as the allocator would, is time in which somebody
/// waits. Whatever has to be undone or written is to have been by now.
#[expect(unsafe_code, reason = "_exit(2) has no safe wrapper")]
pub fn leave(code: u8) -> ! {
    // SAFETY: it does not return, and touches no memory of this program. What the C library
    // would do before, nothing here has asked it for.
    unsafe { libc::_exit(i32::from(code)) }
}

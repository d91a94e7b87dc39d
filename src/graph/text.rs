//! The text in the bytes of a Python file.
//!
//! Pure.

use std::borrow::Cow;

use memchr::memmem;

use super::facts::Problem;
use crate::fixers::encoding;

/// How far into a file an encoding cookie is looked for before it is asked for properly.
const HEAD: usize = 512;

/// Decodes the bytes of a Python file; without a copy where they are UTF-8 and nothing
/// says otherwise.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let head = &bytes[..bytes.len().min(HEAD)];
    if memmem::find(head, b"coding").is_none()
        && memchr::memchr(0, bytes).is_none()
        && let Ok(text) = str::from_utf8(bytes)
    {
        return Ok(Cow::Borrowed(text));
    }
    match encoding::decode(bytes) {
        Ok((text, _)) => Ok(Cow::Owned(text)),
        Err(trouble) => Err(Problem::Unreadable(trouble.to_string())),
    }
}

//! What a terminal sends when keys are pressed. Pure.
//!
//! Read here and not by the terminal library: its reader spins for ever when the terminal
//! is gone, and a thread of its own would take the keys that are meant for an editor.

/// A key, or one that nobody has a use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Control, in lower case.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Any other.
    Other,
}

/// Takes whole keys from the beginning of what was read. What may go on stays, unless
/// nothing came after it for a moment (`over`): then an escape is the key itself.
pub(super) fn keys(read: &mut Vec<u8>, over: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut at = 0;
    while at < read.len() {
        match one(&read[at..]) {
            Some((key, length)) => {
                keys.push(key);
                at += length;
            }
            None if over => {
                keys.push(if read[at] == ESCAPE {
                    Key::Escape
                } else {
                    Key::Other
                });
                at += 1;
            }
            None => break,
        }
    }
    read.drain(..at);
    keys
}

const ESCAPE: u8 = 0x1b;

/// The first key and how many bytes it is; `None` if more bytes may belong to it.
fn one(bytes: &[u8]) -> Option<(Key, usize)> {
    let key = match bytes[0] {
        ESCAPE => return sequence(bytes),
        b'\r' | b'\n' => Key::Enter,
        b'\t' => Key::Tab,
        0x7f | 0x08 => Key::Backspace,
        byte @ 1..=0x1a => Key::Ctrl(char::from(byte - 1 + b'a')),
        0..=0x1f => Key::Other,
        _ => return character(bytes),
    };
    Some((key, 1))
}

fn sequence(bytes: &[u8]) -> Option<(Key, usize)> {
    match bytes.get(1)? {
        b'O' => Some((named(&[], *bytes.get(2)?), 3)),
        b'[' => {
            let rest = &bytes[2..];
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            Some((named(&rest[..end], rest[end]), end + 3))
        }
        // Two escapes: the first one is a key.
        &ESCAPE => Some((Key::Escape, 1)),
        // A key with Alt.
        _ => character(&bytes[1..]).map(|(_, length)| (Key::Other, length + 1)),
    }
}

/// A key by the parameters and the last byte of its sequence; what Shift or Control add
/// (`1;5A`) changes nothing.
fn named(parameters: &[u8], last: u8) -> Key {
    let number = parameters.split(|byte| *byte == b';').next();
    match (last, number.unwrap_or_default()) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'M', []) => Key::Enter,
        (b'Z', _) => Key::BackTab,
        (b'~', b"3") => Key::Delete,
        (b'~', b"5") => Key::PageUp,
        (b'~', b"6") => Key::PageDown,
        _ => Key::Other,
    }
}

fn character(bytes: &[u8]) -> Option<(Key, usize)> {
    let length = match bytes[0] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let text = std::str::from_utf8(bytes.get(..length)?).ok();
    let key = text.and_then(|text| text.chars().next());
    match key {
        Some(key) if !key.is_control() => Some((Key::Char(key), length)),
        _ => Some((Key::Other, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, keys};

    #[test]
    fn keys_are_read_whole() {
        for (bytes, expected) in [
            (&b"aZ"[..], &[Key::Char('a'), Key::Char('Z')][..]),
            ("ä→".as_bytes(), &[Key::Char('ä'), Key::Char('→')]),
            (b"\r\x7f\t", &[Key::Enter, Key::Backspace, Key::Tab]),
            (b"\x03\x15", &[Key::Ctrl('c'), Key::Ctrl('u')]),
            (b"\x1b[A\x1bOB\x1b[1;5C", &[Key::Up, Key::Down, Key::Right]),
            (b"\x1b[5~\x1b[6~", &[Key::PageUp, Key::PageDown]),
            (b"\x1b[H\x1b[4~", &[Key::Home, Key::End]),
            (b"\x1b[3~\x1b[Z", &[Key::Delete, Key::BackTab]),
            (b"\x1bx\x1b[200~", &[Key::Other, Key::Other]),
            (b"\x1b\x1b[A", &[Key::Escape, Key::Up]),
            (b"\xff\x00", &[Key::Other, Key::Other]),
        ] {
            let mut read = bytes.to_vec();
            assert_eq!(keys(&mut read, false), expected, "{bytes:?}");
            assert!(read.is_empty(), "{bytes:?} leaves {read:?}");
        }
    }

    #[test]
    fn what_may_go_on_waits() {
        for (bytes, over) in [
            (&b"\x1b"[..], &[Key::Escape][..]),
            (b"\x1b[", &[Key::Escape, Key::Char('[')]),
            (b"\xc3", &[Key::Other]),
        ] {
            let mut read = bytes.to_vec();
            assert_eq!(keys(&mut read, false), [], "{bytes:?}");
            assert_eq!(read, bytes);
            assert_eq!(keys(&mut read, true), over, "{bytes:?}");
            assert!(read.is_empty());
        }
    }
}

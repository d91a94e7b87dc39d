//! Bytes to text and back without losing any.
//!
//! UTF-8 (with or without a byte order mark) is the rule. Other encodings need a
//! PEP 263 cookie in the first two lines; text in them is decoded, fixed, and
//! encoded again, and only if the round trip of the original is exact.

use encoding_rs::{Encoding, UTF_8};

use super::Trouble;

/// How a file's bytes are to be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    encoding: &'static Encoding,
}

/// Decodes a Python file. A byte order mark stays in the text as U+FEFF.
pub fn decode(bytes: &[u8]) -> Result<(String, Coding), Trouble> {
    if bytes.contains(&0) {
        return Err(unreadable("contains NUL bytes"));
    }
    let cookie = cookie(bytes);
    if is_read_as_utf8(bytes, cookie.as_deref()) {
        // ASCII text is the same in every encoding Python accepts for source
        // (those that are not ASCII supersets cannot carry a readable cookie).
        let text = str::from_utf8(bytes).map_err(|error| {
            unreadable(format!(
                "is not UTF-8 (byte {}), and no encoding cookie says otherwise",
                error.valid_up_to()
            ))
        })?;
        return Ok((text.to_owned(), Coding { encoding: UTF_8 }));
    }
    let name = cookie.unwrap_or_default();
    let encoding = declared(&name)?;
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| unreadable(format!("is not valid {name}, which its cookie declares")))?
        .into_owned();
    let coding = Coding { encoding };
    if encode(&text, coding).ok().as_deref() != Some(bytes) {
        return Err(unreadable(format!(
            "cannot be written back exactly as {name}"
        )));
    }
    Ok((text, coding))
}

/// Whether [`decode`] gives a text of these very bytes.
pub fn is_utf8(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes).is_none()
        && is_read_as_utf8(bytes, cookie(bytes).as_deref())
        && str::from_utf8(bytes).is_ok()
}

fn is_read_as_utf8(bytes: &[u8], cookie: Option<&str>) -> bool {
    let named = matches!(cookie, None | Some("utf-8" | "utf8" | "utf-8-sig" | "u8"));
    named || bytes.starts_with(b"\xef\xbb\xbf") || bytes.is_ascii()
}

/// Encodes a text the way its file was encoded.
pub fn encode(text: &str, coding: Coding) -> Result<Vec<u8>, Trouble> {
    if coding.encoding == UTF_8 {
        return Ok(text.as_bytes().to_vec());
    }
    let (bytes, _, lossy) = coding.encoding.encode(text);
    if lossy {
        return Err(unreadable(format!(
            "cannot be written as {}",
            coding.encoding.name()
        )));
    }
    Ok(bytes.into_owned())
}

/// The bytes of a text in the encoding that its own cookie declares. Characters that would
/// come back as others are an error.
pub fn written(text: &str) -> Result<Vec<u8>, Trouble> {
    let cookie = cookie(text.as_bytes());
    if is_read_as_utf8(text.as_bytes(), cookie.as_deref()) {
        return Ok(text.as_bytes().to_vec());
    }
    let name = cookie.unwrap_or_default();
    let encoding = declared(&name)?;
    let bytes = encode(text, Coding { encoding })?;
    let back = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
    if back.as_deref() != Some(text) {
        return Err(unreadable(format!(
            "cannot be written as {name}, which its cookie declares"
        )));
    }
    Ok(bytes)
}

fn declared(name: &str) -> Result<&'static Encoding, Trouble> {
    lookup(name).ok_or_else(|| unreadable(format!("declares the unknown encoding `{name}`")))
}

/// The normalised name in a PEP 263 cookie: `coding[:=]\s*([-\w.]+)` in a comment
/// on the first line, or on the second if the first is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        if !trimmed.starts_with(b"#") {
            return None;
        }
        let Some(at) = trimmed.windows(6).position(|window| window == b"coding") else {
            continue;
        };
        let rest = &trimmed[at + 6..];
        let Some((b':' | b'=', rest)) = rest.split_first().map(|(sign, rest)| (*sign, rest)) else {
            continue;
        };
        let name: String = rest
            .trim_ascii_start()
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        if !name.is_empty() {
            return Some(name.replace('_', "-"));
        }
    }
    None
}

/// Python's names for encodings. The web's table, which `encoding_rs` follows,
/// reads `latin-1` as windows-1252; the two differ in 0x80–0x9f, and the check of
/// the round trip makes that harmless for bytes that are only carried along.
fn lookup(name: &str) -> Option<&'static Encoding> {
    let label = match name {
        "latin-1" | "latin1" | "iso-latin-1" | "l1" | "8859" | "cp819" => "iso-8859-1",
        "cp1252" => "windows-1252",
        "cp1251" => "windows-1251",
        "cp1250" => "windows-1250",
        "cp932" | "sjis" | "shift-jis" => "shift_jis",
        "euc-jp" | "eucjp" | "ujis" => "euc-jp",
        "cp936" => "gbk",
        other => other,
    };
    let encoding = Encoding::for_label(label.as_bytes())?;
    encoding.is_ascii_compatible().then_some(encoding)
}

fn unreadable(reason: impl Into<String>) -> Trouble {
    Trouble::Unreadable {
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{cookie, decode, encode, written};

    #[test]
    fn cookies_are_found_where_python_looks() {
        for (text, expected) in [
            ("# -*- coding: latin-1 -*-\n", Some("latin-1")),
            (
                "#!/usr/bin/python\n# vim: set fileencoding=UTF_8 :\n",
                Some("utf-8"),
            ),
            ("x = 1\n# coding: latin-1\n", None),
            ("# a\n# b\n# coding: latin-1\n", None),
            ("# encoding is coding\n", None),
            ("", None),
        ] {
            assert_eq!(cookie(text.as_bytes()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        for bytes in [
            &b"# coding: latin-1\ns = '\xe9\x80\xff'\n"[..],
            b"\xef\xbb\xbfx = 1\r\n",
            "s = 'é'\n".as_bytes(),
            b"",
            b"# coding: cp1251\ns = '\xcf\xf0\xe8'\n",
        ] {
            let (text, coding) = decode(bytes).unwrap();
            assert_eq!(encode(&text, coding).unwrap(), bytes);
            assert_eq!(written(&text).unwrap(), bytes);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (bytes, reason) in [
            (&b"x = '\xff'\n"[..], "no encoding cookie"),
            (b"a\0b", "NUL"),
            (
                b"# coding: klingon\nx = '\xff'\n",
                "unknown encoding `klingon`",
            ),
            (b"# coding: utf-8\nx = '\xff'\n", "not UTF-8"),
            (b"# coding: euc-jp\nx = '\xff'\n", "not valid euc-jp"),
        ] {
            let error = decode(bytes).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        // The yen sign would come back as a backslash.
        for text in ["# coding: cp1252\nx = 'я'\n", "# coding: sjis\nx = '¥'\n"] {
            assert!(written(text).is_err(), "{text}");
        }
    }
}

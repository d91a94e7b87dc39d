//! The written form of a result.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Known;
use crate::fixers::{Finding, FixCount};

/// The format of a written result. Goes up with every change of [`Known`] and of
/// the types inside it: what is written is not self-describing.
const FORMAT: u8 = 3;

/// A result that is larger is not believed to be one of ours.
const LARGEST: usize = 256 << 20;

/// Whether a result is "nothing to do, nothing to say", which takes no bytes.
pub(super) fn is_clean(known: &Known) -> bool {
    known.bytes.is_none()
        && known.findings.is_empty()
        && known.fixes.is_empty()
        && known.notes.is_empty()
}

/// The clean result.
pub(super) fn clean(verified: bool) -> Known {
    Known {
        bytes: None,
        findings: Vec::new(),
        fixes: Vec::new(),
        verified,
        notes: Vec::new(),
    }
}

/// Everything of a result but its bytes, which are copied as they are: the
/// serialiser would take them one by one.
#[derive(Serialize, Deserialize)]
struct Header<'a> {
    bytes: Option<u64>,
    findings: Cow<'a, [Finding]>,
    fixes: Cow<'a, [FixCount]>,
    verified: bool,
    notes: Cow<'a, [String]>,
}

/// A format byte, then the compressed header and bytes; `None` if it cannot be
/// written.
pub(super) fn encode(known: &Known) -> Option<Vec<u8>> {
    let header = Header {
        bytes: known.bytes.as_ref().map(|bytes| bytes.len() as u64),
        findings: Cow::Borrowed(&known.findings),
        fixes: Cow::Borrowed(&known.fixes),
        verified: known.verified,
        notes: Cow::Borrowed(&known.notes),
    };
    let mut plain = postcard::to_stdvec(&header).ok()?;
    plain.extend_from_slice(known.bytes.as_deref().unwrap_or_default());
    let mut written = vec![FORMAT];
    written.extend(lz4_flex::block::compress_prepend_size(&plain));
    Some(written)
}

/// The value; `None` for another format and for bytes that make no sense.
pub(super) fn decode(written: &[u8]) -> Option<Known> {
    let (&FORMAT, compressed) = written.split_first()? else {
        return None;
    };
    let (size, _) = lz4_flex::block::uncompressed_size(compressed).ok()?;
    if size > LARGEST {
        return None;
    }
    let plain = lz4_flex::block::decompress_size_prepended(compressed).ok()?;
    let (header, rest): (Header<'_>, _) = postcard::take_from_bytes(&plain).ok()?;
    if header.bytes.unwrap_or(0) != rest.len() as u64 {
        return None;
    }
    Some(Known {
        bytes: header.bytes.map(|_| rest.to_vec()),
        findings: header.findings.into_owned(),
        fixes: header.fixes.into_owned(),
        verified: header.verified,
        notes: header.notes.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixers::Class;

    fn sample() -> Known {
        Known {
            bytes: Some(b"import os\n".repeat(100)),
            findings: vec![Finding {
                code: "F401".to_owned(),
                message: "unused".to_owned(),
                line: 1,
                column: 8,
                end_line: 1,
                end_column: 10,
                help: Some("remove".to_owned()),
                fixable: true,
                url: None,
                golden: None,
                seconded: None,
            }],
            fixes: vec![FixCount {
                code: "format".to_owned(),
                class: Class::Same,
                count: 3,
            }],
            verified: true,
            notes: vec!["note".to_owned()],
        }
    }

    #[test]
    fn a_result_comes_back() {
        let bytes = encode(&sample()).unwrap();
        assert!(bytes.len() < 200, "compressed");
        assert_eq!(decode(&bytes), Some(sample()));
    }

    #[test]
    fn another_format_and_garbage_are_no_answer() {
        let mut bytes = encode(&sample()).unwrap();
        assert_eq!(decode(&[]), None);
        assert_eq!(decode(&[FORMAT]), None);
        assert_eq!(decode(&[FORMAT, 255, 255, 255, 255, 0]), None);
        assert_eq!(decode(&bytes[..bytes.len() / 2]), None);
        bytes[0] = FORMAT + 1;
        assert_eq!(decode(&bytes), None);
    }

    /// If this fails, a type inside a result has changed: raise [`FORMAT`], then
    /// take over the new number here.
    #[test]
    fn the_format_belongs_to_the_types() {
        let written = encode(&sample()).unwrap();
        let plain = lz4_flex::block::decompress_size_prepended(&written[1..]).unwrap();
        let hash = blake3::hash(&plain).to_hex();
        assert_eq!((FORMAT, &hash[..16]), (3, "02f9519216a34901"));
    }
}

//! A commit object with another tree: every other byte stays. Pure.
//!
//! The headers are not decoded and written again: what a library does not know, or would
//! write another way (an odd time zone, an `encoding`, headers of other tools), must come
//! out as it went in.

use crate::repo::Oid;

/// The headers that hold a signature of the commit itself.
const SIGNATURES: [&[u8]; 2] = [b"gpgsig", b"gpgsig-sha256"];

/// A signature in a commit object: where it stands and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    name: Vec<u8>,
    at: usize,
    /// Its lines.
    pub(super) text: Vec<u8>,
}

/// A commit object in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// Everything but signatures.
    plain: Vec<u8>,
    /// The signatures, in their order.
    pub(super) signatures: Vec<Signature>,
    /// How many parents it has.
    pub(super) parents: usize,
}

impl Parts {
    /// Takes an object apart; `None` if it is not built like a commit.
    pub(super) fn of(raw: &[u8]) -> Option<Self> {
        let end = headers_end(raw)?;
        let mut parts = Self {
            plain: Vec::with_capacity(raw.len()),
            signatures: Vec::new(),
            parents: 0,
        };
        let mut open: Option<Signature> = None;
        for line in raw[..end].split_inclusive(|byte| *byte == b'\n') {
            if let Some(more) = line.strip_prefix(b" ")
                && let Some(signature) = &mut open
            {
                signature.text.extend_from_slice(more);
                continue;
            }
            parts.signatures.extend(open.take());
            let name = line.split(|byte| *byte == b' ').next().unwrap_or_default();
            if SIGNATURES.contains(&name) {
                open = Some(Signature {
                    name: name.to_vec(),
                    at: parts.plain.len(),
                    text: line[(name.len() + 1).min(line.len())..].to_vec(),
                });
                continue;
            }
            parts.parents += usize::from(name == b"parent");
            parts.plain.extend_from_slice(line);
        }
        parts.signatures.extend(open.take());
        parts.plain.extend_from_slice(&raw[end..]);
        parts.plain.starts_with(b"tree ").then_some(parts)
    }

    /// The object without signatures, with another tree: what a signature is made of.
    pub(super) fn with_tree(&self, tree: &Oid) -> Vec<u8> {
        let rest = self.plain.iter().position(|byte| *byte == b'\n');
        let mut made = format!("tree {tree}").into_bytes();
        made.extend_from_slice(&self.plain[rest.unwrap_or(self.plain.len())..]);
        made
    }

    /// The whole object with another tree, signed where it was by this signature.
    /// Object ids of one repository are of one length, so the place is the same.
    pub(super) fn signed(&self, tree: &Oid, signature: &[u8]) -> Vec<u8> {
        let plain = self.with_tree(tree);
        let Some(old) = self.signatures.first() else {
            return plain;
        };
        let at = old.at.min(plain.len());
        let mut made = plain[..at].to_vec();
        made.extend_from_slice(&old.name);
        for line in signature.trim_ascii_end().split(|byte| *byte == b'\n') {
            made.push(b' ');
            made.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            made.push(b'\n');
        }
        made.extend_from_slice(&plain[at..]);
        made
    }
}

/// Where the headers end: behind the line break of the last one.
fn headers_end(raw: &[u8]) -> Option<usize> {
    let at = raw.windows(2).position(|pair| pair == b"\n\n")?;
    Some(at + 1)
}

/// The name and address and the seconds of a `committer` header.
pub(super) fn committer(raw: &[u8]) -> Option<(String, i64)> {
    let end = headers_end(raw)?;
    let line = raw[..end]
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"committer "))?;
    let at = line.iter().rposition(|byte| *byte == b'>')? + 1;
    let seconds = std::str::from_utf8(&line[at..]).ok()?;
    let seconds = seconds.split_ascii_whitespace().next()?.parse().ok()?;
    Some((String::from_utf8_lossy(&line[..at]).into_owned(), seconds))
}

#[cfg(test)]
mod tests {
    use super::{Parts, committer};
    use crate::repo::Oid;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn commit(tree: char, signature: &str) -> Vec<u8> {
        let (a, b) = (oid(tree), oid('b'));
        let mut raw = format!(
            "tree {a}\nparent {b}\nauthor A U  <a@b> 1700000000 -0017\n\
             committer C <c@d> 1700000001 +051800\nencoding ISO-8859-1\n\
             odd header\n with more\n{signature}last thing\n\ngpgsig no\n\n  me"
        )
        .into_bytes();
        // A message is in whatever encoding it is in.
        raw.extend_from_slice(b"\xfcssage");
        raw
    }

    #[test]
    fn only_the_tree_changes() {
        let parts = Parts::of(&commit('a', "")).unwrap();
        assert_eq!((parts.parents, parts.signatures.len()), (1, 0));
        assert_eq!(parts.with_tree(&oid('a')), commit('a', ""));
        assert_eq!(parts.with_tree(&oid('c')), commit('c', ""));
        assert_eq!(parts.signed(&oid('c'), b"unasked"), commit('c', ""));
    }

    #[test]
    fn a_signature_is_replaced_where_it_stood() {
        let old = "gpgsig -----BEGIN\n one\n \n two\n -----END\n";
        let new = "gpgsig -----BEGIN\n three\n -----END\n";
        let parts = Parts::of(&commit('a', old)).unwrap();
        assert_eq!(
            parts.signatures[0].text,
            b"-----BEGIN\none\n\ntwo\n-----END\n"
        );
        assert_eq!(parts.with_tree(&oid('c')), commit('c', ""));
        let signed = parts.signed(&oid('c'), b"-----BEGIN\r\nthree\n-----END\n\n");
        assert_eq!(signed, commit('c', new));
        let both = format!("{old}gpgsig-sha256 x\n");
        assert_eq!(Parts::of(&commit('a', &both)).unwrap().signatures.len(), 2);
    }

    #[test]
    fn who_committed_and_when() {
        let found = committer(&commit('a', "")).unwrap();
        assert_eq!(found, ("C <c@d>".to_owned(), 1_700_000_001));
        for odd in [&b"tree x\n"[..], b"", b"tree a\n\ncommitter C <c@d> 1 +0\n"] {
            assert_eq!(committer(odd), None);
        }
        assert_eq!(Parts::of(b"blob\n\n"), None);
    }
}

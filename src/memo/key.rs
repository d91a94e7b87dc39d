//! What a result depends on.

use std::path::Path;

use crate::fixers::Scope;

/// The hash of everything that a result depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Makes the key of a file's content (its blake3 hash), its path relative to
    /// the root, the scope and a fingerprint of the rest: versions, settings,
    /// rules, package roots, hive itself.
    pub fn new(content: blake3::Hash, path: &Path, scope: &Scope, fingerprint: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("hive memo key, version 1");
        hasher.update(content.as_bytes());
        // Each part with its length, so that no two lists of parts look the same.
        part(&mut hasher, path.as_os_str().as_encoded_bytes());
        part(&mut hasher, fingerprint);
        match scope {
            Scope::File => {
                hasher.update(b"file");
            }
            Scope::Lines(ranges) => {
                hasher.update(b"lines");
                for (from, to) in ranges {
                    hasher.update(&from.to_le_bytes());
                    hasher.update(&to.to_le_bytes());
                }
            }
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn part(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_part_counts() {
        let (one, two) = (blake3::hash(b"1"), blake3::hash(b"2"));
        let lines = |ranges: &[(u32, u32)]| Scope::Lines(ranges.to_vec());
        let path = Path::new;
        let keys = [
            Key::new(one, path("a/b"), &Scope::File, b"f"),
            Key::new(two, path("a/b"), &Scope::File, b"f"),
            Key::new(one, path("a/bf"), &Scope::File, b""),
            Key::new(one, path("a/b"), &Scope::File, b"g"),
            Key::new(one, path("a/b"), &lines(&[]), b"f"),
            Key::new(one, path("a/b"), &lines(&[(0, 1)]), b"f"),
            Key::new(one, path("a/b"), &lines(&[(0, 2)]), b"f"),
            Key::new(one, path("a/b"), &lines(&[(0, 1), (2, 3)]), b"f"),
        ];
        let different: HashSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(keys[0], Key::new(one, path("a/b"), &Scope::File, b"f"));
    }
}

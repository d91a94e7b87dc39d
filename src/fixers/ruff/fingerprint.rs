//! Everything beside a file's bytes that can change what ruff answers.

use std::hash::Hasher;

use ruff_cache::{CacheKey, CacheKeyHasher};

use super::settings::RuffSettings;

/// Hashes the resolved settings. What import sorting finds on disk depends on the
/// file ([`crate::fixers::modules`]).
pub fn fingerprint(settings: &RuffSettings, hasher: &mut blake3::Hasher) {
    let mut key = CacheKeyHasher::new();
    settings.settings.linter.cache_key(&mut key);
    settings.settings.formatter.cache_key(&mut key);
    hasher.update(&key.finish().to_le_bytes());
    hasher.update(&[
        u8::from(settings.lint),
        u8::from(settings.imports),
        u8::from(settings.format),
        settings.settings.unsafe_fixes.required_applicability() as u8,
    ]);
    for code in &settings.extend_safe {
        hasher.update(code.as_bytes()).update(b"\0");
    }
    for code in &settings.keep {
        hasher
            .update(b"keep ")
            .update(code.as_bytes())
            .update(b"\0");
    }
    for directory in &settings.settings.linter.src {
        hasher
            .update(directory.as_os_str().as_encoded_bytes())
            .update(b"\0");
    }
}

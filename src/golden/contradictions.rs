//! Rules that exclude each other are refused when the configuration is read, both named.
//! Pure.

use super::config::Config;

/// What excludes what, as sentences.
pub(super) fn find(_config: &Config) -> Vec<String> {
    Vec::new()
}

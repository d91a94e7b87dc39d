//! Words in comments. Pure.

use globset::GlobSet;
use ruff_python_index::Indexer;
use ruff_text_size::TextRange;

use crate::golden::module::Module;

/// The comments with one of some words, but those with a word that fits `without`.
pub(super) fn comments(module: &Module<'_>, words: &GlobSet, without: &GlobSet) -> Vec<TextRange> {
    let indexer = Indexer::from_tokens(module.parsed.tokens(), module.text);
    let mut matches = Vec::new();
    for comment in indexer.comment_ranges() {
        let text = module.slice(comment);
        let parts = || {
            text.split(|c: char| c.is_whitespace() || "()[]{}:,;.!?\"'`".contains(c))
                .map(|word| word.trim_start_matches('#'))
                .filter(|word| !word.is_empty())
        };
        let excused = !without.is_empty() && parts().any(|word| without.is_match(word));
        if !excused && parts().any(|word| words.is_match(word)) {
            matches.push(comment);
        }
    }
    matches
}

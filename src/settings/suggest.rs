//! "Did you mean": the known word that is closest to an unknown one. Pure.

/// The known word closest to `word` by Damerau–Levenshtein distance, if it is
/// close enough to be a slip: at most a third of the longer one's length, and
/// one for short words. Case, `-` and `_` do not count. The first wins a tie.
pub(crate) fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    known
        .into_iter()
        .map(|candidate| {
            let other = folded(candidate);
            let distance = strsim::damerau_levenshtein(&word, &other);
            let allowed = (word.chars().count().max(other.chars().count()) / 3).max(1);
            (distance, allowed, candidate)
        })
        .filter(|(distance, allowed, _)| distance <= allowed)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

fn folded(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["lint", "required-version", "worker.max", "off"];
        for (word, expected) in [
            ("lnit", Some("lint")),
            ("Lint", Some("lint")),
            ("required_version", Some("required-version")),
            ("worker.maxx", Some("worker.max")),
            ("of", Some("off")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(closest(word, known), expected, "{word}");
        }
    }
}

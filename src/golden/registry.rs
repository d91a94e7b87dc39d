//! The one table of rules. Pure.

use super::rule::Rule;
use super::rules;

/// All rules, in order of code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    rules::ALL.iter().copied()
}

/// A rule by its code or slug; case does not matter.
pub fn find(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code.eq_ignore_ascii_case(name) || rule.slug.eq_ignore_ascii_case(name))
}

/// What to say about a name that is no rule.
pub fn unknown(name: &str) -> String {
    let names = all().flat_map(|rule| [rule.slug, rule.code]);
    let close = names
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), known), known))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match close {
        Some((_, known)) => format!("there is no rule `{name}`; did you mean `{known}`?"),
        None => format!("there is no rule `{name}`; `hive rules list` has them all"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{all, find, unknown};

    #[test]
    fn rules_are_sorted_and_have_names_of_their_own() {
        let codes: Vec<&str> = all().map(|rule| rule.code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        let names: BTreeSet<&str> = all().flat_map(|rule| [rule.code, rule.slug]).collect();
        assert_eq!(names.len(), 2 * codes.len());
        for rule in all() {
            assert!(!rule.summary.ends_with('.'), "{}", rule.code);
            assert!(rule.docs.ends_with('.'), "{}", rule.code);
        }
    }

    #[test]
    fn rules_are_found_by_code_and_slug() {
        assert_eq!(find("gr09").map(|rule| rule.slug), Some("use-logger"));
        assert_eq!(find("use-logger").map(|rule| rule.code), Some("GR09"));
        assert!(find("GR99").is_none());
        assert!(unknown("use-loger").ends_with("did you mean `use-logger`?"));
    }
}

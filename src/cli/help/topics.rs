//! The topics of `hive help`. Each is a page of the book that is compiled in, so that both
//! say one thing; lists of settings and rules are made from those. Pure.

use std::fmt::Write as _;

use crate::golden::registry;
use crate::settings::page;

/// One topic.
#[derive(Debug)]
pub(super) struct Topic {
    /// What it is asked by.
    pub(super) name: &'static str,
    /// Its page in docs/topics.
    page: &'static str,
    /// What is listed below it.
    list: Option<fn() -> String>,
}

impl Topic {
    const fn new(name: &'static str, page: &'static str) -> Self {
        Self {
            name,
            page,
            list: None,
        }
    }

    /// The page, in Markdown, with its list.
    pub(super) fn page(&self) -> String {
        match self.list {
            Some(list) => format!("{}\n{}", self.page, list()),
            None => self.page.to_owned(),
        }
    }
}

/// All of them, in the order in which a reader may want them.
pub(super) const TOPICS: &[Topic] = &[
    Topic::new("modes", include_str!("../../../docs/topics/modes.md")),
    Topic::new("landing", include_str!("../../../docs/topics/landing.md")),
    Topic::new("scope", include_str!("../../../docs/topics/scope.md")),
    Topic::new("evidence", include_str!("../../../docs/topics/evidence.md")),
    Topic::new("trust", include_str!("../../../docs/topics/trust.md")),
    Topic {
        list: Some(rules),
        ..Topic::new("rules", include_str!("../../../docs/topics/rules.md"))
    },
    Topic::new(
        "escalations",
        include_str!("../../../docs/topics/escalations.md"),
    ),
    Topic::new("undo", include_str!("../../../docs/topics/undo.md")),
    Topic::new("hooks", include_str!("../../../docs/topics/hooks.md")),
    Topic::new(
        "coding-agents",
        include_str!("../../../docs/topics/coding-agents.md"),
    ),
    Topic {
        list: Some(page::lines),
        ..Topic::new("settings", include_str!("../../../docs/topics/settings.md"))
    },
    Topic::new(
        "environment",
        include_str!("../../../docs/topics/environment.md"),
    ),
    Topic::new(
        "exit-codes",
        include_str!("../../../docs/topics/exit-codes.md"),
    ),
];

/// A topic by its name.
pub(super) fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// The names of all topics, in lines of so many columns at most.
pub(super) fn names(columns: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for topic in TOPICS {
        if !line.is_empty() && line.len() + topic.name.len() + 2 > columns {
            let _ = writeln!(text, "  {line},");
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(topic.name);
    }
    let _ = writeln!(text, "  {line}");
    text
}

/// The Golden Rules in a line each.
fn rules() -> String {
    let widest = registry::all().map(|rule| rule.slug.len()).max();
    let widest = widest.unwrap_or(0);
    let mut text = String::new();
    for rule in registry::all() {
        let _ = writeln!(
            text,
            "    {}  {:widest$}  {}",
            rule.code, rule.slug, rule.level
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::super::text::shown;
    use super::{TOPICS, find, names};
    use crate::cli::Ending;
    use crate::failure::Kind;

    #[test]
    fn every_page_is_a_topic_and_fits_a_terminal() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/topics");
        let pages: BTreeSet<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let topics: BTreeSet<String> = TOPICS
            .iter()
            .map(|topic| format!("{}.md", topic.name))
            .collect();
        assert_eq!(pages, topics);
        for topic in TOPICS {
            let text = shown(&topic.page(), str::to_owned);
            let most = if topic.list.is_some() { 110 } else { 40 };
            assert!(text.lines().count() < most, "{} is long", topic.name);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", topic.name);
            }
        }
        assert!(names(76).lines().all(|line| line.len() <= 78));
    }

    #[test]
    fn exit_codes_are_those_of_the_program() {
        let page = find("exit-codes").unwrap().page();
        let said: BTreeSet<u8> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
            .collect();
        let ends = [
            Ending::Clean,
            Ending::Findings,
            Ending::Misconfigured,
            Ending::Troubled,
        ];
        let fails = [
            Kind::Usage,
            Kind::Configuration,
            Kind::Internal,
            Kind::NothingMatched,
            Kind::Interrupted,
        ];
        let codes = ends
            .map(Ending::exit_code)
            .into_iter()
            .chain(fails.map(Kind::exit_code));
        assert_eq!(said, codes.collect());
    }
}

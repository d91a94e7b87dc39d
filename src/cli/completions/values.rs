//! The values of arguments that stand for something: files, rules, settings, and what
//! the database of the repository knows.

use super::position::{Candidates, Wanted, only};
use crate::cli::{Context, help};
use crate::golden::registry;
use crate::queue::{Glance, TaskState};
use crate::repo::Place;
use crate::settings::catalogue;

/// The values of an argument that begin as it was begun.
pub(super) fn of(wanted: &Wanted<'_>, begun: &str, context: &Context) -> Candidates {
    let names = wanted.arg.get_value_names().unwrap_or_default();
    let Some(name) = names.first().map(clap::builder::Str::as_str) else {
        return Candidates::default();
    };
    let verbs = wanted.verbs;
    match name {
        "PATH" | "PATHS" | "FILE" | "DIR" => files(),
        // The number of a question, too.
        "PATH|ID" => Candidates {
            files: true,
            ..glance(context, begun, Glance::questions)
        },
        "ID" if verbs.starts_with("queue") => glance(context, begun, Glance::tasks),
        "ID" if !verbs.starts_with("rules") => glance(context, begun, Glance::questions),
        "TASK" | "TASK|COMMIT" => glance(context, begun, Glance::tasks),
        "PLAN" => glance(context, begun, Glance::plans),
        "RULE" | "CODE" => {
            let mut found = only(begun, rules());
            if !verbs.starts_with("rules") {
                let asked = glance(context, begun, Glance::asked_rules).words;
                let new =
                    |(word, _): &(String, String)| !found.words.iter().any(|it| it.0 == *word);
                let asked: Vec<_> = asked.into_iter().filter(new).collect();
                found.words.splice(0..0, asked);
            }
            found
        }
        "KEY" => only(
            begun,
            catalogue::KEYS
                .iter()
                .map(|key| (key.name.to_owned(), key.doc.to_owned())),
        ),
        "TOPIC" => only(begun, help::words()),
        "REV" => only(begun, words(&["merge-base", "HEAD"])),
        "LEVEL" => only(begun, words(&["info", "warning", "error", "critical"])),
        "STAGE" => only(begun, words(&["qa", "golden"])),
        "STATE" if verbs.starts_with("queue") => {
            only(begun, words(&TaskState::NAMES).chain(words(&["all"])))
        }
        "STATE" => only(
            begun,
            words(&["open", "snoozed", "resolved", "dismissed", "all"]),
        ),
        _ => Candidates::default(),
    }
}

fn files() -> Candidates {
    Candidates {
        files: true,
        words: Vec::new(),
    }
}

/// Every rule by both its names.
fn rules() -> impl Iterator<Item = (String, String)> {
    registry::all().flat_map(|rule| {
        [rule.code, rule.slug].map(|name| (name.to_owned(), rule.summary.to_owned()))
    })
}

fn words(all: &[&str]) -> impl Iterator<Item = (String, String)> {
    let all: Vec<_> = all.iter().map(|word| (*word).to_owned()).collect();
    all.into_iter().map(|word| (word, String::new()))
}

/// What the database knows, where the repository is one to work in.
fn glance(
    context: &Context,
    begun: &str,
    look: impl Fn(&Glance) -> Vec<(String, String)>,
) -> Candidates {
    let place = Place::find(&context.cwd).filter(|place| place.admits().is_ok());
    let seen = place.and_then(|place| Glance::at(&place));
    only(begun, seen.iter().flat_map(look))
}

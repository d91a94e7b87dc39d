//! The template of a commit's subject.
//!
//! Pure. Placeholders stand in braces; `{{` and `}}` are braces.
//!
//! | placeholder | for two files fixed by one worker |
//! |---|---|
//! | `{stage}` | `qa` |
//! | `{fixes}` | how many violations were fixed: `12` |
//! | `{violations}` | `violation` or `violations`, as fits `{fixes}` |
//! | `{files}` | how many files change: `2` |
//! | `{files_word}` | `file` or `files`, as fits `{files}` |
//! | `{workers}` | the worker with most files, and how many more: `QA-1`, `QA-1 +2` |
//! | `{rules}` | the three rules with most fixes: `F401, I001, format` |
//! | `{where}` | `2 files`; of a single one its name: `users.py` |
//! | `{source}` | the newest commit that was fixed, seven digits |

use super::Landing;
use super::plain::plain;

/// The template that `hive.toml.example` documents.
pub const DEFAULT_TEMPLATE: &str =
    "chore({stage}): auto-fix {fixes} {violations} in {files} {files_word} [{workers}]";

/// What stands in for it for the stage `golden`: a rule of the team's says more than a
/// number.
const GOLDEN_TEMPLATE: &str = "chore({stage}): auto-fix {rules} in {where} [{workers}]";

/// A subject with placeholders, known to be sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A name that means nothing.
    #[error("`{{{name}}}` is no placeholder; there are {}", names())]
    Unknown {
        /// The name in the braces.
        name: String,
    },
    /// A brace without its partner.
    #[error("a brace at character {at} has no partner (a brace itself is written twice)")]
    Unpaired {
        /// Its place, from 1.
        at: usize,
    },
    /// A line break or another control character.
    #[error("a subject is one line without control characters")]
    Control,
    /// Nothing.
    #[error("a subject cannot be empty")]
    Empty,
    /// Git would drop such a line as a comment where a person edits the message.
    #[error("a subject cannot begin with `#`")]
    Comment,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Stage,
    Fixes,
    Violations,
    Files,
    FilesWord,
    Workers,
    Rules,
    Where,
    Source,
}

const FIELDS: [(&str, Field); 9] = [
    ("stage", Field::Stage),
    ("fixes", Field::Fixes),
    ("violations", Field::Violations),
    ("files", Field::Files),
    ("files_word", Field::FilesWord),
    ("workers", Field::Workers),
    ("rules", Field::Rules),
    ("where", Field::Where),
    ("source", Field::Source),
];

fn names() -> String {
    let names: Vec<String> = FIELDS
        .iter()
        .map(|(name, _)| format!("{{{name}}}"))
        .collect();
    names.join(", ")
}

impl Default for Template {
    fn default() -> Self {
        // A test parses it.
        Self::parse(DEFAULT_TEMPLATE).unwrap_or(Self(Vec::new()))
    }
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        if text.trim().is_empty() {
            return Err(BadTemplate::Empty);
        }
        if plain(text) != text {
            return Err(BadTemplate::Control);
        }
        if text.trim_start().starts_with('#') {
            return Err(BadTemplate::Comment);
        }
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let unpaired = || BadTemplate::Unpaired {
                at: text[..at].chars().count() + 1,
            };
            match c {
                '{' | '}' if rest.next_if(|(_, next)| *next == c).is_some() => words.push(c),
                '}' => return Err(unpaired()),
                '{' => {
                    let name = text[at + 1..].split(['{', '}']).next().unwrap_or_default();
                    if !text[at + 1 + name.len()..].starts_with('}') {
                        return Err(unpaired());
                    }
                    let known = FIELDS.iter().find(|(known, _)| *known == name);
                    let Some((_, field)) = known else {
                        let name = name.to_owned();
                        return Err(BadTemplate::Unknown { name });
                    };
                    parts.push(Part::Text(std::mem::take(&mut words)));
                    parts.push(Part::Field(*field));
                    while rest
                        .next_if(|(next, _)| *next <= at + 1 + name.len())
                        .is_some()
                    {}
                }
                c => words.push(c),
            }
        }
        parts.push(Part::Text(words));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    /// The template for a stage: the team's own, or what fits the stage.
    #[must_use]
    pub fn for_stage(&self, stage: &str) -> Self {
        if stage == "golden" && *self == Self::default() {
            Self::parse(GOLDEN_TEMPLATE).unwrap_or_else(|_| self.clone())
        } else {
            self.clone()
        }
    }

    /// The subject of a landing: one line.
    pub(super) fn subject(&self, landing: &Landing<'_>) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => plain(&field.value(landing)),
        });
        parts.collect()
    }
}

impl Field {
    fn value(self, landing: &Landing<'_>) -> String {
        let counted = landing.counted();
        let fixes: u64 = counted.iter().map(|(_, count)| u64::from(*count)).sum();
        let files = landing.paths.len();
        match self {
            Self::Stage => landing.stage.to_owned(),
            Self::Fixes => fixes.to_string(),
            Self::Violations if fixes == 1 => "violation".to_owned(),
            Self::Violations => "violations".to_owned(),
            Self::Files => files.to_string(),
            Self::FilesWord if files == 1 => "file".to_owned(),
            Self::FilesWord => "files".to_owned(),
            Self::Workers => match landing.ranked().as_slice() {
                [] => "hive".to_owned(),
                [only] => only.worker.clone(),
                [first, more @ ..] => format!("{} +{}", first.worker, more.len()),
            },
            Self::Rules => {
                let codes: Vec<&str> = counted.iter().map(|(code, _)| *code).collect();
                match codes.len() {
                    0..=3 => codes.join(", "),
                    _ => format!("{}, …", codes[..3].join(", ")),
                }
            }
            Self::Where => match landing.paths {
                [only] => {
                    let path = only.as_str();
                    path.rsplit('/').next().unwrap_or(path).to_owned()
                }
                paths => format!("{} files", paths.len()),
            },
            Self::Source => landing
                .sources
                .last()
                .map_or_else(String::new, |source| source.oid.short()),
        }
    }
}

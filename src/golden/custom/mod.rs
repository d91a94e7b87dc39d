//! The repository's own rules: `[[rule]]`. Pure.
//!
//! A rule is one thing to look for (`call`, `import`, …), what narrows it down, where, and
//! what to say. `written` reads it, `matcher` finds, `arguments` looks at what a call
//! is given, `comments` at comments, `shape` knows patterns of code, `within` paths, `prove` runs the tests
//! that a rule brings with it. docs/custom-rules.md tells users the same.

mod arguments;
mod comments;
mod matcher;
mod prove;
mod shape;
#[cfg(test)]
mod tests;
mod within;
mod written;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::rule::Check;
use crate::escalation::Level;

pub use prove::{Failure, Side, prove};

/// One rule of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomRule {
    /// Its name.
    pub id: String,
    /// What a violation is told with.
    pub message: String,
    /// How bad a violation is.
    pub level: Level,
    /// Whether its patch lands by itself, where it proves.
    pub land: Option<bool>,
    /// What is looked for.
    pub what: What,
    /// The names or words that are; one pattern of code.
    pub names: Vec<String>,
    /// Names that are fine although they match.
    pub allow: Vec<String>,
    /// Arguments of which a match has to have one.
    pub with: Vec<String>,
    /// Arguments of which a match must not have any.
    pub without: Vec<String>,
    /// Whether a file is wrong that has no match.
    pub required: bool,
    /// Patterns of paths that are looked at; all if there are none.
    pub within: Vec<String>,
    /// Patterns of paths that are not.
    pub except: Vec<String>,
    /// What stands there instead.
    pub replacement: Option<String>,
    /// Texts that violate it.
    pub bad: Vec<String>,
    /// Texts that do not.
    pub good: Vec<String>,
}

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// A call, by what is called.
    Call,
    /// An import, by what is imported.
    Import,
    /// Any use of a name.
    Mention,
    /// A function or class that is defined, by its name.
    Define,
    /// A decorator.
    Decorate,
    /// A base of a class.
    Inherit,
    /// A comment, by a word in it.
    Comment,
    /// A shape of code.
    Pattern,
}

impl What {
    /// The key that asks for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Import => "import",
            Self::Mention => "mention",
            Self::Define => "define",
            Self::Decorate => "decorate",
            Self::Inherit => "inherit",
            Self::Comment => "comment",
            Self::Pattern => "pattern",
        }
    }
}

impl CustomRule {
    /// Reads one entry, or says what is wrong with it.
    pub fn read(json: &Json) -> Result<Self, String> {
        let rule = written::read(json)?;
        matcher::Matcher::new(&rule)?;
        Ok(rule)
    }

    /// How it looks at code.
    pub fn checks(&self) -> Result<Vec<Check>, String> {
        Ok(vec![Check::file(matcher::Matcher::new(self)?)])
    }
}

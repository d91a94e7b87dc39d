//! What the graph needs to know of one file, and nothing that depends on another.
//!
//! Pure. [`Facts`] are a function of the bytes alone, so they are kept by content; what an
//! import means is for the whole graph to say. They are written down without their names
//! (postcard), so any change here needs another [`FORMAT`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// The format of written facts. Goes up with every change of the types below, and with
/// every change of what is extracted.
pub const FORMAT: u8 = 1;

/// What one file imports and defines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The import statements, in order. Imports by strings (`importlib.import_module`,
    /// settings) are not among them.
    pub imports: Vec<Import>,
    /// Functions and values of the top level, and classes wherever they stand, in order.
    pub definitions: Vec<Definition>,
    /// What `__all__` says; `None` without one.
    pub exports: Option<Exports>,
    /// Whether the module extends its `__path__`, as legacy namespace packages do.
    pub extends_path: bool,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// An import statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Where the statement begins.
    pub at: Spot,
    /// When it runs.
    pub kind: Kind,
    /// Whether it binds names of the module, and not of a function or class.
    pub binds: bool,
    /// Whence `from … import` takes; `None` for a plain `import`.
    pub from: Option<From>,
    /// What is imported; at least one.
    pub names: Vec<Alias>,
}

/// What stands between `from` and `import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct From {
    /// The number of dots; 0 for an absolute import.
    pub level: u32,
    /// The dotted name; empty where there are only dots.
    pub module: String,
}

/// One of the names that a statement imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// Where it stands.
    pub at: Spot,
    /// The name: dotted after `import`, `*` of a star import; of a script the specifier.
    pub name: String,
    /// The name after `as`.
    pub alias: Option<String>,
}

impl Alias {
    /// The name that the statement binds; `*` for a star import.
    pub fn bound(&self) -> &str {
        match &self.alias {
            Some(alias) => alias,
            None => self.name.split('.').next().unwrap_or(&self.name),
        }
    }
}

impl Import {
    /// A name of this statement as it is spelled: `a.b`, `.b.c`, `..*`.
    pub fn spelled(&self, alias: &Alias) -> String {
        let Some(from) = &self.from else {
            return alias.name.clone();
        };
        let dots = ".".repeat(usize::try_from(from.level).unwrap_or(0));
        let between = if from.module.is_empty() { "" } else { "." };
        format!("{dots}{}{between}{}", from.module, alias.name)
    }
}

/// Something that a file defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Where its name stands.
    pub at: Spot,
    /// Its name; below classes `Outer.Inner`, in functions `function.<locals>.Inner`.
    pub name: String,
    /// What it is.
    pub what: What,
}

/// What a definition is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A function, also an async one.
    Function,
    /// A class.
    Class(Class),
    /// An assignment; with the dotted name where that is all that is assigned.
    Value(Option<String>),
}

/// The header of a class. Names are as they are written, dotted, without subscripts and
/// calls: `Generic[T]` is `Generic`, `@dataclass(frozen=True)` is `dataclass`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// The bases; `None` for an expression that is no name, as a call.
    pub bases: Vec<Option<String>>,
    /// The metaclass, if it is a name.
    pub metaclass: Option<String>,
    /// The decorators that are names.
    pub decorators: Vec<String>,
}

/// What `__all__` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    /// The names that are written out, in order.
    pub names: Vec<String>,
    /// Whether these are all: nothing is computed.
    pub complete: bool,
}

/// Why a file has no facts. It is an entry of the graph, so that it is never taken for
/// one without imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// It cannot be read, or not decoded.
    Unreadable(String),
    /// It is no text of its language.
    Syntax {
        /// Where the first error is.
        at: Spot,
        /// What the parser says.
        message: String,
    },
    /// It nests so deeply that no parser would take it.
    TooDeep,
}

impl Problem {
    /// Whether the file could not be read, which may be for a moment only.
    pub fn is_of_reading(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Syntax { at, message } => {
                write!(f, "line {}, column {}: {message}", at.line, at.column)
            }
            Self::TooDeep => f.write_str("nests too deeply to be parsed"),
        }
    }
}

/// The outcome for one file.
pub type Reading = Result<Facts, Problem>;

/// Writes a reading down: [`FORMAT`], then the values.
pub fn encode(reading: &Reading) -> Option<Vec<u8>> {
    postcard::to_extend(reading, vec![FORMAT]).ok()
}

/// Reads what [`encode`] wrote; `None` for another format and for bytes without sense.
pub fn decode(written: &[u8]) -> Option<Reading> {
    let (&FORMAT, values) = written.split_first()? else {
        return None;
    };
    match postcard::take_from_bytes(values) {
        Ok((reading, [])) => Some(reading),
        _ => None,
    }
}

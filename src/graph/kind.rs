//! When an import runs.
//!
//! Pure.

use serde::{Deserialize, Serialize};

/// When an import statement runs, from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// When the module is imported: at its top level, or in the body of a class there.
    Module,
    /// Perhaps when the module is imported: in `if`, `match`, a loop, or a `try` that does
    /// not catch import errors. In a script below any condition.
    Conditional,
    /// When the module is imported, and it may fail: in a `try` that catches `ImportError`,
    /// or in one of that `try`'s handlers. In a script, in a `try` with a `catch`.
    Optional,
    /// Only when the file is run: below `if __name__ == "__main__"`, `if (require.main ===
    /// module)` or `if (import.meta.main)`.
    Main,
    /// When a function is called.
    Local,
    /// Never; only type checkers see it: below `if TYPE_CHECKING`, `import type`, in a file of
    /// declarations.
    Typing,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; 6] = [
        Self::Module,
        Self::Conditional,
        Self::Optional,
        Self::Main,
        Self::Local,
        Self::Typing,
    ];

    /// The name, as it is written in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Conditional => "conditional",
            Self::Optional => "optional",
            Self::Main => "main",
            Self::Local => "local",
            Self::Typing => "typing",
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self(0b11_1111);
    /// What runs while the module is imported; cycles of these can break a program.
    pub const RUNNING: Self = Self(0b00_0111);
    /// None.
    pub const NONE: Self = Self(0);

    /// The set with one more kind.
    #[must_use]
    pub const fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// The set without a kind.
    #[must_use]
    pub const fn without(self, kind: Kind) -> Self {
        Self(self.0 & !(1 << kind as u8))
    }

    /// Whether a kind is in the set.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Kinds};

    #[test]
    fn sets_hold_what_they_say() {
        assert_eq!(Kind::ALL.into_iter().collect::<Kinds>(), Kinds::ALL);
        let running = [Kind::Module, Kind::Conditional, Kind::Optional];
        assert_eq!(running.into_iter().collect::<Kinds>(), Kinds::RUNNING);
        assert!(!Kinds::ALL.without(Kind::Typing).has(Kind::Typing));
    }
}

//! Which language a file is written in, by its name.
//!
//! Pure.

use oxc_span::SourceType;

use crate::repo::RepoPath;

/// How a file is to be parsed. Facts are kept by content and dialect: the same bytes can
/// mean something else in a `.ts` and in a `.tsx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `.js`, `.jsx`: JavaScript; elements of JSX are understood in both, as bundlers do.
    Js,
    /// `.mjs`
    Mjs,
    /// `.cjs`
    Cjs,
    /// `.ts`
    Ts,
    /// `.mts`
    Mts,
    /// `.cts`
    Cts,
    /// `.tsx`
    Tsx,
    /// `.d.ts`, `.d.mts`, `.d.cts`: declarations, of which nothing ever runs.
    Declaration,
}

impl Dialect {
    /// The dialect of a file; `None` if it is no JavaScript and no TypeScript.
    pub fn of(path: &RepoPath) -> Option<Self> {
        let text = path.as_str();
        let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
        let (stem, extension) = name.rsplit_once('.')?;
        let declares = || stem.strip_suffix(".d").is_some_and(|name| !name.is_empty());
        Some(match extension {
            "ts" | "mts" | "cts" if declares() => Self::Declaration,
            "js" | "jsx" => Self::Js,
            "mjs" => Self::Mjs,
            "cjs" => Self::Cjs,
            "ts" => Self::Ts,
            "mts" => Self::Mts,
            "cts" => Self::Cts,
            "tsx" => Self::Tsx,
            _ => return None,
        })
    }

    /// What tells the facts of one dialect from those of another.
    pub(in crate::graph) fn number(self) -> u8 {
        match self {
            Self::Js => 1,
            Self::Mjs => 2,
            Self::Cjs => 3,
            Self::Ts => 4,
            Self::Mts => 5,
            Self::Cts => 6,
            Self::Tsx => 7,
            Self::Declaration => 8,
        }
    }

    /// How the parser calls it. Where the name does not say whether it is a module, the
    /// text does.
    pub(super) fn source(self) -> SourceType {
        match self {
            Self::Js => SourceType::unambiguous().with_jsx(true),
            Self::Mjs => SourceType::mjs().with_jsx(true),
            Self::Cjs => SourceType::cjs().with_jsx(true),
            Self::Ts => SourceType::ts(),
            Self::Mts => SourceType::ts().with_module(true),
            Self::Cts => SourceType::ts().with_commonjs(true),
            Self::Tsx => SourceType::tsx(),
            Self::Declaration => SourceType::d_ts(),
        }
    }

    /// Whether `<` may open an element.
    pub(super) fn has_elements(self) -> bool {
        matches!(self, Self::Js | Self::Mjs | Self::Cjs | Self::Tsx)
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;
    use crate::repo::RepoPath;

    #[test]
    fn names_say_the_language() {
        for (name, dialect) in [
            ("a.js", Some(Dialect::Js)),
            ("web/a.test.tsx", Some(Dialect::Tsx)),
            ("a.d.ts", Some(Dialect::Declaration)),
            ("d.ts", Some(Dialect::Ts)),
            (".d.ts", Some(Dialect::Ts)),
            ("a.d.mts", Some(Dialect::Declaration)),
            ("a.d.js", Some(Dialect::Js)),
            ("a.json", None),
            ("a.py", None),
            ("js", None),
        ] {
            assert_eq!(
                Dialect::of(&RepoPath::new(name).unwrap()),
                dialect,
                "{name}"
            );
        }
    }
}

//! What the imports of one file mean.
//!
//! Pure.

use super::build::number_of;
use super::facts::Facts;
use super::names::{File, Meaning, Names};
use super::script::{Dialect, Resolver};
use crate::repo::RepoPath;

/// What one name of an import statement means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolved {
    pub(super) import: u32,
    pub(super) alias: u32,
    pub(super) meaning: Meaning,
}

/// What the imports of one file mean, in order.
pub(super) fn resolve(names: &Names, file: File, facts: &Facts) -> Vec<Resolved> {
    let mut resolved = Vec::with_capacity(facts.imports.len());
    let mut parts: Vec<&str> = Vec::new();
    for (number, import) in facts.imports.iter().enumerate() {
        for (at, alias) in import.names.iter().enumerate() {
            parts.clear();
            let level = import.from.as_ref().map_or(0, |from| from.level);
            if let Some(from) = &import.from {
                parts.extend(from.module.split('.').filter(|part| !part.is_empty()));
            }
            let plain = parts.len();
            if alias.name != "*" {
                parts.extend(alias.name.split('.'));
            }
            let ask = |parts: &[&str]| {
                if level == 0 {
                    names.absolute(parts, file)
                } else {
                    names.relative(level, parts, file)
                }
            };
            let mut meaning = ask(&parts);
            // `from a import b`: where there is no module `a.b`, `b` is a name in `a`.
            if import.from.is_some() && plain < parts.len() && !is_module(meaning) {
                let around = ask(&parts[..plain]);
                if is_module(around) || meaning != Meaning::Namespace {
                    meaning = match around {
                        // A directory has no names but its modules.
                        Meaning::Namespace => Meaning::Missing,
                        other => other,
                    };
                }
            }
            resolved.push(Resolved {
                import: number_of(number),
                alias: number_of(at),
                meaning,
            });
        }
    }
    resolved
}

/// The same for a script.
pub(super) fn resolve_script(resolver: &Resolver<'_>, path: &str, facts: &Facts) -> Vec<Resolved> {
    let imports = facts.imports.iter().zip(0..);
    let each = imports.flat_map(|(import, number)| {
        let names = import.names.iter().zip(0..);
        names.map(move |(alias, at)| Resolved {
            import: number,
            alias: at,
            meaning: resolver.resolve(&alias.name, path),
        })
    });
    each.collect()
}

pub(super) fn is_script(path: &RepoPath) -> bool {
    Dialect::of(path).is_some()
}

fn is_module(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Module(_))
}

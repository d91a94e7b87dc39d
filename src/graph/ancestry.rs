//! What classes derive from, over the files of a graph. Pure.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::build::Graph;
use super::facts::{Definition, What};
use super::symbols::{Symbol, Trail};
use crate::repo::RepoPath;

/// What a class derives from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ancestry<'g> {
    /// Classes of the repository, the nearest first, each once.
    pub classes: Vec<(&'g RepoPath, &'g Definition)>,
    /// Bases outside of the repository, by dotted name. What those derive from is not
    /// known here.
    pub outside: Vec<String>,
    /// Whether some base could not be followed.
    pub open: bool,
}

/// Whether a class derives from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derives {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// A base on the way is outside or cannot be followed, and might.
    Unknown,
}

impl Graph {
    /// What a class of a file derives from; `class` is the name of its definition. `None`
    /// if there is no such class.
    pub fn ancestry(&self, path: &RepoPath, class: &str) -> Option<Ancestry<'_>> {
        let file = self.number(path)?;
        let definition = self.class(file, class)?;
        let mut ancestry = Ancestry::default();
        let mut waiting = VecDeque::from([(file, definition)]);
        let mut seen = FxHashSet::from_iter([(file, definition.name.as_str())]);
        while let Some((file, definition)) = waiting.pop_front() {
            let What::Class(class) = &definition.what else {
                continue;
            };
            let scope = definition
                .name
                .rsplit_once('.')
                .map_or("", |(scope, _)| scope);
            for base in &class.bases {
                let found = base.as_ref().map_or_else(Vec::new, |base| {
                    self.followed(file, scope, base, &mut Trail::default())
                });
                ancestry.open |= found.is_empty();
                for symbol in found {
                    match symbol {
                        Symbol::Defined { path, definition } => {
                            let number = self
                                .number(path)
                                .filter(|number| seen.insert((*number, definition.name.as_str())));
                            let Some(number) = number else { continue };
                            if matches!(definition.what, What::Class(_)) {
                                ancestry.classes.push((path, definition));
                                waiting.push_back((number, definition));
                            } else {
                                ancestry.open = true;
                            }
                        }
                        Symbol::Outside(name) => {
                            if !ancestry.outside.contains(&name) {
                                ancestry.outside.push(name);
                            }
                        }
                        Symbol::Module(_) | Symbol::Unknown(_) => ancestry.open = true,
                    }
                }
            }
        }
        Some(ancestry)
    }

    /// Whether a class of a file derives from the class with an absolute dotted name
    /// (`package.module.Class`, by any module that has it; `builtins.Exception`).
    /// `None` if there is no such class in the file.
    pub fn derives(&self, path: &RepoPath, class: &str, base: &str) -> Option<Derives> {
        let ancestry = self.ancestry(path, class)?;
        let wanted = self.symbol_at(base);
        let is_here = |wanted: &Symbol<'_>| matches!(wanted, Symbol::Defined { .. });
        let found = ancestry
            .classes
            .iter()
            .any(|(path, definition)| wanted.contains(&Symbol::Defined { path, definition }))
            || ancestry
                .outside
                .iter()
                .any(|name| name == base || wanted.contains(&Symbol::Outside(name.clone())));
        // What is outside cannot derive from what is here.
        let outside = !wanted.iter().any(is_here)
            && ancestry
                .outside
                .iter()
                .any(|name| !name.starts_with("builtins."));
        Some(if found {
            Derives::Yes
        } else if ancestry.open || outside {
            Derives::Unknown
        } else {
            Derives::No
        })
    }
}

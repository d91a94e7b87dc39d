//! What a name in a file stands for, followed through imports.
//!
//! Pure. Only what the syntax says: a name is followed through imports, star imports,
//! assignments of one name to another, and attributes of modules and classes. What a
//! program computes is [`Symbol::Unknown`].

use rustc_hash::FxHashSet;

use super::build::Graph;
use super::facts::{Alias, Definition, Facts, Import, What};
use super::kind::Kind;
use super::names::{File, Meaning};
use crate::repo::RepoPath;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symbol<'g> {
    /// A module of the repository.
    Module(&'g RepoPath),
    /// Something defined in the repository.
    Defined {
        /// The file.
        path: &'g RepoPath,
        /// The definition.
        definition: &'g Definition,
    },
    /// Something outside, by its dotted name as it is imported; builtins as
    /// `builtins.name`.
    Outside(String),
    /// Nobody can say; with the name as far as it was followed.
    Unknown(String),
}

/// How long a name may be followed.
const FAR: usize = 256;

/// The walk of one name: where it has been, so that circles end.
#[derive(Default)]
pub(super) struct Trail {
    seen: FxHashSet<(File, String)>,
}

impl Graph {
    /// What a dotted name stands for at the top level of a file, by every binding that it
    /// may have there (a `try` with a fallback has two); empty if nothing binds it.
    pub fn symbol(&self, path: &RepoPath, dotted: &str) -> Vec<Symbol<'_>> {
        self.number(path)
            .map(|file| self.followed(file, "", dotted, &mut Trail::default()))
            .unwrap_or_default()
    }

    /// What an absolute dotted name stands for, `package.module.Class`, to everybody.
    pub fn symbol_at(&self, dotted: &str) -> Vec<Symbol<'_>> {
        if self.files.is_empty() {
            return Vec::new();
        }
        let parts: Vec<&str> = dotted.split('.').collect();
        self.absolute(0, &parts, &mut Trail::default())
    }

    pub(super) fn class(&self, file: File, name: &str) -> Option<&Definition> {
        let mut definitions = self.facts_of(file)?.definitions.iter();
        definitions.find(|it| it.name == name && matches!(it.what, What::Class(_)))
    }

    /// A dotted name as it is seen from a scope (`Outer`, `function.<locals>`) of a file.
    pub(super) fn followed(
        &self,
        file: File,
        scope: &str,
        dotted: &str,
        trail: &mut Trail,
    ) -> Vec<Symbol<'_>> {
        let mut parts = dotted.split('.');
        let first = parts.next().unwrap_or(dotted);
        let mut found = self.in_scope(file, scope, first);
        if found.is_empty() {
            found = self.member(file, first, trail);
        }
        if found.is_empty() {
            found = self.local(file, scope, first, trail);
        }
        if found.is_empty() && ruff_python_stdlib::builtins::is_python_builtin(first, 13, false) {
            found.push(Symbol::Outside(format!("builtins.{first}")));
        }
        self.down(found, parts, trail)
    }

    /// Follows attributes.
    fn down<'g, 'n>(
        &'g self,
        mut found: Vec<Symbol<'g>>,
        parts: impl Iterator<Item = &'n str>,
        trail: &mut Trail,
    ) -> Vec<Symbol<'g>> {
        for part in parts {
            let mut next = Vec::new();
            for symbol in found {
                match symbol {
                    Symbol::Module(path) => {
                        if let Some(file) = self.number(path) {
                            next.extend(self.member(file, part, trail));
                        }
                    }
                    Symbol::Defined { path, definition } => {
                        let name = format!("{}.{part}", definition.name);
                        let below = self
                            .number(path)
                            .and_then(|file| self.facts_of(file))
                            .and_then(|facts| facts.definitions.iter().find(|it| it.name == name));
                        next.push(match below {
                            Some(definition) => Symbol::Defined { path, definition },
                            None => Symbol::Unknown(name),
                        });
                    }
                    Symbol::Outside(name) => next.push(Symbol::Outside(format!("{name}.{part}"))),
                    Symbol::Unknown(name) => next.push(Symbol::Unknown(format!("{name}.{part}"))),
                }
            }
            found = next;
        }
        found
    }

    /// A class beside a class: in the scopes around it, the nearest first, but not at the
    /// top level.
    fn in_scope(&self, file: File, scope: &str, name: &str) -> Vec<Symbol<'_>> {
        let mut scope = scope;
        while !scope.is_empty() {
            if let Some(definition) = self.class(file, &format!("{scope}.{name}")) {
                let path = &self.files[file as usize];
                return vec![Symbol::Defined { path, definition }];
            }
            scope = scope.rsplit_once('.').map_or("", |(around, _)| around);
        }
        Vec::new()
    }

    /// What a module has under a name.
    fn member(&self, file: File, name: &str, trail: &mut Trail) -> Vec<Symbol<'_>> {
        let Some(facts) = self.facts_of(file) else {
            return vec![Symbol::Unknown(name.to_owned())];
        };
        if trail.seen.len() > FAR || !trail.seen.insert((file, name.to_owned())) {
            return Vec::new();
        }
        let path = &self.files[file as usize];
        let mut found = Vec::new();
        for definition in facts.definitions.iter().filter(|it| it.name == name) {
            match &definition.what {
                What::Value(Some(same)) if same != name => {
                    let mut meant = self.followed(file, "", same, trail);
                    if meant.is_empty() {
                        meant.push(Symbol::Defined { path, definition });
                    }
                    found.extend(meant);
                }
                _ => found.push(Symbol::Defined { path, definition }),
            }
        }
        for (import, alias) in bindings(facts) {
            if import.binds && alias.name != "*" && alias.bound() == name {
                found.extend(self.imported_symbol(file, import, alias, trail));
            }
        }
        if !found.is_empty() {
            return found;
        }
        for (import, alias) in bindings(facts) {
            if import.binds && alias.name == "*" {
                found.extend(self.by_star(file, import, name, trail));
            }
        }
        if found.is_empty() {
            // A package has its modules as names once they are imported.
            let is_package = matches!(
                path.as_path().file_stem().and_then(std::ffi::OsStr::to_str),
                Some("__init__")
            );
            if is_package {
                found.extend(self.meant(self.names.relative(1, &[name], file)));
            }
        }
        found
    }

    /// What a function's own import binds, for a class in that function.
    fn local(&self, file: File, scope: &str, name: &str, trail: &mut Trail) -> Vec<Symbol<'_>> {
        let facts = self.facts_of(file).filter(|_| !scope.is_empty());
        let imports = facts.into_iter().flat_map(bindings);
        let local = imports.filter(|(import, alias)| {
            import.kind == Kind::Local && alias.name != "*" && alias.bound() == name
        });
        let local: Vec<_> = local.collect();
        local
            .into_iter()
            .flat_map(|(import, alias)| self.imported_symbol(file, import, alias, trail))
            .collect()
    }

    fn imported_symbol(
        &self,
        file: File,
        import: &Import,
        alias: &Alias,
        trail: &mut Trail,
    ) -> Vec<Symbol<'_>> {
        let Some(from) = &import.from else {
            // `import a.b` binds `a`, `import a.b as c` the module itself.
            let name = if alias.alias.is_some() {
                alias.name.as_str()
            } else {
                alias.bound()
            };
            let parts: Vec<&str> = name.split('.').collect();
            return self.absolute(file, &parts, trail);
        };
        let mut parts: Vec<&str> = from.module.split('.').filter(|it| !it.is_empty()).collect();
        if from.level == 0 {
            parts.push(&alias.name);
            return self.absolute(file, &parts, trail);
        }
        let around = self.names.relative(from.level, &parts, file);
        if let Some(module) = first_file(around) {
            let found = self.member(module, &alias.name, trail);
            if !found.is_empty() {
                return found;
            }
        }
        parts.push(&alias.name);
        let found = self.meant(self.names.relative(from.level, &parts, file));
        if found.is_empty() {
            return vec![Symbol::Unknown(import.spelled(alias))];
        }
        found
    }

    /// What an absolute name stands for: the longest module in it, then its members.
    fn absolute(&self, file: File, parts: &[&str], trail: &mut Trail) -> Vec<Symbol<'_>> {
        for length in (1..=parts.len()).rev() {
            let meaning = self.names.absolute(&parts[..length], file);
            match meaning {
                // A package's own name comes before a module of that name in it.
                Meaning::Module(_) if length == parts.len() && length > 1 => {
                    let around = self.names.absolute(&parts[..length - 1], file);
                    if let Some(package) = first_file(around) {
                        let found = self.member(package, parts[length - 1], trail);
                        if !found.is_empty() {
                            return found;
                        }
                    }
                    return self.meant(meaning);
                }
                Meaning::Module(_) => {
                    let found = self.meant(meaning);
                    return self.down(found, parts[length..].iter().copied(), trail);
                }
                Meaning::Namespace => return vec![Symbol::Unknown(parts.join("."))],
                Meaning::Missing => {}
                Meaning::Outside => return vec![Symbol::Outside(parts.join("."))],
            }
        }
        vec![Symbol::Unknown(parts.join("."))]
    }

    fn by_star(
        &self,
        file: File,
        import: &Import,
        name: &str,
        trail: &mut Trail,
    ) -> Vec<Symbol<'_>> {
        let Some(from) = &import.from else {
            return Vec::new();
        };
        let parts: Vec<&str> = from.module.split('.').filter(|it| !it.is_empty()).collect();
        let meaning = if from.level == 0 {
            self.names.absolute(&parts, file)
        } else {
            self.names.relative(from.level, &parts, file)
        };
        let Some(module) = first_file(meaning) else {
            return Vec::new();
        };
        let exports = self
            .facts_of(module)
            .and_then(|facts| facts.exports.as_ref());
        let brought = match exports {
            Some(exports) if exports.complete => exports.names.iter().any(|it| it == name),
            Some(exports) => exports.names.iter().any(|it| it == name) || !name.starts_with('_'),
            None => !name.starts_with('_'),
        };
        if brought {
            self.member(module, name, trail)
        } else {
            Vec::new()
        }
    }

    fn meant(&self, meaning: Meaning) -> Vec<Symbol<'_>> {
        let file = first_file(meaning).map(|file| &self.files[file as usize]);
        file.map(Symbol::Module).into_iter().collect()
    }
}

fn bindings(facts: &Facts) -> impl Iterator<Item = (&Import, &Alias)> {
    let imports = facts.imports.iter();
    imports.flat_map(|import| import.names.iter().map(move |alias| (import, alias)))
}

/// The source of a module, or its stub where there is no source.
fn first_file(meaning: Meaning) -> Option<File> {
    match meaning {
        Meaning::Module(module) => module.source.or(module.stub),
        _ => None,
    }
}

//! Whether a contract of import-linter is kept. Pure.
//!
//! A contract is broken by a chain of imports, which is reported where it begins. For each
//! pair of modules that must not be connected one search of the graph is made.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::names::{Import, Layer, Module, Names};
use crate::golden::place::Places;
use crate::golden::rule::TreeCheck;
use crate::golden::tree::{Reports, Tree};
use crate::graph::{self, Edge, Target};
use crate::repo::RepoPath;

/// A contract.
pub(super) struct Contract {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Imports that are fine.
    pub(super) ignore: Vec<Import>,
    /// Whether each of those has to be there.
    pub(super) strict: bool,
    /// Whether imports for type checkers count.
    pub(super) typing: bool,
    pub(super) roots: Vec<String>,
    /// Whether packages from outside may be named.
    pub(super) external: bool,
}

/// What a contract demands.
pub(super) enum Kind {
    Forbidden {
        sources: Vec<Module>,
        forbidden: Vec<Module>,
        indirect: bool,
        /// Whether a module stands for what lies below it.
        packages: bool,
    },
    Independence {
        modules: Vec<Module>,
    },
    Layers {
        layers: Vec<Layer>,
        containers: Vec<String>,
    },
}

/// A pair that must not be connected.
struct Pair<'g> {
    from: (String, FxHashSet<&'g RepoPath>),
    to: (String, FxHashSet<&'g RepoPath>),
    /// Files that a chain does not lead through.
    around: FxHashSet<&'g RepoPath>,
    indirect: bool,
}

impl Contract {
    /// Whether all that can be known without a repository is right.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Kind::Forbidden { forbidden, .. } = &self.kind {
            let outside = forbidden.iter().find(|module| !self.is_own(module));
            if let (Some(module), false) = (outside, self.external) {
                return Err(format!(
                    "`{}` is outside of the root packages, which needs `include_external_packages`",
                    module.shown()
                ));
            }
        }
        Ok(())
    }

    fn is_own(&self, module: &Module) -> bool {
        let first = module.0[0].as_str();
        first.contains('*')
            || self
                .roots
                .iter()
                .any(|root| root.split('.').next() == Some(first))
    }

    fn ignored(&self, edge: &Edge<'_>, names: &Names<'_>, used: &RefCell<BTreeSet<usize>>) -> bool {
        let name = |path: &RepoPath| names.of.get(path).cloned().unwrap_or_default();
        if edge.kind() == graph::Kind::Typing && !self.typing {
            return true;
        }
        if self.ignore.is_empty() {
            return false;
        }
        let (from, to) = (name(edge.from), name(edge.to));
        let from: Vec<&str> = from.split('.').collect();
        let to: Vec<&str> = to.split('.').collect();
        let mut found = self.ignore.iter().enumerate();
        let found = found.find(|(_, one)| one.0.is(&from) && one.1.is(&to));
        if let Some((number, _)) = found {
            used.borrow_mut().insert(number);
        }
        found.is_some()
    }

    fn pairs<'g>(&self, names: &Names<'g>) -> Result<Vec<Pair<'g>>, String> {
        let existing = |module: &Module, packages: bool| {
            let files = names.files(module, packages);
            if files.is_empty() {
                return Err(format!("there is no module `{}`", module.shown()));
            }
            Ok((module.shown(), files))
        };
        let mut pairs = Vec::new();
        match &self.kind {
            Kind::Forbidden {
                sources,
                forbidden,
                indirect,
                packages,
            } => {
                for source in sources {
                    for to in forbidden.iter().filter(|to| self.is_own(to)) {
                        pairs.push(Pair {
                            from: existing(source, *packages)?,
                            to: existing(to, *packages)?,
                            around: FxHashSet::default(),
                            indirect: *indirect,
                        });
                    }
                }
            }
            Kind::Independence { modules } => {
                let mut all = Vec::new();
                for module in modules {
                    all.extend(Self::each(module, names)?);
                }
                for (at, from) in all.iter().enumerate() {
                    for (other, to) in all.iter().enumerate() {
                        if at != other {
                            pairs.push(Pair {
                                from: from.clone(),
                                to: to.clone(),
                                around: FxHashSet::default(),
                                indirect: true,
                            });
                        }
                    }
                }
            }
            Kind::Layers { layers, containers } => {
                let none = [String::new()];
                let containers = if containers.is_empty() {
                    &none[..]
                } else {
                    containers
                };
                for container in containers {
                    pairs.extend(layered(layers, container, names)?);
                }
            }
        }
        Ok(pairs)
    }

    /// The modules that a name with asterisks means, each by itself.
    fn each<'g>(
        module: &Module,
        names: &Names<'g>,
    ) -> Result<Vec<(String, FxHashSet<&'g RepoPath>)>, String> {
        let mut meant: Vec<&String> = names
            .of
            .values()
            .filter(|name| module.is(&name.split('.').collect::<Vec<_>>()))
            .collect();
        meant.sort();
        meant.dedup();
        if meant.is_empty() {
            // A package without a file of its own.
            let files = names.files(module, true);
            if files.is_empty() {
                return Err(format!("there is no module `{}`", module.shown()));
            }
            return Ok(vec![(module.shown(), files)]);
        }
        let one = |name: &String| {
            let files = names.files(&Module::read(name)?, true);
            Ok((name.clone(), files))
        };
        meant.into_iter().map(one).collect()
    }
}

/// The pairs of layers of which the first must not import the second.
fn layered<'g>(
    layers: &[Layer],
    container: &str,
    names: &Names<'g>,
) -> Result<Vec<Pair<'g>>, String> {
    let mut rows = Vec::new();
    for layer in layers {
        let mut row = Vec::new();
        for (name, optional) in &layer.modules {
            let whole = if container.is_empty() {
                name.clone()
            } else {
                format!("{container}.{name}")
            };
            let files = names.files(&Module::read(&whole)?, true);
            if files.is_empty() && !optional {
                return Err(format!("there is no layer `{whole}`"));
            }
            row.push((whole, files));
        }
        rows.push((row, layer.independent));
    }
    let all: Vec<(usize, &(String, FxHashSet<&RepoPath>))> = rows
        .iter()
        .enumerate()
        .flat_map(|(row, (modules, _))| modules.iter().map(move |module| (row, module)))
        .collect();
    let mut pairs = Vec::new();
    for (low, from) in &all {
        for (high, to) in &all {
            let beside = low == high && from.0 != to.0 && rows[*low].1;
            if high < low || beside {
                let others = all.iter().filter(|(_, it)| it.0 != from.0 && it.0 != to.0);
                pairs.push(Pair {
                    from: (*from).clone(),
                    to: (*to).clone(),
                    // What leads through another layer is that layer's fault.
                    around: others.flat_map(|(_, it)| it.1.iter().copied()).collect(),
                    indirect: true,
                });
            }
        }
    }
    Ok(pairs)
}

impl TreeCheck for Contract {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let names = Names::new(tree.graph);
        let used = RefCell::new(BTreeSet::new());
        let mut places = Places::new(tree);
        for pair in self.pairs(&names)? {
            let (from, to) = (&pair.from.1, &pair.to.1);
            let mut starts: Vec<&RepoPath> = from.iter().copied().collect();
            starts.sort();
            let passes = |edge: &Edge<'_>| {
                let direct = pair.indirect || to.contains(edge.to);
                direct && !pair.around.contains(edge.to) && !self.ignored(edge, &names, &used)
            };
            let chain = tree.graph.chain(starts, |path| to.contains(path), passes);
            if let Some(chain) = chain {
                let message = format!(
                    "{}: `{}` must not import `{}`{}",
                    self.name,
                    pair.from.0,
                    pair.to.0,
                    through(&chain, &names)
                );
                report(&chain[0], message, &mut places, found);
            }
        }
        if let Kind::Forbidden {
            sources,
            forbidden,
            indirect,
            packages,
        } = &self.kind
        {
            let outside: Vec<&Module> = forbidden.iter().filter(|it| !self.is_own(it)).collect();
            for source in sources {
                let from = names.files(source, *packages);
                for module in &outside {
                    self.outside(
                        &names,
                        (source, &from),
                        module,
                        *indirect,
                        &used,
                        &mut places,
                        found,
                    );
                }
            }
        }
        self.unmatched(&names, &used)?;
        super::super::rules::unread(tree)
    }
}

impl Contract {
    /// A package from outside: imported by a source itself, or by what it imports.
    #[expect(clippy::too_many_arguments, reason = "all of one search")]
    fn outside<'g>(
        &self,
        names: &Names<'g>,
        (source, from): (&Module, &FxHashSet<&'g RepoPath>),
        module: &Module,
        indirect: bool,
        used: &RefCell<BTreeSet<usize>>,
        places: &mut Places<'_, '_>,
        found: &mut Reports,
    ) {
        let graph = names.graph;
        let importing = |path: &RepoPath| {
            graph.imported(path).find(|imported| {
                let counts = self.typing || imported.import.kind != graph::Kind::Typing;
                let name = imported
                    .import
                    .from
                    .as_ref()
                    .map_or_else(|| imported.alias.name.clone(), |from| from.module.clone());
                let parts: Vec<&str> = name.split('.').collect();
                let own = names.of.get(path).map(String::as_str).unwrap_or_default();
                let own: Vec<&str> = own.split('.').collect();
                let mut ignored = self.ignore.iter().enumerate();
                let ignored = ignored.find(|(_, it)| it.0.is(&own) && it.1.has(&parts, true));
                if let Some((number, _)) = ignored {
                    used.borrow_mut().insert(number);
                }
                counts
                    && ignored.is_none()
                    && imported.target == Target::Outside
                    && module.has(&parts, true)
            })
        };
        let message = |rest: String| {
            format!(
                "{}: `{}` must not import `{}`{rest}",
                self.name,
                source.shown(),
                module.shown()
            )
        };
        let mut starts: Vec<&RepoPath> = from.iter().copied().collect();
        starts.sort();
        if let Some((path, imported)) = starts.iter().find_map(|it| Some((*it, importing(it)?))) {
            let alias = imported.alias;
            let range = places.range(path.as_str(), alias.at, alias.name.len());
            found.at(path.as_str(), range, message(String::new()));
            return;
        }
        if !indirect {
            return;
        }
        let users: FxHashSet<&RepoPath> = names
            .of
            .keys()
            .copied()
            .filter(|path| importing(path).is_some())
            .collect();
        let passes = |edge: &Edge<'_>| !self.ignored(edge, names, used);
        if let Some(chain) = graph.chain(starts, |path| users.contains(path), passes) {
            report(&chain[0], message(through(&chain, names)), places, found);
        }
    }

    /// An error if an exception is for an import that is not there.
    fn unmatched(&self, names: &Names<'_>, used: &RefCell<BTreeSet<usize>>) -> Result<(), String> {
        if !self.strict || self.ignore.is_empty() {
            return Ok(());
        }
        for edge in names.graph.edges() {
            self.ignored(&edge, names, used);
        }
        let used = used.borrow();
        let missing = (0..self.ignore.len()).find(|number| !used.contains(number));
        match missing {
            Some(number) => {
                let Import(from, to) = &self.ignore[number];
                let (from, to) = (from.shown(), to.shown());
                Err(format!(
                    "ignore_imports: `{from} -> {to}` matches no import"
                ))
            }
            None => Ok(()),
        }
    }
}

/// How a chain gets where it must not.
fn through(chain: &[Edge<'_>], names: &Names<'_>) -> String {
    if chain.len() < 2 {
        return String::new();
    }
    let name = |path: &RepoPath| names.of.get(path).cloned().unwrap_or_default();
    let mut steps = vec![name(chain[0].from)];
    steps.extend(chain.iter().map(|edge| name(edge.to)));
    format!(" ({})", steps.join(" -> "))
}

fn report(edge: &Edge<'_>, message: String, places: &mut Places<'_, '_>, found: &mut Reports) {
    let range = places.range(edge.from.as_str(), edge.alias.at, edge.alias.name.len());
    found.at(edge.from.as_str(), range, message);
}

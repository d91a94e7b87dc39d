//! Cycles of imports.
//!
//! Pure. Stubs take no part, since they never run, and neither does an import of a file by
//! itself. Packages on the way to a module (`a` for `import a.b`) are no edges: Python
//! has them loaded before, and every package whose `__init__` imports its modules would
//! be a cycle.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::{FxHashMap, FxHashSet};

use super::build::{Edge, Graph, Link};
use super::kind::Kinds;
use super::names::File;
use crate::repo::RepoPath;

/// Files that import each other, directly or through others of them: a strongly connected
/// component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tangle<'g> {
    /// The files, in order of path; at least two.
    pub files: Vec<&'g RepoPath>,
    /// How many pairs of them are joined by an import.
    pub pairs: usize,
    /// A shortest cycle among them; ends where it begins.
    pub shortest: Vec<Edge<'g>>,
}

/// An import that closes a cycle which was not there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedCycle<'g> {
    /// The import: of a file that the same file did not import before (in these kinds).
    pub edge: Edge<'g>,
    /// A shortest cycle through it, beginning with it.
    pub cycle: Vec<Edge<'g>>,
    /// Whether both files were in one tangle before, so that they already needed each
    /// other by another way.
    pub tangled: bool,
}

impl Graph {
    /// The tangles of the edges of some kinds, the largest first, then in order of path.
    pub fn cycles(&self, kinds: Kinds) -> Vec<Tangle<'_>> {
        let components = self.components(kinds);
        let mut members: FxHashMap<u32, Vec<File>> = FxHashMap::default();
        for (file, component) in (0..).zip(&components) {
            members.entry(*component).or_default().push(file);
        }
        members.retain(|_, files| files.len() > 1);
        let mut tangles: Vec<Tangle<'_>> = members
            .into_values()
            .map(|files| self.tangle(&files, &components, kinds))
            .collect();
        tangles.sort_by(|a, b| {
            b.files
                .len()
                .cmp(&a.files.len())
                .then(a.files.cmp(&b.files))
        });
        tangles
    }

    /// A shortest cycle that begins with an edge; `None` if the edge is on none.
    pub fn cycle_through<'g>(&'g self, edge: &Edge<'g>, kinds: Kinds) -> Option<Vec<Edge<'g>>> {
        let (from, to) = (self.number(edge.from)?, self.number(edge.to)?);
        let back = self.shortest([to], |file| file == from, |link| self.counts(link, kinds))?;
        let back = back.into_iter().map(|link| self.edge(link));
        Some(std::iter::once(*edge).chain(back).collect())
    }

    /// The imports that close a cycle and are not in another graph, in order of path and
    /// line, each pair of files once.
    ///
    /// `renamed` leads from the paths here to those there, for files that were moved.
    /// A file that had a problem there adds nothing, since its imports are not known.
    pub fn added_cycles(
        &self,
        before: &Graph,
        kinds: Kinds,
        renamed: &FxHashMap<RepoPath, RepoPath>,
    ) -> Vec<AddedCycle<'_>> {
        let there = |file: File| {
            let path = &self.files[file as usize];
            before.number(renamed.get(path).unwrap_or(path))
        };
        let known: FxHashSet<(File, File)> = before
            .links
            .iter()
            .filter(|link| before.counts(link, kinds))
            .map(|link| (link.from, link.to))
            .collect();
        let components = self.components(kinds);
        let mut components_before = None;
        let mut added: Vec<AddedCycle<'_>> = Vec::new();
        let mut seen = FxHashSet::default();
        for link in self.links.iter().filter(|link| self.counts(link, kinds)) {
            if components[link.from as usize] != components[link.to as usize] {
                continue;
            }
            let ends = (there(link.from), there(link.to));
            if ends.0.is_some_and(|file| before.facts_of(file).is_none()) {
                continue;
            }
            let pair = ends.0.zip(ends.1);
            if pair.is_some_and(|pair| known.contains(&pair)) || !seen.insert((link.from, link.to))
            {
                continue;
            }
            let edge = self.edge(*link);
            let Some(cycle) = self.cycle_through(&edge, kinds) else {
                continue;
            };
            let tangled = pair.is_some_and(|(from, to)| {
                let before = components_before.get_or_insert_with(|| before.components(kinds));
                before[from as usize] == before[to as usize]
            });
            added.push(AddedCycle {
                edge,
                cycle,
                tangled,
            });
        }
        added.sort_by_key(|it| (it.edge.from, it.edge.import.at, it.edge.alias.at));
        added
    }

    /// The files in an order in which each comes after those that it imports; files that
    /// import each other are together. What could come in any order is in order of path
    /// as far as that goes.
    pub fn order(&self, kinds: Kinds) -> Vec<Vec<&RepoPath>> {
        let mut order = Vec::new();
        for mut group in kosaraju_scc(&self.digraph(kinds)) {
            group.sort_unstable();
            let files = group.iter().map(|node| &self.files[node.index()]);
            order.push(files.collect());
        }
        order
    }

    /// Whether an edge takes part in cycles.
    fn counts(&self, link: &Link, kinds: Kinds) -> bool {
        kinds.has(link.kind)
            && link.from != link.to
            && !self.is_stub(link.from)
            && !self.is_stub(link.to)
    }

    fn is_stub(&self, file: File) -> bool {
        self.files[file as usize]
            .as_str()
            .as_bytes()
            .ends_with(b".pyi")
    }

    fn digraph(&self, kinds: Kinds) -> DiGraph<(), ()> {
        let mut graph = DiGraph::with_capacity(self.files.len(), self.links.len());
        for _ in &self.files {
            graph.add_node(());
        }
        let mut last = None;
        for link in self.links.iter().filter(|link| self.counts(link, kinds)) {
            let pair = (link.from, link.to);
            if last.replace(pair) != Some(pair) {
                graph.add_edge(NodeIndex::from(link.from), NodeIndex::from(link.to), ());
            }
        }
        graph
    }

    /// For each file the number of its strongly connected component.
    fn components(&self, kinds: Kinds) -> Vec<u32> {
        let mut components = vec![0; self.files.len()];
        // Without recursion, unlike the other algorithm for it: a chain of imports may be
        // long.
        for (number, group) in (0..).zip(kosaraju_scc(&self.digraph(kinds))) {
            for node in group {
                components[node.index()] = number;
            }
        }
        components
    }

    fn tangle(&self, files: &[File], components: &[u32], kinds: Kinds) -> Tangle<'_> {
        let own = |link: &&Link| {
            self.counts(link, kinds)
                && components[link.from as usize] == components[link.to as usize]
        };
        let mut pairs: FxHashMap<(File, File), Link> = FxHashMap::default();
        for file in files {
            for link in self.links_from(*file).iter().filter(own) {
                pairs.entry((link.from, link.to)).or_insert(*link);
            }
        }
        let mut mutual: Vec<&Link> = pairs
            .values()
            .filter(|link| pairs.contains_key(&(link.to, link.from)))
            .collect();
        mutual.sort_unstable();
        let shortest = match mutual.first() {
            Some(there) => vec![**there, pairs[&(there.to, there.from)]],
            None => self.shortest_of(files, &own),
        };
        Tangle {
            files: files
                .iter()
                .map(|file| &self.files[*file as usize])
                .collect(),
            pairs: pairs.len(),
            shortest: shortest.into_iter().map(|link| self.edge(link)).collect(),
        }
    }

    fn shortest_of(&self, files: &[File], own: &impl Fn(&&Link) -> bool) -> Vec<Link> {
        let ways = files
            .iter()
            .filter_map(|file| self.shortest([*file], |to| to == *file, |link| own(&link)));
        ways.min_by_key(Vec::len).unwrap_or_default()
    }
}

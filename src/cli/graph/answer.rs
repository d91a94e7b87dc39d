//! What was asked, answered: the part of the graph that is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::Ending;
use crate::graph::{Direction, Edge, Graph, Kinds, Reached, Tangle};
use crate::repo::RepoPath;

/// An answer, in whatever form it is printed.
pub(super) struct Answer<'g> {
    /// The whole graph.
    pub(super) graph: &'g Graph,
    /// The kinds of imports that count.
    pub(super) kinds: Kinds,
    /// What was asked for.
    pub(super) what: What<'g>,
}

/// What was asked for.
pub(super) enum What<'g> {
    /// How large the graph is, and what stands out.
    Overview {
        /// Pairs of files joined by an import.
        pairs: usize,
        /// The most imported files, each with how many files import it.
        most: Vec<(&'g RepoPath, usize)>,
        /// The tangles of what runs when modules are imported.
        tangles: Vec<Tangle<'g>>,
    },
    /// What some files import.
    Imports(Vec<(&'g RepoPath, Vec<Edge<'g>>)>),
    /// Files that import each other.
    Cycles(Vec<Tangle<'g>>),
    /// What is reached from a file.
    Reached {
        /// The file.
        from: RepoPath,
        /// Which way.
        direction: Direction,
        /// The files.
        files: Vec<Reached<'g>>,
    },
}

/// How many of the most imported files an overview names.
const MOST: usize = 5;

impl<'g> Answer<'g> {
    pub(super) fn overview(graph: &'g Graph, kinds: Kinds) -> Self {
        let mut pairs = BTreeSet::new();
        let mut importers: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        for edge in graph.edges().filter(|edge| kinds.has(edge.kind())) {
            if edge.from != edge.to && pairs.insert((edge.from, edge.to)) {
                *importers.entry(edge.to).or_default() += 1;
            }
        }
        let mut most: Vec<(&RepoPath, usize)> = importers.into_iter().collect();
        // The sort keeps the order of paths among equals.
        most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        most.truncate(MOST);
        let what = What::Overview {
            pairs: pairs.len(),
            most,
            tangles: graph.cycles(Kinds::RUNNING),
        };
        Self { graph, kinds, what }
    }

    pub(super) fn imports(graph: &'g Graph, shown: &[String], kinds: Kinds) -> Self {
        let files = graph.files().iter().filter(|path| is_below(path, shown));
        let imports = files.map(|path| (path, graph.imports_of(path, kinds).collect()));
        let what = What::Imports(imports.collect());
        Self { graph, kinds, what }
    }

    pub(super) fn cycles(graph: &'g Graph, shown: &[String], kinds: Kinds) -> Self {
        let mut tangles = graph.cycles(kinds);
        tangles.retain(|tangle| tangle.files.iter().any(|path| is_below(path, shown)));
        let what = What::Cycles(tangles);
        Self { graph, kinds, what }
    }

    pub(super) fn reached(
        graph: &'g Graph,
        from: RepoPath,
        direction: Direction,
        kinds: Kinds,
    ) -> Self {
        let files = graph.reached([&from], direction, kinds);
        let what = What::Reached {
            from,
            direction,
            files,
        };
        Self { graph, kinds, what }
    }

    /// Whether no file of the graph was meant.
    pub(super) fn is_about_nothing(&self) -> bool {
        matches!(&self.what, What::Imports(files) if files.is_empty())
    }

    pub(super) fn ending(&self) -> Ending {
        match &self.what {
            What::Cycles(tangles) if !tangles.is_empty() => Ending::Findings,
            _ => Ending::Clean,
        }
    }

    /// The edges to draw, each pair of files once with the kind that runs first, and the
    /// files that have none.
    pub(super) fn drawn(
        &self,
    ) -> (
        BTreeMap<(&'g RepoPath, &'g RepoPath), Edge<'g>>,
        Vec<&'g RepoPath>,
    ) {
        let within = |files: &BTreeSet<&RepoPath>| -> Vec<Edge<'g>> {
            let edges = self.graph.edges();
            let wanted = edges.filter(|edge| {
                self.kinds.has(edge.kind()) && files.contains(edge.from) && files.contains(edge.to)
            });
            wanted.collect()
        };
        let (files, edges): (Vec<&'g RepoPath>, Vec<Edge<'g>>) = match &self.what {
            What::Overview { .. } => (Vec::new(), Vec::new()),
            What::Imports(imports) => (
                imports.iter().map(|(path, _)| *path).collect(),
                imports
                    .iter()
                    .flat_map(|(_, edges)| edges.iter().copied())
                    .collect(),
            ),
            What::Cycles(tangles) => {
                let edges = tangles
                    .iter()
                    .flat_map(|tangle| within(&tangle.files.iter().copied().collect()));
                (Vec::new(), edges.collect())
            }
            What::Reached { from, files, .. } => {
                let mut all: BTreeSet<&RepoPath> = files.iter().map(|it| it.path).collect();
                all.insert(from);
                let own = self.graph.files().iter().filter(|path| all.contains(*path));
                (own.collect(), within(&all))
            }
        };
        let mut drawn: BTreeMap<(&RepoPath, &RepoPath), Edge<'g>> = BTreeMap::new();
        for edge in edges.into_iter().filter(|edge| edge.from != edge.to) {
            let best = drawn.entry((edge.from, edge.to)).or_insert(edge);
            if edge.kind() < best.kind() {
                *best = edge;
            }
        }
        let joined: BTreeSet<&RepoPath> =
            drawn.keys().flat_map(|(from, to)| [*from, *to]).collect();
        let alone = files
            .into_iter()
            .filter(|path| !joined.contains(path))
            .collect();
        (drawn, alone)
    }
}

/// Whether a path is one of some files or lies below one of some directories; the empty
/// one is everything.
fn is_below(path: &RepoPath, shown: &[String]) -> bool {
    shown.iter().any(|root| {
        root.is_empty() || {
            let rest = path.as_str().strip_prefix(root.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    })
}

//! What a file reaches, and how one file comes to import another.
//!
//! Pure.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::build::{Edge, Graph, Link};
use super::kind::Kinds;
use super::names::File;
use crate::repo::RepoPath;

/// Which way edges are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what is imported.
    Dependencies,
    /// To who imports.
    Dependants,
}

/// A file that others lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached<'g> {
    /// The file.
    pub path: &'g RepoPath,
    /// Over how many edges it is reached at least; 1 for a direct import.
    pub distance: usize,
    /// The last edge on a shortest way to it.
    pub by: Edge<'g>,
}

impl Graph {
    /// Every file that is reached from some files over edges of some kinds, without
    /// these files themselves: the nearest first, then in order of path.
    pub fn reached<'a>(
        &self,
        from: impl IntoIterator<Item = &'a RepoPath>,
        direction: Direction,
        kinds: Kinds,
    ) -> Vec<Reached<'_>> {
        let mut distances: FxHashMap<File, usize> = FxHashMap::default();
        let mut waiting: VecDeque<File> = VecDeque::new();
        for file in from.into_iter().filter_map(|path| self.number(path)) {
            if distances.insert(file, 0).is_none() {
                waiting.push_back(file);
            }
        }
        let mut reached = Vec::new();
        while let Some(file) = waiting.pop_front() {
            let distance = distances[&file] + 1;
            let mut visit = |next: File, link: Link| {
                if distances.contains_key(&next) {
                    return;
                }
                distances.insert(next, distance);
                waiting.push_back(next);
                reached.push(Reached {
                    path: &self.files[next as usize],
                    distance,
                    by: self.edge(link),
                });
            };
            match direction {
                Direction::Dependencies => self
                    .links_from(file)
                    .iter()
                    .filter(|link| kinds.has(link.kind))
                    .for_each(|link| visit(link.to, *link)),
                Direction::Dependants => self
                    .links_to(file)
                    .filter(|link| kinds.has(link.kind))
                    .for_each(|link| visit(link.from, *link)),
            }
        }
        reached.sort_by(|a, b| (a.distance, a.path).cmp(&(b.distance, b.path)));
        reached
    }

    /// A shortest chain of imports from one of some files to one of others; `None` if
    /// there is none. `passes` says which edges may be used, so that a contract can
    /// leave out the ones that it allows.
    pub fn chain<'a>(
        &self,
        from: impl IntoIterator<Item = &'a RepoPath>,
        to: impl Fn(&RepoPath) -> bool,
        passes: impl Fn(&Edge<'_>) -> bool,
    ) -> Option<Vec<Edge<'_>>> {
        let from = from.into_iter().filter_map(|path| self.number(path));
        let links = self.shortest(
            from,
            |file| to(&self.files[file as usize]),
            |link| passes(&self.edge(*link)),
        )?;
        Some(links.into_iter().map(|link| self.edge(link)).collect())
    }

    /// The links of a shortest way of at least one link.
    pub(super) fn shortest(
        &self,
        from: impl IntoIterator<Item = File>,
        to: impl Fn(File) -> bool,
        passes: impl Fn(&Link) -> bool,
    ) -> Option<Vec<Link>> {
        let mut came_by: FxHashMap<File, Option<Link>> = FxHashMap::default();
        let mut waiting: VecDeque<File> = VecDeque::new();
        for file in from {
            if came_by.insert(file, None).is_none() {
                waiting.push_back(file);
            }
        }
        while let Some(file) = waiting.pop_front() {
            for link in self.links_from(file) {
                let found = to(link.to);
                if !found && came_by.contains_key(&link.to) || !passes(link) {
                    continue;
                }
                if found {
                    let mut way = vec![*link];
                    let mut at = file;
                    while let Some(Some(link)) = came_by.get(&at) {
                        way.push(*link);
                        at = link.from;
                    }
                    way.reverse();
                    return Some(way);
                }
                came_by.insert(link.to, Some(*link));
                waiting.push_back(link.to);
            }
        }
        None
    }
}

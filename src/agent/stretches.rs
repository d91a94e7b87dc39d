//! Which of the commits below a tip are the person's, where others committed in between.
//!
//! A pull may bring a colleague's commits while the person's own are not judged yet. What
//! the tip says that its base did not is then not all the person's: it is that what each
//! *stretch* of own commits brought, from the commits it was made on to its end.

use std::collections::{BTreeMap, BTreeSet};

use crate::repo::Oid;
use crate::repo::baseline::BaselineError;
use crate::repo::objects::Objects;

/// Beyond so many commits nobody waits for the answer.
const MOST: usize = 1000;
/// So many stretches are judged; each costs two judgements or more.
const STRETCHES: usize = 4;

/// Own commits on one another, with nobody else's in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The last of them.
    pub(super) end: Oid,
    /// The commits that they were made on, the one along first parents first; none where
    /// they begin the history.
    pub(super) begins: Vec<Oid>,
}

/// The stretches of own commits between `bases` and a tip, the newest first; `None` if there
/// are only own commits, or too many to tell. `is_own` also counts what hive made of them.
pub(super) fn stretches(
    objects: &Objects,
    tip: &Oid,
    bases: &[Oid],
    is_own: impl Fn(&Oid) -> Result<bool, BaselineError>,
) -> Result<Option<Vec<Stretch>>, BaselineError> {
    // A base on top of another has own commits between the two, or only others'.
    let is_root = |base: &&Oid| {
        let mut others = bases.iter().filter(|other| other != base);
        !others.any(|other| objects.reaches(base, other))
    };
    let roots: Vec<Oid> = bases.iter().filter(is_root).copied().collect();
    if roots.is_empty() {
        return Ok(None);
    }
    let Some(between) = objects.between(tip, &roots, MOST)? else {
        return Ok(None);
    };
    let mut own: BTreeMap<Oid, Vec<Oid>> = BTreeMap::new();
    for commit in &between {
        if is_own(commit)? {
            own.insert(*commit, objects.parents(commit)?);
        }
    }
    if own.len() == between.len() {
        return Ok(None);
    }
    let continued: BTreeSet<&Oid> = own.values().flatten().collect();
    let ends = between
        .iter()
        .filter(|commit| own.contains_key(*commit) && !continued.contains(commit));
    let found: Vec<Stretch> = ends.map(|end| stretch(*end, &own)).collect();
    Ok((found.len() <= STRETCHES).then_some(found))
}

/// The stretch that ends with a commit. `own` are all own commits with their parents.
fn stretch(end: Oid, own: &BTreeMap<Oid, Vec<Oid>>) -> Stretch {
    let mut begins = Vec::new();
    let mut seen = BTreeSet::from([end]);
    let mut open = vec![end];
    while let Some(commit) = open.pop() {
        for parent in own.get(&commit).into_iter().flatten() {
            if !seen.insert(*parent) {
                continue;
            }
            if own.contains_key(parent) {
                open.push(*parent);
            } else {
                begins.push(*parent);
            }
        }
    }
    // That of the way along first parents comes first: cycles are compared with it.
    let mut at = end;
    while let Some(parent) = own.get(&at).and_then(|parents| parents.first()) {
        at = *parent;
    }
    if let Some(place) = begins.iter().position(|begin| *begin == at) {
        begins.swap(0, place);
    }
    Stretch { end, begins }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Oid, Stretch, stretch};

    fn oid(number: u8) -> Oid {
        format!("{number:040x}").parse().unwrap()
    }

    #[test]
    fn a_stretch_goes_back_to_what_is_not_own() {
        // 1 and 2 are others'; 3 and 4 were made on 1, 5 merges 2.
        let own = [(3, vec![1]), (4, vec![3]), (5, vec![4, 2]), (7, vec![])];
        let own: BTreeMap<Oid, Vec<Oid>> = own
            .into_iter()
            .map(|(commit, parents)| (oid(commit), parents.into_iter().map(oid).collect()))
            .collect();
        for (end, begins) in [(3, vec![1]), (4, vec![1]), (5, vec![1, 2]), (7, vec![])] {
            let begins = begins.into_iter().map(oid).collect();
            let end = oid(end);
            assert_eq!(stretch(end, &own), Stretch { end, begins });
        }
    }
}

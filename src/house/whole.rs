//! What the Golden Rules say of the repository as a whole.
//!
//! Rules about single files are judged by workers; those about imports, projects and
//! configuration look at everything that git does not ignore, whichever paths were named.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;

use super::House;
use crate::failure::{Failure, Outcome};
use crate::fixers::Finding;
use crate::fixers::golden::of_violation;
use crate::golden::freeze::{self, Freeze};
use crate::golden::{Base, Config, Judged, RuleSet, Tree};
use crate::graph::{Library, Shelf};
use crate::intake::walk;
use crate::memo::FactShelf;
use crate::repo::baseline::Baseline;
use crate::repo::{RepoPath, regular};

/// The largest file that a rule about the whole repository reads, in bytes.
const LARGEST: u64 = 64 << 20;

/// What was found in the repository as a whole.
#[derive(Debug, Default)]
pub struct Whole {
    /// Findings by path, relative to the root with `/`, in the order of each text.
    pub findings: BTreeMap<String, Vec<Finding>>,
    /// Rules that could not judge, by code, and why.
    pub failures: Vec<(String, String)>,
    /// How many files were looked at.
    pub files: usize,
}

impl House {
    /// The violations that this repository has frozen; none without the file.
    pub fn frozen(&self) -> Outcome<Freeze> {
        match regular::read_text(&self.boundary.join(freeze::FILE), LARGEST) {
            Ok(text) => Freeze::read(&text).map_err(Failure::configuration),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Freeze::default()),
            // To take it for empty would find, or freeze, everything anew.
            Err(error) => {
                let what = format!("{} cannot be read: {error}", freeze::FILE);
                Err(Failure::configuration(what)
                    .hint("restore it, or remove it and run `hive rules freeze`"))
            }
        }
    }

    /// Judges the repository by the rules of a configuration that look at all of it;
    /// nothing if none does. `base` is what findings are compared with.
    pub fn judge_whole(&self, config: &Config, base: Option<&Baseline>) -> Outcome<Option<Whole>> {
        let set = RuleSet::prepare(config).map_err(Failure::configuration)?;
        if !set.looks_at_trees() {
            return Ok(None);
        }
        let walked = walk::walk(std::slice::from_ref(&self.boundary));
        if let Some(error) = walked.errors.first() {
            return Err(Failure::usage(format!("cannot read {error}")));
        }
        let files: Vec<RepoPath> = walked
            .files
            .iter()
            .filter(|found| !found.symlink)
            .filter_map(|found| found.path.strip_prefix(&self.boundary).ok()?.to_str())
            .filter_map(|path| RepoPath::new(path).ok())
            .collect();
        let shelf = self
            .keeps
            .then(|| Box::new(FactShelf::open(self.place.as_ref())) as Box<dyn Shelf>);
        let library = RefCell::new(Library::new(shelf));
        let graph = library
            .borrow_mut()
            .work_tree(&self.boundary, files.iter().cloned());
        let base = match (base, &self.place) {
            (Some(base), Some(place)) => Base::new(|| {
                let commit = base.tree();
                let read = library.borrow_mut().commit(place, &commit);
                read.map_err(|error| error.to_string())
            }),
            _ => Base::default(),
        };
        let boundary = self.boundary.clone();
        let read = move |path: &str| regular::read(&boundary.join(path), LARGEST).ok();
        let names: Vec<String> = files.iter().map(|path| path.as_str().to_owned()).collect();
        let tree = Tree {
            files: &names,
            read: &read,
            graph: &graph,
            base: &base,
        };
        let Judged {
            violations,
            failures,
        } = set.judge_tree(&tree);
        let mut whole = Whole {
            findings: BTreeMap::new(),
            failures,
            files: names.len(),
        };
        for (path, violation) in violations {
            let text = tree.text(&path).unwrap_or_default();
            let finding = of_violation(violation, &text);
            whole.findings.entry(path).or_default().push(finding);
        }
        Ok(Some(whole))
    }
}

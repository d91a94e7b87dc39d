//! The self-test of the Golden Rules: one known violation of each is planted, in memory, and
//! must be found. A rule that finds nothing any more is not taken for one that is kept.

#[cfg(test)]
mod proofs;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::fixers::job::{Golden, Job, Kinds, Purpose};
use crate::fixers::ruff::package::Package;
use crate::fixers::toolbox::{Bounds, Toolbox};
use crate::fixers::{Fixed, Policy, Recipe, RuffConfiguration, Scope, Trouble, chain};
use crate::golden::config::active;
use crate::golden::paths::is_python;
use crate::golden::{Base, Config, Example, Judged, Rule, RuleSet, Tree, Violation};
use crate::graph::{self, Graph, Roots};
use crate::repo::RepoPath;

/// Plants a known violation of a rule; an error says what was not found, or why the rule
/// could not judge.
pub fn plant(rule: &Rule) -> Result<(), String> {
    let example = rule
        .proof
        .iter()
        .find(|example| !example.found.is_empty())
        .ok_or("it has no example")?;
    let found = Bench::new(rule, example)?.places()?;
    let wanted = expected(example);
    if found == wanted {
        return Ok(());
    }
    Err(format!(
        "a planted violation was not found: expected {wanted:?}, found {found:?}"
    ))
}

const ROOT: &str = "/repository";

type Place = (String, u32, u32);

/// An example laid out, with the rule ready to judge it.
pub(super) struct Bench {
    toolbox: Toolbox,
    pub(super) set: RuleSet,
    pub(super) files: Vec<(String, Vec<u8>)>,
    base: Option<Vec<(String, Vec<u8>)>>,
}

impl Bench {
    /// Lays an example out.
    pub(super) fn new(rule: &Rule, example: &Example) -> Result<Self, String> {
        let config = config(rule, example.params)?;
        let recipe = Recipe {
            project: PathBuf::from(ROOT),
            boundary: PathBuf::from(ROOT),
            lint: None,
            imports: None,
            format: None,
            ruff: RuffConfiguration::HiveDefaults,
            policy: Policy::default(),
            golden: config.clone(),
            configuration: [0; 32],
        };
        let bounds = Bounds {
            deadline: Duration::from_secs(10),
            memory: 1 << 30,
            cache: PathBuf::from("/nowhere"),
        };
        Ok(Self {
            toolbox: Toolbox::open(recipe, bounds).map_err(|trouble| trouble.to_string())?,
            set: RuleSet::prepare(&config)?,
            files: owned(example.files),
            base: example.base.map(owned),
        })
    }

    /// Runs one file.
    pub(super) fn run(
        &mut self,
        path: &str,
        bytes: &[u8],
        purpose: Purpose,
    ) -> Result<Fixed, Trouble> {
        let absolute = Path::new(ROOT).join(path);
        let is_package = |directory: &Path| {
            let init = directory.join("__init__.py");
            self.files
                .iter()
                .any(|(path, _)| Path::new(ROOT).join(path) == init)
        };
        let directory = absolute.parent().unwrap_or(Path::new(ROOT));
        let job = Job {
            id: 0,
            package: Package::of(directory, Path::new(ROOT), is_package),
            path: absolute,
            bytes: bytes.to_vec(),
            executable: false,
            stamp: None,
            said: None,
            named: false,
            kinds: Kinds::NONE,
            scope: Scope::File,
            purpose,
            golden: Golden::After,
        };
        let mut results = chain::fix(vec![job], &mut self.toolbox, &mut || {});
        let nothing = || Trouble::Worker {
            reason: "there is no result".to_owned(),
        };
        results.pop().ok_or_else(nothing)?.1
    }

    /// Where the files violate the rule, in order.
    pub(super) fn places(&mut self) -> Result<Vec<Place>, String> {
        let mut places = Vec::new();
        for (path, bytes) in self.files.clone() {
            if is_python(&path) {
                let fixed = self
                    .run(&path, &bytes, Purpose::Check)
                    .map_err(|trouble| trouble.to_string())?;
                let found = fixed.findings.iter();
                places.extend(found.map(|finding| (path.clone(), finding.line, finding.column)));
            }
        }
        let violations = self.whole()?;
        for (path, violation) in violations {
            let text = self.bytes(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let at = violation.range.start().to_usize();
            let line = text[..at].matches('\n').count() + 1;
            let begin = text[..at].rfind('\n').map_or(0, |at| at + 1);
            let column = text[begin..at].chars().count() + 1;
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            places.push((path, number(line), number(column)));
        }
        places.sort();
        Ok(places)
    }

    /// What the rule says of the files together.
    pub(super) fn whole(&self) -> Result<Vec<(String, Violation)>, String> {
        let files = &self.files;
        let mut paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        paths.sort();
        let read = |wanted: &str| self.bytes(wanted);
        let graph = graph(files);
        let base = match self.base.clone() {
            Some(files) => Base::new(move || Ok(self::graph(&files))),
            None => Base::default(),
        };
        let tree = Tree {
            files: &paths,
            read: &read,
            graph: &graph,
            base: &base,
        };
        let Judged {
            violations,
            failures,
        } = self.set.judge_tree(&tree);
        if let Some((_, failure)) = failures.into_iter().next() {
            return Err(failure);
        }
        Ok(violations
            .into_iter()
            .filter(|(_, violation)| violation.suppressed.is_none())
            .collect())
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, wanted: &str) -> Option<Vec<u8>> {
        let (_, bytes) = self.files.iter().find(|(path, _)| path == wanted)?;
        Some(bytes.clone())
    }
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    files.iter().map(owned).collect()
}

/// Who imports what in the files of an example.
fn graph(files: &[(String, Vec<u8>)]) -> Graph {
    let python = files.iter().filter(|(path, _)| is_python(path));
    let read: Vec<(RepoPath, Arc<graph::Reading>)> = python
        .filter_map(|(path, bytes)| {
            let path = RepoPath::new(path.clone()).ok()?;
            Some((path, Arc::new(graph::facts(bytes))))
        })
        .collect();
    let paths: Vec<RepoPath> = read.iter().map(|(path, _)| path.clone()).collect();
    let roots = Roots::detect(&paths, &BTreeSet::new(), Vec::new());
    Graph::build(read, roots)
}

fn config(rule: &Rule, params: &str) -> Result<Config, String> {
    let table: toml::Table = toml::from_str(params).map_err(|error| error.to_string())?;
    let table = serde_json::to_value(table).map_err(|error| error.to_string())?;
    let rule = active(rule, Some(&table), true).map_err(|mistake| mistake.to_string())?;
    Ok(Config {
        rules: vec![rule],
        custom: Vec::new(),
    })
}

fn expected(example: &Example) -> Vec<Place> {
    let places = example.found.iter();
    let mut places: Vec<Place> = places
        .map(|(path, line, column)| ((*path).to_owned(), *line, *column))
        .collect();
    places.sort();
    places
}

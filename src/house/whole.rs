//! What the Golden Rules say of the repository as a whole.
//!
//! Rules about single files are judged by workers; those about imports, projects and
//! configuration look at everything that git does not ignore, or that a commit has,
//! whichever paths were named. `hive check` and the agent judge by the same code.

use std::cell::{OnceCell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::House;
use super::fresh::{retain_known, retain_new};
use super::overlook::Overlook;
use super::verdict::{self, Inputs};
use crate::failure::{Failure, Outcome};
use crate::fixers::Finding;
use crate::fixers::golden::of_violation;
use crate::golden::freeze::{self, Freeze};
use crate::golden::{Base, Config, Judged, RuleSet, Tree};
use crate::graph::{Graph, Languages, Library, Roots, Shelf};
use crate::memo::{FactShelf, standing};
use crate::repo::baseline::Baseline;
use crate::repo::committed::Committed;
use crate::repo::{Oid, Place, regular};

/// The largest file that a rule about the whole repository reads, in bytes.
pub(super) const LARGEST: u64 = 64 << 20;

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

impl Whole {
    pub(super) fn of(set: &RuleSet, tree: &Tree<'_>) -> Self {
        let Judged {
            violations,
            failures,
        } = set.judge_tree(tree);
        let mut whole = Self {
            findings: BTreeMap::new(),
            failures,
            files: tree.files.len(),
        };
        for (path, violation) in violations {
            let text = tree.text(&path).unwrap_or_default();
            let finding = of_violation(violation, &text);
            whole.findings.entry(path).or_default().push(finding);
        }
        whole
    }

    /// Leaves what was not there `before`. `now` and `old` read the files as they are and
    /// as they were.
    pub fn retain_new(
        &mut self,
        before: &Self,
        now: impl Fn(&str) -> Option<Vec<u8>>,
        old: impl Fn(&str) -> Option<Vec<u8>>,
    ) {
        for (path, known) in &before.findings {
            let Some(findings) = self.findings.get_mut(path) else {
                continue;
            };
            if let (Some(now), Some(old)) = (now(path), old(path)) {
                retain_new(findings, &now, known, &old);
            }
        }
        self.findings.retain(|_, findings| !findings.is_empty());
    }

    /// Leaves what was there `before`, too.
    pub fn retain_known(
        &mut self,
        before: &Self,
        now: impl Fn(&str) -> Option<Vec<u8>>,
        old: impl Fn(&str) -> Option<Vec<u8>>,
    ) {
        for (path, findings) in &mut self.findings {
            match (before.findings.get(path), now(path), old(path)) {
                (Some(known), Some(now), Some(old)) => retain_known(findings, &now, known, &old),
                _ => findings.clear(),
            }
        }
        self.findings.retain(|_, findings| !findings.is_empty());
    }

    /// Takes up what another judgement of the same files found, each once.
    pub fn absorb(&mut self, other: Self) {
        for (path, findings) in other.findings {
            let known = self.findings.entry(path).or_default();
            for finding in findings {
                if !known.contains(&finding) {
                    known.push(finding);
                }
            }
        }
        self.failures.extend(other.failures);
        self.files = self.files.max(other.files);
    }
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
    /// nothing if none does. `base` is what the imports are compared with.
    pub fn judge_whole(&self, config: &Config, base: Option<&Baseline>) -> Outcome<Option<Whole>> {
        self.overlook(config)
            .judge(base.map(Baseline::tree).as_ref())
    }

    /// What looks at the whole work tree by the rules of a configuration.
    pub fn overlook(&self, config: &Config) -> Overlook {
        Overlook {
            boundary: self.boundary.clone(),
            place: self.place.clone(),
            config: config.clone(),
            keeps: self.keeps,
            tick: standing::TICK,
        }
    }

    /// What judges commits here by the rules that look at the whole; `None` if no rule does,
    /// or outside a repository.
    pub fn commits(&self) -> Outcome<Option<Commits>> {
        let Some(place) = &self.place else {
            return Ok(None);
        };
        let Some(mut commits) = Commits::open(place, &self.golden(false)?, self.keeps)? else {
            return Ok(None);
        };
        commits.frozen = self.frozen()?;
        Ok(Some(commits))
    }

    /// Leaves of what was found in the work tree what was not there at a commit.
    pub fn retain_new(
        &self,
        whole: &mut Whole,
        config: &Config,
        baseline: &Baseline,
    ) -> Outcome<()> {
        let Some(place) = self.place.as_ref().filter(|_| !whole.findings.is_empty()) else {
            return Ok(());
        };
        let Some(commits) = Commits::open(place, config, self.keeps)? else {
            return Ok(());
        };
        let before = commits.files(&baseline.tree())?;
        let known = commits.judge(&before, Against::Nothing);
        let now = |path: &str| regular::read(&self.boundary.join(path), LARGEST).ok();
        whole.retain_new(&known, now, |path| before.read(path));
        Ok(())
    }
}

/// Whether a comment excuses a violation, which a freeze then need not.
fn is_suppressed(finding: &Finding) -> bool {
    let golden = finding.golden.as_ref();
    golden.is_some_and(|it| it.suppressed.is_some())
}

/// What the imports of a commit are compared with.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// Nothing: no cycle of imports is new.
    Nothing,
    /// Another commit.
    Commit(&'a Oid),
    /// A repository without imports: every import on a cycle is reported.
    Void,
}

/// Judges commits by the rules that look at the whole repository. It reads git's objects
/// and nothing of the work tree.
pub struct Commits {
    place: Place,
    set: RuleSet,
    config: Config,
    keeps: bool,
    frozen: Freeze,
    /// Made when it is first needed: that opens the database.
    library: OnceCell<RefCell<Library>>,
}

impl Commits {
    /// Prepares the rules; `None` if no rule of the configuration looks at the whole.
    /// `keeps` is whether facts of files are kept for later runs.
    pub fn open(place: &Place, config: &Config, keeps: bool) -> Outcome<Option<Self>> {
        let set = RuleSet::prepare(config).map_err(Failure::configuration)?;
        if !set.looks_at_trees() {
            return Ok(None);
        }
        Ok(Some(Self {
            place: place.clone(),
            set,
            config: config.clone(),
            keeps,
            frozen: Freeze::default(),
            library: OnceCell::new(),
        }))
    }

    fn library(&self) -> RefMut<'_, Library> {
        let library = self.library.get_or_init(|| {
            let shelf = self
                .keeps
                .then(|| Box::new(FactShelf::open(Some(&self.place))) as Box<dyn Shelf>);
            RefCell::new(Library::new(shelf))
        });
        library.borrow_mut()
    }

    /// The files of a commit or tree.
    pub fn files(&self, id: &Oid) -> Outcome<Committed> {
        Committed::open(&self.place, id).map_err(|error| super::unanswered(&error))
    }

    /// Judges the files of a commit; what was said of the same files before is known.
    pub fn judge(&self, files: &Committed, against: Against<'_>) -> Whole {
        let mut inputs = Inputs::new("a commit", &self.config);
        inputs.add(match against {
            Against::Nothing => b"nothing",
            Against::Commit(id) => id.as_bytes(),
            Against::Void => b"void",
        });
        for (path, id) in files.files() {
            inputs.add(path.as_str().as_bytes());
            inputs.add(id.as_bytes());
        }
        if let Some(whole) = verdict::find(self.library().shelf(), &inputs, |_| None) {
            return whole;
        }
        let graph = self.library().committed(files, Languages::Python);
        let base = match against {
            Against::Nothing => Base::default(),
            Against::Commit(id) => Base::new(|| {
                let read = self.library().commit(&self.place, id);
                read.map_err(|error| error.to_string())
            }),
            Against::Void => Base::new(|| Ok(Graph::build([], Roots::default()))),
        };
        let paths = files.files().iter();
        let names: Vec<String> = paths.map(|(path, _)| path.as_str().to_owned()).collect();
        // An object may be fetched by the next time.
        let missed = AtomicBool::new(false);
        let read = |path: &str| {
            let bytes = files.read(path);
            missed.fetch_or(bytes.is_none(), Ordering::Relaxed);
            bytes
        };
        let tree = Tree {
            files: &names,
            read: &read,
            graph: &graph,
            base: &base,
        };
        let whole = Whole::of(&self.set, &tree);
        let steady = !missed.load(Ordering::Relaxed) && verdict::is_steady(&graph, &base);
        if steady && whole.failures.is_empty() {
            let nothing = verdict::Read::new();
            verdict::keep(self.library().shelf(), &inputs, &nothing, &whole);
        }
        whole
    }

    /// Takes away what the team has frozen.
    pub fn leave_frozen(&self, whole: &mut Whole) {
        let findings = whole.findings.iter();
        let all: Vec<(String, String)> = findings
            .flat_map(|(path, findings)| {
                let counted = findings.iter().filter(|it| !is_suppressed(it));
                counted.map(|it| (it.code.clone(), path.clone()))
            })
            .collect();
        let counts = freeze::counted(&all);
        for (path, findings) in &mut whole.findings {
            let directory = freeze::directory(path).to_owned();
            findings.retain(|finding| {
                let key = (finding.code.clone(), directory.clone());
                let now = counts.get(&key).copied().unwrap_or_default();
                is_suppressed(finding) || !self.frozen.covers(&finding.code, &directory, now)
            });
        }
    }
}

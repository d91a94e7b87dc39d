//! What is known of one file on its way through the tools.

use std::collections::{BTreeMap, BTreeSet};

use ruff_linter::source_kind::SourceKind;

use super::encoding::Coding;
use super::job::Golden;
use super::ruff::finding;
use super::ruff::lint::Pass;
use super::ruff::source::Source;
use super::ruff::touched::Touched;
use super::toolbox::Toolbox;
use super::verify::Rejection;
use super::{Class, Finding, FixCount, Job, Trouble, encoding};

/// A change of layout or of import order, to be verified.
pub struct Change {
    /// What the change claims to be.
    pub claim: Claim,
    /// Which tool made it, for messages.
    pub by: String,
    /// The text before.
    pub before: SourceKind,
    /// The text after.
    pub after: SourceKind,
    /// Whether the text before is the one that was linted last.
    pub from_linted: bool,
    /// What verification says, where the trees were at hand already.
    pub verdict: Option<Result<(), Rejection>>,
}

/// What a change of class *same* claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The syntax tree is equal.
    Layout,
    /// Only imports moved.
    Imports,
}

/// One file on its way.
pub struct Course {
    /// What was asked.
    pub job: Job,
    /// How the bytes are read and written.
    pub coding: Coding,
    /// The text now.
    pub source: Source,
    /// What may change of it; `None` for everything.
    pub touched: Option<Touched>,
    /// How often each rule was fixed.
    pub counts: BTreeMap<(String, Class), u32>,
    /// What is to be verified.
    pub changes: Vec<Change>,
    /// Why a move of imports may not stand, if so.
    pub imports_refused: Option<Rejection>,
    /// What the original had that no fix was applied to.
    pub standing: Option<Vec<Finding>>,
    /// The lint of the original.
    pub first: Option<Pass>,
    /// Whether the original was changed before any lint saw it.
    pub unlinted: bool,
    /// The lint of the newest text.
    pub last: Option<Pass>,
    /// Findings of programs that report in their own words, of the newest text.
    pub reported: Vec<Finding>,
    /// Hashes of the texts at the end of each round, the original first.
    pub seen: Vec<blake3::Hash>,
    /// Which tools changed the text in the newest round that changed it.
    pub movers: Vec<String>,
    /// Whether this round has changed it.
    pub moved: bool,
    /// The text at the beginning of this round.
    pub before: String,
    /// Whether the newest text has been linted and not changed since.
    pub settled: bool,
    /// Why there will be no result.
    pub trouble: Option<Trouble>,
    /// Violations of Golden Rules in the newest text.
    pub violations: Vec<Finding>,
    /// Golden Rules whose fixes do not hold in this file.
    pub refused_rules: BTreeSet<String>,
    /// Observations worth a line.
    pub notes: Vec<String>,
}

impl Course {
    /// Reads a job's bytes.
    pub fn begin(job: Job, tools: &Toolbox) -> Result<Self, Trouble> {
        let (text, coding) = encoding::decode(&job.bytes)?;
        let original = blake3::hash(text.as_bytes());
        let source = tools.parse(&job.path, text)?;
        let touched = Touched::from_scope(&job.scope, source.text());
        // A notebook's text is its cells, not the file that holds them.
        let original = match &source {
            Source::Python { .. } => blake3::hash(source.text().as_bytes()),
            _ => original,
        };
        Ok(Self {
            job,
            coding,
            source,
            touched,
            counts: BTreeMap::new(),
            changes: Vec::new(),
            imports_refused: None,
            standing: None,
            first: None,
            unlinted: false,
            last: None,
            reported: Vec::new(),
            seen: vec![original],
            movers: Vec::new(),
            moved: false,
            before: String::new(),
            settled: false,
            trouble: None,
            violations: Vec::new(),
            refused_rules: BTreeSet::new(),
            notes: Vec::new(),
        })
    }

    /// Whether any tool may have something to do.
    pub fn has_work(&self) -> bool {
        !self.touched.as_ref().is_some_and(Touched::is_empty)
    }

    /// Whether any tool may have something to do before the Golden Rules do.
    pub fn has_tools(&self) -> bool {
        self.has_work() && self.job.golden != Golden::First
    }

    /// Begins a round.
    pub fn begin_round(&mut self) {
        self.before.clear();
        self.before.push_str(self.source.text());
        self.moved = false;
        self.settled = false;
    }

    /// The findings of the newest text.
    pub fn findings(&self) -> Vec<Finding> {
        let index = match &self.source {
            Source::Python {
                kind: SourceKind::IpyNotebook(notebook),
                ..
            } => Some(notebook.index().clone()),
            _ => None,
        };
        let mut found = self.reported.clone();
        if let Some(pass) = &self.last {
            found.extend(finding::findings(&pass.findings, index.as_ref()));
        }
        found.extend(self.violations.iter().cloned());
        found
    }

    /// The counts as they are reported, by code.
    pub fn fixes(&self) -> Vec<FixCount> {
        self.counts
            .iter()
            .map(|((code, class), count)| FixCount {
                code: code.clone(),
                class: *class,
                count: *count,
            })
            .collect()
    }

    /// Records a new text made by a tool.
    pub fn moved(&mut self, by: &str, claim: Option<Claim>, after: SourceKind) {
        let from_linted = self.settled;
        if let Source::Python { kind, .. } = &mut self.source {
            let before = std::mem::replace(kind, after.clone());
            if let Some(claim) = claim {
                self.changes.push(Change {
                    claim,
                    by: by.to_owned(),
                    before,
                    after,
                    from_linted,
                    verdict: None,
                });
            }
        }
        self.mover(by);
    }

    /// Records that a tool changed the text.
    pub fn mover(&mut self, by: &str) {
        if !self.moved {
            self.movers.clear();
            self.moved = true;
        }
        if !self.movers.iter().any(|known| known == by) {
            self.movers.push(by.to_owned());
        }
        self.settled = false;
    }

    /// Counts fixes.
    pub fn count(&mut self, code: &str, class: Class, count: u32) {
        *self.counts.entry((code.to_owned(), class)).or_default() += count;
    }

    /// The tools that changed the text last, for messages.
    pub fn movers(&self) -> String {
        self.movers.join(" and ")
    }

    /// Two texts that the tools turn into each other, as trouble.
    pub fn oscillation(&self) -> Trouble {
        Trouble::Oscillation {
            between: self.movers(),
            one: self.before.as_bytes().to_vec(),
            other: self.source.text().as_bytes().to_vec(),
        }
    }
}

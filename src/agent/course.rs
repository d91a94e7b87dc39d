//! One file's way through the workers: which rounds, and what each one asks.
//!
//! 1. *Judge* the version before the person's change, or what others made of it since: a
//!    kind of tool that has nothing to do there keeps the whole file clean from now on.
//! 2. *Clean*: those kinds fix the whole file.
//! 3. *Lines*: all kinds fix the lines that the person touched.
//!
//! A new file, `scope = "file"`, and a file that was clean for all kinds have one
//! round, *Whole*. When a result has a fix that is not for hive to make unasked,
//! the course begins again without it, and the fix becomes a question.
//!
//! Lines for which a person has said no to a fix are left out of every round. Where a
//! tool changes them all the same, because it cannot be kept to lines, the course begins
//! again without that rule or tool.

use super::limits::{self, Limits};
use crate::fixers::job::{Kinds, Purpose};
use crate::fixers::{Finding, FixCount, Fixed, Kind, Scope, Trouble};
use crate::house::Planned;
use crate::intake::commits::{Version, brought, touched};
use crate::landing::declined::Declined;
use crate::settings;

/// A file on its way.
#[derive(Debug)]
pub(super) struct Course {
    planned: Planned,
    /// The version before, if there was one.
    base: Option<Vec<u8>>,
    /// The version that says which kinds keep the file clean: the one before, or what
    /// others have made of it since.
    judged: Option<Vec<u8>>,
    /// Lines of `original` that others brought meanwhile.
    brought: Vec<(u32, u32)>,
    /// The file as it was committed or read.
    original: Vec<u8>,
    /// What the rounds have made of it so far.
    bytes: Vec<u8>,
    /// Lines of `original` that the person touched.
    touched: Vec<(u32, u32)>,
    executable: bool,
    scope: settings::Scope,
    limits: Limits,
    /// What a person has said no to.
    declined: Declined,
    round: Round,
    /// Kinds that keep the whole file clean.
    clean: Kinds,
    /// What the rounds did.
    fixes: Vec<FixCount>,
    notes: Vec<String>,
    /// What a person who asks why a fix was not made should know.
    remarks: Vec<String>,
    /// Fixes that a person is asked about.
    suggested: Vec<Suggestion>,
    /// Time that workers spent, in microseconds.
    micros: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Judge,
    JudgeKind(Kind),
    Clean,
    Lines,
    Whole,
}

/// A fix that is not made, with what it would make of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// The rules, as `F401, F811`.
    pub(super) rule: String,
    /// Why it is a question.
    pub(super) reason: String,
    /// The file with the fix.
    pub(super) after: Vec<u8>,
}

/// What came of a file.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) planned: Planned,
    /// The file as it was taken in.
    pub(super) original: Vec<u8>,
    /// What it becomes, `None` if nothing changes.
    pub(super) after: Option<Vec<u8>>,
    pub(super) fixes: Vec<FixCount>,
    /// What remains on lines that are new, in the result's positions.
    pub(super) findings: Vec<Finding>,
    pub(super) suggested: Vec<Suggestion>,
    pub(super) notes: Vec<String>,
    /// Why fixes were not made.
    pub(super) remarks: Vec<String>,
    pub(super) micros: u64,
}

/// What is to be done next for a file.
#[derive(Debug)]
pub(super) enum Turn {
    /// Another round.
    Again,
    /// The end.
    End(Box<Finished>),
}

/// What a round asks of the fixers.
pub(super) struct Question<'a> {
    pub(super) planned: Planned,
    pub(super) bytes: &'a [u8],
    pub(super) scope: Scope,
    pub(super) purpose: Purpose,
}

impl Course {
    /// A file as commits left it: `versions` from the one before the first of them
    /// (not the person's own; absent for a new file) to the one at the tip.
    pub(super) fn of_commits(
        planned: Planned,
        versions: &[Version],
        executable: bool,
        scope: settings::Scope,
        limits: Limits,
    ) -> Self {
        let base = versions.first().filter(|first| !first.own);
        let original = versions.last().map(|last| last.bytes.clone());
        let mut course = Self::of_file(planned, original.unwrap_or_default(), executable, limits);
        course.touched = touched(versions);
        course.brought = brought(versions);
        // Of a file that others left unclean not all is the person's to be kept clean.
        let judged = versions.iter().rfind(|version| !version.own);
        course.round = match (scope, judged) {
            (settings::Scope::File, _) | (_, None) => Round::Whole,
            (settings::Scope::Lines, Some(_)) => Round::Lines,
            (settings::Scope::Auto, Some(_)) => Round::Judge,
        };
        course.base = base.map(|base| base.bytes.clone());
        course.judged = judged.map(|judged| judged.bytes.clone());
        course.scope = scope;
        course
    }

    /// A whole file as it is.
    pub(super) fn of_file(
        planned: Planned,
        bytes: Vec<u8>,
        executable: bool,
        limits: Limits,
    ) -> Self {
        Self {
            planned,
            base: None,
            judged: None,
            brought: Vec::new(),
            bytes: bytes.clone(),
            original: bytes,
            touched: Vec::new(),
            executable,
            scope: settings::Scope::File,
            limits,
            declined: Declined::default(),
            round: Round::Whole,
            clean: Kinds::NONE,
            fixes: Vec::new(),
            notes: Vec::new(),
            remarks: Vec::new(),
            suggested: Vec::new(),
            micros: 0,
        }
    }

    /// Keeps what a person has said no to as it is.
    pub(super) fn declining(mut self, declined: Declined) -> Self {
        let kept = declined.lines(&self.original);
        if declined.has_imports(&self.original) && self.planned.kinds.has(Kind::Imports) {
            self.remarks
                .push("imports are not sorted in this file: a fix of them was declined".to_owned());
            // A block of imports is sorted as a whole or not at all.
            self.planned = self.planned.only(self.planned.kinds.without(Kind::Imports));
        }
        if !kept.is_empty() {
            self.declined = declined;
        }
        self
    }

    /// Whether the file is executable.
    pub(super) fn executable(&self) -> bool {
        self.executable
    }

    /// Adds to the time that workers spent.
    pub(super) fn spent(&mut self, micros: u64) {
        self.micros += micros;
    }

    /// Whether the present round's result is one of a whole file by all its tools.
    pub(super) fn is_whole(&self) -> bool {
        self.round == Round::Whole && self.declined.is_empty()
    }

    /// What the present round asks.
    pub(super) fn question(&self) -> Question<'_> {
        let judged = self.judged.as_deref().unwrap_or_default();
        let (planned, bytes, scope, purpose) = match self.round {
            Round::Judge => (self.planned.clone(), judged, Scope::File, Purpose::Check),
            Round::JudgeKind(kind) => {
                let planned = self.planned.only(Kinds::NONE.with(kind));
                (planned, judged, Scope::File, Purpose::Check)
            }
            Round::Clean => {
                let planned = self.planned.only(self.clean);
                (planned, &self.bytes[..], self.whole(), Purpose::Fix)
            }
            Round::Lines => {
                let lines = self.declined.without(&self.bytes, &self.touched_now());
                let lines = Scope::Lines(lines);
                (self.planned.clone(), &self.bytes[..], lines, Purpose::Fix)
            }
            Round::Whole => {
                let planned = self.planned.clone();
                (planned, &self.bytes[..], self.whole(), Purpose::Fix)
            }
        };
        Question {
            planned,
            bytes,
            scope,
            purpose,
        }
    }

    /// All of the file that hive may change.
    fn whole(&self) -> Scope {
        if self.declined.is_empty() {
            Scope::File
        } else {
            Scope::Lines(self.declined.others(&self.bytes))
        }
    }

    /// Takes the result of the present round.
    pub(super) fn take(&mut self, fixed: Fixed) -> Turn {
        match self.round {
            Round::Judge if fixed.bytes.is_none() => self.round = Round::Whole,
            Round::Judge => self.round = self.kind_after(None),
            Round::JudgeKind(kind) => {
                if fixed.bytes.is_none() {
                    self.clean = self.clean.with(kind);
                }
                self.round = self.kind_after(Some(kind));
            }
            Round::Clean => {
                self.absorb(fixed);
                self.round = Round::Lines;
            }
            Round::Lines | Round::Whole => return self.conclude(fixed),
        }
        Turn::Again
    }

    /// The kinds judge one after the other; then the fixing begins.
    fn kind_after(&self, last: Option<Kind>) -> Round {
        let mut kinds = Kind::ALL
            .into_iter()
            .filter(|kind| self.planned.kinds.has(*kind));
        let next = match last {
            None => kinds.next(),
            Some(last) => kinds.skip_while(|kind| *kind != last).nth(1),
        };
        match next {
            Some(kind) => Round::JudgeKind(kind),
            None if self.clean.is_empty() => Round::Lines,
            None => Round::Clean,
        }
    }

    fn absorb(&mut self, fixed: Fixed) -> Vec<Finding> {
        self.notes.extend(fixed.notes);
        if let Some(bytes) = fixed.bytes.filter(|_| fixed.verified) {
            self.fixes.extend(fixed.fixes);
            self.bytes = bytes;
        }
        fixed.findings
    }

    /// Lines of the present bytes that the person or a round before has touched.
    fn touched_now(&self) -> Vec<(u32, u32)> {
        if self.bytes == self.original {
            return self.touched.clone();
        }
        limits::carried(&self.touched, &self.original, &self.bytes)
    }

    /// The last round's result: the end, or another course without a fix that is
    /// not for hive to make.
    fn conclude(&mut self, fixed: Fixed) -> Turn {
        let findings = self.absorb(fixed);
        let broken = self.declined.broken(&self.original, &self.bytes);
        if !broken.is_empty() {
            let rules: Vec<&str> = broken.iter().map(String::as_str).collect();
            self.remarks.push(format!(
                "{} changed lines for which a fix was declined, and is left out of this file",
                rules.join(", ")
            ));
            if let Some(planned) = limits::without_rules(&self.planned, &broken)
                && self.begin_again(planned)
            {
                return Turn::Again;
            }
            self.bytes = self.original.clone();
            self.fixes.clear();
        }
        if let Some(refusal) = self.limits.refusal(
            &self.planned,
            &self.original,
            &self.bytes,
            &self.fixes,
            &self.touched,
            self.judged.is_some() && self.scope != settings::Scope::File,
        ) {
            if refusal.ask {
                self.suggested.push(Suggestion {
                    rule: refusal.rule,
                    reason: refusal.reason,
                    after: self.bytes.clone(),
                });
            }
            if let Some(planned) = refusal.instead
                && self.begin_again(planned)
            {
                return Turn::Again;
            }
            self.bytes = self.original.clone();
            self.fixes.clear();
        }
        let findings = self.undecided(findings);
        let findings = match &self.base {
            None => findings,
            Some(base) => limits::on_new_lines(findings, base, &self.bytes),
        };
        let brought = limits::moved(&self.brought, &self.original, &self.bytes);
        let findings = limits::not_on(findings, &brought);
        let changed = self.bytes != self.original;
        Turn::End(Box::new(Finished {
            planned: self.planned.clone(),
            original: std::mem::take(&mut self.original),
            after: changed.then(|| std::mem::take(&mut self.bytes)),
            fixes: limits::summed(std::mem::take(&mut self.fixes)),
            findings,
            suggested: std::mem::take(&mut self.suggested),
            notes: std::mem::take(&mut self.notes),
            remarks: std::mem::take(&mut self.remarks),
            micros: self.micros,
        }))
    }
}

impl Course {
    /// Begins again with other tools; `false` if there is none.
    fn begin_again(&mut self, planned: Planned) -> bool {
        // A file that is judged anew: its kinds may be others now.
        self.planned = planned;
        self.bytes = self.original.clone();
        self.fixes.clear();
        self.notes.clear();
        let kinds = self.planned.kinds;
        for kind in Kind::ALL.into_iter().filter(|kind| !kinds.has(*kind)) {
            self.clean = self.clean.without(kind);
        }
        self.round = match self.round {
            Round::Lines if !self.clean.is_empty() => Round::Clean,
            round => round,
        };
        !kinds.is_empty()
    }

    /// Without those findings that a person has said no to have fixed.
    fn undecided(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        let kept = self.declined.lines(&self.bytes);
        findings.retain(|finding| {
            let line = finding.line.saturating_sub(1);
            !kept
                .iter()
                .any(|(at, rules)| *at == line && rules.contains(&finding.code))
        });
        findings
    }
}

/// The trouble of a file as the queue counts it.
pub(super) fn is_permanent(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Unreadable { .. }
            | Trouble::Configuration { .. }
            | Trouble::Verification { .. }
            | Trouble::Oscillation { .. }
    )
}

//! Makes the fixes that may be made, and proves each.
//!
//! A text with fixes counts only if it parses; if every statement outside of the edits is
//! the same as before; if what was mended is not found again and nothing else is found
//! that was not there; and if no name became undefined or redefined. If all fixes together
//! do not hold, each rule's are tried by themselves, then halves of them, and a rule whose
//! fixes do not hold leaves its findings, with the reason. That a second run changes nothing the caller
//! shows by running it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::Parsed;
use ruff_text_size::{TextRange, TextSize};

use super::{Golden, is_module, parse, shown, unreadable};
use crate::fixers::course::Course;
use crate::fixers::toolbox::Toolbox;
use crate::fixers::verify::new_findings;
use crate::fixers::{Class, Trouble};
use crate::golden::{Edits, Remedy, Violation};

/// Judges the newest text of a course and makes the fixes that may be made; whether the
/// text changed.
pub fn mend(course: &mut Course, golden: &Golden, tools: &Toolbox) -> Result<bool, Trouble> {
    if !is_module(course) {
        return Ok(false);
    }
    let boundary = tools.recipe().boundary.clone();
    let text = course.source.text().to_owned();
    let fresh;
    let parsed = if let Some(pass) = course.last.as_ref().filter(|_| course.settled) {
        &pass.parsed
    } else {
        fresh = parse(&text);
        &fresh
    };
    if let Some(unreadable) = unreadable(course, &text, parsed) {
        course.violations = unreadable;
        return Ok(false);
    }
    let mut found = golden.violations(&course.job, &boundary, &text, parsed)?;
    let attempt = Attempt {
        golden,
        tools,
        course,
        boundary: &boundary,
        text: &text,
        parsed,
        found: &found,
    };
    let (made, refused) = attempt.make();
    let Some(made) = made else {
        for violation in &mut found {
            if let Some(reason) = refused.get(&violation.code) {
                violation.help = Some(format!("its fix is not made: {reason}"));
                if let Some(fix) = &mut violation.fix {
                    fix.remedy = Remedy::Suggest;
                }
            }
        }
        course.violations = shown(found, &text);
        return Ok(false);
    };
    course.refused_rules.extend(refused.into_keys());
    let (edits, after, counts) = made;
    for (code, count) in counts {
        course.count(&code, Class::Golden, count);
    }
    if let Some(touched) = course.touched.take() {
        course.touched = Some(touched.and_edits(&ranges(&edits)));
    }
    course.unlinted |= course.first.is_none() && course.last.is_none();
    let kind = SourceKind::Python {
        code: after,
        is_stub: false,
    };
    course.moved("golden", None, kind);
    Ok(true)
}

/// Lets no fix land that would change a place whose violation of the same rule a comment
/// suppresses.
pub(super) fn spare(violations: &mut [Violation]) {
    let spared = violations.iter().filter(|it| it.suppressed.is_some());
    let spared: Vec<(String, u32, u32)> = spared
        .map(|it| {
            (
                it.code.clone(),
                it.range.start().to_u32(),
                it.range.end().to_u32(),
            )
        })
        .collect();
    if spared.is_empty() {
        return;
    }
    for violation in violations {
        let Some(fix) = violation
            .fix
            .as_mut()
            .filter(|fix| fix.remedy == Remedy::Safe)
        else {
            continue;
        };
        let meets = fix.edits.iter().any(|edit| {
            let (from, to) = edit.range;
            let mut spared = spared.iter().filter(|(code, ..)| *code == violation.code);
            spared.any(|(_, start, end)| from < *end && *start < to)
        });
        if meets {
            fix.remedy = Remedy::Suggest;
            let help = "its fix is not made: it would change a place that a comment excuses";
            violation.help = Some(help.to_owned());
        }
    }
}

type Made = (Edits, String, BTreeMap<String, u32>);

struct Attempt<'a> {
    golden: &'a Golden,
    tools: &'a Toolbox,
    course: &'a Course,
    boundary: &'a Path,
    text: &'a str,
    parsed: &'a Parsed<ModModule>,
    found: &'a [Violation],
}

/// How many halves of a rule's fixes are tried in one file, once all together do not hold.
const HALVES: u8 = 16;

impl Attempt<'_> {
    /// What was made, if anything, and which rules' fixes do not hold, with the reason.
    fn make(&self) -> (Option<Made>, BTreeMap<String, String>) {
        let mut rules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, violation) in self.found.iter().enumerate() {
            if self.may_mend(violation) {
                rules.entry(&violation.code).or_default().push(number);
            }
        }
        let mut refused = BTreeMap::new();
        if rules.is_empty() {
            return (None, refused);
        }
        if let Ok(made) = self.with(&rules.values().flatten().copied().collect()) {
            return (made, refused);
        }
        let mut held = BTreeSet::new();
        for (rule, numbers) in rules {
            match self.with(&both(&held, &numbers)) {
                Ok(_) => held.extend(numbers),
                Err(reason) => {
                    let before = held.len();
                    self.halve(&mut held, &numbers, &mut HALVES.clone());
                    if held.len() == before {
                        refused.insert(rule.to_owned(), reason);
                    }
                }
            }
        }
        let made = if held.is_empty() {
            None
        } else {
            self.with(&held).ok().flatten()
        };
        (made, refused)
    }

    /// Adds those of a rule's fixes that hold without the others. What is left out is tried
    /// again by itself once these are made.
    fn halve(&self, held: &mut BTreeSet<usize>, numbers: &[usize], left: &mut u8) {
        if numbers.len() < 2 {
            return;
        }
        let (first, second) = numbers.split_at(numbers.len() / 2);
        for half in [first, second] {
            let Some(fewer) = left.checked_sub(1) else {
                return;
            };
            *left = fewer;
            if self.with(&both(held, half)).is_ok() {
                held.extend(half);
            } else {
                self.halve(held, half, left);
            }
        }
    }

    fn may_mend(&self, violation: &Violation) -> bool {
        let safe = violation
            .fix
            .as_ref()
            .is_some_and(|fix| fix.remedy == Remedy::Safe);
        let touched = self.course.touched.as_ref();
        safe && violation.suppressed.is_none()
            && touched.is_none_or(|touched| touched.meets(violation.range))
            && !self.course.refused_rules.contains(&violation.code)
            && !self.tools.recipe().policy.keep.contains(&violation.code)
    }

    /// The text with the fixes of some violations, proven; nothing if none could be made.
    fn with(&self, numbers: &BTreeSet<usize>) -> Result<Option<Made>, String> {
        let mut edits = Edits::default();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for violation in numbers.iter().map(|number| &self.found[*number]) {
            if let Some(fix) = &violation.fix
                && edits.add(&fix.edits)
            {
                *counts.entry(violation.code.clone()).or_default() += 1;
            }
        }
        if edits.is_empty() {
            return Ok(None);
        }
        let after = edits
            .apply(self.text)
            .ok_or("an edit does not fit the text")?;
        self.prove(&edits, &after, &counts)?;
        Ok(Some((edits, after, counts)))
    }

    fn prove(
        &self,
        edits: &Edits,
        after: &str,
        counts: &BTreeMap<String, u32>,
    ) -> Result<(), String> {
        let parsed = parse(after);
        if let Some(error) = parsed.errors().first() {
            return Err(format!("the result would not parse: {}", error.error));
        }
        if let Some(strayed) = edits.strayed(self.parsed.syntax(), parsed.syntax()) {
            return Err(strayed);
        }
        let job = &self.course.job;
        let again = self
            .golden
            .violations(job, self.boundary, after, &parsed)
            .map_err(|trouble| trouble.to_string())?;
        let (before, now) = (by_rule(self.found), by_rule(&again));
        for (rule, left) in &now {
            let had = before.get(rule).copied().unwrap_or_default();
            let mended = counts.get(*rule).copied().unwrap_or_default();
            if *left > had - mended.min(had) {
                return Err(if mended > 0 {
                    format!("{rule} would still be violated")
                } else {
                    format!("it would violate {rule}")
                });
            }
        }
        let probe = self.tools.probe();
        let kind = |code: &str| SourceKind::Python {
            code: code.to_owned(),
            is_stub: false,
        };
        let (path, python) = (&job.path, PySourceType::Python);
        let before = probe.run(&kind(self.text), self.parsed, path, python);
        let now = probe.run(&kind(after), &parsed, path, python);
        match new_findings(&before, &now).first() {
            None => Ok(()),
            Some(new) => Err(format!("it would cause {} ({})", new.code, new.text)),
        }
    }
}

fn both(held: &BTreeSet<usize>, more: &[usize]) -> BTreeSet<usize> {
    held.iter().chain(more).copied().collect()
}

fn by_rule(violations: &[Violation]) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for violation in violations.iter().filter(|it| it.suppressed.is_none()) {
        *counts.entry(violation.code.as_str()).or_default() += 1;
    }
    counts
}

/// The old ranges of the edits with the lengths of what comes there.
fn ranges(edits: &Edits) -> Vec<(TextRange, TextSize)> {
    edits
        .iter()
        .map(|edit| {
            let range = TextRange::new(edit.range.0.into(), edit.range.1.into());
            let length = u32::try_from(edit.text.len()).unwrap_or(u32::MAX);
            (range, TextSize::new(length))
        })
        .collect()
}

//! The Golden Rules on one file of a job.
//!
//! In: a course whose text the tools have settled. Out: the violations of that text as
//! findings, and a text in which those are mended that may be. Always: a fix is made only
//! where it is proven ([`mend`]); what could not be proven stays a finding that says why.

mod linter;
mod mend;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ruff_linter::settings::LinterSettings;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{ParseOptions, Parsed, parse_unchecked};
use ruff_source_file::LineIndex;
use ruff_text_size::TextSize;

use super::course::Course;
use super::encoding;
use super::ruff::source::Source;
use super::{Finding, GoldenFinding, Job, Recipe, Seconded, Suggestion, Trouble};
use crate::golden::{Module, Remedy, RuleSet, Station, Violation};

pub use mend::mend;

/// The Golden Rules of a recipe.
pub struct Golden {
    set: RuleSet,
    /// The linter for the delegated rules, if there are any.
    linter: Option<Box<LinterSettings>>,
}

impl Golden {
    /// Prepares the rules of a recipe; `None` if none looks at files.
    pub fn open(recipe: &Recipe) -> Result<Option<Self>, Trouble> {
        if recipe.golden.is_empty() {
            return Ok(None);
        }
        let set = RuleSet::prepare(&recipe.golden).map_err(|message| Trouble::Configuration {
            tool: "Golden Rules".to_owned(),
            message,
        })?;
        if !set.looks_at_files() {
            return Ok(None);
        }
        let codes = set.linter_codes();
        let linter = if codes.is_empty() {
            None
        } else {
            Some(Box::new(linter::settings(recipe, &codes)?))
        };
        Ok(Some(Self { set, linter }))
    }

    /// Everything that is wrong in a text.
    fn violations(
        &self,
        job: &Job,
        boundary: &std::path::Path,
        text: &str,
        parsed: &Parsed<ModModule>,
    ) -> Result<Vec<Violation>, Trouble> {
        let station = station(job, boundary);
        let module = Module::new(&station, text, parsed);
        let hits = match &self.linter {
            Some(settings) => linter::hits(job, text, parsed, settings),
            None => Vec::new(),
        };
        // A rule that fails must not look like one that found nothing.
        let judged = catch_unwind(AssertUnwindSafe(|| self.set.judge(&module, &hits)));
        let mut violations = judged.map_err(|_| Trouble::Tool {
            tool: "a Golden Rule".to_owned(),
            message: "it panicked; `hive rules try` says which".to_owned(),
        })?;
        mend::spare(&mut violations);
        Ok(violations)
    }
}

/// Judges the text that a check is about: the one the job came with.
pub fn judge(
    course: &mut Course,
    golden: &Golden,
    boundary: &std::path::Path,
) -> Result<(), Trouble> {
    let unchanged = course.seen.len() == 1 && !course.moved;
    let decoded;
    let text = if unchanged {
        course.source.text()
    } else {
        (decoded, _) = encoding::decode(&course.job.bytes)?;
        &decoded
    };
    if !is_module(course) {
        return Ok(());
    }
    let pass = course
        .first
        .as_ref()
        .or(course.last.as_ref().filter(|_| unchanged));
    let fresh;
    let parsed = if let Some(pass) = pass {
        &pass.parsed
    } else {
        fresh = parse(text);
        &fresh
    };
    course.violations = match unreadable(course, text, parsed) {
        Some(unreadable) => unreadable,
        None => shown(
            golden.violations(&course.job, boundary, text, parsed)?,
            text,
        ),
    };
    Ok(())
}

/// What is said about a text with an error of syntax, which no rule can judge: that error,
/// unless a tool has said it.
fn unreadable(course: &Course, text: &str, parsed: &Parsed<ModModule>) -> Option<Vec<Finding>> {
    let error = parsed.errors().first()?;
    // The stage before has said it.
    let told = course.job.golden == super::job::Golden::First && !course.job.kinds.is_empty()
        || course.last.as_ref().or(course.first.as_ref()).is_some()
        || course
            .reported
            .iter()
            .any(|finding| finding.code == "invalid-syntax");
    if told {
        return Some(Vec::new());
    }
    let lines = LineIndex::from_source_text(text);
    let (start, end) = (
        place(error.location.start(), text, &lines),
        place(error.location.end(), text, &lines),
    );
    Some(vec![Finding {
        code: "invalid-syntax".to_owned(),
        message: error.error.to_string(),
        line: start.0,
        column: start.1,
        end_line: end.0,
        end_column: end.1,
        help: None,
        fixable: false,
        url: None,
        golden: None,
        seconded: None,
    }])
}

/// A place as line and column, from 1.
fn place(at: TextSize, text: &str, lines: &LineIndex) -> (u32, u32) {
    let place = lines.line_column(at, text);
    let number = |one: ruff_source_file::OneIndexed| u32::try_from(one.get()).unwrap_or(u32::MAX);
    (number(place.line), number(place.column))
}

/// Whether the rules look at a file of this kind: Python, but neither stubs nor notebooks.
fn is_module(course: &Course) -> bool {
    matches!(
        &course.source,
        Source::Python {
            kind: SourceKind::Python { is_stub: false, .. },
            source_type: PySourceType::Python,
        }
    )
}

fn parse(text: &str) -> Parsed<ModModule> {
    let options = ParseOptions::from(PySourceType::Python);
    let parsed = parse_unchecked(text, options);
    // The options say that it is a module.
    parsed
        .try_into_module()
        .unwrap_or_else(|| unreachable!("a source file is parsed as a module"))
}

fn station(job: &Job, boundary: &std::path::Path) -> Station {
    let path = job.path.strip_prefix(boundary).unwrap_or(&job.path);
    let above = job.package.as_ref().and_then(|package| {
        let above = package.root.parent()?.strip_prefix(boundary).ok()?;
        Some(above.components().count())
    });
    Station::new(&path.to_string_lossy(), above)
}

/// Violations as findings, but for those that a comment suppresses: of them only the
/// critical ones are shown.
fn shown(violations: Vec<Violation>, text: &str) -> Vec<Finding> {
    let lines = LineIndex::from_source_text(text);
    violations
        .into_iter()
        .filter(|violation| {
            violation.suppressed.is_none() || violation.level == crate::escalation::Level::Critical
        })
        .map(|violation| finding(violation, text, &lines))
        .collect()
}

/// Takes what a Golden Rule says on the word of the linter to the linter's own finding of
/// that place, where there is one: it is one thing, and is said once.
///
/// The linter says it, because its word decides more: it fails a check whatever the level
/// of the rule, as it does wherever the linter runs by itself, and a comment that silences
/// it silences both.
pub fn say_once(findings: &mut Vec<Finding>) {
    let (golden, mut rest): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(findings).into_iter().partition(|finding| {
            let golden = finding.golden.as_ref();
            golden.is_some_and(|golden| golden.linter.is_some())
        });
    for finding in golden {
        let code = finding.golden.as_ref().and_then(|it| it.linter.as_deref());
        let same = |other: &Finding| {
            Some(other.code.as_str()) == code
                && other.golden.is_none()
                && other.seconded.is_none()
                && other.line == finding.line
        };
        // Another version of the linter may begin a finding in another column.
        let exact = |other: &Finding| same(other) && other.column == finding.column;
        let at = rest
            .iter()
            .position(exact)
            .or_else(|| rest.iter().position(same));
        match (at.map(|at| &mut rest[at]), finding.golden) {
            (Some(other), Some(rule)) => {
                other.fixable |= finding.fixable;
                other.help = other.help.take().or(finding.help);
                other.seconded = Some(Box::new(Seconded {
                    code: finding.code,
                    mends: finding.fixable,
                    rule: *rule,
                }));
            }
            (_, rule) => rest.push(Finding {
                golden: rule,
                ..finding
            }),
        }
    }
    *findings = rest;
}

/// A violation in a text as a finding.
pub fn of_violation(violation: Violation, text: &str) -> Finding {
    finding(violation, text, &LineIndex::from_source_text(text))
}

fn finding(violation: Violation, text: &str, lines: &LineIndex) -> Finding {
    let start = place(violation.range.start(), text, lines);
    let end = place(violation.range.end(), text, lines);
    let fixable = violation
        .fix
        .as_ref()
        .is_some_and(|fix| fix.remedy == Remedy::Safe);
    Finding {
        code: violation.code,
        message: violation.message,
        line: start.0,
        column: start.1,
        end_line: end.0,
        end_column: end.1,
        help: violation.help,
        fixable,
        url: None,
        golden: Some(Box::new(GoldenFinding {
            slug: violation.slug,
            level: violation.level,
            symbol: violation.symbol,
            suppressed: violation.suppressed,
            linter: violation.linter,
            suggestion: violation.fix.map(|fix| Suggestion {
                title: fix.title,
                edits: fix.edits,
            }),
        })),
        seconded: None,
    }
}

/// The bytes of a file in which a suggestion is carried out; `None` if it does not fit.
pub fn carried_out(bytes: &[u8], suggestion: &Suggestion) -> Option<Vec<u8>> {
    let (text, coding) = encoding::decode(bytes).ok()?;
    let mut edits = crate::golden::Edits::default();
    edits.add(&suggestion.edits).then_some(())?;
    encoding::encode(&edits.apply(&text)?, coding).ok()
}

//! The tools in order, to a fixed point.
//!
//! lint → imports → format, again while a round changes something. A text that
//! was there at the end of an earlier round means that two tools undo each
//! other; that is a question for a person, never a write.
//!
//! Files of one recipe go through together, because a program that is not compiled
//! in is started once for many files; a single file is a batch of one.

use std::collections::HashMap;

use super::course::{Claim, Course};
use super::golden;
use super::job::{Golden, Purpose};
use super::steps;
use super::toolbox::Toolbox;
use super::{Finding, Fixed, Job, Kind, Scope, Trouble, encoding, proof};

/// Rounds after which a file counts as oscillating.
const MAX_ROUNDS: usize = 5;

/// Fixes files of one recipe. Answers come in the order of the jobs.
pub fn fix(
    jobs: Vec<Job>,
    tools: &mut Toolbox,
    tick: &mut dyn FnMut(),
) -> Vec<(u64, Result<Fixed, Trouble>)> {
    let mut courses: Vec<Course> = Vec::with_capacity(jobs.len());
    let mut refused: Vec<(u64, Trouble)> = Vec::new();
    let order: HashMap<u64, usize> = jobs
        .iter()
        .enumerate()
        .map(|(at, job)| (job.id, at))
        .collect();
    for job in jobs {
        let id = job.id;
        match Course::begin(job, tools) {
            Ok(course) => courses.push(course),
            Err(trouble) => refused.push((id, trouble)),
        }
    }
    let mut open: Vec<bool> = courses.iter().map(Course::has_tools).collect();
    rounds(&mut courses, &mut open, tools, tick);
    for _ in 0..MAX_ROUNDS {
        let mut changed: Vec<bool> = courses
            .iter_mut()
            .map(|course| golden_step(course, tools))
            .collect();
        if !changed.contains(&true) {
            break;
        }
        rounds(&mut courses, &mut changed, tools, tick);
    }
    let mut results: Vec<(u64, Result<Fixed, Trouble>)> = refused
        .into_iter()
        .map(|(id, trouble)| (id, Err(trouble)))
        .collect();
    for course in courses {
        let id = course.job.id;
        let result = match finish(course, tools) {
            Ok(fixed) => Ok(fixed),
            Err(Unfinished::Trouble(trouble)) => Err(trouble),
            Err(Unfinished::ImportsRefused { job, reason }) => {
                without_imports(*job, &reason, tools, tick)
            }
        };
        results.push((id, result));
    }
    results.sort_by_key(|(id, _)| order.get(id).copied());
    results
}

/// The Golden Rules' turn with a file: whether they changed it, so that the tools have
/// something to do again.
fn golden_step(course: &mut Course, tools: &Toolbox) -> bool {
    let Some(golden) = tools.golden() else {
        return false;
    };
    if course.job.golden == Golden::Off || course.trouble.is_some() || !course.has_work() {
        return false;
    }
    let done = match course.job.purpose {
        Purpose::Check => golden::judge(course, golden, &tools.recipe().boundary).map(|()| false),
        Purpose::Fix => golden::mend(course, golden, tools),
    };
    match done {
        Ok(changed) => changed,
        Err(trouble) => {
            course.trouble = Some(trouble);
            false
        }
    }
}

/// Runs the tools over the open files until no round changes anything.
fn rounds(courses: &mut [Course], open: &mut [bool], tools: &mut Toolbox, tick: &mut dyn FnMut()) {
    for round in 0..MAX_ROUNDS {
        let mut active: Vec<&mut Course> = courses
            .iter_mut()
            .zip(&*open)
            .filter_map(|(course, open)| open.then_some(course))
            .collect();
        if active.is_empty() {
            break;
        }
        for course in &mut active {
            course.begin_round();
        }
        steps::lint(&mut active, tools, tick);
        steps::imports(&mut active, tools, tick);
        steps::format(&mut active, tools, tick);
        for (course, open) in courses.iter_mut().zip(&mut *open) {
            *open = *open && goes_on(course, round + 1 == MAX_ROUNDS);
        }
    }
}

/// Whether a file needs another round.
fn goes_on(course: &mut Course, last_round: bool) -> bool {
    if course.trouble.is_some() || course.job.purpose == Purpose::Check {
        return false;
    }
    // Nothing changed, or nothing after the lint, which ends at its own fixed
    // point: then the text is that of the whole chain too.
    if course.source.text() == course.before || course.settled {
        return false;
    }
    let now = blake3::hash(course.source.text().as_bytes());
    if course.seen.contains(&now) || last_round {
        course.trouble = Some(course.oscillation());
        return false;
    }
    course.seen.push(now);
    true
}

/// Why a course has no result.
enum Unfinished {
    Trouble(Trouble),
    /// The new order of imports could not be verified. The rest of the file can
    /// be fixed all the same.
    ImportsRefused {
        job: Box<Job>,
        reason: String,
    },
}

impl From<Trouble> for Unfinished {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Fixes a file with its imports in the order they have, and leaves the order as
/// a finding, with the reason.
fn without_imports(
    mut job: Job,
    reason: &str,
    tools: &mut Toolbox,
    tick: &mut dyn FnMut(),
) -> Result<Fixed, Trouble> {
    job.kinds = job.kinds.without(Kind::Imports);
    let (_, result) = fix(vec![job], tools, tick)
        .pop()
        .ok_or_else(|| Trouble::Worker {
            reason: "the file got lost between two rounds".to_owned(),
        })?;
    let mut fixed = result?;
    fixed.findings.insert(
        0,
        Finding {
            code: "I001".to_owned(),
            message: format!(
                "Imports are not sorted, and sorting them is for a person to decide: {reason}"
            ),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            help: None,
            fixable: false,
            url: None,
            golden: None,
            seconded: None,
        },
    );
    Ok(fixed)
}

/// Verifies what changed and turns the course into a result.
fn finish(mut course: Course, tools: &Toolbox) -> Result<Fixed, Unfinished> {
    if let Some(trouble) = course.trouble.take() {
        return Err(trouble.into());
    }
    let verified = course.job.purpose == Purpose::Fix;
    let changed = blake3::hash(course.source.text().as_bytes()) != course.seen[0];
    let mut findings = match course.standing.take() {
        Some(mut standing) if changed && !verified => {
            standing.append(&mut course.violations);
            standing
        }
        _ => course.findings(),
    };
    golden::say_once(&mut findings);
    match &course.touched {
        Some(touched) if changed && verified => {
            within(
                &mut findings,
                &Scope::Lines(touched.lines(course.source.text())),
            );
        }
        // Which violations are new, a check asks by what they are, not by their lines.
        _ if !verified => {
            let (golden, mut others): (Vec<Finding>, Vec<Finding>) =
                findings.into_iter().partition(|it| it.golden.is_some());
            within(&mut others, &course.job.scope);
            findings = others;
            findings.extend(golden);
        }
        _ => within(&mut findings, &course.job.scope),
    }
    if !changed {
        return Ok(Fixed {
            bytes: None,
            findings,
            fixes: Vec::new(),
            verified: true,
            notes: course.notes,
        });
    }
    if verified {
        match proof::course(&course, tools) {
            Ok(()) => {}
            Err(refused) if refused.claim == Some(Claim::Imports) => {
                return Err(Unfinished::ImportsRefused {
                    job: Box::new(course.job),
                    reason: refused.reason,
                });
            }
            Err(refused) => return Err(Trouble::from(refused).into()),
        }
    }
    let fixes = course.fixes();
    let text = course.source.into_text()?;
    let bytes = encoding::encode(&text, course.coding)?;
    let bytes = (bytes != course.job.bytes).then_some(bytes);
    Ok(Fixed {
        bytes,
        findings,
        fixes,
        verified,
        notes: course.notes,
    })
}

/// Leaves the findings of the lines in a scope. A syntax error counts wherever it
/// is: nothing else can be said about such a file.
fn within(findings: &mut Vec<Finding>, scope: &Scope) {
    if let Scope::Lines(lines) = scope {
        findings.retain(|finding| {
            finding.code == "invalid-syntax"
                || lines
                    .iter()
                    .any(|(from, to)| (from + 1..=*to).contains(&finding.line))
        });
    }
}

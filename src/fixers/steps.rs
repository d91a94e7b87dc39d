//! One step of the chain for files of one recipe: which engine does it, and what
//! its answer means for each file.

use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::PySourceType;

use super::course::{Claim, Course};
use super::job::Purpose;
use super::ruff::layout::{self, Laid};
use super::ruff::lint::{self, Pass, Subject};
use super::ruff::source::Source;
use super::ruff::{finding, toml};
use super::toolbox::Toolbox;
use super::verify::{Changes, verify_parsed};
use super::{Class, Engine, Kind, Tool, Trouble};

/// Lint fixes; with ruff for both, the order of imports too.
pub fn lint(courses: &mut [&mut Course], tools: &mut Toolbox, tick: &mut dyn FnMut()) {
    if tools.lints_embedded() {
        for course in courses.iter_mut() {
            attempt(course, |course| lint_embedded(course, tools, tick));
        }
    }
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::Format || tools.formats_after_lint())
        .filter(|kind| {
            tools
                .program(*kind)
                .is_some_and(|step| step.tool == Tool::Ruff)
        })
        .collect();
    if !kinds.is_empty() {
        tools.run_programs(courses, &kinds, tick);
    }
}

/// isort.
pub fn imports(courses: &mut [&mut Course], tools: &mut Toolbox, tick: &mut dyn FnMut()) {
    each_warm(courses, tools, Kind::Imports, tick);
    if tools
        .program(Kind::Imports)
        .is_some_and(|step| step.tool == Tool::Isort)
    {
        tools.run_programs(courses, &[Kind::Imports], tick);
    }
}

/// ruff's formatter, or black.
pub fn format(courses: &mut [&mut Course], tools: &mut Toolbox, tick: &mut dyn FnMut()) {
    if tools.formats_embedded() {
        for course in courses.iter_mut() {
            attempt(course, |course| format_embedded(course, tools));
            tick();
        }
    }
    each_warm(courses, tools, Kind::Format, tick);
    if tools.program(Kind::Format).is_some() && !tools.formats_after_lint() {
        tools.run_programs(courses, &[Kind::Format], tick);
    }
}

/// Runs a warm tool on each file that it takes part for.
fn each_warm(courses: &mut [&mut Course], tools: &mut Toolbox, kind: Kind, tick: &mut dyn FnMut()) {
    let Some(step) = tools.recipe().step(kind).cloned() else {
        return;
    };
    if !matches!(step.engine, Engine::Warm { .. }) {
        return;
    }
    for course in courses.iter_mut() {
        if course.job.kinds.has(kind) {
            attempt(course, |course| tools.run_warm(course, kind, &step));
        }
        tick();
    }
}

/// Does something for a file unless it is in trouble already.
fn attempt(course: &mut Course, work: impl FnOnce(&mut Course) -> Result<(), Trouble>) {
    if course.trouble.is_none()
        && let Err(trouble) = work(course)
    {
        course.trouble = Some(trouble);
    }
}

fn lint_embedded(
    course: &mut Course,
    tools: &Toolbox,
    tick: &mut dyn FnMut(),
) -> Result<(), Trouble> {
    let Some(settings) = tools.ruff_for(course.job.kinds) else {
        return Ok(());
    };
    match &course.source {
        Source::Python { kind, source_type } => {
            let subject = subject(course, *source_type);
            let claims =
                (course.job.purpose == Purpose::Fix).then(|| tools.claims(Changes::Imports));
            let touched = course.touched.as_ref();
            let linted = lint::fix(kind, subject, settings, touched, claims.as_ref(), tick)?;
            if course.standing.is_none() {
                let index = kind
                    .as_ipy_notebook()
                    .map(|notebook| notebook.index().clone());
                course.standing = Some(finding::findings(&linted.standing, index.as_ref()));
            }
            let source_type = *source_type;
            course.imports_refused = course.imports_refused.take().or(linted.refusal);
            if linted.kind.is_none() {
                judge_layout(course, tools, &linted.last, source_type);
            }
            for ((code, class), count) in linted.counts {
                course.count(&code, class, count);
            }
            if course.first.is_none() && !course.unlinted {
                // After a round without a fix, the lint of that round was that of the
                // original; what this round began with is another text.
                course.first = course.last.take().or(linted.first);
            }
            course.last = Some(linted.last);
            course.touched = linted.touched;
            if let Some(kind) = linted.kind {
                course.moved("ruff check", None, kind);
            }
            course.settled = true;
        }
        Source::Toml(text, kind) => {
            let kind = *kind;
            let linted = toml::fix(text, kind, &course.job.path, &settings.settings);
            let found = finding::findings(&linted.findings, None);
            if course.standing.is_none() {
                course.standing = Some(found.clone());
            }
            course.reported = found;
            for (code, count) in linted.counts {
                course.count(&code, Class::Linter, count);
            }
            if let Some(text) = linted.text {
                course.source = Source::Toml(text, kind);
                course.mover("ruff check");
            }
        }
        Source::Markdown(_) | Source::Foreign => {}
    }
    Ok(())
}

/// Verifies the layout that the round before has made, on the tree from before it
/// and the tree of the lint that came after it.
fn judge_layout(course: &mut Course, tools: &Toolbox, new: &Pass, source_type: PySourceType) {
    let Some(old) = &course.last else { return };
    if let Some(change) = course.changes.last_mut().filter(|change| {
        course.job.purpose == Purpose::Fix
            && change.from_linted
            && change.verdict.is_none()
            && change.claim == Claim::Layout
    }) {
        let claims = tools.claims(Changes::Layout);
        let verdict = verify_parsed(
            &change.before,
            &old.parsed,
            &change.after,
            &new.parsed,
            &claims,
            source_type,
        );
        change.verdict = Some(verdict);
    }
}

/// What ruff is told about a file beside its text.
fn subject(course: &Course, source_type: PySourceType) -> Subject<'_> {
    Subject {
        source_type,
        path: &course.job.path,
        package: course.job.package.as_ref(),
        kinds: course.job.kinds,
    }
}

fn format_embedded(course: &mut Course, tools: &Toolbox) -> Result<(), Trouble> {
    let Some(settings) = tools.ruff().filter(|_| course.job.kinds.has(Kind::Format)) else {
        return Ok(());
    };
    let formatter = &settings.settings.formatter;
    match &course.source {
        Source::Python { kind, source_type } => {
            let module = course
                .last
                .as_ref()
                .filter(|_| course.settled)
                .and_then(|pass| pass.module.as_ref());
            let path = &course.job.path;
            let touched = course.touched.as_ref();
            match layout::python(kind, *source_type, path, formatter, touched, module)? {
                Laid::Changed(after, touched) => {
                    course.count("format", Class::Same, 1);
                    course.touched = touched;
                    course.moved("ruff format", Some(Claim::Layout), after);
                }
                // Whoever only formats still wants to hear of a syntax error.
                Laid::Broken if course.last.is_none() && course.reported.is_empty() => {
                    course.last = Some(Pass::run(kind, subject(course, *source_type), settings));
                }
                Laid::Unchanged | Laid::Broken => {}
            }
        }
        Source::Markdown(text) if course.touched.is_none() => {
            if let Some(after) = layout::markdown(text, &course.job.path, formatter) {
                course.count("format", Class::Same, 1);
                course.source = Source::Markdown(after);
                course.mover("ruff format");
            }
        }
        Source::Markdown(_) | Source::Toml(..) | Source::Foreign => {}
    }
    Ok(())
}

/// Takes over what a tool that is not compiled in made of a file's text.
pub fn take_over(course: &mut Course, by: &str, claim: Option<Claim>, after: String) {
    match &mut course.source {
        Source::Python {
            kind: SourceKind::Python { code, is_stub },
            ..
        } => {
            let is_stub = *is_stub;
            course.touched = course
                .touched
                .as_ref()
                .map(|touched| touched.across(code, &after));
            course.moved(
                by,
                claim,
                SourceKind::Python {
                    code: after,
                    is_stub,
                },
            );
        }
        Source::Markdown(text) | Source::Toml(text, _) => {
            *text = after;
            course.mover(by);
        }
        Source::Python { .. } | Source::Foreign => {}
    }
}

//! The project's black and isort, where they are only programs.

use std::ffi::{OsStr, OsString};
use std::fs;

use rustc_hash::FxHashSet;

use super::edits::Lines;
use super::{Call, Tool, Trouble, Work, run};
use crate::fixers::{Class, FixCount};
use crate::process::{Finished, Status};

/// Arguments that say how to run and not what to write.
const OURS: [&str; 9] = [
    "--check",
    "--check-only",
    "-c",
    "--diff",
    "--quiet",
    "-q",
    "--verbose",
    "-v",
    "--safe",
];

/// Formats; of files with lines, only those.
pub(super) fn black(call: &Call, works: &mut [Work]) {
    let well = works
        .iter_mut()
        .filter(|work| work.is_well() && !work.is_broken());
    let (mut scoped, whole): (Vec<_>, Vec<_>) = well.partition(|work| work.lines.is_some());
    each(call, whole);
    for work in &mut scoped {
        let ranges = work.lines.clone().unwrap_or_default();
        if !ranges.is_empty() {
            one(call, &ranges, &mut [&mut **work]);
        }
    }
}

/// Sorts imports, in whole files: whether a scope of lines touches an import is
/// for the caller to know.
pub(super) fn isort(call: &Call, works: &mut [Work]) {
    let well = works.iter_mut().filter(|work| work.is_well()).collect();
    each(call, well);
}

fn each(call: &Call, mut works: Vec<&mut Work>) {
    if works.is_empty() {
        return;
    }
    if !call.batch.walked {
        for mut group in run::groups(works) {
            one(call, &[], &mut group);
        }
        return;
    }
    // A tool that walks deals with all it finds, so the files that are not for
    // it now (they had trouble, or only lines of them may change) are put back.
    let wanted: FxHashSet<_> = works.iter().map(|work| &work.file.path).collect();
    let others = call.batch.files.iter().map(|file| &file.path);
    let kept: Vec<_> = others
        .filter(|path| !wanted.contains(*path))
        .map(|path| call.mirror.place(path))
        .filter_map(|place| fs::read(&place).ok().map(|bytes| (place, bytes)))
        .collect();
    start(call, &[], &["."], &mut works);
    for (place, bytes) in kept {
        if let (Err(error), Some(work)) = (fs::write(&place, bytes), works.first_mut()) {
            let reason = format!("{}: {error}", place.display());
            work.trouble = Some(Trouble::System { reason });
        }
    }
}

/// One start over files by name.
fn one(call: &Call, ranges: &[Lines], works: &mut [&mut Work]) {
    let names: Vec<_> = works.iter().map(|work| work.place.clone()).collect();
    start(call, ranges, &names, works);
}

fn start<F: AsRef<OsStr>>(call: &Call, ranges: &[Lines], names: &[F], works: &mut [&mut Work]) {
    let mut args: Vec<OsString> = vec!["-q".into()];
    let own = call
        .step
        .args
        .iter()
        .filter(|arg| !OURS.contains(&arg.as_str()));
    args.extend(own.map(OsString::from));
    if call.step.tool == Tool::Black {
        // The check that black would make is made here, for every tool alike.
        args.push("--fast".into());
    }
    // Lines of the option begin with 1, and the end is inclusive.
    let option = |(start, end): &Lines| format!("--line-ranges={}-{end}", start + 1).into();
    args.extend(ranges.iter().map(option));
    let before: Vec<_> = works
        .iter()
        .map(|work| fs::read(&work.place).ok())
        .collect();
    match call.run(&args, names) {
        Ok(finished) => judge(call, &args, &finished, works),
        Err(trouble) => {
            for work in works.iter_mut() {
                work.trouble = Some(trouble.clone());
            }
        }
    }
    for (work, before) in works.iter_mut().zip(before) {
        if work.is_well() && fs::read(&work.place).ok() != before {
            match call.step.tool {
                Tool::Black => count_format(work),
                _ => count(work, "imports"),
            }
        }
    }
}

/// Counts one change of layout.
pub(super) fn count_format(work: &mut Work) {
    count(work, "format");
}

fn count(work: &mut Work, code: &str) {
    if work.fixes.iter().all(|fix| fix.code != code) {
        work.fixes.push(FixCount {
            code: code.to_owned(),
            class: Class::Same,
            count: 1,
        });
    }
}

/// What the tool's words and status mean for each file.
fn judge(call: &Call, args: &[OsString], finished: &Finished, works: &mut [&mut Work]) {
    let text = String::from_utf8_lossy(&finished.stderr);
    let directory = call.mirror.place(&call.batch.recipe.project);
    let mut blamed = false;
    for line in text.lines() {
        // black's words differ between versions: `cannot format PATH: …`,
        // `cannot parse: PATH:1:5`.
        let failed = (call.step.tool == Tool::Black && line.starts_with("error: "))
            || line.contains("Unable to parse file ")
            || line.contains("introduces new syntax errors");
        if let (true, Some(at)) = (failed, run::named(line, works, &directory)) {
            works[at].trouble = Some(call.refused(message(line)));
            blamed = true;
        }
    }
    let unread = text
        .lines()
        .find(|line| line.contains("Failed to pull configuration"));
    // Uncaught, but about the settings: the last words of a traceback.
    let own = text.find("\nisort.exceptions.").or_else(|| {
        let settings = text.contains("config = Config(");
        text.trim_end().rfind('\n').filter(|_| settings)
    });
    let own = own.and_then(|at| text[at..].split_once(": "));
    let trouble = match (call.step.tool, finished.status) {
        (_, Status::Code(0)) if unread.is_none() => return,
        (Tool::Black, Status::Code(123)) if blamed => return,
        (_, Status::Code(0)) => call.misconfigured(unread.unwrap_or_default()),
        // Click's errors of usage and files, and black's own of its version.
        (Tool::Black, Status::Code(1 | 2)) if !text.contains("Traceback") => {
            call.misconfigured(&text)
        }
        (Tool::Isort, Status::Code(_)) if own.is_some() => {
            call.misconfigured(own.map_or("", |(_, words)| words))
        }
        (Tool::Isort, Status::Code(1 | 2)) if !text.contains("Traceback") && !blamed => {
            call.misconfigured(&text)
        }
        _ => call.failed(args, works.len(), finished),
    };
    for work in works.iter_mut() {
        work.trouble = Some(trouble.clone());
    }
}

/// The words of an error without the path, which the reader knows.
fn message(line: &str) -> &str {
    let line = line.trim_start_matches("error: ");
    match (
        line.strip_prefix("cannot format "),
        line.split_once(" due to "),
    ) {
        (Some(rest), _) => rest.split_once(": ").map_or(rest, |(_, words)| words),
        (None, Some((_, words))) => words,
        (None, None) => line,
    }
}

//! The project's ruff.
//!
//! Linting looks first and fixes then only the files that have something to fix: what
//! there was to fix is counted, which `--fix` alone does not say.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use rustc_hash::FxHashMap;

use super::edits::{self, Lines};
use super::findings::{INVALID, Message, place_of};
use super::{Call, Engine, Kind, Recipe, Step, Tool, Trouble, Work, run};
use crate::fixers::{Class, Finding, FixCount};
use crate::process::Status;

/// How often the fixes of a scope of lines are asked for.
const ROUNDS: u32 = 50;

/// Arguments that say how to run and not what to find; hive says that itself.
const OURS: [&str; 12] = [
    "--fix",
    "--no-fix",
    "--fix-only",
    "--no-fix-only",
    "--exit-non-zero-on-fix",
    "--exit-non-zero-on-format",
    "--exit-zero",
    "--show-fixes",
    "--diff",
    "--check",
    "--force-exclude",
    "--no-cache",
];

/// The arguments that choose rules so that each kind has its own tool: ruff sorts
/// imports if the recipe says so, and only then.
pub(super) fn selection(recipe: &Recipe, kinds: &[Kind], kind: Kind) -> Vec<String> {
    let sorts = kinds.contains(&Kind::Imports)
        && recipe
            .imports
            .as_ref()
            .is_some_and(|step| step.tool == Tool::Ruff);
    let lints = kinds.contains(&Kind::Lint)
        && recipe.lint.as_ref().is_some_and(|step| {
            step.tool == Tool::Ruff && matches!(step.engine, Engine::Program { .. })
        });
    let words: &[&str] = match (kind, lints, sorts) {
        (Kind::Format, ..) => &[],
        (_, true, true) => &["--extend-select", "I"],
        (_, true, false) => &["--ignore", "I"],
        (_, false, _) => &["--select", "I"],
    };
    words.iter().map(ToString::to_string).collect()
}

fn arguments(call: &Call, command: &[&str]) -> Vec<OsString> {
    let mut args: Vec<OsString> = command.iter().map(OsString::from).collect();
    args.extend(own_arguments(call.step).map(OsString::from));
    args
}

/// What every start is given: how to run, and the step's own arguments.
pub(super) fn own_arguments(step: &Step) -> impl Iterator<Item = String> {
    let own = step.args.iter().filter(|arg| !OURS.contains(&arg.as_str()));
    ["--no-cache", "--force-exclude"]
        .map(str::to_owned)
        .into_iter()
        .chain(own.cloned())
}

/// Finds, fixes, and finds again what is left.
pub(super) fn lint(call: &Call, selection: &[String], works: &mut [Work]) {
    let well = works.iter_mut().filter(|work| work.is_well()).collect();
    for mut group in run::groups(well) {
        let found = look(call, selection, &mut group);
        let (scoped, whole): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|work| work.lines.is_some());
        let fixes = |work: &&mut Work| {
            let messages = found.get(&work.place).map_or(&[][..], Vec::as_slice);
            work.is_well() && messages.iter().any(|message| message.fix.is_some())
        };
        let mut whole: Vec<_> = whole.into_iter().filter(fixes).collect();
        if !whole.is_empty() {
            check(call, selection, true, &mut whole);
        }
        let mut scoped: Vec<_> = scoped.into_iter().filter(fixes).collect();
        fix_lines(call, selection, &found, &mut scoped);
        for work in whole
            .iter_mut()
            .chain(&mut scoped)
            .filter(|work| work.is_well())
        {
            let before = found.get(&work.place).map_or(&[][..], Vec::as_slice);
            work.fixes = counts(before, &work.findings);
        }
    }
}

/// Finds what is in files, as far as that is not known.
fn look(call: &Call, selection: &[String], works: &mut [&mut Work]) -> Found {
    let (mut known, mut unknown) = (Found::default(), Vec::new());
    for work in works {
        if let Some(messages) = work.known.take() {
            work.findings = messages.iter().map(Message::finding).collect();
            known.insert(work.place.clone(), messages);
        } else if let Some(said) = &work.file.said {
            work.findings.clone_from(said);
        } else {
            unknown.push(&mut **work);
        }
    }
    if !unknown.is_empty() {
        known.extend(check(call, selection, false, &mut unknown));
    }
    known
}

/// Finds what is in files that a later step has changed.
pub(super) fn look_again(call: &Call, selection: &[String], works: &mut Vec<&mut Work>) {
    for mut group in run::groups(std::mem::take(works)) {
        check(call, selection, false, &mut group);
    }
}

type Found = FxHashMap<PathBuf, Vec<Message>>;

/// One start over a group that fits a command line; sets findings or troubles.
fn check(call: &Call, selection: &[String], fix: bool, works: &mut [&mut Work]) -> Found {
    match try_check(call, selection, fix, works) {
        Ok(found) => {
            for work in works {
                let messages = found.get(&work.place).map_or(&[][..], Vec::as_slice);
                work.findings = messages.iter().map(Message::finding).collect();
                // The file could not be read as text.
                if let Some(odd) = messages.iter().find(|message| message.rule() == "E902") {
                    let reason = call.mirror.words(&odd.text);
                    work.trouble = Some(Trouble::Unreadable { reason });
                }
            }
            found
        }
        Err(trouble) => {
            for work in works {
                work.trouble = Some(trouble.clone());
            }
            Found::default()
        }
    }
}

fn try_check(
    call: &Call,
    selection: &[String],
    fix: bool,
    works: &[&mut Work],
) -> Result<Found, Trouble> {
    let mode = if fix { "--fix" } else { "--no-fix" };
    let mut args = arguments(call, &["check", mode, "--no-fix-only", "--no-show-fixes"]);
    args.extend(selection.iter().map(OsString::from));
    args.extend(["--output-format", "json", "--"].map(OsString::from));
    let names: Vec<_> = works.iter().map(|work| work.place.as_os_str()).collect();
    let finished = call.run(&args, &names)?;
    let failed = || call.failed(&args, names.len(), &finished);
    match finished.status {
        Status::Code(0 | 1) => {}
        Status::Code(2) => return Err(refusal(call, &finished.stderr).unwrap_or_else(failed)),
        _ => return Err(failed()),
    }
    let messages: Vec<Message> = serde_json::from_slice(&finished.stdout).map_err(|_| failed())?;
    let mut found: Found = works
        .iter()
        .map(|work| (work.place.clone(), Vec::new()))
        .collect();
    for message in messages {
        match found.get_mut(&message.filename) {
            Some(list) => list.push(message),
            None => return Err(failed()),
        }
    }
    Ok(found)
}

/// What ruff says when it refuses to start: its settings or arguments are wrong.
fn refusal(call: &Call, stderr: &[u8]) -> Option<Trouble> {
    let text = String::from_utf8_lossy(stderr);
    if text.contains("panicked at") {
        return None;
    }
    let start = text.find("ruff failed").or_else(|| text.find("error: "))?;
    let words = text[start..].trim_start_matches("ruff failed");
    let lines: Vec<_> = words
        .lines()
        .map(|line| {
            line.trim()
                .trim_start_matches("Cause: ")
                .trim_start_matches("error: ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    Some(call.misconfigured(&lines.join("\n")))
}

/// Applies the fixes that meet the files' lines, round by round.
fn fix_lines(call: &Call, selection: &[String], found: &Found, works: &mut [&mut Work]) {
    let mut latest = found.clone();
    for _ in 0..ROUNDS {
        let mut changed = Vec::new();
        for work in works.iter_mut().filter(|work| work.is_well()) {
            let messages = latest.get(&work.place).map_or(&[][..], Vec::as_slice);
            match fix_some(work, messages) {
                Ok(true) => changed.push(&mut **work),
                Ok(false) => {}
                Err(trouble) => work.trouble = Some(trouble),
            }
        }
        if changed.is_empty() {
            return;
        }
        latest = check(call, selection, false, &mut changed);
    }
}

fn fix_some(work: &mut Work, messages: &[Message]) -> Result<bool, Trouble> {
    let failed = |error: &dyn std::fmt::Display| Trouble::Worker {
        reason: format!("{}: {error}", work.file.path.display()),
    };
    let bytes = fs::read(&work.place).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    // The linter counts columns after a byte order mark.
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text.as_str()),
    };
    let lines = work.lines.clone().unwrap_or_default();
    let Some((fixed, moved)) = edits::apply(body, messages, &lines) else {
        return Ok(false);
    };
    fs::write(&work.place, format!("{mark}{fixed}")).map_err(|error| failed(&error))?;
    work.lines = Some(moved);
    Ok(true)
}

fn counts(before: &[Message], after: &[Finding]) -> Vec<FixCount> {
    let mut codes: Vec<_> = before
        .iter()
        .filter(|message| message.fix.is_some())
        .map(Message::rule)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let count = |code: &str| {
        let had = before
            .iter()
            .filter(|message| message.rule() == code)
            .count();
        let has = after.iter().filter(|finding| finding.code == code).count();
        u32::try_from(had.saturating_sub(has)).unwrap_or(u32::MAX)
    };
    let sorted = |code: &str| code == "I001";
    codes
        .into_iter()
        .map(|code| FixCount {
            code: code.to_owned(),
            class: if sorted(code) {
                Class::Same
            } else {
                Class::Linter
            },
            count: count(code),
        })
        .filter(|fix| fix.count > 0)
        .collect()
}

/// Formats; of files with lines, only those.
pub(super) fn format(call: &Call, works: &mut [Work]) {
    let well = works
        .iter_mut()
        .filter(|work| work.is_well() && !work.is_broken());
    let (mut scoped, whole): (Vec<_>, Vec<_>) = well.partition(|work| work.lines.is_some());
    for mut group in run::groups(whole) {
        format_group(call, None, &mut group);
    }
    for work in &mut scoped {
        // From the end, so that the lines of the next range stay where they are.
        let lines = work.lines.clone().unwrap_or_default();
        for range in lines.into_iter().rev() {
            if work.is_well() {
                format_group(call, Some(range), std::slice::from_mut(work));
            }
        }
    }
}

fn format_group(call: &Call, range: Option<Lines>, works: &mut [&mut Work]) {
    let mut args = arguments(call, &["format"]);
    if let (Some(range), Some(work)) = (range, works.first()) {
        args.push(range_option(range, &String::from_utf8_lossy(work.current())).into());
    }
    args.push("--".into());
    let names: Vec<_> = works
        .iter()
        .map(|work| work.place.as_os_str().to_owned())
        .collect();
    let finished = match call.run(&args, &names) {
        Ok(finished) => finished,
        Err(trouble) => return spoil(works, &trouble),
    };
    let failed = || call.failed(&args, names.len(), &finished);
    match finished.status {
        Status::Code(0) => {}
        Status::Code(2) => {
            let text = String::from_utf8_lossy(&finished.stderr);
            let lines: Vec<_> = text
                .lines()
                .filter(|line| line.starts_with("error: "))
                .collect();
            let directory = call.mirror.place(&call.batch.recipe.project);
            let owners: Option<Vec<_>> = lines
                .iter()
                .map(|line| Some((run::named(line, works, &directory)?, *line)))
                .collect();
            match owners {
                Some(owners) if !owners.is_empty() => {
                    for (at, line) in owners {
                        blame(call, works[at], line);
                    }
                }
                _ => {
                    let trouble = refusal(call, &finished.stderr).unwrap_or_else(failed);
                    return spoil(works, &trouble);
                }
            }
        }
        _ => return spoil(works, &failed()),
    }
    for work in works {
        if work.is_well() && work.look() {
            super::python::count_format(work);
        }
    }
}

/// The option that formats lines. It counts lines and columns from 1 and ends at
/// the end of the last line: some versions take what begins where the range ends.
fn range_option((start, end): Lines, text: &str) -> String {
    let last = text
        .lines()
        .nth(end.saturating_sub(1) as usize)
        .unwrap_or_default();
    let column = last.trim_start_matches('\u{feff}').chars().count() + 1;
    format!("--range={}:1-{end}:{column}", start + 1)
}

fn spoil(works: &mut [&mut Work], trouble: &Trouble) {
    for work in works {
        work.trouble = Some(trouble.clone());
    }
}

/// An error of syntax is a finding, as the linter would have it; anything else is
/// the file's trouble.
fn blame(call: &Call, work: &mut Work, line: &str) {
    let words = line.trim_start_matches("error: ");
    if words.contains("valid UTF-8") {
        let reason = "it is not valid UTF-8".to_owned();
        work.trouble = Some(Trouble::Unreadable { reason });
    } else if let (true, Some((place, message))) =
        (words.starts_with("Failed to parse"), place_of(words))
    {
        work.findings.push(Finding {
            code: INVALID.to_owned(),
            message,
            line: place.row,
            column: place.column,
            end_line: place.row,
            end_column: place.column,
            help: None,
            fixable: false,
            url: None,
            golden: None,
            seconded: None,
        });
    } else {
        work.trouble = Some(call.refused(words));
    }
}

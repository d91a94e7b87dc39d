//! The project's own ruff, black and isort, run as programs over many files.
//!
//! In: a recipe, which of its steps to run, and files as path, bytes and mode.
//! Out: per file the bytes, findings and counts of fixes, or the [`Trouble`] that
//! it had. Always: the programs work in a private scratch directory that mirrors
//! what they look at (`mirror` says what), never in the work tree and never
//! in `.git`; each program is started once per batch and step, not per file; what
//! cannot be understood is an error and never "no findings". This part does not
//! repeat steps until nothing changes, and it does not verify.
//!
//! A file on its own takes the same way and not standard input: there ruff prints
//! the fixed text where the findings should be, black adds a final newline that
//! it does not add to a file, and the program would stand in the work tree.

mod edits;
mod extended;
mod findings;
pub mod inputs;
mod mirror;
mod parts;
mod python;
mod question;
mod ruff;
mod run;
mod sources;
mod survey;

#[cfg(test)]
mod failures;
#[cfg(test)]
mod tests;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use self::findings::Message;
use self::mirror::Mirror;
pub use self::parts::{PER_FILE, run_in_parts};
use self::survey::Survey;
pub use self::survey::{Lying, Verdict, can_be_asked, judge_lying};
use super::{Engine, Finding, FixCount, Kind, Recipe, RuffConfiguration, Step, Tool, Trouble};
use crate::process::Limits;

/// One file for the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is, or would be; absolute, inside the recipe's boundary. It is
    /// not read there.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its permission bits (some rules look at the executable bit).
    pub mode: u32,
    /// What its inode said when the bytes were read, if they are those of the file
    /// at `path`; see [`stamp`].
    pub stamp: Option<Stamp>,
    /// What the linter has said of the bytes and would not change in them, if it was
    /// asked already.
    pub said: Option<Vec<Finding>>,
    /// Half-open ranges of 0-based lines outside which nothing may change,
    /// sorted and disjoint; `None` for the whole file.
    pub lines: Option<Vec<(u32, u32)>>,
}

/// What to run over which files.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Where tools and configuration are.
    pub recipe: &'a Recipe,
    /// Which steps to run, each at most once; they run in the order of
    /// [`Kind::ALL`]. A step that the recipe does not have, or whose engine is
    /// not a program, is left out.
    pub kinds: &'a [Kind],
    /// The files.
    pub files: &'a [File],
    /// The user's cache directory for hive; must exist.
    pub cache: &'a Path,
    /// Whether black and isort find the files by themselves, as `black .` does,
    /// so that their `exclude` or `skip` count; otherwise they are named to them.
    pub walked: bool,
    /// Whether files that a step has changed after the linter are linted once more,
    /// so that findings belong to the result. A caller that runs the steps again
    /// anyway has no use for it.
    pub look_again: bool,
    /// Bounds for each start of a program.
    pub limits: Limits,
}

/// What the programs made of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolOutput {
    /// The new bytes, or `None` when nothing changes.
    pub bytes: Option<Vec<u8>>,
    /// The bytes after linting, where formatting has changed them once more.
    pub between: Option<Vec<u8>>,
    /// What the linter still finds in the new bytes (without
    /// [`Batch::look_again`]: found before other tools changed them).
    pub findings: Vec<Finding>,
    /// What was fixed. Of the linter's findings with a fix, those that are gone
    /// count; a fix that repairs what another fix left is not seen.
    pub fixes: Vec<FixCount>,
}

/// A file on its way through the steps.
#[derive(Debug)]
struct Work<'a> {
    file: &'a File,
    /// Where it lies in the scratch directory.
    place: PathBuf,
    /// The ranges of `file.lines` in the present text.
    lines: Option<Vec<(u32, u32)>>,
    /// The bytes there now, where they are not the file's any more.
    content: Option<Vec<u8>>,
    /// When and how long the bytes there were when they were looked at last.
    seen: Option<Stamp>,
    /// The bytes after linting, where it changed them.
    linted: Option<Vec<u8>>,
    /// What the linter has already said of the file's bytes, until it is taken.
    known: Option<Vec<Message>>,
    findings: Vec<Finding>,
    fixes: Vec<FixCount>,
    trouble: Option<Trouble>,
}

/// What tells, without reading it, that a tool has written a file: the times of
/// its last write and change in nanoseconds, and its length.
pub type Stamp = (i64, i64, i64, i64, u64);

/// The stamp of a file; `None` where there is none.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let of = std::fs::symlink_metadata(path).ok()?;
    Some((
        of.mtime(),
        of.mtime_nsec(),
        of.ctime(),
        of.ctime_nsec(),
        of.len(),
    ))
}

impl Work<'_> {
    /// The bytes as they were when they were looked at last.
    fn current(&self) -> &[u8] {
        self.content.as_deref().unwrap_or(&self.file.bytes)
    }

    /// Looks at what a tool has left; says whether the bytes are others now.
    fn look(&mut self) -> bool {
        let now = stamp(&self.place);
        if now.is_some() && now == self.seen {
            return false;
        }
        self.seen = now;
        match std::fs::read(&self.place) {
            Ok(bytes) => {
                let changed = bytes != self.current();
                self.content = Some(bytes);
                changed
            }
            Err(error) => {
                let reason = format!("the tool's result could not be read: {error}");
                self.trouble.get_or_insert(Trouble::Worker { reason });
                false
            }
        }
    }

    fn is_well(&self) -> bool {
        self.trouble.is_none()
    }

    /// Whether the linter says that it does not parse, so that formatting it
    /// would only say the same again.
    fn is_broken(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.code == findings::INVALID)
    }
}

/// A step's program.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    batch: &'a Batch<'a>,
    mirror: &'a Mirror,
    step: &'a Step,
    path: &'a Path,
}

/// Runs the steps over the files; one result per file, in their order.
pub fn run_batch(batch: &Batch) -> Vec<(PathBuf, Result<ToolOutput, Trouble>)> {
    if batch.files.is_empty() {
        return Vec::new();
    }
    let failed = |trouble: &Trouble| {
        let failed = |file: &File| (file.path.clone(), Err(trouble.clone()));
        batch.files.iter().map(failed).collect()
    };
    let Survey {
        mut clean,
        mut known,
    } = match survey::survey(batch) {
        Ok(survey) => survey,
        Err(trouble) => return failed(&trouble),
    };
    let (at, rest): (Vec<usize>, Vec<File>) = batch
        .files
        .iter()
        .enumerate()
        .filter(|(at, _)| !clean.contains_key(at))
        .map(|(at, file)| (at, file.clone()))
        .unzip();
    let known = at.iter().map(|at| known.remove(at)).collect();
    let files = &rest;
    let mut rest = run_mirrored(&Batch { files, ..*batch }, known).into_iter();
    let results = batch.files.iter().enumerate().filter_map(|(at, file)| {
        let Some(findings) = clean.remove(&at) else {
            return rest.next();
        };
        let output = ToolOutput {
            findings,
            ..ToolOutput::default()
        };
        Some((file.path.clone(), Ok(output)))
    });
    results.collect()
}

/// Runs the steps in a scratch directory. `known` is what the linter has already
/// said of each file, where it has.
fn run_mirrored(
    batch: &Batch,
    known: Vec<Option<Vec<Message>>>,
) -> Vec<(PathBuf, Result<ToolOutput, Trouble>)> {
    if batch.files.is_empty() {
        return Vec::new();
    }
    let lints = |at: usize| {
        let fixes = |messages: &Vec<Message>| messages.iter().any(|one| one.fix.is_some());
        let settled =
            batch.files[at].said.is_some() || known[at].as_ref().is_some_and(|m| !fixes(m));
        batch.look_again || !settled
    };
    let mirror = match Mirror::build(batch.recipe, batch.files, &lints, batch.cache) {
        Ok(mirror) => mirror,
        Err(trouble) => {
            let failed = |file: &File| (file.path.clone(), Err(trouble.clone()));
            return batch.files.iter().map(failed).collect();
        }
    };
    let mut works: Vec<_> = batch
        .files
        .iter()
        .zip(known)
        .map(|(file, known)| Work {
            file,
            place: mirror.place(&file.path),
            lines: file.lines.clone(),
            content: None,
            seen: stamp(&mirror.place(&file.path)),
            linted: None,
            known,
            findings: Vec::new(),
            fixes: Vec::new(),
            trouble: None,
        })
        .collect();
    run_steps(batch, &mirror, &mut works);
    works.into_iter().map(finish).collect()
}

fn run_steps(batch: &Batch, mirror: &Mirror, works: &mut [Work]) {
    let mut linter = None;
    for kind in Kind::ALL
        .into_iter()
        .filter(|kind| batch.kinds.contains(kind))
    {
        let Some(call) = call(batch, mirror, kind) else {
            continue;
        };
        let selection = ruff::selection(batch.recipe, batch.kinds, kind);
        match (call.step.tool, kind) {
            (Tool::Ruff, Kind::Lint | Kind::Imports) => {
                // Sorting by ruff is a part of its linting where both are asked for.
                if linter.is_none() {
                    ruff::lint(&call, &selection, works);
                    linter = Some((call, selection));
                    for work in works.iter_mut().filter(|work| work.is_well()) {
                        if work.look() {
                            work.linted.clone_from(&work.content);
                        }
                    }
                }
            }
            (Tool::Ruff, Kind::Format) => ruff::format(&call, works),
            (Tool::Black, _) => python::black(&call, works),
            (Tool::Isort, _) => python::isort(&call, works),
        }
    }
    if let Some((call, selection)) = linter.filter(|_| batch.look_again) {
        // Findings belong to the text as it is in the end.
        let mut moved: Vec<_> = works
            .iter_mut()
            .filter(|work| work.is_well())
            .filter(|work| work.current() != work.linted.as_deref().unwrap_or(&work.file.bytes))
            .collect();
        ruff::look_again(&call, &selection, &mut moved);
    }
}

/// The program of a step, if the step is one.
fn call<'a>(batch: &'a Batch<'a>, mirror: &'a Mirror, kind: Kind) -> Option<Call<'a>> {
    let step = batch.recipe.step(kind)?;
    let Engine::Program { path, .. } = &step.engine else {
        return None;
    };
    Some(Call {
        batch,
        mirror,
        step,
        path,
    })
}

fn finish(mut work: Work) -> (PathBuf, Result<ToolOutput, Trouble>) {
    work.look();
    let path = work.file.path.clone();
    if let Some(trouble) = work.trouble {
        return (path, Err(trouble));
    }
    let before = &work.file.bytes;
    let bytes = work.content.filter(|bytes| bytes != before);
    let between = work
        .linted
        .filter(|linted| linted != before && bytes.as_ref().is_some_and(|bytes| bytes != linted));
    let output = ToolOutput {
        bytes,
        between,
        findings: work.findings,
        fixes: work.fixes,
    };
    (path, Ok(output))
}

//! `hive fix -`: a filter for editors and for `jj fix`; [`judged`] is the same for `check`.
//!
//! Standard input is the file that `--stdin-filename` names; standard output is
//! its fixed form, or the input when there is nothing to fix. What remains goes to
//! standard error. Editors throw the output away when a filter fails, so
//! remaining findings are no failure here; a file without a result is, and then
//! nothing is printed. With `--diff` nobody replaces a text by the output: it ends as
//! `hive fix --diff` does.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CheckArgs, FixArgs, Mode, ending, equipment, judged};
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::fixers::job::Purpose;
use crate::fixers::{Fixed, Job, Scope, Trouble};
use crate::house::{Ground, House, Planned, named};
use crate::intake::skip;
use crate::intake::walk::{Found, Walk};
use crate::report::{self, FileReport, Run, Status, Styles};
use crate::worker::{Pool, Task};
use crate::writing;

/// Runs `hive fix -`; `None` if that is not meant.
pub(super) fn fix(args: &FixArgs, context: &Context) -> Option<Outcome<Ending>> {
    let meant = meant(&args.common.paths, args.stdin_filename.as_deref(), "fix");
    match meant {
        Ok(name) => name.map(|name| run(name, args, context)),
        Err(failure) => Some(Err(failure)),
    }
}

/// Runs `hive check -`; `None` if that is not meant.
pub(super) fn check(args: &CheckArgs, context: &Context) -> Option<Outcome<Ending>> {
    let meant = meant(&args.common.paths, args.stdin_filename.as_deref(), "check");
    match meant {
        Ok(name) => name.map(|name| judged::run(name, &args.common, context)),
        Err(failure) => Some(Err(failure)),
    }
}

/// The file that standard input stands for, if it is what is meant.
fn meant<'a>(paths: &[PathBuf], name: Option<&'a Path>, verb: &str) -> Outcome<Option<&'a Path>> {
    let example = format!("try: hive {verb} - --stdin-filename src/app.py < src/app.py");
    if !paths.iter().any(|path| path == Path::new("-")) {
        return match name {
            None => Ok(None),
            Some(_) => {
                Err(Failure::usage("--stdin-filename goes with `-` as the only path").hint(example))
            }
        };
    }
    if paths.len() > 1 {
        return Err(Failure::usage(
            "`-` stands alone: standard input is one file",
        ));
    }
    if name.is_none() {
        return Err(
            Failure::usage("standard input has no name, and settings depend on it").hint(example),
        );
    }
    Ok(name)
}

/// Standard input, to its end.
pub(super) fn read() -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage("standard input cannot be read").caused_by(error))?;
    Ok(bytes)
}

/// A walk that has found one file, which need not exist.
pub(super) fn only(path: PathBuf) -> Walk {
    Walk {
        files: vec![Found {
            root: path.clone(),
            path,
            symlink: false,
        }],
        errors: Vec::new(),
    }
}

fn run(name: &Path, args: &FixArgs, context: &Context) -> Outcome<Ending> {
    let bytes = read()?;
    let path = place_of(name, context)?;
    let ground = Ground::of(vec![path.clone()], &context.cwd).remove(0);
    let (house, context) = equipment::open(&args.common, context, &ground)?;
    let pool = house.pool(1)?;
    pool.begin();
    let mut walk = only(path);
    equipment::unname(&args.common, &house, &mut walk);
    let plan = house.plan(walk, args.common.plain, &context.cwd)?;
    for held in &plan.held {
        context
            .terminal
            .hold(&held.project, &held.tool, &held.reason, &held.remedy);
    }
    if !plan.held.is_empty() {
        return Err(Failure::internal(
            "nothing was printed, because a tool is held",
        ));
    }
    let Some(planned) = plan.files.into_iter().next() else {
        // Excluded or skipped: the filter leaves it as it is.
        for file in &plan.skipped {
            if let Status::Skipped(reason) = &file.status {
                context
                    .terminal
                    .detail(&format!("{}: left as it is, it {reason}", file.shown));
            }
        }
        return pass(&bytes, args, &context);
    };
    if let Some(reason) = left_alone(&planned, &bytes, &house, args) {
        let text = format!("{}: left as it is, it {reason}", planned.shown);
        context.terminal.detail(&text);
        return pass(&bytes, args, &context);
    }
    let fixed = match ask(&planned, &bytes, Purpose::Fix, &pool)? {
        Ok(fixed) => fixed,
        Err(trouble) => return refuse(&planned.shown, &trouble, &context),
    };
    let changes = args.diff && fixed.bytes.is_some();
    let report = FileReport {
        shown: planned.shown,
        relative: planned.relative,
        path: planned.path,
        status: if changes {
            Status::WouldChange
        } else {
            Status::Unchanged
        },
        findings: fixed.findings,
        fixes: fixed.fixes,
        notes: fixed.notes,
        texts: None,
        source: None,
    };
    let run = Run {
        verdicts: Vec::new(),
        frozen: 0,
        commits: Vec::new(),
        mode: if args.diff { Mode::Diff } else { Mode::Fix },
        files: vec![report],
        held: Vec::new(),
        remembered: 0,
        took: std::time::Duration::ZERO,
    };
    let styles = Styles::new(context.terminal.err_style());
    context
        .terminal
        .say_raw(&report::beside_patch(&run, &styles));
    let out = match fixed.bytes {
        Some(fixed) if args.diff => report::unified(&run.files[0].relative, &bytes, &fixed),
        None if args.diff => Vec::new(),
        Some(fixed) => fixed,
        None => bytes,
    };
    print(&out, &context)?;
    // Whoever asks for a patch asks whether there is one, as in a run over files.
    Ok(if args.diff {
        ending::of(&run)
    } else {
        Ending::Clean
    })
}

/// What a worker makes of a text in the place of one file.
pub(super) fn ask(
    planned: &Planned,
    bytes: &[u8],
    purpose: Purpose,
    pool: &Pool,
) -> Outcome<Result<Fixed, Trouble>> {
    let job = Job {
        id: 0,
        path: planned.path.clone(),
        bytes: bytes.to_vec(),
        executable: false,
        package: planned.package.clone(),
        named: true,
        stamp: None,
        said: None,
        kinds: planned.kinds,
        scope: Scope::File,
        purpose,
        golden: planned.golden,
    };
    pool.push([Task::new(Arc::clone(&planned.recipe), job)]);
    let answer = pool
        .answers()
        .recv()
        .map_err(|_| Failure::internal("the worker is gone"))?;
    Ok(answer.result)
}

/// Why this content is not fixed: what its size, name or first lines say.
fn left_alone(planned: &Planned, bytes: &[u8], house: &House, args: &FixArgs) -> Option<String> {
    let (size, max) = (bytes.len() as u64, house.settings.max_file_size.0);
    if size > max {
        return Some(writing::Skip::TooLarge { size, max }.to_string());
    }
    let by_content = || {
        (!args.common.plain)
            .then(|| skip::by_content(bytes))
            .flatten()
    };
    let skip = planned.check_only.clone().or_else(by_content);
    skip.map(|reason| reason.to_string())
}

/// Prints the input as it is, or the patch that does nothing.
fn pass(bytes: &[u8], args: &FixArgs, context: &Context) -> Outcome<Ending> {
    print(if args.diff { b"" } else { bytes }, context)
}

/// There is no result. The exit code is that of a run over such a file.
fn refuse(shown: &str, trouble: &Trouble, context: &Context) -> Outcome<Ending> {
    let message = format!("{shown}: {trouble}");
    let failure = match trouble {
        Trouble::Configuration { .. } => Failure::configuration(message),
        _ => Failure::internal(message),
    };
    let failure = failure.hint("nothing was printed");
    if matches!(trouble, Trouble::Unreadable { .. }) {
        context.terminal.fail(&failure);
        return Ok(Ending::Findings);
    }
    Err(failure)
}

fn print(bytes: &[u8], context: &Context) -> Outcome<Ending> {
    context.terminal.data(bytes).map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

/// The path that standard input stands for. The file need not exist; its
/// directory must, since settings are looked for from there.
pub(super) fn place_of(name: &Path, context: &Context) -> Outcome<PathBuf> {
    let absolute = context.cwd.join(name);
    let (Some(parent), Some(file)) = (absolute.parent(), absolute.file_name()) else {
        return Err(Failure::usage(format!("{} names no file", name.display())));
    };
    Ok(named(parent, &context.cwd)?.join(file))
}

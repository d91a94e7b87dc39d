//! `hive fix` and `hive check`: one pipeline, with and without writing.
//!
//! The phases, in their order: [`arguments`] → the plan of the
//! [house](crate::house) (which tools for which files) → [`scope`] (how much of each) → [`execute`] (memo, workers) →
//! [`writers`] → the report → [`ending`]. [`filter`] is the same for standard input.

mod ahead;
mod arguments;
mod commit;
mod ending;
mod equipment;
mod execute;
mod filter;
mod judged;
mod laws;
mod progress;
mod projects;
mod reading;
mod scope;
mod whole;
mod writers;

use std::path::{Path, PathBuf};
use std::time::Instant;

pub(super) use arguments::{CheckArgs, FixArgs};

use ahead::Ahead;
use arguments::{Common, ScopeChoice};
use execute::Execution;
use laws::{Laws, Sight, show_sources};
use progress::Progress;
use scope::Scoper;
use writers::Writers;

use super::{Context, Ending};
use crate::clock;
use crate::escalation::Level;
use crate::failure::{Failure, Outcome};
use crate::fixers::job::Golden;
use crate::house::{Ground, House, Plan, Planned, named};
use crate::intake::walk;
use crate::process::{Interrupt, install_interrupt};
use crate::repo::Place;
use crate::repo::baseline::Baseline;
use crate::report::{self, FileReport, Held, Mode, Run, Styles, Verdict};
use crate::writing::Writer;

/// What a run is about, from the command line.
struct Request<'a> {
    common: &'a Common,
    mode: Mode,
    staged: bool,
    since: Option<&'a str>,
    no_exchange: bool,
}

pub(super) fn run_fix(args: &FixArgs, context: &Context) -> Outcome<Ending> {
    if let Some(ended) = filter::fix(args, context) {
        return ended;
    }
    if args.commit {
        return commit::run(args, context);
    }
    let mode = if args.diff { Mode::Diff } else { Mode::Fix };
    let request = Request {
        common: &args.common,
        mode,
        staged: args.staged,
        since: args.since.as_deref(),
        no_exchange: args.no_exchange,
    };
    request.run(context)
}

pub(super) fn run_check(args: &CheckArgs, context: &Context) -> Outcome<Ending> {
    if let Some(ended) = filter::check(args, context) {
        return ended;
    }
    let request = Request {
        common: &args.common,
        mode: Mode::Check,
        staged: false,
        since: args.since.as_deref(),
        no_exchange: false,
    };
    request.run(context)
}

/// What has been done so far, over all grounds.
#[derive(Default)]
struct Gathered {
    files: Vec<FileReport>,
    held: Vec<Held>,
    remembered: usize,
    interrupted: bool,
    verdicts: Vec<Verdict>,
    frozen: usize,
    commits: Vec<String>,
}

/// Refuses to write beside the repository that the person is in: there its settings, its
/// locks and `hive undo` do not hold.
fn stays_inside(verb: &str, roots: &[PathBuf], cwd: &Path) -> Outcome<()> {
    let Some(place) = Place::find(cwd) else {
        return Ok(());
    };
    let root = place.root.canonicalize().unwrap_or(place.root);
    let Some(path) = roots.iter().find(|path| !path.starts_with(&root)) else {
        return Ok(());
    };
    let (directory, name) = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !path.is_dir() => {
            (parent, format!(" {}", name.to_string_lossy()))
        }
        _ => (path.as_path(), String::new()),
    };
    let message = format!(
        "{} lies outside this repository, and hive fix writes nothing there",
        path.display()
    );
    let hint = format!("run it there: cd {} && {verb}{name}", directory.display());
    Err(Failure::usage(message).hint(hint))
}

impl Request<'_> {
    fn run(&self, context: &Context) -> Outcome<Ending> {
        let begun = clock::now();
        let interrupt = install_interrupt()
            .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))?;
        let mut gathered = Gathered::default();
        let mut told = context.clone();
        let roots = self.roots(context)?;
        if self.mode == Mode::Fix {
            stays_inside("hive fix", &roots, &context.cwd)?;
        }
        for ground in Ground::of(roots, &context.cwd) {
            let (mut house, context) = equipment::open(self.common, context, &ground)?;
            house.least = self.common.level.unwrap_or(Level::Info);
            house.keeps = !self.common.no_memo;
            self.work(&house, &ground, &mut gathered, &interrupt, &context)?;
            told = context;
            if gathered.interrupted {
                break;
            }
        }
        self.conclude(gathered, begun, &told)
    }

    fn roots(&self, context: &Context) -> Outcome<Vec<PathBuf>> {
        if self.common.paths.is_empty() {
            return Ok(vec![context.cwd.clone()]);
        }
        self.common
            .paths
            .iter()
            .map(|path| named(path, &context.cwd))
            .collect()
    }

    /// Does one ground.
    fn work(
        &self,
        house: &House,
        ground: &Ground,
        gathered: &mut Gathered,
        interrupt: &Interrupt,
        context: &Context,
    ) -> Outcome<()> {
        let mut walk = if self.staged {
            equipment::staged(house, &ground.roots)?
        } else {
            walk::walk(&ground.roots)
        };
        equipment::unname(self.common, house, &mut walk);
        if let Some(error) = walk.errors.first() {
            return Err(Failure::usage(format!("cannot read {error}")));
        }
        let Plan {
            files,
            skipped,
            held,
        } = house.plan(walk, self.common.plain, &context.cwd)?;
        let files: Vec<Planned> = files
            .into_iter()
            .map(|planned| planned.golden(Golden::After))
            .collect();
        gathered.held.extend(held);
        let laws = Laws::new(house, self.common.plain)?;
        if files.is_empty() {
            let mut reports = skipped;
            let look = self.look(&laws, ground);
            let whole = self.whole(&laws, &mut reports, (ground, look), context)?;
            gathered
                .verdicts
                .extend(laws.verdicts(&reports, &files, whole.as_ref())?);
            gathered.files.extend(reports);
            return Ok(());
        }
        let verb = if self.mode == Mode::Fix {
            "fixing"
        } else {
            "checking"
        };
        // One after the other: either may make the database.
        let memo = equipment::memo(house, self.common, context);
        let look = self.look(&laws, ground);
        let execution = Execution {
            mode: self.mode,
            plain: self.common.plain,
            // What cannot be resolved holds nothing that could be read.
            root: house.place.as_ref().map(|place| {
                std::fs::canonicalize(&place.root).unwrap_or_else(|_| place.root.clone())
            }),
            max_file_size: house.settings.max_file_size.0,
            pool: house.pool(files.len())?,
            ahead: Ahead::new(&house.pool_options(1)?),
            memo,
            writers: self.writers(house, context)?,
            scoper: self.scoper(house)?,
            progress: Progress::new(&context.terminal, verb),
            interrupt,
        };
        let executed = execution.run(&files)?;
        if let Some(warning) = executed.warning {
            context.terminal.warn(&warning);
        }
        gathered.remembered += executed.remembered;
        gathered.interrupted |= executed.interrupted;
        let mut reports = executed.files;
        reports.extend(skipped);
        if !executed.interrupted {
            if let Some(baseline) = self.newer_than(house)? {
                laws.only_new(&mut reports, &files, &baseline)?;
            }
            let whole = self.whole(&laws, &mut reports, (ground, look), context)?;
            gathered.frozen += laws.unfreeze(&mut reports, &self.sight(ground))?;
            gathered
                .verdicts
                .extend(laws.verdicts(&reports, &files, whole.as_ref())?);
        }
        gathered.files.extend(reports);
        Ok(())
    }

    /// What is seen of the violations there are.
    fn sight<'r>(&self, ground: &'r Ground) -> Sight<'r> {
        if self.mode == Mode::Check && self.lines() {
            Sight::New
        } else if self.staged {
            Sight::Files
        } else {
            Sight::Below(&ground.roots)
        }
    }

    /// Whether only new lines count.
    fn lines(&self) -> bool {
        match (self.common.scope, self.mode) {
            (Some(choice), _) => choice == ScopeChoice::Lines,
            // What CI asks of a branch is about its own lines.
            (None, mode) => mode == Mode::Check && self.since.is_some(),
        }
    }

    /// The commit that violations have to be newer than, if only new ones count.
    fn newer_than(&self, house: &House) -> Outcome<Option<Baseline>> {
        let new = self.mode == Mode::Check && self.lines();
        new.then(|| self.baseline(house))
            .transpose()
            .map(Option::flatten)
    }

    fn scoper(&self, house: &House) -> Outcome<Scoper> {
        let lines = self.lines();
        if self.since.is_none() && !lines {
            return Ok(Scoper::Everything);
        }
        let baseline = self.baseline(house)?.ok_or_else(|| {
            Failure::usage("comparing with a commit needs a git repository, and this is none")
                .hint("leave --since and --scope out to look at whole files")
        })?;
        Ok(Scoper::Against {
            baseline: Box::new(baseline),
            lines,
            choose: self.since.is_some(),
        })
    }

    fn writers(&self, house: &House, context: &Context) -> Outcome<Option<Writers>> {
        if self.mode != Mode::Fix {
            return Ok(None);
        }
        let writer = match &house.place {
            Some(place) => Writer::for_repository(place),
            None => Writer::beside(),
        };
        let writer = writer.map_err(|error| {
            Failure::internal("hive's own directory cannot be used, so nothing may be written")
                .caused_by(error)
        })?;
        Ok(Some(Writers::new(
            writer,
            self.no_exchange,
            context.terminal.clone(),
        )))
    }

    /// Reports, and says how the run ends.
    fn conclude(&self, gathered: Gathered, begun: Instant, context: &Context) -> Outcome<Ending> {
        let Gathered {
            mut files,
            held,
            remembered,
            interrupted,
            verdicts,
            frozen,
            commits,
        } = gathered;
        if self.common.format == report::Format::Text && self.mode != Mode::Diff {
            show_sources(&mut files);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let run = Run {
            commits,
            mode: self.mode,
            files,
            held,
            verdicts,
            frozen,
            remembered,
            took: clock::since(begun),
        };
        let terminal = &context.terminal;
        let out = Styles::new(terminal.out_style());
        let text = report::render(&run, self.common.format, &out, terminal.verbose());
        if self.mode == Mode::Diff && self.common.format.is_text() {
            // Standard output is the patch alone, also for whoever applies it unseen.
            let beside = report::beside_patch(&run, &Styles::new(terminal.err_style()));
            terminal.whisper(&beside);
        }
        if !text.is_empty() {
            terminal.data(&text).map_err(Failure::from_output)?;
        }
        for held in &run.held {
            terminal.hold(&held.project, &held.tool, &held.reason, &held.remedy);
        }
        if self.common.format.is_text() && run.totals().seen() > 0 {
            ending::unseen(&run, terminal);
        }
        if run.totals().seen() == 0 && run.held.is_empty() && !interrupted {
            return ending::nothing(self, &run, context);
        }
        terminal.say(&report::summary(&run, &Styles::new(terminal.err_style())));
        if let Some(way) = ending::hint(&run) {
            terminal.hint(way);
        }
        if interrupted {
            return Err(execute::interrupted());
        }
        Ok(ending::of(&run))
    }
}

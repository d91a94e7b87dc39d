//! `hive fix` and `hive check`: one pipeline, with and without writing.
//!
//! The phases, in their order: [`arguments`] → the plan of the
//! [house](crate::house) (which tools for which files) → [`scope`] (how much of each) → [`execute`] (memo, workers) →
//! [`writers`] → the report. [`filter`] is the same for standard input.

mod ahead;
mod arguments;
mod commit;
mod equipment;
mod execute;
mod filter;
mod judged;
mod laws;
mod progress;
mod projects;
mod reading;
mod scope;
mod writers;

use std::path::PathBuf;
use std::time::Instant;

pub(super) use arguments::{CheckArgs, FixArgs};

use ahead::Ahead;
use arguments::{Common, ScopeChoice};
use execute::Execution;
use laws::{Laws, show_sources};
use progress::Progress;
use scope::Scoper;
use writers::Writers;

use super::{Context, Ending};
use crate::clock;
use crate::escalation::Level;
use crate::failure::{Failure, Kind, Outcome};
use crate::fixers::job::Golden;
use crate::house::{Ground, House, Plan, Planned, Whole, named, unanswered};
use crate::intake::walk;
use crate::process::{Interrupt, install_interrupt};
use crate::repo::baseline::Baseline;
use crate::report::{self, FileReport, Finds, Held, HeldBy, Mode, Run, Status, Styles, Verdict};
use crate::settings::environment;
use crate::terminal::{Terminal, one_name};
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

impl Request<'_> {
    fn run(&self, context: &Context) -> Outcome<Ending> {
        let begun = clock::now();
        let interrupt = install_interrupt()
            .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))?;
        let mut gathered = Gathered::default();
        let mut told = context.clone();
        for ground in Ground::of(self.roots(context)?, &context.cwd) {
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
        let walk = if self.staged {
            equipment::staged(house, &ground.roots)?
        } else {
            walk::walk(&ground.roots)
        };
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
            let whole = self.whole(&laws, &mut reports, ground, context)?;
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
            memo: equipment::memo(house, self.common, context),
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
            let whole = self.whole(&laws, &mut reports, ground, context)?;
            gathered.frozen += laws.unfreeze(&mut reports)?;
            gathered
                .verdicts
                .extend(laws.verdicts(&reports, &files, whole.as_ref())?);
        }
        gathered.files.extend(reports);
        Ok(())
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

    /// What the Golden Rules say of the repository as a whole, with the fixes of files that
    /// no tool takes; nothing where only files were named: they are asked about themselves.
    fn whole(
        &self,
        laws: &Laws<'_>,
        reports: &mut Vec<FileReport>,
        ground: &Ground,
        context: &Context,
    ) -> Outcome<Option<Whole>> {
        if !ground.roots.iter().any(|root| root.is_dir()) {
            return Ok(None);
        }
        let base = self.comparison(laws.house);
        let since = self.newer_than(laws.house)?;
        let against = (base.as_ref(), since.as_ref());
        let whole = laws.judge_whole(reports, &ground.roots, against, context)?;
        laws.mend_projects(reports, self.mode)?;
        Ok(whole)
    }

    /// The commit of --since, or HEAD; `None` outside a repository.
    fn baseline(&self, house: &House) -> Outcome<Option<Baseline>> {
        let Some(place) = house.place.as_ref() else {
            return Ok(None);
        };
        let baseline = match self.since {
            Some("merge-base") => Baseline::at_merge_base(place, environment::ci_base().as_deref()),
            Some(rev) => Baseline::open(place, rev),
            None => Baseline::open(place, "HEAD"),
        };
        baseline.map(Some).map_err(|error| unanswered(&error))
    }

    /// What the imports of the repository are compared with: the commit of --since, else
    /// the merge base, else HEAD; nothing where there is none of them.
    fn comparison(&self, house: &House) -> Option<Baseline> {
        let place = house.place.as_ref()?;
        if self.since.is_some() {
            return self.baseline(house).ok().flatten();
        }
        Baseline::at_merge_base(place, environment::ci_base().as_deref())
            .or_else(|_| Baseline::open(place, "HEAD"))
            .ok()
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
        if self.common.format == report::Format::Text {
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
        if !text.is_empty() {
            terminal.data(&text).map_err(Failure::from_output)?;
        }
        for held in &run.held {
            terminal.hold(&held.project, &held.tool, &held.reason, &held.remedy);
        }
        if run.totals().seen() == 0 && run.held.is_empty() && !interrupted {
            return self.nothing(&run, terminal);
        }
        terminal.say(&report::summary(&run, &Styles::new(terminal.err_style())));
        if interrupted {
            return Err(execute::interrupted());
        }
        Ok(ending(&run))
    }

    /// Nothing was looked at: say what probably filtered everything.
    fn nothing(&self, run: &Run, terminal: &Terminal) -> Outcome<Ending> {
        if self.staged || self.since.is_some() {
            terminal.say(if self.staged {
                "no staged file to fix"
            } else {
                "no file differs from that revision"
            });
            return Ok(Ending::Clean);
        }
        let hint = "ignored and excluded files are left out; `hive doctor PATH` says what is decided for a path";
        if run.files.is_empty() {
            return Err(Failure::new(Kind::NothingMatched, "no file matched").hint(hint));
        }
        // A report that is verbose has said it.
        for file in run.files.iter().filter(|_| !terminal.verbose()) {
            if let Status::Skipped(reason) = &file.status {
                terminal.say(&one_name(&format!("{}: skipped, it {reason}", file.shown)));
            }
        }
        Err(Failure::new(Kind::NothingMatched, "every file that matched was skipped").hint(hint))
    }
}

/// The exit code of a run, by the worst that happened.
fn ending(run: &Run) -> Ending {
    let totals = run.totals();
    let held = |by: &[HeldBy]| run.held.iter().any(|held| by.contains(&held.by));
    let rules = run
        .verdicts
        .iter()
        .any(|it| matches!(it.finds, Finds::Error(_)));
    if rules || totals.failed > 0 || held(&[HeldBy::Missing, HeldBy::Trust]) {
        Ending::Troubled
    } else if totals.misconfigured > 0 || held(&[HeldBy::Configuration]) {
        Ending::Misconfigured
    } else if totals.failing > 0
        || totals.unreadable > 0
        || totals.left > 0
        || (run.mode != Mode::Fix && totals.changed > 0)
    {
        Ending::Findings
    } else {
        Ending::Clean
    }
}

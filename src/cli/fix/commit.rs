//! `hive fix --commit`: the same fixes, of what is committed, as a commit.

use super::arguments::{FixArgs, ScopeChoice};
use super::laws::{Laws, Sight};
use super::progress::Progress;
use super::{Gathered, Request, equipment};
use crate::agent::by_hand::{ByHand, Landed};
use crate::cli::here;
use crate::cli::{Context, Ending, watch};
use crate::clock;
use crate::escalation::Level;
use crate::failure::{Failure, Outcome};
use crate::fixers::job::Golden;
use crate::house::{Ground, House, Planned, unanswered};
use crate::intake::walk;
use crate::process::{Interrupt, install_interrupt};
use crate::repo::Place;
use crate::repo::baseline::{Baseline, BaselineError};
use crate::report::Mode;
use crate::settings::environment;
use crate::settings::trust::Consent;
use crate::terminal::plain;

/// Runs `hive fix --commit`.
pub(super) fn run(args: &FixArgs, context: &Context) -> Outcome<Ending> {
    let begun = clock::now();
    let request = Request {
        common: &args.common,
        mode: Mode::Fix,
        staged: false,
        since: args.since.as_deref(),
        no_exchange: false,
    };
    let interrupt = install_interrupt()
        .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))?;
    let roots = request.roots(context)?;
    super::stays_inside("hive fix --commit", &roots, &context.cwd)?;
    let grounds = Ground::of(roots, &context.cwd);
    let [ground] = &grounds[..] else {
        return Err(Failure::usage("--commit takes the paths of one repository")
            .hint("run it once in each repository"));
    };
    let place = ground
        .place
        .as_ref()
        .ok_or_else(|| here::missing(&context.cwd))?;
    let (mut house, context) = equipment::open(&args.common, context, ground)?;
    house.least = args.common.level.unwrap_or(Level::Info);
    house.keeps = !args.common.no_memo;
    let walk = walk::walk(&ground.roots);
    if let Some(error) = walk.errors.first() {
        return Err(Failure::usage(format!("cannot read {error}")));
    }
    let plan = house.plan(walk, false, &context.cwd)?;
    let mut gathered = Gathered {
        files: plan.skipped,
        held: plan.held,
        ..Gathered::default()
    };
    let judged = plan.files.iter().cloned();
    let judged: Vec<Planned> = judged.map(|file| file.golden(Golden::After)).collect();
    let landed = if plan.files.is_empty() {
        Landed::default()
    } else {
        land(args, place, &house, plan.files, &interrupt, &context)?
    };
    gathered.interrupted = landed.interrupted;
    gathered.commits = landed.commits.iter().map(ToString::to_string).collect();
    gathered.files.extend(landed.files.iter().cloned());
    if !landed.interrupted {
        whole(&request, &house, ground, &judged, &mut gathered, &context)?;
    }
    let ending = request.conclude(gathered, begun, &context)?;
    tell(&landed, &context);
    Ok(ending)
}

fn land(
    args: &FixArgs,
    place: &Place,
    house: &House,
    files: Vec<Planned>,
    interrupt: &Interrupt,
    context: &Context,
) -> Outcome<Landed> {
    let since = args.since.as_deref();
    let lines = args.common.scope == Some(ScopeChoice::Lines);
    let mut progress = Progress::new(&context.terminal, "fixing");
    progress.begin(files.len());
    let order = ByHand {
        house,
        files,
        since: since.map(|rev| baseline(place, rev)).transpose()?,
        lines: match (lines, since) {
            (false, _) => None,
            (true, Some(rev)) => Some(baseline(place, rev)?),
            // What is committed cannot be compared with itself: what the last commit
            // changed. The first one of all created every line.
            (true, None) => Baseline::open(place, "HEAD^").ok(),
        },
        memo: equipment::memo(house, &args.common, context),
        consents: house.consent == Consent::ThisRun,
        interrupt,
        progress: &mut |done| progress.at(done),
    };
    let landed = order.run(&watch::open_queue(place)?);
    progress.end();
    landed
}

/// Adds what the Golden Rules say of what is committed now as a whole, and the verdict of
/// each.
fn whole(
    request: &Request<'_>,
    house: &House,
    ground: &Ground,
    judged: &[Planned],
    gathered: &mut Gathered,
    context: &Context,
) -> Outcome<()> {
    let laws = Laws::new(house, false)?;
    let Some(place) = &house.place else {
        return Ok(());
    };
    let mut found = None;
    if ground.roots.iter().any(|root| root.is_dir()) {
        let tip = baseline(place, "HEAD")?;
        let base = request.comparison(house).tree();
        let against = (&tip, base.as_ref());
        found = laws.judge_committed(&mut gathered.files, &ground.roots, against, context)?;
    }
    gathered.frozen += laws.unfreeze(&mut gathered.files, &Sight::Below(&ground.roots))?;
    let verdicts = laws.verdicts(&gathered.files, judged, found.as_ref())?;
    gathered.verdicts.extend(verdicts);
    Ok(())
}

fn baseline(place: &Place, rev: &str) -> Outcome<Baseline> {
    let found: Result<Baseline, BaselineError> = match rev {
        "merge-base" => Baseline::at_merge_base(place, environment::ci_base().as_deref()),
        rev => Baseline::open(place, rev),
    };
    found.map_err(|error| unanswered(&error))
}

/// Says what was committed, or what to do where nothing could be.
fn tell(landed: &Landed, context: &Context) {
    let terminal = &context.terminal;
    if !landed.commits.is_empty() {
        let ids: Vec<String> = landed.commits.iter().map(crate::repo::Oid::short).collect();
        terminal.say(&plain(&format!(
            "committed as {} on {}; `hive undo` takes it back",
            ids.join(" "),
            landed.branch
        )));
    }
    if let Some(reason) = &landed.held {
        terminal.warn(&plain(&format!("nothing is committed: {reason}")));
        terminal.say("`hive fix` without --commit makes the fixes in the files");
    }
}

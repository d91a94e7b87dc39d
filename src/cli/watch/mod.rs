//! `hive watch`, and the hidden `hive drain` that a hook starts: the agent, and who
//! listens to it.

mod detach;
mod follow;
pub(in crate::cli) mod live;
mod log;
mod notify;

use std::thread;

use clap::Args;
use crossbeam_channel::{Sender, bounded};

use super::{Context, Ending};
use crate::agent::lock::{self, Holder, Kind, Taken};
use crate::agent::{Agent, Ended, Mode};
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::hooks;
use crate::process::{Interrupt, install_interrupt};
use crate::queue::Queue;
use crate::repo::{Place, WorktreeId};
use crate::settings::environment;
use crate::terminal::Terminal;
use crate::wake;

use detach::Starter;
use follow::Follower;
use live::Live;
use log::Log;

/// Watch this work tree, and show what hive does
///
/// Commits you make are followed by a commit with their fixes; files you save are
/// laid out after a quiet moment (`on_save`). Ctrl-C or SIGTERM stops it; what is under
/// way is finished first. (A shell script that starts it with `&` makes it deaf to
/// SIGINT, as all of its background jobs: stop it by SIGTERM.) Without `hive watch` the hooks that `hive init` installs do the
/// work for commits by themselves.
///
/// With --detach the command returns when the agent is ready, or says why it is not; what
/// it would show goes to a log in the git directory. `hive service` has the system start it.
///
/// Exit codes: 0 stopped or (--once) done, 1 with --once when work is left that
/// waits, 2 another agent works here, 3 an internal failure.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct WatchArgs {
    /// Do the work that waits and end
    #[arg(long)]
    once: bool,
    /// Print one JSON object per event; docs/events.md describes them
    #[arg(long)]
    json: bool,
    /// Go on in the background, and return when the agent is ready
    #[arg(long, conflicts_with_all = ["once", "json", "log"])]
    detach: bool,
    /// End the `hive watch` of this work tree, and wait until it is gone
    #[arg(long, conflicts_with_all = ["once", "json", "detach", "log"])]
    stop: bool,
    /// Write to a log in the git directory, of 4 MiB at most, in place of the terminal
    #[arg(long)]
    log: bool,
    /// Say over standard input, a socket, when it is ready or why it is not
    #[arg(long, hide = true)]
    report: bool,
}

/// What a hook starts.
#[derive(Debug, Args)]
pub(super) struct DrainArgs {}

/// Runs `hive watch`.
pub(super) fn run(args: &WatchArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    if args.stop {
        return detach::stop(&place, context);
    }
    if args.detach {
        return detach::start(&place, context);
    }
    let mut starter = if args.report {
        let taken = Starter::take();
        Some(taken.map_err(|error| Failure::internal("nobody listens").caused_by(error))?)
    } else {
        None
    };
    let ended = watch(args, &place, &mut starter, context);
    if let (Err(failure), Some(starter)) = (&ended, starter) {
        starter.failed(failure);
    }
    ended
}

/// Becomes the agent, and tells who wants to know when it is ready.
fn watch(
    args: &WatchArgs,
    place: &Place,
    starter: &mut Option<Starter>,
    context: &Context,
) -> Outcome<Ending> {
    let place = place.clone();
    let interrupt = interrupts()?;
    let mode = if args.once { Mode::Drain } else { Mode::Watch };
    let kind = if args.once { Kind::Drain } else { Kind::Watch };
    if let Some(pid) = drain_at_work(&place) {
        context
            .terminal
            .say(&format!("taking over from a drain (process {pid})"));
    }
    let taken = lock::take_over(&place, kind);
    let lock = match taken.map_err(|error| no_lock(&place, error))? {
        Taken::Lock(lock) => lock,
        Taken::Held(holder) => return Err(held(&place, holder)),
    };
    let queue = open_queue(&place)?;
    let log = args.log.then(|| Log::take(&place)).transpose();
    let log = log.map_err(|error| {
        Failure::internal(format!("{} cannot be written", log::path(&place).display()))
            .caused_by(error)
    })?;
    let context = &Context {
        terminal: if log.is_some() {
            // There is no terminal any more.
            Terminal::new(context.terminal.volume(), environment::no_colour())
        } else {
            context.terminal.clone()
        },
        cwd: context.cwd.clone(),
    };
    let follower = Follower::new(queue.clone())?;
    let others = follower.others();
    let mut agent = Agent::open(place.clone(), queue, lock, mode, &interrupt, Some(others))?;
    let context = context.with(agent.output())?;
    if !args.once && !hooks::installed(&place, &hooks::Git::default()).unwrap_or(true) {
        context.terminal.say(
            "no hooks are installed: hive works here while this runs; `hive init` installs them",
        );
    }
    let live = Live::new(
        &context.terminal,
        args.json,
        &place,
        args.once,
        log.is_some(),
    );
    let listener = Listener::start(follower, live, log);
    notify::ready(&place.root.to_string_lossy());
    if let Some(starter) = starter.take() {
        starter.ready();
    }
    let ended = agent.run();
    notify::stopping();
    drop(agent);
    listener.finish();
    match ended? {
        Ended::Waits(reason) => {
            context.terminal.say(&format!("work is left: {reason}"));
            Ok(Ending::Findings)
        }
        Ended::Stopped => {
            context.terminal.say("stopped");
            Ok(Ending::Clean)
        }
        ended @ Ended::Gone => {
            context.terminal.say(&format!("{ended}: hive ends"));
            Ok(Ending::Clean)
        }
        Ended::Done | Ended::HandedOver => Ok(Ending::Clean),
    }
}

/// The process of a drain that works here. `hive watch` waits until it has finished what
/// it is at, which may take a moment.
fn drain_at_work(place: &Place) -> Option<u32> {
    let holder = lock::holder(place)?;
    (holder.kind == Kind::Drain).then_some(holder.pid)
}

/// Runs `hive drain`: nobody listens, and somebody else at work is no error.
pub(super) fn drain(context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let interrupt = interrupts()?;
    // What starts a drain looks first, but `hive uninit` may have been faster.
    while wake::is_installed(&place) {
        let woken = lock::wake_stamp(&place);
        let lock = match lock::take(&place, Kind::Drain).map_err(|error| no_lock(&place, error))? {
            Taken::Lock(lock) => lock,
            Taken::Held(_) => return Ok(Ending::Clean),
        };
        let mut agent = Agent::open(
            place.clone(),
            open_queue(&place)?,
            lock,
            Mode::Drain,
            &interrupt,
            None,
        )?;
        let ended = agent.run()?;
        drop(agent);
        // A hook that came while the lock was still held started nobody.
        if ended != Ended::Done || lock::wake_stamp(&place) == woken {
            break;
        }
    }
    Ok(Ending::Clean)
}

/// Prints entries as they come, on a thread of its own: a slow terminal does not hold
/// up the agent.
struct Listener {
    thread: thread::JoinHandle<()>,
    stop: Sender<()>,
}

impl Listener {
    fn start(mut follower: Follower, mut live: Live, log: Option<Log>) -> Self {
        let (stop, stopped) = bounded(0);
        let thread = thread::spawn(move || {
            while let Some(entries) = follower.next(&stopped) {
                if entries.iter().any(|entry| live.show(entry).is_err()) {
                    // Nobody reads any more; the agent goes on.
                    break;
                }
                // One that cannot be turned (a full disk) grows until it can.
                if let Some(Err(error)) = log.as_ref().map(Log::turn) {
                    tracing::debug!("the log cannot be turned: {error}");
                }
            }
            live.end();
        });
        Self { thread, stop }
    }

    /// Has what was written until now shown, and ends.
    fn finish(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

pub(super) fn open_queue(place: &Place) -> Outcome<Queue> {
    let worktree = WorktreeId::of(place).map_err(|error| {
        Failure::internal("the work tree's id cannot be read or written").caused_by(error)
    })?;
    Ok(Queue::open(place, worktree)?)
}

fn interrupts() -> Outcome<Interrupt> {
    install_interrupt()
        .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))
}

fn no_lock(place: &Place, error: std::io::Error) -> Failure {
    Failure::internal(format!("{} cannot be used", place.own_dir().display())).caused_by(error)
}

fn held(place: &Place, holder: Option<Holder>) -> Failure {
    let who = match holder {
        Some(holder) => match holder.kind {
            Kind::Watch => format!("`hive watch` is at work already (process {})", holder.pid),
            Kind::Drain => format!("a drain is at work (process {})", holder.pid),
        },
        None => "another agent is at work".to_owned(),
    };
    Failure::usage(format!("{who} in {}", place.root.display()))
        .hint("`hive status` shows what it does; there is one agent per work tree")
}

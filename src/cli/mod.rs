//! The command line: one verb per file, the doc comments are the help text.
//!
//! In: the arguments, the current directory. Out: what the other rooms found and
//! did, through the terminal, and an exit code ([`Ending`], or the kind of a
//! failure). Always: data goes to standard output and talk to standard error; a
//! tool that did not run is said, never silent. This room knows all the others, and
//! does not know how any of them does its work.

mod agent_edit;
mod completions;
pub mod config;
mod doctor;
mod escalations;
mod fix;
mod graph;
mod help;
mod here;
mod history;
pub mod init;
mod land;
mod lease;
mod listing;
mod log;
mod logging;
mod lsp;
mod man;
mod mcp;
mod monitor;
mod next;
mod plan;
mod queue;
mod rules;
mod service;
mod show;
mod stats;
mod status;
mod tidy;
pub mod trust;
mod undo;
mod uninit;
mod wait;
mod watch;
mod why;
mod worker;
mod workers;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, FromArgMatches, Parser, Subcommand};

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::{Ground, House, refused};
use crate::intake::commits;
use crate::process;
use crate::repo::Place;
use crate::settings::trust::Consent;
use crate::settings::{OutputSettings, Overrides, environment};
use crate::store;
use crate::terminal::{Terminal, Volume};
use crate::wake;

/// How a verb that did not fail ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is left to say: exit code 0.
    Clean,
    /// Findings remain, or something would change: exit code 1.
    Findings,
    /// Some configuration cannot be used: exit code 2.
    Misconfigured,
    /// Some file could not be dealt with because a tool or hive failed: exit code 3.
    Troubled,
}

impl Ending {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Misconfigured => 2,
            Self::Troubled => 3,
        }
    }
}

/// What every verb is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where to talk.
    pub terminal: Terminal,
    /// The directory the command was started in, absolute.
    pub cwd: PathBuf,
}

impl Context {
    /// The same, as the `[output]` settings want it; also opens the log.
    fn with(&self, output: &OutputSettings) -> Outcome<Self> {
        logging::open(output.log.as_deref())?;
        Ok(Self {
            terminal: self.terminal.coloured(output.colour),
            cwd: self.cwd.clone(),
        })
    }
}

/// Opens a house and warns about values that do not count; also returns the context
/// as the `[output]` settings want it.
fn enter(
    ground: &Ground,
    overrides: &Overrides,
    consent: Consent,
    context: &Context,
) -> Outcome<(House, Context)> {
    let (house, warnings) = House::open(ground, overrides, consent)?;
    let context = context.with(&house.settings.output)?;
    for warning in &warnings {
        context.terminal.warn(warning);
    }
    Ok((house, context))
}

/// A quality agent for one Git repository of Python code.
#[derive(Debug, Parser)]
#[command(name = "hive", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Flags that every verb understands.
#[derive(Debug, Default, Args)]
struct Global {
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print every file and every decision
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Fix(fix::FixArgs),
    Check(fix::CheckArgs),
    Graph(graph::GraphArgs),
    Queue(queue::QueueArgs),
    Plan(plan::PlanArgs),
    Workers(workers::WorkersArgs),
    History(history::HistoryArgs),
    Escalations(escalations::EscalationsArgs),
    Next(next::NextArgs),
    /// Put the patches of questions, or the fixes that are held, into the working files
    Apply(escalations::orders::ApplyArgs),
    /// Write a comment that suppresses a finding, with its reason
    Suppress(escalations::orders::SuppressArgs),
    /// Not to be asked a question again
    Dismiss(escalations::orders::NoteArgs),
    Why(why::WhyArgs),
    Wait(wait::WaitArgs),
    Lease(lease::LeaseArgs),
    Show(show::ShowArgs),
    Stats(stats::StatsArgs),
    Log(log::LogArgs),
    Undo(undo::UndoArgs),
    Rules(rules::RulesArgs),
    Doctor(doctor::DoctorArgs),
    Init(init::InitArgs),
    Uninit(uninit::UninitArgs),
    Config(config::ConfigArgs),
    Trust(trust::TrustArgs),
    Completions(completions::CompletionsArgs),
    Watch(watch::WatchArgs),
    Service(service::ServiceArgs),
    Status(status::StatusArgs),
    Monitor(monitor::MonitorArgs),
    Help(help::HelpArgs),
    #[command(hide = true)]
    Complete(completions::CompleteArgs),
    #[command(hide = true)]
    Man(man::ManArgs),
    Mcp(mcp::McpArgs),
    Lsp(lsp::LspArgs),
    #[command(hide = true)]
    Worker(worker::WorkerArgs),
    #[command(hide = true)]
    Land(land::LandArgs),
    #[command(hide = true)]
    Drain(watch::DrainArgs),
    #[command(hide = true)]
    Tidy(tidy::TidyArgs),
    #[command(hide = true)]
    AgentEdit(agent_edit::AgentEditArgs),
}

impl Verb {
    /// Whether it looks at the repository it is called in. The hidden halves of other
    /// verbs are told by those where to work, and servers run verbs where they are told.
    fn works_here(&self) -> bool {
        !matches!(
            self,
            Self::Completions(_)
                | Self::Complete(_)
                | Self::Man(_)
                | Self::Help(_)
                | Self::Worker(_)
                | Self::Land(_)
                | Self::Mcp(_)
                | Self::Lsp(_)
                | Self::AgentEdit(_)
        )
    }
}

/// Parses the command line, runs the verb, and returns the exit code.
pub fn main() -> u8 {
    if let Some(version) = help::version(std::env::args_os().skip(1)) {
        let terminal = Terminal::new(Volume::Normal, environment::no_colour());
        let said = terminal.data(version.as_bytes());
        let said = said.map_err(Failure::from_output);
        return exit_code(said.map(|()| Ending::Clean), &terminal);
    }
    let cli = Cli::of_a_prompt(std::env::args_os().skip(1)).unwrap_or_else(|| {
        let matches = help::command().get_matches();
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    });
    process::small_pages(!matches!(cli.verb, Some(Verb::Worker(_))));
    let volume = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        _ => Volume::Normal,
    };
    let terminal = Terminal::new(volume, environment::no_colour());
    let outcome = std::env::current_dir()
        .map_err(|error| Failure::usage("the current directory does not exist").caused_by(error))
        .and_then(|cwd| {
            run(
                cli.verb,
                &Context {
                    terminal: terminal.clone(),
                    cwd,
                },
            )
        });
    exit_code(outcome, &terminal)
}

impl Cli {
    /// `hive status --short`, which is called before every line that a person types: not
    /// even the command line is defined for it.
    fn of_a_prompt(mut args: impl Iterator<Item = OsString>) -> Option<Self> {
        let is_it = args.next()? == "status" && args.next()? == "--short" && args.next().is_none();
        is_it.then(|| Self {
            global: Global::default(),
            verb: Some(Verb::Status(status::StatusArgs::of_a_prompt())),
        })
    }
}

/// The exit code of what has come out; what went wrong is said.
fn exit_code(outcome: Outcome<Ending>, terminal: &Terminal) -> u8 {
    match outcome {
        Ok(ending) => ending.exit_code(),
        Err(failure) => {
            if failure.is_closed_pipe() {
                return Ending::Clean.exit_code();
            }
            terminal.fail(&failure);
            failure.kind().exit_code()
        }
    }
}

fn run(verb: Option<Verb>, context: &Context) -> Outcome<Ending> {
    let Some(verb) = verb else {
        // A script that forgot the verb must not take this for an answer.
        help::first_screen(context);
        return Ok(Ending::Misconfigured);
    };
    if verb.works_here()
        && let Some(place) = Place::find(&context.cwd)
    {
        place.admits().map_err(refused)?;
    }
    let trigger = !matches!(
        verb,
        // They are the agent, set it up or take it away, or are a part of it.
        Verb::Watch(_)
            | Verb::Drain(_)
            | Verb::Service(_)
            | Verb::Init(_)
            | Verb::Uninit(_)
            | Verb::Worker(_)
            | Verb::Land(_)
            | Verb::Tidy(_)
            | Verb::Mcp(_)
            | Verb::Lsp(_)
            | Verb::AgentEdit(_)
            // They are about no repository, or change nothing on purpose.
            | Verb::Completions(_)
            | Verb::Complete(_)
            | Verb::Man(_)
            | Verb::Help(_)
    );
    let shows = matches!(verb, Verb::Status(_));
    let runs = matches!(verb, Verb::Fix(_) | Verb::Check(_));
    let begun = clock::wall_ms();
    let ended = dispatch(verb, context);
    if trigger && let Some(place) = Place::find(&context.cwd) {
        // `hive status` has a line for it.
        if !shows {
            tell_damage(&place, runs.then_some(begun), context);
        }
        // The command has done its own work; that nobody could be woken is no fault of it.
        if let Err(error) = wake::catch_up(&place, || commits::has_moved(&place)) {
            tracing::debug!("nobody could be woken: {error}");
        }
    }
    ended
}

/// Says that a damaged database was moved aside, unless somebody was told. A run over files
/// says it itself of one that it finds, so after its beginning.
fn tell_damage(place: &Place, run: Option<i64>, context: &Context) {
    if let Some(aside) = store::untold(place)
        && run.is_none_or(|begun| aside.at_ms < begun)
    {
        context.terminal.warn(&format!(
            "the queue's database was damaged and has been moved aside: {}; \
             pending work is found in git",
            aside.path.display()
        ));
    }
}

fn dispatch(verb: Verb, context: &Context) -> Outcome<Ending> {
    match verb {
        Verb::Fix(args) => fix::run_fix(&args, context),
        Verb::Check(args) => fix::run_check(&args, context),
        Verb::Graph(args) => graph::run(&args, context),
        Verb::Queue(args) => queue::run(args, context),
        Verb::Plan(args) => plan::run(args, context),
        Verb::Workers(args) => workers::run(&args, context),
        Verb::History(args) => history::run(&args, context),
        Verb::Escalations(args) => escalations::run(&args, context),
        Verb::Next(args) => next::run(&args, context),
        Verb::Apply(args) => escalations::orders::apply_or_held(&args, context),
        Verb::Suppress(args) => escalations::orders::suppress(&args, context),
        Verb::Dismiss(args) => escalations::orders::dismiss(&args, context),
        Verb::Why(args) => why::run(&args, context),
        Verb::Wait(args) => wait::run(&args, context),
        Verb::Lease(args) => lease::run(&args, context),
        Verb::Show(args) => show::run(&args, context),
        Verb::Stats(args) => stats::run(&args, context),
        Verb::Log(args) => log::run(&args, context),
        Verb::Undo(args) => undo::run(&args, context),
        Verb::Rules(args) => rules::run(args, context),
        Verb::Doctor(args) => doctor::run(&args, context),
        Verb::Init(args) => init::run(&args, context),
        Verb::Uninit(args) => uninit::run(&args, context),
        Verb::Config(args) => config::run(args, context),
        Verb::Trust(args) => trust::run(&args, context),
        Verb::Completions(args) => completions::run(&args, context),
        Verb::Watch(args) => watch::run(&args, context),
        Verb::Service(args) => service::run(&args, context),
        Verb::Status(args) => status::run(&args, context),
        Verb::Monitor(_) => monitor::run(context),
        Verb::Complete(args) => Ok(completions::complete(&args, context)),
        Verb::Man(args) => man::run(&args, context),
        Verb::Help(args) => help::run(&args, context),
        Verb::Mcp(args) => mcp::run(&args, context),
        Verb::Lsp(args) => lsp::run(&args),
        Verb::Worker(args) => worker::run(&args),
        Verb::Land(args) => land::run(&args),
        Verb::Drain(_) => watch::drain(context),
        Verb::Tidy(args) => tidy::run(&args, context),
        Verb::AgentEdit(args) => Ok(agent_edit::run(&args, context)),
    }
}

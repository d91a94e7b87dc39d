//! `hive init`: hooks, a short `hive.toml`, the database; prints its evidence, and asks
//! the few questions that have no right answer.

pub(super) mod agents;
mod asking;
pub(super) mod binary;
mod from;
mod habits;
pub(super) mod hooks;
pub(super) mod team_file;

use std::fs;

use clap::Args;

use super::{Context, Ending, doctor, trust};
use crate::cli::here;
use crate::crash;
use crate::failure::{Failure, Outcome};
use crate::process::{Program, Status};
use crate::repo::place::private_dir;
use crate::repo::{Oid, Place, WorktreeId};
use crate::settings::{self, CommitMode, Overrides};
use crate::store::Store;
use crate::terminal::plain;
use crate::wake;

/// The file of a work tree's own directory that holds the commit at which hive was
/// installed there: what is older is not hive's to work on. Empty where there was no
/// commit yet.
pub const FIRST: &str = "first";

/// Install hive in this repository: hooks, a short hive.toml, the database
///
/// Prints which tools are used here and why, asks how fixes shall land and whether
/// this repository is trusted to run its tools, and installs hooks that wake hive after
/// a commit. Hooks that are there are kept and called first. Doing it again changes
/// nothing but what has become outdated; `hive uninit` takes everything away.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct InitArgs {
    /// Ask nothing: take the defaults and trust the repository, for scripts
    #[arg(short, long)]
    yes: bool,
    /// Also read a configuration of hooks, and offer to move what hive does out of the commit
    ///
    /// Shows what `.pre-commit-config.yaml` does at a commit that hive does, too, and
    /// the change by which these hooks run before a push in place of before a commit, as a
    /// diff. On a terminal it asks; `--yes` makes the change, else nothing is written.
    #[arg(long, value_enum)]
    from: Option<from::From>,
    /// Print a workflow for GitHub Actions, and do nothing else
    #[arg(long, conflicts_with_all = ["yes", "from"])]
    github: bool,
    /// Print a job for GitLab CI, and do nothing else
    #[arg(long, conflicts_with_all = ["yes", "from", "github"])]
    gitlab: bool,
    /// Also put hive into the settings of coding agents, or take it out of them
    ///
    /// An after-edit hook that lays out what the agent has edited, and the server of
    /// `hive mcp`: for Claude Code, Cursor, Codex and Gemini CLI, or for those that are
    /// named: --agents=claude,codex. What else is in their files stays as it is. With
    /// --agents=off all of it is taken out again, and nothing else is done.
    #[arg(
        long,
        value_name = "AGENT",
        num_args = 0..,
        require_equals = true,
        value_delimiter = ','
    )]
    agents: Option<Vec<String>>,
    /// Print how the settings of coding agents would change, and do nothing
    #[arg(long, requires = "agents")]
    dry_run: bool,
}

const GITHUB: &str = include_str!("../../../examples/ci/github.yml");
const GITLAB: &str = include_str!("../../../examples/ci/gitlab.yml");

/// Runs `hive init`.
pub fn run(args: &InitArgs, context: &Context) -> Outcome<Ending> {
    for (wanted, text) in [(args.github, GITHUB), (args.gitlab, GITLAB)] {
        if wanted {
            let printed = context.terminal.data(text.as_bytes());
            return printed
                .map_err(Failure::from_output)
                .map(|()| Ending::Clean);
        }
    }
    let place = here::work_tree(&context.cwd)?;
    let context = &Context {
        cwd: place.root.clone(),
        ..context.clone()
    };
    let agents = args.agents.as_deref().map(agents::Wanted::of).transpose()?;
    if let Some(wanted) = agents.as_ref().filter(|it| args.dry_run || it.is_off()) {
        agents::run(wanted, args.dry_run, &place, context)?;
        return Ok(Ending::Clean);
    }
    let resolved = settings::load(Some(&place), &Overrides::default())?;
    doctor::of_repository(context)?;
    // Read before anything is done: one that cannot be read stops it all.
    let offer = args.from.map(|from| from::read(from, &place)).transpose()?;
    let choices = if args.yes {
        asking::Choices::default()
    } else {
        asking::ask(&place, &resolved, context)
    };

    prepare(&place)?;
    step("init.prepared", &place)?;
    team_file::write(&place, &resolved, choices.protect.as_deref(), context)?;
    if let Some(mode) = choices.mode {
        let key = settings::catalogue::find("commit.mode")
            .ok_or_else(|| Failure::internal("there is no setting commit.mode"))?;
        settings::personal::set(&place, key, mode.word())?;
    }
    // Read again: a file was written, an answer was given.
    let resolved = settings::load(Some(&place), &Overrides::default())?;
    step("init.hooks", &place)?;
    hooks::install(&place, resolved.settings.commit.mode, context)?;
    step("init.hooks.done", &place)?;
    wake::set_when_idle(&place, resolved.settings.hooks.when_idle)
        .map_err(|error| unwritable(&place, error))?;
    if let Some(wanted) = &agents {
        agents::run(wanted, false, &place, context)?;
    }
    step("init.trust", &place)?;
    offer_trust(args, context);
    step("init.end", &place)?;
    if let Some(offer) = offer {
        offer.make(args.yes, &place, context)?;
    }
    for line in [
        "hive is installed. Next:",
        match resolved.settings.commit.mode {
            CommitMode::Tidy => "  commit as always     layout goes in, other fixes follow",
            CommitMode::Fold => "  commit as always     fixes go into your commit moments later",
            _ => "  commit as always     fixes follow in commits of their own",
        },
        "  hive watch           see it work, and fix files as you save them",
        "  hive status          what it did, and what it waits for",
    ] {
        context.terminal.say(line);
    }
    Ok(Ending::Clean)
}

/// The directories, the work tree's id, the database, and where hive begins.
fn prepare(place: &Place) -> Outcome<()> {
    private_dir(&place.state_dir())
        .and_then(|()| place.make_own_dir().map(drop))
        .and_then(|()| WorktreeId::of(place).map(drop))
        .map_err(|error| unwritable(place, error))?;
    step("init.directories", place)?;
    Store::open(Some(place)).map_err(|error| {
        Failure::internal("the database of this repository cannot be opened")
            .caused_by(error)
            .hint("see whether the disk is full, then run hive init again")
    })?;
    step("init.database", place)?;
    let first = place.own_dir().join(FIRST);
    if !first.exists() {
        let text = head(place)?.map_or_else(String::new, |oid| format!("{oid}\n"));
        fs::write(&first, text).map_err(|error| unwritable(place, error))?;
    }
    Ok(())
}

/// The commit of HEAD; `None` on a branch without one.
fn head(place: &Place) -> Outcome<Option<Oid>> {
    let asked = Program::new("git")
        .args(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])
        .current_dir(&place.root)
        .run()
        .map_err(|error| Failure::internal("git cannot be asked for HEAD").caused_by(error))?;
    if asked.status == Status::Code(1) {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&asked.stdout);
    text.trim().parse().map(Some).map_err(|_| {
        let said = String::from_utf8_lossy(&asked.stderr);
        Failure::internal(format!("git does not say what HEAD is: {}", said.trim()))
            .hint("see what `git rev-parse HEAD` says here, then run hive init again")
    })
}

/// Passes a point of the installation.
fn step(name: &str, place: &Place) -> Outcome<()> {
    crash::pass(name).map_err(|error| unwritable(place, error))
}

fn unwritable(place: &Place, error: std::io::Error) -> Failure {
    Failure::internal(format!(
        "{} cannot be written",
        plain(&place.state_dir().to_string_lossy())
    ))
    .caused_by(error)
}

/// Trust is the person's to give; without it hive is installed all the same and holds
/// what needs it.
fn offer_trust(args: &InitArgs, context: &Context) {
    if !args.yes && !context.terminal.interactive() {
        context.terminal.warn(
            "no trust was recorded, since there is no terminal to ask on: `hive trust` asks, \
             `hive init --yes` does not",
        );
        return;
    }
    if let Err(failure) = trust::offer(args.yes, context) {
        context.terminal.fail(&failure);
        context
            .terminal
            .say("hive is installed without trust; `hive trust` asks again");
    }
}

//! `hive escalations`: the questions to a person, as lists, one by one, and answered.

pub(super) mod drawn;
mod lists;
pub(super) mod orders;
pub(super) mod pick;
mod review;

use clap::{Args, Subcommand};

use super::{Context, Ending};
use crate::failure::Outcome;
use crate::queue::EscalationId;

use lists::ListArgs;
pub(super) use lists::desk;
use orders::{ApplyArgs, NoteArgs, OpenArgs, SnoozeArgs, SuppressArgs};
use pick::number;

/// The version of the shape of `hive escalations --json`.
const SCHEMA: u32 = 1;

/// Show and answer the questions that need you
///
/// Without a command: on a terminal a review on the whole screen (`?` lists its keys), else
/// the open questions as a list, the worst first. `hive next` takes them one by one. Orders
/// take numbers of questions, or filters: `hive escalations apply --rule I001 --path tests`.
#[derive(Debug, Args)]
pub(super) struct EscalationsArgs {
    #[command(subcommand)]
    command: Option<EscalationsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum EscalationsCommand {
    /// List questions
    List(ListArgs),
    /// Show one question: the code, the patch, similar past cases
    Show {
        /// Its number
        #[arg(value_parser = number)]
        id: EscalationId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say that questions are dealt with
    Resolve(NoteArgs),
    /// Not to be asked again
    Dismiss(NoteArgs),
    /// Not to be shown for a while
    Snooze(SnoozeArgs),
    /// To be shown again
    Reopen(NoteArgs),
    /// Have their files looked at once more
    Retry(NoteArgs),
    /// Put their patches into the working files
    Apply(ApplyArgs),
    /// Write comments that suppress the findings
    Suppress(SuppressArgs),
    /// Open the place in $VISUAL or $EDITOR
    Open(OpenArgs),
}

/// Runs `hive escalations`.
pub(super) fn run(args: &EscalationsArgs, context: &Context) -> Outcome<Ending> {
    use EscalationsCommand as Command;
    match &args.command {
        None => match review::wanted(&args.list, context) {
            Some(colour) => review::run(&args.list, colour, context),
            None => lists::list(&args.list, context),
        },
        Some(Command::List(args)) => lists::list(args, context),
        Some(Command::Show { id, json }) => lists::show(*id, *json, context),
        Some(Command::Resolve(args)) => orders::resolve(args, context),
        Some(Command::Dismiss(args)) => orders::dismiss(args, context),
        Some(Command::Snooze(args)) => orders::snooze(args, context),
        Some(Command::Reopen(args)) => orders::reopen(args, context),
        Some(Command::Retry(args)) => orders::retry(args, context),
        Some(Command::Apply(args)) => orders::apply(args, context),
        Some(Command::Suppress(args)) => orders::suppress(args, context),
        Some(Command::Open(args)) => orders::open(args, context),
    }
}

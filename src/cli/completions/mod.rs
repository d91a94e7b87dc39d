//! `hive completions`: a script for the shell; and the hidden `hive complete`, which
//! bash, zsh and fish ask what can stand at the cursor.
//!
//! Their scripts know nothing of hive's verbs, so they do not become outdated. An answer
//! comes from the command line's own definition ([`position`]) and, where it stands for
//! something of the repository, from a look into the database that changes nothing
//! ([`values`]). Whatever goes wrong is no completion, and never a word on the terminal.

mod position;
mod values;

use std::fmt::Write as _;

use clap_complete::Shell;

use super::{Context, Ending, help};
use crate::failure::{Failure, Outcome};
use crate::terminal::plain;
use position::Candidates;

const BASH: &str = include_str!("../../../shell/hive.bash");
const ZSH: &str = include_str!("../../../shell/hive.zsh");
const FISH: &str = include_str!("../../../shell/hive.fish");

/// Print a completion script for a shell
///
/// In bash, zsh and fish also numbers of questions and tasks, names of plans, rules and
/// settings are completed, as they are when you press the key. Where the script goes:
///
/// bash: `hive completions bash > ~/.local/share/bash-completion/completions/hive`;
/// zsh: into a file `_hive` in a directory of `$fpath`;
/// fish: `hive completions fish > ~/.config/fish/completions/hive.fish`
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
}

/// What a completion script asks.
#[derive(Debug, clap::Args)]
pub(super) struct CompleteArgs {
    /// What stands after `hive` up to the cursor, the last word as far as it is typed
    #[arg(last = true)]
    words: Vec<String>,
}

pub(super) fn run(args: &CompletionsArgs, context: &Context) -> Outcome<Ending> {
    let script = match args.shell {
        Shell::Bash => BASH.as_bytes().to_vec(),
        Shell::Zsh => ZSH.as_bytes().to_vec(),
        Shell::Fish => FISH.as_bytes().to_vec(),
        other => {
            let mut script = Vec::new();
            clap_complete::generate(other, &mut help::command(), "hive", &mut script);
            script
        }
    };
    context
        .terminal
        .data(&script)
        .map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

/// Answers a script: in the first line whether names of files are wanted, too (`files`
/// or `words`), then a candidate in each line, with a tab and what it is.
pub(super) fn complete(args: &CompleteArgs, context: &Context) -> Ending {
    let mut command = help::command();
    command.build();
    let Candidates { files, words } =
        position::candidates(&command, &args.words, |wanted, begun| {
            values::of(wanted, begun, context)
        });
    let mut answer = if files { "files\n" } else { "words\n" }.to_owned();
    for (word, what) in words {
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(answer, "{}\t{}", plain(&word), plain(&what));
    }
    // A shell that asks no more has lost nothing.
    let _ = context.terminal.data(answer.as_bytes());
    Ending::Clean
}

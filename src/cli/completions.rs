//! `hive completions`: a script for the shell.

use clap_complete::Shell;

use super::{Context, Ending, help};
use crate::failure::{Failure, Outcome};

/// Print a completion script for a shell
///
/// For bash: `hive completions bash > ~/.local/share/bash-completion/completions/hive`
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, context: &Context) -> Outcome<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut help::command(), "hive", &mut script);
    context
        .terminal
        .data(&script)
        .map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

//! The command line: one verb per file, the doc comments are the help text.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::{Failure, Outcome};
use crate::settings::environment;
use crate::terminal::{Terminal, Volume};

/// How a verb that did not fail ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is left to say: exit code 0.
    Clean,
    /// Findings remain, or something would change: exit code 1.
    Findings,
    /// Some file could not be dealt with because a tool or hive failed: exit code 3.
    Troubled,
}

impl Ending {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Troubled => 3,
        }
    }
}

/// What every verb is given.
#[derive(Debug)]
pub struct Context {
    /// Where to talk.
    pub terminal: Terminal,
    /// The directory the command was started in, absolute.
    pub cwd: PathBuf,
}

/// A quality agent for one Git repository of Python code.
#[derive(Debug, Parser)]
#[command(name = "hive", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Flags that every verb understands.
#[derive(Debug, Args)]
struct Global {
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print every file and every decision
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {}

/// Parses the command line, runs the verb, and returns the exit code.
pub fn main() -> u8 {
    let cli = Cli::parse();
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
    match outcome {
        Ok(ending) => ending.exit_code(),
        Err(failure) => {
            terminal.fail(&failure);
            failure.kind().exit_code()
        }
    }
}

fn run(verb: Verb, _context: &Context) -> Outcome<Ending> {
    match verb {}
}

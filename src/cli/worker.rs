//! `hive worker`: the process that fixes files, started by hive itself.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Ending;
use crate::failure::{Failure, Outcome};
use crate::fixers::toolbox::Bounds;
use crate::process;
use crate::worker;

/// Fixes files for another hive process over standard input and output
#[derive(Debug, clap::Args)]
pub(super) struct WorkerArgs {
    /// Milliseconds that a tool may take for one file
    #[arg(long, value_name = "MS")]
    deadline: u64,
    /// Bytes of address space of a tool's process
    #[arg(long, value_name = "BYTES")]
    memory: u64,
    /// The directory for scratch files
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
}

/// Deep trees make the linter recurse; the main thread's 8 MiB are soon used up.
const STACK: usize = 256 << 20;

pub(super) fn run(args: &WorkerArgs) -> Outcome<Ending> {
    let bounds = Bounds {
        deadline: Duration::from_millis(args.deadline),
        memory: args.memory,
        cache: args.cache.clone(),
    };
    process::end_with_programs()
        .map_err(|error| Failure::internal("the worker cannot be asked to end").caused_by(error))?;
    let serving = std::thread::Builder::new()
        .name("worker".to_owned())
        .stack_size(STACK)
        .spawn(move || worker::serve(io::stdin(), io::stdout(), &bounds))
        .map_err(|error| {
            Failure::internal("the worker's thread could not be started").caused_by(error)
        })?;
    match serving.join() {
        Ok(Ok(())) => Ok(Ending::Clean),
        Ok(Err(error)) => Err(Failure::internal("the worker lost its parent").caused_by(error)),
        Err(_) => Err(Failure::internal("the worker's thread panicked")),
    }
}

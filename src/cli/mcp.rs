//! `hive mcp`: hive for coding agents, over standard input and output.

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::mcp;
use crate::process;
use crate::repo::Place;
use crate::rpc::Hive;

/// Serve coding agents by the Model Context Protocol, on standard input and output
///
/// Started by a coding agent, not by hand; docs/mcp.md says how it is set up. Its tools
/// list, show and answer questions, check and fix files, and tell the status. Each is the
/// command of the same name: files are written by the same safe way, and what is not
/// trusted here is not run.
#[derive(Debug, Args)]
pub(super) struct McpArgs {
    /// A directory of the repository, where that is not the current one
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs `hive mcp`.
pub(super) fn run(args: &McpArgs, context: &Context) -> Outcome<Ending> {
    let start = match &args.root {
        None => context.cwd.clone(),
        Some(root) => {
            let root = context.cwd.join(root);
            root.canonicalize().map_err(|error| {
                Failure::usage(format!("{} is no directory", root.display())).caused_by(error)
            })?
        }
    };
    let root = Place::find(&start).map_or(start, |place| place.root);
    let hive = own()?;
    mcp::serve(io::stdin(), io::stdout(), &root, hive)
        .map_err(|error| Failure::internal("the client is gone").caused_by(error))?;
    Ok(Ending::Clean)
}

/// This binary, for a server: with it go the programs that it has started.
pub(super) fn own() -> Outcome<Hive> {
    process::end_with_programs()
        .map_err(|error| Failure::internal("signals cannot be taken over").caused_by(error))?;
    Hive::own()
        .map_err(|error| Failure::internal("hive cannot tell where it lies").caused_by(error))
}

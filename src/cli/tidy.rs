//! `hive tidy`: prepares what a `pre-commit` hook does, where no agent runs; hidden.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use clap::Args;

use super::{Context, Ending};
use crate::agent::desk::Desk;
use crate::cli::here;
use crate::failure::{Failure, Outcome};

/// Started by a hook, with a socket to it as its standard input.
#[derive(Debug, Args)]
pub(super) struct TidyArgs {}

/// Runs `hive tidy`: serves one hook, and ends when that is over.
pub(super) fn run(_: &TidyArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let socket = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map_err(|error| Failure::internal("nobody asks for anything").caused_by(error))?;
    let queue = super::watch::open_queue(&place)?;
    Desk::new(&place, queue)?.serve(UnixStream::from(socket));
    Ok(Ending::Clean)
}

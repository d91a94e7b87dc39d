//! `hive lsp`: hive for editors, over standard input and output.

use std::io;

use clap::Args;

use super::{Ending, mcp};
use crate::failure::{Failure, Outcome};
use crate::lsp;

/// Serve an editor as a language server, on standard input and output
///
/// Started by an editor, not by hand; docs/lsp.md says how it is set up. It shows what
/// `hive check` says of the text as it is in the editor and the open questions about the
/// file, offers patches, suggestions and suppressions, and lays documents out as `hive fix`
/// does. It writes nothing: the editor makes the edits.
#[derive(Debug, Args)]
pub(super) struct LspArgs {
    /// Taken for the sake of editors that pass it; there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Runs `hive lsp`.
pub(super) fn run(_: &LspArgs) -> Outcome<Ending> {
    let hive = mcp::own()?;
    let orderly = lsp::serve(io::stdin(), io::stdout(), hive)
        .map_err(|error| Failure::internal("the editor is gone").caused_by(error))?;
    // As the protocol has it: 1 where the editor went without a word.
    Ok(if orderly {
        Ending::Clean
    } else {
        Ending::Findings
    })
}

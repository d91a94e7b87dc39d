//! `hive rules explain`.

use clap::Args;

use super::rule;
use crate::cli::help::shown;
use crate::cli::listing::put;
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::golden::page;
use crate::screen::parts::width;

/// Say why a rule is there, how it decides, what its fix does, and its settings
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A code or a name: GR09, use-logger
    #[arg(value_name = "RULE")]
    rule: String,
}

/// Runs the verb.
pub(super) fn run(args: &ExplainArgs, context: &Context) -> Outcome<Ending> {
    let page = page::of(rule(&args.rule)?);
    let Some(columns) = context.terminal.width() else {
        let written = context.terminal.data(page.as_bytes());
        return written
            .map(|()| Ending::Clean)
            .map_err(Failure::from_output);
    };
    let bold = context.terminal.out_style().bold();
    let heading = |line: &str| bold.apply_to(line).to_string();
    for line in shown(&indented(&page), heading).lines() {
        // Code is never broken, and neither are the rows of a table.
        if line.starts_with("  ") || width(line) <= columns {
            context.terminal.line(line).map_err(Failure::from_output)?;
        } else {
            let hang = if line.starts_with("- ") { 2 } else { 0 };
            put(context, line, hang)?;
        }
    }
    Ok(Ending::Clean)
}

/// A page whose code is indented instead of fenced.
fn indented(page: &str) -> String {
    let mut text = String::new();
    let mut code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if code {
            text.extend(["    ", line, "\n"]);
        } else {
            text.extend([line, "\n"]);
        }
    }
    text
}

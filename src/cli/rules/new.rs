//! `hive rules new`.

use clap::Args;

use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};

/// Print the beginning of a rule of your own, to be put into hive.toml
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Its name: lower-case words with hyphens
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the verb.
pub(super) fn run(args: &NewArgs, context: &Context) -> Outcome<Ending> {
    let words = args.id.split('-');
    let fine = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if !words.clone().all(fine) {
        return Err(
            Failure::usage(format!("`{}` is no name for a rule", args.id))
                .hint("say lower-case words with hyphens: hive rules new billing-clock"),
        );
    }
    let text = format!(
        "\
[[rule]]
id = \"{}\"
call = \"datetime.datetime.now\"     # or import, mention, define, decorate, inherit, comment, pattern
in = \"src/**\"
use = \"shop.clock.now\"             # gives the patch; leave it out if there is none
message = \"Time is read through shop.clock, so that it can be replayed.\"
bad = [\"from datetime import datetime as d\\nd.now()\"]
good = [\"from shop.clock import now\\nnow()\"]
",
        args.id
    );
    context
        .terminal
        .data(text.as_bytes())
        .map_err(Failure::from_output)?;
    context
        .terminal
        .say("put it at the end of hive.toml, change it, then: hive rules test");
    Ok(Ending::Clean)
}

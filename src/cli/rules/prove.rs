//! `hive rules test`: the repository's own rules against their own examples.

use clap::Args;

use super::house;
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::golden::custom;
use crate::terminal::plain;

/// Run the tests of the repository's own rules: every `bad` is found, no `good` is
#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Ids of rules; all of them when none is given
    #[arg(value_name = "ID")]
    rules: Vec<String>,
}

/// Runs the verb.
pub(super) fn run(args: &TestArgs, context: &Context) -> Outcome<Ending> {
    let (_, house, context) = house(context)?;
    let config = house.golden(false)?;
    if let Some(unknown) = args
        .rules
        .iter()
        .find(|id| !config.custom.iter().any(|rule| rule.id == **id))
    {
        return Err(
            Failure::usage(format!("no rule of this repository is called `{unknown}`"))
                .hint("hive rules list --active"),
        );
    }
    let rules: Vec<_> = config
        .custom
        .iter()
        .filter(|rule| args.rules.is_empty() || args.rules.contains(&rule.id))
        .collect();
    if rules.is_empty() {
        return Err(Failure::usage("this repository has no rules of its own")
            .hint("hive rules new NAME prints the beginning of one"));
    }
    let style = context.terminal.out_style();
    let print = |line: &str| context.terminal.line(line).map_err(Failure::from_output);
    let mut failed = 0;
    for rule in rules {
        let failures = custom::prove(rule);
        let examples = rule.bad.len() + rule.good.len();
        if failures.is_empty() {
            let word = style.clone().green().apply_to("ok");
            let note = if examples == 0 { ", no examples" } else { "" };
            print(&format!(
                "{word} {} ({examples} examples{note})",
                plain(&rule.id)
            ))?;
            continue;
        }
        failed += failures.len();
        let word = style.clone().red().bold().apply_to("failed");
        print(&format!("{word} {}", plain(&rule.id)))?;
        for failure in failures {
            for line in failure.to_string().lines() {
                print(&format!("  {}", plain(line)))?;
            }
        }
    }
    Ok(if failed > 0 {
        Ending::Findings
    } else {
        Ending::Clean
    })
}

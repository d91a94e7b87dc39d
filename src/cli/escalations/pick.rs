//! Which questions are meant: by number, or by filters.

use clap::Args;

use super::super::Context;
use super::super::listing::{duration, since};
use super::super::why::below;
use crate::escalation::Level;
use crate::failure::{Failure, Outcome};
use crate::queue::{EscalationFilter, EscalationId, Queue};
use crate::schedule::Stage;

/// The names of the states.
pub(super) const STATES: [&str; 4] = ["open", "snoozed", "resolved", "dismissed"];

/// Filters of questions.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct FilterArgs {
    /// Only this rule
    #[arg(long)]
    rule: Option<String>,
    /// Only this file, or the files below this directory
    #[arg(long)]
    path: Option<String>,
    /// Only this level or worse: info, warning, error, critical
    #[arg(long)]
    level: Option<Level>,
    /// Only this stage
    #[arg(long)]
    stage: Option<Stage>,
    /// Only this state (open without it); may be repeated, `all` for every state
    #[arg(long, value_parser = state)]
    state: Vec<String>,
    /// Only what was asked in this span: 30m, 12h, 7d, 2w
    #[arg(long, value_parser = duration)]
    since: Option<i64>,
}

/// Numbers of questions, or filters.
#[derive(Debug, Args)]
pub(in crate::cli) struct PickArgs {
    /// Numbers of questions
    #[arg(value_name = "ID", value_parser = number)]
    ids: Vec<EscalationId>,
    #[command(flatten)]
    filter: FilterArgs,
}

fn state(text: &str) -> Result<String, String> {
    if text == "all" || STATES.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("say all, {}", STATES.join(", ")))
    }
}

/// A number as it is shown, with or without its mark.
pub(in crate::cli) fn number(text: &str) -> Result<EscalationId, String> {
    let bare = text.strip_prefix('#').unwrap_or(text);
    bare.parse()
        .map_err(|error: crate::queue::BadId| error.to_string())
}

impl FilterArgs {
    /// As the queue takes it.
    pub(in crate::cli) fn filter(&self, context: &Context) -> Outcome<EscalationFilter> {
        let path = self.path.as_deref().map(|path| below(path, context));
        Ok(self.of(path.transpose()?.flatten()))
    }

    fn of(&self, path: Option<String>) -> EscalationFilter {
        let states = if self.state.iter().any(|state| state == "all") {
            STATES.iter().map(ToString::to_string).collect()
        } else {
            self.state.clone()
        };
        EscalationFilter {
            rule: self.rule.clone(),
            path,
            level: self.level,
            stage: self.stage,
            states,
            since_ms: since(self.since),
        }
    }

    /// Whether nothing is said.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.of(self.path.clone()) == EscalationFilter::default()
    }
}

impl PickArgs {
    /// Whether neither numbers nor filters were given.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.filter.is_empty()
    }

    /// The numbers that are meant, each once.
    pub(in crate::cli) fn ids(
        &self,
        queue: &Queue,
        context: &Context,
    ) -> Outcome<Vec<EscalationId>> {
        if !self.ids.is_empty() {
            if !self.filter.is_empty() {
                return Err(Failure::usage("either numbers of questions or filters")
                    .hint("hive escalations list shows what a filter takes"));
            }
            let mut ids = Vec::new();
            for id in &self.ids {
                if !ids.contains(id) {
                    ids.push(*id);
                }
            }
            return Ok(ids);
        }
        if self.filter.is_empty() {
            return Err(Failure::usage("no question is named").hint(
                "say a number, or a filter such as --rule or --path; --state open takes all open ones",
            ));
        }
        let rows = queue.escalation_rows(&self.filter.filter(context)?, None)?;
        if rows.is_empty() {
            return Err(Failure::usage("no question is like that")
                .hint("hive escalations list shows the open ones"));
        }
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

//! How the queue does, for people.

use crate::cli::Context;
use crate::cli::listing::{span, table};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{Metrics, Quantiles, StageMetrics};

/// The window if nothing is said: an hour.
const WINDOW_MS: i64 = 60 * 60 * 1000;

/// When the window begins, in milliseconds since the epoch.
pub(super) fn window(span_ms: Option<i64>) -> i64 {
    clock::wall_ms().saturating_sub(span_ms.unwrap_or(WINDOW_MS))
}

/// Prints what happened in each stage; nothing where nothing did.
pub(super) fn told(metrics: &Metrics, context: &Context) -> Outcome<()> {
    let line = |text: &str| context.terminal.line(text).map_err(Failure::from_output);
    let open: Vec<_> = metrics
        .breakers
        .iter()
        .filter(|breaker| breaker.state != "closed")
        .collect();
    if metrics.stages.is_empty() && open.is_empty() {
        return Ok(());
    }
    line("")?;
    line(&format!(
        "the queue in the last {}:",
        span(metrics.window_ms)
    ))?;
    let rows: Vec<Vec<String>> = metrics.stages.iter().map(row).collect();
    let head = [
        "stage", "done", "per hour", "well", "again", "folded", "dead", "waits", "runs",
    ];
    if !rows.is_empty() {
        table(context, &head, &rows)?;
    }
    for stage in &metrics.stages {
        if stage.scale_ups + stage.scale_downs + stage.restarts > 0 {
            line(&format!(
                "{}: workers added {} times, taken away {}, replaced {}",
                stage.stage, stage.scale_ups, stage.scale_downs, stage.restarts
            ))?;
        }
    }
    for breaker in open {
        line(&format!(
            "the circuit breaker of {} {} is {}",
            breaker.tool, breaker.version, breaker.state
        ))?;
    }
    Ok(())
}

fn row(stage: &StageMetrics) -> Vec<String> {
    vec![
        stage.stage.to_string(),
        stage.done.to_string(),
        stage.per_hour.to_string(),
        stage
            .success_rate
            .map_or_else(String::new, |rate| format!("{rate} %")),
        stage.retries.to_string(),
        stage.coalesced.to_string(),
        stage.dead.to_string(),
        times(&stage.wait_ms),
        times(&stage.run_ms),
    ]
}

/// The median and what 95 and 99 of a hundred took at most.
fn times(times: &Quantiles) -> String {
    match times.count {
        0 => String::new(),
        _ => format!("{}/{}/{} ms", times.p50, times.p95, times.p99),
    }
}

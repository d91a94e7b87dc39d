//! How the queue does, as `OpenMetrics` text (RFC draft of the CNCF, version 1.0).
//!
//! Everything is a gauge or a summary over a window, never a counter: rows are forgotten
//! after a day, so that no number here only grows.

use std::fmt::{Display, Write as _};

use crate::queue::{Metrics, Quantiles, StageMetrics};

/// Metrics of one name: what they are, and in which unit, if in any.
struct Family {
    name: &'static str,
    kind: &'static str,
    unit: &'static str,
    help: &'static str,
}

/// Gauges of a name.
fn gauge(name: &'static str, help: &'static str) -> Family {
    Family {
        name,
        kind: "gauge",
        unit: "",
        help,
    }
}

impl Family {
    fn of(self, kind: &'static str, unit: &'static str) -> Self {
        Self { kind, unit, ..self }
    }

    /// Writes the head, and the samples that there are, each with its labels.
    fn write<V: Display>(&self, text: &mut String, samples: impl IntoIterator<Item = (String, V)>) {
        let name = self.name;
        let _ = writeln!(text, "# TYPE {name} {}", self.kind);
        if !self.unit.is_empty() {
            let _ = writeln!(text, "# UNIT {name} {}", self.unit);
        }
        let _ = writeln!(text, "# HELP {name} {}", self.help);
        for (labels, value) in samples {
            let _ = match labels.as_str() {
                "" => writeln!(text, "{name} {value}"),
                labels => writeln!(text, "{name}{{{labels}}} {value}"),
            };
        }
    }
}

/// A gauge of each stage, and its value where it has one.
type OfStage = (&'static str, &'static str, fn(&StageMetrics) -> Option<f64>);
/// Times of each stage.
type Times = (&'static str, &'static str, fn(&StageMetrics) -> &Quantiles);

const GAUGES: [OfStage; 10] = [
    ("hive_done", "Tasks that ended well in the window.", |it| {
        Some(it.done as f64)
    }),
    ("hive_done_per_hour", "The same in an hour.", |it| {
        Some(it.per_hour as f64)
    }),
    (
        "hive_success_ratio",
        "Runs that ended well, of those that ended.",
        |it| it.success_rate.map(|rate| f64::from(rate) / 100.0),
    ),
    (
        "hive_retries",
        "Failed runs that another attempt followed.",
        |it| Some(it.retries as f64),
    ),
    (
        "hive_coalesced",
        "Changes folded into tasks that waited.",
        |it| Some(it.coalesced as f64),
    ),
    (
        "hive_dead",
        "Tasks that failed for good in the window.",
        |it| Some(it.dead as f64),
    ),
    ("hive_cancelled", "Tasks cancelled in the window.", |it| {
        Some(it.cancelled as f64)
    }),
    ("hive_scale_ups", "How often workers were added.", |it| {
        Some(it.scale_ups as f64)
    }),
    (
        "hive_scale_downs",
        "How often workers were taken away.",
        |it| Some(it.scale_downs as f64),
    ),
    (
        "hive_restarts",
        "How often a dead worker was replaced.",
        |it| Some(it.restarts as f64),
    ),
];

const TIMES: [Times; 2] = [
    (
        "hive_wait_seconds",
        "From when a task could run to its run.",
        |it| &it.wait_ms,
    ),
    ("hive_run_seconds", "How long a run takes.", |it| &it.run_ms),
];

/// All of it; without a database just the end.
pub(super) fn write(metrics: Option<&Metrics>) -> String {
    let mut text = String::new();
    if let Some(metrics) = metrics {
        all(metrics, &mut text);
    }
    text.push_str("# EOF\n");
    text
}

fn all(metrics: &Metrics, text: &mut String) {
    gauge("hive_window_seconds", "The window of what happened.")
        .of("gauge", "seconds")
        .write(text, [(String::new(), seconds(metrics.window_ms))]);
    let tasks = metrics.tasks.iter().map(|count| {
        let (stage, state, priority) = (count.stage, &count.state, count.priority.name());
        let labels = format!("stage=\"{stage}\",state=\"{state}\",priority=\"{priority}\"");
        (labels, count.count)
    });
    gauge("hive_tasks", "Tasks there are now.").write(text, tasks);
    let stages = metrics.stages.iter();
    let runs = stages.clone().flat_map(|stage| {
        let runs = stage.runs.iter();
        runs.map(move |(outcome, count)| {
            let labels = format!("stage=\"{}\",outcome=\"{outcome}\"", stage.stage);
            (labels, *count)
        })
    });
    gauge("hive_runs", "Runs that ended in the window, by how.").write(text, runs);
    for (name, help, value) in GAUGES {
        let values = stages.clone().filter_map(|stage| {
            let value = value(stage)?;
            Some((format!("stage=\"{}\"", stage.stage), value))
        });
        gauge(name, help).write(text, values);
    }
    for (name, help, times) in TIMES {
        let quantiles = stages
            .clone()
            .flat_map(|stage| quantiles(stage, times(stage)));
        gauge(name, help)
            .of("summary", "seconds")
            .write(text, quantiles);
    }
    let breakers = metrics.breakers.iter().map(|breaker| {
        let (tool, version) = (escaped(&breaker.tool), escaped(&breaker.version));
        let value = match breaker.state.as_str() {
            "open" => 1.0,
            "half-open" => 0.5,
            _ => 0.0,
        };
        (format!("tool=\"{tool}\",version=\"{version}\""), value)
    });
    gauge(
        "hive_breaker_open",
        "1 while a tool is left alone, 0.5 half-open.",
    )
    .write(text, breakers);
    gauge("hive_database_bytes", "The size of the database.")
        .of("gauge", "bytes")
        .write(text, [(String::new(), metrics.database_bytes)]);
}

/// The quantiles of times, in seconds; none of nothing.
fn quantiles(stage: &StageMetrics, times: &Quantiles) -> Vec<(String, f64)> {
    if times.count == 0 {
        return Vec::new();
    }
    [("0.5", times.p50), ("0.95", times.p95), ("0.99", times.p99)]
        .map(|(quantile, ms)| {
            let labels = format!("stage=\"{}\",quantile=\"{quantile}\"", stage.stage);
            (labels, seconds(ms))
        })
        .to_vec()
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The value of a label as it stands between quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{BreakerState, Count};
    use crate::schedule::{Priority, Stage};

    #[test]
    fn the_text_is_what_a_parser_takes() {
        let metrics = Metrics {
            since_ms: 0,
            window_ms: 60_000,
            tasks: vec![Count {
                stage: Stage::Qa,
                state: "ready".to_owned(),
                priority: Priority::High,
                count: 3,
            }],
            stages: vec![StageMetrics {
                stage: Stage::Qa,
                wait_ms: Quantiles::of(vec![1, 2, 300]),
                run_ms: Quantiles::of(Vec::new()),
                runs: [("fixed".to_owned(), 2)].into(),
                done: 2,
                per_hour: 120,
                success_rate: Some(67),
                retries: 1,
                coalesced: 0,
                dead: 0,
                cancelled: 0,
                scale_ups: 1,
                scale_downs: 0,
                restarts: 0,
            }],
            breakers: vec![BreakerState {
                tool: "a \"b\" \\".to_owned(),
                version: "1\n".to_owned(),
                state: "half-open".to_owned(),
            }],
            database_bytes: 4096,
        };
        let text = write(Some(&metrics));
        assert!(text.ends_with("\n# EOF\n"), "{text}");
        let mut names = Vec::new();
        for line in text.lines().take_while(|line| *line != "# EOF") {
            assert!(!line.is_empty());
            if let Some(head) = line.strip_prefix("# TYPE ") {
                let (name, kind) = head.split_once(' ').unwrap();
                assert!(!names.contains(&name), "{name} twice");
                assert!(["gauge", "summary"].contains(&kind));
                names.push(name);
            } else if let Some(head) = line.strip_prefix("# UNIT ") {
                let (name, unit) = head.split_once(' ').unwrap();
                assert_eq!(names.last(), Some(&name));
                assert!(name.ends_with(&format!("_{unit}")), "{line}");
            } else if !line.starts_with("# HELP ") {
                // Samples follow the head of their family, and no other.
                let name = line.split(['{', ' ']).next().unwrap();
                assert_eq!(names.last(), Some(&name), "{line}");
                let (_, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
            }
        }
        for line in [
            "hive_tasks{stage=\"qa\",state=\"ready\",priority=\"high\"} 3",
            "hive_wait_seconds{stage=\"qa\",quantile=\"0.5\"} 0.002",
            "hive_success_ratio{stage=\"qa\"} 0.67",
            "hive_breaker_open{tool=\"a \\\"b\\\" \\\\\",version=\"1\\n\"} 0.5",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("hive_run_seconds{"), "{text}");
        assert_eq!(write(None), "# EOF\n");
    }
}

//! A filter of questions as a person types it: `rule=F401 path=src level=error`. Pure.

use crate::escalation::Level;
use crate::queue::EscalationFilter;
use crate::report::duration;
use crate::schedule::Stage;

/// The names of the states.
const STATES: [&str; 4] = ["open", "snoozed", "resolved", "dismissed"];

/// Reads one. A word without a name is a level, a state, a stage, a path if it has a
/// slash or a dot, else a rule. `now_ms` is what a span (`since=7d`) ends at; the span is
/// returned beside the filter as it was typed.
pub(super) fn read(text: &str, now_ms: i64) -> Result<(EscalationFilter, String), String> {
    let mut filter = EscalationFilter::default();
    let mut since = String::new();
    for word in text.split_whitespace() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            None => (guessed(word), word),
        };
        match name {
            "rule" => filter.rule = Some(value.to_owned()),
            "path" => {
                let value = value.trim_end_matches('/');
                filter.path = Some(value.trim_start_matches("./").to_owned());
            }
            "level" => {
                let level: Level = value.parse().map_err(|error| format!("{error}"))?;
                filter.level = Some(level);
            }
            "stage" => {
                let stage: Stage = value.parse().map_err(|error| format!("{error}"))?;
                filter.stage = Some(stage);
            }
            "state" if value == "all" => filter.states = STATES.map(str::to_owned).to_vec(),
            "state" if STATES.contains(&value) => filter.states.push(value.to_owned()),
            "state" => return Err(format!("`{value}` is no state: all, {}", STATES.join(", "))),
            "since" => {
                filter.since_ms = Some(now_ms.saturating_sub(duration(value)?));
                value.clone_into(&mut since);
            }
            _ => {
                return Err(format!(
                    "`{name}` is no filter: rule, path, level, stage, state, since"
                ));
            }
        }
    }
    Ok((filter, since))
}

fn guessed(word: &str) -> &'static str {
    if word.parse::<Level>().is_ok() {
        "level"
    } else if word.parse::<Stage>().is_ok() {
        "stage"
    } else if word == "all" || STATES.contains(&word) {
        "state"
    } else if word.contains(['/', '.']) {
        "path"
    } else {
        "rule"
    }
}

/// The span of a filter that was not typed here.
pub(super) fn span(filter: &EscalationFilter, now_ms: i64) -> String {
    let minutes = filter
        .since_ms
        .map(|since| (now_ms - since).max(0).saturating_add(30_000) / 60_000);
    minutes.map_or_else(String::new, |minutes| match minutes {
        0 => "59s".to_owned(),
        hours if hours % 60 == 0 => format!("{}h", hours / 60),
        minutes => format!("{minutes}m"),
    })
}

/// A filter as it would be typed; empty for that of the open questions. `since` is its span.
pub(super) fn told(filter: &EscalationFilter, since: &str) -> String {
    let mut words = Vec::new();
    if let Some(rule) = &filter.rule {
        words.push(format!("rule={rule}"));
    }
    if let Some(path) = &filter.path {
        words.push(format!("path={path}"));
    }
    if let Some(level) = filter.level {
        words.push(format!("level={level}"));
    }
    if let Some(stage) = filter.stage {
        words.push(format!("stage={stage}"));
    }
    if STATES
        .iter()
        .all(|state| filter.states.iter().any(|one| one == state))
    {
        words.push("state=all".to_owned());
    } else {
        words.extend(filter.states.iter().map(|state| format!("state={state}")));
    }
    if !since.is_empty() {
        words.push(format!("since={since}"));
    }
    words.join(" ")
}

/// The next of the views of states: open, snoozed, resolved, dismissed, all.
pub(super) fn next_states(filter: &mut EscalationFilter) {
    turn_states(filter, 1);
}

/// The one before.
pub(super) fn last_states(filter: &mut EscalationFilter) {
    turn_states(filter, STATES.len());
}

/// So many views further, round and round.
fn turn_states(filter: &mut EscalationFilter, by: usize) {
    let at = match filter.states.as_slice() {
        [] => 0,
        [one] => STATES.iter().position(|state| state == one).unwrap_or(0),
        _ => STATES.len(),
    };
    filter.states = match (at + by) % (STATES.len() + 1) {
        0 => Vec::new(),
        all if all == STATES.len() => STATES.map(str::to_owned).to_vec(),
        one => vec![STATES[one].to_owned()],
    };
}

/// The next bound of levels: none, warning, error, critical.
pub(super) fn next_level(filter: &mut EscalationFilter) {
    filter.level = match filter.level {
        None | Some(Level::Info) => Some(Level::Warning),
        Some(Level::Warning) => Some(Level::Error),
        Some(Level::Error) => Some(Level::Critical),
        Some(Level::Critical) => None,
    };
}

#[cfg(test)]
mod tests {
    use super::{last_states, next_level, next_states, read, span, told};
    use crate::queue::EscalationFilter;

    #[test]
    fn filters_are_read_and_told() {
        for (text, again) in [
            ("", ""),
            ("F401 src/", "rule=F401 path=src"),
            ("error golden a.py", "path=a.py level=error stage=golden"),
            ("state=all since=2d", "state=all since=2d"),
            ("since=30m ./src/", "path=src since=30m"),
            ("snoozed resolved", "state=snoozed state=resolved"),
            ("rule=E722 level=warning", "rule=E722 level=warning"),
        ] {
            let now = 1_000_000_000;
            let (filter, since) = read(text, now).unwrap();
            assert_eq!(told(&filter, &since), again, "{text}");
            assert_eq!(read(again, now).unwrap().0, filter, "{text}");
        }
        let of = |since_ms| EscalationFilter {
            since_ms: Some(since_ms),
            ..EscalationFilter::default()
        };
        let now = 1_000_000_000;
        for (span_ms, text) in [(1_800_123, "30m"), (172_800_001, "48h"), (10, "59s")] {
            assert_eq!(span(&of(now - span_ms), now), text);
        }
        for text in ["level=bad", "state=gone", "since=x", "colour=red"] {
            assert!(read(text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn views_go_round() {
        let (mut filter, _) = read("", 0).unwrap();
        let seen: Vec<String> = (0..5)
            .map(|_| {
                next_states(&mut filter);
                told(&filter, "")
            })
            .collect();
        let expected = [
            "state=snoozed",
            "state=resolved",
            "state=dismissed",
            "state=all",
            "",
        ];
        assert_eq!(seen, expected);
        for state in ["state=all", "state=dismissed"] {
            last_states(&mut filter);
            assert_eq!(told(&filter, ""), state);
        }
        for _ in 0..4 {
            next_level(&mut filter);
        }
        assert_eq!(filter.level, None);
    }
}

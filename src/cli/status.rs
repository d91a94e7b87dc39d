//! `hive status`: what hive does here, what it waits for, and what needs somebody.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Context, Ending, watch};
use crate::agent::lock::{self, Holder};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::hooks;
use crate::queue::{EscalationFilter, Landing, Queue, TaskFilter, TaskState, WaitingState};
use crate::repo::{Place, activity};
use crate::terminal::plain;

/// The version of the JSON that `--json` writes.
const SCHEMA: u32 = 1;
/// How many of the last landings are shown.
const LANDINGS: usize = 3;
/// How many of the files that wait for something are shown; `hive queue list` has all.
const DEFERRED: usize = 20;

/// Show what hive does here, what it waits for, and what needs you
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
}

/// Everything that is shown.
#[derive(Debug, Serialize)]
struct Status {
    schema: u32,
    root: PathBuf,
    agent: Option<Holder>,
    /// `installed`, `none`, or `unknown` where git cannot be asked.
    hooks: &'static str,
    paused: Option<String>,
    /// Why the queue waits.
    gate: Option<String>,
    queue: Queued,
    /// Fixes that wait to land, with the reason of those that are deferred or held.
    fixes: Vec<Waiting>,
    /// Files that cannot be looked at yet, with the reason.
    deferred: Vec<Waiting>,
    landings: Vec<Landing>,
    questions: usize,
    rescued: Vec<PathBuf>,
    /// The next command, if something is wrong.
    next: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Queued {
    ready: usize,
    running: usize,
    scheduled: usize,
    deferred: usize,
    dead: usize,
    /// The age of the oldest task that waits, in milliseconds.
    oldest_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Waiting {
    path: String,
    state: &'static str,
    reason: Option<String>,
}

/// Runs `hive status`.
pub(super) fn run(args: &StatusArgs, context: &Context) -> Outcome<Ending> {
    let place = Place::find(&context.cwd).ok_or_else(watch::no_repository)?;
    let status = Status::of(&place)?;
    let text = if args.json {
        serde_json::to_string_pretty(&status)
            .map_err(|error| Failure::internal("the status cannot be written").caused_by(error))?
    } else {
        plain(&status.told()).into_owned()
    };
    context.terminal.line(&text).map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

impl Status {
    fn of(place: &Place) -> Outcome<Self> {
        let agent = lock::holder(place);
        let hooks = match hooks::installed(place, &hooks::Git::default()) {
            Ok(true) => "installed",
            Ok(false) => "none",
            Err(_) => "unknown",
        };
        let mut status = Self {
            schema: SCHEMA,
            root: place.root.clone(),
            agent,
            hooks,
            paused: None,
            gate: None,
            queue: Queued::default(),
            fixes: Vec::new(),
            deferred: Vec::new(),
            landings: Vec::new(),
            questions: 0,
            rescued: rescued(place),
            next: None,
        };
        // To look must not make anything: without a database there is nothing yet.
        if crate::store::repository_file(place).is_some_and(|file| file.exists()) {
            status.ask(&watch::open_queue(place)?, place)?;
        }
        status.next = status.advice(place);
        Ok(status)
    }

    fn ask(&mut self, queue: &Queue, place: &Place) -> Outcome<()> {
        self.paused = queue.paused()?.map(|hold| hold.reason);
        // An operation is seen from here at once, also while nothing waits for its end.
        // What an agent wrote down beyond it is true as long as the agent lives.
        self.gate = match (activity::operation(place), &self.agent) {
            (Some(busy), _) => Some(busy.to_string()),
            (None, Some(_)) => queue.gate()?.map(|hold| hold.reason),
            (None, None) => None,
        };
        let counts = queue.counts()?;
        self.queue = Queued {
            ready: counts.of("ready"),
            running: counts.of("running"),
            scheduled: counts.of("scheduled"),
            deferred: counts.of("deferred"),
            dead: counts.of("dead"),
            oldest_ms: counts.oldest_ms.map(|at| clock::wall_ms() - at),
        };
        self.fixes = queue
            .waiting_fixes()?
            .into_iter()
            .map(|fix| {
                let (state, reason) = match fix.state {
                    WaitingState::Ready => ("ready", None),
                    WaitingState::Deferred { reason, .. } => ("deferred", Some(reason)),
                    WaitingState::Held { reason, .. } => ("held", Some(reason)),
                };
                Waiting {
                    path: fix.path.to_string(),
                    state,
                    reason,
                }
            })
            .collect();
        let filter = TaskFilter {
            states: vec!["deferred".to_owned()],
            limit: Some(DEFERRED),
            ..TaskFilter::default()
        };
        self.deferred = queue
            .list(&filter)?
            .into_iter()
            .map(|task| Waiting {
                path: task.path.to_string(),
                state: "deferred",
                reason: match task.state {
                    TaskState::Deferred { reason, .. } => Some(reason),
                    _ => None,
                },
            })
            .collect();
        self.landings = queue.landings(LANDINGS)?;
        self.questions = queue.escalations(&EscalationFilter::default())?.len();
        Ok(())
    }

    /// The next command, for the worst that there is.
    fn advice(&self, place: &Place) -> Option<String> {
        let waits = self.queue.ready + self.queue.scheduled > 0;
        if !self.rescued.is_empty() {
            let dir = place.state_dir().join("rescue");
            return Some(format!("look at {}", dir.display()));
        }
        if self.paused.is_some() {
            return Some("hive queue resume".to_owned());
        }
        if self.hooks == "none" && self.agent.is_none() {
            return Some("hive init".to_owned());
        }
        if self.agent.is_none() && waits && self.gate.is_none() {
            return Some("hive watch --once".to_owned());
        }
        if self.queue.dead > 0 {
            return Some("hive queue list --state dead".to_owned());
        }
        (self.questions > 0).then(|| "hive escalations".to_owned())
    }

    fn told(&self) -> String {
        let mut lines = Vec::new();
        let mut put = |name: &str, text: String| lines.push(format!("{name:<10} {text}"));
        put(
            "agent",
            match &self.agent {
                Some(holder) => format!(
                    "{} (process {}, for {})",
                    holder.kind.told(),
                    holder.pid,
                    age(clock::wall_ms() - holder.since_ms)
                ),
                None if self.hooks == "installed" => {
                    "none at work; the next commit starts one".to_owned()
                }
                None => "none at work".to_owned(),
            },
        );
        put("hooks", self.hooks.to_owned());
        if let Some(reason) = &self.paused {
            put("paused", reason.clone());
        }
        if let Some(reason) = &self.gate {
            put("waits", reason.clone());
        }
        put("queue", self.queue.told());
        let (going, kept): (Vec<_>, Vec<_>) =
            self.fixes.iter().partition(|fix| fix.reason.is_none());
        if !going.is_empty() {
            put("landing", format!("{} to land", files(going.len())));
        }
        let kept: Vec<_> = kept.into_iter().chain(&self.deferred).collect();
        for (at, fix) in kept.iter().enumerate() {
            let name = if at == 0 { "kept back" } else { "" };
            let reason = fix.reason.as_deref().unwrap_or_default();
            put(name, format!("{}: {reason} ({})", fix.path, fix.state));
        }
        for (at, landing) in self.landings.iter().enumerate() {
            let name = if at == 0 { "landed" } else { "" };
            let ids: Vec<String> = landing
                .commits
                .iter()
                .map(|commit| commit.oid.short())
                .collect();
            let branch = landing
                .reference
                .strip_prefix("refs/heads/")
                .unwrap_or(&landing.reference);
            let mut text = format!(
                "{} on {branch}, {} ago",
                ids.join(" "),
                age(clock::wall_ms() - landing.at_ms)
            );
            if landing
                .commits
                .iter()
                .any(|commit| commit.reowned_by.is_some())
            {
                text.push_str(", amended by you: yours now");
            }
            put(name, text);
        }
        put(
            "questions",
            match self.questions {
                0 => "none".to_owned(),
                1 => "1 open".to_owned(),
                many => format!("{many} open"),
            },
        );
        if !self.rescued.is_empty() {
            put("rescued", files(self.rescued.len()));
        }
        if let Some(next) = &self.next {
            put("next", next.clone());
        }
        lines.join("\n")
    }
}

impl Queued {
    fn told(&self) -> String {
        let parts: Vec<String> = [
            (self.running, "running"),
            (self.ready, "ready"),
            (self.scheduled, "scheduled"),
            (self.deferred, "deferred"),
            (self.dead, "dead"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
        if parts.is_empty() {
            return "empty".to_owned();
        }
        let oldest = self
            .oldest_ms
            .map(|ms| format!(", the oldest waits for {}", age(ms)))
            .unwrap_or_default();
        format!("{}{oldest}", parts.join(", "))
    }
}

fn rescued(place: &Place) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place.state_dir().join("rescue")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

/// A length of time in its largest unit.
fn age(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

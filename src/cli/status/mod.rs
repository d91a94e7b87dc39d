//! `hive status`: what hive does here, what it waits for, and what needs somebody.

mod hooks;
mod plans;
mod queued;

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use self::hooks::Installation;
use self::plans::Planned;
use self::queued::Queued;
use super::listing::put;
use super::{Context, Ending, watch};
use crate::agent::lock::{self, Holder};
use crate::cli::here;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{KeptBack, Landing, Lease, Queue};
use crate::repo::{Place, activity};
use crate::report::{Held, HeldBy, span};
use crate::review;
use crate::store::{self, Aside};
use crate::terminal::{plain, plain_json};

/// The version of the JSON that `--json` writes.
const SCHEMA: u32 = 1;
/// How many of the last landings are shown.
const LANDINGS: usize = 3;
/// How many of the files that wait for something are shown; `hive queue list` and
/// `hive history` have all.
const KEPT: usize = 20;
/// For how long a damaged database is told of, in milliseconds.
const DAY: i64 = 86_400_000;
/// How many fixes of a rule must have landed before their rate means anything.
const LANDED: usize = 5;

/// Show what hive does here, what it waits for, and what needs you
#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArgs {
    /// Print JSON; docs/json.md describes it
    #[arg(long, conflicts_with = "short")]
    json: bool,
    /// For a prompt: `?2 ~3 !1`, that is 2 questions, 3 tasks at work, 1 thing kept back;
    /// nothing where nothing is
    #[arg(long)]
    short: bool,
}

impl StatusArgs {
    /// Those of `hive status --short`.
    pub(in crate::cli) fn of_a_prompt() -> Self {
        Self {
            json: false,
            short: true,
        }
    }
}

/// Everything that is shown.
#[derive(Debug, Serialize)]
struct Status {
    schema: u32,
    root: PathBuf,
    agent: Option<Holder>,
    #[serde(flatten)]
    installation: Installation,
    paused: Option<String>,
    /// Why the queue waits.
    gate: Option<String>,
    queue: Queued,
    /// Fixes that wait to land, with the reason of those that are deferred or held.
    fixes: Vec<KeptBack>,
    /// How many those are in all.
    #[serde(skip)]
    waiting: usize,
    /// Files that cannot be looked at yet, with the reason.
    deferred: Vec<KeptBack>,
    landings: Vec<Landing>,
    /// Tools that do not run for the files that were worked on last.
    held: Vec<Held>,
    /// Files that somebody works on.
    leases: Vec<Lease>,
    /// Plans that are executing or paused.
    plans: Vec<Planned>,
    questions: usize,
    rescued: Vec<PathBuf>,
    /// A damaged database that was moved aside in the last day.
    #[serde(skip)]
    aside: Option<Aside>,
    /// What the rates of `hive stats` suggest.
    hint: Option<String>,
    /// The next command, if something is wrong.
    next: Option<String>,
}

/// Runs `hive status`.
pub(in crate::cli) fn run(args: &StatusArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    if args.short {
        if let Some(text) = short(&place) {
            context.terminal.line(&text).map_err(Failure::from_output)?;
        }
        return Ok(Ending::Clean);
    }
    let status = Status::of(&place)?;
    if args.json {
        let text = serde_json::to_string_pretty(&status)
            .map_err(|error| Failure::internal("the status cannot be written").caused_by(error))?;
        let text = plain_json(&text);
        context.terminal.line(&text).map_err(Failure::from_output)?;
        return Ok(Ending::Clean);
    }
    for line in plain(&status.told()).lines() {
        put(context, line, 11)?;
    }
    Ok(Ending::Clean)
}

impl Status {
    fn of(place: &Place) -> Outcome<Self> {
        let mut status = Self {
            schema: SCHEMA,
            root: place.root.clone(),
            agent: lock::holder(place),
            installation: Installation::of(place),
            paused: None,
            gate: None,
            queue: Queued::default(),
            fixes: Vec::new(),
            waiting: 0,
            deferred: Vec::new(),
            landings: Vec::new(),
            held: Vec::new(),
            leases: Vec::new(),
            plans: Vec::new(),
            questions: 0,
            rescued: rescued(place),
            aside: None,
            hint: None,
            next: None,
        };
        // To look must not make anything: without a database there is nothing yet.
        if store::repository_file(place).is_some_and(|file| file.exists()) {
            status.ask(&watch::open_queue(place)?, place)?;
        }
        // Last: to open the database may be what moves it.
        status.aside = store::aside(place).filter(|aside| aside.at_ms > clock::wall_ms() - DAY);
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
        let standing = queue.standing()?;
        self.queue = Queued::of(&standing);
        self.fixes = queue.kept_fixes(KEPT)?;
        self.waiting = standing.landing + standing.waiting + standing.held;
        self.deferred = queue.kept_tasks(KEPT)?;
        self.landings = queue.landings(LANDINGS)?;
        self.held = review::held(place, queue);
        self.leases = queue.leases()?;
        self.plans = Planned::under_way(queue)?;
        self.questions = standing.questions;
        self.hint = queue.unloved(LANDED)?.map(|rule| {
            format!(
                "{} of {} landed fixes of {} were taken back: hive stats",
                rule.taken_back, rule.landed, rule.rule
            )
        });
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
        if let Some(next) = self.installation.advice() {
            return Some(next.to_owned());
        }
        if self.installation.none() && self.agent.is_none() {
            return Some("hive init".to_owned());
        }
        if self.agent.is_none() && waits && self.gate.is_none() {
            return Some("hive watch --once".to_owned());
        }
        if self.queue.dead > 0 {
            return Some("hive queue list --state dead".to_owned());
        }
        if self.questions > 0 {
            return Some("hive next".to_owned());
        }
        if self.fixes.iter().any(|fix| fix.state == "held") {
            return Some("hive apply".to_owned());
        }
        self.held.first().map(|held| match held.by {
            HeldBy::Trust => "hive trust".to_owned(),
            HeldBy::Missing | HeldBy::Configuration => held.remedy.clone(),
        })
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
                    span(clock::wall_ms() - holder.since_ms)
                ),
                None if self.installation.any() => {
                    "none at work; the next commit starts one".to_owned()
                }
                None => "none at work".to_owned(),
            },
        );
        for (name, text) in self.installation.told() {
            put(name, text);
        }
        if let Some(aside) = &self.aside {
            put("database", damaged(aside));
        }
        if let Some(reason) = &self.paused {
            let reason = match reason.as_str() {
                "" => "no reason was given",
                reason => reason,
            };
            put("paused", reason.to_owned());
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
        let all = self.waiting - going.len().min(self.waiting) + self.queue.deferred;
        for (at, fix) in kept.iter().enumerate() {
            let name = if at == 0 { "kept back" } else { "" };
            let reason = fix.reason.as_deref().unwrap_or_default();
            put(name, format!("{}: {reason} ({})", fix.path, fix.state));
        }
        if all > kept.len() {
            put("", format!("and {} more", files(all - kept.len())));
        }
        for (at, held) in self.held.iter().enumerate() {
            let name = if at == 0 { "held" } else { "" };
            put(
                name,
                format!("{}: {}; {}", held.tool, held.reason, held.remedy),
            );
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
                span(clock::wall_ms() - landing.at_ms)
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
        for (at, lease) in self.leases.iter().take(KEPT).enumerate() {
            let name = if at == 0 { "leased" } else { "" };
            let left = span(lease.until_ms - clock::wall_ms());
            put(name, format!("{}, for {left} more", lease.path));
        }
        if self.leases.len() > KEPT {
            put("", format!("and {} more", files(self.leases.len() - KEPT)));
        }
        for (at, planned) in self.plans.iter().enumerate() {
            let name = if at == 0 { "plans" } else { "" };
            put(name, planned.told());
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
        if let Some(hint) = &self.hint {
            put("hint", hint.clone());
        }
        if let Some(next) = &self.next {
            put("next", next.clone());
        }
        lines.join("\n")
    }
}

/// What a prompt shows; nothing where nothing is to be shown, and where hive has never
/// been or its database cannot be used.
fn short(place: &Place) -> Option<String> {
    let standing = Queue::glance(place)?;
    let work = standing.ready + standing.running + standing.scheduled + standing.landing;
    let rescued = rescued(place).len();
    let kept = standing.waiting + standing.held + standing.deferred + standing.dead + rescued;
    let parts = [("?", standing.questions), ("~", work), ("!", kept)];
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(sign, count)| format!("{sign}{count}"))
        .collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

fn damaged(aside: &Aside) -> String {
    format!(
        "was damaged and has been moved aside {} ago: {}",
        span(clock::wall_ms() - aside.at_ms),
        aside.path.display()
    )
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

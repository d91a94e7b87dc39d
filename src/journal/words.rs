//! The entries in words, as people read them. Pure.

use super::Event;
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

/// What kind of news it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Something came in, or had nothing to it.
    Seen,
    /// Something was fixed.
    Fixed,
    /// Something was published.
    Landed,
    /// A person is asked.
    Asks,
    /// Something has to wait.
    Waits,
    /// Something went wrong.
    Failed,
    /// hive about itself.
    Says,
}

impl Word {
    /// The word that stands before the text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Fixed => "fixed",
            Self::Landed => "landed",
            Self::Asks => "asks",
            Self::Waits => "waits",
            Self::Failed => "failed",
            Self::Says => "hive",
        }
    }
}

/// An event as a line, if it is one that a person wants to see as it happens.
pub fn told(event: &Event, verbose: bool) -> Option<(Word, String)> {
    Some(match event {
        Event::TaskEnqueued {
            path, cause, stage, ..
        } => {
            // Every file goes through this one first, if any.
            let stage = match stage {
                Stage::Qa => String::new(),
                stage => format!(", {stage}"),
            };
            (Word::Seen, format!("{path}  ({}{stage})", cause.name()))
        }
        Event::TaskCompleted {
            path,
            worker,
            outcome,
            fixes,
            ms,
            ..
        } if outcome == "fixed" => (
            Word::Fixed,
            format!("{path}  {} by {worker}, {ms} ms", violations(*fixes)),
        ),
        Event::TaskCompleted { path, worker, .. } if verbose => {
            (Word::Seen, format!("{path}  nothing to fix, {worker}"))
        }
        Event::SaveFixed { path, worker, .. } => {
            (Word::Fixed, format!("{path}  as saved, by {worker}"))
        }
        Event::Tidied { paths, fixes, .. } => {
            let first = paths.first().map_or("", RepoPath::as_str);
            let more = match paths.len() {
                0 | 1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            let what = violations(*fixes);
            (
                Word::Fixed,
                format!("{first}{more}  in your commit, {what}"),
            )
        }
        Event::Noted { path, message, .. } => (Word::Says, format!("{path}  {message}")),
        Event::Landed {
            commits,
            files: count,
            fixes,
            reference,
            kind,
            ..
        } => {
            let ids: Vec<String> = commits.iter().map(Oid::short).collect();
            let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            let what = match kind.as_str() {
                "undo" | "unfold" => "a fix taken back".to_owned(),
                _ => violations(*fixes),
            };
            // Of what was taken back nobody has counted the files.
            let place = match count {
                0 => String::new(),
                count => format!(" in {}", files(*count)),
            };
            let text = format!("{} on {branch}  {what}{place}", ids.join(" "));
            (Word::Landed, text)
        }
        Event::LandingDeferred { path, reason, .. } | Event::Held { path, reason, .. } => {
            (Word::Waits, format!("{path}  {reason}"))
        }
        Event::TaskDeferred { path, reason, .. } => (Word::Waits, format!("{path}  {reason}")),
        Event::EscalationRaised {
            escalation,
            path,
            rule,
            line,
            reason,
            ..
        } => (
            Word::Asks,
            match line {
                0 => format!("#{escalation}  {path}  {rule} {reason}"),
                line => format!("#{escalation}  {path}:{line}  {rule} {reason}"),
            },
        ),
        Event::TaskFailed { path, message, .. } | Event::TaskDead { path, message, .. } => {
            let first = message.lines().next().unwrap_or_default();
            (Word::Failed, format!("{path}  {first}"))
        }
        Event::Gate {
            reason: Some(reason),
        } => (Word::Waits, reason.clone()),
        Event::Leased { path, .. } => (Word::Says, format!("{path}  is left alone (hive lease)")),
        Event::LeaseReleased { path } => (Word::Says, format!("{path}  is no longer left alone")),
        Event::PlanChanged { name, status, .. } => {
            (Word::Says, format!("the plan {name} is {status}"))
        }
        Event::Paused { reason } if reason.is_empty() => (Word::Waits, "paused".to_owned()),
        Event::Paused { reason } => (Word::Waits, format!("paused: {reason}")),
        Event::Resumed => (Word::Says, "resumed".to_owned()),
        Event::Problem { message } => (Word::Says, message.clone()),
        Event::SettingsReloaded { changed } => (
            Word::Says,
            format!("settings changed: {}", changed.join(", ")),
        ),
        Event::Rescan { reason } => (Word::Says, format!("looking at everything again: {reason}")),
        Event::Breaker {
            tool,
            version,
            state,
        } => (
            Word::Says,
            format!("the circuit breaker of {tool} {version} is {state}"),
        ),
        _ => return None,
    })
}

/// Any event as a line, for who reads the whole journal.
pub fn words(event: &Event) -> (Word, String) {
    if let Some(told) = told(event, true) {
        return told;
    }
    match event {
        Event::TaskStarted {
            task, path, worker, ..
        } => (Word::Seen, format!("{path}  {worker} begins task {task}")),
        Event::TaskCompleted {
            path,
            worker,
            outcome,
            questions,
            ..
        } => (
            Word::Seen,
            format!("{path}  {outcome} by {worker}, {questions} questions"),
        ),
        Event::TaskReleased { task, path, .. } => {
            (Word::Waits, format!("{path}  task {task} is given back"))
        }
        Event::TaskSuperseded { task, path, .. } => (
            Word::Seen,
            format!("{path}  a newer task takes the place of {task}"),
        ),
        Event::TaskCancelled {
            task, path, reason, ..
        } => {
            let why = reason.as_ref().map(|why| format!(": {why}"));
            let why = why.unwrap_or_default();
            (Word::Seen, format!("{path}  task {task} is cancelled{why}"))
        }
        Event::TasksUnblocked { by, tasks } => {
            let text = match tasks.as_slice() {
                [one] => format!("task {by} is done, and {one} can begin"),
                many => format!("task {by} is done, and {} others can begin", many.len()),
            };
            (Word::Seen, text)
        }
        Event::WorkerRegistered { worker, pid, .. } => {
            (Word::Says, format!("{worker} runs (process {pid})"))
        }
        Event::WorkerHeartbeat { worker, .. } => (Word::Says, format!("{worker} works")),
        Event::WorkerEnded { worker, reason, .. } => {
            (Word::Says, format!("{worker} ended: {reason}"))
        }
        Event::Scaled {
            stage,
            from,
            to,
            waiting,
        } => (
            Word::Says,
            format!("{from} → {to} workers for {stage}, {waiting} tasks wait"),
        ),
        Event::FixDropped { path, reason, .. } => {
            (Word::Says, format!("{path}  a fix is dropped: {reason}"))
        }
        Event::Reowned { commit, by } => (
            Word::Says,
            format!("{} was amended to {}: yours", commit.short(), by.short()),
        ),
        Event::Declined { path, rule, how } => (
            Word::Says,
            format!("{path}  {rule} is not done again: {how}"),
        ),
        Event::Undone { commit, .. } => (Word::Landed, format!("{} is taken back", commit.short())),
        Event::EscalationChanged {
            escalation,
            path,
            rule,
            state,
        } => (
            Word::Says,
            format!("#{escalation}  {path}  {rule} is {state}"),
        ),
        Event::Gate { reason: None } => (Word::Says, "the way is free".to_owned()),
        Event::Recovered { ready, dead } => (
            Word::Says,
            format!("{ready} interrupted tasks wait again, {dead} are given up"),
        ),
        Event::AgentStarted { pid, mode } => (
            Word::Says,
            format!("the agent runs ({mode}, process {pid})"),
        ),
        Event::AgentStopped { reason } => (Word::Says, format!("the agent ends: {reason}")),
        // `told` has words for the rest.
        _ => (Word::Says, String::new()),
    }
}

/// The file that an event is about.
pub fn path_of(event: &Event) -> Option<&crate::repo::RepoPath> {
    match event {
        Event::TaskEnqueued { path, .. }
        | Event::TaskStarted { path, .. }
        | Event::TaskCompleted { path, .. }
        | Event::TaskFailed { path, .. }
        | Event::TaskDeferred { path, .. }
        | Event::TaskReleased { path, .. }
        | Event::TaskDead { path, .. }
        | Event::TaskSuperseded { path, .. }
        | Event::TaskCancelled { path, .. }
        | Event::SaveFixed { path, .. }
        | Event::Noted { path, .. }
        | Event::LandingDeferred { path, .. }
        | Event::Held { path, .. }
        | Event::FixDropped { path, .. }
        | Event::Declined { path, .. }
        | Event::EscalationRaised { path, .. }
        | Event::EscalationChanged { path, .. } => Some(path),
        _ => None,
    }
}

fn violations(count: u32) -> String {
    match count {
        1 => "1 violation".to_owned(),
        many => format!("{many} violations"),
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

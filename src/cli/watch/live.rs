//! What `hive watch` shows: one line per thing that happens, and one that says what
//! it waits for.

use std::io;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::journal::{Entry, Event};
use crate::queue::TaskId;
use crate::repo::Place;
use crate::terminal::{Foot, Terminal, plain};

/// The list.
pub(super) struct Live {
    terminal: Terminal,
    json: bool,
    /// The line at the bottom, on a terminal.
    foot: Option<Foot>,
    /// Files that have been taken in and not been dealt with.
    open: usize,
    /// Why the queue waits.
    waits: Option<String>,
    /// Whether it ends when the work is done.
    once: bool,
    /// The task of the save that was told last: its end is no news.
    saved: Option<TaskId>,
}

impl Live {
    pub(super) fn new(terminal: &Terminal, json: bool, place: &Place, once: bool) -> Self {
        let root = place.root.display();
        if !json && !once {
            terminal.say(&plain(&format!("watching {root}; Ctrl-C stops")));
        }
        let foot = if json { None } else { Foot::new(terminal) };
        let mut live = Self {
            terminal: terminal.clone(),
            json,
            foot,
            waits: None,
            open: 0,
            once,
            saved: None,
        };
        live.below();
        live
    }

    /// Shows what happened. Fails when nobody reads any more.
    pub(super) fn show(&mut self, entry: &Entry) -> io::Result<()> {
        if self.json {
            let line = serde_json::to_string(entry)?;
            return self.terminal.line(&line);
        }
        self.count(&entry.event);
        match &entry.event {
            Event::SaveFixed { task, .. } => self.saved = Some(*task),
            Event::TaskCompleted { task, .. } if self.saved == Some(*task) => {
                self.below();
                return Ok(());
            }
            _ => {}
        }
        if let Some((word, text)) = told(&entry.event, self.terminal.verbose()) {
            let line = self.line(entry.at_ms, word, &text);
            if let Some(foot) = &mut self.foot {
                foot.hide()?;
            }
            self.terminal.line(&line)?;
        }
        self.below();
        Ok(())
    }

    /// Takes the line at the bottom away.
    pub(super) fn end(&mut self) {
        if let Some(mut foot) = self.foot.take() {
            // Nobody is left to tell that the terminal is gone.
            let _ = foot.hide();
        }
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::TaskEnqueued { folded: false, .. } => self.open += 1,
            Event::TaskCompleted { .. }
            | Event::TaskDead { .. }
            | Event::TaskSuperseded { .. }
            | Event::TaskCancelled { .. } => self.open = self.open.saturating_sub(1),
            Event::Gate { reason } => self.waits.clone_from(reason),
            _ => {}
        }
    }

    /// Says below what it waits for.
    fn below(&mut self) {
        let Some(foot) = &mut self.foot else {
            return;
        };
        let message = match (&self.waits, self.open) {
            (Some(reason), _) => format!("waits: {reason}"),
            (None, 0) if self.once => "looking".to_owned(),
            (None, 0) => "waiting for commits and saves".to_owned(),
            (None, open) => format!("{} to go", files(open)),
        };
        if foot.show(&message).is_err() {
            self.foot = None;
        }
    }

    fn line(&self, at_ms: i64, word: Word, text: &str) -> String {
        let style = self.terminal.out_style();
        let (name, style) = match word {
            Word::Seen => ("seen", style.dim()),
            Word::Fixed => ("fixed", style.cyan()),
            Word::Landed => ("landed", style.green().bold()),
            Word::Asks => ("asks", style.yellow().bold()),
            Word::Waits => ("waits", style.yellow()),
            Word::Failed => ("failed", style.red()),
            Word::Says => ("hive", style.dim()),
        };
        let time = self.terminal.out_style().dim().apply_to(clock(at_ms));
        format!(
            "{time}  {}  {}",
            style.apply_to(format!("{name:<6}")),
            plain(text)
        )
    }
}

/// What kind of line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Seen,
    Fixed,
    Landed,
    Asks,
    Waits,
    Failed,
    Says,
}

/// An event as a line, if it is one that a person wants to see.
fn told(event: &Event, verbose: bool) -> Option<(Word, String)> {
    Some(match event {
        Event::TaskEnqueued { path, cause, .. } => {
            (Word::Seen, format!("{path}  ({})", cause.name()))
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
        Event::Noted { path, message, .. } => (Word::Says, format!("{path}  {message}")),
        Event::Landed {
            commits,
            files: count,
            fixes,
            reference,
            kind,
            ..
        } => {
            let ids: Vec<String> = commits.iter().map(crate::repo::Oid::short).collect();
            let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            let what = match kind.as_str() {
                "undo" => "a fix taken back".to_owned(),
                _ => format!("{} in {}", violations(*fixes), files(*count)),
            };
            let text = format!("{} on {branch}  {what}", ids.join(" "));
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

/// The time of day where the person is.
fn clock(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(
        |_| String::new(),
        |at| {
            at.to_zoned(TimeZone::system())
                .strftime("%H:%M:%S")
                .to_string()
        },
    )
}

//! What the next hook tells of the agent's work, and what starts the looks back.
//!
//! The agent listens to its own journal: what was recorded is true. News are written
//! when nothing is at work, so that a burst of commits makes one line.

use crossbeam_channel::Receiver;

use super::Agent;
use crate::journal::{Entry, Event as Fact};
use crate::notice::{self, Asked, Kept, Landed, Notice};
use crate::queue::Queue;

/// News that nobody has been told yet.
pub(super) struct News {
    entries: Receiver<Entry>,
    notice: Notice,
}

impl News {
    pub(super) fn of(queue: &Queue) -> Self {
        Self {
            entries: queue.subscribe(),
            notice: Notice::default(),
        }
    }
}

impl Agent<'_> {
    /// Takes in what was recorded, and writes it down for the next hook once nothing is
    /// at work.
    pub(super) fn tell_news(&mut self) {
        while let Ok(entry) = self.news.entries.try_recv() {
            if matches!(
                entry.event,
                Fact::EscalationRaised { .. } | Fact::EscalationChanged { .. }
            ) {
                self.looked_back = false;
            }
            note(&mut self.news.notice, entry.event);
        }
        let quiet = !self.claims.is_busy() && !self.landings.is_busy();
        if !quiet || (self.news.notice.is_empty() && self.news.notice.gone.is_empty()) {
            return;
        }
        let news = std::mem::take(&mut self.news.notice);
        if let Err(error) = notice::add(&self.place, news) {
            // A courtesy; `hive status` says the same.
            tracing::warn!(%error, "the notice cannot be written");
        }
    }
}

fn note(notice: &mut Notice, event: Fact) {
    match event {
        Fact::Landed {
            commits,
            kind,
            files,
            paths,
            fixes,
            ..
        } if kind == "own" || kind == "fold" => {
            if let Some(commit) = commits.last() {
                notice.landed.push(Landed {
                    commit: commit.short(),
                    fixes,
                    files,
                    paths: paths.iter().map(ToString::to_string).collect(),
                });
            }
        }
        Fact::SaveFixed { path, .. } => notice.saved.push(path.to_string()),
        Fact::EscalationRaised {
            escalation,
            path,
            rule,
            line,
            reason,
            ..
        } => {
            notice.gone.retain(|id| *id != escalation.0);
            notice.asked.push(Asked {
                id: escalation.0,
                rule,
                place: match line {
                    0 => path.to_string(),
                    line => format!("{path}:{line}"),
                },
                reason: reason.lines().next().unwrap_or_default().to_owned(),
            });
        }
        Fact::EscalationChanged {
            escalation, state, ..
        } if state != "open" => {
            notice.asked.retain(|one| one.id != escalation.0);
            notice.gone.push(escalation.0);
        }
        Fact::Held { path, reason, .. } => notice.kept.push(Kept {
            path: path.to_string(),
            reason,
            held: true,
        }),
        Fact::Problem { message } => notice.problems.push(message),
        _ => {}
    }
}

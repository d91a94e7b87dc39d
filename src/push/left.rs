//! What the commits of a push leave for a person.

use super::sent::Ref;
use crate::notice::{Asked, Kept, Notice};
use crate::queue::{EscalationFilter, Queue, WaitingState};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place};
use crate::settings::{CommitMode, Pushed, Settings};

/// How many commits of a push are looked at; the newest of more.
const MOST: usize = 1000;
/// How many folds of one commit are followed.
const FOLLOWED: usize = 20;

/// What is left, in the words of a notice.
pub(super) struct Left(Notice);

/// The commits that are sent and that nobody had before, as far as this clone knows.
pub(super) fn commits(place: &Place, refs: &[Ref]) -> Option<Vec<Oid>> {
    let objects = Objects::open(place).ok()?;
    let mut all = Vec::new();
    for one in refs {
        let known: Vec<Oid> = one.remote.into_iter().collect();
        for commit in objects.unpushed(&one.oid, &known, MOST).unwrap_or_default() {
            if !all.contains(&commit) {
                all.push(commit);
            }
        }
    }
    Some(all)
}

/// Whether any of these is among the commits, as it was made or as it was made over.
pub(super) fn is_of(queue: &Queue, commits: &[Oid], some: &[Oid]) -> bool {
    some.iter().any(|one| {
        let mut one = Some(*one);
        for _ in 0..FOLLOWED {
            match one {
                None => return false,
                Some(oid) if commits.contains(&oid) => return true,
                Some(oid) => one = queue.became(&oid).ok().flatten(),
            }
        }
        false
    })
}

impl Left {
    /// Open questions and kept fixes of commits.
    pub(super) fn of(
        queue: &Queue,
        settings: &Settings,
        commits: &[Oid],
        unfinished: bool,
    ) -> Option<Self> {
        let mut notice = Notice::default();
        let about = queue.asked_by_commit().ok()?;
        let rows = queue
            .escalation_rows(&EscalationFilter::default(), None)
            .ok()?;
        for row in rows {
            let commit = about.iter().find(|(id, _)| *id == row.id);
            let Some((_, commit)) = commit else { continue };
            if is_of(queue, commits, std::slice::from_ref(commit)) {
                notice.asked.push(Asked {
                    id: row.id.0,
                    rule: row.rule,
                    place: match row.line {
                        0 => row.path.to_string(),
                        line => format!("{}:{line}", row.path),
                    },
                    reason: row.reason.lines().next().unwrap_or_default().to_owned(),
                });
            }
        }
        for fix in queue.waiting_fixes().ok()? {
            if !is_of(queue, commits, &fix.commits) {
                continue;
            }
            let (reason, held) = match fix.state {
                WaitingState::Ready => ready(settings),
                WaitingState::Deferred { reason, .. } => (reason, false),
                WaitingState::Held { reason } => (reason, true),
            };
            notice.kept.push(Kept {
                path: fix.path.to_string(),
                reason,
                held,
            });
        }
        if unfinished {
            notice
                .problems
                .push("not all of it is looked at yet: hive status".to_owned());
        }
        Some(Self(notice))
    }

    /// With what the next hook was to tell in any case: each thing once.
    pub(super) fn with(self, news: Notice) -> Notice {
        let Self(mut all) = self;
        all.landed = news.landed;
        for asked in news.asked {
            if !all.asked.iter().any(|one| one.id == asked.id) {
                all.asked.push(asked);
            }
        }
        for kept in news.kept {
            if !all.kept.iter().any(|one| one.path == kept.path) {
                all.kept.push(kept);
            }
        }
        for problem in news.problems {
            if !all.problems.contains(&problem) {
                all.problems.push(problem);
            }
        }
        all
    }
}

/// What becomes of a fix that waits for the push to end.
fn ready(settings: &Settings) -> (String, bool) {
    if settings.commit.mode == CommitMode::Branch || settings.commit.pushed == Pushed::Land {
        ("its fix lands after the push".to_owned(), false)
    } else {
        let what = "its fix is ready and goes in with your next commit";
        (what.to_owned(), true)
    }
}

//! What became of a landing, and of landings that never came to their end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Agent;
use super::lands::Ended;
use super::nos;
use super::questions;
use super::ready::still_waits;
use crate::clock;
use crate::crash;
use crate::failure::{Failure, Outcome};
use crate::landing::reconcile::is_about_edits;
use crate::landing::{self, Left, Manner, Published, Recovered};
use crate::queue::{FixId, LandingKind, NewLanding, Queue};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place};
use crate::schedule::Stage;
use crate::settings::CommitMode;
use crate::writing::Settled;

use super::lands::{LATE, SOON};

/// How often in a row a failed landing is tried again by itself.
const FAILURES: u32 = 3;
/// After what time, the first time; four times as long each further time.
const FAILED: Duration = Duration::from_millis(250);

impl Agent<'_> {
    /// Takes the end of a landing.
    pub(super) fn landed(&mut self, ended: Ended) -> Outcome<()> {
        self.landings.busy = false;
        self.landings.not_before = None;
        crash::point("agent.landed");
        let Ended {
            result,
            fixes,
            seen,
        } = ended;
        let left = match result {
            Ok(landing::Outcome::Landed {
                paths,
                left,
                held_us,
                settled,
                ..
            }) => {
                self.landings.lost = 0;
                self.own_change();
                tracing::info!(held_us, files = paths.len(), "landed");
                for message in late(&settled) {
                    self.problem(message)?;
                }
                left
            }
            Ok(landing::Outcome::Nothing { left }) => left,
            Ok(landing::Outcome::Recovered(recovered)) => {
                // Somebody had died in the middle of one; now the way is free.
                self.recovered(recovered)?;
                return Ok(());
            }
            Ok(landing::Outcome::Lost(reason)) => {
                self.try_again(&reason);
                return Ok(());
            }
            Ok(landing::Outcome::Held(reason)) => {
                for fix in &fixes {
                    still_waits(self.queue.hold_fix(fix.id, &reason))?;
                }
                return Ok(());
            }
            Err(text) => {
                // It may work another time; after some times in a row only a change of
                // file, index or tip, or a new start, gives reason to hope.
                let again = self.landings.failed < FAILURES;
                for (fix, seen) in fixes.iter().zip(&seen) {
                    let seen = if again { "" } else { seen.as_str() };
                    still_waits(self.queue.defer_fix(fix.id, &text, seen))?;
                }
                if again {
                    let wait = FAILED * 4_u32.pow(self.landings.failed);
                    self.landings.not_before = Some(clock::now() + wait);
                }
                self.landings.failed += 1;
                return Ok(());
            }
        };
        self.landings.failed = 0;
        for (path, left) in left {
            let (Left::Deferred(reason) | Left::Skipped(reason)) = left;
            let about = fixes.iter().zip(&seen);
            for (fix, seen) in about.filter(|(fix, _)| fix.path == path) {
                // Asked first: whoever waits for the work tree to be quiet finds it then.
                if is_about_edits(&reason) {
                    let before = self.blob(&fix.before);
                    let asked = questions::of_conflict(fix, before.as_deref(), &reason);
                    self.queue.raise(vec![asked])?;
                }
                still_waits(self.queue.defer_fix(fix.id, &reason, seen))?;
            }
        }
        Ok(())
    }

    fn blob(&self, oid: &Oid) -> Option<Vec<u8>> {
        Objects::open(&self.place).ok()?.blob(oid).ok()
    }

    /// A race was lost: no attempt counts, and the next try waits a little longer each
    /// time, so that two programs that meet do not meet for ever.
    fn try_again(&mut self, reason: &str) {
        tracing::info!(reason, "a landing lost a race");
        let wait = (SOON * 2_u32.saturating_pow(self.landings.lost.min(8))).min(LATE);
        self.landings.lost += 1;
        self.landings.not_before = Some(clock::now() + wait);
    }

    /// Deals with landings that did not come to their end.
    pub(super) fn recover_landings(&mut self) -> Outcome<()> {
        let mode = self.house.settings.commit.mode;
        let record = recorder(
            Arc::clone(&self.place),
            self.queue.clone(),
            mode,
            Vec::new(),
        );
        let recovered = landing::recover(&self.site, &record).map_err(|error| {
            Failure::internal("a landing that was interrupted cannot be cleared up")
                .caused_by(error)
                .hint("`hive status` shows what lies where")
        })?;
        self.recovered(recovered)
    }

    fn recovered(&mut self, recovered: Vec<Recovered>) -> Outcome<()> {
        for message in problems(recovered) {
            self.problem(message)?;
        }
        Ok(())
    }

    /// A tool that does not run, said once for each reason.
    pub(super) fn held(&mut self, held: &crate::report::Held) -> Outcome<()> {
        self.say_once(held.to_string())
    }

    /// Records something that a person should know, the first time.
    pub(super) fn say_once(&mut self, message: String) -> Outcome<()> {
        if self.landings.told.insert(message.clone()) {
            self.problem(message)?;
        }
        Ok(())
    }
}

/// What a person should know of landings whose process died.
pub(super) fn problems(recovered: Vec<Recovered>) -> Vec<String> {
    recovered
        .into_iter()
        .filter_map(|one| match one {
            // Recorded by whoever found it; the fixes of the others still wait.
            Recovered::Landed(_) | Recovered::Undone { .. } => None,
            Recovered::Rescued { path, file } => Some(unplaced(&path, &file)),
            Recovered::LeftLock { path } => Some(format!(
                "{} is there and not hive's: a git command may be at work; \
                 remove it if none is",
                path.display()
            )),
        })
        .collect()
}

/// What a person should know of files that were exchanged: bytes that could not be placed.
pub(super) fn late(settled: &[Settled]) -> Vec<String> {
    let mut said = Vec::new();
    for one in settled {
        tracing::info!(settled = ?one, "a displaced file has settled");
        if let Some(file) = &one.rescued {
            said.push(unplaced(&one.path, file));
        }
    }
    said
}

/// Said of a save that could not be put into its file.
fn unplaced(path: &Path, file: &Path) -> String {
    format!(
        "bytes of {} that could not be placed lie in {}",
        path.display(),
        file.display()
    )
}

/// Records what was published as hive's own, an undo as one. `stages` are those of the
/// layers.
pub(super) fn recorder(
    place: Arc<Place>,
    queue: Queue,
    mode: CommitMode,
    stages: Vec<Stage>,
) -> impl Fn(&Published) -> Result<(), String> {
    move |published| {
        let stage = |layer: usize| stages.get(layer).copied().unwrap_or(Stage::Qa);
        let Some((tip_after, _)) = published.commits.last() else {
            return Ok(());
        };
        // The fixes of an undo have no rows, and numbers beyond all ids.
        let fix = |id: &u64| i64::try_from(*id).ok().map(FixId);
        let kind = match published.manner {
            Manner::Folded => LandingKind::Fold,
            Manner::Unfolded => LandingKind::Unfold,
            // By its message, since whoever finds it after a death knows nothing else of it.
            Manner::OnTop | Manner::GivenBack if nos::undoes(&place, tip_after).is_some() => {
                LandingKind::Undo
            }
            Manner::OnTop | Manner::GivenBack => LandingKind::Own,
        };
        let reference = published.reference.as_deref().unwrap_or("HEAD");
        let landing = NewLanding {
            tip_before: published.tip,
            tip_after: *tip_after,
            commits: published
                .commits
                .iter()
                .map(|(oid, layer)| (*oid, stage(*layer)))
                .collect(),
            reference: reference.to_owned(),
            mode: mode.word().to_owned(),
            kind,
            instead_of: (published.manner == Manner::GivenBack).then_some(published.tip),
            fixes: published.fixes.iter().filter_map(fix).collect(),
            held_us: published.held_us,
        };
        let recorded = queue.landed(landing);
        recorded.map(drop).map_err(|error| error.to_string())
    }
}

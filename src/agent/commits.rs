//! Taking commits in: what the person has committed since the last look.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Agent, Mode};
use crate::clock;
use crate::failure::Outcome;
use crate::intake::commits::{self, CommitsError, Whose, stamp};
use crate::queue::{Cause, Mark, NewTask};
use crate::repo::{Oid, RepoPath, activity, head};
use crate::schedule::{Priority, Stage};

/// How soon HEAD is looked at again when it would not stand still.
const MOVING: Duration = Duration::from_millis(20);

/// How long git is let go on after the first sign of it, at most: a `git commit` has hooks
/// and maintenance to run when it has moved the branch, and would share the processor with
/// whoever makes the fix. That has to wait for `commit.quiet` anyway.
const BREATH: Duration = Duration::from_millis(25);

/// The mark of a branch without a commit; any null id will do.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

impl Agent<'_> {
    /// Puts the next turn off for a moment, if nothing waits for it.
    pub(super) fn let_git_go_on(&mut self) {
        let idle = !self.claims.is_busy() && !self.landings.is_busy();
        if self.mode == Mode::Watch && idle && self.breath.is_none() {
            let breath = BREATH.min(self.house.settings.commit.quiet / 8);
            self.breath = Some(clock::now() + breath);
        }
    }

    /// Compares the marks with what is there now and takes in what is new. In the
    /// middle of a rebase and its kin nothing is taken in: what comes of it is one
    /// change, seen when it is done.
    pub(super) fn look_at_commits(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        // What a landing has just put on the branch is known as hive's own only when
        // its end was recorded; until then it would be taken for the person's. That end
        // is a sign of life, so nothing is missed.
        if self.landings.is_busy() {
            return Ok(None);
        }
        let found = stamp(&self.place);
        if self.looked.as_ref() == Some(&found) {
            return Ok(None);
        }
        if self.landings.is_publishing() {
            return Ok(Some(now + MOVING));
        }
        if let Some(busy) = activity::operation(&self.place) {
            return self.wait_at_gate(&busy, now);
        }
        self.give_folds_back()?;
        let marks: Vec<commits::Mark> = self.queue.marks()?.into_iter().map(from_row).collect();
        let queue = &self.queue;
        // Not being able to tell takes hive's own commit for the person's, which is
        // then found to be clean.
        let whose = |oid: &Oid| {
            if queue.is_own(oid).unwrap_or(false) {
                Whose::Hive
            } else if queue.is_made_over(oid).unwrap_or(false) {
                Whose::Done
            } else {
                Whose::Person
            }
        };
        let (marks, first) = if marks.is_empty() {
            self.first_marks()?
        } else {
            (marks, false)
        };
        let seen = match commits::look(&self.place, &marks, &whose, first) {
            Ok(seen) => seen,
            Err(CommitsError::Moving) => return Ok(Some(now + MOVING)),
            Err(error) => {
                // The repository may be in the middle of something; the next sign of
                // life comes, and until then this is not asked again.
                self.looked = Some(found);
                self.problem(format!("commits cannot be looked at: {error}"))?;
                return Ok(None);
            }
        };
        // git moves the branch before it puts the new index in place. In between, the index
        // still has what an amend is about to take back.
        if let Some(busy) = activity::locked(&self.place) {
            return self.wait_at_gate(&busy, now);
        }
        for (hives, persons) in &seen.amended {
            self.queue.reowned(hives, persons)?;
        }
        for note in &seen.notes {
            self.problem(note.clone())?;
        }
        self.mind_nos(&seen)?;
        if !seen.work.is_empty() {
            self.reload()?;
        }
        let tip = seen.tip;
        if let Some(tip) = tip.filter(|_| !seen.own.is_empty()) {
            self.forget_gone(&tip)?;
        }
        self.note_inspection(&seen)?;
        let work: Vec<NewTask> = seen
            .work
            .into_iter()
            .filter(|work| may_concern(&work.path))
            .map(|work| NewTask {
                stage: Stage::Qa,
                path: work.path,
                cause: Cause::Commit,
                priority: Priority::High,
                tip,
                blob: Some(work.blob),
                base: work.base,
                commits: work.commits,
                run_at_ms: 0,
            })
            .collect();
        let marks = seen.marks.into_iter().map(to_row).collect();
        self.queue.take_in(marks, seen.gone, work)?;
        if let Err(error) = commits::keep(&self.place, &found) {
            tracing::debug!("the look is not kept: {error}");
        }
        self.looked = Some(found);
        Ok(None)
    }

    /// Marks for a work tree that has none of its own yet, and whether this is the
    /// first look at the repository, before which nothing counts.
    ///
    /// A new work tree begins with what the others know: its first commit may well be
    /// there before anybody has looked at it.
    fn first_marks(&self) -> Outcome<(Vec<commits::Mark>, bool)> {
        if let Some(mark) = self.first_mark() {
            return Ok((vec![mark], false));
        }
        let elsewhere = self.queue.marks_elsewhere()?;
        if elsewhere.is_empty()
            && self.is_newer_than_init()
            && let Some(oid) = read_first(&self.place.state_dir())
        {
            // Nobody has looked anywhere yet. The mark is one of no branch: the branch
            // of a new work tree begins where it was created.
            let mark = commits::Mark {
                reference: "HEAD".to_owned(),
                oid,
                log: String::new(),
            };
            return Ok((vec![mark], false));
        }
        let first = elsewhere.is_empty();
        Ok((elsewhere.into_iter().map(from_row).collect(), first))
    }

    /// Whether this is a linked work tree that was added after `hive init`: git writes
    /// `commondir` once. In an older one the commits since its branch was created are
    /// older than hive.
    fn is_newer_than_init(&self) -> bool {
        let written = |path: std::path::PathBuf| path.metadata().and_then(|about| about.modified());
        let added = written(self.place.git_dir.join("commondir"));
        let init = written(self.place.state_dir().join("first"));
        matches!((added, init), (Ok(added), Ok(init)) if added >= init)
    }

    /// Where HEAD was at `hive init`, which is where dealing with commits begins, for
    /// a database that knows nothing: a fresh one, or one that was lost.
    fn first_mark(&self) -> Option<commits::Mark> {
        let oid = read_first(&self.place.own_dir())?;
        let head = head::read(&self.place).ok()?;
        Some(commits::Mark {
            reference: head.reference.unwrap_or_else(|| "HEAD".to_owned()),
            oid,
            log: String::new(),
        })
    }
}

/// The commit that HEAD was at when `hive init` ran; without one then, everything is
/// new.
fn read_first(directory: &Path) -> Option<Oid> {
    let text = fs::read_to_string(directory.join("first")).ok()?;
    match text.trim() {
        "" => NO_COMMIT.parse().ok(),
        oid => oid.parse().ok(),
    }
}

fn from_row(mark: Mark) -> commits::Mark {
    commits::Mark {
        reference: mark.reference,
        oid: mark.oid,
        log: mark.log,
    }
}

fn to_row(mark: commits::Mark) -> Mark {
    Mark {
        reference: mark.reference,
        oid: mark.oid,
        log: mark.log,
    }
}

/// Whether a tool may have something to say about a file; which one is for the plan
/// to decide.
pub(super) fn may_concern(path: &RepoPath) -> bool {
    path.as_path().extension().is_none_or(|ending| {
        let ending = ending.to_string_lossy();
        matches!(&*ending, "py" | "pyi" | "pyw" | "ipynb" | "md" | "toml")
    })
}

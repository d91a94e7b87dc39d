//! Read, ask the memo, let the workers do the rest, write, report.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use tracing::{debug, info};

use super::ahead::Ahead;
use super::progress::Progress;
use super::reading::{Read, is_executable, read_ahead, stamp_of};
use super::scope::{InScope, Scoper};
use super::writers::Writers;
use crate::failure::{Failure, Kind as FailureKind, Outcome};
use crate::fixers::job::Purpose;
use crate::fixers::{Finding, Fixed, Job, Scope, Trouble};
use crate::house::Planned;
use crate::intake::skip;
use crate::memo::{Key, Known, Memo, Want};
use crate::process::Interrupt;
use crate::report::{FileReport, Mode, Status};
use crate::worker::{Pool, Task};
use crate::writing::{Snapshot, Unread};

/// How long to wait for an answer before looking at the interrupt again.
const GLANCE: Duration = Duration::from_millis(50);

/// What a run needs beside the plan.
pub(super) struct Execution<'a> {
    pub(super) mode: Mode,
    pub(super) plain: bool,
    /// The repository's root with all directories resolved, outside of which nothing is
    /// read; `None` outside a repository.
    pub(super) root: Option<PathBuf>,
    pub(super) max_file_size: u64,
    pub(super) pool: Pool,
    pub(super) ahead: Ahead,
    pub(super) memo: Memo,
    pub(super) writers: Option<Writers>,
    pub(super) scoper: Scoper,
    pub(super) progress: Progress,
    pub(super) interrupt: &'a Interrupt,
}

/// What came of a plan.
pub(super) struct Executed {
    pub(super) files: Vec<FileReport>,
    /// What the person should know of the memo.
    pub(super) warning: Option<String>,
    pub(super) remembered: usize,
    pub(super) interrupted: bool,
}

/// A file between reading and its answer.
struct Pending {
    plan: usize,
    snapshot: Snapshot,
    key: Key,
    /// Whether the whole file counts.
    whole: bool,
    /// The bytes as they were, when a patch is wanted.
    old: Option<Vec<u8>>,
}

impl Execution<'_> {
    /// Runs a plan to its end, or until the person interrupts.
    pub(super) fn run(mut self, plan: &[Planned]) -> Outcome<Executed> {
        let mut desk = Desk {
            plan,
            mode: self.mode,
            reports: Vec::with_capacity(plan.len()),
            pending: HashMap::new(),
            learned: Vec::new(),
            remembered: 0,
        };
        self.progress.begin(plan.len());
        let mut interrupted = false;
        let in_company =
            |one: &Planned| one.recipe.takes_batches() && !Ahead::takes_recipe(&one.recipe);
        self.pool
            .expect(self.mode == Mode::Fix || plan.iter().any(in_company));
        let (root, max) = (self.root.clone(), self.max_file_size);
        read_ahead(plan, root.as_deref(), max, |first, read| {
            if self.interrupt.requested() {
                interrupted = true;
                return Ok(false);
            }
            self.distribute(&mut desk, first, read)?;
            interrupted = !self.judge_ahead(&mut desk, false);
            while let Ok(answer) = self.pool.answers().try_recv() {
                self.conclude(&mut desk, answer.id, answer.result);
            }
            self.progress.at(desk.reports.len());
            Ok(!interrupted)
        })?;
        self.pool.expect(false);
        while !interrupted && !self.ahead.is_done() {
            interrupted = !self.judge_ahead(&mut desk, true);
            self.progress.at(desk.reports.len());
        }
        while !interrupted && !desk.pending.is_empty() {
            match self.pool.answers().recv_timeout(GLANCE) {
                Ok(answer) => self.conclude(&mut desk, answer.id, answer.result),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::internal("all workers are gone"));
                }
            }
            self.progress.at(desk.reports.len());
            interrupted = self.interrupt.requested();
        }
        if interrupted {
            self.pool.abandon();
        }
        Ok(self.finish(desk, interrupted))
    }

    /// Scope, key and memo for files that were read; the rest goes to the workers.
    fn distribute(
        &mut self,
        desk: &mut Desk<'_>,
        first: usize,
        read: Vec<Result<Read, Unread>>,
    ) -> Outcome<()> {
        let mut asked: Vec<(usize, Snapshot, Scope, Key)> = Vec::new();
        for (offset, read) in read.into_iter().enumerate() {
            let at = first + offset;
            let planned = &desk.plan[at];
            let Read {
                snapshot,
                fingerprint,
            } = match read {
                Ok(read) => read,
                Err(Unread::Skip(reason)) => {
                    desk.report(at, Status::Skipped(reason.to_string()), None);
                    continue;
                }
                Err(Unread::Io(error)) => {
                    let reason = format!("cannot be read: {error}");
                    desk.report(at, Status::Failed(Trouble::Unreadable { reason }), None);
                    continue;
                }
            };
            if !self.plain
                && let Some(reason) = skip::by_content(snapshot.bytes())
            {
                desk.report(at, Status::Skipped(reason.to_string()), None);
                continue;
            }
            let scope = match self.scoper.scope(&planned.relative, snapshot.bytes())? {
                InScope::Whole => Scope::File,
                InScope::Lines(lines) => Scope::Lines(lines),
                InScope::Untouched => continue,
            };
            let key = Key::new(
                snapshot.hash(),
                Path::new(&planned.relative),
                &scope,
                &fingerprint,
            );
            asked.push((at, snapshot, scope, key));
        }
        let keys: Vec<Key> = asked.iter().map(|(_, _, _, key)| *key).collect();
        let known = self.memo.get_many(&keys, Want::Any);
        for ((at, mut snapshot, scope, key), known) in asked.into_iter().zip(known) {
            let id = at as u64;
            let known = known.filter(|known| self.answers(known, &desk.plan[at]));
            let whole = scope == Scope::File;
            let old = (self.mode == Mode::Diff).then(|| snapshot.bytes().to_vec());
            if let Some(known) = known {
                desk.pending.insert(
                    id,
                    Pending {
                        plan: at,
                        snapshot,
                        key,
                        whole,
                        old,
                    },
                );
                desk.remembered += 1;
                self.settle(desk, id, Ok(known), false);
                continue;
            }
            let planned = &desk.plan[at];
            let job = Job {
                id,
                path: planned.path.clone(),
                executable: is_executable(&snapshot),
                bytes: snapshot.take_bytes(),
                package: planned.package.clone(),
                named: planned.named,
                stamp: Some(stamp_of(snapshot.identity())),
                said: None,
                kinds: planned.kinds,
                golden: planned.golden,
                scope,
                purpose: if self.judges(planned) {
                    Purpose::Check
                } else {
                    Purpose::Fix
                },
            };
            desk.pending.insert(
                id,
                Pending {
                    plan: at,
                    snapshot,
                    key,
                    whole,
                    old,
                },
            );
            let judged = job.purpose == Purpose::Check && Ahead::takes(&job, &planned.recipe);
            let task = Task::new(Arc::clone(&planned.recipe), job);
            if judged {
                self.ahead.push(task);
            } else {
                self.pool.push([task]);
            }
        }
        Ok(())
    }

    /// Takes what the project's own ruff leaves as it is; the workers get the rest.
    /// `false` after an interrupt.
    fn judge_ahead(&mut self, desk: &mut Desk<'_>, all: bool) -> bool {
        let Some(judged) = self.ahead.go_on(all, self.interrupt) else {
            return false;
        };
        let mut rest = Vec::new();
        for (task, fixed) in judged {
            match fixed {
                Some(fixed) => self.conclude(desk, task.job.id, Ok(fixed)),
                None => rest.push(task),
            }
        }
        self.pool.push(rest);
        true
    }

    /// Whether a remembered result answers this kind of run: what is to be
    /// written has to be verified, and findings beside a change are in the
    /// positions of the one kind or the other.
    fn answers(&self, known: &Known, planned: &Planned) -> bool {
        let judges = self.judges(planned);
        // A check leaves what the Golden Rules would mend as it is.
        let mends = !judges && known.findings.iter().any(Finding::is_mended);
        if known.bytes.is_none() {
            !mends
        } else {
            known.verified != judges
        }
    }

    /// Whether a file is judged as it is, and nothing will be written to it.
    fn judges(&self, planned: &Planned) -> bool {
        self.mode == Mode::Check || planned.check_only.is_some()
    }

    fn conclude(&mut self, desk: &mut Desk<'_>, id: u64, result: Result<Fixed, Trouble>) {
        self.settle(desk, id, result, true);
    }

    /// Turns a result into a report, and a change into a write.
    fn settle(
        &mut self,
        desk: &mut Desk<'_>,
        id: u64,
        result: Result<Fixed, Trouble>,
        fresh: bool,
    ) {
        let Some(pending) = desk.pending.remove(&id) else {
            return;
        };
        let planned = &desk.plan[pending.plan];
        let fixed = match result {
            Ok(fixed) => fixed,
            Err(trouble) => return desk.report(pending.plan, Status::Failed(trouble), None),
        };
        if fresh {
            desk.learned.push((pending.key, fixed.clone()));
            if pending.whole {
                let executable = is_executable(&pending.snapshot);
                desk.learned.extend(planned.fixed_point(&fixed, executable));
            }
        }
        let Some(bytes) = fixed.bytes.clone() else {
            return desk.report(pending.plan, Status::Unchanged, Some(fixed));
        };
        if let (Some(reason), false) = (&planned.check_only, self.mode == Mode::Check) {
            let reason = reason.to_string();
            return desk.report(pending.plan, Status::Left(reason), Some(fixed));
        }
        match self.mode {
            Mode::Check => desk.report(pending.plan, Status::WouldChange, Some(fixed)),
            Mode::Diff => {
                desk.report(pending.plan, Status::WouldChange, Some(fixed));
                if let (Some(report), Some(old)) = (desk.reports.last_mut(), pending.old) {
                    report.1.texts = Some((old, bytes));
                }
            }
            Mode::Fix => {
                desk.report(pending.plan, Status::Fixed, Some(fixed));
                if let Some(writers) = &mut self.writers {
                    writers.write(pending.plan, pending.snapshot, bytes);
                }
            }
        }
    }

    /// Waits for the writes, remembers what was learned, and puts the files in order.
    fn finish(mut self, mut desk: Desk<'_>, interrupted: bool) -> Executed {
        let mut lost = Vec::new();
        if let Some(writers) = self.writers.take() {
            lost = writers.finish(interrupted);
        }
        info!(
            files = desk.reports.len(),
            known = desk.remembered,
            learned = desk.learned.len(),
            interrupted,
            "all files are through"
        );
        self.memo.put_many(&desk.learned);
        let warning = self.memo.close();
        self.progress.end();
        desk.reports.sort_by_key(|(at, _)| *at);
        let mut files: HashMap<usize, FileReport> = desk.reports.into_iter().collect();
        for (at, status) in lost {
            if let Some(report) = files.get_mut(&at) {
                // Findings have the positions of a text that is not there.
                report.status = status;
                report.findings.clear();
            }
        }
        let mut files: Vec<(usize, FileReport)> = files.into_iter().collect();
        files.sort_by_key(|(at, _)| *at);
        let files = files.into_iter().map(|(_, report)| report).collect();
        Executed {
            files,
            warning,
            remembered: desk.remembered,
            interrupted,
        }
    }
}

/// What is on the table while a run goes on.
struct Desk<'a> {
    plan: &'a [Planned],
    mode: Mode,
    reports: Vec<(usize, FileReport)>,
    pending: HashMap<u64, Pending>,
    learned: Vec<(Key, Known)>,
    remembered: usize,
}

impl Desk<'_> {
    fn report(&mut self, at: usize, status: Status, fixed: Option<Fixed>) {
        let planned = &self.plan[at];
        let (findings, fixes, notes) = fixed.map_or_else(Default::default, |fixed| {
            (fixed.findings, fixed.fixes, fixed.notes)
        });
        let report = FileReport {
            shown: planned.shown.clone(),
            relative: planned.relative.clone(),
            path: planned.path.clone(),
            status,
            findings,
            fixes,
            notes,
            texts: None,
            source: None,
        };
        debug!(
            file = report.relative,
            status = report.status.word(),
            "done"
        );
        debug_assert!(self.mode != Mode::Check || report.status != Status::Fixed);
        self.reports.push((at, report));
    }
}

/// The failure that ends an interrupted run.
pub(super) fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "interrupted")
        .hint("every file is either as it was or completely fixed")
}

//! Judges merged text for a landing, by the same workers as everything else.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::failure::Outcome;
use crate::fixers::job::{Golden, Kinds, Purpose};
use crate::fixers::{Class, Fixed, GoldenFinding, Job, Kind, Scope};
use crate::house::{House, Planned};
use crate::intake::walk::{Found, Walk};
use crate::landing::reconcile::Judge;
use crate::memo::{Key, Known, Memo, Want};
use crate::repo::RepoPath;
use crate::worker::{Pool, PoolOptions, Task};

/// A judge with a worker of its own, started when it is first needed: merges are
/// rare, and the agent's workers may be busy.
pub struct Workers {
    plans: BTreeMap<RepoPath, Planned>,
    options: PoolOptions,
    bench: RefCell<Bench>,
}

struct Bench {
    pool: Option<Pool>,
    memo: Memo,
}

impl Workers {
    pub(super) fn new(
        plans: BTreeMap<RepoPath, Planned>,
        options: PoolOptions,
        memo: Memo,
    ) -> Self {
        Self {
            plans,
            options: PoolOptions { max: 1, ..options },
            bench: RefCell::new(Bench { pool: None, memo }),
        }
    }

    /// A judge of these files, by the tools that the house uses for them.
    pub fn of(house: &House, paths: &[RepoPath]) -> Outcome<Self> {
        let files = paths
            .iter()
            .map(|path| Found {
                path: path.below(&house.boundary),
                root: house.boundary.clone(),
                symlink: false,
            })
            .collect();
        let walk = Walk {
            files,
            errors: Vec::new(),
        };
        let plan = house.plan(walk, false, &house.boundary)?;
        let plans = plan.files.into_iter().filter_map(|planned| {
            let path = RepoPath::new(planned.relative.as_str()).ok()?;
            Some((path, planned))
        });
        Ok(Self::new(
            plans.collect(),
            house.pool_options(1)?,
            house.memo(),
        ))
    }

    /// How often each rule, of the linter and of the Golden Rules that look at files, has
    /// something to say about a text, whether it has a fix or not; layout aside, since a
    /// merge of a person's own layout is theirs. What a comment suppresses is not said.
    pub fn counts(&self, path: &RepoPath, bytes: &[u8]) -> Result<BTreeMap<String, u32>, String> {
        let judged = self.judged(path, bytes)?;
        let mut counts = BTreeMap::new();
        for finding in judged.findings {
            let suppressed = |rule: &GoldenFinding| rule.suppressed.is_some();
            if finding.golden.as_deref().is_some_and(suppressed) {
                continue;
            }
            *counts.entry(finding.code).or_insert(0) += 1;
            // What the linter and a rule say of one place is one finding of both.
            if let Some(second) = finding.seconded.filter(|second| !suppressed(&second.rule)) {
                *counts.entry(second.code).or_insert(0) += 1;
            }
        }
        for fix in judged.fixes {
            if fix.class == Class::Linter {
                *counts.entry(fix.code).or_insert(0) += fix.count;
            }
        }
        Ok(counts)
    }

    fn judged(&self, path: &RepoPath, bytes: &[u8]) -> Result<Fixed, String> {
        let planned = self
            .plans
            .get(path)
            .ok_or_else(|| "no tools are known for it".to_owned())?;
        let planned = if planned.kinds.has(Kind::Lint) {
            planned.only(Kinds::NONE.with(Kind::Lint))
        } else {
            planned.clone()
        };
        // A golden fix is judged by the rule that made it.
        self.ask(&planned.golden(Golden::After), bytes, Purpose::Check)
    }

    /// What is made of a file's bytes when they are saved; `None` where that is
    /// nothing else or cannot be told.
    pub(super) fn on_save(&self, path: &RepoPath, bytes: &[u8]) -> Option<Vec<u8>> {
        let planned = super::saves::gently(self.plans.get(path)?)?;
        self.ask(&planned, bytes, Purpose::Fix).ok()?.bytes
    }

    fn ask(&self, planned: &Planned, bytes: &[u8], purpose: Purpose) -> Result<Fixed, String> {
        let key = Key::new(
            blake3::hash(bytes),
            Path::new(&planned.relative),
            &Scope::File,
            &planned.fingerprint(bytes, false),
        );
        let mut bench = self.bench.borrow_mut();
        let known = bench.memo.get_many(&[key], Want::Any).pop().flatten();
        let fits =
            |known: &Known| known.bytes.is_none() || known.verified == (purpose == Purpose::Fix);
        if let Some(known) = known.filter(fits) {
            return Ok(known);
        }
        let job = Job {
            id: 0,
            path: planned.path.clone(),
            bytes: bytes.to_vec(),
            executable: false,
            stamp: None,
            said: None,
            named: planned.named,
            package: planned.package.clone(),
            kinds: planned.kinds,
            scope: Scope::File,
            purpose,
            golden: planned.golden,
        };
        let pool = bench
            .pool
            .get_or_insert_with(|| Pool::open(self.options.clone(), None));
        pool.push([Task::new(Arc::clone(&planned.recipe), job)]);
        let answer = pool
            .answers()
            .recv()
            .map_err(|_| "the worker is gone".to_owned())?;
        answer.result.map_err(|trouble| trouble.to_string())
    }
}

impl Judge for Workers {
    fn merged(&self, path: &RepoPath, unmerged: &[u8], merged: &[u8]) -> Result<(), String> {
        let before = self.counts(path, unmerged)?;
        let after = self.counts(path, merged)?;
        for (code, count) in after {
            if count > before.get(&code).copied().unwrap_or(0) {
                return Err(format!("merging it with your changes would add {code}"));
            }
        }
        Ok(())
    }

    fn has_findings(
        &self,
        path: &RepoPath,
        bytes: &[u8],
        codes: &[String],
    ) -> Result<bool, String> {
        let found = self.counts(path, bytes)?;
        Ok(codes.iter().all(|code| found.contains_key(code)))
    }
}

//! The Golden Rules in a run: what they say of the repository as a whole, what is new
//! against a commit, and the verdict of each rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::Context;
use crate::cli::rules::judge;
use crate::failure::{Failure, Outcome};
use crate::fixers::job::{Golden, Job, Kinds, Purpose};
use crate::fixers::{Finding, Scope};
use crate::golden::{Config, RuleSet, custom, freeze};
use crate::house::{Against, Commits, House, Overlook, Planned, Whole, retain_new, unanswered};
use crate::repo::Oid;
use crate::repo::baseline::Baseline;
use crate::report::{FileReport, Finds, Status, Verdict};
use crate::worker::Task;

/// What a run has seen of the violations of a directory.
pub(super) enum Sight<'r> {
    /// All below these places, as far as they are directories.
    Below(&'r [PathBuf]),
    /// Those of some files.
    Files,
    /// Of some files those that are new.
    New,
}

/// The Golden Rules of a run in one house.
pub(super) struct Laws<'a> {
    pub(super) house: &'a House,
    config: Config,
}

impl<'a> Laws<'a> {
    pub(super) fn new(house: &'a House, plain: bool) -> Outcome<Self> {
        let config = house.golden(plain)?;
        Ok(Self { house, config })
    }

    /// What looks at the repository as a whole.
    pub(super) fn overlook(&self) -> Overlook {
        self.house.overlook(&self.config)
    }

    /// Adds what is said of the repository as a whole to the reports of files below
    /// `roots`, as far as it is newer than a commit, if there is one.
    pub(super) fn add_whole(
        &self,
        whole: &mut Whole,
        files: &mut Vec<FileReport>,
        roots: &[PathBuf],
        since: Option<&Baseline>,
        context: &Context,
    ) -> Outcome<()> {
        if let Some(since) = since {
            self.house.retain_new(whole, &self.config, since)?;
        }
        self.add(whole, files, roots, context);
        Ok(())
    }

    /// Adds what is said of a commit, whatever the work tree has. `base` is what cycles are
    /// compared with.
    pub(super) fn judge_committed(
        &self,
        files: &mut Vec<FileReport>,
        roots: &[PathBuf],
        (tip, base): (&Baseline, Option<&Oid>),
        context: &Context,
    ) -> Outcome<Option<Whole>> {
        let Some(place) = &self.house.place else {
            return Ok(None);
        };
        let Some(commits) = Commits::open(place, &self.config, self.house.keeps)? else {
            return Ok(None);
        };
        let against = base.map_or(Against::Nothing, Against::Commit);
        let whole = commits.judge(&commits.files(&tip.tree())?, against);
        self.add(&whole, files, roots, context);
        Ok(Some(whole))
    }

    /// Adds what was found below `roots` to the reports.
    fn add(
        &self,
        whole: &Whole,
        files: &mut Vec<FileReport>,
        roots: &[PathBuf],
        context: &Context,
    ) {
        let mut known: HashMap<String, usize> = files
            .iter()
            .enumerate()
            .map(|(at, file)| (file.relative.clone(), at))
            .collect();
        for (relative, findings) in &whole.findings {
            let path = self.house.boundary.join(relative);
            if !roots.iter().any(|root| path.starts_with(root)) {
                continue;
            }
            let findings = findings.iter().filter(|finding| is_shown(finding)).cloned();
            let at = *known.entry(relative.clone()).or_insert_with(|| {
                files.push(report(relative, &path, &context.cwd));
                files.len() - 1
            });
            let file = &mut files[at];
            if !matches!(file.status, Status::Skipped(_) | Status::Failed(_)) {
                file.findings.extend(findings);
                file.findings
                    .sort_by_key(|finding| (finding.line, finding.column));
            }
        }
    }

    /// Leaves of the violations in each file those that were not there at a commit: rule,
    /// enclosing symbol and the text without its white space are compared, so that a
    /// moved line is not a new one.
    pub(super) fn only_new(
        &self,
        files: &mut [FileReport],
        plan: &[Planned],
        baseline: &Baseline,
    ) -> Outcome<()> {
        let plan: HashMap<&str, &Planned> = plan
            .iter()
            .map(|planned| (planned.relative.as_str(), planned))
            .collect();
        let mut pool = None;
        let mut asked: BTreeMap<u64, usize> = BTreeMap::new();
        let mut before: HashMap<u64, Vec<u8>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            let violated = file.findings.iter().any(|finding| finding.golden.is_some());
            let Some(planned) = plan.get(file.relative.as_str()).filter(|_| violated) else {
                continue;
            };
            let old = baseline
                .content(Path::new(&file.relative))
                .map_err(|error| unanswered(&error))?;
            let Some(old) = old else { continue };
            if pool.is_none() {
                pool = Some(self.house.pool(plan.len())?);
            }
            let Some(pool) = &mut pool else { continue };
            let id = at as u64;
            let job = Job {
                id,
                path: planned.path.clone(),
                bytes: old.clone(),
                executable: false,
                stamp: None,
                said: None,
                named: planned.named,
                package: planned.package.clone(),
                kinds: Kinds::NONE,
                scope: Scope::File,
                purpose: Purpose::Check,
                golden: Golden::First,
            };
            pool.push([Task::new(Arc::clone(&planned.recipe), job)]);
            asked.insert(id, at);
            before.insert(id, old);
        }
        let Some(pool) = pool else { return Ok(()) };
        while !asked.is_empty() {
            let answer = pool
                .answers()
                .recv()
                .map_err(|_| Failure::internal("all workers are gone"))?;
            let (Some(at), Some(old)) = (asked.remove(&answer.id), before.remove(&answer.id))
            else {
                continue;
            };
            // What cannot be judged was not there: everything counts as new.
            let Ok(fixed) = answer.result else { continue };
            let file = &mut files[at];
            let Ok(now) = std::fs::read(&file.path) else {
                continue;
            };
            retain_new(&mut file.findings, &now, &fixed.findings, &old);
        }
        Ok(())
    }

    /// Takes away the violations that golden-freeze.txt knows; says how many.
    pub(super) fn unfreeze(&self, files: &mut [FileReport], sight: &Sight<'_>) -> Outcome<usize> {
        let freeze = self.house.frozen()?;
        let mut all: Vec<(String, String)> = Vec::new();
        for file in &*files {
            let counted = file.findings.iter().filter(|finding| is_counted(finding));
            all.extend(counted.map(|it| (it.code.clone(), file.relative.clone())));
        }
        let mut counts = freeze::counted(&all);
        let doubtful: BTreeSet<(String, String)> = counts
            .iter()
            .filter(|((rule, directory), now)| {
                freeze.covers(rule, directory, **now) && !self.is_seen(directory, sight)
            })
            .map(|(key, _)| key.clone())
            .collect();
        if !doubtful.is_empty() {
            // Counts are of whole directories: what the run has not seen counts, too.
            let seen: BTreeSet<&str> = match sight {
                Sight::New => BTreeSet::new(),
                _ => files.iter().map(|file| file.relative.as_str()).collect(),
            };
            all.retain(|(_, path)| seen.contains(path.as_str()));
            all.extend(self.beside(&doubtful, &seen)?);
            for (key, now) in freeze::counted(&all) {
                let known = counts.entry(key).or_default();
                *known = now.max(*known);
            }
        }
        let mut frozen = 0;
        for file in files {
            let directory = freeze::directory(&file.relative).to_owned();
            let before = file.findings.len();
            file.findings.retain(|finding| {
                let key = (finding.code.clone(), directory.clone());
                let now = counts.get(&key).copied().unwrap_or_default();
                // What a comment suppresses and is shown all the same is not frozen.
                !is_counted(finding) || !freeze.covers(&finding.code, &directory, now)
            });
            frozen += before - file.findings.len();
        }
        Ok(frozen)
    }

    /// Whether a run has seen all violations in a directory.
    fn is_seen(&self, directory: &str, sight: &Sight<'_>) -> bool {
        let Sight::Below(roots) = sight else {
            return false;
        };
        let path = match directory {
            "." => self.house.boundary.clone(),
            inside => self.house.boundary.join(inside),
        };
        roots.iter().any(|root| path.starts_with(root))
    }

    /// The violations (rule and path) in directories that files other than those seen have.
    fn beside(
        &self,
        wanted: &BTreeSet<(String, String)>,
        seen: &BTreeSet<&str>,
    ) -> Outcome<Vec<(String, String)>> {
        let boundary = &self.house.boundary;
        let is_beside = |path: &str| {
            let directory = freeze::directory(path);
            !seen.contains(path) && wanted.iter().any(|(_, of)| of == directory)
        };
        let config = self
            .config
            .only(|rule| wanted.iter().any(|(of, _)| of == rule));
        let (tried, _) = judge(self.house, &config, |path| {
            let relative = path.strip_prefix(boundary).map(Path::to_string_lossy);
            relative.is_ok_and(|relative| is_beside(&relative))
        })?;
        let hits = tried.into_iter().flat_map(|(rule, tried)| {
            let counted = tried.hits.into_iter().filter(|(_, it)| is_counted(it));
            counted.map(move |(path, _)| (rule.clone(), path))
        });
        Ok(hits.filter(|(_, path)| is_beside(path)).collect())
    }

    /// The verdict of each rule over the files of a run.
    pub(super) fn verdicts(
        &self,
        files: &[FileReport],
        plan: &[Planned],
        whole: Option<&Whole>,
    ) -> Outcome<Vec<Verdict>> {
        let set = RuleSet::prepare(&self.config).map_err(Failure::configuration)?;
        let planned = plan.iter().filter(|planned| planned.golden != Golden::Off);
        let judged: usize = planned.count();
        let failed: usize = files
            .iter()
            .filter(|file| matches!(file.status, Status::Failed(_)))
            .count();
        let mut found: HashMap<&str, usize> = HashMap::new();
        for finding in files.iter().flat_map(|file| &file.findings) {
            *found.entry(finding.code.as_str()).or_default() += usize::from(is_counted(finding));
            if let Some(seconded) = &finding.seconded {
                let counts = seconded.rule.suppressed.is_none();
                *found.entry(seconded.code.as_str()).or_default() += usize::from(counts);
            }
        }
        Ok(set
            .laws()
            .iter()
            .map(|law| {
                let found = found.get(law.code.as_str()).copied().unwrap_or_default();
                let trouble = whole
                    .and_then(|whole| whole.failures.iter().find(|(code, _)| *code == law.code));
                let seen = if law.is_of_trees() {
                    whole.map_or(0, |whole| whole.files)
                } else {
                    judged.saturating_sub(failed)
                };
                let untrue = proved(&self.config, &law.code);
                let finds = match trouble {
                    Some((_, error)) => Finds::Error(error.clone()),
                    None if untrue.is_some() => Finds::Error(untrue.unwrap_or_default()),
                    None if found > 0 => Finds::Failed(found),
                    None if seen == 0 || law.is_silent() => Finds::NotApplicable,
                    None => Finds::Passed,
                };
                Verdict {
                    code: law.code.clone(),
                    slug: law.slug.clone(),
                    level: law.level,
                    finds,
                    files: seen,
                }
            })
            .collect())
    }
}

/// Which example of a rule of the repository does not hold, if one does not: such a rule
/// is not what its team believes it to be.
fn proved(config: &Config, id: &str) -> Option<String> {
    let rule = config.custom.iter().find(|rule| rule.id == id)?;
    let failure = custom::prove(rule).into_iter().next()?;
    Some(format!("an example does not hold: {failure}"))
}

/// Whether a finding is a violation that no comment suppresses.
fn is_counted(finding: &Finding) -> bool {
    let golden = finding.golden.as_ref();
    golden.is_some_and(|it| it.suppressed.is_none())
}

/// What a comment suppresses is shown only where it is critical.
fn is_shown(finding: &Finding) -> bool {
    let golden = finding.golden.as_ref();
    golden
        .is_none_or(|it| it.suppressed.is_none() || it.level == crate::escalation::Level::Critical)
}

fn report(relative: &str, path: &Path, cwd: &Path) -> FileReport {
    FileReport {
        shown: path.strip_prefix(cwd).unwrap_or(path).display().to_string(),
        relative: relative.to_owned(),
        path: path.to_path_buf(),
        status: Status::Unchanged,
        findings: Vec::new(),
        fixes: Vec::new(),
        notes: Vec::new(),
        texts: None,
        source: None,
    }
}

/// Keeps the texts of files with findings, which are shown with their code.
pub(super) fn show_sources(files: &mut [FileReport]) {
    for file in files {
        if file.has_frames() {
            let bytes = std::fs::read(&file.path).unwrap_or_default();
            file.source = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

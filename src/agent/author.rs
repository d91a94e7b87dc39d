//! Who commits, and what the commit says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::landing::message::{Landing, Share, SourceCommit, Template, TicketPattern};
use crate::landing::{Draft, Fix, Held, Target, sign};
use crate::queue::{FixClass, WaitingFix};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place};
use crate::schedule::Stage;
use crate::settings::{self, CommitMode, CommitSettings};

/// Writes the commits of one landing.
pub(super) struct Author {
    place: Arc<Place>,
    settings: CommitSettings,
    template: Template,
    ticket: Option<TicketPattern>,
    /// The subjects of the person's commits.
    subjects: BTreeMap<Oid, String>,
    /// The worker that fixed most files.
    worker: String,
    /// Whether the repository may run its programs.
    trusted: bool,
}

impl Author {
    /// Reads what the messages need.
    pub(super) fn new(
        place: &Arc<Place>,
        settings: &CommitSettings,
        fixes: &[WaitingFix],
        trusted: bool,
    ) -> Outcome<Self> {
        let template = Template::parse(&settings.subject).map_err(|error| {
            Failure::configuration("commit.subject cannot be used").caused_by(error)
        })?;
        let ticket = settings.ticket.as_deref().map(TicketPattern::parse);
        let ticket = ticket.transpose().map_err(|error| {
            Failure::configuration("commit.ticket cannot be used").caused_by(error)
        })?;
        let objects = Objects::open(place).map_err(|error| crate::house::unanswered(&error))?;
        let mut subjects = BTreeMap::new();
        for oid in fixes.iter().flat_map(|fix| &fix.commits) {
            if !subjects.contains_key(oid) {
                // A commit that is gone lends no words; its work is still there.
                let subject = objects.subject(oid).unwrap_or_default();
                subjects.insert(*oid, subject);
            }
        }
        Ok(Self {
            place: Arc::clone(place),
            settings: settings.clone(),
            template,
            ticket,
            subjects,
            worker: first_worker(fixes),
            trusted,
        })
    }

    /// Makes the bytes of a commit: the `commit-msg` hook has seen its message, and it
    /// is signed where that asks nobody.
    pub(super) fn write(&self, draft: &Draft) -> Result<Vec<u8>, Held> {
        let held = |hold: sign::Hold| Held(hold.0);
        let committer = sign::Committer::open(&self.place).map_err(held)?;
        if let Some(hook) = committer.hook().map_err(held)?
            && let Ok(name) = hook.strip_prefix(&self.place.root)
            && !hook.starts_with(&self.place.common_dir)
            && !self.trusted
        {
            return Err(Held(format!(
                "the hook {} comes with the repository and is not trusted: `hive trust`",
                name.display()
            )));
        }
        let message = committer.checked(&draft.message).map_err(held)?;
        let author = match self.settings.author {
            settings::Author::User => sign::Author::User,
            settings::Author::Worker => sign::Author::Worker(&self.worker),
        };
        let commit = sign::Draft {
            tree: draft.tree,
            parents: &draft.parents,
            message: &message,
            author,
            at_ms: clock::wall_ms(),
        };
        committer.commit_object(&commit).map_err(held)
    }

    /// Where the commits go.
    pub(super) fn target(&self, reference: &str) -> Target {
        match (self.settings.mode, reference.strip_prefix("refs/heads/")) {
            (CommitMode::Branch, Some(branch)) => {
                Target::Branch(format!("refs/heads/hive/{branch}"))
            }
            _ => Target::Head,
        }
    }

    /// The message for those fixes of a stage that really go.
    pub(super) fn message(&self, stage: Stage, going: &[&Fix], all: &[WaitingFix]) -> String {
        let going = all.iter().filter(|fix| {
            going
                .iter()
                .any(|one| one.id == super::lands::number(fix.id))
        });
        self.message_of(stage, &going.collect::<Vec<_>>())
    }

    /// The message for these fixes.
    pub(super) fn message_of(&self, stage: Stage, going: &[&WaitingFix]) -> String {
        let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
        let mut sources: Vec<Oid> = Vec::new();
        for fix in going {
            *shares.entry(&fix.worker).or_insert(0) += 1;
            // What a rule makes necessary (layout, imports) is part of its fix.
            let counts = fix
                .counts
                .iter()
                .filter(|count| stage != Stage::Golden || count.class == FixClass::Golden);
            for count in counts {
                *rules.entry(&count.code).or_insert(0) += count.count;
            }
            for commit in &fix.commits {
                if !sources.contains(commit) {
                    sources.push(*commit);
                }
            }
        }
        let shares: Vec<Share> = shares
            .into_iter()
            .map(|(worker, files)| Share {
                worker: worker.to_owned(),
                files,
            })
            .collect();
        let rules: Vec<(String, u32)> = rules
            .into_iter()
            .map(|(code, count)| (code.to_owned(), count))
            .collect();
        let paths: Vec<_> = going.iter().map(|fix| fix.path.clone()).collect();
        // What a person ordered has no task before it has landed.
        let tasks = going.iter().map(|fix| fix.task.0);
        let tasks: Vec<i64> = tasks.filter(|task| *task > 0).collect();
        let sources: Vec<SourceCommit> = sources
            .into_iter()
            .map(|oid| SourceCommit {
                subject: self.subjects.get(&oid).cloned().unwrap_or_default(),
                oid,
            })
            .collect();
        let landing = Landing {
            stage: stage.name(),
            shares: &shares,
            rules: &rules,
            paths: &paths,
            tasks: &tasks,
            sources: &sources,
        };
        let template = self.template.for_stage(stage.name());
        match self.settings.mode {
            CommitMode::Fixup => landing.fixup_message(&template),
            _ => landing.message(&template, self.ticket.as_ref()),
        }
    }
}

/// The worker with the most files, the first by name of several.
fn first_worker(fixes: &[WaitingFix]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for fix in fixes {
        *counts.entry(&fix.worker).or_insert(0) += 1;
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map_or_else(|| Stage::Qa.worker(1), |(worker, _)| (*worker).to_owned())
}

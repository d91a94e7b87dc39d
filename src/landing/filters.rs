//! Blobs, and git's filters between blobs and files.

use std::io::Read;

use gix::filter::plumbing::pipeline::convert::{ToGitOutcome, to_worktree};
use gix::worktree::IndexPersistedOrInMemory;

use super::error::{LandError, git};
use super::reconcile::Contents;
use crate::repo::{Oid, RepoPath};

/// The contents of one repository, as [`Contents`] asks for them.
pub(super) struct Filters<'r> {
    repo: &'r gix::Repository,
    pipeline: gix::filter::Pipeline<'r>,
    index: IndexPersistedOrInMemory,
}

impl<'r> Filters<'r> {
    pub(super) fn of(repo: &'r gix::Repository) -> Result<Self, LandError> {
        let (pipeline, index) = repo
            .filter_pipeline(None)
            .map_err(git("reading git's attributes"))?;
        Ok(Self {
            repo,
            pipeline,
            index,
        })
    }
}

fn reason(error: impl std::fmt::Display) -> String {
    format!("git's filters failed: {error}")
}

impl Contents for Filters<'_> {
    fn blob(&mut self, oid: &Oid) -> Result<Vec<u8>, String> {
        let object = self.repo.find_object(oid.id());
        let object = object.map_err(|error| format!("git's data cannot be read: {error}"))?;
        Ok(object.detach().data)
    }

    fn smudge(&mut self, path: &RepoPath, canonical: &[u8]) -> Result<Vec<u8>, String> {
        let options = to_worktree::Options {
            unknown_encoding: to_worktree::UnknownEncoding::Fail,
            ..to_worktree::Options::default()
        };
        let mut outcome = self
            .pipeline
            .convert_to_worktree(canonical, path.as_str().into(), options)
            .map_err(reason)?;
        if let Some(bytes) = outcome.as_bytes() {
            return Ok(bytes.to_vec());
        }
        let mut bytes = Vec::new();
        let stream = outcome
            .as_read()
            .ok_or_else(|| reason("an answer was put off"))?;
        stream.read_to_end(&mut bytes).map_err(reason)?;
        Ok(bytes)
    }

    fn clean(&mut self, path: &RepoPath, raw: &[u8]) -> Result<Vec<u8>, String> {
        let outcome = self
            .pipeline
            .convert_to_git(raw, path.as_path(), &self.index)
            .map_err(reason)?;
        match outcome {
            ToGitOutcome::Unchanged(raw) => Ok(raw.to_vec()),
            ToGitOutcome::Buffer(bytes) => Ok(bytes.to_vec()),
            ToGitOutcome::Process(mut stream) => {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).map_err(reason)?;
                Ok(bytes)
            }
        }
    }
}

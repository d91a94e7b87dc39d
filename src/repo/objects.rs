//! Reading blobs.

use super::baseline::{BaselineError, named};
use super::{Oid, Place, RepoPath};

/// The object database as it is now. Opened for a piece of work and let go of: a
/// handle that is kept for long believes in packs that are deleted.
pub struct Objects {
    place: Place,
    repo: gix::Repository,
}

impl Objects {
    /// Opens the objects of a repository.
    pub fn open(place: &Place) -> Result<Self, BaselineError> {
        let repo = gix::open(place.root.clone())
            .map_err(|error| BaselineError::Unreadable(error.to_string()))?;
        Ok(Self {
            place: place.clone(),
            repo,
        })
    }

    /// The repository behind it, for who needs more of it at the same time.
    pub fn repository(&self) -> gix::Repository {
        self.repo.clone()
    }

    /// The commit that a revision names, as git spells them.
    pub fn commit(&self, rev: &str) -> Result<Oid, BaselineError> {
        let unknown = || BaselineError::UnknownRevision {
            rev: rev.to_owned(),
        };
        let found = named(&self.place, &self.repo, rev);
        found.map(Oid::from).ok_or_else(unknown)
    }

    /// The name that a file's content has as a blob, whether it is there or not.
    pub fn name(&self, bytes: &[u8]) -> Result<Oid, BaselineError> {
        gix::objs::compute_hash(self.repo.object_hash(), gix::objs::Kind::Blob, bytes)
            .map(Oid::from)
            .map_err(|error| BaselineError::Unreadable(error.to_string()))
    }

    /// The bytes of a blob.
    pub fn blob(&self, oid: &Oid) -> Result<Vec<u8>, BaselineError> {
        let unreadable =
            |error: String| BaselineError::Unreadable(format!("the blob {}: {error}", oid.short()));
        let object = self
            .repo
            .find_object(oid.id())
            .map_err(|error| unreadable(error.to_string()))?;
        let blob = object
            .try_into_blob()
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(blob.detach().data)
    }

    /// The contents that a path went through, oldest first: before the first of
    /// `commits` (absent if that one created the file), after each of them, and what
    /// others made of it in between and since. Each with whether one of `commits`
    /// made it. The last one is the content at `tip`; empty when there is none.
    pub fn versions(
        &self,
        path: &RepoPath,
        commits: &[Oid],
        tip: &Oid,
    ) -> Result<Vec<(Oid, bool)>, BaselineError> {
        let mut versions: Vec<(Oid, bool)> = Vec::new();
        let mut step = |blob: Option<Oid>, own: bool| {
            if let Some(blob) = blob
                && versions.last().map(|(last, _)| *last) != Some(blob)
            {
                versions.push((blob, own));
            }
        };
        for commit in commits {
            let parent = self.parent(commit)?;
            if let Some(parent) = parent {
                step(self.blob_at(&parent, path)?.map(|(blob, _)| blob), false);
            }
            step(self.blob_at(commit, path)?.map(|(blob, _)| blob), true);
        }
        let Some((last, _)) = self.blob_at(tip, path)? else {
            return Ok(Vec::new());
        };
        step(Some(last), false);
        Ok(versions)
    }

    /// The blob of a regular file in a commit's tree, and whether it is executable.
    pub fn blob_at(
        &self,
        commit: &Oid,
        path: &RepoPath,
    ) -> Result<Option<(Oid, bool)>, BaselineError> {
        let failed = |error: &dyn std::fmt::Display| {
            BaselineError::Unreadable(format!("the commit {}: {error}", commit.short()))
        };
        let tree = self
            .repo
            .find_commit(commit.id())
            .map_err(|error| failed(&error))?
            .tree()
            .map_err(|error| failed(&error))?;
        let entry = tree
            .lookup_entry_by_path(path.as_path())
            .map_err(|error| failed(&error))?;
        Ok(entry
            .filter(|entry| entry.mode().is_blob())
            .map(|entry| (Oid::from(entry.object_id()), entry.mode().is_executable())))
    }

    /// Whether `tip` is `ancestor` or comes after it; `false` also when one of them is
    /// not there.
    pub fn reaches(&self, tip: &Oid, ancestor: &Oid) -> bool {
        tip == ancestor
            || self
                .repo
                .merge_base(tip.id(), ancestor.id())
                .is_ok_and(|base| base.is_some_and(|base| base == ancestor.id()))
    }

    /// The first line of a commit's message; `None` if there is no such commit.
    pub fn subject(&self, commit: &Oid) -> Option<String> {
        let commit = self.repo.find_commit(commit.id()).ok()?;
        let title = commit.message().ok()?.title.to_vec();
        Some(String::from_utf8_lossy(&title).trim().to_owned())
    }

    /// When a commit was made, in milliseconds since the epoch; `None` if it is not there.
    pub fn time_of(&self, commit: &Oid) -> Option<i64> {
        let commit = self.repo.find_commit(commit.id()).ok()?;
        Some(commit.time().ok()?.seconds * 1000)
    }

    /// The commits that `tip` reaches and neither `known` nor a remote-tracking branch
    /// does, at most so many, the newest first.
    pub fn unpushed(
        &self,
        tip: &Oid,
        known: &[Oid],
        most: usize,
    ) -> Result<Vec<Oid>, BaselineError> {
        let failed = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
        let mut hidden: Vec<gix::ObjectId> = known.iter().map(Oid::id).collect();
        let remotes = super::head::remotes(&self.place, &self.repo)?;
        hidden.extend(remotes.into_iter().map(|(_, id)| id));
        // What the other side has need not be here.
        hidden.retain(|id| self.repo.find_commit(*id).is_ok());
        let walk = self.repo.rev_walk([tip.id()]).with_hidden(hidden);
        let walk = walk.all().map_err(|error| failed(&error))?;
        let mut found = Vec::new();
        for info in walk.take(most) {
            found.push(Oid::from(info.map_err(|error| failed(&error))?.id));
        }
        Ok(found)
    }

    /// The commits that `tip` reaches and none of `hidden` does, the newest first; `None`
    /// if they are more than `most`.
    pub fn between(
        &self,
        tip: &Oid,
        hidden: &[Oid],
        most: usize,
    ) -> Result<Option<Vec<Oid>>, BaselineError> {
        let failed = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
        let hidden: Vec<gix::ObjectId> = hidden.iter().map(Oid::id).collect();
        let walk = self.repo.rev_walk([tip.id()]).with_hidden(hidden);
        let walk = walk.all().map_err(|error| failed(&error))?;
        let mut found = Vec::new();
        for info in walk {
            if found.len() == most {
                return Ok(None);
            }
            found.push(Oid::from(info.map_err(|error| failed(&error))?.id));
        }
        Ok(Some(found))
    }

    /// Whether this repository's user committed a commit, by the address; `false` where
    /// git knows none.
    pub fn is_mine(&self, commit: &Oid) -> Result<bool, BaselineError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            BaselineError::Unreadable(format!("the commit {}: {error}", commit.short()))
        };
        let found = self
            .repo
            .find_commit(commit.id())
            .map_err(|error| unreadable(&error))?;
        let who = found.committer().map_err(|error| unreadable(&error))?;
        let me = self.repo.committer().and_then(Result::ok);
        Ok(me.is_some_and(|me| me.email.eq_ignore_ascii_case(who.email)))
    }

    /// The first parent of a commit.
    pub fn parent(&self, commit: &Oid) -> Result<Option<Oid>, BaselineError> {
        Ok(self.parents(commit)?.first().copied())
    }

    /// The parents of a commit, in their order.
    pub fn parents(&self, commit: &Oid) -> Result<Vec<Oid>, BaselineError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            BaselineError::Unreadable(format!("the commit {}: {error}", commit.short()))
        };
        let commit = self
            .repo
            .find_commit(commit.id())
            .map_err(|error| unreadable(&error))?;
        let parents = commit.parent_ids();
        Ok(parents.map(|id| Oid::from(id.detach())).collect())
    }

    /// The id that bytes have as a blob here.
    pub fn id_of(&self, bytes: &[u8]) -> Result<Oid, BaselineError> {
        gix::objs::compute_hash(self.repo.object_hash(), gix::objs::Kind::Blob, bytes)
            .map(Oid::from)
            .map_err(|error| BaselineError::Unreadable(error.to_string()))
    }
}

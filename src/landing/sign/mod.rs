//! The commit object as bytes, signed where the user's commits are, and the repository's
//! `commit-msg` hook.
//!
//! Nothing here may ever ask a person: no pass phrase, no PIN, no touch, no browser. What
//! could ask, fails or takes longer than its deadline ends as a [`Hold`], and the landing
//! waits for the next commit. Settings come from `git config`, which knows every file
//! that counts; `GIT_*` variables do not, since the ones here are those of whoever woke
//! hive.

mod config;
mod hook;
mod identity;
mod signature;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::clock;
use crate::repo::{Oid, Place};

pub(super) use identity::zone;

use config::Config;
use identity::Identity;
use signature::Signing;

/// Why a commit is not made now: a sentence for `hive status`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Hold(pub String);

/// Whose name a commit carries as its author; the committer is always the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author<'a> {
    /// The repository's user.
    User,
    /// The worker with this id, under an address that can never be delivered to.
    Worker(&'a str),
}

/// A commit to be made.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: &'a [Oid],
    /// Its message; stored as UTF-8 whatever `i18n.commitEncoding` says, which needs no
    /// `encoding` header.
    pub message: &'a str,
    /// Its author.
    pub author: Author<'a>,
    /// When, in milliseconds since the Unix epoch, of which the seconds are kept.
    pub at_ms: i64,
}

/// Makes commit objects in the name of the repository's user. Good for one landing: it
/// keeps what the settings were.
#[derive(Debug)]
pub struct Committer<'a> {
    place: &'a Place,
    config: Config,
}

impl<'a> Committer<'a> {
    /// Reads the settings.
    pub fn open(place: &'a Place) -> Result<Self, Hold> {
        let config = Config::read(place)?;
        Ok(Self { place, config })
    }

    /// The `commit-msg` hook that git would run from the repository's hooks directory
    /// (`core.hooksPath` or its own), if there is one that can be executed. It may lie in
    /// the work tree, where others decide what it does: ask for trust before
    /// [`checked`](Self::checked).
    pub fn hook(&self) -> Result<Option<PathBuf>, Hold> {
        hook::hook_path(self.place, &self.config)
    }

    /// The message as the `commit-msg` hook leaves it, or as it is where there is none.
    /// A hook that refuses, fails or takes longer than ten seconds holds the commit.
    pub fn checked(&self, message: &str) -> Result<String, Hold> {
        hook::check_message(self.place, &self.config, message)
    }

    /// The content of the commit object, signed if `commit.gpgSign` is set. Takes up to
    /// five seconds for each program that signing needs.
    pub fn commit_object(&self, draft: &Draft<'_>) -> Result<Vec<u8>, Hold> {
        let committer = Identity::of_user(&self.config, "committer")?;
        let author = match draft.author {
            Author::User => Identity::of_user(&self.config, "author")?,
            Author::Worker(worker) => Identity::of_worker(worker),
        };
        if draft.message.contains('\0') {
            return Err(Hold("the commit message contains a NUL".to_owned()));
        }
        let when = format!("{} {}", draft.at_ms.div_euclid(1000), zone(draft.at_ms));
        let mut object = format!("tree {}\n", draft.tree).into_bytes();
        for parent in draft.parents {
            object.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        object.extend_from_slice(format!("author {author} {when}\n").as_bytes());
        object.extend_from_slice(format!("committer {committer} {when}\n").as_bytes());
        object.push(b'\n');
        object.extend_from_slice(draft.message.as_bytes());
        if !draft.message.ends_with('\n') {
            object.push(b'\n');
        }
        if self.config.is_set("commit.gpgsign") {
            let sha256 = draft.tree.as_bytes().len() == 32;
            object = self.signed(&object, sha256)?;
        }
        Ok(object)
    }

    /// The directory of the hooks (`core.hooksPath` or the repository's own).
    pub fn hooks(&self) -> Result<PathBuf, Hold> {
        hook::directory(self.place, &self.config)
    }

    /// A signature of the user's for a commit object without one.
    pub fn signature(&self, object: &[u8]) -> Result<Vec<u8>, Hold> {
        let signer = Identity::of_user(&self.config, "committer")?;
        let signing = Signing {
            place: self.place,
            config: &self.config,
            signer: &signer,
        };
        signing.sign(object)
    }

    /// An unsigned commit object with a signature of the user's; `sha256` for the object
    /// format of the repository.
    pub fn signed(&self, object: &[u8], sha256: bool) -> Result<Vec<u8>, Hold> {
        let signature = self.signature(object)?;
        signature::insert(object, &signature, sha256)
            .ok_or_else(|| Hold("the commit object has no headers to sign".to_owned()))
    }
}

/// Makes one commit object now; see [`Committer::commit_object`].
pub fn commit_object(
    place: &Place,
    tree: Oid,
    parents: &[Oid],
    message: &str,
    author: Author<'_>,
) -> Result<Vec<u8>, Hold> {
    let draft = Draft {
        tree,
        parents,
        message,
        author,
        at_ms: clock::wall_ms(),
    };
    Committer::open(place)?.commit_object(&draft)
}

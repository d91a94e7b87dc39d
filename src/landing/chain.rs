//! The commits of a landing: one per layer that has a path which goes.

use std::collections::{BTreeSet, HashMap};

use gix::bstr::BStr;
use gix::objs::tree::{Editor, EntryKind};
use gix::objs::{CommitRef, Kind, Tree, WriteTo};

use super::error::{LandError, git};
use super::objects::Objects;
use super::order::{Fix, Layer, Manner};
use crate::repo::{Oid, RepoPath};

/// What a commit is to say; somebody else knows who commits, how it is signed and which
/// hook wants to see the message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Draft {
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// Its message.
    pub message: String,
}

/// Why a commit may not be made without a person: signing would ask, a hook refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(pub String);

/// Makes the bytes of a commit object from a draft.
pub(super) type Author<'a> = dyn Fn(&Draft) -> Result<Vec<u8>, Held> + 'a;

/// The commits that were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    /// Oldest first, each with the position of its layer.
    pub(super) commits: Vec<(Oid, usize)>,
    /// The ids of the fixes in them.
    pub(super) fixes: Vec<u64>,
    /// Who committed the last one, as a line of the reflog says it.
    pub(super) committer: String,
    /// Its subject.
    pub(super) subject: String,
    /// What they make of the branch.
    pub(super) manner: Manner,
}

/// Says by the kind of entry that a path is at the tip that it goes.
pub(super) type Goes<'a> = &'a dyn Fn(&RepoPath) -> Option<EntryKind>;

/// Commits that were made in an earlier attempt of the same landing: signing may cost a
/// second, and a hook sees a message once.
pub(super) type Made = HashMap<Draft, Vec<u8>>;

/// What the first commit is made on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base<'a> {
    /// The commit whose tree is fixed.
    pub(super) tip: &'a Oid,
    /// The parents of the first commit.
    pub(super) parents: &'a [Oid],
}

/// Makes trees and commits for the paths that go; `goes` says so by the kind of entry
/// that a path is at the tip. `None` if no path goes.
pub(super) fn make(
    repo: &gix::Repository,
    objects: &mut Objects,
    base: Base<'_>,
    layers: &[Layer<'_>],
    goes: Goes<'_>,
    author: &Author<'_>,
    made: &mut Made,
) -> Result<Result<Option<Chain>, Held>, LandError> {
    let root = root(repo, base.tip)?;
    let mut chain: Option<Chain> = None;
    let mut parents = base.parents.to_vec();
    // The blobs of all layers so far. Each tree is edited from that of the tip: those of the
    // layers before are not written yet, and an editor could not read them.
    let mut edited: Vec<(&RepoPath, EntryKind, gix::ObjectId)> = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let going: Vec<(&Fix, EntryKind)> = layer
            .fixes
            .iter()
            .filter_map(|fix| Some((fix, goes(&fix.path)?)))
            .collect();
        if going.is_empty() {
            continue;
        }
        for (fix, kind) in &going {
            edited.push((&fix.path, *kind, objects.add(Kind::Blob, &fix.after)?));
        }
        let tree = edited_tree(repo, objects, &root, &edited)?;
        let fixes: Vec<&Fix> = going.iter().map(|(fix, _)| *fix).collect();
        let draft = Draft {
            tree,
            parents: parents.clone(),
            message: (layer.message)(&fixes),
        };
        let raw = match made.get(&draft) {
            Some(raw) => raw.clone(),
            None => match author(&draft) {
                Ok(raw) => raw,
                Err(held) => return Ok(Err(held)),
            },
        };
        let (committer, subject) = read(&raw, &draft, repo.object_hash())?;
        let commit = Oid::from(objects.add(Kind::Commit, &raw)?);
        made.insert(draft, raw);
        parents = vec![commit];
        let chain = chain.get_or_insert_with(|| Chain {
            commits: Vec::new(),
            fixes: Vec::new(),
            committer: String::new(),
            subject: String::new(),
            manner: Manner::OnTop,
        });
        chain.commits.push((commit, at));
        chain.fixes.extend(fixes.iter().map(|fix| fix.id));
        chain.committer = committer;
        chain.subject = subject;
    }
    Ok(Ok(chain))
}

/// All layers in one tree.
pub(super) struct Melted {
    pub(super) tree: Oid,
    /// The position of the first layer of which a path goes.
    pub(super) layer: usize,
    /// The ids of the fixes.
    pub(super) fixes: Vec<u64>,
}

/// The tree of the tip with what all layers make of the paths that go; `None` if none
/// does.
pub(super) fn melted(
    repo: &gix::Repository,
    objects: &mut Objects,
    tip: &Oid,
    layers: &[Layer<'_>],
    goes: Goes<'_>,
) -> Result<Option<Melted>, LandError> {
    let mut edited: Vec<(&RepoPath, EntryKind, gix::ObjectId)> = Vec::new();
    let (mut fixes, mut first) = (Vec::new(), None);
    for (at, layer) in layers.iter().enumerate() {
        for fix in &layer.fixes {
            let Some(kind) = goes(&fix.path) else {
                continue;
            };
            // What the layers before have made of it is in no tree.
            edited.push((&fix.path, kind, objects.add(Kind::Blob, &fix.after)?));
            fixes.push(fix.id);
            first.get_or_insert(at);
        }
    }
    let Some(layer) = first else {
        return Ok(None);
    };
    let tree = edited_tree(repo, objects, &root(repo, tip)?, &edited)?;
    Ok(Some(Melted { tree, layer, fixes }))
}

/// The tree of a commit.
fn root(repo: &gix::Repository, commit: &Oid) -> Result<Tree, LandError> {
    let reading = "reading the tree of the tip";
    let root = repo.find_commit(commit.id()).map_err(git(reading))?;
    let root = root.tree().map_err(git(reading))?;
    Ok(root.decode().map_err(git(reading))?.into())
}

fn edited_tree(
    repo: &gix::Repository,
    objects: &mut Objects,
    root: &Tree,
    edited: &[(&RepoPath, EntryKind, gix::ObjectId)],
) -> Result<Oid, LandError> {
    let mut editor = Editor::new(root.clone(), &repo.objects, repo.object_hash());
    for (path, kind, blob) in edited {
        let names = path.as_str().split('/').map(<&BStr>::from);
        editor
            .upsert(names, *kind, *blob)
            .map_err(git("editing the tree"))?;
    }
    let tree = editor.write(|tree| -> Result<gix::ObjectId, LandError> {
        let mut bytes = Vec::new();
        tree.write_to(&mut bytes).map_err(git("writing a tree"))?;
        objects.add(Kind::Tree, &bytes)
    })?;
    Ok(Oid::from(tree))
}

/// The first line of the message of a commit object, however the rest of it is built.
pub(super) fn subject(raw: &[u8]) -> String {
    let begin = raw.windows(2).position(|pair| pair == b"\n\n");
    let message = begin.map_or(&[][..], |at| &raw[at + 2..]);
    let line = message.split(|byte| *byte == b'\n').next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}

/// Reads a commit that somebody else has made: it must be one, with the tree and the
/// parents that were asked for.
fn read(raw: &[u8], draft: &Draft, hash: gix::hash::Kind) -> Result<(String, String), LandError> {
    let reading = "reading the new commit";
    let commit = CommitRef::from_bytes(raw, hash).map_err(git(reading))?;
    let parents: Vec<Oid> = commit.parents().map(Oid::from).collect();
    if Oid::from(commit.tree()) != draft.tree || parents != draft.parents {
        return Err(LandError::Order(
            "the commit has another tree or other parents".to_owned(),
        ));
    }
    Ok((commit.committer.to_string(), subject(raw)))
}

/// The paths of all layers, each once, in order.
pub(super) fn paths<'o>(layers: &'o [Layer<'_>]) -> Vec<&'o RepoPath> {
    let all: BTreeSet<&RepoPath> = layers
        .iter()
        .flat_map(|layer| layer.fixes.iter().map(|fix| &fix.path))
        .collect();
    all.into_iter().collect()
}

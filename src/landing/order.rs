//! What is to land, and what came of it.

use serde::{Deserialize, Serialize};

use super::chain::{Draft, Held};
use super::fold::Terms;
use super::reconcile::Dirty;
use super::recover::Recovered;
use crate::repo::{Oid, RepoPath};
use crate::writing::Settled;

/// A fixed blob.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What the caller knows it by.
    pub id: u64,
    /// The path.
    pub path: RepoPath,
    /// The blob that was fixed: the tip's, or the result of the layer below.
    pub before: Oid,
    /// The fixed content, as it is stored in a blob.
    pub after: Vec<u8>,
    /// Whether every fix in it is of class *same*.
    pub same_class: bool,
    /// The rules of those that are not.
    pub codes: Vec<String>,
    /// What hive's own pipeline for saved files makes of the tip's blob.
    pub on_save: Option<Vec<u8>>,
}

/// Makes the message of a commit from the fixes that really go.
pub type Message<'a> = Box<dyn Fn(&[&Fix]) -> String + 'a>;

/// The fixes of one stage: one commit.
pub struct Layer<'a> {
    /// The stage.
    pub stage: String,
    /// At most one per path.
    pub fixes: Vec<Fix>,
    /// What the commit says.
    pub message: Message<'a>,
}

/// Where the commits go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Where HEAD is; index and files come along.
    Head,
    /// A branch of hive's own (`refs/heads/hive/…`): only objects and the reference.
    Branch(String),
}

/// What a landing makes of the branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// Commits on top of the tip, hive's own.
    #[default]
    OnTop,
    /// The tip with other content, the person's still.
    Folded,
    /// The same, which takes such a change back.
    Unfolded,
    /// The person's tip as it was before it was folded, and the fixes in a commit of hive's
    /// own on top of it.
    GivenBack,
}

/// Commits that are on their branch now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The branch, `refs/heads/…`; `None` with a detached HEAD.
    pub reference: Option<String>,
    /// The tip before.
    pub tip: Oid,
    /// What became of it.
    pub manner: Manner,
    /// Oldest first, each with the position of its layer.
    pub commits: Vec<(Oid, usize)>,
    /// The fixes in them, by the ids that the order gave them.
    pub fixes: Vec<u64>,
    /// How long the index was locked, in microseconds; 0 where nobody measured.
    pub held_us: u64,
}

/// Writes down that commits were published. It is called at once, before late saves
/// are waited for, and again after a death in between: the same commits twice must do
/// no harm. A landing that could not be written down is not forgotten but written down
/// by the next recovery.
pub type Recorder<'a> = dyn Fn(&Published) -> Result<(), String> + 'a;

/// How a landing is done.
pub struct Options<'a> {
    /// What happens to paths with uncommitted edits.
    pub dirty: Dirty,
    /// Where the commits go.
    pub target: Target,
    /// Whether the fixes go into the tip itself, where these allow it; else, and where
    /// they do not, they become commits.
    pub fold: Option<Terms>,
    /// Files with more bytes are left alone.
    pub max_file_size: u64,
    /// Why the file of a path is not to be written now, if it is not: the path waits.
    pub kept: &'a dyn Fn(&RepoPath) -> Option<String>,
    /// Makes the bytes of a commit object: who commits, signature, commit-msg hook.
    pub author: &'a dyn Fn(&Draft) -> Result<Vec<u8>, Held>,
    /// Writes down what was published.
    pub record: &'a Recorder<'a>,
}

/// What is to land.
pub struct Order<'a> {
    /// The commit that everything was computed from.
    pub tip: Oid,
    /// The branch that HEAD must be on, `refs/heads/…`; `None` with a detached HEAD.
    pub reference: Option<String>,
    /// In the order of their commits; a path's fix in a later one is of the result of
    /// its fix in the one before.
    pub layers: Vec<Layer<'a>>,
    /// How it is done.
    pub options: Options<'a>,
}

/// Why a path did not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// It waits for a change of file, index or tip.
    Deferred(String),
    /// It is not for hive to touch.
    Skipped(String),
}

/// What came of a landing.
#[derive(Debug)]
pub enum Outcome {
    /// The commits are on the branch.
    Landed {
        /// Oldest first, each with the position of its layer.
        commits: Vec<(Oid, usize)>,
        /// The paths in them.
        paths: Vec<RepoPath>,
        /// Those that did not go.
        left: Vec<(RepoPath, Left)>,
        /// How long the index was locked, in microseconds.
        held_us: u64,
        /// Late saves and rescued bytes, which a person should know of.
        settled: Vec<Settled>,
    },
    /// A race was lost and nothing has changed; to be tried again, at no cost.
    Lost(String),
    /// No path can go.
    Nothing {
        /// All of them, with the reasons.
        left: Vec<(RepoPath, Left)>,
    },
    /// The commit may not be made without a person.
    Held(String),
    /// An earlier landing here had not come to its end, and has been dealt with and
    /// recorded; nothing of this order was done. To be ordered again.
    Recovered(Vec<Recovered>),
}

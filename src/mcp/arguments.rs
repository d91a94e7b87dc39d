//! What the tools take. The comments here are what a client reads.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::rpc::inside;

/// How many paths, and numbers of questions, one call may name.
const MANY: usize = 1000;
/// The longest text of a call, in bytes.
const TEXT: usize = 8 << 10;

/// Nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fix {
    /// Files and directories, from the root of the repository
    pub(super) paths: Vec<String>,
    /// Return the patch of each file and change nothing
    pub(super) diff: Option<bool>,
}

/// Files that are judged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    /// Files and directories, from the root of the repository; all of it without
    pub(super) paths: Option<Vec<String>>,
    /// Only lines that are new against this revision, or against `merge-base`
    pub(super) since: Option<String>,
}

/// Questions that are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Only this rule, such as F401 or GR09
    pub(super) rule: Option<String>,
    /// Only this file, or the files below this directory, from the root of the repository
    pub(super) path: Option<String>,
    /// Only this level or worse
    pub(super) level: Option<Level>,
    /// Only these states; open ones without
    pub(super) states: Option<Vec<State>>,
}

/// How bad a question is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Good to know
    Info,
    /// Worth a look
    Warning,
    /// Fails a check
    Error,
    /// Always asks
    Critical,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It waits
    Open,
    /// It waits, and is not shown for a while
    Snoozed,
    /// Its cause is gone
    Resolved,
    /// Nobody wants to hear of it
    Dismissed,
}

/// One question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// Its number
    #[schemars(range(min = 1))]
    pub(super) id: i64,
}

/// Questions that are answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    /// Their numbers
    #[schemars(length(min = 1))]
    pub(super) ids: Vec<i64>,
    /// A word about it; kept with the question and shown with similar ones
    pub(super) note: Option<String>,
}

/// Questions that are put off.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snoozed {
    /// Their numbers
    #[schemars(length(min = 1))]
    pub(super) ids: Vec<i64>,
    /// For how many hours; a day without
    #[schemars(range(min = 1))]
    pub(super) hours: Option<u32>,
    /// A word about it; kept with the question and shown with similar ones
    pub(super) note: Option<String>,
}

/// Questions whose findings are suppressed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Suppressed {
    /// Their numbers
    #[schemars(length(min = 1))]
    pub(super) ids: Vec<i64>,
    /// Why the code may stay as it is; goes into the comment
    pub(super) reason: String,
}

/// A file or a number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// A file, from the root of the repository
    pub(super) path: String,
}

/// How long to wait.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// For how many seconds at most; 30 without
    #[schemars(range(min = 1, max = 600))]
    pub(super) seconds: Option<u32>,
}

/// Files that somebody works on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Leased {
    /// Files and directories, from the root of the repository
    #[schemars(length(min = 1))]
    pub(super) paths: Vec<String>,
    /// For how many seconds; 60 without
    #[schemars(range(min = 1, max = 86400))]
    pub(super) seconds: Option<u32>,
    /// End the leases of these paths instead
    pub(super) release: Option<bool>,
}

/// Paths as the verbs take them: absolute, below the root, and few enough.
pub(super) fn paths(named: &[String], root: &Path) -> Result<Vec<String>, String> {
    if named.len() > MANY {
        return Err(format!(
            "{} paths are too many for one call; name directories, or at most {MANY}",
            named.len()
        ));
    }
    named.iter().map(|one| path(one, root)).collect()
}

/// One of them.
pub(super) fn path(named: &str, root: &Path) -> Result<String, String> {
    let whole = inside(root, named).map_err(|wrong| wrong.to_string())?;
    let text = whole.into_os_string().into_string();
    text.map_err(|_| "the repository lies at a path that is no Unicode".to_owned())
}

/// Numbers of questions, as arguments.
pub(super) fn numbers(ids: &[i64]) -> Result<Vec<String>, String> {
    if ids.is_empty() {
        return Err("`ids` names no question; escalations_list has their numbers".to_owned());
    }
    if ids.len() > MANY {
        return Err(format!(
            "{} questions are too many for one call; at most {MANY}",
            ids.len()
        ));
    }
    if let Some(id) = ids.iter().find(|id| **id < 1) {
        return Err(format!(
            "{id} is no number of a question; escalations_list has them"
        ));
    }
    Ok(ids.iter().map(i64::to_string).collect())
}

/// A text of a client that may go into an argument.
pub(super) fn text<'a>(name: &str, text: &'a str) -> Result<&'a str, String> {
    if text.len() > TEXT {
        return Err(format!(
            "`{name}` has {} bytes, and {TEXT} are taken",
            text.len()
        ));
    }
    if text.contains('\0') {
        return Err(format!("`{name}` has a NUL character in it"));
    }
    Ok(text)
}

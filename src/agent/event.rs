//! What can happen to an agent.

use std::path::PathBuf;

use super::lands;
use crate::schedule::Stage;
use crate::worker::Answer;

/// Everything that can happen to an agent.
pub(super) enum Event {
    /// Something in the git directory changed, or a hook woke us.
    Git,
    /// Files were saved.
    Files(Vec<PathBuf>),
    /// Anything may have changed.
    Rescan(String),
    /// Watching works less well than it should.
    Degraded(String),
    /// A worker of a stage has answered.
    Answer(Stage, Answer),
    /// A landing has ended.
    Landed(Box<lands::Ended>),
    /// A signal: finish and go.
    Stop,
    /// It is time to look again.
    Time,
}

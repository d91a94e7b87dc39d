//! hive for coding agents: a server of the Model Context Protocol.
//!
//! In: messages of a client, one a line. Out: what the tools of `tools` answer, which are
//! hive's own verbs: each call is a run of one, so that it reads, writes and holds back as
//! the command does. Always: what a client names is checked before anything runs (sizes,
//! numbers, paths: only below the root of the repository, never git's own); an error is an
//! answer that says what to do; no request ends the server, and none waits for another
//! but for a place among the few that run at once. This room does not know how a verb does
//! its work, and writes nothing itself.

mod answer;
mod arguments;
mod calls;
mod session;
mod tools;

pub use session::serve;

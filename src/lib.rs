//! hive: a quality agent for one Git repository of Python code.
//!
//! The rooms, in the order a change travels through them:
//!
//! | room | what happens there |
//! |---|---|
//! | [`settings`] | what the team and the person want, with the layer that said so; what is trusted |
//! | [`repo`] | where the repository is: work tree, git directories, paths, what git is doing |
//! | [`evidence`] | which tools a project uses, in which version, over which files |
//! | [`intake`] | what is new: the person's commits, saved files; what is left alone and why |
//! | [`queue`] | the work as tasks in the repository's database, from enqueue to its end |
//! | [`schedule`] | which task next, how many workers, when to try again; pure |
//! | [`house`] | the repository at hand: its settings, tools and the plan for each file |
//! | [`memo`] | what is known already, by content; on the database of [`store`] |
//! | [`worker`] | processes that fix files: frames, pool, deadlines |
//! | [`fixers`] | how one file is fixed: chain, tools, verification |
//! | [`golden`] | the team's own laws: what violates them, and what would mend it |
//! | [`graph`] | who imports what |
//! | [`writing`] | how fixed bytes get into a person's file without losing any |
//! | [`landing`] | how fixes become a commit in a live repository |
//! | [`escalation`] | the questions that are left for a person |
//! | [`journal`] | what happened, entry by entry |
//! | [`report`] | what a run found, for people and for machines |
//!
//! [`agent`] is the loop that leads a change through them, [`hooks`] and [`wake`] are
//! how git wakes it, [`tidy`] is what it lends to a commit that is being made, [`push`]
//! what happens before a push, [`notice`] what it lets the next hook say, and [`review`]
//! what a person does with the questions. [`monitor`] shows live what happens, on a
//! [`screen`].
//!
//! [`client`] is the queue for other programs: tasks, workers and plans. [`mcp`] serves
//! coding agents and [`lsp`] editors, both over [`rpc`], and do what a person would by hand;
//! [`coding`] knows how agents keep their settings.
//!
//! Beside them: [`cli`] (one verb per file), [`terminal`] (the only place that
//! prints), [`failure`] (errors that reach a person), [`causes`] (errors
//! in one line), [`clock`] and
//! [`process`] (the only places that ask the time and start programs), and [`crash`]
//! (the points at which tests kill hive).

pub mod agent;
pub mod causes;
pub mod cli;
pub mod client;
pub mod clock;
pub mod coding;
pub mod crash;
pub mod escalation;
pub mod evidence;
pub mod failure;
pub mod fixers;
pub mod golden;
pub mod graph;
pub mod hooks;
pub mod house;
pub mod intake;
pub mod journal;
pub mod landing;
pub mod lsp;
pub mod mcp;
pub mod memo;
pub mod monitor;
pub mod notice;
pub mod process;
pub mod push;
pub mod queue;
pub mod repo;
pub mod report;
pub mod review;
pub mod rpc;
pub mod schedule;
pub mod screen;
pub mod settings;
pub mod store;
pub mod terminal;
pub mod tidy;
pub mod wake;
pub mod worker;
pub mod writing;

pub use client::Client;

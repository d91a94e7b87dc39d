//! Which lint, import and format tools a project uses, in which version, over
//! which files.
//!
//! In: a repository's root (the boundary), the [`Surroundings`] of the machine and
//! what the settings want ([`Wanted`]). Out: for a directory its [`Project`], for
//! a project its [`Plan`] of [`Decision`]s with the evidence for each, for a file a
//! [`FilePlan`] and the recipe that follows from it.
//!
//! Always: at most one tool of each kind for a file; another version or another
//! tool never stands in for the one that counts; configuration that cannot be read
//! holds what it could have decided and is named; nothing is run, and no file
//! outside the boundary, the user's configuration and the known caches is read.
//!
//! This room does not know what the tools do to a file, whether a program is
//! trusted, which files exist, or git.
//!
//! | file | what it answers |
//! |---|---|
//! | `survey` | which project a directory belongs to |
//! | `project`, `plan` | what is decided for a project and for a file |
//! | `decide`, `contradictions` | which mention wins, what speaks against it |
//! | `engine`, `installed` | which program is that version, what is missing |
//! | `hooks`, `lefthook`, `ci`, `tox`, `nox`, `tasks`, `tables`, `locks` | what one kind of file says |
//! | `script`, `command`, `runner`, `shell`, `program` | what a command means |
//! | `ruff_file`, `selection` | what ruff's configuration selects |
//! | `filter`, `scope` | which files a hook or command is about |
//! | `named` | which files arguments name |
//! | `document`, `toml`, `yaml`, `ini` | files as trees with lines |
//! | `existing` | what a configuration of pre-commit does that hive does, too |
//! | `explain` | all of it for a person |

mod ci;
mod command;
mod contradictions;
mod decide;
mod decision;
mod document;
mod engine;
pub mod existing;
pub mod explain;
mod filter;
mod hooks;
mod ini;
mod installed;
mod lefthook;
mod locks;
mod mention;
mod named;
mod nox;
mod plan;
mod program;
mod project;
mod ruff_file;
mod runner;
mod scope;
mod script;
mod selection;
mod shell;
mod surroundings;
mod survey;
mod tables;
mod tasks;
mod toml;
mod tox;
mod yaml;

pub use decision::{Cause, Choice, Decision, Evidence, Wanted, Wish};
pub use document::Unreadable;
pub use engine::{EngineChoice, VersionSource};
pub use filter::{Excluded, PathFilter};
pub use mention::{Origin, Source};
pub use plan::{FilePlan, Plan, Planned};
pub use project::Project;
pub use surroundings::Surroundings;
pub use survey::Survey;

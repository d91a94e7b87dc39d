//! The Golden Rules: a team's own laws for its code.
//!
//! In: a [`Config`] (which rules, how severe, with which settings), and code: one
//! [`Module`], or the repository as a [`Tree`]. Out: [`Violation`]s with edits that would
//! mend them. Always: decisions are made on the syntax tree with names resolved by scope,
//! paths are compared by component from the repository's root, edits are byte ranges, and
//! a rule that could not judge is an error, never a pass. This room does no I/O, and does
//! not know the linter's settings, who asks, or what becomes of a fix.
//!
//! To read it: [`rule`] (what a rule is), [`registry`] and [`rules`] (the catalogue),
//! [`config`] (what is active), [`module`] (what a rule sees of a file), [`set`] (how they
//! are run), [`suppression`], [`edits`].

pub mod config;
pub mod contracts;
mod contradictions;
pub mod custom;
pub mod dotted;
pub mod edits;
pub mod found;
pub mod freeze;
mod head;
pub mod ini;
mod introduce;
mod layers;
pub mod module;
pub mod page;
pub mod paths;
pub mod place;
pub mod project;
pub mod registry;
mod rename;
pub mod rule;
pub mod rules;
pub mod set;
pub mod suppression;
pub mod tree;

pub use config::{Active, Config, Mistake, Wanted};
pub use edits::Edits;
pub use found::{Draft, Edit, Fix, Found};
pub use module::{Module, Station};
pub use rule::{Check, Example, Origin, Preset, Remedy, Rule};
pub use set::{Hit, Judged, Law, RuleSet, Violation};
pub use tree::{Base, Reports, Tree};

//! What a person does with the questions: looks at one, and answers it.
//!
//! In: a [`Desk`] (a work tree with its queue) and the number of a question. Out: a
//! [`Detail`] with everything that helps to decide, and [`Did`] for what was done.
//! Always: a file is written by the safe write and only what has been verified; what
//! cannot be done says why and what can; an answer can be taken back ([`take_back`]).
//! The plain commands and the full-screen programs do the same things here. This room
//! does not know how anything is shown.

mod act;
mod again;
mod apply;
mod desk;
mod detail;
mod editor;
mod export;
mod held;
mod ink;
mod land;
mod patch;
mod quiet;
mod suppress;
mod why;

pub use act::{Action, Did, TakenBack, act, take_back, unanswered};
pub use apply::{Applied, apply_held, patched};
pub use desk::Desk;
pub use detail::{Detail, Frame, detail, place, whereabouts};
pub use editor::open_place;
pub use export::{markdown, sarif};
pub use held::held;
pub use ink::Ink;
pub use land::{HeldLanded, Landed, land, land_held};
pub use quiet::{LandedCommit, Waited, wait};
pub use suppress::{commented, unsuppressible};
pub use why::{ToolWord, Why, why};

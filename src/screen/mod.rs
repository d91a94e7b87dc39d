//! Full-screen programs: the terminal taken over and given back, keys, and what screens
//! are made of. `questions` is the review of questions; `monitor` is a room of its own.
//!
//! In: a terminal, keys, signs that something has changed. Out: frames. Always: the
//! terminal is given back as it was, also by a panic, a signal, or when it is gone; one
//! thread waits for keys, signals and changes in one place, and nothing runs by the
//! clock; text from a repository is made safe before it is drawn; what colour says is
//! said by a word or a sign, too. This room does not know how a question is answered
//! (`review` does) or where anything is kept.

mod changes;
mod keyboard;
mod palette;
pub mod parts;
mod prompt;
pub mod questions;
mod tty;

pub use changes::Changes;
pub use keyboard::Key;
pub use palette::Palette;
pub use prompt::{Prompt, Typed};
pub use tty::{Happened, Tty, Waker};

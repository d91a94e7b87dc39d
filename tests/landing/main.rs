//! Landing in real repositories, with the real git and the real child.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic anywhere, and starts the real git"
)]

mod clean;
mod crash;
mod dirty;
mod fold;
mod ground;
mod late;
mod races;
mod undo;

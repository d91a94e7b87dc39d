//! What hive's tests share: real tools in cached environments, private homes,
//! real git, the real binary.

mod sandbox;
mod tools;

pub use sandbox::{Ran, Sandbox, wait_for};
pub use tools::{hook_managers, older_ruff, tools};

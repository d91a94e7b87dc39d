//! What hive's tests share: real tools in cached environments, private homes,
//! real git, the real binary, system calls that fail, terminals, and made-up input.

#[cfg(target_os = "linux")]
mod inject;
mod property;
mod pty;
mod sandbox;
mod tools;

pub use arbitrary::{self, Unstructured};
#[cfg(target_os = "linux")]
pub use inject::{Call, Fault, Injected, can_inject, inject};
pub use property::{mutated, property};
pub use pty::Pty;
pub use sandbox::{PATIENCE, Ran, Sandbox, wait_for};
pub use tools::{clients, hook_managers, husky, older_ruff, tools};

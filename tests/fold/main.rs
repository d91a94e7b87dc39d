//! Fixes that become part of the person's own commit, and pushes that meet them: the real
//! binary, real git, through the agent and through the drain that a hook starts.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

mod after;
mod back;
#[path = "../random/chance.rs"]
#[allow(dead_code, reason = "it is shared with the random user")]
mod chance;
#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;
mod makes;
mod no;
mod pushes;
mod race;
mod world;

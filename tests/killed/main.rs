//! Killed at every point and at any moment: the next start ends where an undisturbed
//! run would have ended. Nothing is lost, nothing is done twice, no lock stays.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

#[path = "../random/chance.rs"]
#[allow(dead_code, reason = "it is shared with the random user")]
mod chance;
#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;
mod moments;
mod plans;
mod points;
mod verdict;
mod workers;

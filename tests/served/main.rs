//! `hive mcp`, `hive lsp` and the hooks of coding agents, through the real binary: driven by
//! the client libraries of the protocols' own projects, and by hand where a client would
//! never send such a thing.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;

mod coders;
mod editing;
mod hostile;
mod libraries;
mod tools;
mod wire;

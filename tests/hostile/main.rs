//! A hostile repository, as it comes by a clone, a pull or an unpacked archive, and hive
//! at work in it: nothing of it runs unasked, nothing is written outside, nothing raw
//! reaches the terminal, and nothing makes hive hang. docs/security.md says what is
//! promised; here it is tried through the real binary.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, its helpers fail it, and it says what it skips"
)]

mod heavy;
mod modes;
mod outside;
mod programs;
mod raw;
mod swapped;

use hive_test_support::{Ran, Sandbox};

/// A file with something to fix.
const MESSY: &str = "import sys\nimport os\n\n\ndef f( x ):\n    return os.path.join( x )\n";

/// A fresh repository.
fn repository() -> Sandbox {
    let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    sandbox
}

/// Every verb that a person may type in a repository that was just cloned, none of which
/// gives it any trust.
const LOOKING: [&[&str]; 16] = [
    &["check"],
    &["check", "--format", "json"],
    &["check", "--format", "github"],
    &["check", "--format", "sarif"],
    &["check", "--format", "junit"],
    &["fix", "--diff"],
    &["doctor", "."],
    &["status"],
    &["status", "--json"],
    &["queue", "list", "--state", "all"],
    &["workers"],
    &["history"],
    &["escalations", "list"],
    &["trust", "--show"],
    &["undo"],
    &["fix", "-v"],
];

/// Demands that hive ended by itself and without a panic.
#[track_caller]
fn ended(ran: &Ran, what: &str) {
    let said = format!("{what}: {:?}\n{}{}", ran.code, ran.stdout, ran.stderr);
    assert!(!said.contains("panicked"), "{said}");
    assert!(ran.code.is_some_and(|code| code <= 4), "{said}");
}

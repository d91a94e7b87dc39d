//! Starting a program that talks with the person in this terminal, such as an editor.

use std::ffi::OsStr;
use std::io;
use std::process::Command;

use super::run::Status;
use crate::settings::environment;

/// Runs a program with this process's terminal and environment (without the variables of
/// git) and waits for its end. `first` come before `rest`.
#[expect(clippy::disallowed_methods, reason = "this is the home of processes")]
pub fn run_attached<A: AsRef<OsStr>, B: AsRef<OsStr>>(
    program: &str,
    first: impl IntoIterator<Item = A>,
    rest: impl IntoIterator<Item = B>,
) -> io::Result<Status> {
    let mut command = Command::new(program);
    command.args(first).args(rest);
    for name in environment::git_variables() {
        command.env_remove(name);
    }
    command.status().map(Status::of)
}

//! The only place that reads the environment.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the home of the environment"
)]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

/// Whether `NO_COLOR` (any non-empty value) or `TERM=dumb` asks for plain text.
pub fn no_colour() -> bool {
    set("NO_COLOR") || env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the terminal does not say that it can move its cursor.
pub fn is_dumb() -> bool {
    value("TERM").is_none_or(|term| term == "dumb")
}

/// Whether a variable has a non-empty value.
pub fn set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// A variable's value as it is.
pub fn value(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A variable that holds one path.
pub fn path(name: &str) -> Option<PathBuf> {
    value(name).map(PathBuf::from)
}

/// All variables whose names begin with `HIVE_`, with their values as they are.
pub fn hive() -> Vec<(String, OsString)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with("HIVE_"))
        .collect()
}

/// All variables as they are, but for git's: for hive itself, run as if it were typed here.
pub fn own() -> Vec<(OsString, OsString)> {
    env::vars_os()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GIT_"))
        .collect()
}

/// The names of all variables by which git talks to its hooks and to itself.
pub fn git_variables() -> Vec<OsString> {
    env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.as_encoded_bytes().starts_with(b"GIT_"))
        .collect()
}

/// The branch that CI will merge into, where it says so: GitHub, GitLab.
pub fn ci_base() -> Option<String> {
    ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"]
        .into_iter()
        .find_map(|name| value(name)?.into_string().ok())
}

/// The user's directory for sockets and locks, where the system has one.
pub fn runtime_dir() -> Option<PathBuf> {
    path("XDG_RUNTIME_DIR").filter(|path| path.is_absolute())
}

/// The user's directories, which follow from `HOME` and the `XDG_*` variables.
/// `None` without a home directory.
pub fn user_directories() -> Option<BaseDirs> {
    BaseDirs::new()
}

/// hive's own ones among them.
pub fn own_directories() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "hive")
}

/// Where a program lies that `PATH` would start by this name.
pub fn program(name: &str) -> Option<PathBuf> {
    which::which(name).ok()
}

/// The filter for the log (`HIVE_LOG`), as `tracing` spells it: `debug`,
/// `hive=trace`, …
pub fn log_filter() -> Option<String> {
    value("HIVE_LOG")?.into_string().ok()
}

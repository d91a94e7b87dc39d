//! The only place that reads the environment.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the home of the environment"
)]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Whether `NO_COLOR` (any non-empty value) or `TERM=dumb` asks for plain text.
pub fn no_colour() -> bool {
    set("NO_COLOR") || env::var_os("TERM").is_some_and(|term| term == "dumb")
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

/// All variables whose names begin with `HIVE_`, with readable values.
pub fn hive() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("HIVE_"))
        .collect()
}

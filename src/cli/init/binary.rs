//! Which path of this binary the hooks shall call.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::settings::environment;

/// The path under which `PATH` finds this binary, else the binary's own. The former is
/// what an upgrade by a package manager keeps, often as a link to what it replaces.
pub(in crate::cli) fn path() -> Outcome<PathBuf> {
    let own = std::env::current_exe()
        .map_err(|error| Failure::internal("hive cannot tell where it lies").caused_by(error))?;
    let real = fs::canonicalize(&own).unwrap_or_else(|_| own.clone());
    let found = environment::program("hive")
        .filter(|path| path.is_absolute())
        .filter(|path| fs::canonicalize(path).is_ok_and(|path| path == real));
    Ok(found.unwrap_or(own))
}

//! Parse, run, turn the result into an exit code, stop.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(hive::cli::main())
}

//! Parse, run, turn the result into an exit code, stop.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Syntax trees are many small allocations; the system's allocator takes a fifth
/// longer over them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(hive::cli::main())
}

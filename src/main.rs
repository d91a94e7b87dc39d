//! Parse, run, turn the result into an exit code, stop.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Syntax trees are many small allocations; the system's allocator takes a fifth
/// longer over them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // Before the command line is even defined: a hook must cost next to nothing.
    if args.next().is_some_and(|verb| verb == "hook") {
        let mut args = args.peekable();
        let pushes = args.peek().is_some_and(|event| event == "pre-push");
        return ExitCode::from(if pushes {
            hive::push::main()
        } else {
            hive::wake::main(args)
        });
    }
    ExitCode::from(hive::cli::main())
}

//! Parse, run, turn the result into an exit code, stop.

use mimalloc::MiMalloc;

/// Syntax trees are many small allocations; the system's allocator takes a fifth
/// longer over them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    hive::process::this_is_hive();
    let mut args = std::env::args_os().skip(1).peekable();
    // Before the command line is even defined: a hook must cost next to nothing.
    let code = if args.next().is_some_and(|verb| verb == "hook") {
        hive::process::small_pages(true);
        if args.peek().is_some_and(|event| event == "pre-commit") {
            hive::tidy::main()
        } else if args.peek().is_some_and(|event| event == "pre-push") {
            hive::push::main()
        } else {
            hive::wake::main(args)
        }
    } else {
        hive::cli::main()
    };
    hive::process::leave(code)
}

//! The binary: arguments in, an exit code out. Everything else is in the library.

use std::process::ExitCode;

/// Dialogues are many small values, on which this allocator spends less time than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    goalconvo::cli::main()
}

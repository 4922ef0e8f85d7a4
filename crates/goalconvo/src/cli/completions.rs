//! `goalconvo completions`: what a shell needs to complete the command line.

use clap_complete::Shell;

use crate::{Context, Error};

/// Print completions for a shell
///
/// Example: goalconvo completions bash > ~/.local/share/bash-completion/completions/goalconvo
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "goalconvo", &mut script);
    Ok(context.out.write_all(&script)?)
}

//! `goalconvo man`: a page for each verb, from the same definitions as `--help`.

use std::path::PathBuf;

use crate::{Context, Error};

/// Write man pages into a folder
///
/// Example: goalconvo man ~/.local/share/man/man1
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder; it is made if need be
    folder: PathBuf,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let refused = |doing| goalconvo_store::Error::io(doing, &args.folder);
    std::fs::create_dir_all(&args.folder).map_err(refused("create folder"))?;
    clap_mangen::generate_to(super::command(), &args.folder).map_err(refused("write into"))?;
    Ok(writeln!(context.out, "{}", args.folder.display())?)
}

//! Finds the corpora that lie beside the project; tests that need them pass with a word when they are absent.

use std::path::PathBuf;

/// The path of a folder below the shared one, or nothing after saying what is skipped.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "only the tests' data folder is looked up")]
    let root = std::env::var("GOALCONVO_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("corpora").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not at {}", path.display());
    None
}

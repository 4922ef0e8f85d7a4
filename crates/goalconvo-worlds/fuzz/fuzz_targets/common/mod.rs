//! What every target does with its text.

use goalconvo_worlds::registry::assemble::{FileDraft, assemble};
use goalconvo_worlds::schemas::{Notes, SourceFile, import_text};
use goalconvo_worlds::graph;
use goalconvo_worlds::registry::Registry;

/// Imports a text, assembles, writes, reads back, builds both graphs: whatever comes, it is a value.
pub fn swallow(name: &str, text: &str) {
    let mut notes = Notes::default();
    let (dialect, material) = import_text(&SourceFile::new(name), text, &mut notes);
    let Some(dialect) = dialect else { return };
    let source = dialect.name().to_owned();
    let registry = assemble(&mut [FileDraft { source, file: name.into(), material, notes, ..FileDraft::default() }]);
    let written = serde_json::to_string(&registry).expect("a registry can be written");
    serde_json::from_str::<Registry>(&written).expect("and read back");
    let _ = graph::build(&registry);
    let _ = graph::project(&registry);
}

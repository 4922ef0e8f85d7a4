//! Reads the reference values that lie beside the project, where they do.

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

/// The JSON file at `path` inside the shared folder, or none, said aloud, where the folder is absent.
pub(crate) fn json(path: &str) -> Option<Value> {
    let bytes = bytes(path)?;
    Some(serde_json::from_slice(&bytes).expect("reference values are strict JSON"))
}

/// The bytes of a file there; `.gz` is unpacked.
pub(crate) fn bytes(path: &str) -> Option<Vec<u8>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one way to point tests at the shared folder elsewhere"
    )]
    let root = std::env::var("GOALCONVO_SHARED")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(bytes) = std::fs::read(root.join(path)) else {
        eprintln!("skipped: no {path} in the shared folder");
        return None;
    };
    if !path.ends_with(".gz") {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).expect("gzip");
    Some(unpacked)
}

/// The strings of a JSON array.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    value.as_array().expect("array").iter().map(|item| item.as_str().expect("string")).collect()
}

/// Collects every disagreement, so that one run shows them all.
#[derive(Default)]
pub(crate) struct Comparison {
    checked: usize,
    wrong: Vec<String>,
}

impl Comparison {
    pub(crate) fn check(
        &mut self,
        what: impl Into<String>,
        got: Option<f64>,
        expect: &Value,
        tolerance: f64,
    ) {
        self.checked += 1;
        let same = match (got, expect.as_f64()) {
            (Some(got), Some(expect)) => (got - expect).abs() <= tolerance,
            (None, None) => expect.is_null(),
            _ => false,
        };
        if !same {
            self.wrong.push(format!("{}: got {got:?}, expected {expect}", what.into()));
        }
    }

    /// Fails with the first disagreements, or when fewer than `least` values were compared.
    pub(crate) fn finish(self, least: usize) {
        let shown = self.wrong.iter().take(25).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.wrong.is_empty(), "{} of {} disagree:\n{shown}", self.wrong.len(), self.checked);
        assert!(self.checked >= least, "only {} values compared", self.checked);
    }
}

//! x
use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::draft::Material;
use serde_json::Value;
/// x
pub fn import(_file: &SourceFile, _value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}

//! x
use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::draft::Material;
use serde_json::Value;
/// x
pub fn import_api(_file: &SourceFile, _value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}
/// x
pub fn import_task(_file: &SourceFile, _value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}
/// x
pub fn import_table(_file: &SourceFile, _value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}
/// x
pub fn import_replies(_file: &SourceFile, _value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}

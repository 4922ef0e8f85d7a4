//! x
use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::draft::Material;
/// x
pub fn import(_file: &SourceFile, _value: &str, _notes: &mut Notes) -> Material {
    Material::default()
}

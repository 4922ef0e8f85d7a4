//! x
use super::report::Notes;
use crate::registry::draft::Material;
use serde_json::Value;
/// x
pub fn import(_value: &Value, _notes: &mut Notes) -> Material {
    Material::default()
}

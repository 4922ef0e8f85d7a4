//! Shapes written as JSON Schema, for the definitions that models read.

use super::shape::{Bounds, Field, Format, Kind, Shape};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Shape {
    /// This shape in the words of JSON Schema.
    pub fn to_json_schema(&self) -> Value {
        let mut schema = self.kind.to_json_schema();
        if !self.choices.is_empty() {
            schema.insert("enum".into(), Value::Array(self.choices.clone()));
        }
        if self.nullable
            && let Some(Value::String(kind)) = schema.get("type").cloned()
        {
            schema.insert("type".into(), json!([kind, "null"]));
            if let Some(Value::Array(choices)) = schema.get_mut("enum") {
                choices.push(Value::Null);
            }
        }
        Value::Object(schema)
    }
}

impl Kind {
    fn to_json_schema(&self) -> Map<String, Value> {
        let schema = match self {
            Self::Unknown | Self::Again(_) => json!({}),
            Self::Boolean => json!({"type": "boolean"}),
            Self::Integer(bounds) => bounds.to_json_schema("integer"),
            Self::Number(bounds) => bounds.to_json_schema("number"),
            Self::Text(format) => format.to_json_schema(),
            Self::List(items) => json!({"type": "array", "items": items.to_json_schema()}),
            Self::Record(fields) => record_schema(fields),
            Self::Either(options) if options.is_empty() => json!({"enum": []}),
            Self::Either(options) => {
                json!({"anyOf": options.iter().map(Shape::to_json_schema).collect::<Vec<_>>()})
            }
        };
        match schema {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

impl Bounds {
    fn to_json_schema(self, kind: &str) -> Value {
        let mut schema = json!({"type": kind});
        let bounds = [
            ("minimum", self.minimum),
            ("maximum", self.maximum),
            ("exclusiveMinimum", self.exclusive_minimum),
            ("exclusiveMaximum", self.exclusive_maximum),
            ("multipleOf", self.multiple_of),
        ];
        for (key, bound) in bounds {
            if let Some(bound) = bound {
                let whole = bound.fract() == 0.0 && bound.abs() < 9e15;
                #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small enough")]
                let value = if whole { json!(bound as i64) } else { json!(bound) };
                schema[key] = value;
            }
        }
        schema
    }
}

impl Format {
    fn to_json_schema(&self) -> Value {
        match self {
            Self::Plain => json!({"type": "string"}),
            Self::Date => json!({"type": "string", "format": "date"}),
            Self::Time => json!({"type": "string", "format": "time"}),
            Self::DateTime => json!({"type": "string", "format": "date-time"}),
            Self::Email => json!({"type": "string", "format": "email"}),
            Self::Url => json!({"type": "string", "format": "uri"}),
            Self::Binary => json!({"type": "string", "contentEncoding": "base64"}),
            Self::Uuid => json!({"type": "string", "format": "uuid"}),
            Self::Pattern(pattern) => json!({"type": "string", "pattern": pattern}),
        }
    }
}

fn record_schema(fields: &BTreeMap<String, Field>) -> Value {
    let mut properties = Map::new();
    for (name, field) in fields {
        let mut schema = field.shape.to_json_schema();
        if !field.description.is_empty() {
            schema["description"] = Value::String(field.description.clone());
        }
        properties.insert(name.clone(), schema);
    }
    let required: Vec<&String> =
        fields.iter().filter(|(_, field)| field.required).map(|(name, _)| name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

//! The values that tables hold, tools take and return, and speakers say.
//!
//! A [`Value`] is JSON with two promises that plain JSON lacks: `25` and `25.0` are one number wherever values are
//! compared, ordered or hashed, and the order of a record's keys never matters except when it is printed.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// A JSON-like value; cloning is cheap (short texts inline, the rest shared).
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Absent or unknown in the table.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN in a table.
    Float(f64),
    /// Text, also times (`19:30`), dates (`2026-11-21`), phones and references.
    Text(SmolStr),
    /// An ordered list.
    List(Arc<[Value]>),
    /// Named fields in the order in which they were written.
    Record(Arc<[(SmolStr, Value)]>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(SmolStr::new(text))
    }

    /// A record of the given fields, in order.
    pub fn record<K: Into<SmolStr>>(fields: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Record(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The text, when this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when this is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Int(n) => Some(*n as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        }
    }

    /// The list's items; empty for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The record's fields; empty for anything else.
    pub fn fields(&self) -> &[(SmolStr, Value)] {
        match self {
            Value::Record(fields) => fields,
            _ => &[],
        }
    }

    /// The field `name` of a record.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What a JSON pointer (RFC 6901, without `~` escapes in names) points at, if anything.
    ///
    /// ```
    /// # use goalconvo_core::Value;
    /// let found: Value = serde_json::from_str(r#"{"results":[{"name":"Ask"}]}"#).unwrap();
    /// assert_eq!(found.pointer("/results/0/name"), Some(&Value::text("Ask")));
    /// ```
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let Some(path) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(self) };
        path.split('/').try_fold(self, |at, step| match at {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => at.field(step),
        })
    }

    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value as it is keyed, spelled and compared loosely: `25` for both 25 and 25.0, text as it stands.
    pub fn plain(&self) -> SmolStr {
        match self {
            Value::Text(text) => text.clone(),
            Value::Float(x) if whole(*x).is_some() => smol_str::format_smolstr!("{}", *x as i64),
            other => smol_str::format_smolstr!("{other}"),
        }
    }

    /// Feeds the canonical bytes of this value to `sink`: numbers by their mathematical value, records by sorted key.
    pub fn canonical(&self, sink: &mut impl FnMut(&[u8])) {
        match self {
            Value::Null => sink(b"n"),
            Value::Bool(b) => sink(if *b { b"t" } else { b"f" }),
            Value::Int(n) => number_bytes(*n as f64, Some(*n), sink),
            Value::Float(x) => number_bytes(*x, whole(*x), sink),
            Value::Text(text) => sized(b"s", text.as_bytes(), sink),
            Value::List(items) => {
                sized(b"l", &(items.len() as u64).to_le_bytes(), sink);
                items.iter().for_each(|item| item.canonical(sink));
            }
            Value::Record(fields) => {
                sized(b"r", &(fields.len() as u64).to_le_bytes(), sink);
                for (key, value) in sorted(fields) {
                    sized(b"k", key.as_bytes(), sink);
                    value.canonical(sink);
                }
            }
        }
    }
}

/// The whole number that `x` is, within the range where that is exact.
fn whole(x: f64) -> Option<i64> {
    (x.fract() == 0.0 && x.abs() < 9.0e15).then_some(x as i64)
}

fn number_bytes(x: f64, whole: Option<i64>, sink: &mut impl FnMut(&[u8])) {
    match whole {
        Some(n) => sized(b"i", &n.to_le_bytes(), sink),
        None => sized(b"d", &x.to_bits().to_le_bytes(), sink),
    }
}

fn sized(tag: &[u8], bytes: &[u8], sink: &mut impl FnMut(&[u8])) {
    sink(tag);
    sink(&(bytes.len() as u64).to_le_bytes());
    sink(bytes);
}

fn sorted(fields: &[(SmolStr, Value)]) -> Vec<&(SmolStr, Value)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
        Value::List(_) => 4,
        Value::Record(_) => 5,
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::List(a), Value::List(b)) => a.cmp(b),
            (Value::Record(a), Value::Record(b)) => sorted(a).cmp(&sorted(b)),
            (a, b) => match (a.as_number(), b.as_number()) {
                (Some(x), Some(y)) => x.total_cmp(&y),
                _ => rank(a).cmp(&rank(b)),
            },
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            // What was handed on and not made again is the same.
            (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Value::Record(a), Value::Record(b)) if Arc::ptr_eq(a, b) => true,
            // Mostly the keys come in the same order, and nothing has to be sorted.
            (Value::Record(a), Value::Record(b)) if a.iter().map(|(k, _)| k).eq(b.iter().map(|(k, _)| k)) => {
                a.iter().map(|(_, v)| v).eq(b.iter().map(|(_, v)| v))
            }
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical(&mut |bytes| state.write(bytes));
    }
}

/// Compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<SmolStr> for Value {
    fn from(text: SmolStr) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Value::List(items.into_iter().collect())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Int(n) => serializer.serialize_i64(*n),
            Value::Float(x) => serializer.serialize_f64(*x),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Value::Record(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value (null, true, false, a number, a text, a list or a record)")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }
    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Float(x))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items.into()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields: Vec<(SmolStr, Value)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<SmolStr, Value>()? {
            if fields.iter().any(|(known, _)| *known == key) {
                return Err(serde::de::Error::custom(format!("key {key:?} stands twice in one record")));
            }
            fields.push((key, value));
        }
        Ok(Value::Record(fields.into()))
    }
}

impl schemars::JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "Any JSON value." })
    }
}

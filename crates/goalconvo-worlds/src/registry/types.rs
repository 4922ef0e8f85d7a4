//! The registry's records: tools, their endpoints, parameters and responses, each with where it came from.

use super::concept::{Concept, Role};
use super::effect::{Effect, Intent};
use super::mask::Hidden;
use super::shape::Shape;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the registry's written form.
pub const FORMAT: &str = "goalconvo-tools/1";

/// Everything that was loaded, ordered by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Registry {
    /// Always [`FORMAT`].
    pub format: String,
    /// The tools, by ascending id.
    pub tools: Vec<Tool>,
    /// Tables that sources describe beside their tools, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, Table>,
    /// Scripted task flows that sources describe beside their tools, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flows: BTreeMap<String, Flow>,
}

/// A group of endpoints that one source publishes together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// `category/tool`, both as slugs; unique and the same at every load.
    pub id: String,
    /// The source's name for it.
    pub name: String,
    /// The source's category, as written; may be empty.
    pub category: String,
    /// The source's words, masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it was read.
    pub origin: Origin,
    /// How callers authenticate, in the source's terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<String>,
    /// What it can do, in the source's order.
    pub endpoints: Vec<Endpoint>,
}

/// Where a tool was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The kind of source: `toolbench`, `openapi`, `mcp`…
    pub source: String,
    /// The file, as the caller named it.
    pub file: String,
}

/// One function that can be called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `category/tool/endpoint`; unique and the same at every load.
    pub id: String,
    /// The name that a model calls it by: matches `[a-zA-Z_-][a-zA-Z0-9_-]{0,63}`, unique in the registry.
    pub function: String,
    /// The source's name for it.
    pub name: String,
    /// The HTTP method, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The URL or path, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The source's words, masked.
    pub description: String,
    /// What a call does to the world.
    pub effect: Effect,
    /// What the caller wants.
    pub intent: Intent,
    /// What can be given, required ones first, else in the source's order.
    pub parameters: Vec<Parameter>,
    /// What comes back.
    pub response: Response,
    /// Data links that the source itself states (OpenAPI links, foreign keys).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// Something that a call can be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The source's name for it.
    pub name: String,
    /// The name that a model uses: fit, and unique in the endpoint.
    pub argument: String,
    /// Where in the request it goes.
    pub place: Place,
    /// True if a call without it is wrong.
    pub required: bool,
    /// What it looks like.
    pub shape: Shape,
    /// The source's words, masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What the tool assumes when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Values that the source shows as examples; not defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Value>,
    /// Set if the runtime supplies it and no model may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Hidden>,
    /// What it is about.
    pub concept: Concept,
    /// What it does in the call.
    pub role: Role,
}

/// Where in a request a parameter goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// An argument of a function; the source knows no requests.
    #[default]
    Argument,
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// A member of the JSON body, or the body itself.
    Body,
    /// A form field.
    Form,
}

/// What comes back from a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// What the answer looks like.
    pub shape: Shape,
    /// How the shape is known.
    pub confidence: Confidence,
    /// True if the evidence had been cut off and the shape is a part of the whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Answers that the source shows, masked, real ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Value>,
    /// Error answers that the source shows, masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Value>,
    /// The scalars inside, with what they are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ResponseField>,
}

/// How well a response is known, from not at all to seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The source says nothing.
    #[default]
    None,
    /// An example that somebody made up.
    Example,
    /// Names with type words in place of values.
    Skeleton,
    /// A schema.
    Schema,
    /// The body of a real answer.
    Real,
}

/// A scalar of a response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseField {
    /// JSON pointer with `*` for every item of a list.
    pub pointer: String,
    /// What it is about.
    pub concept: Concept,
    /// What it looks like.
    pub shape: Shape,
}

/// A data link that a source states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// JSON pointer into this endpoint's response.
    pub pointer: String,
    /// The other endpoint's id.
    pub endpoint: String,
    /// The other endpoint's parameter, by the source's name.
    pub parameter: String,
}

/// A table of a source's database: its columns, not its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Where it was read.
    pub origin: Origin,
    /// The columns in the source's order.
    pub columns: Vec<Column>,
    /// Columns whose values together are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub primary_key: Vec<String>,
    /// References to other tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values look like.
    pub shape: Shape,
    /// True if a row must have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Rules that the source writes as code, by what they govern. They are data and are never evaluated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub opaque_rules: BTreeMap<String, String>,
}

/// A column that holds another table's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The column here.
    pub column: String,
    /// The table there.
    pub table: String,
    /// The column there.
    pub target: String,
}

/// A scripted task: canned replies and which label follows which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Where it was read.
    pub origin: Origin,
    /// Label to wording.
    pub replies: BTreeMap<String, String>,
    /// Label to the next label.
    pub graph: BTreeMap<String, String>,
}

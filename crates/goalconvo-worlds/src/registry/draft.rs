//! Drafts: what an importer understood, before ids, safe names, masks and concepts are given.
//!
//! Importers know a dialect and nothing of one another; whatever needs the whole registry (uniqueness) or is the
//! same for all dialects (masking, typing) happens once, in `assemble`.

use super::effect::Statement;
use super::mask::Hidden;
use super::shape::Shape;
use super::types::{Confidence, Flow, Place, Table};
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that one file gave.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Tools.
    pub tools: Vec<ToolDraft>,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Task flows by name.
    pub flows: BTreeMap<String, Flow>,
    /// Responses of endpoints that another file describes.
    pub loose: Vec<LooseEvidence>,
}

/// A tool as one file describes it.
#[derive(Clone, Debug, Default)]
pub struct ToolDraft {
    /// The source's name.
    pub name: String,
    /// The source's category; may be empty.
    pub category: String,
    /// The source's words.
    pub description: String,
    /// How callers authenticate.
    pub security: Vec<String>,
    /// True if the file only mentions the tool (a query's list): it adds to a tool described elsewhere.
    pub mention: bool,
    /// True if endpoint names are the caller's function names and must stay as they are where they are fit.
    pub functions: bool,
    /// What it can do.
    pub endpoints: Vec<EndpointDraft>,
}

/// An endpoint as one file describes it.
#[derive(Clone, Debug, Default)]
pub struct EndpointDraft {
    /// The source's name.
    pub name: String,
    /// The HTTP method or nothing.
    pub method: String,
    /// URL or path or nothing.
    pub path: String,
    /// The source's words.
    pub description: String,
    /// What the source states about the effect.
    pub statement: Statement,
    /// What can be given.
    pub parameters: Vec<ParameterDraft>,
    /// What is known of the answer.
    pub evidence: Vec<Evidence>,
    /// Links that the source states: (pointer into the response, endpoint name, parameter name).
    pub links: Vec<(String, String, String)>,
    /// JSON pointer to it in the file.
    pub pointer: String,
}

/// A parameter as one file describes it.
#[derive(Clone, Debug, Default)]
pub struct ParameterDraft {
    /// The source's name.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// True if a call without it is wrong.
    pub required: bool,
    /// What it looks like.
    pub shape: Shape,
    /// The source's words.
    pub description: String,
    /// What the tool assumes when it is absent.
    pub default: Option<Value>,
    /// Example values.
    pub examples: Vec<Value>,
    /// Set if the source itself says that it authenticates.
    pub hidden: Option<Hidden>,
}

/// One piece of knowledge about a response.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// How it is known.
    pub confidence: Confidence,
    /// What it shows.
    pub shape: Shape,
    /// The answer itself, if it is one.
    pub example: Option<Value>,
    /// True if the end was cut off.
    pub truncated: bool,
    /// True if it shows a failure.
    pub is_error: bool,
}

/// Evidence about an endpoint of a tool that another file describes.
#[derive(Clone, Debug, Default)]
pub struct LooseEvidence {
    /// The tool's category, as a slug.
    pub category: String,
    /// The tool, as a slug.
    pub tool: String,
    /// The endpoint, by the source's name.
    pub endpoint: String,
    /// What is known.
    pub evidence: Evidence,
    /// JSON pointer to it in the file.
    pub pointer: String,
}

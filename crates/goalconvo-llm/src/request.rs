//! What is asked of a model, in no provider's words.
//!
//! Long texts are shared (`Arc<str>`): thousands of open conversations repeat the same rules and tools, and a
//! request is cloned for each attempt.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};
use crate::reply::ToolCall;

/// One call to a chat model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The conversation so far, oldest first. Append-only use keeps the provider's prefix cache warm.
    pub messages: Vec<Message>,
    /// Tools that the model may call.
    #[serde(default, skip_serializing_if = "no_tools")]
    pub tools: Arc<[Tool]>,
    /// Whether it may, must or must not call them.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// What the reply must look like.
    #[serde(default)]
    pub format: Format,
    /// Seed for the provider's sampling, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// Sampling temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Most tokens of the reply, reasoning included. A hard budget needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Texts that end the reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Log-probabilities of the reply's tokens, each with this many alternatives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<u8>,
    /// Size of the context to ask of a server that sizes it by request (Ollama), in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    /// Whether to mark the prompt for the provider's cache where it needs a mark (Anthropic).
    #[serde(default)]
    pub cache_prefix: bool,
    /// Whose call this is. Never sent, and no part of [`Request::digest`].
    #[serde(skip)]
    pub tag: Tag,
}

/// Whose call it is: the journal's key and the ledger's labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// What the call belongs to; two scopes never share a reply.
    pub scope: Arc<str>,
    /// Which call within the scope.
    pub turn: u32,
    /// Which attempt at it.
    pub attempt: u32,
    /// Who is being played, for the ledger.
    pub role: Arc<str>,
    /// What the call is for, for the ledger.
    pub phase: Arc<str>,
}

impl Default for Tag {
    fn default() -> Self {
        Tag { scope: "".into(), turn: 0, attempt: 0, role: "".into(), phase: "".into() }
    }
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub enum Message {
    /// Rules. Those that lead are the system prompt; a later one is an instruction for the next reply.
    System {
        /// The words.
        text: Arc<str>,
    },
    /// What the other side said.
    User {
        /// The words.
        text: Arc<str>,
    },
    /// What the model said before.
    Assistant {
        /// The words; may be empty when tools were called.
        text: Arc<str>,
        /// The calls it made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// What a tool gave back.
    Tool {
        /// The id of the call that it answers.
        call_id: Arc<str>,
        /// The tool's name.
        name: Arc<str>,
        /// The result, usually JSON.
        text: Arc<str>,
    },
}

impl Message {
    /// A system message.
    pub fn system(text: impl Into<Arc<str>>) -> Self {
        Message::System { text: text.into() }
    }

    /// A user message.
    pub fn user(text: impl Into<Arc<str>>) -> Self {
        Message::User { text: text.into() }
    }

    /// An assistant message without tool calls.
    pub fn assistant(text: impl Into<Arc<str>>) -> Self {
        Message::Assistant { text: text.into(), tool_calls: Vec::new() }
    }

    /// A tool's result.
    pub fn tool(call_id: impl Into<Arc<str>>, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Message::Tool { call_id: call_id.into(), name: name.into(), text: text.into() }
    }

    /// The words of the message.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Message::System { text }
            | Message::User { text }
            | Message::Assistant { text, .. }
            | Message::Tool { text, .. } => text,
        }
    }
}

/// A function that the model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments (an object).
    pub parameters: Arc<Value>,
}

/// Whether the model may, must or must not call tools.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolChoice {
    /// As the model likes.
    #[default]
    Auto,
    /// None, though they are shown.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(String),
}

/// What the reply must look like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Free text.
    #[default]
    Text,
    /// JSON that satisfies a schema.
    Json(JsonFormat),
}

/// A schema and its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JsonFormat {
    /// A name for it: letters, digits, `_` and `-`.
    pub name: String,
    /// The JSON Schema.
    pub schema: Arc<Value>,
}

impl Request {
    /// A request with these messages and nothing else set.
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Request { messages, ..Request::default() }
    }

    /// SHA-256 over all that may change the answer: the model asked and every field but the tag. The first 16
    /// bytes; equal for equal requests on any machine.
    ///
    /// # Errors
    /// The request is no JSON. Without a digest nothing is looked up or kept: two requests that share one would share a
    /// reply.
    pub fn digest(&self, model: &str) -> Result<[u8; 16], Error> {
        let mut hash = Hashing(Sha256::new());
        hash.0.update(model.as_bytes());
        hash.0.update([0]);
        serde_json::to_writer(std::io::BufWriter::with_capacity(4096, &mut hash), self).map_err(|error| {
            Error::new(Kind::BadRequest, format!("the request cannot be written as JSON: {error}"))
        })?;
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.0.finalize()[..16]);
        Ok(digest)
    }
}

/// Hashes what is written.
struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn no_tools(tools: &Arc<[Tool]>) -> bool {
    tools.is_empty()
}

//! What a model answered, in no provider's words, and as the reply itself reports it.
//!
//! Nothing here is filled in from what was configured: a field that the provider did not report is `None`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Kind};
use crate::money::Cost;
use crate::request::{Format, Message, Request};

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What was said, without reasoning. Empty only beside tool calls.
    pub text: String,
    /// What the model thought, from the provider's own field or split off a `<think>` block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Tools that it wants called, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it stopped.
    pub finish: Finish,
    /// Tokens, as the provider counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The model that answered, as the reply reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who served it, as the reply reports it (OpenRouter does).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The provider's id of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Log-probability of each token, where asked for and offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<Vec<TokenLogprob>>,
    /// What was asked for and this dialect cannot ask of its provider. Empty when all was honoured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<Feature>,
    /// Microseconds from the last attempt's sending to its last byte; 0 for a batch.
    #[serde(default)]
    pub latency_us: u64,
    /// How many requests this answer took when it was paid for; a replay says the same.
    #[serde(default)]
    pub attempts: u32,
    /// What the answer cost; `None` when the price or the usage is not known. Under a budget, an answer that
    /// reports no usage costs the most that it can have cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What failed attempts before it cost, or may have cost.
    #[serde(default)]
    pub wasted: Cost,
    /// Of both, what stands for attempts whose cost nobody knows: the most that they can have cost.
    #[serde(default, skip_serializing_if = "Cost::is_zero")]
    pub assumed: Cost,
}

/// A tool call, its arguments exactly as the model wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Links the result to the call; made from position where the provider gives none.
    pub id: String,
    /// The tool's name, which may be one that does not exist.
    pub name: String,
    /// The raw text: usually JSON, and a model's mistake when it is not.
    pub arguments: String,
}

impl ToolCall {
    /// The arguments as JSON.
    ///
    /// # Errors
    /// When the model wrote something else; the raw text stays in [`ToolCall::arguments`].
    pub fn parsed(&self) -> Result<Value, Error> {
        serde_json::from_str(&self.arguments).map_err(|error| {
            Error::new(
                Kind::Malformed,
                format!("arguments of tool call \"{}\" are not JSON: {error}", self.name),
            )
        })
    }
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model was done, or met a stop text.
    #[default]
    Stop,
    /// It ran into the token limit: the text is cut off.
    Length,
    /// It wants tools called.
    ToolCalls,
    /// A content filter, or the model itself, refused.
    Filtered,
    /// The provider gave a reason that is none of the above, or none at all.
    Other,
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All tokens of the prompt, those from a cache included.
    pub prompt_tokens: u64,
    /// Of these, read from the provider's prefix cache.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Of these, written to the provider's prefix cache at a higher price (Anthropic).
    #[serde(default)]
    pub cache_write_tokens: u64,
    /// All tokens of the reply, reasoning included.
    pub completion_tokens: u64,
    /// Of these, reasoning, where reported.
    #[serde(default)]
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Whether a call can have used so much: no more reply than was asked for, and no prompt many times longer than
    /// what was sent. Anything else is a provider's mistake, by which nothing may be charged.
    pub(crate) fn is_plausible(&self, request: &Request) -> bool {
        let most_said = request.max_tokens.map_or(LONGEST, u64::from);
        let said = |tokens: u64| tokens <= most_said;
        let sent = |most: u64| {
            [self.prompt_tokens, self.cached_tokens, self.cache_write_tokens]
                .into_iter()
                .all(|tokens| tokens <= most)
        };
        let words: u64 = request.messages.iter().map(|message| message.text().len() as u64 + 64).sum();
        // Tools and schemas are measured only where the words alone don't explain what is said to have been sent.
        let enough = sent(MANY * words) || sent(MANY * (words + attached(request)));
        said(self.completion_tokens) && self.reasoning_tokens <= LONGEST && enough
    }
}

/// More tokens than any reply or its thoughts have.
const LONGEST: u64 = 10_000_000;

/// A prompt of more tokens than so many times its bytes is not believed: a token is at least one byte, and providers
/// put something around it.
const MANY: u64 = 4;

/// Bytes of what a request has beside its words, with what providers put before it.
fn attached(request: &Request) -> u64 {
    let tools = request
        .tools
        .iter()
        .map(|tool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len());
    let calls = request.messages.iter().map(|message| match message {
        Message::Assistant { tool_calls, .. } => {
            tool_calls.iter().map(|call| call.name.len() + call.arguments.len()).sum()
        }
        _ => 0,
    });
    let schema = match &request.format {
        Format::Text => 0,
        Format::Json(format) => format.schema.to_string().len(),
    };
    (tools.chain(calls).sum::<usize>() + schema) as u64 + 1024
}

/// A token and how likely it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The token's text.
    pub token: String,
    /// Natural logarithm of its probability.
    pub logprob: f64,
    /// The most likely tokens at this place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, f64)>,
}

/// What a dialect may not be able to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// A sampling seed.
    Seed,
    /// Log-probabilities.
    Logprobs,
    /// Tools.
    Tools,
    /// Replies by JSON Schema.
    Schema,
    /// Being made to call a tool, or a certain one.
    ToolChoice,
}

impl Reply {
    /// A reply that says this and nothing else; for scripted models.
    #[must_use]
    pub fn said(text: impl Into<String>) -> Self {
        Reply { text: text.into(), ..Reply::default() }
    }

    /// How long the answer took.
    #[must_use]
    pub fn latency(&self) -> Duration {
        Duration::from_micros(self.latency_us)
    }

    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tool_calls.is_empty() && self.text.trim().is_empty()
    }

    /// The text as JSON.
    ///
    /// # Errors
    /// When it is not JSON, with line and column.
    pub fn json(&self) -> Result<Value, Error> {
        serde_json::from_str(&self.text)
            .map_err(|error| Error::new(Kind::Malformed, format!("the reply's text is not JSON: {error}")))
    }
}

//! What was said as a conversation for a model: append-only, so that a provider's prefix cache stays warm.

use std::sync::Arc;

use goalconvo_core::{AssistantView, Role, ToolTurn, Turn, UserView, Utterance};
use goalconvo_llm::{Message, ToolCall};

/// What the assistant has seen, as its own conversation.
pub(super) fn of_assistant(view: &AssistantView<'_>, rules: Arc<str>) -> Vec<Message> {
    let mut messages = Vec::with_capacity(view.turns().len() + 2);
    messages.push(Message::system(rules));
    messages.extend(view.turns().iter().filter_map(|turn| match turn {
        Turn::User(said) => Some(Message::user(said.text.as_str())),
        Turn::Assistant(said) => Some(own(said)),
        Turn::Tool(answer) => Some(result(answer)),
        Turn::Garbled { .. } => None,
    }));
    messages
}

fn own(said: &Utterance) -> Message {
    let calls = said.tool_calls.iter().map(|call| ToolCall {
        id: call.id.to_string(),
        name: call.function.name.to_string(),
        arguments: arguments(call),
    });
    Message::Assistant { text: said.text.as_str().into(), tool_calls: calls.collect() }
}

fn arguments(call: &goalconvo_core::ToolCall) -> String {
    match &call.function.arguments {
        goalconvo_core::Arguments::Parsed(record) => record.to_string(),
        goalconvo_core::Arguments::Raw(text) => text.clone(),
    }
}

fn result(answer: &ToolTurn) -> Message {
    let text = match &answer.error {
        None => answer.result.to_string(),
        Some(error) => serde_json::json!({ "error": error }).to_string(),
    };
    Message::tool(answer.tool_call_id.as_str(), answer.name.as_str(), text)
}

/// What the user has seen, as its own conversation: its own words are the model's.
pub(super) fn of_user(view: &UserView<'_>, rules: Arc<str>) -> Vec<Message> {
    let mut messages = vec![Message::system(rules)];
    messages.extend(view.heard().map(|(role, said)| match role {
        Role::User => Message::assistant(said.text.as_str()),
        Role::Assistant => Message::user(said.text.as_str()),
    }));
    messages
}

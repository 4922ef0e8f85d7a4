//! OpenAI's chat messages, Anthropic's content blocks within them, and the records of the offline tool-use generator,
//! which hold such messages.

use goalconvo_core::{Arguments, Origin, Role, Utterance};
use serde_json::Value as Json;

use super::anthropic;
use super::draft::{Draft, result_of};
use super::piece::{Flaw, Piece};

/// Reads a list of messages, or an object with one.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    if record.json.is_array() {
        return messages(record, draft);
    }
    for key in ["id", "dialogue_id", "conversation_id"] {
        if let (None, Some(id)) = (&draft.id, record.field(key)) {
            draft.id = Some(id.name()?);
        }
    }
    // Some write ShareGPT's key over messages.
    for key in ["messages", "conversations", "conversation"] {
        if let Some(list) = record.field(key) {
            messages(&list, draft)?;
        }
    }
    let own = ["messages", "conversations", "conversation", "id", "dialogue_id", "conversation_id"];
    draft.lose_others(record, "field", &own)
}

/// Reads a record of the offline tool-use generator: messages, and lists that repeat the calls and answers in them.
pub(super) fn tool_use(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    draft.id = record.field("conversation_id").map(|id| id.name()).transpose()?;
    messages(&record.need("messages")?, draft)?;
    if let Some(metadata) = record.field("metadata") {
        if let Some(domain) = metadata.field("domain") {
            draft.domains.push(domain.text()?.into());
        }
        draft.lose_others(
            &metadata,
            "metadata",
            &["conversation_id", "domain", "num_turns", "num_tool_calls"],
        )?;
    }
    check_calls(record, draft)?;
    let known = ["conversation_id", "messages", "tool_calls", "tool_outputs", "metadata"];
    draft.lose_others(record, "field", &known)
}

/// The list of calls repeats those of the messages; where it does not, that is said.
fn check_calls(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let calls = record.need("tool_calls")?;
    let listed = calls.items()?.count();
    let made: usize = draft
        .turns
        .iter()
        .map(|turn| match turn {
            goalconvo_core::Turn::Assistant(said) => said.tool_calls.len(),
            _ => 0,
        })
        .sum();
    for _ in made..listed {
        draft.notes.lost("tool calls that are in no message", calls);
    }
    Ok(())
}

fn messages(list: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    for message in list.items()? {
        let role = message.need("role")?;
        match role.text()? {
            "user" | "human" => user(&message, draft)?,
            "assistant" | "model" => assistant(&message, draft)?,
            "tool" | "function" => tool(&message, draft)?,
            kind @ ("system" | "developer") => draft.notes.lost(format!("{kind} messages"), message),
            _ => return Err(role.expected("user, assistant, tool, system or developer")),
        }
    }
    Ok(())
}

fn user(message: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let said = anthropic::content(message, draft)?;
    // A message that only carries tools' answers is no turn of the user.
    if !(said.text.is_empty() && said.answers > 0) {
        draft.say(Role::User, &said.text, Origin::Unknown);
    }
    draft.lose_others(message, "message's", &["role", "content", "text"])
}

fn assistant(message: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let mut content = anthropic::content(message, draft)?;
    if let Some(refusal) = message.field("refusal").filter(|_| content.text.is_empty()) {
        refusal.text()?.clone_into(&mut content.text);
    }
    if let Some(calls) = message.field("tool_calls") {
        for call in calls.items()? {
            content.calls.push(draft.call(&call)?);
        }
    }
    if let Some(call) = message.field("function_call") {
        content.calls.push(draft.call(&call)?);
    }
    let said = Utterance { text: content.text, tool_calls: content.calls, ..Utterance::default() };
    draft.utter(Role::Assistant, said);
    draft.lose_others(
        message,
        "message's",
        &["role", "content", "text", "refusal", "tool_calls", "function_call"],
    )
}

fn tool(message: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let id = message.field("tool_call_id").map(|id| id.name()).transpose()?;
    let name = message.field("name").map(|name| name.name()).transpose()?;
    let result = match message.field("content") {
        Some(content) if content.json.is_string() => result_of(content.text()?),
        Some(content) => content.value(),
        None => goalconvo_core::Value::Null,
    };
    draft.answer(id.as_deref(), name.as_deref(), result, message);
    draft.lose_others(message, "message's", &["role", "content", "tool_call_id", "name"])
}

/// A call that stands as JSON in a text, as ShareGPT has it; none when it is no call.
pub(super) fn call_in(text: &str, draft: &mut Draft) -> Option<goalconvo_core::ToolCall> {
    let json: Json = serde_json::from_str(text.trim()).ok()?;
    let name = json.get("name")?.as_str()?;
    let arguments = match json.get("arguments").or_else(|| json.get("parameters")) {
        None => Arguments::Parsed(goalconvo_core::Value::record::<smol_str::SmolStr>([])),
        Some(Json::String(text)) => Arguments::parse(text),
        Some(other) => Arguments::parse(&other.to_string()),
    };
    Some(draft.called(None, name, arguments))
}

//! ShareGPT, with the function calls of LLaMA-Factory's dialect and the tags of Hermes.

use goalconvo_core::{Origin, Role, Utterance};

use super::draft::{Draft, result_of};
use super::messages::call_in;
use super::piece::{Flaw, Piece};

/// Reads `{"conversations": [{"from", "value"}]}`.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    for key in ["id", "dialogue_id", "conversation_id"] {
        if let (None, Some(id)) = (&draft.id, record.field(key)) {
            draft.id = Some(id.name()?);
        }
    }
    let list = record.field("conversations").or_else(|| record.field("conversation"));
    let list = list.ok_or_else(|| record.expected("\"conversations\""))?;
    for turn in list.items()? {
        let from = turn.need("from")?;
        let value = turn.need("value")?;
        match from.text()? {
            "human" | "user" => draft.say(Role::User, value.text()?, Origin::Unknown),
            "gpt" | "assistant" | "model" | "chatgpt" | "bing" | "bard" | "claude" => {
                assistant(&value, draft)?;
            }
            "function_call" => function_call(&value, draft)?,
            "observation" | "tool" | "function" | "function_response" => observation(&value, draft)?,
            "system" => draft.notes.lost("system messages", turn),
            _ => return Err(from.expected("human, gpt, system, function_call, observation or tool")),
        }
        draft.lose_others(&turn, "turn's", &["from", "value"])?;
    }
    draft.lose_others(
        record,
        "field",
        &["conversations", "conversation", "id", "dialogue_id", "conversation_id"],
    )
}

/// Words with calls in `<tool_call>` tags; what is in tags and no call stays text.
fn assistant(value: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let mut said = Utterance::default();
    let mut rest = value.text()?;
    while let Some((before, inner, after)) = tagged(rest, "tool_call") {
        said.text.push_str(before);
        match call_in(inner, draft) {
            Some(call) => said.tool_calls.push(call),
            None => said.text.push_str(inner),
        }
        rest = after;
    }
    said.text.push_str(rest);
    if !said.tool_calls.is_empty() {
        said.text = said.text.trim().to_owned();
    }
    draft.utter(Role::Assistant, said);
    Ok(())
}

/// One call, or a list of them, as JSON.
fn function_call(value: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let text = value.text()?;
    let calls: Vec<serde_json::Value> = match serde_json::from_str(text) {
        Ok(serde_json::Value::Array(calls)) => calls,
        Ok(call) => vec![call],
        Err(_) => return Err(value.expected("a call as JSON: {\"name\", \"arguments\"}")),
    };
    let mut said = Utterance::default();
    for call in calls {
        let call = call_in(&call.to_string(), draft);
        said.tool_calls
            .push(call.ok_or_else(|| value.expected("a call as JSON: {\"name\", \"arguments\"}"))?);
    }
    draft.utter(Role::Assistant, said);
    Ok(())
}

fn observation(value: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let mut rest = value.text()?;
    if !rest.contains("<tool_response>") {
        draft.answer(None, None, result_of(rest), value);
        return Ok(());
    }
    while let Some((_, inner, after)) = tagged(rest, "tool_response") {
        draft.answer(None, None, result_of(inner.trim()), value);
        rest = after;
    }
    Ok(())
}

/// What stands before, in and after the first pair of tags.
fn tagged<'a>(text: &'a str, tag: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = text.split_once(&format!("<{tag}>"))?;
    let (inner, after) = rest.split_once(&format!("</{tag}>"))?;
    Some((before, inner, after))
}

//! What a chat message holds: a text, or a list of blocks (text, calls, answers) as OpenAI and Anthropic write them.

use goalconvo_core::ToolCall;

use super::draft::{Draft, result_of};
use super::piece::{Flaw, Piece};

/// The content of one message.
#[derive(Default)]
pub(super) struct Content {
    /// Its words; those of several blocks stand on lines of their own.
    pub(super) text: String,
    /// The calls in it.
    pub(super) calls: Vec<ToolCall>,
    /// How many answers of tools were in it; they are turns of their own already.
    pub(super) answers: usize,
}

/// Reads `content` (or `text`); absent is empty.
pub(super) fn content(message: &Piece<'_, '_>, draft: &mut Draft) -> Result<Content, Flaw> {
    let mut read = Content::default();
    let Some(content) = message.field("content").or_else(|| message.field("text")) else { return Ok(read) };
    if content.json.is_string() {
        content.text()?.clone_into(&mut read.text);
        return Ok(read);
    }
    let blocks = content.items().map_err(|_| content.expected("a text or a list of blocks"))?;
    for block in blocks {
        if block.json.is_string() {
            add(&mut read.text, block.text()?);
            continue;
        }
        let kind = block.need("type")?;
        match kind.text()? {
            "text" | "input_text" | "output_text" => add(&mut read.text, block.need("text")?.text()?),
            "tool_use" => read.calls.push(draft.call(&block)?),
            "tool_result" => {
                answer(&block, draft)?;
                read.answers += 1;
            }
            other => draft.notes.lost(format!("blocks of type {other:?}"), block),
        }
    }
    Ok(read)
}

fn answer(block: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let id = block.field("tool_use_id").map(|id| id.name()).transpose()?;
    let result = match block.field("content") {
        Some(content) if content.json.is_string() => result_of(content.text()?),
        Some(content) => match content.json.get(0).and_then(|first| first.get("text")?.as_str()) {
            Some(text) => result_of(text),
            None => content.value(),
        },
        None => goalconvo_core::Value::Null,
    };
    draft.answer(id.as_deref(), None, result, block);
    Ok(())
}

fn add(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push('\n');
    }
    text.push_str(more);
}

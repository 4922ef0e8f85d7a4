//! What the stub says: a pure function of seed, model, sampling seed and prompt.

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::draw::{Draw, hash};
use crate::fault::Fault;

/// A request, read from whichever interface.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) model: String,
    /// Role and text of each message.
    pub(crate) messages: Vec<(String, String)>,
    pub(crate) seed: Option<u64>,
    pub(crate) temperature: Option<f64>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) schema: Option<Value>,
    /// Name and parameters of each tool.
    pub(crate) tools: Vec<(String, Value)>,
    /// A tool must be called: this one, or any.
    pub(crate) forced: Option<Option<String>>,
    pub(crate) logprobs: bool,
}

/// A reply, to be written in whichever interface.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) call: Option<(String, String, Value)>,
    pub(crate) cut_off: bool,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
}

impl Asked {
    /// The messages as one text, for token counts.
    pub(crate) fn rendered(&self) -> String {
        self.messages.iter().map(|(role, text)| format!("{role}\n{text}\n")).collect()
    }

    /// The prompt with the tools before it, where providers put them: what a prefix cache sees.
    pub(crate) fn cached(&self) -> String {
        let tools = self.tools.iter().map(|(name, parameters)| format!("tool {name}\n{parameters}\n"));
        tools.chain([self.rendered()]).collect()
    }

    fn turns(&self) -> usize {
        self.messages.iter().filter(|(role, _)| role == "user" || role == "assistant").count()
    }
}

/// Composes the reply, with faults that are said rather than sent.
pub(crate) fn compose(config: &Config, asked: &Asked, prompt: &str, fault: Fault) -> Said {
    let sampling = asked.temperature.unwrap_or(1.0).to_bits();
    let mut draw = Draw::new(&[
        config.seed,
        hash(asked.model.as_bytes()),
        asked.seed.unwrap_or(u64::MAX),
        sampling,
        hash(prompt.as_bytes()),
    ]);
    let mut said = Said { prompt_tokens: tokens(prompt), ..Said::default() };
    if let Some((name, parameters)) = chosen_tool(config, asked, &mut draw) {
        let arguments = instance(parameters, parameters, &mut draw, 0);
        let id = format!("call{:05x}", draw.next() & 0xf_ffff);
        said.completion_tokens = tokens(&arguments.to_string()) + tokens(name);
        said.call = Some((id, name.clone(), arguments));
        return said;
    }
    said.text = words(config, asked, prompt, &mut draw);
    misspeak(&mut said.text, asked, fault);
    if let Some(max) = asked.max_tokens.filter(|max| tokens(&said.text) > *max) {
        let mut end = usize::try_from(max * 4).unwrap_or(usize::MAX).min(said.text.len());
        while !said.text.is_char_boundary(end) {
            end -= 1;
        }
        said.text.truncate(end);
        said.cut_off = true;
    }
    said.completion_tokens = tokens(&said.text);
    said
}

fn words(config: &Config, asked: &Asked, prompt: &str, draw: &mut Draw) -> String {
    if let Some((_, text)) = config.says.iter().find(|(mark, _)| prompt.contains(mark.as_str())) {
        return text.clone();
    }
    if let Some(rating) = config.rates.and_then(|marks| rated(asked, marks, draw)) {
        return rating;
    }
    if let Some(told) = asked.messages.last().filter(|_| config.obeys).and_then(|(_, text)| obeyed(text)) {
        return told;
    }
    match &asked.schema {
        Some(schema) => instance(schema, schema, draw, 0).to_string(),
        None if config.stop_after > 0 && asked.turns() + 1 >= config.stop_after => {
            format!("Thank you, that was all, goodbye. {}", config.stop_word)
        }
        None => sentence(draw, config.words.0, config.words.1),
    }
}

/// What a message tells to say: the items of its list, or the draft at its end.
fn obeyed(text: &str) -> Option<String> {
    let items: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("- ")).map(|item| item.replace('"', "")).collect();
    if !items.is_empty() {
        return Some(format!("{}.", items.join(", ")));
    }
    text.rsplit_once("answer: ").map(|(_, draft)| draft.trim().to_owned())
}

/// A rating of a numbered record, where one is asked for: it quotes the first line.
fn rated(asked: &Asked, (low, high): (u64, u64), draw: &mut Draw) -> Option<String> {
    let lines = asked.messages.iter().flat_map(|(_, text)| text.lines());
    let (_, words) = lines.into_iter().find(|line| line.starts_with("[0] "))?.split_once(": ")?;
    let evidence = json!([{ "line": 0, "quote": words }]);
    let score = draw.between(low, high);
    Some(json!({ "evidence": evidence, "reason": "As the stub was told.", "score": score }).to_string())
}

/// Four bytes a token, as a rough tokenizer would.
pub(crate) fn tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

fn misspeak(text: &mut String, asked: &Asked, fault: Fault) {
    match fault {
        Fault::Empty => text.clear(),
        Fault::ThinkLeak => *text = format!("<think>\nThey said something, so I answer.\n</think>\n\n{text}"),
        Fault::RoleSwap => *text = format!("User: {text}\nAssistant: {text}"),
        Fault::WrongSchema if asked.schema.is_some() => {
            *text = json!({ "unasked": [1, 2, text] }).to_string();
        }
        _ => {}
    }
}

fn chosen_tool<'a>(config: &Config, asked: &'a Asked, draw: &mut Draw) -> Option<&'a (String, Value)> {
    match &asked.forced {
        Some(Some(name)) => asked.tools.iter().find(|(tool, _)| tool == name),
        Some(None) => draw.pick(&asked.tools),
        None if config.tool_rate > 0.0 && draw.unit() < config.tool_rate => draw.pick(&asked.tools),
        None => None,
    }
}

/// A value that satisfies the common parts of a JSON Schema.
fn instance(schema: &Value, root: &Value, draw: &mut Draw, depth: usize) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(pointer.trim_start_matches('#')).unwrap_or(&Value::Null);
        return instance(target, root, draw, depth + 1);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return draw.pick(values).cloned().unwrap_or(Value::Null);
    }
    if let Some(options) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let solid = options.iter().find(|option| option.get("type") != Some(&json!("null")));
        return solid
            .or(options.first())
            .map_or(Value::Null, |option| instance(option, root, draw, depth + 1));
    }
    by_type(schema, root, draw, depth)
}

fn by_type(schema: &Value, root: &Value, draw: &mut Draw, depth: usize) -> Value {
    let number = |key: &str| schema.get(key).and_then(Value::as_i64);
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        Some(kind) => kind.as_str(),
        None if schema.get("properties").is_some() => Some("object"),
        None => None,
    };
    match kind {
        Some("object") => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let mut object = Map::new();
            for (key, part) in properties.into_iter().flatten() {
                let value = named(key, part, draw).unwrap_or_else(|| instance(part, root, draw, depth + 1));
                object.insert(key.clone(), value);
            }
            Value::Object(object)
        }
        Some("array") => {
            let least = number("minItems").unwrap_or(0);
            let count = least.max(3.min(number("maxItems").unwrap_or(3)));
            let items = schema.get("items").unwrap_or(&Value::Null);
            (0..count).map(|_| instance(items, root, draw, depth + 1)).collect()
        }
        Some("integer" | "number") => {
            let low = number("minimum").unwrap_or(0);
            let high = number("maximum").unwrap_or(low + 5).max(low);
            json!(low + i64::try_from(draw.between(0, high.abs_diff(low))).unwrap_or(0))
        }
        Some("boolean") => json!(draw.unit() < 0.5),
        Some("null") => Value::Null,
        _ => {
            let text = sentence(draw, 4, 10);
            let most = usize::try_from(number("maxLength").unwrap_or(i64::MAX)).unwrap_or(usize::MAX);
            json!(text.chars().take(most).collect::<String>())
        }
    }
}

/// What some fields hold by their names, where any text or truth value would do: a person's name is no sentence, and a
/// speaker is seldom done.
fn named(key: &str, schema: &Value, draw: &mut Draw) -> Option<Value> {
    let kind = schema.get("type").and_then(Value::as_str);
    match (key, kind) {
        ("name", Some("string")) if schema.get("maxLength").is_some() => {
            let names = [&FIRST_NAMES, &LAST_NAMES].map(|bank| draw.pick(bank).copied().unwrap_or_default());
            Some(json!(names.join(" ")))
        }
        ("done", Some("boolean")) => Some(json!(draw.unit() < 0.125)),
        _ => None,
    }
}

const FIRST_NAMES: [&str; 8] = ["Ada", "Ben", "Chloe", "Dev", "Elif", "Femi", "Grace", "Hugo"];
const LAST_NAMES: [&str; 8] = ["Adler", "Brown", "Chen", "Diaz", "Evans", "Fofana", "Gupta", "Hill"];
const OPENERS: [&str; 8] = ["Sure,", "Okay,", "Right,", "Well,", "Thanks,", "I see,", "Of course,", "Yes,"];
const SUBJECTS: [&str; 8] = [
    "the booking",
    "your appointment",
    "the hotel",
    "that train",
    "the restaurant",
    "my ride",
    "the meeting",
    "this table",
];
const VERBS: [&str; 8] = [
    "is confirmed for",
    "looks fine on",
    "needs a check before",
    "can be moved to",
    "is available on",
    "should be ready by",
    "is not possible on",
    "starts around",
];
const TIMES: [&str; 8] =
    ["Monday", "Tuesday", "Friday", "Sunday", "noon", "nine", "half past three", "next week"];
const TAILS: [&str; 8] = [
    "does that work for you?",
    "let me know.",
    "could you confirm that?",
    "I will note it down.",
    "what else do you need?",
    "a cheaper one is fine too.",
    "two people will come.",
    "the north side is best.",
];

fn sentence(draw: &mut Draw, least: u64, most: u64) -> String {
    let wanted = usize::try_from(draw.between(least, most.max(least))).unwrap_or(1);
    let mut words: Vec<&str> = Vec::new();
    while words.len() < wanted {
        for bank in [&OPENERS, &SUBJECTS, &VERBS, &TIMES, &TAILS] {
            words.extend(draw.pick(bank).into_iter().flat_map(|phrase| phrase.split(' ')));
        }
    }
    words.truncate(wanted);
    let text = words.join(" ");
    if text.ends_with(['.', '?']) { text } else { format!("{}.", text.trim_end_matches(',')) }
}

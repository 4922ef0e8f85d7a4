//! Intents: from their raw form, with tools, entities and slots looked up and every argument accounted for.

use goalconvo_core::{Intent, IntentKind};
use smol_str::SmolStr;

use super::assemble::Names;
use super::fields::Text;
use super::problem::suggest;
use super::raw::{RawIntent, RawTool};
use super::wording;

/// The intent, with what is wrong in it noted down.
pub(super) fn intent(raw: &RawIntent, names: &Names<'_>) -> Intent {
    let entity = entity(raw, names);
    if let Some(tool) = tool(&raw.tool, names) {
        slots(raw, tool, names);
        requests(raw, tool, entity, names);
        from_entity(raw, tool, entity, names);
        supplied(raw, tool, names);
    }
    let list = |texts: &[Text]| texts.iter().map(|text| SmolStr::new(&**text)).collect();
    Intent {
        name: SmolStr::new(&*raw.name),
        kind: raw.kind,
        tool: SmolStr::new(&*raw.tool),
        entity: raw.entity.as_ref().map(|entity| SmolStr::new(&**entity)),
        required: list(&raw.required),
        optional: list(&raw.optional),
        requests: list(&raw.requests),
        tells: list(&raw.tells),
        from_entity: raw.from_entity.iter().map(|(a, b)| (SmolStr::new(&**a), SmolStr::new(&**b))).collect(),
        alternatives: list(&raw.alternatives),
        confirm: raw.confirm,
        wording: wording::intent(raw, entity),
    }
}

fn entity<'a>(raw: &RawIntent, names: &'a Names<'_>) -> Option<&'a RawIntent> {
    let name = raw.entity.as_ref()?;
    let found = names.raw.intents.iter().find(|intent| *intent.name == **name);
    match found {
        None => {
            let fix = suggest(name, names.raw.intents.iter().map(|intent| &*intent.name));
            names.problems.mistake(name.spot, format!("unknown intent `{name}`"), fix);
        }
        Some(entity) if entity.kind == IntentKind::Transact => {
            let message = format!("intent `{name}` changes the world, it gives no entity");
            names.problems.mistake(name.spot, message, "name an intent of kind search or lookup");
        }
        Some(entity) if entity.name.spot >= raw.name.spot => {
            let message = format!("intent `{name}` comes after `{}`, which needs it", raw.name);
            names.problems.mistake(name.spot, message, "put it before");
        }
        Some(_) => {}
    }
    found
}

fn tool<'a>(name: &Text, names: &'a Names<'_>) -> Option<&'a RawTool> {
    let tool = names.raw.tools.iter().find(|tool| *tool.name == **name);
    if tool.is_none() {
        let fix = suggest(name, names.raw.tools.iter().map(|tool| &*tool.name));
        names.problems.mistake(name.spot, format!("unknown tool `{name}`"), fix);
    }
    tool
}

/// Every slot is a slot of the domain and an argument of the tool.
fn slots(raw: &RawIntent, tool: &RawTool, names: &Names<'_>) {
    let mut seen: Vec<&Text> = Vec::new();
    for name in raw.required.iter().chain(&raw.optional) {
        if seen.iter().any(|known| ***known == **name) {
            names.problems.mistake(
                name.spot,
                format!("slot `{name}` is listed twice in intent `{}`", raw.name),
                "list it once",
            );
        }
        seen.push(name);
        let argument = tool.arguments.iter().any(|argument| *argument.name == **name);
        if names.slot(name).is_some() && !argument {
            let fix = suggest(name, tool.arguments.iter().map(|argument| &*argument.name));
            names.problems.mistake(name.spot, format!("tool `{}` has no argument `{name}`", tool.name), fix);
        }
    }
    for name in &raw.alternatives {
        if !seen.iter().any(|known| ***known == **name) {
            let message = format!("alternative `{name}` is no slot of intent `{}`", raw.name);
            names.problems.mistake(name.spot, message, suggest(name, seen.iter().map(|text| &***text)));
        }
    }
}

/// What users ask about, and what an assistant tells, is a slot that some tool told the assistant.
fn requests(raw: &RawIntent, tool: &RawTool, entity: Option<&RawIntent>, names: &Names<'_>) {
    let told = returns(raw, tool, entity, names);
    let asked = raw.requests.iter().map(|name| (name, "users ask for"));
    let tells = raw.tells.iter().map(|name| (name, "assistants tell"));
    for (name, who) in asked.chain(tells) {
        if names.slot(name).is_some() && !told.contains(&&**name) {
            let message = format!("{who} `{name}`, which tool `{}` does not return", tool.name);
            names.problems.mistake(
                name.spot,
                message,
                format!("add it to the tool's `returns`; {}", suggest(name, told.iter().copied())),
            );
        }
    }
}

fn returns<'a>(
    raw: &RawIntent,
    tool: &'a RawTool,
    entity: Option<&RawIntent>,
    names: &'a Names<'_>,
) -> Vec<&'a str> {
    let of_entity = entity.and_then(|entity| names.raw.tools.iter().find(|tool| *tool.name == *entity.tool));
    let of_entity = of_entity.filter(|_| raw.kind == IntentKind::Transact);
    [Some(tool), of_entity]
        .into_iter()
        .flatten()
        .flat_map(|tool| tool.returns.iter().map(|text| &**text))
        .collect()
}

fn from_entity(raw: &RawIntent, tool: &RawTool, entity: Option<&RawIntent>, names: &Names<'_>) {
    let of_entity = entity.and_then(|entity| names.raw.tools.iter().find(|tool| *tool.name == *entity.tool));
    for (argument, column) in &raw.from_entity {
        if !tool.arguments.iter().any(|known| *known.name == **argument) {
            let fix = suggest(argument, tool.arguments.iter().map(|known| &*known.name));
            names.problems.mistake(
                argument.spot,
                format!("tool `{}` has no argument `{argument}`", tool.name),
                fix,
            );
        }
        if raw.entity.is_none() {
            let message = format!("intent `{}` takes `{argument}` from an entity and names none", raw.name);
            names.problems.mistake(argument.spot, message, "add `entity = \"…\"`");
        }
        if let Some(of_entity) = of_entity.filter(|of| !of.returns.iter().any(|known| **known == **column)) {
            let message = format!(
                "`{column}` is not returned by tool `{}`, so the assistant can't know it",
                of_entity.name
            );
            names.problems.mistake(
                column.spot,
                message,
                format!(
                    "add it to its `returns`; {}",
                    suggest(column, of_entity.returns.iter().map(|text| &**text))
                ),
            );
        }
    }
}

/// Every argument that must be given is given by somebody.
fn supplied(raw: &RawIntent, tool: &RawTool, names: &Names<'_>) {
    for argument in tool.arguments.iter().filter(|argument| argument.required) {
        let by_user = raw.required.iter().any(|name| **name == *argument.name);
        let by_entity = raw.from_entity.iter().any(|(name, _)| **name == *argument.name);
        if !by_user && !by_entity {
            let message = format!(
                "intent `{}` never supplies `{}`, which tool `{}` requires",
                raw.name, argument.name, tool.name
            );
            names.problems.mistake(raw.name.spot, message, "add it to `required` or `from_entity`");
        }
    }
}

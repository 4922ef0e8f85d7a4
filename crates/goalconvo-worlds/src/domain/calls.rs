//! How a tool's call is written: its lists, its date-times and its pages, with every name looked up.

use goalconvo_core::{Fold, FoldKind, PageBy, Paging, Verb};
use smol_str::SmolStr;

use super::assemble::Names;
use super::problem::suggest;
use super::raw::{RawFold, RawPaging, RawTool};
use super::read::named;

const KINDS: [(&str, FoldKind); 2] = [("list", FoldKind::List), ("date_time", FoldKind::DateTime)];

const STARTS: [(&str, PageBy); 3] =
    [("page", PageBy::Page), ("offset", PageBy::Offset), ("cursor", PageBy::Cursor)];

/// Arguments that are written together; `None` where they can't be.
pub(super) fn fold(raw: &RawFold, tool: &RawTool, names: &Names<'_>) -> Option<Fold> {
    let kind = named(&raw.kind, "way to fold", &KINDS, names.problems)?;
    let known = || tool.arguments.iter().map(|argument| &*argument.name);
    for part in &raw.parts {
        if !known().any(|name| name == &**part) {
            let message = format!("`{}` is made up of `{part}`, which is no argument of its tool", raw.name);
            names.problems.mistake(part.spot, message, suggest(part, known()));
        }
    }
    let fits = match kind {
        FoldKind::List => !raw.parts.is_empty(),
        FoldKind::DateTime => raw.parts.len() == 2,
    };
    if !fits {
        let message = format!("`{}` has {} parts", raw.name, raw.parts.len());
        names.problems.mistake(
            raw.name.spot,
            message,
            "give a list one part or more, a date-time its day and its time",
        );
    }
    let taken = known().any(|name| name == &*raw.name) && !raw.parts.iter().any(|part| **part == *raw.name);
    if taken {
        let message = format!("`{}` is an argument and a folded one", raw.name);
        names.problems.mistake(raw.name.spot, message, "give the folded one a name of its own");
    }
    let parts = raw.parts.iter().map(|part| SmolStr::new(&**part)).collect();
    (fits && !taken).then(|| Fold { name: SmolStr::new(&*raw.name), parts, kind })
}

/// How results come in pages; `None` for what does not search.
pub(super) fn paging(raw: &RawPaging, tool: &RawTool, names: &Names<'_>) -> Option<Paging> {
    let by = named(&raw.by, "way to name a page", &STARTS, names.problems)?;
    if tool.verb != Verb::Find {
        let message = "`paging` works for verb = \"find\" alone".to_owned();
        names.problems.mistake(raw.start.spot, message, "take it away");
        return None;
    }
    for name in std::iter::once(&raw.start).chain(&raw.size) {
        if tool.arguments.iter().any(|argument| *argument.name == **name) {
            let message = format!("`{name}` says which page is wanted and is an argument too");
            names.problems.mistake(name.spot, message, "take it out of the arguments");
        }
    }
    let name = |text: &super::fields::Text| SmolStr::new(&**text);
    Some(Paging {
        by,
        start: name(&raw.start),
        size: raw.size.as_ref().map(name),
        required: raw.required && by != PageBy::Cursor,
    })
}

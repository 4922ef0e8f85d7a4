//! What an endpoint's call has that no slot is: lists, date-times and pages.
//!
//! People say a cuisine, a day and a time; a call wants `["thai"]` and `2027-01-05T19:30:00Z`. Nobody says a page.

use serde_json::Value as Json;

use super::model::Model;
use super::text::is_stamp;
use crate::registry::names::{singular, slug};
use crate::registry::{Endpoint, Format, Kind, Parameter, Role, Shape};

/// Arguments that a call writes as one.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    /// The call's own name for it.
    pub argument: String,
    /// How, as a domain folder has it.
    pub kind: &'static str,
    /// The slots that it is made of.
    pub parts: Vec<String>,
}

/// How a search gives its results page by page.
#[derive(Clone, Debug)]
pub(super) struct Paged {
    /// What names a page, as a domain folder has it.
    pub by: &'static str,
    /// The argument that says which page.
    pub start: String,
    /// The argument that says how many results are on it.
    pub size: Option<String>,
    /// Whether a call has to name its page.
    pub required: bool,
}

const PAGES: [&str; 6] = ["page", "page_number", "page_no", "page_num", "page_index", "current_page"];
const OFFSETS: [&str; 4] = ["offset", "skip", "start_index", "start_at"];
const CURSORS: [&str; 7] = [
    "cursor",
    "page_token",
    "next_page_token",
    "next_token",
    "next_cursor",
    "starting_after",
    "continuation_token",
];
const SIZES: [&str; 13] = [
    "limit",
    "per_page",
    "page_size",
    "pagesize",
    "perpage",
    "max_results",
    "num_results",
    "results_per_page",
    "first",
    "count",
    "size",
    "rows",
    "take",
];

/// How an endpoint that searches gives its pages, if it does.
pub(super) fn paged(endpoint: &Endpoint) -> Option<Paged> {
    let find = |names: &[&str], fits: &dyn Fn(&Parameter) -> bool| {
        let is = |parameter: &&Parameter| names.contains(&slug(&parameter.name).as_str()) && fits(parameter);
        endpoint.visible().find(is)
    };
    let number = |parameter: &Parameter| matches!(parameter.shape.kind, Kind::Integer(_) | Kind::Number(_));
    let text = |parameter: &Parameter| {
        matches!(parameter.shape.kind, Kind::Text(_) | Kind::Unknown) && !parameter.required
    };
    let start = (find(&PAGES, &number).map(|start| ("page", start)))
        .or_else(|| find(&OFFSETS, &number).map(|start| ("offset", start)))
        .or_else(|| find(&CURSORS, &text).map(|start| ("cursor", start)));
    let (by, start) = start?;
    // A size that has to be given is somebody's wish and no matter of form.
    let size = find(&SIZES, &|parameter| number(parameter) && !parameter.required);
    Some(Paged {
        by,
        start: start.argument.clone(),
        size: size.map(|size| size.argument.clone()),
        required: start.required,
    })
}

impl Paged {
    /// Whether a parameter says which page is wanted.
    pub fn has(&self, argument: &str) -> bool {
        self.start == argument || self.size.as_deref() == Some(argument)
    }
}

/// The slots that a list or a date-time is made of, with their models; `None` for any other parameter.
pub(super) fn folded(
    parameter: &Parameter,
    siblings: &[&Parameter],
    of_item: &dyn Fn(&Parameter) -> Option<Model>,
) -> Option<(Folded, Vec<Model>)> {
    if parameter.role == Role::Identifier {
        return None;
    }
    let taken = |name: &String| {
        siblings.iter().any(|other| other.argument == *name && other.argument != parameter.argument)
    };
    let argument = parameter.argument.clone();
    if let Kind::List(item) = &parameter.shape.kind {
        let model = of_item(&one_of(parameter, item)).filter(|model| *model != Model::Flag)?;
        let own = singular(&slug(&argument));
        let part = if own.is_empty() || taken(&own) { slug(&argument) } else { own };
        return Some((Folded { argument, kind: "list", parts: vec![part] }, vec![model]));
    }
    if !is_date_time(parameter) {
        return None;
    }
    let name = slug(&argument);
    let of_time = ["at", "time", "datetime", "date", "timestamp", "dt", "on"];
    let base: Vec<&str> = name.split('_').filter(|word| !of_time.contains(word)).collect();
    let part = |last: &str| base.iter().copied().chain([last]).collect::<Vec<_>>().join("_");
    let parts = vec![part("date"), part("time")];
    let fold = Folded { argument, kind: "date_time", parts };
    (!fold.parts.iter().any(taken)).then_some((fold, vec![Model::Date, Model::Time]))
}

/// A parameter as if it took one item of its list.
fn one_of(parameter: &Parameter, item: &Shape) -> Parameter {
    let first = |value: &Json| value.as_array().and_then(|items| items.first()).cloned();
    let examples = parameter.examples.iter().chain(&parameter.default).filter_map(first).collect();
    Parameter {
        name: singular(&parameter.name),
        shape: item.clone(),
        examples,
        default: None,
        ..parameter.clone()
    }
}

fn is_date_time(parameter: &Parameter) -> bool {
    let example = parameter.examples.first().or(parameter.default.as_ref()).and_then(Json::as_str);
    match &parameter.shape.kind {
        Kind::Text(Format::DateTime) => true,
        Kind::Text(Format::Plain) | Kind::Unknown => {
            is_stamp(&parameter.name, &parameter.description, example.unwrap_or_default())
        }
        _ => false,
    }
}

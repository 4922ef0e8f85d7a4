//! What gives a dataset away from its reference, and what goes wrong in it.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::Dialogue;
use goalconvo_metrics::failures::{FailureKind, find_failures};
use goalconvo_metrics::tells::{Features, Inventory, Masks, act_features, text_features};

use super::Subject;
use super::figure::{
    Cell, Figure, Found, HEAD, Picture, Table, described, entry, interval_text, legend_name, panel, tip,
};
use super::gallery::Gallery;
use crate::figures::{Bar, Chart, Row, Scale, number};

/// The tells of each dataset that was held against the reference.
pub fn tells<'a>(
    gallery: &mut Gallery<'a>,
    subjects: &[&'a Subject],
    reference: Option<&'a Subject>,
) -> Vec<Figure> {
    let Some(reference) = reference else {
        let reason = "no reference was given: tells are what tells a dataset from a reference (--against)";
        return vec![empty("11-tells", "Figure 11. Tells", reason)];
    };
    let kinds = [("text", "two_sample_auc_text", "words"), ("acts", "two_sample_auc_acts", "dialogue acts")];
    let mut figures = Vec::new();
    for subject in subjects.iter().filter(|subject| !subject.is_reference()) {
        for (kind, name, what) in kinds {
            let of = format!("{} of {}", what, subject.name);
            let slug = format!("11-tells-{kind}-{}", subject.place + 1);
            let title = format!("Figure 11{}. Tells: {of}", letter(figures.len()));
            figures.push(tell_figure(gallery, [subject, reference], (name, kind), (slug, title)));
        }
    }
    figures
}

/// a, b, c, …
fn letter(at: usize) -> char {
    (b'a'..=b'z').nth(at).map_or('z', char::from)
}

fn empty(slug: &str, title: &str, reason: &str) -> Figure {
    let (slug, title) = (slug.to_owned(), title.to_owned());
    Figure { slug, title, caption: String::new(), picture: Err(reason.to_owned()), table: Table::default() }
}

fn tell_figure<'a>(
    gallery: &mut Gallery<'a>,
    sides: [&'a Subject; 2],
    (name, kind): (&str, &str),
    (slug, title): (String, String),
) -> Figure {
    let measure = sides[0].report.get(name);
    let found = measure.and_then(|measure| measure.config.get("tells")?.as_array());
    let Some((measure, found)) = measure.zip(found).filter(|(_, found)| !found.is_empty()) else {
        let reason = measure.and_then(|measure| measure.reason.clone());
        return empty(&slug, &title, &reason.unwrap_or_else(|| "no tell was found".to_owned()));
    };
    let mut table = Table {
        head: vec!["tell", "weight", "share in data", "share in reference", "examples"],
        rows: Vec::new(),
    };
    let firsts = firsts(sides, kind, found);
    let mut rows = Vec::new();
    for tell in found {
        let text = tell.get("feature").and_then(serde_json::Value::as_str).unwrap_or_default();
        let figure = |key: &str| tell.get(key).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
        let weight = figure("weight");
        let label = format!("{text} ({}{})", if weight > 0.0 { "+" } else { "" }, number(weight));
        let mut bars = Vec::new();
        let mut examples = Vec::new();
        for ((side, firsts), share) in sides.iter().zip(&firsts).zip([figure("generated"), figure("real")]) {
            let first = firsts.get(text).copied();
            let example =
                first.and_then(|at| gallery.show(side, at, format!("the first of {} with it", side.name)));
            let n = side.dialogues.len() as u64;
            bars.push(Bar {
                series: side.place,
                value: Ok(share),
                interval: None,
                asked: None,
                n,
                target: example.as_ref().map(|example| example.id.clone()),
                tip: tip(&label, &side.name, &Ok(share), None, n),
            });
            examples.extend(example);
        }
        table.rows.push(vec![
            Cell::Text(text.to_owned()),
            Cell::Text(number(weight)),
            Cell::Text(number(figure("generated"))),
            Cell::Text(number(figure("real"))),
            Cell::Examples(examples),
        ]);
        rows.push(Row { label, bars });
    }
    let auc = measure.value.map_or_else(|| "not computed".to_owned(), number);
    let interval = interval_text(measure.interval);
    let auc = if interval.is_empty() { auc } else { format!("{auc} {interval}") };
    let caption = format!(
        "What a classifier tells the two by, heaviest first; in parentheses its weight, above 0 where it points to the \
         data. The area under its ROC curve is {auc}; 0.5 would be chance. Values are masked."
    );
    let panels = vec![panel("Share of dialogues with it", "", Some(Scale::share()), rows)];
    let description = described(&panels, &sides);
    let series = sides.iter().map(|side| (side.place, legend_name(side))).collect();
    let chart = Chart { title: title.clone(), description, series, panels };
    Figure { slug, title, caption, picture: Ok(Picture::Bars(chart)), table }
}

/// The first dialogue of each side with each tell; what no dialogue of a side has is not looked for there.
fn firsts(sides: [&Subject; 2], kind: &str, tells: &[serde_json::Value]) -> [BTreeMap<String, usize>; 2] {
    let wanted = |share: &str| -> BTreeSet<String> {
        let is_there =
            |tell: &&serde_json::Value| tell.get(share).and_then(serde_json::Value::as_f64) > Some(0.0);
        let name = |tell: &serde_json::Value| Some(tell.get("feature")?.as_str()?.to_owned());
        tells.iter().filter(is_there).filter_map(name).collect()
    };
    let masks = Masks::of(sides.iter().flat_map(|side| &side.dialogues));
    let inventory = Inventory::shared(sides.map(|side| &side.dialogues[..]));
    let features = |dialogue: &Dialogue| match kind {
        "text" => text_features(dialogue, &masks),
        _ => act_features(dialogue, &inventory),
    };
    [
        first_with(&sides[0].dialogues, features, wanted("generated")),
        first_with(&sides[1].dialogues, features, wanted("real")),
    ]
}

/// The first dialogue with each of these features, in one pass that ends when all are found.
fn first_with(
    dialogues: &[Dialogue],
    features: impl Fn(&Dialogue) -> Features,
    mut wanted: BTreeSet<String>,
) -> BTreeMap<String, usize> {
    let mut firsts = BTreeMap::new();
    for (at, dialogue) in dialogues.iter().enumerate() {
        if wanted.is_empty() {
            break;
        }
        for feature in features(dialogue) {
            if wanted.remove(&feature) {
                firsts.insert(feature, at);
            }
        }
    }
    firsts
}

/// What goes wrong, by kind.
pub fn failures<'a>(gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Figure {
    let mut table = Table { head: HEAD.to_vec(), rows: Vec::new() };
    let firsts: Vec<BTreeMap<FailureKind, (usize, String)>> =
        subjects.iter().map(|subject| first_failures(&subject.dialogues)).collect();
    let mut rows = Vec::new();
    for kind in FailureKind::ALL {
        let label = kind.name().replace('_', " ");
        let mut bars = Vec::new();
        for (subject, firsts) in subjects.iter().zip(&firsts) {
            let name = format!("failure_{}", kind.name());
            let found = Found::of(subject.report.get(&name), "not looked for");
            let example = firsts.get(&kind).and_then(|(at, what)| gallery.show(subject, *at, what.clone()));
            let examples = example.into_iter().collect();
            let (bar, row) = entry(subject, &label, Cell::Text(label.clone()), (found, examples));
            bars.push(bar);
            table.rows.push(row);
        }
        rows.push(Row { label, bars });
    }
    let panels = vec![panel("Share of dialogues", "with at least one failure of the kind", None, rows)];
    let title = "Figure 12. Failures by kind".to_owned();
    let caption = "Kinds that read acts, states or tool results say nothing about a dialogue without them: there, no \
                   failure found is not proof that there is none.";
    let description = described(&panels, subjects);
    let series = subjects.iter().map(|subject| (subject.place, legend_name(subject))).collect();
    let chart = Chart { title: title.clone(), description, series, panels };
    let caption = caption.to_owned();
    Figure { slug: "12-failures".to_owned(), title, caption, picture: Ok(Picture::Bars(chart)), table }
}

/// The first dialogue with each kind of failure, and what was found where.
fn first_failures(dialogues: &[Dialogue]) -> BTreeMap<FailureKind, (usize, String)> {
    let mut firsts = BTreeMap::new();
    for (at, dialogue) in dialogues.iter().enumerate() {
        for failure in find_failures(dialogue) {
            let what = || (at, format!("turn {}: {}", failure.turn, failure.what));
            firsts.entry(failure.kind).or_insert_with(what);
        }
    }
    firsts
}

//! What gives a dataset away from its reference, and what goes wrong in it.

use std::collections::BTreeMap;

use goalconvo_core::Dialogue;
use goalconvo_metrics::failures::{FailureKind, find_failures};
use goalconvo_metrics::tells::{Masks, act_features, text_features};

use super::Subject;
use super::figure::{Cell, Figure, HEAD, Picture, Table, described, interval_text, legend_name, panel, tip};
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
            figures.push(tell_figure(gallery, [subject, reference], (name, kind), (slug, of)));
        }
    }
    figures
}

fn empty(slug: &str, title: &str, reason: &str) -> Figure {
    let (slug, title) = (slug.to_owned(), title.to_owned());
    Figure { slug, title, caption: String::new(), picture: Err(reason.to_owned()), table: Table::default() }
}

fn tell_figure<'a>(
    gallery: &mut Gallery<'a>,
    sides: [&'a Subject; 2],
    (name, kind): (&str, &str),
    (slug, of): (String, String),
) -> Figure {
    let title = format!("Figure 11. Tells: {of}");
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
    let masks = Masks::of(sides.iter().flat_map(|side| &side.dialogues));
    let mut rows = Vec::new();
    for tell in found {
        let text = tell.get("feature").and_then(serde_json::Value::as_str).unwrap_or_default();
        let figure = |key: &str| tell.get(key).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
        let weight = figure("weight");
        let label = format!("{text} ({}{})", if weight > 0.0 { "+" } else { "" }, number(weight));
        let mut bars = Vec::new();
        let mut examples = Vec::new();
        for (side, share) in sides.iter().zip([figure("generated"), figure("real")]) {
            let first = side.dialogues.iter().position(|dialogue| has(dialogue, &masks, kind, text));
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
    let caption = format!(
        "What a classifier tells the two by, heaviest first; in parentheses its weight, above 0 where it points to the \
         data. The area under its ROC curve is {auc} {}; 0.5 would be chance. Values are masked.",
        interval_text(measure.interval)
    );
    let panels = vec![panel("Share of dialogues with it", "", Some(Scale::share()), rows)];
    let description = described(&panels, &sides);
    let series = sides.iter().map(|side| (side.place, legend_name(side))).collect();
    let chart = Chart { title: title.clone(), description, series, panels };
    Figure { slug, title, caption, picture: Ok(Picture::Bars(chart)), table }
}

fn has(dialogue: &Dialogue, masks: &Masks, kind: &str, feature: &str) -> bool {
    let features = if kind == "text" { text_features(dialogue, masks) } else { act_features(dialogue) };
    features.iter().any(|own| own == feature)
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
            let measure = subject.report.get(&format!("failure_{}", kind.name()));
            let value = measure.and_then(|measure| measure.value).ok_or_else(|| "no dialogue".to_owned());
            let interval = measure.and_then(|measure| measure.interval);
            let n = measure.map_or(0, |measure| measure.n);
            let example = firsts.get(&kind).and_then(|(at, what)| gallery.show(subject, *at, what.clone()));
            table.rows.push(vec![
                Cell::Text(label.clone()),
                Cell::Text(subject.name.clone()),
                Cell::Text(value.clone().map_or_else(|reason| format!("not computed: {reason}"), number)),
                Cell::Text(interval_text(interval)),
                Cell::Text(n.to_string()),
                Cell::Examples(example.iter().cloned().collect()),
            ]);
            let tip = tip(&label, &subject.name, &value, interval, n);
            let target = example.map(|example| example.id);
            bars.push(Bar { series: subject.place, value, interval, asked: None, n, target, tip });
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

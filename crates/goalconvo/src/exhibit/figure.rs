//! A figure of the page: a picture, its numbers as a table, and words about it.

use super::Subject;
use super::gallery::{Example, Gallery};
use crate::figures::{Bar, Chart, Curves, Panel, Row, Scale, Scene, number};

/// A figure.
pub struct Figure {
    /// Its file name without ending, and its name in the page.
    pub slug: String,
    /// Its heading.
    pub title: String,
    /// What to know when reading it.
    pub caption: String,
    /// The picture; or why there is none.
    pub picture: Result<Picture, String>,
    /// The same numbers in words.
    pub table: Table,
}

/// What can be drawn.
pub enum Picture {
    /// Bars with intervals.
    Bars(Chart),
    /// Distributions.
    Curves(Curves),
}

impl Picture {
    /// The picture laid out for a width in points.
    pub fn scene(&self, width: f64) -> Scene {
        match self {
            Picture::Bars(chart) => chart.scene(width),
            Picture::Curves(curves) => curves.scene(width),
        }
    }
}

/// Rows under a heading.
#[derive(Default)]
pub struct Table {
    /// The heading.
    pub head: Vec<&'static str>,
    /// The rows, each as long as the heading.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell: words, or examples to look at.
pub enum Cell {
    /// Words.
    Text(String),
    /// A figure's name with its definition.
    Term(String, String),
    /// Dialogues.
    Examples(Vec<Example>),
}

/// Rows of figures on one scale, by the names of the figures.
pub struct Part {
    /// What they have in common.
    pub title: &'static str,
    /// What the scale means.
    pub note: &'static str,
    /// The scale; where there is none, one that fits.
    pub scale: Option<Scale>,
    /// Name and label of each figure.
    pub rows: &'static [(&'static str, &'static str)],
}

/// The heading of a table of figures.
pub const HEAD: [&str; 6] = ["figure", "dataset", "value", "95 % interval", "n", "examples"];

/// A chart of figures by name, one bar for each dataset, with its table.
pub fn measured<'a>(
    gallery: &mut Gallery<'a>,
    subjects: &[&'a Subject],
    title: &str,
    parts: &[Part],
) -> (Chart, Table) {
    let mut table = Table { head: HEAD.to_vec(), rows: Vec::new() };
    let mut panels = Vec::new();
    for part in parts {
        let mut rows = Vec::new();
        for (name, label) in part.rows {
            let mut bars = Vec::new();
            for subject in subjects {
                let (bar, row) = bar(gallery, subject, name, label);
                bars.push(bar);
                table.rows.push(row);
            }
            rows.push(Row { label: (*label).to_owned(), bars });
        }
        panels.push(panel(part.title, part.note, part.scale, rows));
    }
    let chart = Chart {
        title: title.to_owned(),
        description: described(&panels, subjects),
        series: subjects.iter().map(|subject| (subject.place, legend_name(subject))).collect(),
        panels,
    };
    (chart, table)
}

/// A dataset's name with its number of dialogues.
pub fn legend_name(subject: &Subject) -> String {
    format!("{} ({} dialogues)", subject.name, subject.dialogues.len())
}

/// A panel; without a scale it gets one that fits its bars.
pub fn panel(title: &str, note: &str, scale: Option<Scale>, rows: Vec<Row>) -> Panel {
    let bars = || rows.iter().flat_map(|row| &row.bars);
    let ends = bars().flat_map(|bar| {
        let interval = bar.interval.into_iter().flatten();
        interval.chain(bar.value.clone().ok()).chain(bar.asked)
    });
    let scale = scale.unwrap_or_else(|| Scale::around(ends));
    Panel { title: title.to_owned(), note: note.to_owned(), scale, whole: false, rows }
}

/// What a chart says, for those who cannot see it.
pub fn described(panels: &[Panel], subjects: &[&Subject]) -> String {
    let titles: Vec<&str> = panels.iter().map(|panel| panel.title.as_str()).collect();
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name.as_str()).collect();
    format!(
        "Bars with 95 % intervals of {} for {}. The numbers are in the table below.",
        titles.join("; "),
        names.join(", ")
    )
}

/// A dataset's figure as a bar and as a row of the table.
fn bar<'a>(gallery: &mut Gallery<'a>, subject: &'a Subject, name: &str, label: &str) -> (Bar, Vec<Cell>) {
    let measure = subject.report.get(name);
    let value = match measure {
        Some(measure) => {
            let reason = || measure.reason.clone().unwrap_or_else(|| "no reason given".to_owned());
            measure.value.ok_or_else(reason)
        }
        None if subject.is_reference() => Err("it is the reference".to_owned()),
        None => Err("no reference was given".to_owned()),
    };
    let examples = match &value {
        Ok(value) => gallery.examples(subject, name, *value, |_| true),
        Err(_) => Vec::new(),
    };
    let interval = measure.and_then(|measure| measure.interval);
    let n = measure.map_or(0, |measure| measure.n);
    let definition = measure.map(|measure| measure.definition.clone()).unwrap_or_default();
    let bar = Bar {
        series: subject.place,
        tip: tip(label, &subject.name, &value, interval, n),
        value: value.clone(),
        interval,
        asked: None,
        n,
        target: examples.first().map(|example| example.id.clone()),
    };
    let row = vec![
        Cell::Term(format!("{label} · {name}"), definition),
        Cell::Text(subject.name.clone()),
        Cell::Text(value.map_or_else(|reason| format!("not computed: {reason}"), number)),
        Cell::Text(interval_text(interval)),
        Cell::Text(n.to_string()),
        Cell::Examples(examples),
    ];
    (bar, row)
}

/// What a bar says when it is pointed at.
pub fn tip(
    label: &str,
    dataset: &str,
    value: &Result<f64, String>,
    interval: Option<[f64; 2]>,
    n: u64,
) -> String {
    match value {
        Ok(value) => {
            let interval = interval_text(interval);
            let interval = if interval.is_empty() { interval } else { format!(" {interval}") };
            format!("{label}, {dataset}: {}{interval}, n = {n}", number(*value))
        }
        Err(reason) => format!("{label}, {dataset}: not computed: {reason}"),
    }
}

/// An interval in words; empty where there is none.
pub fn interval_text(interval: Option<[f64; 2]>) -> String {
    interval.map_or(String::new(), |[low, high]| format!("[{}, {}]", number(low), number(high)))
}

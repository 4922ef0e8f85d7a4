//! Several datasets side by side: every figure of each, and which of them differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalconvo_metrics::{Measure, Report};
use serde::Serialize;

use crate::figures::number;

/// Datasets with their figures; the others are held against the first.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Names of the datasets.
    pub names: Vec<String>,
    /// Their figures.
    pub reports: Vec<Report>,
}

/// How a figure lies to that of the first dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Both have intervals, and this one lies wholly above.
    Above,
    /// Both have intervals, and this one lies wholly below.
    Below,
    /// The intervals overlap.
    Overlaps,
    /// One of the two has no interval: nothing can be said.
    Unknown,
}

impl Side {
    /// Where `other` lies, seen from `first`.
    pub fn of(first: Option<&Measure>, other: Option<&Measure>) -> Self {
        let interval = |measure: Option<&Measure>| measure.and_then(|measure| measure.interval);
        match (interval(first), interval(other)) {
            (Some([_, high]), Some([low, _])) if low > high => Side::Above,
            (Some([low, _]), Some([_, high])) if high < low => Side::Below,
            (Some(_), Some(_)) => Side::Overlaps,
            _ => Side::Unknown,
        }
    }

    /// The mark in tables.
    pub fn mark(self) -> &'static str {
        match self {
            Side::Above => "▲",
            Side::Below => "▼",
            Side::Overlaps => "",
            Side::Unknown => "?",
        }
    }
}

/// What the marks of tables mean.
pub const LEGEND: &str = "▲ ▼ above, below the first dataset: the 95 % intervals do not overlap. No mark: they overlap. \
?: one of the two has none, so that nothing is said, however far apart they are. n in parentheses.";

/// One line of the comparison.
pub struct Line<'a> {
    /// The figure's name.
    pub name: &'a str,
    /// The figure of each dataset; absent where its report has none of that name.
    pub cells: Vec<Option<&'a Measure>>,
}

impl Line<'_> {
    /// Whether any dataset has the figure.
    pub fn is_computed(&self) -> bool {
        self.cells.iter().flatten().any(|measure| measure.value.is_some())
    }

    /// A dataset's figure in words, and whether there is one: else why not.
    pub fn cell(&self, at: usize) -> (String, bool) {
        let measure = self.cells[at];
        let missing = measure.filter(|measure| measure.value.is_none());
        match (measure, missing.and_then(|measure| measure.reason.as_deref())) {
            (None, _) => ("not in this report".to_owned(), false),
            (_, Some(reason)) => (format!("not computed: {reason}"), false),
            _ => (cell_text(measure, self.side(at)), true),
        }
    }

    /// Where the figure of a dataset lies, seen from the first one.
    pub fn side(&self, at: usize) -> Side {
        if at == 0 { Side::Overlaps } else { Side::of(self.cells[0], self.cells[at]) }
    }
}

impl Comparison {
    /// Every figure, in the order in which the datasets' reports have them.
    pub fn lines(&self) -> Vec<Line<'_>> {
        let mut names: Vec<&str> = Vec::new();
        for report in &self.reports {
            for measure in report.measures() {
                if !names.contains(&measure.name.as_str()) {
                    names.push(&measure.name);
                }
            }
        }
        let cells = |name| self.reports.iter().map(|report| report.get(name)).collect();
        names.into_iter().map(|name| Line { name, cells: cells(name) }).collect()
    }

    /// The table for a terminal: one column for each dataset, then what nobody has, with the reasons.
    pub fn text(&self) -> String {
        let (shown, missing): (Vec<Line>, Vec<Line>) = self.lines().into_iter().partition(Line::is_computed);
        let head = std::iter::once("figure".to_owned()).chain(self.names.iter().cloned()).collect();
        let row = |line: &Line| -> Vec<String> {
            let cells = line.cells.iter().enumerate().map(|(at, cell)| cell_text(*cell, line.side(at)));
            std::iter::once(line.name.to_owned()).chain(cells).collect()
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(shown.iter().map(row)).collect();
        let mut text = aligned(&rows);
        let _ = writeln!(text, "\n{LEGEND}");
        for (reason, names) in reasons(&missing) {
            let _ = writeln!(text, "not computed, {reason}: {}", names.join(", "));
        }
        text
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let mut text =
            format!("| figure | {} |\n", self.names.iter().map(|n| cell(n)).collect::<Vec<_>>().join(" | "));
        let _ = writeln!(text, "| --- |{}", " ---: |".repeat(self.names.len()));
        for line in self.lines().iter().filter(|line| line.is_computed()) {
            let cells = line.cells.iter().enumerate().map(|(at, c)| cell(&cell_text(*c, line.side(at))));
            let _ = writeln!(text, "| `{}` | {} |", line.name, cells.collect::<Vec<_>>().join(" | "));
        }
        let _ = writeln!(text, "\n{LEGEND}");
        let lines = self.lines();
        let missing: Vec<Line> = lines.into_iter().filter(|line| !line.is_computed()).collect();
        for (reason, names) in reasons(&missing) {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(text, "\nNot computed, {}: {}.", cell(&reason), names.join(", "));
        }
        text
    }

    /// `{"format", "datasets": […], "metrics": {NAME: {DATASET: {value, n, interval, …, against_first}}}}`.
    pub fn json(&self) -> serde_json::Value {
        let figure = |line: &Line| -> serde_json::Value {
            let cells = self.names.iter().zip(&line.cells).enumerate();
            let cells = cells.map(|(at, (name, measure))| {
                let mut value = serde_json::json!(measure);
                if let (Some(object), true) = (value.as_object_mut(), at > 0) {
                    object.insert("against_first".to_owned(), serde_json::json!(line.side(at)));
                }
                (name.clone(), value)
            });
            cells.collect::<serde_json::Map<String, serde_json::Value>>().into()
        };
        let lines = self.lines();
        let metrics: BTreeMap<&str, serde_json::Value> =
            lines.iter().map(|line| (line.name, figure(line))).collect();
        serde_json::json!({ "format": "goalconvo-compare/1", "datasets": self.names, "metrics": metrics })
    }
}

/// A figure in a table: its value, its interval and n, or why there is none.
fn cell_text(measure: Option<&Measure>, side: Side) -> String {
    let Some(measure) = measure else { return "not in this report".to_owned() };
    let Some(value) = measure.value else { return "not computed".to_owned() };
    let mut text = format!("{}{}", side.mark(), number(value));
    if let Some([low, high]) = measure.interval {
        let _ = write!(text, " [{}, {}]", number(low), number(high));
    }
    let _ = write!(text, " ({})", measure.n);
    text
}

/// Figures that nobody has, by the first dataset's reason.
fn reasons<'a>(missing: &[Line<'a>]) -> BTreeMap<String, Vec<&'a str>> {
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in missing {
        let reason = line.cells.iter().flatten().find_map(|measure| measure.reason.clone());
        reasons.entry(reason.unwrap_or_else(|| "no reason given".to_owned())).or_default().push(line.name);
    }
    reasons
}

/// Columns as wide as their widest cell; the first one to the left.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |text: &str| text.chars().count();
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| wide(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// What may stand in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

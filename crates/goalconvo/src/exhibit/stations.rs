//! The pipeline of runs as a figure: stations, rejects by the check that they failed, goal classes asked and made.

use std::collections::BTreeSet;

use super::Subject;
use super::figure::{Cell, Figure, Picture, Table, legend_name, panel};
use super::gallery::{Example, Gallery};
use super::pipeline::Pipeline;
use crate::figures::{Bar, Chart, Panel, Row, number};

/// Fills the figure of the pipeline with what runs say of themselves.
pub fn figure<'a>(gallery: &mut Gallery<'a>, runs: &[&'a Subject], mut figure: Figure) -> Figure {
    let table = &mut figure.table;
    let mut panels = vec![stations(runs, table)];
    panels.extend(checks(gallery, runs, table));
    panels.extend(classes(gallery, runs, table));
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let description = format!(
        "Bars of how many dialogues were asked for, played, rejected, written and checked again, of rejected candidates by \
         check, and of goal classes, for {}. The numbers are in the table below.",
        names.join(", ")
    );
    let series = runs.iter().map(|run| (run.place, legend_name(run))).collect();
    figure.picture = Ok(Picture::Bars(Chart { title: figure.title.clone(), description, series, panels }));
    figure
}

fn pipeline(run: &Subject) -> Option<&Pipeline> {
    run.pipeline.as_ref().ok()
}

/// What a station counts.
type Station = (&'static str, fn(&Pipeline) -> Result<u64, String>);

const STATIONS: [Station; 6] = [
    ("asked for", |pipeline| Ok(pipeline.asked)),
    ("candidates played", |pipeline| Ok(pipeline.written + pipeline.rejected)),
    ("rejected by the facts", |pipeline| Ok(pipeline.rejected)),
    ("written", |pipeline| Ok(pipeline.written)),
    ("replayed now: passed", |pipeline| pipeline.verified.clone().map(|checked| checked[0])),
    ("replayed now: failed", |pipeline| pipeline.verified.clone().map(|checked| checked[1])),
];

fn stations(runs: &[&Subject], table: &mut Table) -> Panel {
    let mut rows = Vec::new();
    for (label, count) in STATIONS {
        let mut bars = Vec::new();
        for run in runs {
            let Some(pipeline) = pipeline(run) else { continue };
            let bar = counted(run, label, count(pipeline), Vec::new(), table);
            bars.push(bar);
        }
        rows.push(Row { label: label.to_owned(), bars });
    }
    Panel { whole: true, ..panel("Stations", "dialogues", None, rows) }
}

fn checks<'a>(gallery: &mut Gallery<'a>, runs: &[&'a Subject], table: &mut Table) -> Option<Panel> {
    let names: BTreeSet<&String> =
        runs.iter().filter_map(|run| pipeline(run)).flat_map(|pipeline| pipeline.checks.keys()).collect();
    if names.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    for name in names {
        let mut bars = Vec::new();
        for run in runs {
            let Some(pipeline) = pipeline(run) else { continue };
            let count = pipeline.checks.get(name).copied().unwrap_or(0);
            let example = pipeline.examples.get(name);
            let example = example.map(|dialogue| gallery.show_reject(run, name, dialogue));
            let label = format!("rejected: {name}");
            bars.push(counted(run, &label, Ok(count), example.into_iter().collect(), table));
        }
        rows.push(Row { label: name.clone(), bars });
    }
    let note = "candidates that failed it; one that failed several counts in each";
    Some(Panel { whole: true, ..panel("Rejected, by check", note, None, rows) })
}

/// A count as a bar and as a row of the table.
fn counted(
    run: &Subject,
    label: &str,
    count: Result<u64, String>,
    examples: Vec<Example>,
    table: &mut Table,
) -> Bar {
    let text = match &count {
        Ok(count) => count.to_string(),
        Err(reason) => format!("not computed: {reason}"),
    };
    let bar = Bar {
        series: run.place,
        tip: format!("{label}, {}: {text}", run.name),
        value: count.map(|count| count as f64),
        interval: None,
        asked: None,
        n: 0,
        target: examples.first().map(|example| example.id.clone()),
    };
    table.rows.push(vec![
        Cell::Text(label.to_owned()),
        Cell::Text(run.name.clone()),
        Cell::Text(text),
        Cell::Examples(examples),
    ]);
    bar
}

fn classes<'a>(gallery: &mut Gallery<'a>, runs: &[&'a Subject], table: &mut Table) -> Option<Panel> {
    let names: BTreeSet<&String> =
        runs.iter().filter_map(|run| pipeline(run)).flat_map(|pipeline| pipeline.classes.keys()).collect();
    if names.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    for name in names {
        let mut bars = Vec::new();
        for run in runs {
            let Some(pipeline) = pipeline(run) else { continue };
            let (asked, made) = pipeline.classes.get(name).copied().unwrap_or((None, 0));
            let of_class = |at: &usize| {
                let scenario = run.dialogues[*at].scenario.as_ref();
                scenario.is_some_and(|scenario| scenario.goal.class.name() == name)
            };
            let first = (0..run.dialogues.len()).find(of_class);
            let example = first.and_then(|at| gallery.show(run, at, "the first of its class".to_owned()));
            let label = format!("class {}", name.replace('_', " "));
            let share = made as f64 / pipeline.written.max(1) as f64;
            let mut bar = counted(run, &label, Ok(made), example.into_iter().collect(), table);
            let asked_text = asked.map_or(String::new(), |asked| format!(", asked {}", number(asked)));
            bar.tip = format!("{label}, {}: {}{asked_text}, n = {made}", run.name, number(share));
            bars.push(Bar { value: Ok(share), asked, n: made, ..bar });
        }
        rows.push(Row { label: name.replace('_', " "), bars });
    }
    Some(panel("Goal classes", "share of what was written; the mark across is what was asked", None, rows))
}

//! Bars with intervals, grouped by row: one bar for each dataset, its figure in words at its end.

use super::legend::{Sample, legend};
use super::scene::{self, bold, held, line, text_width, words, wrapped};
use super::{Anchor, Ink, Mark, Scale, Scene, number};

/// A figure of bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it is called.
    pub title: String,
    /// What it shows, for those who can't see it.
    pub description: String,
    /// Place and name of each dataset that is shown.
    pub series: Vec<(usize, String)>,
    /// Parts with a scale of their own.
    pub panels: Vec<Panel>,
}

/// Rows on one scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What its rows have in common.
    pub title: String,
    /// What the scale means, or which end is better.
    pub note: String,
    /// The scale.
    pub scale: Scale,
    /// Whether figures are counts, without a fraction.
    pub whole: bool,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One figure of each dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// The bars, in the order of the datasets.
    pub bars: Vec<Bar>,
}

/// One dataset's figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The place of its dataset.
    pub series: usize,
    /// The figure, or why there is none.
    pub value: Result<f64, String>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// What was asked for, where something was: drawn as a mark across the bar.
    pub asked: Option<f64>,
    /// How many items it rests on.
    pub n: u64,
    /// Where an example is, by the name of an element of the page.
    pub target: Option<String>,
    /// What it is, in words.
    pub tip: String,
}

const BAR: f64 = 15.0;
const GAP: f64 = 3.0;
const SMALL: f64 = 11.5;
const BODY: f64 = 12.5;

/// Where things stand across, for a width.
struct Columns {
    /// Width of the labels on the left; none when labels stand above their bars.
    label: Option<f64>,
    from: f64,
    to: f64,
    width: f64,
}

impl Columns {
    fn of(width: f64) -> Self {
        if width < 520.0 {
            Columns { label: None, from: 2.0, to: width - 112.0, width }
        } else {
            Columns { label: Some(width * 0.24), from: width * 0.25, to: width - 236.0, width }
        }
    }

    fn x(&self, scale: &Scale, figure: f64) -> f64 {
        self.from + scale.place(figure) * (self.to - self.from)
    }
}

impl Chart {
    /// The chart laid out for a width in points.
    pub fn scene(&self, width: f64) -> Scene {
        let columns = Columns::of(width);
        let mut marks = Vec::new();
        let mut y = legend(&mut marks, &self.series, Sample::Bar, 2.0, width);
        for panel in &self.panels {
            y = panel.draw(&mut marks, &columns, y) + 14.0;
        }
        let (title, description) = (self.title.clone(), self.description.clone());
        Scene { width, height: y, title, description, marks }
    }
}

impl Panel {
    fn draw(&self, marks: &mut Vec<Mark>, columns: &Columns, top: f64) -> f64 {
        let mut y = top + 14.0;
        marks.push(bold(words([0.0, y], self.title.clone(), 13.5, Ink::Text)));
        let beside = text_width(&self.title, 13.5) * 1.08 + 12.0;
        if !self.note.is_empty() && beside + text_width(&self.note, SMALL) <= columns.width {
            marks.push(words([beside, y], self.note.clone(), SMALL, Ink::Muted));
        } else {
            for part in wrapped(&self.note, SMALL, columns.width) {
                y += 15.0;
                marks.push(words([0.0, y], part, SMALL, Ink::Muted));
            }
        }
        let drawn = self.rows.iter().any(Row::is_computed);
        let grid_at = marks.len();
        let first = y + 8.0;
        y = first + 6.0;
        for row in &self.rows {
            y = row.draw(marks, columns, self, y);
        }
        if drawn {
            let grid = self.grid(columns, first, y - 4.0);
            marks.splice(grid_at..grid_at, grid);
            y += 12.0;
        }
        y
    }

    /// Lines behind the rows, and the axis below them.
    fn grid(&self, columns: &Columns, top: f64, bottom: f64) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut free = f64::MIN;
        for (figure, text) in self.scale.ticks() {
            let x = columns.x(&self.scale, figure);
            marks.push(line([x, top], [x, bottom], Ink::Grid, 1.0));
            let half = text_width(&text, 11.0) / 2.0;
            let middle = x.max(half);
            if middle - half > free {
                free = middle + half + 4.0;
                marks.push(held(words([middle, bottom + 13.0], text, 11.0, Ink::Muted), Anchor::Middle));
            }
        }
        marks
    }
}

impl Row {
    fn is_computed(&self) -> bool {
        self.bars.iter().any(|bar| bar.value.is_ok())
    }

    fn draw(&self, marks: &mut Vec<Mark>, columns: &Columns, panel: &Panel, top: f64) -> f64 {
        let mut y = top;
        let mut label_end = y;
        match columns.label {
            None => {
                for part in wrapped(&self.label, BODY, columns.width) {
                    y += 15.0;
                    marks.push(words([0.0, y], part, BODY, Ink::Text));
                }
                y += 5.0;
            }
            Some(width) => {
                let parts = wrapped(&self.label, BODY, width - 8.0);
                for (at, part) in parts.into_iter().enumerate() {
                    label_end = top + 12.0 + at as f64 * 15.0;
                    marks.push(words([0.0, label_end], part, BODY, Ink::Text));
                }
                label_end += 4.0;
            }
        }
        let reasons: Vec<&String> = self.bars.iter().filter_map(|bar| bar.value.as_ref().err()).collect();
        let same = reasons.len() == self.bars.len() && reasons.windows(2).all(|pair| pair[0] == pair[1]);
        // What no dataset has, for one reason, is said once.
        let bars = if same { &self.bars[..self.bars.len().min(1)] } else { &self.bars[..] };
        for bar in bars {
            y = bar.draw(marks, columns, panel, y, same && self.bars.len() > 1);
        }
        y.max(label_end) + 9.0
    }
}

impl Bar {
    fn draw(&self, marks: &mut Vec<Mark>, columns: &Columns, panel: &Panel, y: f64, for_all: bool) -> f64 {
        match &self.value {
            Ok(value) => {
                let mut own =
                    vec![Mark::Area([columns.from, y - 1.0, columns.width - columns.from, BAR + 2.0])];
                own.extend(self.marks(*value, columns, &panel.scale, y));
                own.push(self.figure(*value, columns, panel.whole, y));
                marks.push(Mark::Link { target: self.target.clone(), tip: self.tip.clone(), marks: own });
                y + BAR + GAP
            }
            Err(reason) => {
                let mut x = columns.from;
                if !for_all {
                    marks.extend(scene::bar([x, y + 3.0, 9.0, 9.0], self.series));
                    x += 14.0;
                }
                let mut baseline = y + 11.5;
                for part in wrapped(&format!("not computed: {reason}"), SMALL, columns.width - x) {
                    marks.push(words([x, baseline], part, SMALL, Ink::Muted));
                    baseline += 14.5;
                }
                baseline - 14.5 + 3.5 + GAP
            }
        }
    }

    /// The bar, what was asked, and the interval on top.
    fn marks(&self, value: f64, columns: &Columns, scale: &Scale, y: f64) -> Vec<Mark> {
        let zero = columns.x(scale, 0.0);
        let end = columns.x(scale, value);
        // A figure of 0 is a line, so that it is not taken for one that is missing.
        let (left, wide) = (zero.min(end), (end - zero).abs().max(1.5));
        let mut marks = scene::bar([left, y, wide, BAR], self.series);
        let middle = y + BAR / 2.0;
        if let Some([low, high]) = self.interval {
            let (low, high) = (columns.x(scale, low), columns.x(scale, high));
            let lines = vec![
                vec![[low, middle], [high, middle]],
                vec![[low, middle - 3.5], [low, middle + 3.5]],
                vec![[high, middle - 3.5], [high, middle + 3.5]],
            ];
            marks.push(Mark::Lines { lines: lines.clone(), ink: Ink::Surface, width: 4.0, dash: &[] });
            marks.push(Mark::Lines { lines, ink: Ink::Over, width: 1.5, dash: &[] });
        }
        if let Some(asked) = self.asked {
            let x = columns.x(scale, asked);
            let (top, bottom) = (y - 1.5, y + BAR + 1.5);
            let lines = vec![vec![[x, top], [x, bottom]]];
            marks.push(Mark::Lines { lines: lines.clone(), ink: Ink::Surface, width: 5.0, dash: &[] });
            marks.push(Mark::Lines { lines, ink: Ink::Over, width: 2.0, dash: &[] });
        }
        marks
    }

    /// The figure in words, right of the scale.
    fn figure(&self, value: f64, columns: &Columns, whole: bool, y: f64) -> Mark {
        let one = |value: f64| if whole { format!("{value:.0}") } else { number(value) };
        let n = self.n;
        let text = match (columns.label, self.interval, whole) {
            (_, _, true) => one(value),
            (Some(_), Some([low, high]), _) => {
                format!("{}  [{}, {}]  n {n}", one(value), one(low), one(high))
            }
            _ => format!("{}  n {n}", one(value)),
        };
        words([columns.to + 10.0, y + 12.0], text, SMALL, Ink::Text)
    }
}

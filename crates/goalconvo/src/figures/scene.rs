//! A figure as marks at places: all that a backend has to draw.

use super::Ink;
use super::ink::{Hatch, hatch};

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// One mark. Places and lengths are in points, from the upper left.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A filled box: left, top, width, height.
    Box {
        /// Left, top, width, height.
        at: [f64; 4],
        /// Its colour.
        ink: Ink,
    },
    /// Open lines through points.
    Lines {
        /// The points of each line.
        lines: Vec<Vec<[f64; 2]>>,
        /// Their colour.
        ink: Ink,
        /// Their width.
        width: f64,
        /// Drawn and left out by turns; empty for a whole line.
        dash: &'static [f64],
    },
    /// Filled shapes, each a closed line.
    Shapes {
        /// The corners of each shape.
        shapes: Vec<Vec<[f64; 2]>>,
        /// Their colour.
        ink: Ink,
    },
    /// Nothing that is seen: a box (left, top, width, height) that can be pointed at.
    Area([f64; 4]),
    /// Words on a line.
    Words {
        /// Where the baseline is held.
        at: [f64; 2],
        /// What stands there.
        text: String,
        /// Height of the type.
        size: f64,
        /// Its colour.
        ink: Ink,
        /// Which end is held.
        anchor: Anchor,
        /// Whether it is bold.
        bold: bool,
    },
    /// Marks that lead somewhere and say what they are.
    Link {
        /// Name of an element of the page; marks without one only say what they are.
        target: Option<String>,
        /// What they are, for whoever points at them or has them read out.
        tip: String,
        /// The marks.
        marks: Vec<Mark>,
    },
}

/// A figure, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Points across.
    pub width: f64,
    /// Points down.
    pub height: f64,
    /// What the figure is called.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// What is drawn, from back to front.
    pub marks: Vec<Mark>,
}

/// Words on a line, held at their left end.
pub(super) fn words(at: [f64; 2], text: impl Into<String>, size: f64, ink: Ink) -> Mark {
    Mark::Words { at, text: text.into(), size, ink, anchor: Anchor::Start, bold: false }
}

/// The same words, held elsewhere.
pub(super) fn held(mark: Mark, held_at: Anchor) -> Mark {
    match mark {
        Mark::Words { at, text, size, ink, bold, .. } => {
            Mark::Words { at, text, size, ink, anchor: held_at, bold }
        }
        other => other,
    }
}

/// The same words in bold.
pub(super) fn bold(mark: Mark) -> Mark {
    match mark {
        Mark::Words { at, text, size, ink, anchor, .. } => {
            Mark::Words { at, text, size, ink, anchor, bold: true }
        }
        other => other,
    }
}

/// A thin line between two places.
pub(super) fn line(from: [f64; 2], to: [f64; 2], ink: Ink, width: f64) -> Mark {
    Mark::Lines { lines: vec![vec![from, to]], ink, width, dash: &[] }
}

/// About how wide a text is. Backends have different fonts; this is on the wide side of them, so that nothing runs into
/// its neighbour.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
        'A'..='Z' => 0.71,
        c if c.is_ascii() => 0.63,
        // What is not Latin may be as wide as it is high.
        c if u32::from(c) > 0x2e00 => 1.05,
        _ => 0.68,
    };
    text.chars().map(of).sum::<f64>() * size
}

/// The text in lines of at most that width, broken at spaces; a word too long for a line is cut with an ellipsis.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shortened(word, size, width);
        match lines.last_mut() {
            Some(line)
                if text_width(line, size) + text_width(" ", size) + text_width(&word, size) <= width =>
            {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// The text, cut with an ellipsis where it is too wide.
pub(super) fn shortened(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + text_width("…", size) > width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

/// A bar of a series: its colour, and its hatch in the colour of the surface.
pub(super) fn bar(at: [f64; 4], series: usize) -> Vec<Mark> {
    let mut marks = vec![Mark::Box { at, ink: Ink::Series(series) }];
    let strokes = match hatch(series) {
        Hatch::Plain => Vec::new(),
        Hatch::Rising => slanted(at, 6.0, true),
        Hatch::Falling => slanted(at, 4.0, false),
        Hatch::Crossed => [slanted(at, 7.0, true), slanted(at, 7.0, false)].concat(),
        Hatch::Upright => upright(at, 4.0),
        Hatch::Dots => {
            marks.push(Mark::Shapes { shapes: dots(at), ink: Ink::Surface });
            Vec::new()
        }
    };
    if !strokes.is_empty() {
        marks.push(Mark::Lines { lines: strokes, ink: Ink::Surface, width: 1.1, dash: &[] });
    }
    marks
}

/// Lines at 45 degrees, cut to the box.
fn slanted([x, y, w, h]: [f64; 4], gap: f64, rising: bool) -> Vec<Vec<[f64; 2]>> {
    let count = ((w + h) / gap).ceil() as usize;
    let line = |at: usize| {
        let reach = (at as f64 + 0.5) * gap;
        // The line of all points with (across + down) = reach, between the box's edges.
        let (from, to) = ((reach - h).max(0.0), reach.min(w));
        let point = |across: f64| {
            let down = reach - across;
            [x + across, if rising { y + down } else { y + h - down }]
        };
        (to - from > 0.2).then(|| vec![point(from), point(to)])
    };
    (0..count).filter_map(line).collect()
}

fn upright([x, y, w, h]: [f64; 4], gap: f64) -> Vec<Vec<[f64; 2]>> {
    let places = (1..).map(|at| f64::from(at) * gap).take_while(|across| *across < w - 0.5);
    places.map(|across| vec![[x + across, y], [x + across, y + h]]).collect()
}

fn dots([x, y, w, h]: [f64; 4]) -> Vec<Vec<[f64; 2]>> {
    const GAP: f64 = 5.0;
    let columns = (w / GAP).floor() as usize;
    let dot = |at: usize| {
        let down = if at.is_multiple_of(2) { h * 0.32 } else { h * 0.68 };
        square([x + (at as f64 + 0.5) * GAP, y + down], 1.1)
    };
    (0..columns).map(dot).collect()
}

fn square([x, y]: [f64; 2], half: f64) -> Vec<[f64; 2]> {
    vec![[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
}

/// The marker of a series around a place: the redundancy of its colour in curves.
pub(super) fn marker([x, y]: [f64; 2], series: usize) -> Vec<[f64; 2]> {
    const R: f64 = 3.4;
    match series {
        0 => polygon([x, y], R, 12),
        1 => square([x, y], R - 0.5),
        2 => vec![[x, y - R], [x + R, y + R - 0.6], [x - R, y + R - 0.6]],
        3 => vec![[x, y - R - 0.6], [x + R + 0.6, y], [x, y + R + 0.6], [x - R - 0.6, y]],
        4 => vec![[x, y + R], [x + R, y - R + 0.6], [x - R, y - R + 0.6]],
        _ => vec![
            [x - R - 0.6, y - 1.3],
            [x + R + 0.6, y - 1.3],
            [x + R + 0.6, y + 1.3],
            [x - R - 0.6, y + 1.3],
        ],
    }
}

/// Corners on a circle. The sines are a table, so that no machine's rounding shows.
fn polygon([x, y]: [f64; 2], r: f64, corners: usize) -> Vec<[f64; 2]> {
    const SINES: [f64; 12] =
        [0.0, 0.5, 0.866_025, 1.0, 0.866_025, 0.5, 0.0, -0.5, -0.866_025, -1.0, -0.866_025, -0.5];
    (0..corners).map(|at| [x + r * SINES[(at + 3) % 12], y + r * SINES[at % 12]]).collect()
}

//! Distributions of numbers: the share of items in each bin, one line for each dataset.

use super::legend::{Sample, legend};
use super::scene::{self, held, line, text_width, words};
use super::{Anchor, Ink, Mark, Scale, Scene, ink};

/// A distribution of several datasets over the same bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What it is called.
    pub title: String,
    /// What it shows, for those who can't see it.
    pub description: String,
    /// What the numbers are.
    pub axis: String,
    /// The bins, from left to right.
    pub bins: Vec<Bin>,
    /// A line for each dataset.
    pub curves: Vec<Curve>,
}

/// A range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Its name on the axis.
    pub label: String,
    /// Where an example is, by the name of an element of the page.
    pub target: Option<String>,
    /// What lies in it, in words.
    pub tip: String,
}

/// The distribution of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The place of its dataset.
    pub series: usize,
    /// Its name, with how many items it rests on.
    pub name: String,
    /// The share of items in each bin.
    pub shares: Vec<f64>,
}

const LEFT: f64 = 44.0;
const HIGH: f64 = 190.0;

impl Curves {
    /// The distribution laid out for a width in points.
    pub fn scene(&self, width: f64) -> Scene {
        let mut marks = Vec::new();
        let names: Vec<(usize, String)> =
            self.curves.iter().map(|curve| (curve.series, curve.name.clone())).collect();
        let top = legend(&mut marks, &names, Sample::Curve, 2.0, width) + 6.0;
        let scale = Scale::around(self.curves.iter().flat_map(|curve| curve.shares.iter().copied()));
        let down = |share: f64| top + HIGH * (1.0 - scale.place(share));
        for (share, _) in scale.ticks() {
            let y = down(share);
            marks.push(line([LEFT, y], [width, y], Ink::Grid, 1.0));
            let text = format!("{:.0} %", share * 100.0);
            marks.push(held(words([LEFT - 6.0, y + 4.0], text, 11.0, Ink::Muted), Anchor::End));
        }
        let step = (width - LEFT) / self.bins.len().max(1) as f64;
        let across = |at: usize| LEFT + (at as f64 + 0.5) * step;
        self.axis(&mut marks, top + HIGH, across, width);
        for curve in &self.curves {
            let points: Vec<[f64; 2]> =
                curve.shares.iter().enumerate().map(|(at, share)| [across(at), down(*share)]).collect();
            let ink = Ink::Series(curve.series);
            let shapes = points.iter().map(|point| scene::marker(*point, curve.series)).collect();
            marks.push(Mark::Lines { lines: vec![points], ink, width: 2.0, dash: ink::dash(curve.series) });
            marks.push(Mark::Shapes { shapes, ink });
        }
        for (at, bin) in self.bins.iter().enumerate() {
            // The whole height can be pointed at: the lines themselves are too thin.
            let column = Mark::Area([across(at) - step / 2.0, top, step, HIGH + 20.0]);
            marks.push(Mark::Link { target: bin.target.clone(), tip: bin.tip.clone(), marks: vec![column] });
        }
        let (title, description) = (self.title.clone(), self.description.clone());
        Scene { width, height: top + HIGH + 42.0, title, description, marks }
    }

    fn axis(&self, marks: &mut Vec<Mark>, bottom: f64, across: impl Fn(usize) -> f64, width: f64) {
        let mut free = 0.0;
        for (at, bin) in self.bins.iter().enumerate() {
            let half = text_width(&bin.label, 11.0) / 2.0;
            let x = across(at).min(width - half);
            if x - half >= free {
                free = x + half + 5.0;
                marks.push(held(
                    words([x, bottom + 17.0], bin.label.clone(), 11.0, Ink::Muted),
                    Anchor::Middle,
                ));
            }
        }
        let middle = LEFT + (width - LEFT) / 2.0;
        marks.push(held(words([middle, bottom + 34.0], self.axis.clone(), 11.5, Ink::Muted), Anchor::Middle));
    }
}

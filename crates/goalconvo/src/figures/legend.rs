//! Which dataset is which.

use super::scene::{self, Mark, text_width, words};
use super::{Ink, ink};

/// Height of a line of the legend.
const LINE: f64 = 20.0;

/// How a series is shown beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// A piece of a bar.
    Bar,
    /// A piece of a line with a marker.
    Curve,
}

/// Samples with names from left to right, in as many lines as it takes; returns where it ends.
pub(super) fn legend(
    marks: &mut Vec<Mark>,
    names: &[(usize, String)],
    sample: Sample,
    top: f64,
    width: f64,
) -> f64 {
    const SIZE: f64 = 12.5;
    const PIECE: f64 = 26.0;
    let (mut x, mut y) = (0.0, top);
    for (series, name) in names {
        let name = scene::shortened(name, SIZE, width - PIECE - 8.0);
        let takes = PIECE + 6.0 + text_width(&name, SIZE) + 18.0;
        if x > 0.0 && x + takes - 18.0 > width {
            (x, y) = (0.0, y + LINE);
        }
        match sample {
            Sample::Bar => marks.extend(scene::bar([x, y + 3.0, PIECE, 12.0], *series)),
            Sample::Curve => {
                let middle = y + 9.0;
                let lines = vec![vec![[x, middle], [x + PIECE, middle]]];
                let ink = Ink::Series(*series);
                marks.push(Mark::Lines { lines, ink, width: 2.0, dash: ink::dash(*series) });
                let shapes = vec![scene::marker([x + PIECE / 2.0, middle], *series)];
                marks.push(Mark::Shapes { shapes, ink });
            }
        }
        marks.push(words([x + PIECE + 6.0, y + 13.5], name, SIZE, Ink::Text));
        x += takes;
    }
    y + LINE + 6.0
}

//! Scales: from figures to places along a line.

/// The figures that a line spans, with round ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The figure at its start.
    pub low: f64,
    /// The figure at its end.
    pub high: f64,
    step: f64,
}

impl Scale {
    /// From 0 to 1, for shares.
    pub fn share() -> Self {
        Scale { low: 0.0, high: 1.0, step: 0.25 }
    }

    /// From 0 to 100.
    pub fn hundred() -> Self {
        Scale { low: 0.0, high: 100.0, step: 25.0 }
    }

    /// From 0 (or the lowest figure, where it is below) to a round number that holds all of the figures.
    pub fn around(figures: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for figure in figures.into_iter().filter(|figure| figure.is_finite()) {
            (low, high) = (low.min(figure), high.max(figure));
        }
        if high - low < f64::MIN_POSITIVE {
            return Scale { low: 0.0, high: 1.0, step: 0.5 };
        }
        let step = round_step((high - low) / 4.0);
        Scale { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// Where a figure lies: 0 at the start, 1 at the end, cut off there.
    pub fn place(&self, figure: f64) -> f64 {
        ((figure - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The ticks, with their text.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        let tick = |at: usize| {
            let figure = self.low + at as f64 * self.step;
            (figure, super::number::tick(figure, self.step))
        };
        (0..=count).map(tick).collect()
    }
}

/// The next of 1, 2, 5, 10, 20, 50, … (and their fractions) that is no smaller.
fn round_step(rough: f64) -> f64 {
    let mut power = 1e-9_f64;
    while power < 1e15 {
        for factor in [1.0, 2.0, 5.0] {
            // Divided where it is small, so that steps are the decimal numbers that they look like.
            let step = if power < 1.0 { factor / (1.0 / power).round() } else { factor * power };
            if step >= rough * (1.0 - 1e-9) {
                return step;
            }
        }
        power *= 10.0;
    }
    rough
}

//! Precision, recall, density and coverage of one set of vectors against another (Kynkäänniemi et al. 2019, Naeem et
//! al. 2020), and nearest neighbours by cosine.

use serde::Serialize;

/// Rows of equal width.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    dim: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Wraps row-major values; none when they do not fill whole rows.
    #[must_use]
    pub fn new(values: Vec<f32>, dim: usize) -> Option<Self> {
        (dim > 0 && values.len().is_multiple_of(dim)).then_some(Self { dim, values })
    }

    /// From separate rows of one width; none when widths differ or there is no row.
    #[must_use]
    pub fn from_rows(rows: &[Vec<f32>]) -> Option<Self> {
        let dim = rows.first()?.len();
        if rows.iter().any(|row| row.len() != dim) {
            return None;
        }
        Self::new(rows.concat(), dim)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Width of a row.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dim)
    }

    /// The row at `index`.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dim..(index + 1) * self.dim]
    }
}

/// The four figures, for neighbourhoods of the `k` nearest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prdc {
    /// Share of generated points inside some real point's neighbourhood.
    pub precision: f64,
    /// Share of real points inside some generated point's neighbourhood.
    pub recall: f64,
    /// Mean number of real neighbourhoods around a generated point, over `k`; can exceed 1.
    pub density: f64,
    /// Share of real points whose neighbourhood holds a generated point.
    pub coverage: f64,
}

/// Compares generated with real vectors; none when a side has no more than `k` rows, `k` is 0 or the widths differ.
/// A neighbourhood is the open ball up to the `k`-th nearest other point of the same set.
#[must_use]
pub fn prdc(real: &Vectors, generated: &Vectors, k: usize) -> Option<Prdc> {
    if k == 0 || real.len() <= k || generated.len() <= k || real.dim != generated.dim {
        return None;
    }
    let (real_radius, generated_radius) = (radii(real, k), radii(generated, k));
    let mut around = vec![0_usize; generated.len()];
    let (mut recalled, mut covered) = (0_usize, 0_usize);
    for (row, radius) in real.rows().zip(&real_radius) {
        let (mut in_generated, mut holds) = (false, false);
        for (other, (count, other_radius)) in generated.rows().zip(around.iter_mut().zip(&generated_radius)) {
            let distance = squared_distance(row, other);
            if distance < *radius {
                *count += 1;
                holds = true;
            }
            in_generated |= distance < *other_radius;
        }
        recalled += usize::from(in_generated);
        covered += usize::from(holds);
    }
    let precise = around.iter().filter(|&&count| count > 0).count();
    let (reals, fakes) = (real.len() as f64, generated.len() as f64);
    Some(Prdc {
        precision: precise as f64 / fakes,
        recall: recalled as f64 / reals,
        density: around.iter().sum::<usize>() as f64 / (k as f64 * fakes),
        coverage: covered as f64 / reals,
    })
}

/// For each row of `from` the index and cosine of the most similar row of `among`, the first of equals; the rows are
/// taken to have length 1. Empty when `among` is.
#[must_use]
pub fn nearest(from: &Vectors, among: &Vectors) -> Vec<(usize, f64)> {
    let best = |row: &[f32]| {
        let similarities = among.rows().enumerate().map(|(at, other)| (at, dot(row, other)));
        similarities.reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    from.rows().filter_map(best).collect()
}

/// Squared distance from each row to its `k`-th nearest other row.
fn radii(rows: &Vectors, k: usize) -> Vec<f64> {
    let radius = |(at, row): (usize, &[f32])| {
        let others = rows.rows().enumerate().filter(|(other, _)| *other != at);
        let mut distances: Vec<f64> = others.map(|(_, other)| squared_distance(row, other)).collect();
        *distances.select_nth_unstable_by(k - 1, f64::total_cmp).1
    };
    rows.rows().enumerate().map(radius).collect()
}

/// Summed in eight lanes, so that it runs in vector registers, and in double precision.
pub(super) fn squared_distance(left: &[f32], right: &[f32]) -> f64 {
    lanes(left, right, |a, b| (a - b) * (a - b))
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    lanes(left, right, |a, b| a * b)
}

fn lanes(left: &[f32], right: &[f32], term: impl Fn(f64, f64) -> f64) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = left_chunks.remainder().iter().zip(right_chunks.remainder());
    let tail: f64 = rest.map(|(&a, &b)| term(f64::from(a), f64::from(b))).sum();
    for (a, b) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            sums[lane] += term(f64::from(a[lane]), f64::from(b[lane]));
        }
    }
    sums.iter().sum::<f64>() + tail
}

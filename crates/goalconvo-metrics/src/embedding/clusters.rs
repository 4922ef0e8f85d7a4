//! Clusters of vectors, for figures that need histograms: k-means from seeded starts, the same on any machine.

use super::neighbours::Vectors;
use crate::random::{counter, index_below};

const ROUNDS: usize = 20;
const MOST_CLUSTERS: usize = 64;

/// The common cluster of each row of both sides, and how many clusters there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    /// How many.
    pub count: usize,
    /// Of each side's rows, in order.
    pub of_rows: [Vec<usize>; 2],
}

/// The shares of these rows' clusters.
#[must_use]
pub fn cluster_shares(rows: &[usize], clusters: usize) -> Vec<f64> {
    let mut histogram = vec![0.0; clusters];
    rows.iter().for_each(|&cluster| histogram[cluster] += 1.0 / rows.len() as f64);
    histogram
}

/// Shares of each side's rows in [`clusters`].
#[must_use]
pub fn cluster_histograms(first: &Vectors, second: &Vectors, seed: u64) -> Option<[Vec<f64>; 2]> {
    let Clusters { count, of_rows } = clusters(first, second, seed)?;
    Some(of_rows.map(|rows| cluster_shares(&rows, count)))
}

/// Common clusters of the rows of both sides (one for about ten rows, at most 64); none when there are fewer than twenty
/// rows in all or the widths differ.
#[must_use]
pub fn clusters(first: &Vectors, second: &Vectors, seed: u64) -> Option<Clusters> {
    let rows: Vec<&[f32]> = first.rows().chain(second.rows()).collect();
    let count = (rows.len() / 10).min(MOST_CLUSTERS);
    if count < 2 || first.is_empty() || second.is_empty() || first.dim() != second.dim() {
        return None;
    }
    let start = |k: usize| rows[index_below(counter(seed, 0xc1d5, k as u64), rows.len())].to_vec();
    let mut centres: Vec<Vec<f32>> = (0..count).map(start).collect();
    let mut assigned = vec![0; rows.len()];
    for _ in 0..ROUNDS {
        let closest: Vec<usize> = rows.iter().map(|row| nearest(row, &centres)).collect();
        let settled = closest == assigned;
        assigned = closest;
        if settled {
            break;
        }
        centres = moved(&rows, &assigned, centres);
    }
    let theirs = assigned.split_off(first.len());
    Some(Clusters { count, of_rows: [assigned, theirs] })
}

/// Each centre goes to the mean of its rows; one without rows stays.
fn moved(rows: &[&[f32]], assigned: &[usize], centres: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut sums: Vec<(Vec<f64>, usize)> =
        centres.iter().map(|centre| (vec![0.0; centre.len()], 0)).collect();
    for (row, &cluster) in rows.iter().zip(assigned) {
        let (sum, count) = &mut sums[cluster];
        *count += 1;
        sum.iter_mut().zip(*row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let centre = |((sum, count), old): ((Vec<f64>, usize), Vec<f32>)| match count {
        0 => old,
        _ => sum.iter().map(|sum| (sum / count as f64) as f32).collect(),
    };
    sums.into_iter().zip(centres).map(centre).collect()
}

fn nearest(row: &[f32], centres: &[Vec<f32>]) -> usize {
    let distances = centres.iter().map(|centre| super::neighbours::squared_distance(row, centre)).enumerate();
    distances.reduce(|best, next| if next.1 < best.1 { next } else { best }).map_or(0, |(at, _)| at)
}

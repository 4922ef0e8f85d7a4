//! Fréchet distance between two sets of vectors, each taken for a Gaussian (Heusel et al. 2017).

use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use super::neighbours::Vectors;

/// The distance and its terms: `distance = mean_term + trace1 + trace2 − 2 tr (Σ₁ Σ₂)^½`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Frechet {
    /// The squared distance.
    pub distance: f64,
    /// Squared distance of the means.
    pub mean_term: f64,
    /// Total variance of the first set.
    pub trace1: f64,
    /// Total variance of the second set.
    pub trace2: f64,
}

/// The distance, by the eigenvalues of the symmetric `Σ₁^½ Σ₂ Σ₁^½`, which has none of the round-off that the square
/// root of the product `Σ₁ Σ₂` shows when there are fewer rows than columns. Covariances divide by n − 1; none for
/// fewer than two rows or differing widths.
#[must_use]
pub fn frechet(first: &Vectors, second: &Vectors) -> Option<Frechet> {
    if first.len() < 2 || second.len() < 2 || first.dim() != second.dim() {
        return None;
    }
    let (mean1, covariance1) = moments(first);
    let (mean2, covariance2) = moments(second);
    let root = symmetric_root(&covariance1);
    let between = &root * &covariance2 * &root;
    let cross: f64 = between.symmetric_eigenvalues().iter().map(|l| l.max(0.0).sqrt()).sum();
    let mean_term = (mean1 - mean2).norm_squared();
    let (trace1, trace2) = (covariance1.trace(), covariance2.trace());
    // No distance is below 0; rounding may be.
    let distance = (mean_term + trace1 + trace2 - 2.0 * cross).max(0.0);
    Some(Frechet { distance, mean_term, trace1, trace2 })
}

fn moments(rows: &Vectors) -> (DVector<f64>, DMatrix<f64>) {
    let n = rows.len() as f64;
    let values = rows.rows().flatten().map(|&value| f64::from(value));
    let mut x = DMatrix::from_iterator(rows.dim(), rows.len(), values);
    let mean = x.column_mean();
    for mut column in x.column_iter_mut() {
        column -= &mean;
    }
    let covariance = &x * x.transpose() / (n - 1.0);
    (mean, covariance)
}

fn symmetric_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = matrix.clone().symmetric_eigen();
    let roots = eigen.eigenvalues.map(|l| l.max(0.0).sqrt());
    &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose()
}

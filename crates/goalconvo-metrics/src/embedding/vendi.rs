//! The Vendi score (Friedman and Dieng 2023): how many different texts there effectively are.

use nalgebra::DMatrix;
use serde::Serialize;

use super::neighbours::Vectors;

/// The score at three orders.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Vendi {
    /// Order 1: the exponential of the eigenvalues' entropy.
    pub q1: f64,
    /// Order 2: sensitive to what is frequent.
    pub q2: f64,
    /// Order infinity: one over the largest eigenvalue.
    pub qinf: f64,
}

/// Eigenvalues below this are numerical noise.
const NOISE: f64 = 1e-12;

/// The scores of rows of length 1 under their cosine similarity; none for no rows.
#[must_use]
pub fn vendi(rows: &Vectors) -> Option<Vendi> {
    if rows.is_empty() {
        return None;
    }
    let n = rows.len();
    let values = rows.rows().flatten().map(|&value| f64::from(value));
    let x = DMatrix::from_iterator(rows.dim(), n, values);
    // X Xᵀ and Xᵀ X have the same non-zero eigenvalues: the smaller one is enough.
    let kernel = if n < rows.dim() { x.transpose() * &x } else { &x * x.transpose() } / n as f64;
    let eigenvalues: Vec<f64> =
        kernel.symmetric_eigenvalues().iter().copied().filter(|&l| l > NOISE).collect();
    let entropy: f64 = eigenvalues.iter().map(|l| -l * l.ln()).sum();
    Some(Vendi {
        q1: entropy.exp(),
        q2: 1.0 / eigenvalues.iter().map(|l| l * l).sum::<f64>(),
        qinf: 1.0 / eigenvalues.iter().copied().fold(0.0, f64::max),
    })
}

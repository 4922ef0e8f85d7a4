//! What stands between two matrix products, written for the vector unit of the CPU: activation, softmax and
//! layer norm over slices, each in one pass over memory that is still in the cache.
//!
//! Matrix products take nearly all the arithmetic, so the rest only shows when it is slow, and with one scalar
//! `erf` or `exp` an element it is: about a quarter of a forward pass.

mod attention;
mod math;
mod norm;
mod ops;
mod pointwise;
mod product;
mod softmax;

pub(crate) use ops::{AddBias, BiasGelu, PackedAttention, RelativeBias, ResidualNorm};

#[cfg(test)]
mod tests;

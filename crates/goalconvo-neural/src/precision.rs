//! How exact an encoder's arithmetic is.

/// The numbers that products with weights are computed in. Everything else is single precision always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Single precision: what references are computed in.
    #[default]
    Single,
    /// Small integers (eight bits for weights, seven for what they multiply), on the CPU alone. Faster, and its figures
    /// differ: never compare them with figures in single precision. The encoder's name and content hash say which it was.
    Int8,
}

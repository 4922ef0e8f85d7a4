//! Figures made to be looked at: datasets side by side, and a page with pictures, tables and the dialogues behind them.
//!
//! Nothing is measured here that [`crate::measuring`] has not measured; what could not be computed is shown as such,
//! with its reason.

mod compared;
mod names;

pub use compared::{Comparison, LEGEND, Line, Side};
pub use names::names;

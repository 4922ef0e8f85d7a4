//! Figures made to be looked at: datasets side by side, and a page with pictures, tables and the dialogues behind them.
//!
//! Nothing is measured here that [`crate::measuring`] has not measured; what could not be computed is shown as such,
//! with its reason.

mod compared;
mod contents;
mod exhibition;
mod figure;
mod findings;
mod gallery;
mod names;
mod page;
mod paper;
mod pipeline;
mod spread;
mod stations;
mod subject;
mod talk;

pub use compared::{Comparison, LEGEND, Line, Side};
pub use exhibition::Exhibition;
pub use figure::{Figure, Picture};
pub use names::names;
pub use paper::{latex, markdown};
pub use subject::{Asked, Subject, subjects};

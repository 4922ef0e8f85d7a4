//! Figures are drawn here, and know nothing of dialogues: a [`Chart`] or a [`Curves`] is laid out for a width as a
//! [`Scene`] of boxes, lines and words, and a scene is written as SVG, and with the feature `pictures` as PNG and PDF.
//!
//! No figure depends on colour alone: every series has a hatch and a marker of its own beside a colour that
//! colour-blind people can tell apart. What was not computed is said in words, where its bar would be; it is never
//! drawn as 0. The same input gives the same bytes.

mod bars;
mod curves;
mod ink;
mod legend;
mod number;
#[cfg(feature = "pictures")]
mod outline;
#[cfg(feature = "pictures")]
mod pdf;
#[cfg(feature = "pictures")]
mod png;
mod scale;
mod scene;
mod svg;

pub use bars::{Bar, Chart, Panel, Row};
pub use curves::{Bin, Curve, Curves};
pub use ink::{Ink, SERIES};
pub use number::number;
#[cfg(feature = "pictures")]
pub use pdf::pdf;
#[cfg(feature = "pictures")]
pub use png::png;
pub use scale::Scale;
pub use scene::{Anchor, Mark, Scene};
pub(crate) use svg::colours;
pub use svg::{STYLE, escape, svg_alone, svg_inline};

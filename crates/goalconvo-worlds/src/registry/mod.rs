//! The registry: every tool that was loaded, under stable ids and safe names, typed and with its evidence.
//!
//! Importers write [`draft`]s, [`assemble`] makes them a [`Registry`]. What a name is about is decided in
//! [`concept`], what a call does in [`effect`], what must not get out in [`mask`].

pub mod assemble;
pub mod concept;
pub mod draft;
pub mod effect;
mod finish;
mod lookup;
pub mod mask;
pub mod names;
pub mod shape;
mod shape_schema;
mod types;

pub use concept::{Concept, Role};
pub use effect::{Effect, Intent, Verb};
pub use mask::Hidden;
pub use shape::{Bounds, Field, Format, Kind, Shape};
pub use types::{
    Column, Confidence, Endpoint, FORMAT, Flow, Link, Origin, Parameter, Place, Reference, Registry,
    Response, ResponseField, Table, Tool,
};

//! Tools become a living world: from a registry's schemas and evidence, domains in which the tools really work.
//!
//! Each source tool becomes a [`Domain`](goalconvo_core::Domain), written as the files of a domain folder and read by
//! the same loader as a folder that a person wrote. So whatever plays, checks or keeps a domain does the same with a
//! compiled one. What can't be played (a key that no endpoint gives, a required value that nobody can say aloud, an
//! answer of which nothing is known) is left out with its reason.

mod domain_file;
mod goal;
mod guards;
mod layout;
mod model;
mod nouns;
mod observe;
mod phrase;
mod plan;
mod pool;
mod pools;
mod rows;
mod site;
mod span;
mod spoken;
mod steer;
mod template;
mod text;
mod told;
mod toml;
mod wire;
mod world;
mod write;

pub use goal::{Domains, goal};
pub use observe::Question;
pub use plan::{Asked, Planned, plan};
pub use steer::{Certificate, Coverage, Facets};
pub use template::{Errand, Template, class_of, template};
pub use world::{Compiled, Place, WorldReport, compile};

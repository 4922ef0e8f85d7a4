//! Inform, Success and Combined on MultiWOZ, by the definitions of Nekvinda and Dušek (2021), whose evaluation script is
//! the field's standard: predicted responses are delexicalised, venues are looked up in the corpus's database under the
//! belief state of the turn, and both are held against the goal.

mod active;
mod database;
mod fuzzy;
mod inform;
mod normal;
mod richness;

pub use active::estimate_active_domains;
pub use database::VenueDatabase;
pub use fuzzy::partial_ratio;
pub use inform::{Goal, GoalDomain, InformSuccess, Matched, Prediction, inform_success};
pub use normal::{normalised_response, normalised_state};
pub use richness::{Richness, richness};

use std::collections::BTreeMap;

/// Values by slot.
pub type SlotValues = BTreeMap<String, String>;
/// Slot values by domain, in the order in which the domains were predicted.
pub type DomainStates = Vec<(String, SlotValues)>;

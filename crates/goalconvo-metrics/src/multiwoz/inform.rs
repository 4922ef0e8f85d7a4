//! Inform and Success of dialogues against their goals.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::database::VenueDatabase;
use super::{DomainStates, SlotValues};

/// What the user of one dialogue wants, by domain.
pub type Goal = BTreeMap<String, GoalDomain>;

/// What the user wants in one domain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GoalDomain {
    /// Constraints.
    pub informable: SlotValues,
    /// What has to be told: `PHONE`, `ADDRESS`, `POST`, `REFERENCE`, `TRAINID`.
    pub requestable: BTreeSet<String>,
}

/// One system turn, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prediction {
    /// The delexicalised response ([`super::normalised_response`]).
    pub response: String,
    /// The belief state that it answers to ([`super::normalised_state`]).
    pub state: DomainStates,
    /// The domains that it is about.
    pub active_domains: Vec<String>,
    /// The domains booked so far, by the corpus's annotation.
    pub booked_domains: Vec<String>,
}

/// What one dialogue achieved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Matched {
    /// Whether a fitting venue was offered, by domain of the goal.
    pub inform: BTreeMap<String, bool>,
    /// Whether everything requested was told, by domain; empty where a domain was not informed.
    pub success: BTreeMap<String, bool>,
}

impl Matched {
    /// Whether all domains were informed.
    #[must_use]
    pub fn informed(&self) -> bool {
        self.inform.values().all(|&matched| matched)
    }

    /// Whether, beyond that, everything requested was told.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.informed() && self.success.values().all(|&told| told)
    }
}

/// Counts over dialogues, mergeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct InformSuccess {
    /// Dialogues counted.
    pub dialogues: u64,
    /// Dialogues informed in all domains.
    pub informed: u64,
    /// Dialogues that succeeded.
    pub succeeded: u64,
}

impl InformSuccess {
    /// Counts a dialogue.
    pub fn push(&mut self, matched: &Matched) {
        self.dialogues += 1;
        self.informed += u64::from(matched.informed());
        self.succeeded += u64::from(matched.succeeded());
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: &Self) {
        self.dialogues += other.dialogues;
        self.informed += other.informed;
        self.succeeded += other.succeeded;
    }

    /// Inform in percent.
    #[must_use]
    pub fn inform(&self) -> Option<f64> {
        (self.dialogues > 0).then(|| 100.0 * self.informed as f64 / self.dialogues as f64)
    }

    /// Success in percent.
    #[must_use]
    pub fn success(&self) -> Option<f64> {
        (self.dialogues > 0).then(|| 100.0 * self.succeeded as f64 / self.dialogues as f64)
    }

    /// `BLEU + (Inform + Success) / 2`, all in percent, the first two rounded to one decimal as the script prints them.
    #[must_use]
    pub fn combined(&self, bleu: f64) -> Option<f64> {
        let one_decimal = |percent: f64| (percent * 10.0).round_ties_even() / 10.0;
        Some(bleu + f64::midpoint(one_decimal(self.inform()?), one_decimal(self.success()?)))
    }
}

/// What was offered in a domain.
#[derive(Clone)]
enum Offered<'a> {
    /// Counts as right whatever was said.
    Matched,
    /// These venues.
    Venues(Vec<&'a str>),
}

const TOLD: [&str; 5] = ["PHONE", "ADDRESS", "POST", "REFERENCE", "TRAINID"];

/// Holds the system's turns against the goal.
#[must_use]
pub fn inform_success(goal: &Goal, turns: &[Prediction], database: &VenueDatabase) -> Matched {
    let mut offered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for turn in turns {
        for domain in goal.keys().map(String::as_str).filter(|d| turn.active_domains.iter().any(|a| a == d)) {
            if identifies_venue(domain, &turn.response) {
                offer(offered.entry(domain).or_default(), turn, domain, database);
            }
            let told = told.entry(domain).or_default();
            told.extend(TOLD.into_iter().filter(|slot| tells(turn, domain, slot)));
        }
    }
    let mut matched = Matched::default();
    for (domain, wanted) in goal {
        let offered = settled(domain, wanted, offered.remove(domain.as_str()).unwrap_or_default());
        matched.inform.insert(domain.clone(), fits(domain, wanted, offered, database));
    }
    if matched.informed() {
        for (domain, wanted) in goal {
            let told = told.remove(domain.as_str()).unwrap_or_default();
            let all = wanted.requestable.iter().all(|slot| told.contains(slot.as_str()));
            matched.success.insert(domain.clone(), all);
        }
    }
    matched
}

/// Only a name or a train's number says which venue is meant.
fn identifies_venue(domain: &str, response: &str) -> bool {
    match domain {
        "restaurant" | "hotel" | "attraction" => response.contains("NAME"),
        "train" => response.contains("TRAINID"),
        _ => false,
    }
}

/// The last mention counts: what fits the state now replaces what was offered, unless it contains all of that.
fn offer<'a>(offered: &mut Vec<&'a str>, turn: &Prediction, domain: &str, database: &'a VenueDatabase) {
    let state = turn.state.iter().find(|(name, _)| name == domain);
    let matching = state.map_or_else(Vec::new, |(_, slots)| database.query(domain, slots));
    if offered.is_empty() || offered.iter().any(|venue| !matching.contains(venue)) {
        *offered = matching;
    }
}

/// A reference number counts only where the corpus says that something was booked by then.
fn tells(turn: &Prediction, domain: &str, slot: &str) -> bool {
    turn.response.contains(slot) && (slot != "REFERENCE" || turn.booked_domains.iter().any(|d| d == domain))
}

fn settled<'a>(domain: &str, wanted: &GoalDomain, offered: Vec<&'a str>) -> Offered<'a> {
    // The user was told the name; there is no database; or no train was found and none had to be named.
    let named = wanted.informable.contains_key("name");
    let without_database = matches!(domain, "taxi" | "police" | "hospital");
    let no_train = domain == "train" && offered.is_empty() && !wanted.requestable.contains("TRAINID");
    if named || without_database || no_train { Offered::Matched } else { Offered::Venues(offered) }
}

/// Every venue that may have been offered has to fit the goal.
fn fits(domain: &str, wanted: &GoalDomain, offered: Offered<'_>, database: &VenueDatabase) -> bool {
    match offered {
        Offered::Matched => true,
        Offered::Venues(venues) => {
            let right: BTreeSet<&str> = database.query(domain, &wanted.informable).into_iter().collect();
            !venues.is_empty() && venues.iter().all(|venue| right.contains(venue))
        }
    }
}

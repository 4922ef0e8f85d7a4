//! Which domain a turn is about, estimated from what changed in the belief state, where a system does not say.

use super::{DomainStates, SlotValues};

/// For each turn the one domain it is taken to be about, or none before anything was said: the domain that changed; if
/// several did, the one already current, else the one with most slots; if none did and several had changed before, the
/// first other one of those.
#[must_use]
pub fn estimate_active_domains(states: &[DomainStates]) -> Vec<Option<String>> {
    let mut current: Option<&str> = None;
    let mut before: &DomainStates = &Vec::new();
    let mut changed_before: Vec<&str> = Vec::new();
    let mut estimates = Vec::with_capacity(states.len());
    for state in states {
        let changed: Vec<&str> = state
            .iter()
            .filter(|(domain, slots)| differs(slots, get(before, domain)))
            .map(|(d, _)| d.as_str())
            .collect();
        if changed.is_empty() {
            if current.is_none() {
                estimates.push(None);
                continue;
            }
            if changed_before.len() > 1 {
                let other = changed_before.iter().find(|d| get(state, d).is_some() && Some(**d) != current);
                current = other.copied().or(current);
            }
        } else if current.is_none_or(|domain| !changed.contains(&domain)) {
            current = most_filled(state, &changed);
        }
        before = state;
        changed_before = changed;
        estimates.push(current.map(str::to_owned));
    }
    estimates
}

fn get<'a>(state: &'a DomainStates, domain: &str) -> Option<&'a SlotValues> {
    state.iter().find(|(name, _)| name == domain).map(|(_, slots)| slots)
}

/// Whether there is a pair of slot and value that was not there before.
fn differs(slots: &SlotValues, before: Option<&SlotValues>) -> bool {
    slots.iter().any(|(slot, value)| before.and_then(|before| before.get(slot)) != Some(value))
}

/// The first of the domains with most slots.
fn most_filled<'a>(state: &'a DomainStates, domains: &[&'a str]) -> Option<&'a str> {
    let filled = |domain: &str| get(state, domain).map_or(0, SlotValues::len);
    domains.iter().copied().reduce(|best, next| if filled(next) > filled(best) { next } else { best })
}

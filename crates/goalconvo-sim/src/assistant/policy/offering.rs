//! What the assistant proposes: one thing with what there is to tell of it, or several by name; and what it costs.

use std::collections::BTreeSet;

use goalconvo_core::{Act, ActKind, Compare, Intent, SlotKind, Turn, Value};
use smol_str::SmolStr;

use super::{Desk, act};
use crate::assistant::belief::{Frame, FrameKey, entity_key};

/// In how many percent of the offers several entities are named at once, where there are.
const SEVERAL: u32 = 30;

/// In how many percent of the offers what the user asked for is told first.
const SAYS_AGAIN: u32 = 45;

/// In how many percent of the cases that call for it the assistant says what a thing costs before it is bought.
const TELLS_PRICE: u32 = 20;

impl Desk<'_, '_> {
    /// Two to four names to choose from, now and then.
    pub(super) fn several(&mut self, key: &FrameKey, frame: &Frame) -> Vec<Act> {
        let rows: Vec<&Value> =
            frame.results().iter().filter(|row| !frame.declined.contains(&entity_key(row))).collect();
        if rows.len() < 2 || !frame.questions.is_empty() || !self.rng.chance(SEVERAL) {
            return vec![];
        }
        let most = 2 + self.rng.weighted([45, 40, 15].into_iter()).unwrap_or(0);
        let label = self.label(key).unwrap_or_default();
        // Numbers in a row tell nobody anything.
        if self.view.slot(&key.0, &label).is_none_or(|slot| slot.kind != SlotKind::Name) {
            return vec![];
        }
        let mut named = BTreeSet::new();
        let offer = |row: &&&Value| named.insert(row.field(&label).map(Value::plain));
        let rows = rows.iter().filter(offer).take(most);
        let acts: Vec<Act> = rows
            .filter_map(|row| {
                let name = row.field(&label)?.clone();
                Some(act(ActKind::Offer, key).slot(&label).of(&entity_key(row)).value(name))
            })
            .collect();
        if acts.len() < 2 { vec![] } else { acts }
    }

    pub(super) fn offer(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Vec<Act> {
        let Some(record) = frame.proposal() else { return vec![] };
        let of = entity_key(record);
        let label = self.label(key).unwrap_or_default();
        let name = record.field(&label).cloned().unwrap_or_default();
        let mut acts = vec![act(ActKind::Offer, key).slot(&label).of(&of).value(name)];
        let slots = self.worth_telling(key, intent, &label);
        let least = intent.tells.len().clamp(1, 2);
        let count = least.max(self.rng.weighted([14, 32, 34, 20].into_iter()).unwrap_or(0));
        // Nobody sells a thing by what it lacks.
        let good = |act: &Act| act.value != Some(Value::Bool(false));
        let informs = slots.iter().filter_map(|slot| self.inform(key, slot, record)).filter(good).take(count);
        acts.extend(informs);
        acts
    }

    /// The slots to tell with an offer, best first: what the user set a bound to, what the domain says is told, and
    /// then preferences.
    pub(super) fn worth_telling(&mut self, key: &FrameKey, intent: &Intent, label: &SmolStr) -> Vec<SmolStr> {
        let tool = self.view.tool(&intent.tool);
        let bounds = tool.into_iter().flat_map(|tool| &tool.arguments).filter(|argument| {
            argument.compare != Compare::Equal
                && self.belief.slots.contains_key(&(key.0.clone(), argument.name.clone()))
        });
        let bounds = bounds.filter_map(|argument| argument.column.clone());
        // Nobody recommends a place by its postcode.
        let dry = |slot: &SmolStr| {
            self.view.slot(&key.0, slot).is_some_and(|slot| {
                matches!(
                    slot.kind,
                    SlotKind::Phone | SlotKind::Postcode | SlotKind::Address | SlotKind::Reference
                )
            })
        };
        let asked =
            |slot: &&SmolStr| !intent.optional.contains(*slot) && !intent.tells.contains(*slot) && !dry(slot);
        let mut others: Vec<SmolStr> = intent.optional.clone();
        others.extend(intent.requests.iter().filter(asked).filter(|_| self.rng.chance(50)).cloned());
        self.rng.shuffle(&mut others);
        let mut slots: Vec<SmolStr> = bounds.chain(intent.tells.iter().cloned()).collect();
        slots.extend(others);
        let mut seen = BTreeSet::from([label.clone()]);
        slots.retain(|slot| seen.insert(slot.clone()));
        // What the user has asked for itself is no news to it; but people say it again.
        if self.rng.chance(SAYS_AGAIN) {
            slots.sort_by_key(|slot| !self.belief.slots.contains_key(&(key.0.clone(), slot.clone())));
            return slots;
        }
        slots.sort_by_key(|slot| self.belief.slots.contains_key(&(key.0.clone(), slot.clone())));
        slots
    }

    /// What the thing costs that something is to be done with, where the user was not told.
    pub(super) fn price(&mut self, key: &FrameKey, intent: &Intent) -> Option<Act> {
        let search = (key.0.clone(), intent.entity.clone()?);
        let record = self.belief.frame(&search).and_then(Frame::focus)?;
        let is_money =
            |slot: &&SmolStr| self.view.slot(&key.0, slot).is_some_and(|slot| slot.kind == SlotKind::Money);
        let price = self.intent(&search)?.requests.iter().find(is_money)?;
        let of = entity_key(record);
        let told = self.view.turns().iter().any(|turn| match turn {
            Turn::Assistant(said) => {
                said.acts.iter().any(|act| act.of.as_ref() == Some(&of) && act.slot.as_ref() == Some(price))
            }
            _ => false,
        });
        // A question for it has its own answer.
        let answers = self.belief.requests.iter().any(|act| act.slot.as_ref() == Some(price));
        let tells = !told && !answers && self.rng.chance(TELLS_PRICE);
        tells.then(|| self.inform(&search, price, record)).flatten()
    }
}

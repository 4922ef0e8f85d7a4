//! Dialogue acts of the corpus as ours.

use goalconvo_core::{Act, ActKind, Value};
use serde_json::Value as Json;
use smol_str::SmolStr;

use super::normal::{Meaning, Speller};

/// Reads the acts of one dialogue, turn by turn.
pub(super) struct Acts<'a> {
    /// The dialogue.
    pub(super) place: &'a str,
    /// The domain that bookings are about: the last bookable one that came up.
    pub(super) about: &'static str,
    pub(super) speller: &'a mut Speller,
    /// Acts that were met and are unknown.
    pub(super) unknown: Vec<String>,
}

const DOMAINS: [&str; 7] = ["restaurant", "hotel", "train", "taxi", "attraction", "hospital", "police"];

impl Acts<'_> {
    /// The acts of one turn.
    pub(super) fn read(&mut self, annotation: &Json, user: bool) -> Vec<Act> {
        let mut acts = Vec::new();
        for (name, pairs) in annotation.as_object().into_iter().flatten() {
            let (domain, kind) = name.split_once('-').unwrap_or((name, ""));
            let domain = domain.to_lowercase();
            if let Some(known) = DOMAINS.into_iter().find(|known| *known == domain) {
                if matches!(known, "restaurant" | "hotel" | "train") {
                    self.about = known;
                }
                self.of_domain(known, kind, pairs, user, &mut acts);
            } else if domain == "booking" {
                self.of_domain(self.about, kind, pairs, user, &mut acts);
            } else if let Some(kind) = general(kind).filter(|_| domain == "general") {
                acts.push(Act::new(kind));
            } else {
                self.unknown.push(name.clone());
            }
        }
        acts
    }

    fn of_domain(&mut self, domain: &'static str, kind: &str, pairs: &Json, user: bool, acts: &mut Vec<Act>) {
        let Some(alone) = alone(kind, user) else {
            self.unknown.push(format!("{domain}-{kind}"));
            return;
        };
        let bookable = matches!(domain, "restaurant" | "hotel" | "train");
        let books = matches!(kind, "Book" | "NoBook" | "OfferBook" | "OfferBooked");
        let intent = if bookable && books {
            format!("book_{domain}")
        } else if domain == "taxi" {
            "book_taxi".to_owned()
        } else {
            format!("find_{domain}")
        };
        let frame = |kind: ActKind| Act::new(kind).about(&domain.into(), &SmolStr::new(&intent));
        // What happened is an act of its own; values beside it are informs.
        let happens = kind != "Inform"
            && matches!(alone, ActKind::Done | ActKind::NotDone | ActKind::NoMatch | ActKind::OfferIntent);
        let pairs: Vec<(&str, &str)> = pairs.as_array().into_iter().flatten().filter_map(pair).collect();
        if happens || pairs.is_empty() || pairs.iter().all(|(slot, _)| *slot == "none") {
            acts.push(frame(alone));
        }
        for (slot, value) in pairs.iter().filter(|(slot, _)| *slot != "none") {
            if *slot == "Choice" {
                acts.push(frame(ActKind::Count).value(Value::text(value)));
                continue;
            }
            let Some(ours) = slot_of(domain, slot) else {
                self.unknown.push(format!("{domain}-{kind} {slot}"));
                continue;
            };
            let act =
                frame(if happens { ActKind::Inform } else { with_slot(alone, ours) }).slot(&ours.into());
            acts.push(self.valued(act, domain, ours, value, user));
        }
    }

    fn valued(&mut self, act: Act, domain: &str, slot: &str, value: &str, user: bool) -> Act {
        if act.act == ActKind::Request || value == "?" {
            return act;
        }
        // The assistant's words for a value are not always one of the slot's: they are kept as they stand.
        if !user
            && !matches!(
                slot,
                "area"
                    | "pricerange"
                    | "name"
                    | "day"
                    | "people"
                    | "stay"
                    | "time"
                    | "leave_at"
                    | "arrive_by"
            )
        {
            return act.value(Value::text(value));
        }
        match self.speller.read(domain, slot, value, self.place) {
            Meaning::Value(value) => act.value(value),
            Meaning::DontCare => Act { act: ActKind::DontCare, ..act },
            Meaning::Absent => act,
        }
    }
}

fn pair(pair: &Json) -> Option<(&str, &str)> {
    Some((pair.get(0)?.as_str()?, pair.get(1)?.as_str()?))
}

/// The act when no slot is with it.
fn alone(kind: &str, user: bool) -> Option<ActKind> {
    Some(match kind {
        "Inform" if user => ActKind::Intend,
        "Inform" => ActKind::OfferIntent,
        "Request" => ActKind::Request,
        "Recommend" | "Select" => ActKind::Offer,
        "NoOffer" => ActKind::NoMatch,
        "Book" | "OfferBooked" => ActKind::Done,
        "NoBook" => ActKind::NotDone,
        "OfferBook" => ActKind::OfferIntent,
        _ => return None,
    })
}

/// The act when it carries this slot.
fn with_slot(alone: ActKind, slot: &str) -> ActKind {
    match alone {
        ActKind::Offer if slot == "name" || slot == "train_id" => ActKind::Offer,
        ActKind::Request => ActKind::Request,
        _ => ActKind::Inform,
    }
}

fn general(kind: &str) -> Option<ActKind> {
    Some(match kind {
        "bye" => ActKind::Bye,
        "greet" => ActKind::Greet,
        "reqmore" => ActKind::RequestMore,
        "thank" => ActKind::Thank,
        "welcome" => ActKind::Welcome,
        _ => return None,
    })
}

fn slot_of(domain: &str, slot: &str) -> Option<&'static str> {
    Some(match slot {
        "Area" => "area",
        "Food" => "food",
        "Price" => "pricerange",
        "Ticket" => "price",
        "Stars" => "stars",
        "Internet" => "internet",
        "Parking" => "parking",
        "Type" => "type",
        "Name" => "name",
        "Day" => "day",
        "Stay" => "stay",
        "People" => "people",
        "Time" if domain == "train" => "duration",
        "Time" => "time",
        "Ref" => "reference",
        "Post" => "postcode",
        "Addr" => "address",
        "Phone" => "phone",
        "Fee" => "entrance_fee",
        "Open" => "openhours",
        "Leave" => "leave_at",
        "Arrive" => "arrive_by",
        "Depart" => "departure",
        "Dest" => "destination",
        "Id" => "train_id",
        "Car" => "car",
        "Department" => "department",
        _ => return None,
    })
}

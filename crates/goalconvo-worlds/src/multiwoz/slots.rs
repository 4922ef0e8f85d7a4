//! What the corpus's slots are called here.

/// Our name for a slot of the goals, requests and belief states.
pub(super) fn slot_of(key: &str) -> Option<&'static str> {
    const SLOTS: [(&str, &str); 33] = [
        ("area", "area"),
        ("pricerange", "pricerange"),
        ("price range", "pricerange"),
        ("food", "food"),
        ("name", "name"),
        ("type", "type"),
        ("stars", "stars"),
        ("internet", "internet"),
        ("parking", "parking"),
        ("people", "people"),
        ("day", "day"),
        ("stay", "stay"),
        ("time", "time"),
        ("departure", "departure"),
        ("destination", "destination"),
        ("leaveAt", "leave_at"),
        ("arriveBy", "arrive_by"),
        ("duration", "duration"),
        ("price", "price"),
        ("trainID", "train_id"),
        ("phone", "phone"),
        ("postcode", "postcode"),
        ("address", "address"),
        ("entrance fee", "entrance_fee"),
        ("car type", "car"),
        ("taxi_types", "car"),
        ("taxi_phone", "phone"),
        ("department", "department"),
        ("openhours", "openhours"),
        ("open hours", "openhours"),
        ("reference", "reference"),
        ("id", "train_id"),
        ("ref", "reference"),
    ];
    SLOTS.iter().find(|(name, _)| *name == key).map(|(_, slot)| *slot)
}

//! Values near another one: who can't have a table at eight wants one at half past, not one at noon.

use goalconvo_core::{Slot, SlotKind, Value};

/// So many of the nearest are kept where the reach has fewer.
const LEAST: usize = 4;

/// Of these values those that are near a value, as the slot's kind has it; all of them where there is no near or far.
pub(super) fn nearest<'d>(slot: &Slot, value: &Value, others: Vec<&'d Value>) -> Vec<&'d Value> {
    let measured: Option<Vec<(i64, &Value)>> =
        others.iter().map(|other| Some((distance(slot, value, other)?, *other))).collect();
    let Some(mut measured) = measured else { return others };
    measured.sort();
    measured.dedup();
    let within = measured.iter().take_while(|(distance, _)| *distance <= reach(slot.kind)).count();
    measured.truncate(within.max(LEAST));
    measured.into_iter().map(|(_, other)| other).collect()
}

/// How far people go: minutes, days, or nothing beyond the nearest few.
fn reach(kind: SlotKind) -> i64 {
    match kind {
        SlotKind::Time => 150,
        SlotKind::Date => 4,
        SlotKind::Day => 2,
        _ => 0,
    }
}

/// How far apart two values are: minutes, days, hundredths; `None` for kinds that have no distance.
fn distance(slot: &Slot, a: &Value, b: &Value) -> Option<i64> {
    let apart = |measure: &dyn Fn(&Value) -> Option<i64>| Some((measure(a)? - measure(b)?).abs());
    match slot.kind {
        SlotKind::Time => apart(&|value| minutes(value.as_text()?)),
        SlotKind::Date => apart(&|value| days(value.as_text()?)),
        SlotKind::Day => {
            let week = i64::try_from(slot.values.len()).ok()?;
            let place = |value: &Value| slot.values.iter().position(|known| known == value);
            let apart = apart(&|value| i64::try_from(place(value)?).ok())?;
            Some(apart.min(week - apart))
        }
        SlotKind::Count | SlotKind::Number | SlotKind::Money | SlotKind::Duration => {
            apart(&|value| Some((value.as_number()? * 100.0) as i64))
        }
        _ => None,
    }
}

/// Minutes since midnight of `HH:MM`.
fn minutes(time: &str) -> Option<i64> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

/// Days of `YYYY-MM-DD` since the year nought (Hinnant, "chrono-compatible low-level date algorithms").
fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_cross_months_and_leap_years() {
        let apart = |a: &str, b: &str| days(b).zip(days(a)).map(|(b, a)| b - a);
        assert_eq!(apart("2026-11-30", "2026-12-01"), Some(1));
        assert_eq!(apart("2028-02-28", "2028-03-01"), Some(2));
        assert_eq!(apart("2026-12-31", "2027-01-01"), Some(1));
        assert_eq!(days("tomorrow"), None);
    }
}

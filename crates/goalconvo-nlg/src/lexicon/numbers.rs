//! Reads numbers and all that is made of them: counts, money, times, dates, durations.
//!
//! Every function looks at one place of the token list and says what stands there, if anything; which of several
//! readings is taken (the longest) is decided by the caller.

use goalconvo_core::{SlotKind, Value};
use smol_str::{SmolStr, format_smolstr};

use super::{Spot, Spots};
use crate::pack::{Form, Half, Values, hole};
use crate::token::{Kind, Token};
use crate::trie::Found;

/// A text while it is read.
pub(crate) struct Scan<'a> {
    pub(crate) values: &'a Values,
    /// Words that make a count of the number word before them, sorted: the domains' units and nouns.
    pub(crate) units: &'a [u64],
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
}

impl<'a> Scan<'a> {
    pub(crate) fn token(&self, at: usize) -> Option<&'a Token> {
        self.tokens.get(at)
    }

    pub(crate) fn str(&self, token: &Token) -> &'a str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    fn word(&self, at: usize) -> Option<u64> {
        self.token(at).filter(|token| token.kind == Kind::Word).map(|token| token.word)
    }

    fn is_mark(&self, at: usize, mark: &str) -> bool {
        self.token(at).is_some_and(|token| token.kind == Kind::Mark && self.str(token) == mark)
    }

    /// Whether token `at` follows the one before without a space.
    fn touches(&self, at: usize) -> bool {
        at > 0 && self.token(at - 1).zip(self.token(at)).is_some_and(|(a, b)| a.end == b.start)
    }

    fn digits(&self, at: usize) -> Option<&'a str> {
        self.token(at).filter(|token| token.kind == Kind::Digits).map(|token| self.str(token))
    }

    fn in_list(list: &[u64], word: Option<u64>) -> bool {
        word.is_some_and(|word| list.binary_search(&word).is_ok())
    }

    /// A number in words: "twenty-five", "two hundred", and the token after it.
    pub(crate) fn number_word(&self, at: usize) -> Option<(i64, usize)> {
        let word = self.word(at)?;
        if let Some(tens) = Values::look_up(&self.values.tens, word) {
            let next = if self.is_mark(at + 1, "-") { at + 2 } else { at + 1 };
            let unit = self.word(next).and_then(|word| Values::look_up(&self.values.numbers, word));
            return Some(match unit.filter(|n| (1..10).contains(n)) {
                Some(n) => (i64::from(tens + n), next + 1),
                None => (i64::from(tens), at + 1),
            });
        }
        let n = i64::from(Values::look_up(&self.values.numbers, word)?);
        match self.word(at + 1) {
            Some(word) if word == self.values.hundred && n > 0 => Some((n * 100, at + 2)),
            _ => Some((n, at + 1)),
        }
    }

    /// A number in digits with its separators: "1,029", "23.60".
    pub(crate) fn decimal(&self, at: usize) -> Option<(Value, usize)> {
        let mut whole = SmolStr::new(self.digits(at)?);
        let mut end = at + 1;
        while whole.len() <= 15 && self.is_mark(end, ",") && self.touches(end) && self.touches(end + 1) {
            let Some(group) = self.digits(end + 1).filter(|group| group.len() == 3) else { break };
            whole = format_smolstr!("{whole}{group}");
            end += 2;
        }
        if self.is_mark(end, ".")
            && self.touches(end)
            && self.touches(end + 1)
            && let Some(cents) = self.digits(end + 1)
        {
            let number: f64 = format_smolstr!("{whole}.{cents}").parse().ok()?;
            let value = if number.fract() == 0.0 { Value::Int(number as i64) } else { Value::Float(number) };
            return Some((value, end + 2));
        }
        Some((whole.parse().map_or_else(|_| Value::Text(whole.clone()), Value::Int), end))
    }

    /// Reads a hole of a time or date form.
    pub(crate) fn hole(&self, which: u8, at: usize) -> Option<usize> {
        let small = |limit: i64| {
            let digits = self.digits(at).filter(|digits| digits.len() <= 2)?;
            digits.parse::<i64>().ok().filter(|n| *n <= limit).map(|_| at + 1)
        };
        let in_words = |low: i64, high: i64| {
            self.number_word(at).filter(|(n, _)| (low..=high).contains(n)).map(|(_, end)| end)
        };
        match which {
            // Timetables count on past midnight: 24:30.
            hole::H24 => small(29),
            hole::H12 => small(12),
            hole::HOUR => small(24).or_else(|| in_words(1, 12)),
            hole::MM => self.digits(at).filter(|digits| digits.len() == 2).and_then(|_| small(59)),
            hole::MINUTE => small(59).or_else(|| in_words(1, 59)),
            hole::DAY | hole::ORDINAL => self.day_of_month(at).map(|(_, end)| end),
            hole::MONTH => self.month(at).map(|_| at + 1),
            hole::YEAR => self.year(at).map(|_| at + 1),
            _ => small(99),
        }
    }

    fn month(&self, at: usize) -> Option<u32> {
        Values::look_up(&self.values.months, self.word(at)?)
    }

    fn year(&self, at: usize) -> Option<i64> {
        self.digits(at)
            .filter(|digits| digits.len() == 4)?
            .parse()
            .ok()
            .filter(|year| (1900..2100).contains(year))
    }

    fn day_of_month(&self, at: usize) -> Option<(i64, usize)> {
        if let Some(digits) = self.digits(at) {
            let day = digits.parse().ok().filter(|day| digits.len() <= 2 && (1..=31).contains(day))?;
            let suffix =
                self.touches(at + 1) && Self::in_list(&self.values.ordinal_suffixes, self.word(at + 1));
            return Some((day, at + 1 + usize::from(suffix)));
        }
        let rest = self.tokens.get(at..)?;
        let first = rest.first()?.word;
        let fits = |words: &[u64]| {
            words.len() <= rest.len() && words.iter().zip(rest).all(|(word, token)| *word == token.word)
        };
        let (words, day) = self
            .values
            .ordinals_from(first)
            .iter()
            .filter(|(words, _)| fits(words))
            .max_by_key(|(words, _)| words.len())?;
        Some((i64::from(*day), at + words.len()))
    }

    /// What a time or date form that fits tokens `at..found.end` means.
    pub(crate) fn form(&self, found: Found, at: usize, years: [i64; 2]) -> Option<Spot> {
        let form = self.values.forms.get(found.payload as usize)?;
        let (values, kind) = if form.is_date {
            (self.date(at, found.end, years)?, SlotKind::Date)
        } else {
            (self.time(form, at, found.end)?, SlotKind::Time)
        };
        Some(Spot::new(at, found.end, values, kind))
    }

    fn time(&self, form: &Form, at: usize, end: usize) -> Option<Vec<Value>> {
        let mut numbers = [None; 2];
        let mut next = at;
        let mut leading_zero = false;
        let mut long_hour = false;
        while next < end {
            let digits = self.digits(next).and_then(|digits| Some((digits.parse::<i64>().ok()?, next + 1)));
            let Some((n, after)) = digits.or_else(|| self.number_word(next)) else {
                next += 1;
                continue;
            };
            if numbers[0].is_none() {
                long_hour = self.digits(next).is_some_and(|digits| digits.len() == 2);
                leading_zero = self.digits(next).is_some_and(|digits| digits.starts_with('0'));
                numbers[0] = Some(n);
            } else {
                numbers[1] = Some(n);
            }
            next = after;
        }
        let minute_first =
            form.say.find("{minute}") < form.say.find("{hour}") && form.say.contains("{minute}");
        let (hour, minute) =
            if minute_first { (numbers[1]?, numbers[0]?) } else { (numbers[0]?, numbers[1].unwrap_or(0)) };
        let past = if minute_first { minute } else { 0 } + form.add;
        let shift = if form.to { -past } else { past };
        let base = if minute_first { 0 } else { minute };
        let exact = form.half.is_none()
            && (hour > 12 || leading_zero || (long_hour && form.say.starts_with("{h24}")));
        let halves: &[i64] = match form.half {
            _ if exact => &[0],
            Some(Half::Am) => &[0],
            Some(Half::Pm) => &[12],
            None => &[0, 12],
        };
        if hour > 23 && form.say.starts_with("{h24}") {
            return Some(vec![
                Value::Text(format_smolstr!("{hour:02}:{minute:02}")),
                clock(hour * 60 + minute),
            ]);
        }
        let hours = halves.iter().map(|half| if exact || hour > 12 { hour } else { hour % 12 + half });
        Some(hours.map(|hour| clock(hour * 60 + base + shift)).collect())
    }

    fn date(&self, at: usize, end: usize, years: [i64; 2]) -> Option<Vec<Value>> {
        let (mut day, mut month, mut year) = (None, None, None);
        let mut next = at;
        while next < end {
            if let Some(found) = self.year(next) {
                year = Some(found);
            } else if let Some(found) = self.month(next) {
                month = Some(i64::from(found));
            } else if let (Some(_), None, Some(digits)) = (year, month, self.digits(next)) {
                month = digits.parse().ok();
            } else if let Some((found, after)) = self.day_of_month(next) {
                day = Some(found);
                next = after;
                continue;
            }
            next += 1;
        }
        let (day, month) = (day?, month.filter(|month| (1..=12).contains(month))?);
        // Where dates go back for long, a day without its year is one of late: a birthday is no date of birth.
        let recent = if years[1] - years[0] > LONG { [years[1] - 1, years[1]] } else { years };
        let [first, last] = year.map_or(recent, |year| [year, year]);
        Some((first..=last).map(|year| Value::Text(format_smolstr!("{year}-{month:02}-{day:02}"))).collect())
    }

    /// Money, a duration, a count or a plain number; every digit group is at least a number.
    pub(crate) fn number(&self, at: usize, spots: &mut Spots) {
        if let Some(spot) = self.money(at) {
            spots.offer(spot);
        }
        let digits = self.decimal(at);
        let Some((value, end)) =
            digits.clone().or_else(|| self.number_word(at).map(|(n, end)| (Value::Int(n), end)))
        else {
            return;
        };
        if let Some(spot) = self.duration(at, &value, end) {
            spots.offer(spot);
        }
        let unit =
            Self::in_list(&self.values.units, self.word(end)) || Self::in_list(self.units, self.word(end));
        if unit && self.token(end).is_some_and(|token| !token.glued) {
            spots.offer(Spot::new(at, end + 1, vec![value.clone()], SlotKind::Count));
        }
        if digits.is_some() {
            spots.offer(Spot::new(at, end, self.bare_number(at, end, value), SlotKind::Number));
        } else if self.cued(at) || self.unit_near(end) {
            spots.offer(Spot::new(at, end, vec![value], SlotKind::Count));
        }
    }

    /// A number below zero: a dash that touches the digits behind it and nothing before it.
    pub(crate) fn below_zero(&self, at: usize) -> Option<Spot> {
        let alone = self.is_mark(at, "-") && !self.touches(at) && self.touches(at + 1);
        let (value, end) = self.decimal(at + 1).filter(|_| alone)?;
        let value = match value {
            Value::Int(number) => Value::Int(number.checked_neg()?),
            Value::Float(number) => Value::Float(-number),
            _ => return None,
        };
        Some(Spot::new(at, end, vec![value], SlotKind::Number))
    }

    /// What a number without a unit may mean: itself, the text it is, and an hour after "at".
    fn bare_number(&self, at: usize, end: usize, value: Value) -> Vec<Value> {
        let mut values = vec![value];
        if let Some(digits) = self.digits(at).filter(|_| end == at + 1) {
            values.push(Value::text(digits));
            let hour = digits.parse::<i64>().ok().filter(|hour| digits.len() <= 2 && *hour <= 24);
            let cued = at > 0 && Self::in_list(&self.values.hour_cues, self.word(at - 1));
            if let Some(hour) = hour.filter(|_| cued) {
                values.push(clock(hour * 60));
                if hour <= 12 {
                    values.push(clock(hour % 12 * 60 + 720));
                }
            }
        }
        values
    }

    /// Whether words before a number word make it a count: "party of", "table for".
    fn cued(&self, at: usize) -> bool {
        self.values.before.iter().any(|words| {
            at >= words.len()
                && self
                    .tokens
                    .get(at - words.len()..at)
                    .is_some_and(|before| before.iter().zip(words).all(|(token, word)| token.word == *word))
        })
    }

    /// Whether a unit stands up to two words further on: "nine expensive Chinese restaurants".
    fn unit_near(&self, end: usize) -> bool {
        (end..end + 3)
            .take_while(|next| self.word(*next).is_some())
            .any(|next| Self::in_list(self.units, self.word(next)))
    }

    fn money(&self, at: usize) -> Option<Spot> {
        let token = self.token(at)?;
        if token.kind == Kind::Mark && Self::in_list(&self.values.symbol_words, Some(token.word)) {
            let (value, end) = self.decimal(at + 1)?;
            return Some(Spot::new(at, end, vec![value], SlotKind::Money));
        }
        let (value, end) =
            self.decimal(at).or_else(|| self.number_word(at).map(|(n, end)| (Value::Int(n), end)))?;
        Self::in_list(&self.values.money_units, self.word(end))
            .then(|| Spot::new(at, end + 1, vec![value], SlotKind::Money))
    }

    fn duration(&self, at: usize, value: &Value, end: usize) -> Option<Spot> {
        let n = match value {
            Value::Int(n) => *n,
            _ => return None,
        };
        let unit = self.word(end);
        if Self::in_list(&self.values.duration_minutes, unit) {
            return Some(Spot::new(at, end + 1, vec![Value::Int(n)], SlotKind::Duration));
        }
        if !Self::in_list(&self.values.duration_hours, unit) {
            return None;
        }
        let next = if self.word(end + 1) == Some(self.values.and) { end + 2 } else { end + 1 };
        let minutes =
            self.decimal(next).or_else(|| self.number_word(next).map(|(n, end)| (Value::Int(n), end)));
        match minutes {
            Some((Value::Int(m), after))
                if Self::in_list(&self.values.duration_minutes, self.word(after)) =>
            {
                Some(Spot::new(at, after + 1, vec![Value::Int(n * 60 + m)], SlotKind::Duration))
            }
            _ => Some(Spot::new(at, end + 1, vec![Value::Int(n * 60), Value::Int(n)], SlotKind::Duration)),
        }
    }

    /// Days of the week, noon, and whole phrases that are a count or a duration.
    pub(crate) fn words(&self, at: usize, spots: &mut Spots) {
        let Some(word) = self.word(at) else { return };
        if let Some((_, day)) = self.values.days.iter().find(|(known, _)| *known == word) {
            spots.offer(Spot::new(at, at + 1, vec![Value::Text(day.clone())], SlotKind::Day));
        }
        if let Some((_, time)) = self.values.time_words.iter().find(|(known, _)| *known == word) {
            spots.offer(Spot::new(at, at + 1, vec![Value::Text(time.clone())], SlotKind::Time));
        }
        let phrases = [
            (&self.values.number_phrases, SlotKind::Count),
            (&self.values.duration_phrases, SlotKind::Duration),
        ];
        for (list, kind) in phrases {
            let fits = |words: &[u64]| {
                words.first() == Some(&word)
                    && self.tokens.get(at..at + words.len()).is_some_and(|tokens| {
                        tokens.iter().zip(words).all(|(token, word)| token.word == *word)
                    })
            };
            if let Some((words, n)) = list.iter().find(|(words, _)| fits(words)) {
                spots.offer(Spot::new(at, at + words.len(), vec![Value::Int(*n)], kind));
            }
        }
    }
}

/// Years over which nobody leaves the year to be guessed.
const LONG: i64 = 10;

/// Minutes since midnight as `HH:MM`, around the clock.
fn clock(minutes: i64) -> Value {
    let minutes = minutes.rem_euclid(24 * 60);
    Value::Text(format_smolstr!("{:02}:{:02}", minutes / 60, minutes % 60))
}

//! Distinct-n for all n at once. Tokens become small numbers, the last few tokens at each place one number, and those are
//! sorted: n-grams that are equal then lie side by side, so that one pass over neighbours counts them for every n.

use super::ngrams::NgramCounts;
use crate::text::Tokens;

/// Distinct-n of many units (token hashes), n-grams within units; none when there is no n-gram.
#[must_use]
pub fn distinct(units: &[Vec<u64>], n: usize) -> Option<f64> {
    distinct_of_units(units, n).pop().flatten()
}

/// Distinct-n over the first utterances that together hold `budget` tokens, the last one whole, for each n from 1 to
/// `most`; none when the text is shorter than the budget, 0 when it holds no n-gram.
#[must_use]
pub fn distinct_at(utterances: &[Vec<u64>], budget: usize, most: usize) -> Option<Vec<f64>> {
    let mut spent = 0;
    let within = utterances.iter().position(|tokens| {
        spent += tokens.len();
        spent >= budget
    })?;
    let shares = distinct_of_units(&utterances[..=within], most);
    Some(shares.into_iter().map(|share| share.unwrap_or(0.0)).collect())
}

/// Distinct-n of many units (token hashes) for each n from 1 to `most`.
#[must_use]
pub fn distinct_of_units(units: &[Vec<u64>], most: usize) -> Vec<Option<f64>> {
    let mut numbered = Numbered::new(most);
    for unit in units {
        unit.iter().for_each(|&token| numbered.push(token));
        numbered.end_unit();
    }
    numbered.distinct().unwrap_or_else(|| by_counting(units, most))
}

/// [`distinct_of_units`] of texts.
#[must_use]
pub fn distinct_up_to<'a>(
    texts: impl IntoIterator<Item = &'a str> + Clone,
    tokens: Tokens,
    most: usize,
) -> Vec<Option<f64>> {
    let (mut numbered, mut lower) = (Numbered::new(most), String::new());
    for text in texts.clone() {
        tokens.each_hash(text, &mut lower, |token| numbered.push(token));
        numbered.end_unit();
    }
    let counted = || {
        let units: Vec<Vec<u64>> = texts.into_iter().map(|text| tokens.hashes(text)).collect();
        by_counting(&units, most)
    };
    numbered.distinct().unwrap_or_else(counted)
}

/// The same by a table of counts for each n: for vocabularies that do not fit.
fn by_counting(units: &[Vec<u64>], most: usize) -> Vec<Option<f64>> {
    let of = |n| {
        let mut counts = NgramCounts::new(n);
        units.iter().for_each(|unit| counts.push(unit));
        counts.distinct()
    };
    (1..=most).map(of).collect()
}

/// At each token of the units the last `most` tokens as one number of `bits` each, the token itself highest, zeros for
/// what would lie before the unit.
struct Numbered {
    places: Vec<u64>,
    recent: u64,
    most: usize,
    bits: u32,
    vocabulary: Vocabulary,
}

impl Numbered {
    fn new(most: usize) -> Self {
        // 63 for a single token, since all 64 cannot be shifted out.
        let bits = (64 / most.max(1) as u32).min(63);
        Self { places: Vec::new(), recent: 0, most, bits, vocabulary: Vocabulary::default() }
    }

    fn push(&mut self, token: u64) {
        let number = u64::from(self.vocabulary.number(token));
        self.recent = number << self.highest() | self.recent >> self.bits;
        self.places.push(self.recent);
    }

    fn end_unit(&mut self) {
        self.recent = 0;
    }

    /// The bit at which the token itself starts.
    fn highest(&self) -> u32 {
        self.bits * (self.most.max(1) as u32 - 1)
    }

    /// None where the vocabulary is too large for `most` tokens in one number, or none are asked for.
    fn distinct(&self) -> Option<Vec<Option<f64>>> {
        let fits = self.most > 0 && self.vocabulary.len() >> self.bits == 0;
        fits.then(|| shares(&self.in_order(), self.bits, self.most))
    }

    /// Places in order: dealt out by the token itself, then sorted among those that share it. Most tokens are
    /// rare, so that these are short.
    fn in_order(&self) -> Vec<u64> {
        let highest = self.highest();
        let last = |place: u64| (place >> highest) as usize;
        let mut ends = vec![0_usize; self.vocabulary.len() + 2];
        for &place in &self.places {
            ends[last(place) + 1] += 1;
        }
        (1..ends.len()).for_each(|token| ends[token] += ends[token - 1]);
        let mut sorted = vec![0; self.places.len()];
        for &place in &self.places {
            let end = &mut ends[last(place)];
            sorted[*end] = place;
            *end += 1;
        }
        let mut rest = sorted.as_mut_slice();
        for same in ends.windows(2) {
            let (own, others) = rest.split_at_mut(same[1] - same[0]);
            own.sort_unstable();
            rest = others;
        }
        sorted
    }
}

/// From places in order: a place holds an n-gram when it has n tokens before its first zero, and the n-gram is a new one
/// when it has fewer than n in common with the place before it.
fn shares(places: &[u64], bits: u32, most: usize) -> Vec<Option<f64>> {
    let spare = 64 - bits * most as u32;
    // How many whole tokens so many bits are: a look-up in place of a division.
    let whole: [usize; 65] = std::array::from_fn(|count| (count as u32 / bits.max(1)) as usize);
    let side = most + 1;
    let mut cells = vec![0_u64; side * side];
    let mut before = 0;
    for &place in places {
        let common = whole[((place ^ before).leading_zeros() - spare) as usize].min(most);
        let length = most - whole[place.trailing_zeros() as usize].min(most);
        cells[common * side + length] += 1;
        before = place;
    }
    let share = |n: usize| {
        let holding = |common: usize| cells[common * side + n..(common + 1) * side].iter().sum::<u64>();
        let total: u64 = (0..=most).map(holding).sum();
        let new: u64 = (0..n).map(holding).sum();
        (total > 0).then(|| new as f64 / total as f64)
    };
    (1..=most).map(share).collect()
}

/// Token hashes with the order in which they first came, from 1: open addressing, at most half full. The hash 0 is taken
/// for 1.
#[derive(Default)]
struct Vocabulary {
    slots: Vec<(u64, u32)>,
    used: u32,
}

impl Vocabulary {
    const SMALLEST: usize = 1024;

    fn len(&self) -> usize {
        self.used as usize
    }

    fn number(&mut self, token: u64) -> u32 {
        if 2 * (self.len() + 1) > self.slots.len() {
            self.grow();
        }
        let token = token.max(1);
        let at = slot(&self.slots, token);
        let (known, number) = &mut self.slots[at];
        if *known == 0 {
            self.used += 1;
            (*known, *number) = (token, self.used);
        }
        *number
    }

    fn grow(&mut self) {
        let mut slots = vec![(0, 0); (4 * self.slots.len()).max(Self::SMALLEST)];
        for &(token, number) in self.slots.iter().filter(|(token, _)| *token != 0) {
            let at = slot(&slots, token);
            slots[at] = (token, number);
        }
        self.slots = slots;
    }
}

/// The slot that holds the token, or the free one where it belongs.
fn slot(slots: &[(u64, u32)], token: u64) -> usize {
    let mask = slots.len() - 1;
    let mut at = token as usize & mask;
    while slots[at].0 != 0 && slots[at].0 != token {
        at = (at + 1) & mask;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units of made-up tokens, few of them often.
    fn units(count: u64, longest: u64, vocabulary: u64) -> Vec<Vec<u64>> {
        let mut state = 88_172_645_463_325_252_u64;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) % below
        };
        let mut unit = || {
            let length = draw(longest + 1);
            (0..length)
                .map(|_| draw(vocabulary).min(draw(vocabulary)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .collect()
        };
        (0..count).map(|_| unit()).collect()
    }

    #[test]
    fn sorting_places_counts_as_tables_do() {
        for (count, longest, vocabulary) in [
            (0, 0, 1),
            (1, 0, 1),
            (1, 1, 1),
            (3, 2, 2),
            (50, 9, 1),
            (400, 6, 3),
            (300, 20, 60),
            (2000, 15, 5000),
        ] {
            let units = units(count, longest, vocabulary);
            for most in 0..=6 {
                let what = format!("{count} units, {vocabulary} words, up to {most}");
                assert_eq!(distinct_of_units(&units, most), by_counting(&units, most), "{what}");
            }
        }
    }

    #[test]
    fn a_vocabulary_that_does_not_fit_is_counted_all_the_same() {
        let units = units(200, 400, 60_000);
        let sixth = |shares: Vec<Option<f64>>| shares[5];
        assert_eq!(sixth(distinct_of_units(&units, 6)), sixth(by_counting(&units, 6)));
        let mut numbered = Numbered::new(6);
        units.iter().flatten().for_each(|&token| numbered.push(token));
        assert!(numbered.distinct().is_none() && Numbered::new(4).distinct().is_some());
    }
}

//! Tokens and n-grams as 64-bit hashes, so that counting a million dialogues costs eight bytes a distinct n-gram.
//!
//! The hash is fixed (same value on any machine). Two different n-grams share one with a chance of about
//! `k² / 2⁶⁵` for `k` distinct ones: one in ten thousand for a hundred million.

const MULTIPLIERS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

/// The hash of a piece of text.
#[must_use]
pub fn hash_text(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// The hash of a piece of text given as its bytes.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = MULTIPLIERS[0] ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), MULTIPLIERS[1]);
    }
    fold(state ^ short_word(rest), MULTIPLIERS[0])
}

/// [`hash_bytes`] of fewer than eight bytes that are the lowest of a number whose other bytes are 0.
pub(super) fn hash_short(word: u64, length: usize) -> u64 {
    fold(MULTIPLIERS[0] ^ length as u64 ^ word, MULTIPLIERS[0])
}

/// Fewer than eight bytes as a number, the first the lowest: two loads that may overlap in place of a loop, since most
/// tokens are this short.
fn short_word(bytes: &[u8]) -> u64 {
    let shift = |half: usize| 8 * (bytes.len() - half) as u32;
    if let (Some(low), Some(high)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*low)) | u64::from(u32::from_le_bytes(*high)) << shift(4);
    }
    if let (Some(low), Some(high)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        return u64::from(u16::from_le_bytes(*low)) | u64::from(u16::from_le_bytes(*high)) << shift(2);
    }
    bytes.first().map_or(0, |&byte| u64::from(byte))
}

/// The hashes of tokens, in order.
pub fn token_hashes<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
    tokens.into_iter().map(hash_text).collect()
}

/// The hash of each n-gram of `tokens`, in order; none when there are fewer than `n` tokens.
pub fn ngram_hashes(tokens: &[u64], n: usize) -> impl Iterator<Item = u64> + '_ {
    tokens.windows(n.max(1)).map(move |gram| if n == 1 { gram[0] } else { hash_sequence(gram) })
}

/// The hash of a sequence of values, order-sensitive.
pub(crate) fn hash_sequence(values: &[u64]) -> u64 {
    values.iter().fold(values.len() as u64, |state, &value| hash_pair(state, value))
}

/// The hash of what came before and one value more. Of two values by themselves it is the same in either order: a
/// sequence starts with something else, such as its length.
pub(crate) fn hash_pair(state: u64, value: u64) -> u64 {
    fold(state ^ value, MULTIPLIERS[0]) ^ MULTIPLIERS[1]
}

/// 64 × 64 to 128 bits, both halves kept: one instruction, and every input bit reaches every output bit.
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ MULTIPLIERS[1]) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::{fold, hash_text, short_word};

    #[test]
    fn short_words_are_zero_padded_numbers_and_hashes_stay_what_they_were() {
        for length in 0..8 {
            let bytes: Vec<u8> = (1..=length).collect();
            let mut padded = [0; 8];
            padded[..bytes.len()].copy_from_slice(&bytes);
            assert_eq!(short_word(&bytes), u64::from_le_bytes(padded), "{length}");
            assert_eq!(super::hash_bytes(&bytes), super::hash_short(u64::from_le_bytes(padded), bytes.len()));
        }
        let state = super::MULTIPLIERS[0] ^ 2;
        assert_eq!(hash_text("ab"), fold(state ^ 0x6261, super::MULTIPLIERS[0]));
    }
}

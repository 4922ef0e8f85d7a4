//! How many syllables an English word has, about: its groups of vowels, corrected for short words with a silent ending
//! and for vowels that meet without merging.
//!
//! That vowel groups come near is old lore (Flesch counted them by hand in 1948). The corrections are rules of thumb in
//! our own words; they were settled by what sdialog's readability scores show of its counts, which correct whole short
//! words, and words by their beginning, and nothing else.

/// Vowel groups, corrected, at least one.
pub(super) fn syllables(word: &str) -> usize {
    let is_vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let groups = word.split(|c| !is_vowel(c)).filter(|group| !group.is_empty()).count();
    let letters: Vec<char> = word.chars().collect();
    (groups + parted_vowels(&letters)).saturating_sub(silent_endings(&letters)).max(1)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn is_consonant(c: char) -> bool {
    c.is_ascii_lowercase() && !is_vowel(c) && c != 'y'
}

/// Endings of short words that are written as a syllable and spoken as none: like, once, used, sales, rely.
fn silent_endings(letters: &[char]) -> usize {
    let silent = match letters {
        [_, 'a', end, 'e'] => is_consonant(*end) && !matches!(end, 'f' | 'h' | 'j' | 'q' | 'x'),
        [_, 'i', end, 'e'] => is_consonant(*end) && !matches!(end, 'g' | 'h' | 'j' | 'q' | 'w' | 'x'),
        [_, 'o', end, 'e'] => {
            is_consonant(*end) && !matches!(end, 'c' | 'f' | 'g' | 'h' | 'j' | 'q' | 'w' | 'x' | 'z')
        }
        [_, 'u', end, 'e'] => {
            is_consonant(*end) && !matches!(end, 'f' | 'h' | 'j' | 'q' | 'v' | 'w' | 'x' | 'z')
        }
        [_, 'r', 'c' | 'd' | 's', 'e'] | [_, 'g', 'u', 'e'] | [_, 'o', 'q', 'u', 'e'] => true,
        [_, 'a' | 'e' | 'o', 's', 'q', 'u', 'e'] | [_, 'g', 'g', 'e', 'd'] => true,
        [_, 'e' | 'y', end, 'e'] => matches!(end, 's' | 'z'),
        [_, 'n', 'c', 'e'] | [_, 'c', 'h', 'e'] | [_, 's', 't' | 's', 'e'] | [_, 'w', 'e'] => true,
        [_, 'a', 't', 'h', 'e'] => true,
        [_, before, 'e', 'd'] => matches!(before, 'c' | 'k' | 'm' | 'n' | 'r' | 's' | 'v' | 'w' | 'z'),
        [_, 'a', 'g' | 'l' | 'p' | 'z', 'e', 'd'] | [_, 'i', 'p', 'e', 'd'] | [_, 'u', 'l', 'e', 'd'] => true,
        [_, 'p', 'p', 'e', 'd'] | [_, 's', 's', 'e', 'd'] | [_, 'c', 'h', 'e', 'd'] => true,
        [_, 'a' | 'i' | 'u', 's', 'h', 'e', 'd'] => true,
        [_, before, 'e', 's'] => matches!(before, 'd' | 'k' | 'm' | 'n' | 'p' | 'r' | 't' | 'v' | 'w'),
        [_, 'a' | 'u' | 'r', 'l', 'e', 's'] => true,
        [_, 'e' | 'i', 'l', 'y'] => true,
        ['e', 'r', 'e'] | ['s', 'i', 'a'] | ['i', 'o', 'n', ..] | ['t', 'i', 'a', ..] => true,
        ['p', 'r', 'i', 'e', 's', 't', ..] => true,
        _ => false,
    };
    usize::from(silent)
}

/// Vowels side by side that are spoken apart: dying, nearest, client, dual; and the Mac that is written Mc.
fn parted_vowels(letters: &[char]) -> usize {
    let beginning = match letters {
        ['m', 'c', ..] => 2,
        [_, 'y', 'i', 'n', 'g'] => 1,
        [_, 'e', 'a', 'r', 'e', 's', 't', ..] | [_, 'a', 'r', 'e', 'r', ..] => 1,
        [_, 'a', 'r', 'e', 's', 's', ..] => 1,
        [first, 'l', 'i', 'e', 'n', ..] if *first != 'l' => 1,
        [first, 'u', 'a', next, ..] if !matches!(first, 'g' | 'q') && !is_vowel(*next) => 1,
        _ => 0,
    };
    let in_a_row = letters.len() >= 3 && letters.iter().take(3).all(|c| is_vowel(*c));
    let after_i = matches!(letters, ['i', next, ..] if matches!(next, 'a' | 'i' | 'o' | 'u'));
    beginning + usize::from(in_a_row) + usize::from(after_i)
}

#[cfg(test)]
mod tests {
    use super::syllables;

    #[test]
    fn short_words_lose_silent_endings_and_parted_vowels_count_twice() {
        let words =
            "a like once used sales rely safe table hotel dying nearest client dual ion mcdonald doze Basque";
        let counts: Vec<usize> = words.split(' ').map(syllables).collect();
        assert_eq!(counts, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 2, 2, 1, 4, 2, 1]);
    }
}

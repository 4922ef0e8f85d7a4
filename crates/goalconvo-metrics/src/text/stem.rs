//! Porter's stemmer (Porter 1980) with NLTK's extensions, as rouge-score uses it.

/// What stands for a letter that is not ASCII while its word is stemmed: some consonant that no rule names.
const FOREIGN: char = '\u{1}';

/// The stem of a lower-case word. Letters that are not ASCII count as consonants.
#[must_use]
pub fn porter_stem(word: &str) -> String {
    if word.is_ascii() || word.contains(FOREIGN) {
        return ascii_stem(word);
    }
    let masked: String = word.chars().map(|c| if c.is_ascii() { c } else { FOREIGN }).collect();
    let mut letters = word.chars().filter(|c| !c.is_ascii());
    let back = |c| if c == FOREIGN { letters.next().unwrap_or(c) } else { c };
    ascii_stem(&masked).chars().map(back).collect()
}

fn ascii_stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*stem).to_owned();
    }
    if word.chars().count() <= 2 {
        return word.to_owned();
    }
    let word = step_plural(word.to_owned());
    let word = step_past(word);
    let word = step_y(word);
    let word = step_double_suffix(word);
    let word = by_rules(word, &STEP3, |stem| measure(stem) > 0);
    let word = step_single_suffix(word);
    step_tidy(word)
}

const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

type Rule = (&'static str, &'static str);

const STEP2: [Rule; 21] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const STEP3: [Rule; 7] = [
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP4: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
];

/// The first rule whose suffix fits decides, whether or not its condition holds.
fn by_rules(word: String, rules: &[Rule], holds: impl Fn(&str) -> bool) -> String {
    for (suffix, replacement) in rules {
        if let Some(stem) = word.strip_suffix(suffix) {
            return if holds(stem) { format!("{stem}{replacement}") } else { word };
        }
    }
    word
}

fn step_plural(word: String) -> String {
    if word.ends_with("ies") && word.len() == 4 {
        return word[..word.len() - 1].to_owned();
    }
    by_rules(word, &[("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")], |_| true)
}

fn step_past(word: String) -> String {
    if let Some(stem) = word.strip_suffix("ied") {
        return format!("{stem}{}", if word.len() == 4 { "ie" } else { "i" });
    }
    if let Some(stem) = word.strip_suffix("eed") {
        return if measure(stem) > 0 { format!("{stem}ee") } else { word };
    }
    let bare =
        ["ed", "ing"].iter().find_map(|suffix| word.strip_suffix(suffix).filter(|stem| has_vowel(stem)));
    match bare {
        Some(stem) => restored(stem),
        None => word,
    }
}

/// Gives back the `e`, or takes a doubled consonant away, once `ed` or `ing` is gone.
fn restored(stem: &str) -> String {
    if stem.ends_with("at") || stem.ends_with("bl") || stem.ends_with("iz") {
        return format!("{stem}e");
    }
    let bytes = stem.as_bytes();
    if ends_double_consonant(bytes) {
        let last = bytes[bytes.len() - 1];
        return if matches!(last, b'l' | b's' | b'z') {
            stem.to_owned()
        } else {
            stem[..stem.len() - 1].to_owned()
        };
    }
    if measure(stem) == 1 && ends_cvc(bytes) { format!("{stem}e") } else { stem.to_owned() }
}

fn step_y(word: String) -> String {
    match word.strip_suffix('y') {
        Some(stem) if stem.len() > 1 && consonants(stem.as_bytes()).last() == Some(&true) => {
            format!("{stem}i")
        }
        _ => word,
    }
}

fn step_double_suffix(word: String) -> String {
    if let Some(stem) = word.strip_suffix("alli").filter(|stem| measure(stem) > 0) {
        return step_double_suffix(format!("{stem}al"));
    }
    if STEP2.iter().any(|(suffix, _)| word.ends_with(suffix)) {
        return by_rules(word, &STEP2, |stem| measure(stem) > 0);
    }
    match word.strip_suffix("logi") {
        // The `l` counts with the stem here.
        Some(stem) if measure(&word[..word.len() - 3]) > 0 => format!("{stem}log"),
        _ => word,
    }
}

fn step_single_suffix(word: String) -> String {
    for suffix in STEP4 {
        if let Some(stem) = word.strip_suffix(suffix) {
            let fits = suffix != "ion" || stem.ends_with(['s', 't']);
            return if fits && measure(stem) > 1 { stem.to_owned() } else { word };
        }
    }
    word
}

fn step_tidy(mut word: String) -> String {
    if let Some(stem) = word.strip_suffix('e') {
        let m = measure(stem);
        if m > 1 || (m == 1 && !ends_cvc(stem.as_bytes())) {
            word = stem.to_owned();
        }
    }
    if word.ends_with("ll") && measure(&word[..word.len() - 1]) > 1 {
        word.pop();
    }
    word
}

/// For each byte whether it is a consonant; `y` is one at the start and after a vowel.
fn consonants(word: &[u8]) -> Vec<bool> {
    let mut flags: Vec<bool> = Vec::with_capacity(word.len());
    for &b in word {
        let flag = match b {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => flags.last().is_none_or(|before| !before),
            _ => true,
        };
        flags.push(flag);
    }
    flags
}

/// Porter's measure: how often a vowel is followed by a consonant.
fn measure(stem: &str) -> usize {
    consonants(stem.as_bytes()).windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn has_vowel(stem: &str) -> bool {
    consonants(stem.as_bytes()).contains(&false)
}

fn ends_double_consonant(word: &[u8]) -> bool {
    let n = word.len();
    n >= 2 && word[n - 1] == word[n - 2] && consonants(word)[n - 1]
}

fn ends_cvc(word: &[u8]) -> bool {
    let flags = consonants(word);
    match flags[..] {
        [false, true] => true,
        [.., true, false, true] => !matches!(word[word.len() - 1], b'w' | b'x' | b'y'),
        _ => false,
    }
}

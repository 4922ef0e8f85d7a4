//! Patterns of personal data, secrets and profanity. Where a kind has a checksum, the checksum decides.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::text::pattern::pattern;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SafetyKind {
    /// An e-mail address.
    Email,
    /// A telephone number. Those of venues are found too: compare with the reference corpus.
    Phone,
    /// A payment card number (Luhn's checksum holds).
    PaymentCard,
    /// A bank account number (IBAN, its checksum holds).
    BankAccount,
    /// A social security number of the United States.
    SocialSecurity,
    /// An IP address.
    IpAddress,
    /// An API key, a token or a private key.
    Secret,
    /// A swear word, a slur or an insult, as a whole word.
    Profanity,
}

impl SafetyKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Email,
        Self::Phone,
        Self::PaymentCard,
        Self::BankAccount,
        Self::SocialSecurity,
        Self::IpAddress,
        Self::Secret,
        Self::Profanity,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PaymentCard => "payment_card",
            Self::BankAccount => "bank_account",
            Self::SocialSecurity => "social_security",
            Self::IpAddress => "ip_address",
            Self::Secret => "secret",
            Self::Profanity => "profanity",
        }
    }

    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number (of a venue or of a person)",
            Self::PaymentCard => "a payment card number",
            Self::BankAccount => "a bank account number",
            Self::SocialSecurity => "a social security number",
            Self::IpAddress => "an IP address",
            Self::Secret => "a key, token or password that opens something",
            Self::Profanity => "a swear word, slur or insult",
        }
    }
}

/// One find: what it is and where, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is.
    pub kind: SafetyKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Everything unsafe in a text, in order of kind, then place.
#[must_use]
pub fn scan(text: &str) -> Vec<Found> {
    scan_for(text, |_| true)
}

/// Whether a text has a swear word, a slur or an insult.
#[must_use]
pub fn is_profane(text: &str) -> bool {
    !scan_for(text, |kind| kind == SafetyKind::Profanity).is_empty()
}

/// Personal data and secrets in a text: everything unsafe but profanity.
#[must_use]
pub fn scan_personal(text: &str) -> Vec<Found> {
    scan_for(text, |kind| kind != SafetyKind::Profanity)
}

fn scan_for(text: &str, wanted: impl Fn(SafetyKind) -> bool) -> Vec<Found> {
    // Most utterances hold no digit and no `@`, and then only two kinds are possible.
    let worth = text.bytes().any(|b| b.is_ascii_digit() || b == b'@');
    let mut found = Vec::new();
    for (kind, pattern) in PATTERNS.iter().filter(|(kind, _)| wanted(*kind)) {
        if worth || matches!(kind, SafetyKind::Profanity | SafetyKind::Secret) {
            let hits = pattern.find_iter(text).filter(|hit| is_valid(*kind, hit.as_str()));
            found.extend(hits.map(|hit| Found { kind: *kind, start: hit.start(), end: hit.end() }));
        }
    }
    // Many things with digits look like a telephone number; what is known to be something else is none.
    let others: Vec<Found> = found.iter().copied().filter(|found| found.kind != SafetyKind::Phone).collect();
    let overlaps =
        |phone: &Found| others.iter().any(|other| phone.start < other.end && other.start < phone.end);
    found.retain(|found| found.kind != SafetyKind::Phone || !overlaps(found));
    found
}

static PATTERNS: LazyLock<Vec<(SafetyKind, Regex)>> = LazyLock::new(|| {
    let secrets = [
        r"AKIA[0-9A-Z]{16}",
        r"gh[pousr]_[A-Za-z0-9]{36,}",
        r"sk-[A-Za-z0-9_-]{20,}",
        r"xox[abprs]-[A-Za-z0-9-]{10,}",
        r"AIza[0-9A-Za-z_-]{35}",
        r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
        r"(?i:(?:password|passwd|api[_ -]?key|secret|token)\s*[:=]\s*)(?u:[^\s,;]){6,}",
    ];
    let secrets = format!("(?:{})", secrets.join("|"));
    let profanity = format!(r"(?i)\b(?:{})\b", PROFANITY.join("|"));
    let patterns = [
        (SafetyKind::Email, r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b"),
        (SafetyKind::Phone, r"(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)[ .-]?)?\b\d(?:[ .-]?\d){8,15}\b"),
        (SafetyKind::PaymentCard, r"\b\d(?:[ -]?\d){12,18}\b"),
        (SafetyKind::BankAccount, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        (SafetyKind::SocialSecurity, r"\b\d{3}-\d{2}-\d{4}\b"),
        (SafetyKind::IpAddress, r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
        (SafetyKind::Secret, secrets.as_str()),
        (SafetyKind::Profanity, profanity.as_str()),
    ];
    // Letters and digits are ASCII's: a pound sign in a text is then no reason to search it slowly.
    patterns.into_iter().map(|(kind, text)| (kind, pattern(&format!("(?-u){text}")))).collect()
});

const PROFANITY: [&str; 33] = [
    "fuck(?:s|ed|er|ers|ing)?",
    "motherfuck(?:er|ers|ing)",
    "shit(?:s|ty|ting)?",
    "bullshit",
    "bitch(?:es|y)?",
    "bastards?",
    "assholes?",
    "arseholes?",
    "cunts?",
    "dick(?:head|heads)",
    "piss(?:ed)? off",
    "wank(?:er|ers)?",
    "twats?",
    "bollocks",
    "slut(?:s|ty)?",
    "whores?",
    "fag(?:got|gots|s)?",
    "retard(?:s|ed)?",
    "nigg(?:er|ers|a|as)",
    "goddamn(?:ed)?",
    "douchebags?",
    "jackass(?:es)?",
    "idiot(?:s|ic)?",
    "moron(?:s|ic)?",
    "imbeciles?",
    "dumbass(?:es)?",
    "dipshits?",
    "dimwits?",
    "halfwits?",
    "nitwits?",
    "numbskulls?",
    "scum(?:bag|bags)?",
    "shut up",
];

fn is_valid(kind: SafetyKind, found: &str) -> bool {
    let digits: Vec<u32> = found.chars().filter_map(|c| c.to_digit(10)).collect();
    match kind {
        SafetyKind::PaymentCard => luhn(&digits),
        SafetyKind::BankAccount => iban(found),
        SafetyKind::IpAddress => found.split('.').all(|part| part.parse::<u8>().is_ok()),
        SafetyKind::SocialSecurity => {
            let area = &found[..3];
            area != "000"
                && area != "666"
                && !area.starts_with('9')
                && &found[4..6] != "00"
                && &found[7..] != "0000"
        }
        SafetyKind::Phone => {
            let several = digits.iter().any(|digit| *digit != digits[0]);
            several
                && digits.len() <= 13
                && !luhn_card(&digits)
                && found.parse::<std::net::Ipv4Addr>().is_err()
        }
        SafetyKind::Email | SafetyKind::Secret | SafetyKind::Profanity => true,
    }
}

fn luhn_card(digits: &[u32]) -> bool {
    digits.len() >= 13 && luhn(digits)
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let terms =
        digits.iter().rev().enumerate().map(|(at, &digit)| if at % 2 == 1 { doubled(digit) } else { digit });
    terms.sum::<u32>() % 10 == 0 && digits.iter().any(|&digit| digit > 0)
}

fn iban(found: &str) -> bool {
    let characters: Vec<char> = found.chars().filter(|c| !c.is_whitespace()).collect();
    if characters.len() < 15 {
        return false;
    }
    let rotated = characters[4..].iter().chain(&characters[..4]);
    let remainder = rotated.filter_map(|c| c.to_digit(36)).fold(0_u32, |remainder, value| {
        if value < 10 { (remainder * 10 + value) % 97 } else { (remainder * 100 + value) % 97 }
    });
    remainder == 1
}

//! Data that may belong to real people: addresses, numbers and cards that could be somebody's.

use super::super::problem::Spot;
use super::Subject;

/// Beginnings of phone numbers that are kept for fiction (Ofcom's and the North American plan's).
const FICTION: [&str; 8] =
    ["01632960", "02079460", "01134960", "07700900", "08081570", "09098790", "0306999", "55501"];

pub(super) fn check(subject: &Subject<'_>) {
    for (number, (path, text)) in subject.files.iter().enumerate() {
        if path.starts_with("../") {
            continue;
        }
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            check_line(line, Spot { file: number, at }, subject);
            at += line.len();
        }
    }
}

fn check_line(line: &str, start: Spot, subject: &Subject<'_>) {
    let mut from = 0;
    for word in line.split([' ', '"', '\'', ',', ';', '<', '>', '(', ')', '\n', '=']) {
        let spot = Spot { file: start.file, at: start.at + from };
        from += word.len() + 1;
        if is_mail(word) {
            let message = format!("`{word}` may be somebody's mail address");
            subject.problems.mistake(spot, message, "write one at example.com");
        }
    }
    for (at, digits) in numbers(line) {
        let spot = Spot { file: start.file, at: start.at + at };
        // The decimals of a number are no number of their own.
        if at > 0 && line.as_bytes().get(at - 1) == Some(&b'.') {
            continue;
        }
        if (13..=19).contains(&digits.len()) && luhn(&digits) {
            subject.problems.mistake(
                spot,
                format!("{digits} may be the number of a payment card"),
                "write another one",
            );
        } else if digits.starts_with('0')
            && (10..=11).contains(&digits.len())
            && !FICTION.iter().any(|known| digits.starts_with(known))
        {
            let fix = "numbers that begin with 01632 960 belong to nobody";
            subject.problems.note(spot, format!("{digits} may be somebody's phone number"), fix);
        }
    }
}

fn is_mail(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let reserved = ["example.com", "example.org", "example.net", "example"];
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    !name.is_empty()
        && name.chars().all(plain)
        && host.contains('.')
        && host.chars().all(plain)
        && !reserved.iter().any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

/// Runs of digits, with single spaces and hyphens inside, and where they begin.
fn numbers(line: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut run: Option<(usize, String)> = None;
    let mut gap = false;
    for (at, c) in line.char_indices() {
        match c {
            '0'..='9' => {
                run.get_or_insert((at, String::new())).1.push(c);
                gap = false;
            }
            ' ' | '-' if run.is_some() && !gap => gap = true,
            _ => {
                found.extend(run.take());
                gap = false;
            }
        }
    }
    found.extend(run);
    found
}

/// The check digit of payment cards (ISO/IEC 7812-1).
fn luhn(digits: &str) -> bool {
    let doubled = |(at, b): (usize, u8)| {
        let digit = u32::from(b - b'0');
        if at % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
    };
    digits.bytes().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

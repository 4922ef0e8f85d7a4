//! Regular expressions of the program's own.

use regex::Regex;

/// The expression of a pattern that stands in the program's text.
///
/// # Panics
/// If it is none: the first test that reaches it then fails, where a pattern left out would match nothing in silence.
#[expect(clippy::expect_used, reason = "a constant of the program, reached by tests")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of the program's own")
}

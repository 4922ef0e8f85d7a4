//! Finds every mistake that a person could make in a domain folder, not only the first.
//!
//! What loading needs to be right is found while loading; the passes here find what loads and yet can't work: words
//! that don't fit, values that can't be told apart, guards that can't break, goals that can't be had.

mod classes;
mod guards;
mod names;
mod personal;
mod types;
mod values;
mod words;

use super::assemble::{Assembled, assemble};
use super::files::Files;
use super::problem::{Problem, Problems};
use super::read;

/// What the passes look at.
struct Subject<'a> {
    files: &'a Files,
    made: &'a Assembled,
    problems: &'a Problems,
}

/// All problems of a folder, in the order of its files and lines.
pub fn check(files: &Files) -> Vec<Problem> {
    let problems = Problems::default();
    read::syntax(files, &problems);
    if problems.any() {
        return problems.list(files);
    }
    let made = assemble(files, &problems);
    let subject = Subject { files, made: &made, problems: &problems };
    names::check(&subject);
    words::check(&subject);
    values::check(&subject);
    types::check(&subject);
    classes::check(&subject);
    personal::check(&subject);
    // Guards are tried on rows: that makes sense only when everything before is right.
    if !problems.any() {
        guards::check(&subject);
    }
    problems.list(files)
}

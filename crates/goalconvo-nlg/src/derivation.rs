//! How an utterance was derived: which alternatives, options and phrases of lists were drawn. Only with the feature
//! `derivations`, for fitting weights (`benches/fit_weights.py`); without it nothing is noted and nothing costs.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::OnceLock;

use goalconvo_core::{Act, Role};

use crate::pack::{Pack, PackFile};
use crate::{Error, Worded};

thread_local! {
    static DRAWN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Forgets what was drawn for a candidate that was turned down.
pub(crate) fn begin() {
    DRAWN.with_borrow_mut(String::clear);
}

/// Notes an alternative of a rule by its number.
pub(crate) fn alternative(number: usize) {
    DRAWN.with_borrow_mut(|drawn| _ = write!(drawn, " A{number}"));
}

/// Notes an option of a choice: where on the tape the choice stands, and where the option begins.
pub(crate) fn option(choice: usize, option: u32) {
    DRAWN.with_borrow_mut(|drawn| _ = write!(drawn, " P{choice}:{option}"));
}

/// Notes one of a list.
pub(crate) fn listed<T: Debug>(all: &[T], one: Option<&T>) {
    if let Some(one) = one.filter(|_| all.len() > 1) {
        DRAWN.with_borrow_mut(|drawn| _ = write!(drawn, " L{:?}:{one:?}\u{1f}", all.as_ptr()));
    }
}

/// Tells how an utterance was derived.
#[expect(clippy::print_stderr, reason = "this is all that the feature is for")]
pub(crate) fn accept(role: Role, acts: &[Act], worded: &Worded) {
    let kinds: Vec<String> = acts.iter().map(|act| format!("{:?}", act.act)).collect();
    DRAWN.with_borrow(|drawn| {
        eprintln!(
            "DERIVED\t{role:?}\t{}\t{}\t{drawn}",
            kinds.join("+"),
            worded.text.replace(['\t', '\n'], " ")
        );
    });
}

/// Tells which alternative has which number, and where its choices stand.
#[expect(clippy::print_stderr, reason = "this is all that the feature is for")]
pub(crate) fn table(rule: &str, number: usize, nth: usize, pieces: &str) {
    eprintln!("RULE\t{rule}\t{number}\t{nth}\t{pieces}");
}

/// The pack in the folder that `DERIVATIONS_PACK` names.
pub(crate) fn pack() -> Option<Result<Pack, Error>> {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    let folder = std::env::var_os("DERIVATIONS_PACK")?;
    let files = FILES.get_or_init(|| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let text = std::fs::read_to_string(entry.path()).ok()?;
                Some((format!("en/{}", entry.file_name().to_string_lossy()), text))
            })
            .collect();
        files.sort();
        files
    });
    let files: Vec<PackFile<'_>> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    Some(Pack::parse(&files))
}

//! Mined banks as files: templates of a corpus, one JSON object a line.

use std::path::Path;
use std::sync::Arc;

use goalconvo_core::{ContentHash, Dialogue, Domain};

use crate::engine::{Bank, Template, mine};
use crate::{Error, assemble};

/// The file beside an import that holds its templates.
pub const BANK: &str = "bank.jsonl";

/// A bank with the content hash of its file.
#[derive(Clone, Debug)]
pub struct BankFile {
    /// The templates, ready to be drawn from.
    pub bank: Arc<Bank>,
    /// SHA-256 of the file, in lower-case hex: it decides a run's bytes.
    pub hash: String,
}

/// Reads a bank.
///
/// # Errors
/// The file can't be read, or a line is no template.
pub fn read(path: &Path) -> Result<BankFile, Error> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::bad_input(format!("read bank {shown}: {error}; `goalconvo import … --bank` makes one"))
    })?;
    let template = |(at, line): (usize, &str)| {
        serde_json::from_str::<Template>(line)
            .map_err(|error| Error::bad_input(format!("{shown}:{}: {error}; expected a template", at + 1)))
    };
    let templates: Vec<Template> = text.lines().enumerate().map(template).collect::<Result<_, _>>()?;
    let bank = Bank::new(&templates).map_err(|error| Error::bad_input(format!("{shown}: {error}")))?;
    Ok(BankFile { bank: Arc::new(bank), hash: ContentHash::of(text.as_bytes()).to_string() })
}

/// What mining a corpus came to.
pub struct Mining {
    /// The bank's lines.
    pub text: String,
    /// How many templates.
    pub templates: usize,
    /// What became of the utterances, in words with counts.
    pub utterances: String,
}

/// Takes the templates out of an import's dialogues.
///
/// # Errors
/// What lies in the folder is no import.
pub fn of_import(folder: &Path) -> Result<Mining, Error> {
    let found = assemble::domains(&[folder.display().to_string()])?;
    let domains: Vec<Arc<Domain>> = found.into_iter().map(|found| found.domain).collect();
    let path = folder.join("dialogues.jsonl");
    let shown = path.display();
    let text =
        std::fs::read_to_string(&path).map_err(|error| Error::bad_input(format!("read {shown}: {error}")))?;
    let dialogue = |(at, line): (usize, &str)| {
        serde_json::from_str::<Dialogue>(line)
            .map_err(|error| Error::bad_input(format!("{shown}:{}: {error}", at + 1)))
    };
    let dialogues: Vec<Dialogue> = text.lines().enumerate().map(dialogue).collect::<Result<_, _>>()?;
    let quarry = mine(&domains, &dialogues).map_err(|error| Error::bad_input(error.to_string()))?;
    let mut lines = String::new();
    for template in &quarry.templates {
        lines.push_str(&serde_json::to_string(template)?);
        lines.push('\n');
    }
    let parts = quarry.utterances.iter().map(|(what, count)| format!("{count} {what}"));
    Ok(Mining {
        text: lines,
        templates: quarry.templates.len(),
        utterances: parts.collect::<Vec<_>>().join(", "),
    })
}

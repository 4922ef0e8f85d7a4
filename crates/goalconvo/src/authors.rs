//! Who invents what surrounds a goal: options of the experience generator, and what they mean.

use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_core::{ContentHash, GoalClass};
use goalconvo_llm::{Address, Model};
use goalconvo_sim::{Author, Prompts};
use serde_json::Map;
use toml::Value;

use crate::Error;
use crate::config::persona::library;
use crate::connect::from_llm;

/// Options about the experience generator.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Experience")]
pub struct AuthorOptions {
    /// The model that invents who the user is, why it comes and how it writes; with `--goals model`, by default that of
    /// --model, what it wants as well
    #[arg(long, value_name = "ADDRESS|none")]
    pub author: Option<String>,
    /// A library of attributes, as for `goalconvo personas`, from which each invented person has a combination of its own
    #[arg(long, value_name = "FILE")]
    pub people: Option<PathBuf>,
}

/// Goal classes that a model can be asked for: what they promise can be seen in the tables.
pub const WRITTEN: [GoalClass; 5] = [
    GoalClass::UniqueMatch,
    GoalClass::ManyMatches,
    GoalClass::NoneThenRelax,
    GoalClass::InformationOnly,
    GoalClass::Transaction,
];

/// What the options mean.
#[derive(Clone, Debug)]
pub struct Authoring {
    /// The model that invents.
    pub address: Address,
    goals: bool,
    people: bool,
    known: Arc<[Map<String, serde_json::Value>]>,
    /// Of the combinations.
    library: Option<ContentHash>,
}

/// What authors need to know of the run.
pub struct Wanted<'a> {
    /// The model for all roles.
    pub model: Option<&'a str>,
    /// Whether the goals come from the model.
    pub goals: bool,
    /// How many dialogues.
    pub count: u64,
    /// The run's seed.
    pub seed: u64,
}

impl Authoring {
    /// Who invents; `None` when nobody does.
    ///
    /// # Errors
    /// An address is none, goals are wanted of a model and none was given, or the library can't be read or has too few
    /// combinations.
    pub fn of(options: &AuthorOptions, wanted: &Wanted<'_>) -> Result<Option<Self>, Error> {
        let own = options.author.as_deref().filter(|author| *author != "none");
        let text = match (own, wanted.goals) {
            (Some(own), _) => own,
            (None, true) => wanted.model.ok_or_else(|| {
                Error::usage(
                    "--goals model: expected --author or --model beside it, the model that writes them",
                )
            })?,
            (None, false) if options.people.is_some() => {
                return Err(Error::usage(
                    "--people: expected --author beside it, the model that invents people",
                ));
            }
            (None, false) => return Ok(None),
        };
        let address = text.parse::<Address>().map_err(|error| from_llm(&error))?;
        let mut known = Vec::new();
        if let Some(path) = &options.people {
            let wrong =
                |error: &dyn std::fmt::Display| Error::bad_input(format!("{}: {error}", path.display()));
            let library = library(path)?;
            if library.needs_model() {
                return Err(wrong(
                    &"an attribute is worded by a model; `goalconvo personas` words such, here people are",
                ));
            }
            let count = usize::try_from(wanted.count).unwrap_or(usize::MAX);
            known = library.draw(count, wanted.seed).map_err(|error| wrong(&error))?;
        }
        let library = options.people.is_some().then(|| serde_json::to_vec(&known)).transpose()?;
        Ok(Some(Authoring {
            address,
            goals: wanted.goals,
            people: own.is_some(),
            known: known.into(),
            library: library.map(|bytes| ContentHash::of(&bytes)),
        }))
    }

    /// What `run.toml` says of it.
    pub fn header(&self, prompts: &Prompts) -> Value {
        let mut table = toml::Table::from_iter([
            ("author".to_owned(), Value::String(self.address.to_string())),
            ("goals".to_owned(), Value::Boolean(self.goals)),
            ("people".to_owned(), Value::Boolean(self.people)),
        ]);
        if let Some(library) = &self.library {
            table.insert("library".to_owned(), Value::String(library.to_string()));
        }
        let hashes = prompts.hashes("experience/").into_iter();
        let hashes = hashes.map(|(name, hash)| (name.to_string(), Value::String(hash)));
        table.insert("prompts".to_owned(), Value::Table(hashes.collect()));
        Value::Table(table)
    }

    /// The author at work.
    pub fn ready(
        &self,
        model: Arc<dyn Model>,
        prompts: &Arc<Prompts>,
        temperature: Option<f64>,
        max_tokens: u32,
    ) -> Author {
        Author {
            model,
            prompts: prompts.clone(),
            goals: self.goals,
            people: self.people,
            known: self.known.clone(),
            temperature,
            max_tokens,
        }
    }
}

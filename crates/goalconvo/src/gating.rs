//! Who lets a dialogue into a run that is being made: the judges of its gate, and what becomes of those it rejects.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use goalconvo_core::{ContentHash, Dialogue};
use goalconvo_llm::{Address, Model};
use goalconvo_sim::judge::{Gate, GateConfig, SealedFacts};
use goalconvo_sim::{Estimate, Mend, Prompts};
use toml::Value;

use crate::connect::from_llm;
use crate::{Error, config};

/// Options about the gate of a run.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Gate")]
pub struct GateOptions {
    /// The model that judges each dialogue with rubrics, or `none`; that of --model unless said otherwise
    #[arg(long, value_name = "ADDRESS|none")]
    pub judge: Option<String>,
    /// Which judges must pass, in TOML, as for `goalconvo judge`
    #[arg(long, value_name = "FILE")]
    pub gate: Option<PathBuf>,
    /// How a rejected dialogue is mended before another scenario is drawn
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub repair: Repair,
    /// How many candidates are made of one rejected dialogue by mending
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub repairs: u32,
}

/// How a rejected dialogue is mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Repair {
    /// Not at all
    #[default]
    None,
    /// The judge's model words the utterance of the first fault again
    Turn,
    /// The speakers play on from the first fault
    Tail,
}

/// Opens the model at an address.
pub type Open<'o> = dyn Fn(&Address) -> Result<Arc<dyn Model>, Error> + 'o;

/// What the options mean.
#[derive(Clone, Debug)]
pub struct Gating {
    /// The model that judges.
    pub judge: Option<Address>,
    config: GateConfig,
    repair: Repair,
    repairs: u32,
}

impl Gating {
    /// The gate that the options ask for, where `model` judges unless they say otherwise; `None` when they ask for none
    /// and no model plays.
    ///
    /// # Errors
    /// An address is none, the file is no gate, or a judge or a repair needs a model and has none.
    pub fn of(options: &GateOptions, model: Option<&str>, is_played: bool) -> Result<Option<Self>, Error> {
        let judge = match options.judge.as_deref() {
            Some("none") => None,
            own => own.or(model),
        };
        let judge =
            judge.map(|text| text.parse::<Address>().map_err(|error| from_llm(&error))).transpose()?;
        if !is_played && judge.is_none() && options.gate.is_none() {
            return match options.repair {
                Repair::None => Ok(None),
                _ => Err(Error::usage(
                    "--repair: nothing is judged that could be mended; name a --judge or a --gate",
                )),
            };
        }
        let config = match &options.gate {
            Some(path) => config::gate(path)?,
            None => GateConfig::standard(judge.is_some()),
        };
        if options.repair == Repair::Turn && judge.is_none() {
            return Err(Error::usage("--repair turn has a model word the turn again: name one with --judge"));
        }
        if config.needs_model() && judge.is_none() && !config.names_models() {
            let what = "a judge of the gate asks a model and none was given; name one with --judge";
            return Err(Error::usage(format!("{}: {what}", shown(options.gate.as_deref()))));
        }
        Ok(Some(Gating { judge, config, repair: options.repair, repairs: options.repairs }))
    }

    /// What `run.toml` says of it: all that decides the bytes.
    pub fn header(&self, prompts: &Prompts) -> Value {
        let mut table = toml::Table::new();
        if let Some(judge) = &self.judge {
            table.insert("judge".to_owned(), Value::String(judge.to_string()));
        }
        let names = |names: &[String]| Value::Array(names.iter().cloned().map(Value::String).collect());
        table.insert("must".to_owned(), names(&self.config.must));
        table.insert("report".to_owned(), names(&self.config.report));
        // Limits are many; their hash tells whether they are the same.
        let limits = serde_json::to_vec(&self.config).unwrap_or_default();
        table.insert("config".to_owned(), Value::String(ContentHash::of(&limits).to_string()));
        if self.repair != Repair::None {
            let name = self.repair.to_possible_value().map(|value| value.get_name().to_owned());
            table.insert("repair".to_owned(), Value::String(name.unwrap_or_default()));
            table.insert("repairs".to_owned(), Value::Integer(i64::from(self.repairs)));
        }
        if self.config.needs_model() || self.repair == Repair::Turn {
            let hashes = prompts.hashes("judge/").into_iter();
            let hashes = hashes.map(|(name, hash)| (name.to_string(), Value::String(hash)));
            table.insert("prompts".to_owned(), Value::Table(hashes.collect()));
        }
        Value::Table(table)
    }

    /// What judges would be asked about a dialogue.
    pub fn estimate(&self, dialogue: &Dialogue, prompts: &Arc<Prompts>) -> Estimate {
        self.config.estimate(dialogue, prompts)
    }

    /// The gate, and how what it rejects is mended. `open` opens the model at an address.
    ///
    /// # Errors
    /// The gate names an unknown judge, or a model can't be opened.
    pub fn ready(
        &self,
        open: &Open<'_>,
        prompts: &Arc<Prompts>,
    ) -> Result<(Arc<Gate>, Option<Mend>, u32), Error> {
        let judge = self.judge.as_ref().map(open).transpose()?;
        let by_name = |text: &str| match (text, &judge) {
            ("", Some(judge)) => Ok(Arc::clone(judge)),
            ("", None) => Err("it asks a model and none was given; name one with --judge".to_owned()),
            (text, _) => {
                let address = text.parse::<Address>().map_err(|error| error.to_string())?;
                open(&address).map_err(|error| error.to_string())
            }
        };
        let gate = self.config.gate(SealedFacts, &by_name, prompts);
        let gate = gate.map_err(|error| Error::usage(format!("the gate: {error}")))?;
        let mend = match (self.repair, judge) {
            (Repair::None, _) | (Repair::Turn, None) => None,
            (Repair::Tail, _) => Some(Mend::Tail),
            (Repair::Turn, Some(judge)) => Some(Mend::Turn(judge, Arc::clone(prompts))),
        };
        Ok((Arc::new(gate), mend, self.repairs))
    }
}

fn shown(path: Option<&Path>) -> String {
    path.map_or("the gate".to_owned(), |path| path.display().to_string())
}

//! What `generate` and `plan` are asked for: options as they were given, and settings as they are meant.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use goalconvo_core::{Domain, FaultKind, GoalClass};
use goalconvo_sim::hub::Candidate;
use goalconvo_store::Header;
use goalconvo_worlds::chain::Mode;
use toml::Value;

use crate::assemble::{self, Found};
use crate::authors::{self, AuthorOptions, Authoring, WRITTEN};
use crate::bank::{self, BankFile};
use crate::chains::{self, Chains, Wanted};
use crate::engine::{self, Dials, Difficulty, Goals, Manner, Plan, Style, ToolSet};
use crate::examples::ExampleOptions;
use crate::gating::GateOptions;
use crate::goals::{self, GoalFile};
use crate::models::{ModelOptions, Models};
use crate::observed::{self, Answering, Engine};
use crate::{Error, config};

/// At most so many dialogues are made as first examples.
const SEEDS: u64 = 192;

/// The program and its version, as runs and records name it.
pub const PROGRAM: &str = concat!("goalconvo ", env!("CARGO_PKG_VERSION"));

/// Options that say what is made.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many dialogues
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub count: u64,
    /// Fixes every random choice
    #[arg(long, value_name = "SEED", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
    /// Built-in domains by name, `all`, or folders
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "all")]
    pub domain: Vec<String>,
    /// Where goals come from: `sampled` by the compiler, `corpus` as imported into the domain's folder, a file, or `model`:
    /// a model writes them, and each is proven
    #[arg(long, value_name = "FROM", default_value = "sampled")]
    pub goals: GoalSource,
    /// As many dialogues as there are goals: one for each, in their order, whatever -n says
    #[arg(long)]
    pub each: bool,
    /// Make only part I of N, counted from 0; the parts' files joined in order are the whole
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// At most so many utterances in a dialogue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..))]
    pub max_turns: Option<u16>,
    /// Which variety of the language is spoken: en-gb, en-us
    #[arg(long, value_name = "NAME", default_value = "en-gb")]
    pub style: Variety,
    /// Templates of a corpus, as `import … --bank` writes them, to be taken before the grammar's words
    #[arg(long, value_name = "FILE")]
    pub bank: Option<PathBuf>,
    /// Goal classes with weights, as name=weight; the others are not drawn
    #[arg(long, value_name = "NAME=WEIGHT", value_delimiter = ',', help_heading = "Difficulty")]
    pub classes: Vec<ClassWeight>,
    /// How many constraints a search has
    #[arg(long, value_name = "N", help_heading = "Difficulty", value_parser = clap::value_parser!(u8).range(..=12))]
    pub constraints: Option<u8>,
    /// Over how many domains a dialogue goes
    #[arg(long, value_name = "N", help_heading = "Difficulty", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub domains_per_dialogue: Option<u8>,
    /// How many times a wish has to be relaxed, in the classes that relax
    #[arg(long, value_name = "N", help_heading = "Difficulty")]
    pub relaxations: Option<u8>,
    /// In how many percent of searches several entities fit
    #[arg(long, value_name = "PERCENT", help_heading = "Difficulty", value_parser = clap::value_parser!(u8).range(..=100))]
    pub ambiguity: Option<u8>,
    /// In how many percent of calls the tool fails
    #[arg(long, value_name = "PERCENT", help_heading = "Difficulty", value_parser = clap::value_parser!(u8).range(..=100))]
    pub tool_errors: Option<u8>,
    /// How tools fail: timeout, rate_limited, server_error, unavailable, empty, partial
    #[arg(long, value_name = "KINDS", value_delimiter = ',', help_heading = "Difficulty", value_parser = fault_kind)]
    pub tool_error_kinds: Vec<FaultKind>,
    /// Which tools the assistant gets: `all`, `none` or `missing` (all but one that the goal needs); or files and folders
    /// of tool schemas, which become worlds and chains of tasks in place of domains
    #[arg(long, value_name = "WHICH|PATH", default_value = "all", num_args = 1.., help_heading = "Difficulty")]
    pub tools: Vec<Tools>,
    /// Chains of tools: mixed, short, sequential, multi_tool, clarification_first, parallel, conditional, loop, join, retry
    #[arg(long, value_name = "MODE", default_value = "mixed", help_heading = "Tool schemas")]
    pub mode: Mode,
    /// Each dialogue takes, of so many chains, the one that the corpus lacks most; 1: no choice
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Tool schemas", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub steer: u8,
    /// Who answers the tools' calls: tables drawn from the schemas, or a chat model, whose answers become the tables
    #[arg(long, value_name = "WHO", default_value = "builtin", help_heading = "Tool schemas")]
    pub engine: Engine,
    /// The chat model that answers, by default that of --model
    #[arg(long, value_name = "ADDRESS", help_heading = "Tool schemas")]
    pub engine_model: Option<String>,
    /// How many calls of each table the model answers
    #[arg(long, value_name = "N", default_value_t = 6, help_heading = "Tool schemas", value_parser = clap::value_parser!(u8).range(1..=96))]
    pub engine_calls: u8,
    /// Who plays.
    #[command(flatten)]
    pub models: ModelOptions,
    /// Who lets a dialogue in.
    #[command(flatten)]
    pub gate: GateOptions,
    /// What models are shown.
    #[command(flatten)]
    pub examples: ExampleOptions,
    /// Who invents what surrounds a goal.
    #[command(flatten)]
    pub author: AuthorOptions,
}

impl Options {
    /// Whether a model is named, for whatever part.
    pub fn names_models(&self) -> bool {
        let ModelOptions { model, user_model, assistant_model, writer, .. } = &self.models;
        let named = [model, user_model, assistant_model, writer, &self.gate.judge, &self.author.author];
        named.into_iter().any(Option::is_some)
    }
}

/// A variety of the language, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variety(Style);

impl FromStr for Variety {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = engine::varieties().map_err(|error| error.to_string())?;
        let found = known.iter().find(|(known, _)| known == name);
        let style = found.map(|(_, style)| *style).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            format!("found {name:?}, expected one of {}", names.join(", "))
        })?;
        Ok(Variety(style))
    }
}

/// Where goals come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoalSource {
    /// The goal compiler draws them.
    Sampled,
    /// An imported folder among the domains brings them.
    Corpus,
    /// A model writes them.
    Model,
    /// A file of goals.
    File(PathBuf),
}

impl FromStr for GoalSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "sampled" => GoalSource::Sampled,
            "corpus" => GoalSource::Corpus,
            "model" => GoalSource::Model,
            path if path.contains(['/', '\\', '.']) => GoalSource::File(path.into()),
            _ => {
                return Err(format!("found {text:?}, expected sampled, corpus, model or the path of a file"));
            }
        })
    }
}

/// Which tools the assistant gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tools {
    /// All of the domains.
    All,
    /// None: it can only say so.
    None,
    /// All but one that the goal needs.
    Missing,
    /// Those of these schemas.
    Schemas(PathBuf),
}

impl FromStr for Tools {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "all" => Tools::All,
            "none" => Tools::None,
            "missing" => Tools::Missing,
            path if path.contains(['/', '\\', '.'])
                || Path::new(path).exists()
                || path.starts_with("mcp:") =>
            {
                Tools::Schemas(path.into())
            }
            _ => {
                return Err(format!(
                    "found {text:?}, expected all, none, missing or the path of tool schemas"
                ));
            }
        })
    }
}

/// A goal class with its weight.
#[derive(Clone, Copy, Debug)]
pub struct ClassWeight(GoalClass, u32);

impl ClassWeight {
    /// Both.
    pub fn pair(&self) -> (GoalClass, u32) {
        (self.0, self.1)
    }
}

impl FromStr for ClassWeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
        let class = GoalClass::COMPILED.into_iter().find(|class| class.name() == name).ok_or_else(|| {
            let known = GoalClass::COMPILED.into_iter().map(GoalClass::name);
            format!("{name:?} is no goal class{}", config::nearest(name, known))
        })?;
        let weight = weight.parse().map_err(|_| format!("weight {weight:?}: expected a whole number"))?;
        Ok(ClassWeight(class, weight))
    }
}

/// Part `index` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// The indexes of this part of `count`: the parts are contiguous and differ by at most one in size.
    pub fn indexes(self, count: u64) -> Range<u64> {
        let bound = |part: u64| (u128::from(count) * u128::from(part) / u128::from(self.of)) as u64;
        bound(self.index)..bound(self.index + 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of => Ok(Shard { index, of }),
            _ => Err(format!("found {text:?}, expected I/N with I from 0 to N-1, such as 0/8")),
        }
    }
}

/// Settings, with all that they name at hand.
pub struct Settings {
    /// The domains with their folders.
    pub found: Vec<Found>,
    /// Goals that were given; none when the compiler draws them.
    pub goals: Option<GoalFile>,
    /// Goals from chains of tools, with what was asked of them; none when there are domains.
    chains: Option<(Goals, Wanted, String)>,
    /// What the engine is asked for.
    pub dials: Dials,
    /// The bank that words are taken from.
    bank: Option<BankFile>,
    /// The run's seed.
    pub seed: u64,
    /// How many dialogues the whole has.
    pub count: u64,
    /// The models that play; none in a run without.
    pub models: Option<Models>,
    shard: Option<Shard>,
}

impl Settings {
    /// What the options mean.
    ///
    /// # Errors
    /// A domain or a file of goals can't be found or read, or a goal can't be had in the domains.
    pub fn of(options: &Options) -> Result<Self, Error> {
        Settings::in_folder(options, None)
    }

    /// What the options of a run in this folder mean.
    ///
    /// # Errors
    /// Those of [`Settings::of`]; a model that answers calls fails, or there is no folder to keep its answers in.
    pub fn in_folder(options: &Options, out: Option<&Path>) -> Result<Self, Error> {
        let small = |number: Option<u8>| number.map(usize::from);
        let bank = options.bank.as_deref().map(bank::read).transpose()?;
        let dials = Dials {
            classes: classes(options)?,
            difficulty: Difficulty {
                constraints: small(options.constraints),
                relaxations: small(options.relaxations),
                ambiguity: options.ambiguity.map(u32::from),
            },
            domains: small(options.domains_per_dialogue),
            tool_errors: options.tool_errors.map(u32::from),
            error_kinds: options.tool_error_kinds.clone(),
            tools: options.tools.iter().fold(ToolSet::All, |set, tools| match tools {
                Tools::All | Tools::Schemas(_) => set,
                Tools::None => ToolSet::None,
                Tools::Missing => ToolSet::Missing,
            }),
            max_turns: options.max_turns.map(usize::from),
            manner: Manner { style: options.style.0, bank: bank.as_ref().map(|bank| bank.bank.clone()) },
        };
        let answering = answering(options, out)?;
        if let Some(mut wanted) = wanted_chains(options)? {
            wanted.answering = answering;
            if options.each {
                return Err(Error::usage(
                    "--each: chains of tools have no list of goals; say how many with -n",
                ));
            }
            let Chains { found, goals, worlds } = chains::chains(&wanted)?;
            let chains = Some((goals, wanted, worlds));
            let (seed, count, shard) = (options.seed, options.count, options.shard);
            let models = models(options)?;
            return Ok(Settings { found, goals: None, chains, dials, bank, seed, count, models, shard });
        }
        let found = assemble::domains(&options.domain)?;
        let goals = match goal_path(options)? {
            Some(path) => Some(goals::read(&path, &playable(&found))?),
            None => None,
        };
        let models = models(options)?;
        let count = match (&goals, options.each) {
            (Some(file), true) => file.goals.len() as u64,
            (None, true) => {
                return Err(Error::usage("--each: found no goals; expected --goals corpus or --goals FILE"));
            }
            (_, false) => options.count,
        };
        let (seed, shard) = (options.seed, options.shard);
        Ok(Settings { found, goals, chains: None, dials, bank, seed, count, models, shard })
    }

    /// The indexes to make.
    pub fn indexes(&self) -> Range<u64> {
        self.shard.map_or(0..self.count, |shard| shard.indexes(self.count))
    }

    /// The plan.
    ///
    /// # Errors
    /// Nothing that the dials ask for can be drawn from the domains.
    pub fn plan(&self) -> Result<Plan, Error> {
        let sampled = || self.chains.as_ref().map_or(Goals::Sampled, |(goals, _, _)| goals.clone());
        let goals = self.goals.as_ref().map_or_else(sampled, |file| Goals::Corpus(file.goals.clone()));
        Plan::new(&playable(&self.found), goals, self.dials.clone(), self.seed)
    }

    /// Dialogues of the built-in engine over the same domains, as examples before the run has any of its own; none where
    /// the goal compiler can draw nothing from the domains.
    pub fn seeds(&self, plan: &Plan) -> Vec<Candidate> {
        let domains = playable(&self.found);
        plan.seeds(&domains, SEEDS.min(24 * domains.len() as u64))
    }

    /// What `run.toml` says of the run: all that decides its bytes.
    pub fn header(&self) -> Header {
        let hashes = self
            .found
            .iter()
            .map(|found| (found.domain.name.to_string(), Value::String(found.domain.hash.to_string())));
        let goals = self.goals.as_ref().map_or("sampled".to_owned(), |file| file.hash.to_string());
        let mut config = toml::Table::from_iter([
            ("seed".to_owned(), number(self.seed)),
            ("goals".to_owned(), Value::String(goals)),
            ("domains".to_owned(), Value::Table(hashes.collect())),
            ("dials".to_owned(), Value::Table(dials(&self.dials))),
        ]);
        if let Some(bank) = &self.bank {
            config.insert("bank".to_owned(), Value::String(bank.hash.clone()));
        }
        if let Some(models) = &self.models {
            config.insert("models".to_owned(), models.header());
        }
        if let Some((_, wanted, worlds)) = &self.chains {
            // Which worlds are played depends on how many dialogues there are; what a run is does not.
            config.insert(
                "domains".to_owned(),
                Value::Table(toml::Table::from_iter([(
                    "compiled".to_owned(),
                    Value::String(worlds.clone()),
                )])),
            );
            config.insert("chains".to_owned(), Value::Table(chain_table(wanted)));
        }
        let mut header = Header::new(PROGRAM, self.indexes(), config);
        header.shard = self.shard.map(|shard| format!("{}/{} of {}", shard.index, shard.of, self.count));
        header
    }
}

/// The goal classes with their weights; where a model writes the goals, those that it can be asked for.
fn classes(options: &Options) -> Result<BTreeMap<GoalClass, u32>, Error> {
    let asked: BTreeMap<_, _> =
        options.classes.iter().map(|ClassWeight(class, weight)| (*class, *weight)).collect();
    if options.goals != GoalSource::Model {
        return Ok(asked);
    }
    match asked.keys().find(|class| !WRITTEN.contains(class)) {
        Some(class) => {
            let known: Vec<&str> = WRITTEN.into_iter().map(GoalClass::name).collect();
            let known = known.join(", ");
            Err(Error::usage(format!(
                "--goals model: {} is none of the classes that a model writes: {known}",
                class.name()
            )))
        }
        None if asked.is_empty() => Ok(WRITTEN.into_iter().map(|class| (class, 1)).collect()),
        None => Ok(asked),
    }
}

/// Who plays by models; `None` in a run without.
fn models(options: &Options) -> Result<Option<Models>, Error> {
    let wanted = authors::Wanted {
        model: options.models.model.as_deref(),
        goals: options.goals == GoalSource::Model,
        count: options.count,
        seed: options.seed,
    };
    let authoring = Authoring::of(&options.author, &wanted)?;
    let models = Models::of(&options.models, (&options.gate, options.examples, authoring))?;
    let grows = options.examples.examples > 0 && options.examples.round > 0;
    match (&models, options.shard) {
        (Some(models), Some(_)) if grows && models.take_examples() => Err(Error::usage(
            "--shard: the examples of a round come from the whole run, which a part has not got; with --round 0 all parts \
             show the built-in engine's, with --examples 0 none",
        )),
        _ => Ok(models),
    }
}

/// What is asked of chains; none when no schemas are named.
fn wanted_chains(options: &Options) -> Result<Option<Wanted>, Error> {
    let paths: Vec<PathBuf> = options
        .tools
        .iter()
        .filter_map(|tools| match tools {
            Tools::Schemas(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    let (mode, seed, count) = (options.mode, options.seed, options.count);
    let candidates = usize::from(options.steer);
    match (paths.is_empty(), mode, options.domain.as_slice()) {
        (true, Mode::Only(_), _) => Err(Error::usage(
            "--mode: expected --tools PATH beside it; the goals of domains have classes (--classes)",
        )),
        (false, _, [all]) if all == "all" => {
            Ok(Some(Wanted { paths, mode, seed, count, candidates, answering: None }))
        }
        (false, ..) => {
            Err(Error::usage("--domain: the schemas of --tools become the domains; leave one of the two out"))
        }
        (true, ..) => Ok(None),
    }
}

/// So many calls are answered at once.
const ANSWERS_AT_ONCE: usize = 16;

/// The model that answers calls, if one is to.
fn answering(options: &Options, out: Option<&Path>) -> Result<Option<Answering>, Error> {
    let schemas = options.tools.iter().any(|tools| matches!(tools, Tools::Schemas(_)));
    if options.engine == Engine::Builtin {
        let lonely = options.engine_model.is_some();
        let what = "--engine-model: expected --engine model beside it";
        return if lonely { Err(Error::usage(what)) } else { Ok(None) };
    }
    if !schemas {
        return Err(Error::usage(
            "--engine model: expected --tools PATH beside it, whose calls the model answers",
        ));
    }
    let address = options.engine_model.as_ref().or(options.models.model.as_ref()).ok_or_else(|| {
        Error::usage("--engine model: expected --engine-model or --model beside it, the model that answers")
    })?;
    let address = address.parse().map_err(|error| crate::connect::from_llm(&error))?;
    let out =
        out.ok_or_else(|| Error::usage("--engine model: works for generate alone, which keeps the answers"))?;
    Ok(Some(Answering {
        address,
        terms: options.models.terms(ANSWERS_AT_ONCE)?,
        journal: out.join("journal/answers"),
        each: usize::from(options.engine_calls),
    }))
}

/// What of that decides a run's bytes, beside its domains.
fn chain_table(wanted: &Wanted) -> toml::Table {
    let mode = match wanted.mode {
        Mode::Only(pattern) => pattern.word(),
        Mode::Mixed => "mixed",
    };
    let mut table = toml::Table::from_iter([
        ("mode".to_owned(), Value::String(mode.to_owned())),
        ("steer".to_owned(), number(wanted.candidates as u64)),
    ]);
    if let Some(by) = &wanted.answering {
        table.insert("engine".to_owned(), Value::String(by.address.to_string()));
        table.insert("prompt".to_owned(), Value::String(observed::hash()));
    }
    table
}

fn playable(found: &[Found]) -> Vec<Arc<Domain>> {
    found.iter().map(|found| found.domain.clone()).collect()
}

/// The file with the goals; none when the compiler draws them.
fn goal_path(options: &Options) -> Result<Option<PathBuf>, Error> {
    match &options.goals {
        GoalSource::Sampled | GoalSource::Model => Ok(None),
        GoalSource::File(path) => Ok(Some(path.clone())),
        GoalSource::Corpus => {
            let files = options.domain.iter().map(|folder| Path::new(folder).join("goals.jsonl"));
            let mut files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
            match (files.pop(), files.is_empty()) {
                (Some(file), true) => Ok(Some(file)),
                _ => Err(Error::usage(
                    "--goals corpus: expected one folder with goals.jsonl in --domain; `goalconvo import` makes one",
                )),
            }
        }
    }
}

fn fault_kind(name: &str) -> Result<FaultKind, String> {
    let known = FaultKind::ALL.map(FaultKind::name).join(", ");
    let kind = FaultKind::ALL.into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| format!("no kind of failure; known: {known}"))
}

/// The dials that were set.
fn dials(dials: &Dials) -> toml::Table {
    let classes =
        dials.classes.iter().map(|(class, weight)| (class.name().to_owned(), number(u64::from(*weight))));
    let tools = match dials.tools {
        ToolSet::All => "all",
        ToolSet::None => "none",
        ToolSet::Missing => "missing",
    };
    let count = |number: Option<usize>| number.map(|number| number as u64);
    let set: BTreeMap<&str, Option<u64>> = BTreeMap::from([
        ("constraints", count(dials.difficulty.constraints)),
        ("relaxations", count(dials.difficulty.relaxations)),
        ("ambiguity", dials.difficulty.ambiguity.map(u64::from)),
        ("domains-per-dialogue", count(dials.domains)),
        ("tool-errors", dials.tool_errors.map(u64::from)),
        ("max-turns", count(dials.max_turns)),
    ]);
    let mut table: toml::Table =
        set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), number(value?)))).collect();
    table.insert("tools".to_owned(), Value::String(tools.to_owned()));
    if !dials.error_kinds.is_empty() {
        let kinds = dials.error_kinds.iter().map(|kind| Value::String(kind.name().to_owned()));
        table.insert("tool-error-kinds".to_owned(), Value::Array(kinds.collect()));
    }
    // The first variety is what runs had before there was a choice.
    if dials.manner.style != Style::default() {
        let name = engine::varieties()
            .ok()
            .and_then(|all| all.into_iter().find(|(_, style)| *style == dials.manner.style));
        let name = name.map(|(name, _)| name).unwrap_or_default();
        table.insert("style".to_owned(), Value::String(name));
    }
    table.insert("classes".to_owned(), Value::Table(classes.collect()));
    table
}

/// Options keep numbers within what TOML can say.
fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

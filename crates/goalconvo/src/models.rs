//! Models by their addresses: which plays what, at whose cost, and within which limits.
//!
//! [`crate::connect`] calls them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use goalconvo_core::Dialogue;
use goalconvo_llm::{Address, Batch, Cost, Model, Price, Reply, Request, Scripted};
use goalconvo_sim::{AssistantPart, Company, Estimate, Grade, Prompts, Sampling, UserPart, Voice};
use toml::Value;

use crate::Error;
use crate::authors::Authoring;
use crate::connect::{Connections, Terms, from_llm, prices};
use crate::examples::ExampleOptions;
use crate::gating::{GateOptions, Gating};

/// Options about models.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Models")]
pub struct ModelOptions {
    /// The chat model that plays: openai:gpt-4o-mini, ollama:mistral, http://host:8000/v1#name
    #[arg(long, value_name = "ADDRESS")]
    pub model: Option<String>,
    /// Another model for the user
    #[arg(long, value_name = "ADDRESS")]
    pub user_model: Option<String>,
    /// Another model for the assistant
    #[arg(long, value_name = "ADDRESS")]
    pub assistant_model: Option<String>,
    /// A model that writes each dialogue whole, in one call, in place of user and assistant
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["user_model", "assistant_model", "user", "assistant"])]
    pub writer: Option<String>,
    /// How the user is played; guided where it has a model
    #[arg(long, value_name = "HOW")]
    pub user: Option<UserGrade>,
    /// How the assistant is played; by a model where it has one
    #[arg(long, value_name = "HOW")]
    pub assistant: Option<AssistantGrade>,
    /// Never spend more than this, such as 5usd
    #[arg(long, value_name = "AMOUNT", value_parser = cost)]
    pub budget: Option<Cost>,
    /// Ask by batch job, turn by turn, at half the price; what a job leaves out is asked online
    #[arg(long)]
    pub batch: bool,
    /// Prices of models, a TOML file that goes before the built-in table: for each address (it may end in `*`) a table
    /// [models."http://host:8000/v1#name"] with input = 0.15 and output = 0.60, dollars per million tokens, and where they
    /// differ cached_input and cache_write
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Folder with prompts that replace built-in ones, as user/guided.jinja
    #[arg(long, value_name = "DIR")]
    pub prompts: Option<PathBuf>,
    /// Requests in any minute to one provider
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: Option<u32>,
    /// Tokens in any minute to one provider
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub tokens_per_minute: Option<u64>,
    /// Sampling temperature; the provider's own unless said otherwise
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Most tokens of one reply, reasoning included; a whole dialogue may have four times as many
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: u32,
    /// Longest time for one reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0, value_parser = seconds)]
    pub timeout: f64,
    /// How many scenarios are tried for an index whose candidates are rejected
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub attempts: u16,
}

/// How the user is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UserGrade {
    /// By a model from persona and goal
    Free,
    /// The goal's ledger decides, a model words it
    Guided,
    /// The grammar words it, a model rewords that
    Rewrite,
    /// Without a model
    Builtin,
}

/// How the assistant is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AssistantGrade {
    /// By a model with tools
    Model,
    /// Without a model
    Builtin,
}

impl ModelOptions {
    /// An option that means something to models alone.
    fn idle(&self) -> Option<&'static str> {
        let given = [
            (self.budget.is_some(), "--budget"),
            (self.batch, "--batch"),
            (self.prices.is_some(), "--prices"),
            (self.prompts.is_some(), "--prompts"),
            (self.requests_per_minute.is_some(), "--requests-per-minute"),
            (self.tokens_per_minute.is_some(), "--tokens-per-minute"),
            (self.temperature.is_some(), "--temperature"),
        ];
        given.into_iter().find_map(|(is_given, option)| is_given.then_some(option))
    }

    /// On which terms models are called, with so many calls open at once.
    ///
    /// # Errors
    /// The longest time for a reply is no time.
    pub fn terms(&self, at_once: usize) -> Result<Terms, Error> {
        let timeout = Duration::try_from_secs_f64(self.timeout);
        Ok(Terms {
            budget: self.budget,
            prices: self.prices.clone(),
            requests_per_minute: self.requests_per_minute,
            tokens_per_minute: self.tokens_per_minute,
            batch: self.batch,
            timeout: timeout.map_err(|error| Error::usage(format!("--timeout: {error}")))?,
            at_once,
        })
    }
}

/// No provider takes more than 2.
fn temperature(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|value: &f64| (0.0..=2.0).contains(value));
    found.ok_or_else(|| "expected a number from 0 to 2".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0);
    found.ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

fn cost(text: &str) -> Result<Cost, String> {
    text.parse().map_err(|error: goalconvo_llm::Error| error.to_string())
}

/// The parts as they are meant: who plays by which model.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    user: Option<(UserGrade, Address)>,
    assistant: Option<Address>,
}

impl Roles {
    /// The roles that the options name; `None` when no model plays.
    ///
    /// # Errors
    /// An address is none, a grade has no model, or a model has no role.
    pub fn of(options: &ModelOptions) -> Result<Option<Self>, Error> {
        let address = |own: &Option<String>| {
            let text = own.as_ref().or(options.model.as_ref());
            text.map(|text| text.parse::<Address>().map_err(|error| from_llm(&error))).transpose()
        };
        let user = match (options.user, address(&options.user_model)?) {
            (None | Some(UserGrade::Builtin), None) | (Some(UserGrade::Builtin), Some(_)) => None,
            (None, Some(address)) => Some((UserGrade::Guided, address)),
            (Some(grade), Some(address)) => Some((grade, address)),
            (Some(_), None) => {
                return Err(Error::usage("--user: expected --model or --user-model beside it"));
            }
        };
        let assistant = match (options.assistant, address(&options.assistant_model)?) {
            (None, address) => address,
            (Some(AssistantGrade::Builtin), _) => None,
            (Some(AssistantGrade::Model), Some(address)) => Some(address),
            (Some(AssistantGrade::Model), None) => {
                return Err(Error::usage("--assistant: expected --model or --assistant-model beside it"));
            }
        };
        let none = user.is_none() && assistant.is_none();
        Ok((!none).then_some(Roles { user, assistant }))
    }
}

/// What a run's options say of models: who plays, and with which prompts.
pub struct Models {
    options: ModelOptions,
    roles: Roles,
    writer: Option<Address>,
    gating: Option<Gating>,
    /// The examples that prompts show.
    pub examples: ExampleOptions,
    authoring: Option<Authoring>,
    prompts: Arc<Prompts>,
}

impl Models {
    /// That of the options; `None` when no model plays.
    ///
    /// # Errors
    /// As those of [`Roles::of`], [`Gating::of`] and [`prompts`].
    pub fn of(
        options: &ModelOptions,
        (gate, examples, authoring): (&GateOptions, ExampleOptions, Option<Authoring>),
    ) -> Result<Option<Self>, Error> {
        let writer = options.writer.as_ref().map(|text| text.parse::<Address>()).transpose();
        let writer = writer.map_err(|error| from_llm(&error))?;
        // Who has it all written needs nobody to play.
        let roles = if writer.is_some() { None } else { Roles::of(options)? };
        let is_played = roles.is_some() || authoring.is_some() || writer.is_some();
        let gating = Gating::of(gate, options.model.as_deref(), is_played)?;
        if !is_played && gating.is_none() {
            return options.idle().map_or(Ok(None), |option| {
                Err(Error::usage(format!("{option}: no model plays or judges; expected --model beside it")))
            });
        }
        let prompts = prompts(options.prompts.as_deref())?;
        let roles = roles.unwrap_or_default();
        Ok(Some(Models { options: options.clone(), roles, writer, gating, examples, authoring, prompts }))
    }

    /// Whether a speaker's prompt has examples.
    pub fn take_examples(&self) -> bool {
        matches!(&self.roles.user, Some((UserGrade::Free | UserGrade::Guided, _)))
            || self.roles.assistant.is_some()
            || self.authoring.is_some()
            || self.writer.is_some()
    }

    /// Whether calls go by batch job.
    pub fn by_batch(&self) -> bool {
        self.options.batch
    }

    /// What `run.toml` says of them: all that decides the bytes, and no secret.
    pub fn header(&self) -> Value {
        let text = |text: String| Value::String(text);
        let mut table = toml::Table::new();
        if let Some((grade, address)) = &self.roles.user {
            let grade = grade.to_possible_value().map(|value| value.get_name().to_owned());
            table.insert("user".to_owned(), text(grade.unwrap_or_default()));
            table.insert("user-model".to_owned(), text(address.to_string()));
        }
        if let Some(address) = &self.roles.assistant {
            table.insert("assistant-model".to_owned(), text(address.to_string()));
        }
        if let Some(address) = &self.writer {
            table.insert("writer".to_owned(), text(address.to_string()));
        }
        if let Some(temperature) = self.options.temperature {
            table.insert("temperature".to_owned(), Value::Float(temperature));
        }
        table.insert("max-tokens".to_owned(), Value::Integer(i64::from(self.options.max_tokens)));
        table.insert("attempts".to_owned(), Value::Integer(i64::from(self.options.attempts)));
        let hashes =
            ["assistant/", "user/", "writer/"].into_iter().flat_map(|role| self.prompts.hashes(role));
        let hashes = hashes.map(|(name, hash)| (name.to_string(), text(hash)));
        table.insert("prompts".to_owned(), Value::Table(hashes.collect()));
        table.insert("examples".to_owned(), self.examples.header());
        if let Some(authoring) = &self.authoring {
            table.insert("experience".to_owned(), authoring.header(&self.prompts));
        }
        if let Some(gating) = &self.gating {
            table.insert("gate".to_owned(), gating.header(&self.prompts));
        }
        Value::Table(table)
    }

    /// Opens the journal and makes the models of a run, so many dialogues of which are open at once.
    ///
    /// # Errors
    /// A key is missing, a budget is set and a price is not known, or the journal can't be opened.
    pub fn ready(&self, journal: &Path, at_once: usize) -> Result<Ready, Error> {
        let connections = Connections::new(self.options.terms(at_once)?, Some(journal))?;
        let mut company = self.company(&mut |address| connections.model(address))?;
        if let Some(gating) = &self.gating {
            let (gate, mend, repairs) = gating.ready(&|address| connections.model(address), &self.prompts)?;
            company = Company { gate: Some(gate), mend, repairs, ..company };
        }
        Ok(Ready { company: Arc::new(company), connections })
    }

    /// The same parts with models that are never asked, for a rehearsal.
    ///
    /// # Errors
    /// None that the options did not have before.
    pub fn rehearsed(&self) -> Result<Company, Error> {
        self.company(&mut |address| {
            let silent = |_: &Request| Ok(Reply::default());
            Ok(Arc::new(Scripted::new(address.to_string(), silent)))
        })
    }

    /// The model of each role, with its price where that is known: that of batch jobs where calls go by job.
    ///
    /// # Errors
    /// The file of prices can't be read.
    pub fn prices(&self) -> Result<Priced, Error> {
        let table = prices(self.options.prices.as_deref())?;
        let price = |address: &Address| {
            let by_job = self.options.batch && Batch::is_offered(address);
            table.get(address).map(|price| if by_job { price.half() } else { price })
        };
        let priced = |address: &Address| (address.to_string(), price(address));
        let user = self.roles.user.as_ref().map(|(_, address)| ("user", priced(address)));
        let assistant = self.roles.assistant.as_ref().map(|address| ("assistant", priced(address)));
        let judge = self.gating.as_ref().and_then(|gating| gating.judge.as_ref());
        let judge = judge.map(|address| ("judge", priced(address)));
        let author = self.authoring.as_ref().map(|authoring| ("author", priced(&authoring.address)));
        let writer = self.writer.as_ref().map(|address| ("writer", priced(address)));
        Ok([user, assistant, judge, author, writer].into_iter().flatten().collect())
    }

    /// What judges would be asked about a dialogue; nothing without a judge.
    pub fn judged(&self, dialogue: &Dialogue) -> Estimate {
        self.gating.as_ref().map(|gating| gating.estimate(dialogue, &self.prompts)).unwrap_or_default()
    }

    fn sampling(&self) -> Sampling {
        Sampling {
            temperature: self.options.temperature,
            max_tokens: self.options.max_tokens,
            ..Sampling::default()
        }
    }

    fn company(&self, model: &mut Maker<'_>) -> Result<Company, Error> {
        let sampling = self.sampling();
        let mut voice = |address: &Address| {
            let (prompts, sampling) = (self.prompts.clone(), sampling.clone());
            Ok::<_, Error>(Voice { model: model(address)?, prompts, sampling })
        };
        let user = match &self.roles.user {
            None | Some((UserGrade::Builtin, _)) => UserPart::BuiltIn,
            Some((UserGrade::Free, address)) => UserPart::Free(voice(address)?),
            Some((UserGrade::Guided, address)) => UserPart::Worded(voice(address)?, Grade::Guided),
            Some((UserGrade::Rewrite, address)) => UserPart::Worded(voice(address)?, Grade::Rewrite),
        };
        let assistant = match &self.roles.assistant {
            None => AssistantPart::BuiltIn,
            Some(address) => AssistantPart::Model(voice(address)?),
        };
        // A dialogue is many replies in one.
        let max_tokens = sampling.max_tokens.saturating_mul(4);
        let writer = self.writer.as_ref().map(|address| {
            let Voice { model, prompts, sampling } = voice(address)?;
            Ok::<_, Error>(Voice { model, prompts, sampling: Sampling { max_tokens, ..sampling } })
        });
        let author = self.authoring.as_ref().map(|authoring| {
            let (temperature, most) = (self.options.temperature, self.options.max_tokens);
            Ok::<_, Error>(authoring.ready(model(&authoring.address)?, &self.prompts, temperature, most))
        });
        let (writer, author, attempts) =
            (writer.transpose()?, author.transpose()?, u64::from(self.options.attempts));
        Ok(Company { user, assistant, writer, author, attempts, ..Company::default() })
    }
}

/// The model of each role, with its price where that is known.
pub type Priced = BTreeMap<&'static str, (String, Option<Price>)>;

/// Makes the model at an address.
type Maker<'m> = dyn FnMut(&Address) -> Result<Arc<dyn Model>, Error> + 'm;

/// Models at work.
pub struct Ready {
    /// Who plays.
    pub company: Arc<Company>,
    /// Where they are called, and what that costs.
    pub connections: Connections,
}

/// The prompts, with those of a folder in place of the built-in ones.
///
/// # Errors
/// A file can't be read, is no prompt, or can't be used as one.
pub fn prompts(folder: Option<&Path>) -> Result<Arc<Prompts>, Error> {
    let mut own = BTreeMap::new();
    if let Some(folder) = folder {
        collect(folder, "", &mut own)?;
        if own.is_empty() {
            let what = "found no file *.jinja; expected prompts such as user/guided.jinja";
            return Err(Error::bad_input(format!("{}: {what}", folder.display())));
        }
    }
    Prompts::new(&own).map(Arc::new).map_err(|error| {
        let place = folder.map_or(String::new(), |folder| format!("{}: ", folder.display()));
        Error::bad_input(format!("{place}{error}"))
    })
}

fn collect(folder: &Path, prefix: &str, own: &mut BTreeMap<String, String>) -> Result<(), Error> {
    let refused =
        |path: &Path, error: std::io::Error| Error::bad_input(format!("read {}: {error}", path.display()));
    let entries = std::fs::read_dir(folder).map_err(|error| refused(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| refused(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), own)?;
        } else if let Some(name) = name.strip_suffix(".jinja") {
            let text = std::fs::read_to_string(&path).map_err(|error| refused(&path, error))?;
            own.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

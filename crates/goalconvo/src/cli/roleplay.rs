//! `goalconvo generate --persona … --persona …`: two personas talk, without a world.

use std::future::ready;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use goalconvo_core::{ContentHash, Key};
use goalconvo_sim::SpeakerError;
use goalconvo_sim::roleplay::{Cast, Part, Rules, Talk, WhoEnds, talk};
use goalconvo_store::{Failure, WholeFile, replace, write_whole};
use serde::Serialize;
use serde_json::json;

use crate::config::persona::{Orchestration, orchestration, personas, text_of};
use crate::connect::Connections;
use crate::in_turn::{Floor, Task, Work, in_turn};
use crate::perform::InARow;
use crate::report::Account;
use crate::settings;
use crate::terminal::say;
use crate::timings::Log;
use crate::{Context, Error, Exit, Progress, Stop, models};

/// Options of talks without a world.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Personas without a world")]
pub(super) struct TalkOptions {
    /// A persona of any shape, as .toml, .json or .yaml; twice, the first speaks first. Or once, a dialogue of sdialog's
    /// as .json: its two personas
    #[arg(long, value_name = "FILE", requires = "model")]
    persona: Vec<PathBuf>,
    /// A Jinja template that describes a persona by its fields
    #[arg(long, value_name = "FILE", requires = "persona")]
    persona_template: Option<PathBuf>,
    /// Where and why they talk
    #[arg(long, value_name = "TEXT", requires = "persona")]
    context: Option<String>,
    /// First words of the first speaker; one is drawn when given several times
    #[arg(long, value_name = "TEXT", requires = "persona")]
    opening: Vec<String>,
    /// Who may end a talk
    #[arg(long, value_name = "WHO", requires = "persona")]
    ends: Option<Ends>,
    /// What the speakers are told before their moves, in TOML: lists [[first]] and [[second]] of orchestrators
    #[arg(long, value_name = "FILE", requires = "persona")]
    orchestrate: Option<PathBuf>,
}

/// Who may end a talk.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ends {
    /// Both
    Both,
    /// The one who speaks first
    First,
    /// The one who speaks second
    Second,
    /// Nobody
    Nobody,
}

impl TalkOptions {
    /// Whether talks without a world are asked for.
    pub(super) fn asked(&self) -> bool {
        !self.persona.is_empty()
    }
}

/// What `generate` is asked for besides.
pub(super) struct Asked<'a> {
    pub(super) options: &'a settings::Options,
    pub(super) out: &'a Path,
    pub(super) at_once: usize,
    pub(super) json: bool,
}

/// The file by which a folder of talks is known: what decides its bytes.
const MARK: &str = "talks.json";

pub(super) fn run(options: &TalkOptions, asked: &Asked<'_>, context: &mut Context) -> Result<(), Error> {
    refuse(asked.options)?;
    let rules = rules(options, asked.options);
    let journal = asked.out.join("journal");
    std::fs::create_dir_all(&journal)
        .and_then(|()| std::fs::create_dir_all(asked.out.join("talks")))
        .map_err(|error| Error::bad_input(format!("create folder {}: {error}", asked.out.display())))?;
    let terms = asked.options.models.terms(asked.at_once)?;
    let connections = Connections::new(terms, Some(&journal.join("replies")))?;
    let cast = cast(options, asked.options, &connections)?;
    let config = settle(asked, &cast, &rules)?;
    let talks = play(asked, &connections, (cast, rules), config)?;
    finish(asked, &talks, connections.ledger(), context)
}

/// An option that would say nothing here is refused rather than passed over.
fn refuse(common: &settings::Options) -> Result<(), Error> {
    let gate = &common.gate;
    let judged = gate.judge.as_deref().is_some_and(|judge| judge != "none") || gate.gate.is_some();
    let given = [
        ("--judge and --gate", judged),
        ("--author", common.author.author.is_some()),
        ("--writer", common.models.writer.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Error::usage(format!(
            "{option}: of no use with --persona, where two personas talk without a world; `goalconvo judge` judges such \
             talks once they are made"
        ))),
        None => Ok(()),
    }
}

fn rules(options: &TalkOptions, common: &settings::Options) -> Rules {
    let ends = match options.ends {
        None | Some(Ends::Both) => WhoEnds::Both,
        Some(Ends::First) => WhoEnds::First,
        Some(Ends::Second) => WhoEnds::Second,
        Some(Ends::Nobody) => WhoEnds::Nobody,
    };
    let plain = Rules::default();
    Rules {
        context: options.context.clone().unwrap_or_default(),
        opening: options.opening.clone(),
        most_turns: common.max_turns.map_or(plain.most_turns, usize::from),
        ends,
        temperature: common.models.temperature,
        max_tokens: common.models.max_tokens,
        ..plain
    }
}

fn cast(options: &TalkOptions, common: &settings::Options, connections: &Connections) -> Result<Cast, Error> {
    let template = options.persona_template.as_deref().map(text_of).transpose()?;
    let mut cards = Vec::new();
    for path in &options.persona {
        cards.extend(personas(path, template.as_deref())?);
    }
    let [first, second] = <[_; 2]>::try_from(cards).map_err(|cards| {
        let found = cards.len();
        Error::usage(format!("--persona: found {found}; expected two, the first of which speaks first"))
    })?;
    let told = options.orchestrate.as_deref().map_or(Ok(Orchestration::default()), orchestration)?;
    let model = |own: &Option<String>| {
        let address = own.as_ref().or(common.models.model.as_ref());
        connections.open(address.map_or("", String::as_str))
    };
    let parts = [
        Part { card: first, model: model(&common.models.user_model)?, orchestrators: told.first },
        Part { card: second, model: model(&common.models.assistant_model)?, orchestrators: told.second },
    ];
    if parts[0].card.name.to_lowercase() == parts[1].card.name.to_lowercase() {
        let name = &parts[0].card.name;
        return Err(Error::usage(format!("both personas are called {name:?}; give them different names")));
    }
    Ok(Cast { parts, prompts: models::prompts(common.models.prompts.as_deref())? })
}

/// What decides the bytes of the talks, as a hash; a folder of other talks is not continued.
fn settle(asked: &Asked<'_>, cast: &Cast, rules: &Rules) -> Result<String, Error> {
    let side = |part: &Part| json!({ "persona": part.card, "model": part.model.name(), "orchestrators": part.orchestrators });
    let seed = asked.options.seed;
    let wanted = json!({
        "format": "goalconvo-talks/1",
        "program": settings::PROGRAM,
        "seed": seed,
        "first": side(&cast.parts[0]),
        "second": side(&cast.parts[1]),
        "rules": rules,
        "prompts": cast.prompts.hashes("roleplay/"),
    });
    let path = asked.out.join(MARK);
    let text = format!("{}\n", serde_json::to_string_pretty(&wanted)?);
    let hash = ContentHash::of(text.as_bytes()).to_string();
    match std::fs::read_to_string(&path) {
        Ok(found) if found == text => Ok(hash),
        Ok(_) => {
            let what = "these talks were made with other personas, models or rules; repeat those to continue, or choose \
                        another --out";
            Err(Error::bad_input(format!("{}: {what}", path.display())))
        }
        Err(_) if asked.out.join("run.toml").exists() => Err(Error::bad_input(format!(
            "{}: this is a run with a world; choose another --out",
            asked.out.display()
        ))),
        Err(_) => write_whole(&path, text.as_bytes()).map(|()| hash).map_err(Error::from),
    }
}

/// What became of the indexes that were tried.
#[derive(Default)]
struct Talks {
    made: u64,
    /// Ended by a speaker, after both had spoken.
    complete: u64,
    cut_off: u64,
    failed: Vec<Failure>,
    /// The budget was reached.
    budget: bool,
    /// Nothing more was tried after so many failures in a row.
    halted: bool,
}

/// Talks in progress.
struct Show<'a> {
    asked: &'a Asked<'a>,
    cast: Arc<Cast>,
    rules: Arc<Rules>,
    config: String,
    /// The records of all talks.
    records: WholeFile,
    times: Log,
    talks: Talks,
    in_a_row: InARow,
    progress: Progress,
}

impl Work for Show<'_> {
    type Made = Result<Talk, SpeakerError>;

    fn begin(&mut self, index: u64) -> Option<Task<Self::Made>> {
        if self.talks.budget || self.talks.halted {
            return None;
        }
        if let Some(talk) = known(self.asked.out, index) {
            return Some(Box::pin(ready(Ok(talk))));
        }
        let (cast, rules) = (self.cast.clone(), self.rules.clone());
        let key = Key { seed: self.asked.options.seed, index };
        Some(Box::pin(async move { talk(&cast, &rules, key).await }))
    }

    fn ended(&mut self, made: &Self::Made) {
        match made {
            Ok(_) => self.in_a_row.worked(),
            Err(error) if error.is_budget() => self.talks.budget = true,
            Err(_) => self.in_a_row.failed(),
        }
        self.talks.halted |= self.in_a_row.is_hopeless(self.asked.at_once);
    }

    fn write(&mut self, index: u64, made: Self::Made) -> Result<(), Error> {
        match made {
            Ok(talk) => self.keep(talk),
            Err(error) => {
                let (reason, retryable) = (error.to_string(), error.is_retryable());
                self.talks.failed.push(Failure { index, reason, retryable });
                Ok(())
            }
        }
    }

    fn written(&mut self, next: u64) -> Result<(), Error> {
        self.progress.show(next);
        Ok(())
    }
}

impl Show<'_> {
    /// The talk as text, in sdialog's shape, and last, as the others are whole then, as it is. All are made again from the
    /// journal where they are lost.
    fn keep(&mut self, mut talk: Talk) -> Result<(), Error> {
        // No two runs take the same time: times lie beside.
        let times = talk.take_times();
        if !times.is_empty() {
            self.times.add(&talk.id, times)?;
        }
        let place = |ending: &str| place(self.asked.out, talk.index, ending);
        replace(&place("txt"), talk.text().as_bytes())?;
        replace(&place("sdialog.json"), &lines_of(&talk.sdialog())?)?;
        replace(&place("json"), &lines_of(&talk)?)?;
        let mut record = talk.record();
        record.provenance.config = Some(self.config.clone());
        serde_json::to_writer(&mut self.records, &record)?;
        self.records.write_all(b"\n")?;
        self.talks.made += 1;
        self.talks.complete += u64::from(talk.is_complete());
        self.talks.cut_off += u64::from(!talk.was_ended());
        Ok(())
    }
}

/// Indented JSON for people, and the end of its last line.
fn lines_of(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

fn play(
    asked: &Asked<'_>,
    connections: &Connections,
    (cast, rules): (Cast, Rules),
    config: String,
) -> Result<Talks, Error> {
    // Those of an earlier process are kept, when it was asked for more.
    let count = (asked.options.count..).find(|index| known(asked.out, *index).is_none()).unwrap_or(u64::MAX);
    if count > asked.options.count {
        say(&format!("{}: {count} talks were made before, and are kept", asked.out.display()));
    }
    let mut show = Show {
        asked,
        cast: Arc::new(cast),
        rules: Arc::new(rules),
        config,
        records: WholeFile::create(&asked.out.join("dialogues.jsonl"))?,
        times: Log::open(asked.out)?,
        talks: Talks::default(),
        in_a_row: InARow::default(),
        progress: Progress::new("talks", 0, count),
    };
    let stop = Stop::listen()?;
    let floor = Floor { at_once: asked.at_once, gather: connections.gather(), stop: &stop };
    let stopped = connections.wait(in_turn(&mut show, 0..count, &floor))?;
    show.progress.end();
    if stopped {
        let made = show.talks.made;
        let what = format!("interrupted after {made} of {count} talks; the same command continues");
        return Err(Error::new(Exit::Interrupted, what));
    }
    show.records.finish()?;
    Ok(show.talks)
}

fn place(out: &Path, index: u64, ending: &str) -> PathBuf {
    out.join("talks").join(format!("{index:06}.{ending}"))
}

/// A talk that an earlier process has made.
fn known(out: &Path, index: u64) -> Option<Talk> {
    let text = std::fs::read_to_string(place(out, index, "json")).ok()?;
    serde_json::from_str::<Talk>(&text).ok().filter(|talk| talk.index == index)
}

/// Writes what failed and the report, and says what was made; an error names what was not.
fn finish(
    asked: &Asked<'_>,
    talks: &Talks,
    ledger: &goalconvo_llm::Ledger,
    context: &mut Context,
) -> Result<(), Error> {
    let failed = asked.out.join("failed.jsonl");
    list(&failed, &talks.failed)?;
    let Talks { made, complete, cut_off, .. } = *talks;
    let one_sided = made - complete - cut_off;
    let models = Account::of(ledger);
    let report = json!({
        "format": "goalconvo-talks-report/1", "asked": asked.options.count, "made": made, "complete": complete,
        "cut_off": cut_off, "one_sided": one_sided, "failed": talks.failed, "models": models,
    });
    write_whole(&asked.out.join("report.json"), &lines_of(&report)?)?;
    if asked.json {
        writeln!(context.out, "{report}")?;
    } else {
        let beside = match one_sided {
            0 => String::new(),
            talks => format!(", {talks} ended before both had spoken"),
        };
        let file = asked.out.join("dialogues.jsonl");
        let place = file.display();
        writeln!(
            context.out,
            "{made} talks made, {complete} complete, {cut_off} cut off{beside}: {place}\n"
        )?;
        for account in &models {
            writeln!(context.out, "{}", account.text())?;
        }
    }
    context.out.flush()?;
    delivered(talks, &failed, asked.options.count)
}

/// Writes what failed, a line an index; no file where nothing did.
fn list(path: &Path, failed: &[Failure]) -> Result<(), Error> {
    if failed.is_empty() {
        // A list of an earlier run would tell what is no longer true.
        return match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    let mut lines = Vec::new();
    for failure in failed {
        serde_json::to_writer(&mut lines, failure)?;
        lines.push(b'\n');
    }
    Ok(write_whole(path, &lines)?)
}

/// So many indexes are named in a message.
const NAMED: usize = 10;

/// An error when a provider failed or the budget was reached.
fn delivered(talks: &Talks, list: &Path, asked: u64) -> Result<(), Error> {
    let Some(first) = talks.failed.first() else { return Ok(()) };
    let failed = talks.failed.len();
    let named: Vec<String> =
        talks.failed.iter().take(NAMED).map(|failure| failure.index.to_string()).collect();
    let more = if failed > NAMED { ", …" } else { "" };
    let (indexes, place) = (named.join(", "), list.display());
    let halted = match (talks.budget, talks.halted) {
        (true, _) => ", and no more were tried: the budget is reached",
        (_, true) => ", and no more were tried after so many in a row",
        _ => "",
    };
    let reason = &first.reason;
    let what = format!(
        "{failed} talks failed{halted}; index {indexes}{more}; the first: {reason}; {place} lists them, and the same \
         command tries them again; {} of {asked} are made",
        talks.made
    );
    Err(Error::new(if talks.budget { Exit::Budget } else { Exit::Provider }, what))
}

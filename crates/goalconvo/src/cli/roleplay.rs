//! `goalconvo generate --persona … --persona …`: two personas talk, without a world.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use goalconvo_core::{ContentHash, Key};
use goalconvo_sim::roleplay::{Cast, Part, PlayError, Rules, Talk, WhoEnds, talk};
use goalconvo_store::{Pace, in_order, write_whole};
use serde_json::json;

use crate::config::persona::{Orchestration, orchestration, persona, text_of};
use crate::connect::Connections;
use crate::settings;
use crate::{Context, Error, Exit, Progress, Stop, models};

/// TalkOptions of talks without a world.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Personas without a world")]
pub(super) struct TalkOptions {
    /// A persona of any shape, as .toml, .json or .yaml; twice, the first speaks first
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
    settle(asked, &cast, &rules)?;
    let talks = play(asked, &connections, &cast, &rules)?;
    finish(asked, &talks, context)
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
    let [first, second] = options.persona.as_slice() else {
        let what = format!(
            "--persona: found {}; expected two, the first of which speaks first",
            options.persona.len()
        );
        return Err(Error::usage(what));
    };
    let template = options.persona_template.as_deref().map(text_of).transpose()?;
    let told = options.orchestrate.as_deref().map_or(Ok(Orchestration::default()), orchestration)?;
    let model = |own: &Option<String>| {
        let address = own.as_ref().or(common.models.model.as_ref());
        connections.open(address.map_or("", String::as_str))
    };
    let part = |path: &Path, own: &Option<String>, orchestrators| {
        let card = persona(path, template.as_deref())?;
        Ok::<_, Error>(Part { card, model: model(own)?, orchestrators })
    };
    let parts = [
        part(first, &common.models.user_model, told.first)?,
        part(second, &common.models.assistant_model, told.second)?,
    ];
    if parts[0].card.name.to_lowercase() == parts[1].card.name.to_lowercase() {
        let name = &parts[0].card.name;
        return Err(Error::usage(format!("both personas are called {name:?}; give them different names")));
    }
    Ok(Cast { parts, prompts: models::prompts(common.models.prompts.as_deref())? })
}

/// Refuses to continue a folder of other talks.
fn settle(asked: &Asked<'_>, cast: &Cast, rules: &Rules) -> Result<(), Error> {
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
    match std::fs::read_to_string(&path) {
        Ok(found) if found == text => Ok(()),
        Ok(_) => {
            let what = "these talks were made with other personas, models or rules; repeat those to continue, or choose \
                        another --out";
            Err(Error::bad_input(format!("{}: {what}", path.display())))
        }
        Err(_) if asked.out.join("run.toml").exists() => Err(Error::bad_input(format!(
            "{}: this is a run with a world; choose another --out",
            asked.out.display()
        ))),
        Err(_) => Ok(write_whole(&path, text.as_bytes())?),
    }
}

/// A talk, or the index of one that failed and why.
type Played = Result<Talk, (u64, PlayError)>;

/// What became of an index.
enum Became {
    Talk(Box<Talk>),
    Failed(PlayError),
}

fn play(
    asked: &Asked<'_>,
    connections: &Connections,
    cast: &Cast,
    rules: &Rules,
) -> Result<Vec<Played>, Error> {
    let count = asked.options.count;
    let stop = Stop::listen()?;
    let mut progress = Progress::new("talks", 0, count);
    let mut talks = Vec::new();
    let make = |index: u64| {
        let became = match known(asked.out, index) {
            Some(talk) => Became::Talk(Box::new(talk)),
            None => {
                let key = Key { seed: asked.options.seed, index };
                match connections.handle().block_on(talk(cast, rules, key)) {
                    Ok(talk) => Became::Talk(Box::new(talk)),
                    Err(error) => Became::Failed(error),
                }
            }
        };
        (index, became)
    };
    let pace = Pace { makers: asked.at_once, chunk: 1, ahead: 2, idle: Duration::from_millis(100) };
    in_order(0..count, pace, make, |made| {
        if let Some((index, became)) = made {
            talks.push(match became {
                Became::Talk(talk) => {
                    keep(asked.out, &talk)?;
                    Ok(*talk)
                }
                Became::Failed(error) => Err((index, error)),
            });
        }
        progress.show(talks.len() as u64);
        if stop.asked() {
            let what =
                format!("interrupted after {} of {count} talks; the same command continues", talks.len());
            return Err(Error::new(Exit::Interrupted, what));
        }
        Ok::<_, Error>(ControlFlow::Continue(()))
    })?;
    progress.end();
    Ok(talks)
}

fn place(out: &Path, index: u64, ending: &str) -> PathBuf {
    out.join("talks").join(format!("{index:06}.{ending}"))
}

/// A talk that an earlier process has made.
fn known(out: &Path, index: u64) -> Option<Talk> {
    let text = std::fs::read_to_string(place(out, index, "json")).ok()?;
    serde_json::from_str::<Talk>(&text).ok().filter(|talk| talk.index == index)
}

/// The talk as text, in sdialog's shape, and last, as it is whole then, as it is.
fn keep(out: &Path, talk: &Talk) -> Result<(), Error> {
    write_whole(&place(out, talk.index, "txt"), talk.text().as_bytes())?;
    let sdialog = format!("{}\n", serde_json::to_string_pretty(&talk.sdialog())?);
    write_whole(&place(out, talk.index, "sdialog.json"), sdialog.as_bytes())?;
    let whole = format!("{}\n", serde_json::to_string_pretty(talk)?);
    Ok(write_whole(&place(out, talk.index, "json"), whole.as_bytes())?)
}

/// Writes the records of all talks and says what was made; an error names what was not.
fn finish(asked: &Asked<'_>, talks: &[Played], context: &mut Context) -> Result<(), Error> {
    let config = ContentHash::of(text_of(&asked.out.join(MARK))?.as_bytes()).to_string();
    let mut records = Vec::new();
    for talk in talks.iter().flatten() {
        let mut record = talk.record();
        record.provenance.config = Some(config.clone());
        serde_json::to_writer(&mut records, &record)?;
        records.push(b'\n');
    }
    let file = asked.out.join("dialogues.jsonl");
    write_whole(&file, &records)?;
    let made = talks.iter().flatten().count();
    let complete = talks.iter().flatten().filter(|talk| talk.is_complete()).count();
    let failed: Vec<&(u64, PlayError)> = talks.iter().filter_map(|talk| talk.as_ref().err()).collect();
    if asked.json {
        let failures: Vec<_> = failed
            .iter()
            .map(|(index, error)| json!({ "index": index, "reason": error.to_string() }))
            .collect();
        let report = json!({ "asked": talks.len(), "made": made, "complete": complete, "cut_off": made - complete, "failed": failures });
        writeln!(context.out, "{report}")?;
    } else {
        writeln!(
            context.out,
            "{made} talks made, {complete} complete, {} cut off: {}",
            made - complete,
            file.display()
        )?;
    }
    context.out.flush()?;
    match failed.first() {
        None => Ok(()),
        Some((index, error)) => {
            let what = format!(
                "{} talks failed, the first is {index}: {error}; the same command tries them again",
                failed.len()
            );
            Err(Error::new(Exit::Provider, what))
        }
    }
}

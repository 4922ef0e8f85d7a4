//! `goalconvo chat`: a person in one role, the built-in speaker or a model in the other.

use std::fs::OpenOptions;
use std::io::{BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use goalconvo_core::{AssistantView, Dialogue, Domain, Ending, Finding, Role, Turn, UserView, Utterance};
use goalconvo_sim::{Deed, Sight, SpeakerError};
use goalconvo_store::Worlds;

use crate::connect::runtime;
use crate::engine::{Dials, Goals, Plan};
use crate::examples::ExampleOptions;
use crate::gating::GateOptions;
use crate::models::{ModelOptions, Models};
use crate::settings::ClassWeight;
use crate::show::task_line;
use crate::terminal::{harmless, say};
use crate::{Context, Error, Exit, Stop, assemble};

/// Talk to an assistant as the user, or be the assistant
///
/// As the user you get a goal; as the assistant you get the tools. What you type is what you say; a line that begins
/// with / is a command, and /help lists them. The other side is built in, or a model where one is named. The record is
/// checked like any other: one that passes goes to dialogues.jsonl in the folder, any other to rejects.jsonl, and the
/// reasons are told.
///
/// Example: goalconvo chat --domain hotel --as user
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which side is yours
    #[arg(long = "as", value_name = "WHO", default_value = "user")]
    side: Side,
    /// Built-in domains by name, `all`, or folders
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "all")]
    domain: Vec<String>,
    /// Goal classes with weights, as name=weight; the others are not drawn
    #[arg(long, value_name = "NAME=WEIGHT", value_delimiter = ',')]
    classes: Vec<ClassWeight>,
    /// Fixes the scenario, together with --index
    #[arg(long, value_name = "SEED", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// Which scenario; the first that the folder has no record of unless said otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..goalconvo_core::Key::END))]
    index: Option<u64>,
    /// Where records are kept
    #[arg(long, value_name = "DIR", default_value = "runs/chat")]
    out: PathBuf,
    #[command(flatten)]
    models: ModelOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Side {
    User,
    Assistant,
}

const ACCEPTED: &str = "dialogues.jsonl";
const REJECTED: &str = "rejects.jsonl";

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    if args.models.batch {
        return Err(Error::usage("--batch: a person can't wait for batch jobs; leave it out"));
    }
    let found = assemble::domains(&args.domain)?;
    let domains: Vec<Arc<Domain>> = found.iter().map(|found| found.domain.clone()).collect();
    let classes = args.classes.iter().map(ClassWeight::pair).collect();
    let plan = Plan::new(&domains, Goals::Sampled, Dials { classes, ..Dials::default() }, args.seed)?;
    let refused = |error: std::io::Error| Error::bad_input(format!("folder {}: {error}", args.out.display()));
    if args.out.join("run.toml").exists() {
        let what = "is a run of `generate`, which takes away what it has not made itself; give another --out";
        return Err(Error::bad_input(format!("folder {} {what}", args.out.display())));
    }
    std::fs::create_dir_all(args.out.join("journal")).map_err(refused)?;
    let index = args.index.map_or_else(|| records(&args.out), Ok)?;
    let drawn = plan.scenario(index);
    let scenario = drawn.ok_or_else(|| Error::check(format!("no goal could be drawn for index {index}")))?;
    // A person judges for itself, and nobody is shown examples.
    let gate = GateOptions { judge: Some("none".to_owned()), ..GateOptions::default() };
    let examples = ExampleOptions { examples: 0, ..ExampleOptions::default() };
    let ready = Models::of(&args.models, (&gate, examples, None))?
        .map(|models| models.ready(&args.out.join("journal/replies"), 1))
        .transpose()?;
    let company = ready.as_ref().map(|ready| &*ready.company);
    let stop = Stop::listen()?;
    let table = Table::new(stop.clone());
    context.out.flush()?;
    let role = if args.side == Side::User { Role::User } else { Role::Assistant };
    let hand = |sight: Sight<'_>| table.turn(&sight);
    let end = |episode: &goalconvo_core::Episode| table.rest(role, episode.turns());
    let playing = plan.chat((scenario, format!("{index:06}")), (role, &hand), company, &end);
    let playing = stop.or(playing);
    let played = match &ready {
        Some(ready) => ready.connections.wait(playing),
        None => runtime(1)?.block_on(playing),
    };
    if stop.asked() {
        return Err(Error::new(Exit::Interrupted, "interrupted: nothing of this chat is kept"));
    }
    let played = played.flatten().ok_or_else(|| Error::check("the scenario does not fit its world"))?;
    let (dialogue, failure) = played;
    assemble::keep(&found, &Worlds::new(args.out.join("worlds")))?;
    match failure {
        None => keep(&args.out, &dialogue, context),
        Some(failure) => unfinished(&args.out, index, &dialogue, &failure),
    }
}

/// Keeps what was said before the other side could not go on.
fn unfinished(folder: &Path, index: u64, dialogue: &Dialogue, failure: &SpeakerError) -> Result<(), Error> {
    let exit = if failure.is_budget() { Exit::Budget } else { Exit::Provider };
    let said = dialogue.said().next().is_some();
    let kept = match said {
        false => "nothing was said yet".to_owned(),
        true => {
            let file = append(folder, REJECTED, dialogue)?;
            format!("what was said until then is in {}", file.display())
        }
    };
    let what =
        format!("the other side could not speak: {failure}; {kept}, and --index {index} begins it again");
    Err(Error::new(exit, what))
}

/// How many records a folder has.
fn records(folder: &Path) -> Result<u64, Error> {
    let mut count = 0;
    for name in [ACCEPTED, REJECTED] {
        let path = folder.join(name);
        if path.exists() {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Error::bad_input(format!("read {}: {error}", path.display())))?;
            count += text.lines().count() as u64;
        }
    }
    Ok(count)
}

/// Appends the record where it belongs, and says what was found.
fn keep(folder: &Path, dialogue: &Dialogue, context: &mut Context) -> Result<(), Error> {
    let failed: Vec<_> =
        dialogue.verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed).collect();
    let file = append(folder, if failed.is_empty() { ACCEPTED } else { REJECTED }, dialogue)?;
    if failed.is_empty() {
        writeln!(context.out, "\nEvery check holds. The record is in {}", file.display())?;
        return Ok(());
    }
    writeln!(context.out, "\nThe record does not pass, and is in {}:", file.display())?;
    let reasons = failed.iter().flat_map(|verdict| &verdict.reasons);
    for reason in reasons.take(12) {
        writeln!(context.out, "  {} at {}: {}", reason.check, reason.at, reason.what)?;
    }
    context.out.flush()?;
    Err(Error::check("a check of the chat did not hold"))
}

/// Adds the record to a file of the folder, which is returned.
fn append(folder: &Path, name: &str, dialogue: &Dialogue) -> Result<PathBuf, Error> {
    let file = folder.join(name);
    let refused = |error: std::io::Error| Error::bad_input(format!("write {}: {error}", file.display()));
    let mut line = serde_json::to_vec(dialogue)?;
    line.push(b'\n');
    let opened = OpenOptions::new().append(true).create(true).open(&file);
    opened.and_then(|mut open| open.write_all(&line)).map_err(refused)?;
    Ok(file)
}

/// Where the person sits: what they have seen, and what they type.
struct Table {
    typed: Mutex<Receiver<String>>,
    stop: Stop,
    /// Turns that were shown, and whether the beginning was.
    shown: Mutex<Option<usize>>,
    prompts: bool,
}

impl Table {
    /// Lines are read beside the talk, so that an interrupt is heard while nobody types.
    fn new(stop: Stop) -> Self {
        let (line, typed) = channel();
        std::thread::spawn(move || {
            for read in std::io::stdin().lock().lines() {
                let Ok(text) = read else { return };
                if line.send(text).is_err() {
                    return;
                }
            }
        });
        let prompts = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        Table { typed: Mutex::new(typed), stop, shown: Mutex::default(), prompts }
    }

    /// Shows what is new, and asks until something can be done with the answer.
    fn turn(&self, sight: &Sight<'_>) -> Result<Deed, SpeakerError> {
        self.show(sight).map_err(|error| SpeakerError::new(format!("show the chat: {error}"), false))?;
        loop {
            let Some(line) = self.line()? else { return Ok(Deed::End(left(sight))) };
            match understand(sight, line.trim()) {
                Ok(deed) => return Ok(deed),
                Err(told) => say(&told),
            }
        }
    }

    /// The next line; none at the end of the input.
    fn line(&self) -> Result<Option<String>, SpeakerError> {
        if self.prompts {
            let mut out = std::io::stdout();
            // Where nobody sees it, nobody misses it.
            let _ = write!(out, "you> ").and_then(|()| out.flush());
        }
        let typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match typed.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if self.stop.asked() => {
                    return Err(SpeakerError::new("interrupted", false));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn show(&self, sight: &Sight<'_>) -> std::io::Result<()> {
        let mut out = std::io::stdout();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_none() {
            match sight {
                Sight::User(view) => write!(out, "{}", brief_of_user(view))?,
                Sight::Assistant(view) => write!(out, "{}", brief_of_assistant(view))?,
            }
        }
        let from = shown.unwrap_or(0);
        let now = match sight {
            Sight::User(view) => {
                for (role, said) in view.heard().skip(from) {
                    write!(out, "{}", harmless(&heard(Role::User, role, said)))?;
                }
                view.heard().count()
            }
            Sight::Assistant(view) => {
                for turn in view.turns().iter().skip(from) {
                    write!(out, "{}", seen(Role::Assistant, turn))?;
                }
                view.turns().len()
            }
        };
        *shown = Some(now);
        out.flush()
    }

    /// Shows what came after the person's last move.
    fn rest(&self, role: Role, turns: &[Turn]) {
        let from = self.shown.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(0);
        let said = turns.iter().filter(|turn| role == Role::Assistant || is_heard(turn));
        let text: String = said.skip(from).map(|turn| seen(role, turn)).collect();
        let mut out = std::io::stdout();
        // Where nobody sees it, nobody misses it.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// Whether a user hears of it.
fn is_heard(turn: &Turn) -> bool {
    matches!(turn, Turn::User(said) | Turn::Assistant(said) if !said.text.is_empty())
}

fn seen(own: Role, turn: &Turn) -> String {
    let text = match turn {
        Turn::User(said) => heard(own, Role::User, said),
        Turn::Assistant(said) => heard(own, Role::Assistant, said),
        Turn::Tool(answer) => match &answer.error {
            None => format!("  {} -> {}\n", answer.name, answer.result),
            Some(error) => format!("  {} failed: {}\n", answer.name, error.message),
        },
        Turn::Garbled { raw, .. } => format!("  (not understood: {raw})\n"),
    };
    harmless(&text).into_owned()
}

/// What the other side said; what the person typed stands there already.
fn heard(own: Role, role: Role, said: &Utterance) -> String {
    match role {
        _ if role == own || said.text.is_empty() => String::new(),
        Role::User => format!("user> {}\n", said.text),
        Role::Assistant => format!("assistant> {}\n", said.text),
    }
}

/// What the other side becomes when somebody leaves.
fn left(sight: &Sight<'_>) -> Ending {
    match sight {
        Sight::User(_) => Ending::GaveUp,
        Sight::Assistant(_) => Ending::Failed,
    }
}

/// What a line means.
fn understand(sight: &Sight<'_>, line: &str) -> Result<Deed, String> {
    let Some(command) = line.strip_prefix('/') else {
        return if line.is_empty() {
            Err("say something, or /help".to_owned())
        } else {
            Ok(Deed::Say(line.to_owned()))
        };
    };
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    match (sight, word) {
        (Sight::User(_), "done") => Ok(Deed::End(Ending::Satisfied)),
        (Sight::User(_), "refused") => Ok(Deed::End(Ending::Refused)),
        (Sight::User(_), "giveup") => Ok(Deed::End(Ending::GaveUp)),
        (Sight::User(view), "goal") => Err(brief_of_user(view)),
        (Sight::Assistant(view), "tools") => Err(brief_of_assistant(view)),
        (Sight::Assistant(view), "call") => {
            let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, "{}"));
            if view.tool(name).is_none() {
                return Err(format!("{name:?} is no tool here; /tools lists them"));
            }
            match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(arguments) {
                Ok(_) => Ok(Deed::Call(name.to_owned(), arguments.to_owned())),
                Err(error) => Err(format!("the arguments are no JSON object: {error}")),
            }
        }
        (Sight::User(_), "quit") => Ok(Deed::End(Ending::GaveUp)),
        (Sight::Assistant(_), "quit") => Ok(Deed::End(Ending::Failed)),
        (Sight::User(_), _) => Err(USER_HELP.to_owned()),
        (Sight::Assistant(_), _) => Err(ASSISTANT_HELP.to_owned()),
    }
}

const USER_HELP: &str = "/goal  what you want\n/done  you got it: ends the chat\n/refused  it was refused, and you take that\n\
/giveup  you stop wanting it (so does /quit, and the end of the input)";

const ASSISTANT_HELP: &str = "/tools  what you can call, and the policy\n/call NAME {\"argument\": value}  calls a tool\n\
/quit  leaves (so does the end of the input)";

fn brief_of_user(view: &UserView<'_>) -> String {
    let persona = view.persona();
    let who = [persona.name.as_str(), persona.description.as_str()].join(" ");
    let mut text = String::from("You are the user.");
    if !who.trim().is_empty() {
        text += &format!(" {}", who.trim());
    }
    text.push('\n');
    for subject in view.subjects() {
        text += &format!("What the service does: {subject}\n");
    }
    for (number, task) in view.goal().tasks.iter().enumerate() {
        text += &format!("You want, {}: {}\n", number + 1, task_line(task));
    }
    text + "\n"
}

fn brief_of_assistant(view: &AssistantView<'_>) -> String {
    let mut text = String::from("You are the assistant.\n");
    for domain in view.domains() {
        text += &format!("{domain}: {}\n", view.description(domain).unwrap_or_default());
        if let Some(policy) = view.policy(domain) {
            text += &format!("{}\n", policy.text.trim());
        }
    }
    for tool in view.tools() {
        let parameters = tool.parameters();
        let names = parameters.get("properties").and_then(serde_json::Value::as_object);
        let required = parameters.get("required").and_then(serde_json::Value::as_array);
        let must = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let named: Vec<String> = names
            .into_iter()
            .flatten()
            .map(|(name, _)| if must(name) { name.clone() } else { format!("[{name}]") })
            .collect();
        text += &format!("  /call {} {{{}}}  {}\n", tool.name, named.join(", "), tool.description);
    }
    text + "\n"
}

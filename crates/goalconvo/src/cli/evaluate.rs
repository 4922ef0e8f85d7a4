//! `goalconvo evaluate`: measures a dataset, alone or against a reference.

use std::path::{Path, PathBuf};

use goalconvo_metrics::human::TaskSettings;
use goalconvo_metrics::tells::Tell;
use goalconvo_metrics::text::Tokens;
use goalconvo_metrics::{Baseline, Measure, Report, Settings};
use goalconvo_store::{Form, write_whole};

use crate::measuring::{Yardstick, read};
use crate::terminal::say;
use crate::{Context, Encoding, Error, raters};

/// Measure a dataset, alone or against a reference
///
/// Every figure comes with its number of cases, its interval and its definition. What was not computed is null, with
/// the reason; it is never 0.
///
/// People can judge, too: --human writes blind tasks of DATA, REFERENCE and every --mix, shuffled, and a key that says
/// which is whose; --ratings with --human KEY makes figures of their answers.
///
/// Example: goalconvo evaluate runs/first --against runs/people --json report.json
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to measure: a run, an imported corpus, or a file (or folder of files) of dialogues in a format below
    #[arg(required_unless_present = "ratings")]
    data: Option<PathBuf>,
    /// What to measure it against, in the same forms
    #[arg(long, value_name = "REFERENCE")]
    against: Option<PathBuf>,
    /// What DATA is, where its content does not show it: goalconvo, messages (OpenAI), sharegpt, sdialog, paper
    /// (GoalConvo's), multiwoz, sgd (also MultiWOZ 2.2), tool_use, csv or txt
    #[arg(long, value_name = "FORMAT", value_parser = form)]
    format: Option<Form>,
    #[command(flatten)]
    encoding: Encoding,
    /// The encoder's layer whose vectors BERTScore compares, 0 for the embeddings; without it the last one
    #[arg(long, value_name = "N", requires_all = ["against", "encoder"])]
    layer: Option<usize>,
    /// Let BERTScore's tokens weigh by their inverse document frequency in REFERENCE
    #[arg(long, requires_all = ["against", "encoder"])]
    idf: bool,
    /// Rescale BERTScore so that this counts as 0: the precision, recall and F1 of random pairs, three numbers with commas
    /// between them, or `reference` for the means over random pairs of REFERENCE's dialogues
    #[arg(long, value_name = "P,R,F1", requires_all = ["against", "encoder"], value_parser = baseline)]
    baseline: Option<Baseline>,
    /// How text is cut into the tokens of the lexical figures: words (lower-cased words, numbers, punctuation), spaces,
    /// alphanumeric, unicode, 13a and intl (sacrebleu's), char
    #[arg(long, value_name = "TOKENS", default_value = "words", value_parser = tokens)]
    tokens: Tokens,
    /// Train a small student on DATA and test it on every second dialogue of REFERENCE, beside one trained on the rest
    #[arg(long, requires = "against")]
    tstr: bool,
    /// Write blind tasks for people to FILE and their key beside it; with --ratings, the key to read
    #[arg(long, value_name = "FILE")]
    human: Option<PathBuf>,
    /// Another dataset to mix into the blind tasks; can be given several times
    #[arg(long, value_name = "DATA", requires = "human", conflicts_with = "ratings")]
    mix: Vec<PathBuf>,
    /// Dialogues of each dataset among the blind tasks
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = at_least_one, requires = "human")]
    each: usize,
    /// What people answered: JSON, or a table, of rater, task, scale and rating
    #[arg(long, value_name = "FILE", requires = "human", conflicts_with_all = ["data", "against"])]
    ratings: Option<PathBuf>,
    /// Show what gives the dataset away from the reference, strongest first
    #[arg(long, requires = "against")]
    tells: bool,
    /// Write the report as JSON: {"metrics": {NAME: {value, n, interval, definition, config}}}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Refuses to write over what was read, and a file called `-`, which nobody means.
pub(super) fn keep_inputs<'p>(
    out: Option<&Path>,
    inputs: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Error> {
    if out == Some(Path::new("-")) {
        return Err(Error::usage("found \"-\"; expected a file to write to, such as /dev/stdout"));
    }
    let Some((out, place)) = out.and_then(|out| Some((out, out.canonicalize().ok()?))) else { return Ok(()) };
    match inputs.into_iter().any(|input| input.canonicalize().is_ok_and(|input| input == place)) {
        true => Err(Error::usage(format!(
            "{} is what is measured; expected another file to write to, so that nothing is lost",
            out.display()
        ))),
        false => Ok(()),
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let inputs = || args.data.iter().chain(&args.against).chain(&args.ratings).chain(&args.mix);
    // With ratings `--human` names the key that is read, without them the tasks that are written.
    if args.ratings.is_some() {
        keep_inputs(args.json.as_deref(), inputs().chain(&args.human))?;
    } else {
        keep_inputs(args.json.as_deref(), inputs())?;
        keep_inputs(args.human.as_deref(), inputs())?;
    }
    let report = match (&args.data, &args.ratings, &args.human) {
        (_, Some(ratings), Some(key)) => raters::figures(ratings, key)?,
        (Some(_), None, Some(out)) => return blind(args, out, context),
        (Some(data), ..) => {
            let settings = Settings { tokens: args.tokens, ..Settings::default() };
            let yardstick = Yardstick::open(settings, args.against.as_deref(), &args.encoding)?;
            let yardstick = yardstick.reading(args.format).with_student(args.tstr);
            yardstick.scoring(args.layer, args.idf, args.baseline).measure_at(data)?
        }
        (None, ..) => return Err(Error::usage("found no DATA; expected a dataset to measure")),
    };
    if let Some(file) = &args.json {
        write_whole(file, &serde_json::to_vec_pretty(&document(args, &report)?)?)?;
    }
    table(&report, context)?;
    warn_of_lost_letters(&report);
    warn_of_copies(&report);
    warn_of_raters(&report);
    if args.tells {
        tells(&report, context)?;
    }
    context.out.flush()?;
    Ok(())
}

/// Names the raters who are not counted.
fn warn_of_raters(report: &Report) {
    let left_out = report.get("human_raters").and_then(|measure| measure.config.get("left_out"));
    for rater in left_out.and_then(serde_json::Value::as_array).into_iter().flatten() {
        say(&format!("rater {rater} is left out: a check was answered wrongly or passed over"));
    }
}

/// The report with what it is about: a number whose data nobody knows is worth nothing.
fn document(args: &Args, report: &Report) -> Result<serde_json::Value, Error> {
    let mut document = serde_json::to_value(report)?;
    document["about"] = serde_json::json!({
        "program": concat!("goalconvo ", env!("CARGO_PKG_VERSION")),
        "data": args.data,
        "against": args.against,
        "encoder": args.encoding.encoder,
        "ratings": args.ratings,
        "tokens": args.tokens.name(),
    });
    Ok(document)
}

/// Writes blind tasks and their key.
fn blind(args: &Args, out: &Path, context: &mut Context) -> Result<(), Error> {
    let paths = args.data.iter().chain(&args.against).chain(&args.mix);
    let (mut datasets, mut known) = (Vec::new(), Vec::<PathBuf>::new());
    for path in paths {
        let same = |other: &PathBuf| other.canonicalize().ok() == path.canonicalize().ok();
        if known.iter().any(same) {
            let what =
                "is mixed in twice: whose a dialogue is could not be told; expected different datasets";
            return Err(Error::usage(format!("{} {what}", path.display())));
        }
        known.push(path.clone());
        datasets.push((path.display().to_string(), read(path)?));
    }
    let settings = TaskSettings { each: args.each, ..TaskSettings::default() };
    let (count, key) = raters::write_tasks(&datasets, settings, out)?;
    writeln!(context.out, "{}: {count} tasks, to be shown to raters", out.display())?;
    writeln!(context.out, "{}: whose each is, not to be shown", key.display())?;
    let out = key.display();
    Ok(writeln!(context.out, "then: goalconvo evaluate --ratings FILE --human {out}")?)
}

/// One line a figure.
fn table(report: &Report, context: &mut Context) -> Result<(), Error> {
    let widest = report.measures().iter().map(|measure| measure.name.len()).max().unwrap_or(0);
    for measure in report.measures() {
        let Measure { name, value, reason, n, interval, .. } = measure;
        let shown = match value {
            Some(value) => format!("{value:12.4}"),
            None => format!("not computed: {}", reason.as_deref().unwrap_or("no reason given")),
        };
        let interval = interval.map_or(String::new(), |[low, high]| format!("  [{low:.4}, {high:.4}]"));
        writeln!(context.out, "{name:widest$}  {shown}{interval}  n = {n}")?;
    }
    Ok(())
}

/// Says so where tokens leave much of the text out: figures over them then speak of the rest alone.
fn warn_of_lost_letters(report: &Report) {
    const MUCH: f64 = 0.01;
    if let Some(lost) = report.value("letters_in_no_token").filter(|lost| *lost > MUCH) {
        let percent = 100.0 * lost;
        say(&format!(
            "{percent:.0} % of the letters are not ASCII and in no token, so that figures over tokens leave them out: \
             measure with --tokens unicode"
        ));
    }
}

/// Says so where dialogues are copies: figures and intervals take each for one of its own.
fn warn_of_copies(report: &Report) {
    const MUCH: f64 = 0.01;
    if let Some(repeated) = report.value("repeated_dialogues").filter(|repeated| *repeated > MUCH) {
        let percent = 100.0 * repeated;
        say(&format!(
            "{percent:.0} % of the dialogues repeat another word for word: n and intervals take each copy for a dialogue of \
             its own"
        ));
    }
}

/// The features by which a classifier tells the two apart.
fn tells(report: &Report, context: &mut Context) -> Result<(), Error> {
    for name in ["two_sample_auc_text", "two_sample_auc_utterances", "two_sample_auc_acts"] {
        let Some(measure) = report.get(name) else { continue };
        let Some(auc) = measure.value else {
            writeln!(
                context.out,
                "\n{name} not computed: {}",
                measure.reason.as_deref().unwrap_or_default()
            )?;
            continue;
        };
        writeln!(context.out, "\n{name} {auc:.3}: what gives the two apart, strongest first")?;
        writeln!(context.out, "{:>8}  {:>6}  {:>9}  feature", "weight", "data", "reference")?;
        let found = measure.config.get("tells").cloned().unwrap_or_default();
        for tell in serde_json::from_value::<Vec<Tell>>(found)? {
            let Tell { feature, weight, generated, real } = tell;
            let (data, reference) = (100.0 * generated, 100.0 * real);
            writeln!(context.out, "{weight:>8.3}  {data:>5.1}%  {reference:>8.1}%  {feature}")?;
        }
    }
    Ok(())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a whole number from 1".to_owned())
}

pub(super) fn form(name: &str) -> Result<Form, String> {
    let names = Form::ALL.map(Form::name).join(", ");
    Form::named(name).ok_or_else(|| format!("expected one of {names}"))
}

pub(super) fn tokens(name: &str) -> Result<Tokens, String> {
    let names = Tokens::ALL.map(Tokens::name).join(", ");
    Tokens::named(name).ok_or_else(|| format!("expected one of {names}"))
}

fn baseline(text: &str) -> Result<Baseline, String> {
    if text == "reference" {
        return Ok(Baseline::OfReference);
    }
    let numbers: Vec<f64> = text.split(',').map_while(|number| number.trim().parse().ok()).collect();
    match numbers[..] {
        [precision, recall, f1]
            if text.split(',').count() == 3 && numbers.iter().all(|number| (-1.0..1.0).contains(number)) =>
        {
            Ok(Baseline::Given([precision, recall, f1]))
        }
        _ => Err("expected three numbers below 1 such as 0.21,0.22,0.21, or `reference`".to_owned()),
    }
}

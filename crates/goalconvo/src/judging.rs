//! Judging a dataset: the gate over every record, repairs of what it rejects, and judges measured against labels.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use goalconvo_core::{Dialogue, Verdict};
use goalconvo_llm::Model;
use goalconvo_sim::judge::{
    Calibrated, Calibration, Depth, FactsJudge, Gate, GateConfig, JudgeReport, Labelled, RepairError, Ruling,
    Statistics, repair_tail, repair_turn,
};
use goalconvo_sim::{AgendaUser, Cast, PolicyAssistant, Prompts, Words};
use goalconvo_store::{Dataset, Lines, Pace, in_order};
use serde::Serialize;

use crate::assemble::Stages;
use crate::connect::Connections;
use crate::perform::InARow;
use crate::{Error, Exit, Progress, Stop};

/// How a rejected record is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Repair {
    /// A model words the utterance of the first fault again
    Turn,
    /// The built-in speakers play on from the first fault
    Tail,
}

/// All that judging needs besides the records.
pub struct Bench {
    gate: Gate,
    stages: Arc<Stages<Words>>,
    connections: Connections,
    model: Option<Arc<dyn Model>>,
    prompts: Arc<Prompts>,
    repair: Option<Repair>,
    threads: usize,
}

/// What a bench is made of.
pub struct BenchConfig {
    /// The gate.
    pub gate: GateConfig,
    /// Where worlds are found.
    pub stages: Stages<Words>,
    /// Where models are found.
    pub connections: Connections,
    /// The prompts.
    pub prompts: Arc<Prompts>,
    /// The address of the model that judges and mends where none is named.
    pub model: Option<String>,
    /// Whether and how what is rejected is mended.
    pub repair: Option<Repair>,
    /// So many records at once.
    pub threads: usize,
}

impl Bench {
    /// Opens the models and puts the gate together.
    ///
    /// # Errors
    /// The gate or an address is wrong, or a model is needed and none was named.
    pub fn new(config: BenchConfig) -> Result<Self, Error> {
        let BenchConfig { gate, stages, connections, prompts, model, repair, threads } = config;
        let stages = Arc::new(stages);
        let given = model.as_deref().map(|address| connections.open(address)).transpose()?;
        if repair == Some(Repair::Turn) && given.is_none() {
            return Err(Error::usage("--repair turn has a model word the turn again: name one with --model"));
        }
        let open = |address: &str| match (address, &given) {
            ("", Some(model)) => Ok(Arc::clone(model)),
            ("", None) => Err("it asks a model and none was given; name one with --model".to_owned()),
            (address, _) => connections.open(address).map_err(|error| error.to_string()),
        };
        let known = Arc::clone(&stages);
        let facts = FactsJudge::new(move |dialogue: &Dialogue| {
            known.of(dialogue).map(|found| (Arc::clone(&found.0), found.1.clone()))
        });
        let gate =
            gate.gate(facts, &open, &prompts).map_err(|error| Error::usage(format!("the gate: {error}")))?;
        Ok(Bench { gate, stages, connections, model: given, prompts, repair, threads })
    }

    /// The connections, for what was spent.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// What waits for models, to its end; `None` when somebody wants the program to end before.
    fn wait<T>(&self, stop: &Stop, future: impl Future<Output = T>) -> Option<T> {
        self.connections.wait(stop.or(future))
    }

    /// Judges one record, and its repair if it is rejected and repairs are wanted.
    async fn look(&self, dialogue: Dialogue) -> Looked {
        let ruling = self.gate.rule(&dialogue, Depth::Cheap).await;
        let mut looked = Looked { incomplete: incomplete(&ruling), ..Looked::default() };
        // What was not judged in full is not rejected, and there is nothing to mend.
        let mended = match (self.repair, ruling.accepted || looked.incomplete.is_some()) {
            (Some(how), false) => self.mend(&dialogue, &ruling.verdicts, how).await,
            _ => None,
        };
        looked.records.push(Judged::new(dialogue, ruling));
        match mended {
            None => {}
            Some(Ok(candidate)) => {
                let ruling = self.gate.rule(&candidate, Depth::Cheap).await;
                looked.incomplete = looked.incomplete.or_else(|| incomplete(&ruling));
                looked.records.push(Judged::new(candidate, ruling));
            }
            Some(Err(error)) => {
                looked.unmended = Some(error.to_string());
                let failed = error.is_retryable().then(|| (Exit::Provider, error.to_string()));
                looked.incomplete = looked.incomplete.or(failed);
            }
        }
        looked
    }

    async fn mend(
        &self,
        dialogue: &Dialogue,
        verdicts: &[Verdict],
        how: Repair,
    ) -> Option<Result<Dialogue, RepairError>> {
        let staged = self.stages.of(dialogue).ok();
        match how {
            Repair::Tail => {
                let staged = staged?;
                let (stage, words) = (&staged.0, &staged.1);
                let (user, assistant) = (AgendaUser::new(words.clone()), PolicyAssistant::new(words.clone()));
                let cast = Cast { user: &user, assistant: &assistant };
                Some(repair_tail(dialogue, verdicts, (stage, words), &cast).await)
            }
            Repair::Turn => {
                let model = self.model.as_ref()?;
                let staged = staged.as_ref().map(|staged| (&staged.0, &staged.1));
                Some(repair_turn(dialogue, verdicts, staged, (&**model, &self.prompts)).await)
            }
        }
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It passed the gate.
    Accepted,
    /// A judge that must pass did not.
    Rejected,
    /// A judge could not be asked or gave no usable reply: nothing is known of it.
    Unjudged,
}

/// A record with its ruling.
struct Judged {
    dialogue: Dialogue,
    ruling: Ruling,
    fate: Fate,
}

impl Judged {
    /// The record carries what was found about it now, and nothing that was found before.
    fn new(mut dialogue: Dialogue, ruling: Ruling) -> Self {
        dialogue.verdicts.clone_from(&ruling.verdicts);
        let fate = match (incomplete(&ruling), ruling.accepted) {
            (Some(_), _) => Fate::Unjudged,
            (None, true) => Fate::Accepted,
            (None, false) => Fate::Rejected,
        };
        Judged { dialogue, ruling, fate }
    }
}

/// A record, and its repair if there was one.
#[derive(Default)]
struct Looked {
    records: Vec<Judged>,
    /// Why there is no repair although one was wanted.
    unmended: Option<String>,
    /// The exit code when a judge could not be asked, and why it could not.
    incomplete: Option<(Exit, String)>,
}

/// Whether a judge could not tell for want of an answer that may come later, and why.
fn incomplete(ruling: &Ruling) -> Option<(Exit, String)> {
    unasked(ruling).or_else(|| ruling.mute().map(|why| (Exit::Provider, why)))
}

/// Whether a judge could not be asked, and why.
fn unasked(ruling: &Ruling) -> Option<(Exit, String)> {
    let error = ruling.unasked()?;
    let exit = if error.is_budget() { Exit::Budget } else { Exit::Provider };
    Some((exit, error.to_string()))
}

/// What was found over a dataset.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Records that were judged in full, repairs not counted.
    pub judged: u64,
    /// Records and repairs that passed the gate.
    pub accepted: u64,
    /// Records and repairs that did not.
    pub rejected: u64,
    /// Candidates that were made of rejected records.
    pub repairs: u64,
    /// Rejected records of which no candidate could be made.
    pub unmended: u64,
    /// Records about which, or about whose repair, a judge could not be asked, because a provider failed or the budget was
    /// reached, or gave no usable reply. What was not judged is neither accepted nor rejected.
    pub incomplete: u64,
    /// What each judge did, in the gate's order.
    pub judges: Vec<JudgeReport>,
    /// Why records were rejected; the first 10,000 reasons.
    pub rejects: Vec<Reject>,
    /// Why records were not judged; the first 10,000 reasons.
    pub unjudged: Vec<Reject>,
    /// US dollars that this took, over all processes that shared the journal.
    pub cost: f64,
    /// The exit code of an incomplete judging, and why it is incomplete.
    #[serde(skip)]
    pub exit: Option<(Exit, String)>,
    /// Whether the rest was not tried, because so many could not be judged in a row.
    #[serde(skip)]
    pub halted: bool,
    /// Whether somebody stopped it.
    #[serde(skip)]
    pub stopped: bool,
}

/// One reason why one record did not pass.
#[derive(Debug, Serialize)]
pub struct Reject {
    /// The record.
    pub id: String,
    /// Its line; that of the rejected record, for a repair.
    pub line: u64,
    /// Who did not let it pass.
    pub judge: String,
    /// The check.
    pub check: String,
    /// JSON pointer into the record.
    pub at: String,
    /// What was found and what was expected.
    pub what: String,
}

/// So many reasons are told one by one.
const REASONS: usize = 10_000;

/// Judges every record of a dataset in its order; `keep` gets each record with what became of it. It ends early
/// when somebody stops it, or when no judge can be asked any more.
///
/// # Errors
/// The dataset can't be read, a line is no record, or `keep` fails.
pub fn judge(
    dataset: &Dataset,
    bench: &Bench,
    stop: &Stop,
    mut keep: impl FnMut(&Dialogue, Fate) -> Result<(), Error>,
) -> Result<Report, Error> {
    let (mut report, mut in_a_row) = (Report::default(), InARow::default());
    let mut statistics = Statistics::default();
    let (mut progress, mut seen) = (Progress::counting("records"), 0);
    // By which those that wait for models hear that it ends.
    let end = Stop::default();
    let look = |line: Result<(u64, String), goalconvo_store::Error>| {
        let (number, text) = line?;
        let dialogue = goalconvo_store::dialogue(&dataset.file, number, &text)?;
        Ok::<_, Error>((number, bench.wait(&end, bench.look(dialogue))))
    };
    in_order(dataset.lines()?, pace(bench.threads), look, |looked| {
        if let Some((line, Some(looked))) = looked.transpose()? {
            seen += 1;
            for judged in &looked.records {
                statistics.push(&judged.dialogue, &judged.ruling.verdicts);
                keep(&judged.dialogue, judged.fate)?;
            }
            in_a_row.count(looked.incomplete.as_ref());
            report.add(line, looked);
        }
        progress.show(seen);
        report.stopped = stop.asked();
        report.halted = in_a_row.is_hopeless(bench.threads);
        let ends = report.stopped || report.halted;
        if ends {
            end.ask();
        }
        Ok::<_, Error>(if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    progress.end();
    report.judges = bench.gate.rules().map(|(name, weight)| statistics.report(name, weight)).collect();
    report.cost = bench.connections.ledger().total().spent().dollars();
    Ok(report)
}

impl Report {
    fn add(&mut self, line: u64, looked: Looked) {
        let first = looked.records.first().map(|judged| judged.fate);
        self.judged += u64::from(first.is_some_and(|fate| fate != Fate::Unjudged));
        for judged in &looked.records {
            let list = match judged.fate {
                Fate::Unjudged => &mut self.unjudged,
                _ => &mut self.rejects,
            };
            self.accepted += u64::from(judged.fate == Fate::Accepted);
            self.rejected += u64::from(judged.fate == Fate::Rejected);
            for (judge, reason) in &judged.ruling.reasons {
                if list.len() < REASONS {
                    list.push(Reject {
                        id: judged.dialogue.id.clone(),
                        line,
                        judge: judge.clone(),
                        check: reason.check.to_string(),
                        at: reason.at.clone(),
                        what: reason.what.clone(),
                    });
                }
            }
        }
        self.repairs += looked.records.len() as u64 - 1;
        self.unmended += u64::from(looked.unmended.is_some());
        self.incomplete += u64::from(looked.incomplete.is_some());
        self.exit = self.exit.take().or(looked.incomplete);
    }
}

/// Measures the judges of a gate against labels; every judge is asked about every dialogue.
///
/// # Errors
/// The file can't be read or has no label, or a line is no labelled dialogue or has a label for nobody.
pub fn calibrate(path: &Path, bench: &Bench, stop: &Stop) -> Result<Calibrations, Error> {
    let mut calibration = Calibration::default();
    let mut statistics = Statistics::default();
    let (mut dialogues, mut left_out, mut in_a_row) = (0, None::<Unasked>, InARow::default());
    let end = Stop::default();
    let known: Vec<&str> = bench.gate.rules().map(|(name, _)| name).chain(["gate"]).collect();
    let look = |line: Result<(u64, String), goalconvo_store::Error>| {
        let (number, text) = line?;
        let wrong = |what: String| Error::bad_input(format!("{} line {number}: {what}", path.display()));
        let labelled: Labelled = serde_json::from_str(&text).map_err(|error| {
            wrong(format!("{error}; expected {{\"dialogue\": {{…}}, \"labels\": {{JUDGE: true or false}}}}"))
        })?;
        if let Some(name) = labelled.labels.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(wrong(format!("a label for {name:?}; the gate has {}", known.join(", "))));
        }
        let ruling = bench.wait(&end, bench.gate.rule(&labelled.dialogue, Depth::All));
        Ok(ruling.map(|ruling| (labelled, ruling)))
    };
    in_order(Lines::open(path)?, pace(bench.threads), look, |looked| {
        if let Some(Some((labelled, ruling))) = looked.transpose()? {
            dialogues += 1;
            let failed = unasked(&ruling);
            in_a_row.count(failed.as_ref());
            // Nothing is measured of a judge that could not be asked.
            match failed {
                None => calibration.push(&labelled.labels, &ruling),
                Some((exit, why)) => {
                    left_out.get_or_insert(Unasked { dialogues: 0, why, exit }).dialogues += 1;
                }
            }
            statistics.push(&labelled.dialogue, &ruling.verdicts);
        }
        if stop.asked() {
            end.ask();
            return Err(Error::new(Exit::Interrupted, format!("interrupted after {dialogues} dialogues")));
        }
        if in_a_row.is_hopeless(bench.threads) {
            end.ask();
            return Ok(ControlFlow::Break(()));
        }
        Ok::<_, Error>(ControlFlow::Continue(()))
    })?;
    let calibrated = calibration.report();
    if calibrated.is_empty() && left_out.is_none() {
        let what = "expected lines of {\"dialogue\": {…}, \"labels\": {JUDGE: true or false}}";
        let found =
            format!("found {dialogues} dialogues and no label; there is nothing to compare judges with");
        return Err(Error::bad_input(format!("{}: {found}; {what}", path.display())));
    }
    let judges = bench.gate.rules().map(|(name, weight)| statistics.report(name, weight)).collect();
    Ok(Calibrations { dialogues, calibrated, judges, unasked: left_out })
}

/// How well judges find what people found.
#[derive(Debug, Serialize)]
pub struct Calibrations {
    /// Labelled dialogues.
    pub dialogues: u64,
    /// Each judge that has labels.
    pub calibrated: Vec<Calibrated>,
    /// What each judge did, labelled or not.
    pub judges: Vec<JudgeReport>,
    /// What is left out of the figures because a judge could not be asked.
    pub unasked: Option<Unasked>,
}

/// Dialogues about which a judge could not be asked.
#[derive(Debug, Serialize)]
pub struct Unasked {
    /// How many there are.
    pub dialogues: u64,
    /// What came of the first.
    pub why: String,
    /// The exit code of the first.
    #[serde(skip)]
    pub exit: Exit,
}

impl Unasked {
    /// The end of a calibration that lacks them.
    pub fn error(&self) -> Error {
        let Unasked { dialogues, why, exit } = self;
        Error::new(*exit, format!("{dialogues} dialogues are left out: a judge could not be asked ({why})"))
    }
}

/// One record a maker at once: a record may wait for a model.
fn pace(threads: usize) -> Pace {
    Pace { makers: threads, chunk: 1, ahead: 4, idle: Duration::from_millis(100) }
}

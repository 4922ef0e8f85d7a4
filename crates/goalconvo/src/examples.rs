//! The few-shot examples of a run: a hub seeded by the built-in engine, fed by what the run accepts, from which each
//! dialogue is shown what rounds well before it brought.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use goalconvo_core::Dialogue;
use goalconvo_sim::Company;
use goalconvo_sim::hub::{Candidate, Hub, HubConfig, Schedule, Showcase, Source};
use goalconvo_store::{Pace, Run, in_order};
use toml::Value;

use crate::Error;

/// Options about examples.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Examples")]
pub struct ExampleOptions {
    /// Good dialogues that a model's prompt shows
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(..=8))]
    pub examples: u8,
    /// Dialogues of the first round; the pool of examples changes between rounds alone, each as long as all before it; 0:
    /// it never changes
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub round: u64,
}

impl Default for ExampleOptions {
    fn default() -> Self {
        ExampleOptions { examples: 2, round: 64 }
    }
}

impl ExampleOptions {
    /// What `run.toml` says of them.
    pub fn header(self) -> Value {
        let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        Value::Table(toml::Table::from_iter([
            ("shown".to_owned(), number(u64::from(self.examples))),
            ("round".to_owned(), number(self.round)),
        ]))
    }
}

/// The rounds of a run, and who plays in each.
pub struct Rounds {
    company: Arc<Company>,
    count: usize,
    /// None where no prompt has examples.
    schedule: Option<Schedule>,
    /// By round: the speakers with what that round is shown.
    companies: BTreeMap<u64, Arc<Company>>,
}

impl Rounds {
    /// Rounds for these speakers, with dialogues of the built-in engine as what the first ones are shown.
    pub fn new(
        company: Arc<Company>,
        options: ExampleOptions,
        seeds: impl FnOnce() -> Vec<Candidate>,
    ) -> Self {
        let wanted = options.examples > 0 && company.takes_examples();
        let first = (options.round > 0).then_some(options.round);
        let schedule = wanted.then(|| Schedule::new(Hub::new(HubConfig::default(), seeds()), first));
        Rounds { company, count: usize::from(options.examples), schedule, companies: BTreeMap::new() }
    }

    /// Who plays an index; `None` while a round is not finished that it has to know of.
    pub fn company(&mut self, index: u64) -> Option<Arc<Company>> {
        let Some(schedule) = &self.schedule else { return Some(self.company.clone()) };
        let round = schedule.round(index);
        if let Some(known) = self.companies.get(&round) {
            return Some(known.clone());
        }
        let showcase = Showcase::new(schedule.pool(index)?, self.count);
        let company = Company { showcase: Some(Arc::new(showcase)), ..Company::clone(&self.company) };
        let company = Arc::new(company);
        // Two rounds at most are open at once.
        self.companies.retain(|known, _| known + 1 >= round);
        self.companies.insert(round, company.clone());
        Some(company)
    }

    /// Under which name the dialogue of an index asks to become an example; `None` where it does not.
    pub fn source(&self, index: u64) -> Option<Source> {
        self.schedule.as_ref()?.source(index)
    }

    /// Takes note of an index and of the candidate that it brought, in the order of indexes.
    pub fn sealed(&mut self, index: u64, candidate: Option<Candidate>) {
        if let Some(schedule) = &mut self.schedule {
            schedule.sealed(index, candidate);
        }
    }

    /// Takes note of all that is in a run already.
    ///
    /// # Errors
    /// The run's file can't be read.
    pub fn resume(&mut self, run: &Run) -> Result<(), Error> {
        let Some(schedule) = &mut self.schedule else { return Ok(()) };
        if run.written() > 0 {
            let (path, lines) = run.lines()?;
            let read = |line: Result<(u64, String), goalconvo_store::Error>| {
                let (number, text) = line?;
                goalconvo_store::dialogue(&path, number, &text)
            };
            in_order(lines, Pace::threads(crate::run::threads(None)), read, |dialogue| {
                if let Some(dialogue) = dialogue.transpose()? {
                    let index = dialogue.scenario.as_ref().map(|scenario| scenario.key.place());
                    if let Some(index) = index {
                        let source = schedule.source(index);
                        schedule.sealed(index, source.and_then(|source| candidate(&dialogue, source)));
                    }
                }
                Ok::<_, Error>(ControlFlow::Continue(()))
            })?;
        }
        schedule.reached(run.next());
        Ok(())
    }
}

/// A dialogue as a candidate; `None` of one that no gate let through.
pub(crate) fn candidate(dialogue: &Dialogue, source: Source) -> Option<Candidate> {
    Candidate::new(dialogue, source).ok()
}

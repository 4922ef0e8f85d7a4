//! `goalconvo plan`: what a run would do, without doing it.

use std::sync::Arc;

use goalconvo_llm::Price;
use goalconvo_sim::{Company, Estimate, Estimates};
use serde::Serialize;

use crate::engine::Plan;
use crate::examples::Rounds;
use crate::models::{Models, Priced};
use crate::report::Report;
use crate::settings::{Options, Settings};
use crate::tally::{Brief, Tally};
use crate::{Context, Error};

/// Say what a run would make, without writing anything
///
/// A sample of its dialogues is made and counted: those that the run itself would begin with.
///
/// With models, the sample's prompts are made and counted, and nothing is sent: calls that are asked again and a
/// provider's cache are not in the estimate. With --batch it is half the price, where the provider takes jobs.
///
/// Example: goalconvo plan -n 10000 --domain hotel --classes none_then_relax=1
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    options: Options,
    /// How many dialogues are made to count
    #[arg(long, value_name = "N", default_value_t = 100)]
    sample: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let settings = Settings::of(&args.options)?;
    let plan = settings.plan()?;
    let indexes = settings.indexes();
    let asked = indexes.end - indexes.start;
    let mut costs = Costs::new(&settings, &plan)?;
    let mut tally = Tally::default();
    let (mut bytes, mut rejected) = (0, 0);
    for index in indexes.take(usize::try_from(args.sample).unwrap_or(usize::MAX)) {
        costs.rehearse(&plan, index)?;
        let made = plan.make(index);
        rejected += made.rejected.len();
        if let Some(dialogue) = made.dialogue {
            bytes += serde_json::to_string(&dialogue)?.len() as u64 + 1;
            if let Some(models) = &settings.models {
                costs.add("judge", models.judged(&dialogue));
            }
            tally.add(&Brief::of(&dialogue));
        }
    }
    let sampled = tally.dialogues;
    let report = Report::new(asked, &plan, &settings, tally, None);
    let rows = costs.rows(asked);
    if args.json {
        let planned = Planned { report, calls: rows };
        return Ok(writeln!(context.out, "{}", serde_json::to_string_pretty(&planned)?)?);
    }
    let calls = match rows.is_empty() {
        true => "no model and no cost".to_owned(),
        false => rows.iter().map(Row::text).collect::<Vec<_>>().join("\n"),
    };
    let domains: Vec<&str> = settings.found.iter().map(|found| found.domain.name.as_str()).collect();
    let size = bytes.checked_div(sampled).unwrap_or(0) * asked;
    writeln!(
        context.out,
        "{asked} dialogues over {}, about {:.1} MB, {calls}\n\nthe first {sampled} of them ({rejected} \
         candidates rejected):\n{}",
        domains.join(", "),
        size as f64 / 1e6,
        report.text()
    )?;
    Ok(())
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Planned {
    report: Report,
    /// What models would be asked, by role; empty without models.
    calls: Vec<Row>,
}

/// What the models of a run would be asked, counted over a sample.
struct Costs {
    models: Option<(Arc<Company>, Priced)>,
    sampled: u64,
    counted: Estimates,
}

/// One role's estimate for the whole run.
#[derive(Serialize)]
struct Row {
    role: &'static str,
    model: String,
    calls: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    /// US dollars; null when the price is not known.
    cost: Option<f64>,
}

impl Row {
    fn text(&self) -> String {
        let cost = self.cost.map_or("price unknown".to_owned(), |cost| format!("about ${cost:.2}"));
        format!(
            "{} by {}: about {} calls, {:.1} k + {:.1} k tokens, {cost}",
            self.role,
            self.model,
            self.calls,
            self.prompt_tokens as f64 / 1e3,
            self.completion_tokens as f64 / 1e3
        )
    }
}

/// So many bytes are a token, about.
const TOKEN: u64 = 4;

impl Costs {
    fn new(settings: &Settings, plan: &Plan) -> Result<Self, Error> {
        let models = settings.models.as_ref();
        let rehearsed = |models: &Models| {
            let company = Arc::new(models.rehearsed()?);
            // As the first round would be shown.
            let mut rounds = Rounds::new(company.clone(), models.examples, || settings.seeds(plan));
            Ok::<_, Error>((rounds.company(0).unwrap_or(company), models.prices()?))
        };
        let models = models.map(rehearsed).transpose()?;
        Ok(Costs { models, sampled: 0, counted: Estimates::new() })
    }

    fn rehearse(&mut self, plan: &Plan, index: u64) -> Result<(), Error> {
        let Some((company, _)) = &self.models else { return Ok(()) };
        self.sampled += 1;
        for (role, estimate) in plan.rehearse(index, company)? {
            self.add(role, estimate);
        }
        Ok(())
    }

    fn add(&mut self, role: &'static str, estimate: Estimate) {
        let sum = self.counted.entry(role).or_default();
        sum.calls += estimate.calls;
        sum.prompt_bytes += estimate.prompt_bytes;
        sum.reply_bytes += estimate.reply_bytes;
    }

    /// The estimates, scaled from the sample to all that is asked.
    fn rows(&self, asked: u64) -> Vec<Row> {
        let Some((_, models)) = &self.models else { return vec![] };
        let scaled = |sum: u64| {
            let all = u128::from(sum) * u128::from(asked) / u128::from(self.sampled.max(1));
            u64::try_from(all).unwrap_or(u64::MAX)
        };
        let row = |(role, (model, price)): (&&'static str, &(String, Option<Price>))| {
            let sum = self.counted.get(role).copied().unwrap_or_default();
            let usage = goalconvo_llm::Usage {
                prompt_tokens: scaled(sum.prompt_bytes) / TOKEN,
                completion_tokens: scaled(sum.reply_bytes) / TOKEN,
                ..goalconvo_llm::Usage::default()
            };
            Row {
                role,
                model: model.clone(),
                calls: scaled(sum.calls),
                prompt_tokens: usage.prompt_tokens,
                completion_tokens: usage.completion_tokens,
                cost: price.map(|price| price.of(&usage).dollars()),
            }
        };
        models.iter().map(row).collect()
    }
}

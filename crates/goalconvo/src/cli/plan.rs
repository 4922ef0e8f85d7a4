//! `goalconvo plan`: what a run would do, without doing it.

use crate::report::Report;
use crate::settings::{Options, Settings};
use crate::tally::{Brief, Tally};
use crate::{Context, Error};

/// Say what a run would make, without writing anything
///
/// A sample of its dialogues is made and counted: those that the run itself would begin with.
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
    let mut tally = Tally::default();
    let (mut bytes, mut rejected) = (0, 0);
    for index in indexes.take(usize::try_from(args.sample).unwrap_or(usize::MAX)) {
        let made = plan.make(index);
        rejected += made.rejected.len();
        if let Some(dialogue) = made.dialogue {
            bytes += serde_json::to_string(&dialogue)?.len() as u64 + 1;
            tally.add(&Brief::of(&dialogue));
        }
    }
    let sampled = tally.dialogues;
    let report = Report::new(asked, &plan, &settings, tally, None);
    if args.json {
        return Ok(writeln!(context.out, "{}", serde_json::to_string_pretty(&report)?)?);
    }
    let domains: Vec<&str> = settings.found.iter().map(|found| found.domain.name.as_str()).collect();
    let size = bytes.checked_div(sampled).unwrap_or(0) * asked;
    writeln!(
        context.out,
        "{asked} dialogues over {}, about {:.1} MB, no model and no cost\n\nthe first {sampled} of them ({rejected} \
         candidates rejected):\n{}",
        domains.join(", "),
        size as f64 / 1e6,
        report.text()
    )?;
    Ok(())
}

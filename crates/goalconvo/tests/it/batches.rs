//! `generate --batch`: the same dialogues for exactly half, with stragglers online and nothing paid twice.

use std::path::Path;

use goalconvo_stub::{Config, Stub};
use serde_json::Value;

use crate::program::{Ran, command, done, goalconvo};

const PRICES: &str = "as_of = \"2026-11-21\"\n[models.\"*\"]\ninput = \"1\"\noutput = \"2\"\n";

struct Served {
    stub: Stub,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

fn serve(config: Config) -> Served {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stub = runtime.block_on(Stub::start(Config { obeys: true, ..config })).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    Served { stub, folder, _runtime: runtime }
}

impl Served {
    fn run(&self, dialect: &str, more: &str) -> String {
        let url = self.stub.url();
        let model = format!("--user-model {dialect}+{url}/v1#m --prices prices.toml --budget 5usd");
        format!("generate -n 24 --seed 5 --domain restaurant {model} {more}")
    }

    /// Runs it with keys, which these providers demand. What it says beside its result.
    fn done(&self, dialect: &str, more: &str) -> String {
        let mut command = command(self.folder.path(), &self.run(dialect, more));
        let keyed = command.env("OPENAI_API_KEY", "sk-test-1").env("ANTHROPIC_API_KEY", "sk-test-2");
        let ran: Ran = keyed.output().unwrap().into();
        assert_eq!(ran.code, Some(0), "{dialect} {more}: {}", ran.err);
        ran.err
    }

    fn made(&self, run: &str) -> (Vec<Value>, Value) {
        let folder = self.folder.path().join(run);
        let report = std::fs::read_to_string(folder.join("report.json")).unwrap();
        (records(&folder), serde_json::from_str(&report).unwrap())
    }
}

fn records(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("dialogues.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What was said, and what it cost in picodollars.
fn said(records: &[Value]) -> (Vec<String>, u64) {
    let turns = || records.iter().flat_map(|record| record["turns"].as_array().unwrap());
    let texts = turns().filter_map(|turn| turn["text"].as_str().map(str::to_owned)).collect();
    let costs = turns().filter_map(|turn| turn["usage"]["cost"].as_f64());
    (texts, costs.map(|cost| (cost * 1e12).round() as u64).sum())
}

#[test]
fn a_run_by_batch_says_the_same_for_exactly_half() {
    let served = serve(Config::default());
    for dialect in ["openai", "anthropic"] {
        served.done(dialect, &format!("--out {dialect}-online"));
        assert_eq!(served.stub.stats().batch_jobs, 0);
        served.stub.reset();
        let said_beside = served.done(dialect, &format!("--batch --out {dialect}-batch"));
        assert!(!said_beside.contains("full price"), "{said_beside}");
        let stats = served.stub.stats();
        assert_eq!(stats.requests, 0, "{dialect}: no call was made online");
        let ((online, _), (batch, _)) =
            (served.made(&format!("{dialect}-online")), served.made(&format!("{dialect}-batch")));
        let ((texts, cost), (same, half)) = (said(&online), said(&batch));
        assert!(texts == same, "{dialect}: other words");
        assert!(half > 0 && 2 * half == cost, "{dialect}: {half} is not half of {cost}");
        // Turn by turn: as many jobs as the longest dialogue has turns of the user's, asked again ones included.
        let longest = batch.iter().map(|record| {
            record["turns"].as_array().unwrap().iter().filter(|turn| turn["role"] == "user").count() as u64
        });
        let longest = longest.max().unwrap();
        assert!(stats.batch_jobs <= 4 * longest, "{dialect}: {} jobs for {longest} turns", stats.batch_jobs);
        done(served.folder.path(), &format!("verify {dialect}-batch"));
        served.stub.reset();
    }
}

#[test]
fn what_a_job_leaves_out_is_asked_online() {
    let faults = Config { batch_error_rate: 0.1, batch_expire_rate: 0.1, ..Config::default() };
    let served = serve(faults);
    for dialect in ["openai", "anthropic"] {
        let said_beside = served.done(dialect, &format!("--batch --out {dialect}"));
        // Whoever asked for half the price is told what was not had for it.
        assert!(said_beside.contains("calls were answered online, at full price"), "{said_beside}");
        let stats = served.stub.stats();
        let (records, _) = served.made(dialect);
        assert_eq!(records.len(), 24);
        assert!(stats.requests > 5 && stats.batch_jobs > 2, "{stats:?}");
        done(served.folder.path(), &format!("verify {dialect}"));
        served.stub.reset();
    }
}

#[test]
fn a_small_budget_is_spent_on_dialogues_that_are_finished() {
    let served = serve(Config::default());
    let model = format!("--user-model openai+{}/v1#m --prices prices.toml", served.stub.url());
    let line =
        format!("generate -n 300 --seed 5 --domain restaurant {model} --budget 0.05usd --concurrency 128");
    let mut command = command(served.folder.path(), &format!("{line} --batch --out run"));
    let ran: Ran = command.env("OPENAI_API_KEY", "sk-test-1").output().unwrap().into();
    assert_eq!(ran.code, Some(5), "{}", ran.err);
    assert!(
        ran.out.contains(" 0 failed, ") && ran.out.contains("refused for the budget (not sent)"),
        "{}",
        ran.out
    );
    let (made, report) = served.made("run");
    let rows = report["models"].as_array().unwrap();
    let cost: f64 = rows.iter().map(|row| row["cost"].as_f64().unwrap()).sum();
    assert!((0.045..=0.05).contains(&cost), "{cost}");
    assert!(made.len() > 10, "{} dialogues", made.len());
    // One job has many calls, as many as there is room for.
    let (jobs, calls) = (served.stub.stats().batch_jobs, rows[0]["answered"].as_u64().unwrap());
    assert!(jobs > 1 && calls > 3 * jobs, "{jobs} jobs for {calls} calls");
}

#[test]
fn a_plan_by_batch_forecasts_half_where_the_provider_takes_jobs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    let cost = |address: &str, more: &str| {
        let line = format!("plan -n 20 --sample 5 --seed 5 --domain mock --user-model {address} {more}");
        let plan = done(folder.path(), &format!("{line} --prices prices.toml --json"));
        let plan: Value = serde_json::from_str(&plan).unwrap();
        plan["calls"][0]["cost"].as_f64().unwrap()
    };
    for (address, part) in [("http://localhost:1/v1#m", 0.5), ("mistral:m", 1.0)] {
        let (online, batch) = (cost(address, ""), cost(address, "--batch"));
        assert!(online > 0.0 && (batch - part * online).abs() < 1e-9, "{address}: {batch} of {online}");
    }
}

#[test]
fn a_provider_without_batches_is_a_mistake_of_usage() {
    let served = serve(Config::default());
    let model = format!("--user-model ollama+{}#m --batch --out run", served.stub.url());
    let ran = goalconvo(served.folder.path(), &format!("generate -n 2 --domain mock {model}"));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("no batch endpoint"), "{}", ran.err);
}

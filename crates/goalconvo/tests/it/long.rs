//! Long runs that are too long for every day:
//! `cargo nextest run --release -p goalconvo --test it --run-ignored only -E 'test(long)' --no-capture`.

use goalconvo_stub::{Config, Fault, Stub};

use crate::program::{done, goalconvo};

const PRICES: &str = "as_of = \"2026-11-21\"\n[models.\"*\"]\ninput = \"1\"\noutput = \"2\"\n";

fn serve(config: Config) -> (Stub, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { obeys: true, count_prefixes: false, ..config };
    (runtime.block_on(Stub::start(config)).unwrap(), runtime)
}

/// What a provider would bill, in picodollars, at a dollar a million tokens of a prompt and two of a reply.
fn billed(stub: &Stub) -> u64 {
    let stats = stub.stats();
    1_000_000 * stats.billed_prompt_tokens + 2_000_000 * stats.billed_completion_tokens
}

#[test]
fn a_run_that_its_budget_ended_verifies_as_one_that_is_not_finished() {
    let (stub, _runtime) = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    let model = format!("--user-model {}/v1#m --prices prices.toml --concurrency 4", stub.url());
    let run = format!("generate -n 200 --seed 5 --domain restaurant {model} --out run --budget 0.03usd");
    let ran = goalconvo(folder.path(), &run);
    assert_eq!(ran.code, Some(5), "{}", ran.err);
    // Each of those asked for is accounted for.
    let missing = ["budget reached", "of 200 dialogues are written", "were broken off", "were not tried"];
    assert!(missing.iter().all(|says| ran.err.contains(says)), "{}", ran.err);
    let report = std::fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(report["broken_off"].as_u64() > Some(0) && report["failed"].is_null(), "{report}");
    let ran = goalconvo(folder.path(), "verify run");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!((ran.out + &ran.err).contains("the run is not finished"));
}

#[test]
#[ignore = "2,000 dialogues: see the head of the file"]
fn five_hundred_and_twelve_at_once_never_cross_the_budget() {
    // Lost replies are billed, and nobody knows how much: the worst case counts.
    let faults = [(Fault::Reset, 0.02), (Fault::ServerError, 0.02), (Fault::TruncatedJson, 0.02)];
    let (stub, _runtime) = serve(Config { delay_ms: 20.0, faults: faults.into(), ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    let model =
        format!("--user-model {}/v1#m --prices prices.toml --max-tokens 100 --concurrency 512", stub.url());
    let run = format!("generate -n 2000 --seed 5 --domain restaurant,hotel {model} --out run");
    for cents in [50, 100, 150, 200] {
        let ran = goalconvo(folder.path(), &format!("{run} --budget 0.{cents:03}usd"));
        let (spent, cap) = (billed(&stub), cents * 1_000_000_000);
        eprintln!(
            "cap ${:.3}: billed ${:.6}, {:.1} % of it, at most {} calls open, exit code {:?}",
            cap as f64 / 1e12,
            spent as f64 / 1e12,
            100.0 * spent as f64 / cap as f64,
            stub.stats().most_open,
            ran.code
        );
        assert!(spent <= cap, "{spent} of {cap}");
        assert_eq!(ran.code, Some(5), "{}", ran.err);
    }
    done(folder.path(), "verify run");
}

#[test]
#[ignore = "1,000 dialogues with waiting: see the head of the file"]
fn with_a_fifth_of_all_calls_spoilt_every_dialogue_is_delivered_or_listed() {
    let kinds = [
        Fault::RateLimit,
        Fault::ServerError,
        Fault::Hang,
        Fault::Reset,
        Fault::TruncatedJson,
        Fault::WrongSchema,
        Fault::Empty,
        Fault::ThinkLeak,
        Fault::RoleSwap,
        Fault::ErrorInside,
    ];
    let faults = kinds.into_iter().map(|kind| (kind, 0.02)).collect();
    let (stub, _runtime) = serve(Config { delay_ms: 5.0, hang_ms: 5_000, faults, ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let model = format!("--user-model {}/v1#m --timeout 2", stub.url());
    let ran = goalconvo(
        folder.path(),
        &format!("generate -n 1000 --seed 5 --domain restaurant,hotel {model} --out run"),
    );
    let text = |name: &str| std::fs::read_to_string(folder.path().join("run").join(name)).unwrap_or_default();
    let (records, failed) = (text("dialogues.jsonl"), text("failed.jsonl"));
    let (made, listed) = (records.lines().count(), failed.lines().count());
    let stats = stub.stats();
    eprintln!(
        "{made} delivered, {listed} listed as failed, {} requests: {:?}",
        stats.requests, stats.by_fault
    );
    assert_eq!(made + listed, 1000, "{}", ran.err);
    assert_eq!(ran.code, Some(if listed == 0 { 0 } else { 4 }), "{}", ran.err);
    assert!(!records.contains("<think>") && !records.contains("failed on command"));
    done(folder.path(), "verify run");
}

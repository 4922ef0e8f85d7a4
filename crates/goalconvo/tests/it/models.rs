//! Runs by models against the stub: nothing is lost, nothing is paid twice, nothing is made up, no key is kept.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use goalconvo_core::{Dialogue, Key, Purpose};
use goalconvo_stub::{Config, Fault, Stub};

use crate::program::{Ran, command, done, goalconvo};

/// A stub with a runtime of its own.
pub struct Served {
    pub stub: Stub,
    _runtime: tokio::runtime::Runtime,
}

pub fn serve(config: Config) -> Served {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stub = runtime.block_on(Stub::start(Config { obeys: true, ..config })).unwrap();
    Served { stub, _runtime: runtime }
}

impl Served {
    pub fn generate(&self, count: u64, more: &str) -> String {
        let url = self.stub.url();
        format!("generate -n {count} --seed 5 --domain restaurant --user-model {url}/v1#m {more} --out")
    }
}

pub fn dialogues(folder: &Path, run: &str) -> Vec<Dialogue> {
    let text = std::fs::read_to_string(folder.join(run).join("dialogues.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |found| found.len())
}

#[test]
fn a_model_words_the_user_and_the_records_verify() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    for grade in ["guided", "rewrite"] {
        let run = served.generate(12, &format!("--user {grade}"));
        let out = done(folder.path(), &format!("{run} {grade}"));
        assert!(out.contains("calls, 0 failed"), "{out}");
        done(folder.path(), &format!("verify {grade}"));
        let records = dialogues(folder.path(), grade);
        assert_eq!(records.len(), 12);
        let text = serde_json::to_string(&records).unwrap();
        // As the reply names it, not as it was asked for.
        assert!(text.contains("\"origin\":\"model:m-stub\""), "{text}");
        let report = std::fs::read_to_string(folder.path().join(grade).join("report.json")).unwrap();
        assert!(report.contains("\"role\": \"user\"") && report.contains("\"phase\": \"play\""), "{report}");
    }
}

/// Faults of every kind.
fn faults(each: f64) -> Config {
    let kinds = [
        Fault::RateLimit,
        Fault::ServerError,
        Fault::Overloaded,
        Fault::Hang,
        Fault::Reset,
        Fault::TruncatedJson,
        Fault::Html,
        Fault::ErrorInside,
        Fault::Empty,
        Fault::ThinkLeak,
        Fault::RoleSwap,
    ];
    Config { faults: kinds.into_iter().map(|kind| (kind, each)).collect(), hang_ms: 50, ..Config::default() }
}

#[test]
fn with_faults_every_dialogue_is_delivered_or_listed() {
    let served = serve(faults(0.02));
    let folder = tempfile::tempdir().unwrap();
    let run = served.generate(40, "--timeout 0.5");
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} faulty"));
    let records = dialogues(folder.path(), "faulty");
    let failed = std::fs::read_to_string(folder.path().join("faulty/failed.jsonl")).unwrap_or_default();
    assert_eq!(records.len() + failed.lines().count(), 40, "{err}");
    assert_eq!(code, Some(if failed.is_empty() { 0 } else { 4 }), "{err}");
    done(folder.path(), "verify faulty");
    let text = serde_json::to_string(&records).unwrap();
    assert!(
        !text.contains("<think>") && !text.contains("failed on command") && !text.contains("Bad gateway")
    );
}

#[test]
fn an_outage_is_listed_with_its_reason_and_tried_again() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let run = served.generate(6, "--concurrency 2");
    done(folder.path(), &format!("{run} good"));
    served.stub.change(|config| config.faults = [(Fault::TooLong, 1.0)].into());
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} failed"));
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("6 dialogues failed") && err.contains("maximum context length"), "{err}");
    assert_eq!(length(&folder.path().join("failed/dialogues.jsonl")), 0);
    served.stub.change(|config| config.faults.clear());
    done(folder.path(), &format!("{run} failed"));
    let [good, failed] =
        ["good", "failed"].map(|run| std::fs::read(folder.path().join(run).join("dialogues.jsonl")).unwrap());
    assert!(good == failed, "trying again gave other bytes");
    assert!(!folder.path().join("failed/failed.jsonl").exists());
}

/// Kills a run at so many random moments, and compares it with one that was left alone.
#[expect(clippy::print_stderr, reason = "the figure is what the long run is for")]
pub fn kill(folder: &Path, (times, count): (usize, u64), served: &Served, more: &str) {
    let at_once = 8;
    let run = served.generate(count, &format!("--concurrency {at_once} {more}"));
    done(folder, &format!("{run} whole"));
    let least = served.stub.stats().answered;
    served.stub.reset();
    let journal = folder.join("killed/journal/replies");
    let whole = length(&folder.join("whole/journal/replies"));
    let mut rng = Key { seed: 99, index: 0 }.rng(0, Purpose::Probe);
    for _ in 0..times {
        let target = length(&journal) + rng.below(2 * whole as usize / times) as u64;
        let mut child = command(folder, &format!("{run} killed"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while length(&journal) < target && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    done(folder, &format!("{run} killed"));
    let answered = served.stub.stats().answered;
    assert!(
        answered <= least + (at_once * times) as u64,
        "{answered} answered, {least} needed, {at_once} open at each of {times} kills"
    );
    for name in ["dialogues.jsonl", "rejects.jsonl", "run.toml"] {
        let [killed, whole] =
            ["killed", "whole"].map(|run| std::fs::read(folder.join(run).join(name)).unwrap());
        assert!(killed == whole, "{name} differs");
    }
    eprintln!("{answered} calls answered over {times} kills, {least} without a kill");
}

fn slow() -> Served {
    serve(Config { delay_ms: 2.0, ..Config::default() })
}

#[test]
fn a_killed_run_pays_nothing_twice_and_has_the_same_bytes() {
    kill(tempfile::tempdir().unwrap().path(), (8, 60), &slow(), "");
}

#[test]
#[ignore = "a hundred kills"]
fn a_run_killed_a_hundred_times_has_the_same_bytes() {
    kill(tempfile::tempdir().unwrap().path(), (100, 400), &slow(), "");
}

#[test]
fn of_a_provider_that_dies_in_the_midst_the_person_is_told() {
    let served = slow();
    let folder = tempfile::tempdir().unwrap();
    let run = served.generate(200, "--concurrency 32 --json");
    let mut command = command(folder.path(), &format!("{run} run"));
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while length(&folder.path().join("run/dialogues.jsonl")) == 0 && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    served.stub.change(|config| config.faults = [(Fault::ServerError, 1.0)].into());
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.find(|line| line.contains("no answer since")).unwrap();
    served.stub.change(|config| config.faults.clear());
    assert!(told.starts_with(&served.stub.url()) && told.contains("status 500"), "{told}");
    assert!(told.contains("waiting up to 10 min, Ctrl-C to stop and continue later"), "{told}");
    let rest: Vec<String> = lines.collect();
    assert!(!rest.iter().any(|line| line.contains("no answer since")), "{rest:?}");
    let Ran { code, out, .. } = running.wait_with_output().unwrap().into();
    assert_eq!(code, Some(0), "{rest:?}");
    serde_json::from_str::<serde_json::Value>(&out).unwrap();
}

const PRICES: &str = "as_of = \"2026-11-21\"\n[models.\"*\"]\ninput = \"1\"\noutput = \"2\"\n";

#[test]
fn what_is_only_set_aside_is_told_from_what_was_spent() {
    let served = serve(Config { faults: [(Fault::Reset, 0.2)].into(), ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    let run = served.generate(40, "--concurrency 4 --max-tokens 100 --prices prices.toml");
    let Ran { code, out, err } = goalconvo(folder.path(), &format!("{run} run --budget 0.04usd"));
    assert_eq!(code, Some(5), "{err}");
    let says = "of $0.04 is spent or set aside, $0.0";
    assert!(
        err.contains(says) && err.contains("of it for calls whose cost is unknown, and the next"),
        "{err}"
    );
    assert!(out.contains("of it for calls whose cost is unknown"), "{out}");
    let report = std::fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let rows = report["models"].as_array().unwrap();
    let sum = |field: &str| rows.iter().filter_map(|row| row[field].as_f64()).sum::<f64>();
    assert!(sum("assumed") > 0.0 && sum("assumed") <= sum("wasted") + sum("cost"), "{rows:?}");
}

#[test]
fn a_budget_is_never_crossed_and_a_larger_one_goes_on() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.toml"), PRICES).unwrap();
    let run = served.generate(40, "--concurrency 512 --max-tokens 100 --prices prices.toml");
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} run --budget 0.04usd"));
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("budget reached"), "{err}");
    let stats = served.stub.stats();
    let spent = stats.billed_prompt_tokens as f64 / 1e6 + 2.0 * stats.billed_completion_tokens as f64 / 1e6;
    assert!(spent <= 0.04, "{spent}");
    done(folder.path(), "verify run");
    done(folder.path(), &format!("{run} run --budget 5usd"));
    assert_eq!(dialogues(folder.path(), "run").len(), 40);
    let Ran { code, err, .. } =
        goalconvo(folder.path(), &format!("{} other --budget 1usd", served.generate(2, "")));
    assert_eq!((code, err.contains("no known price")), (Some(2), true), "{err}");
}

#[test]
fn a_key_reaches_no_file_and_no_message() {
    const PLANTED: &str = "sk-planted-0123456789abcdef";
    let served = serve(Config { faults: [(Fault::BadKey, 0.3)].into(), ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let run = served.generate(10, "--concurrency 2");
    let mut printed = String::new();
    for _ in 0..2 {
        let ran: Ran = command(folder.path(), &format!("{run} run"))
            .env("GOALCONVO_API_KEY", PLANTED)
            .output()
            .unwrap()
            .into();
        assert_eq!(ran.code, Some(4), "{}", ran.err);
        printed += &(ran.out + &ran.err);
    }
    // The stub repeats the key in its complaint: it must have been sent, and masked.
    assert!(printed.contains("incorrect key provided"), "{printed}");
    let mut texts = vec![printed.into_bytes()];
    let mut folders = vec![folder.path().join("run")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { texts.push(std::fs::read(path).unwrap()) }
        }
    }
    assert!(texts.len() > 5);
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains(PLANTED) && !text.contains("planted-0123"), "{text}");
    }
}

#[test]
fn what_the_options_lack_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let check = |arguments: &str, fragment: &str| {
        let Ran { code, err, .. } =
            goalconvo(folder.path(), &format!("generate -n 1 --domain mock {arguments}"));
        assert_eq!(code, Some(2), "{arguments}: {err}");
        assert!(err.contains(fragment), "{arguments}: {err}");
    };
    check("--user guided", "--model");
    check("--model gpt", "names no provider");
    check("--model opnai:gpt", "did you mean \"openai\"?");
    check("--model openai:gpt-4o-mini", "OPENAI_API_KEY");
    check("--model ollama:mistral --budget five", "is not in dollars");
}

#[test]
fn most_of_a_repeated_prompt_is_a_prefix() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &format!("{} run", served.generate(150, "")));
    let stats = served.stub.stats();
    assert!(stats.repeated_bytes > 100_000);
    eprintln!("{:.2} % of the repeated bytes are a prefix", 100.0 * stats.repeated_hit_rate);
    assert!(stats.repeated_hit_rate >= 0.95, "{}", stats.repeated_hit_rate);
}

#[test]
fn how_many_are_open_at_once_changes_no_byte() {
    let served = serve(Config { delay_ms: 1.0, ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let bytes = |at_once: u32| {
        let run = served.generate(30, &format!("--concurrency {at_once}"));
        done(folder.path(), &format!("{run} run{at_once}"));
        std::fs::read(folder.path().join(format!("run{at_once}/dialogues.jsonl"))).unwrap()
    };
    assert!(bytes(1) == bytes(32));
}

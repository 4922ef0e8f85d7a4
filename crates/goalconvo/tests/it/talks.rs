//! Personas without a world, against a stand-in for a model's server: the birthday recipe, and what goes wrong.

use std::fs;
use std::path::Path;

use goalconvo_stub::{Config, Fault, Stub};
use serde_json::Value;

use crate::program::{Ran, command, copy, done, goalconvo, root};

/// A folder with the recipe's personas.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("recipes/birthday"), folder.path());
    folder
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The recipe's command for a father, with the model of a stub.
fn story(father: &str, out: &str, stub: &Stub, more: &str) -> String {
    format!(
        "generate -n 3 --seed 7 --persona {father}.toml --persona daughter.yaml --orchestrate orchestrate.toml \
         --max-turns 12 --model {}/v1#storyteller --out {out} {more}",
        stub.url()
    )
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(folder: &Path) -> Vec<String> {
    (0..3).map(|index| fs::read_to_string(folder.join(format!("talks/{index:06}.txt"))).unwrap()).collect()
}

#[test]
fn a_change_of_persona_changes_the_talk_and_the_seed_brings_it_back() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    done(folder.path(), &story("father", "warm", &stub, ""));
    done(folder.path(), &story("father-strict", "strict", &stub, ""));
    done(folder.path(), &story("father", "again", &stub, "--concurrency 1"));
    let of = |out: &str| texts(&folder.path().join(out));
    assert_eq!(of("warm"), of("again"), "the same personas and seed");
    for (warm, strict) in of("warm").iter().zip(&of("strict")) {
        assert_ne!(warm, strict, "another father");
    }
    assert!(of("warm")[0].starts_with("Frank: ") && of("warm")[0].contains("\nMia: "));
    let records = |out: &str| fs::read(folder.path().join(out).join("dialogues.jsonl")).unwrap();
    assert_eq!(String::from_utf8(records("warm")).unwrap().lines().count(), 3);
    let talk = read(&folder.path().join("warm/talks/000000.json"));
    assert_eq!(talk["turns"][1]["origin"], "model:storyteller-stub", "as the reply reports it");
    assert_eq!(talk["personas"][1]["fields"]["favourites"]["animal"], "otters");
    let instructions =
        talk["turns"].as_array().unwrap().iter().filter(|turn| turn["instructions"].is_array());
    assert!(instructions.count() > 0, "nobody was told anything");
    done(folder.path(), "inspect warm/dialogues.jsonl -n 3");
    done(folder.path(), "evaluate warm/dialogues.jsonl");
}

#[test]
fn complete_is_told_from_cut_off_in_every_form() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let report: Value =
        serde_json::from_str(&done(folder.path(), &story("father", "cut", &stub, "--ends nobody --json")))
            .unwrap();
    assert_eq!((&report["made"], &report["complete"], &report["cut_off"]), (&3.into(), &0.into(), &3.into()));
    let place = folder.path().join("cut/talks");
    assert_eq!(read(&place.join("000001.json"))["end"], "cut_off");
    assert_eq!(read(&place.join("000001.sdialog.json"))["complete"], false);
    assert!(fs::read_to_string(place.join("000001.txt")).unwrap().ends_with("(cut off)\n"));
    done(folder.path(), &story("father", "ended", &stub, "--ends first"));
    for index in 0..3 {
        let talk = read(&folder.path().join(format!("ended/talks/{index:06}.json")));
        let complete =
            read(&folder.path().join(format!("ended/talks/{index:06}.sdialog.json")))["complete"] == true;
        let both = talk["turns"].as_array().unwrap().len() > 1;
        assert_eq!(complete, talk["end"]["ended_by"] == "Frank" && both, "{talk}");
    }
}

#[test]
fn a_talk_in_which_one_never_spoke_is_not_complete() {
    let (folder, runtime) = (stage(), runtime());
    let says = [("You speak first".to_owned(), r#"{"words": "Bye now.", "done": true}"#.to_owned())];
    let stub = runtime.block_on(Stub::start(Config { says: says.into(), ..Config::default() })).unwrap();
    // Nobody tells the speakers of a length.
    let story = story("father", "short", &stub, "--json").replace("--orchestrate orchestrate.toml ", "");
    let report: Value = serde_json::from_str(&done(folder.path(), &story)).unwrap();
    assert_eq!(
        (&report["made"], &report["complete"], &report["one_sided"]),
        (&3.into(), &0.into(), &3.into())
    );
    assert_eq!(read(&folder.path().join("short/talks/000000.sdialog.json"))["complete"], false);
}

#[test]
fn a_dialogue_gives_its_two_personas_and_the_report_says_what_was_spent() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let out = done(folder.path(), &story("father", "first", &stub, ""));
    assert!(out.contains("calls, 0 failed") && out.contains("roleplay"), "{out}");
    let report = read(&folder.path().join("first/report.json"));
    assert!(report["models"][0]["answered"].as_u64().unwrap() > 0, "{report}");
    let model = format!("--model {}/v1#m", stub.url());
    let again = "generate -n 1 --out second --persona first/talks/000000.sdialog.json --max-turns 4";
    done(folder.path(), &format!("{again} {model}"));
    let talk = read(&folder.path().join("second/talks/000000.json"));
    assert_eq!(
        (&talk["personas"][0]["name"], &talk["personas"][1]["name"]),
        (&"Frank".into(), &"Mia".into())
    );
    assert_eq!(talk["personas"][1]["fields"]["favourites"]["animal"], "otters");
    fs::write(folder.path().join("bare.json"), r#"{"turns": [{"speaker": "A", "text": "Hi."}]}"#).unwrap();
    let ran = goalconvo(folder.path(), &format!("generate -n 1 --out third --persona bare.json {model}"));
    assert!(
        ran.code == Some(3) && ran.err.contains("bare.json: found a dialogue without two"),
        "{}",
        ran.err
    );
    let ran = goalconvo(folder.path(), &story("father", "fourth", &stub, "--also txt"));
    assert!(ran.code == Some(2) && ran.err.contains("--also: of no use with --persona"), "{}", ran.err);
}

#[test]
fn a_budget_that_is_reached_ends_the_talks_as_such() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let address = format!("{}/v1#storyteller", stub.url());
    fs::write(
        folder.path().join("prices.toml"),
        format!("[models.\"{address}\"]\ninput = 1\noutput = 2.5\n"),
    )
    .unwrap();
    let ran =
        goalconvo(folder.path(), &story("father", "poor", &stub, "--prices prices.toml --budget 0.002usd"));
    assert!(
        ran.code == Some(5) && ran.err.contains("nothing of $0.002 is spent"),
        "{:?} {}",
        ran.code,
        ran.err
    );
    let ran = goalconvo(folder.path(), &story("father", "unpriced", &stub, "--budget 1usd"));
    assert!(
        ran.code == Some(2) && ran.err.contains("--prices FILE") && ran.err.contains("input = "),
        "{}",
        ran.err
    );
}

#[test]
fn a_continued_folder_pays_nothing_twice_and_takes_no_others() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    done(folder.path(), &story("father", "talks", &stub, ""));
    let paid = stub.stats().requests;
    let before = fs::read(folder.path().join("talks/dialogues.jsonl")).unwrap();
    // Killed after it had paid: the talk is played again from the journal.
    fs::remove_file(folder.path().join("talks/talks/000001.json")).unwrap();
    fs::remove_file(folder.path().join("talks/dialogues.jsonl")).unwrap();
    done(folder.path(), &story("father", "talks", &stub, ""));
    assert_eq!(
        (stub.stats().requests, fs::read(folder.path().join("talks/dialogues.jsonl")).unwrap() == before),
        (paid, true)
    );
    let other = goalconvo(folder.path(), &story("father-strict", "talks", &stub, ""));
    assert!(
        other.code == Some(3) && other.err.contains("talks.json: these talks were made with other personas"),
        "{}",
        other.err
    );
}

#[test]
fn the_same_talks_are_the_same_bytes_and_fewer_asked_for_lose_none() {
    let (folder, runtime) = (stage(), runtime());
    let delays = Config { delay_ms: 3.0, ..Config::default() };
    let stub = runtime.block_on(Stub::start(delays)).unwrap();
    let bytes = |out: &str| fs::read(folder.path().join(out).join("dialogues.jsonl")).unwrap();
    done(folder.path(), &story("father", "one", &stub, ""));
    done(folder.path(), &story("father", "two", &stub, "--concurrency 1"));
    assert!(bytes("one") == bytes("two"), "what took time is in the records");
    assert!(folder.path().join("one/timings.jsonl").exists());
    let fewer = story("father", "one", &stub, "").replace("-n 3", "-n 1");
    let ran = goalconvo(folder.path(), &fewer);
    assert!(ran.code == Some(0) && ran.err.contains("3 talks were made before"), "{}", ran.err);
    assert!(bytes("one") == bytes("two"), "talks that were paid for are gone");
}

#[test]
fn talks_go_by_batch_job_too() {
    let (folder, runtime) = (stage(), runtime());
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let by_batch = story("father", "batch", &stub, "--batch").replace("--model http", "--model openai+http");
    let mut command = command(folder.path(), &by_batch);
    let ran: Ran = command.env("OPENAI_API_KEY", "sk-test-1").output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let stats = stub.stats();
    assert!(
        stats.batch_jobs > 0 && stats.requests == 0,
        "{} jobs, {} calls",
        stats.batch_jobs,
        stats.requests
    );
}

#[test]
fn faults_are_asked_again_or_said_and_never_worded_over() {
    let (folder, runtime) = (stage(), runtime());
    let faults = [
        (Fault::ServerError, 0.05),
        (Fault::Empty, 0.05),
        (Fault::TruncatedJson, 0.04),
        (Fault::ThinkLeak, 0.04),
        (Fault::WrongSchema, 0.05),
        (Fault::Reset, 0.02),
    ];
    let config = Config { faults: faults.into_iter().collect(), seed: 3, ..Config::default() };
    let stub = runtime.block_on(Stub::start(config)).unwrap();
    let ran = goalconvo(folder.path(), &story("father", "talks", &stub, "--json"));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let (made, failed) =
        (report["made"].as_u64().unwrap(), report["failed"].as_array().unwrap().len() as u64);
    assert_eq!((made + failed, ran.code), (3, Some(if failed == 0 { 0 } else { 4 })), "{}", ran.err);
    for text in fs::read_dir(folder.path().join("talks/talks")).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(text).unwrap();
        assert!(!text.contains("think>") && !text.contains("unasked"), "{text}");
    }
    let down = Config { faults: [(Fault::BadKey, 1.0)].into_iter().collect(), ..Config::default() };
    let stub = runtime.block_on(Stub::start(down)).unwrap();
    let ran = goalconvo(folder.path(), &story("father", "down", &stub, "--json"));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (ran.code, &report["made"], report["failed"].as_array().unwrap().len()),
        (Some(4), &0.into(), 3)
    );
    assert!(
        ran.err.contains("3 talks failed; index 0, 1, 2; the first: Frank could not speak"),
        "{}",
        ran.err
    );
    let failed = fs::read_to_string(folder.path().join("down/failed.jsonl")).unwrap();
    assert!(failed.lines().count() == 3 && failed.contains("\"index\":2"), "{failed}");
}

fn check(arguments: &str, prepare: impl Fn(&Path), says: &str) {
    let folder = stage();
    prepare(folder.path());
    let mut command = command(folder.path(), arguments);
    let Ran { code, err, .. } = command.output().unwrap().into();
    assert!(matches!(code, Some(2 | 3)) && err.contains(says), "{arguments}: {code:?} {err}");
}

#[test]
fn what_is_wrong_with_a_persona_is_said() {
    let write = |name: &'static str, text: &'static str| {
        move |folder: &Path| fs::write(folder.join(name), text).unwrap()
    };
    let talk = |more: &str| {
        format!("generate -n 1 --out o --model http://127.0.0.1:9/v1#m --persona father.toml {more}")
    };
    check(&talk(""), |_| {}, "--persona: found 1; expected two");
    check("generate -n 1 --persona father.toml --persona daughter.yaml", |_| {}, "--model");
    check(&talk("--persona none.toml"), |_| {}, "read none.toml: No such file");
    check(
        &talk("--persona x.txt"),
        write("x.txt", "name: X"),
        "x.txt: found the ending \"txt\"; expected a file of .toml",
    );
    check(&talk("--persona x.toml"), write("x.toml", "name = "), "x.toml: TOML parse error at line 1");
    check(&talk("--persona x.json"), write("x.json", "[1]"), "x.json: found a list");
    check(&talk("--persona x.yaml"), write("x.yaml", "name: frank\nage: 3"), "both personas are called");
    check(
        &talk("--persona daughter.yaml --persona-template t.jinja"),
        write("t.jinja", "{{ hat }}"),
        "father.toml: template, line 1",
    );
    check(
        &talk("--persona daughter.yaml --orchestrate o.toml"),
        write("o.toml", "[[first]]\nkind = \"whim\""),
        "o.toml: TOML parse error",
    );
    check(
        &talk("--persona daughter.yaml --orchestrate o.toml"),
        write("o.toml", "[[second]]\nkind = \"change_of_mind\"\npercent = 400"),
        "o.toml: [[second]] number 1: found percent = 400; expected 0 to 100",
    );
    check(
        &talk("--persona x.yaml"),
        write("x.yaml", "name: Mia\nlikes:\n  cake: lemon\n  cake: plum"),
        "x.yaml: likes: duplicate entry with key \"cake\"",
    );
    check(
        &talk("--persona x.json"),
        write("x.json", "{\"name\": \"Mia\", \"likes\": {\"cake\": \"lemon\", \"cake\": null}}"),
        "x.json: key \"cake\" stands twice",
    );
}

const LIBRARY: &str = r#"
constraints = ["age >= 18 or job == 'pupil'", "age < 20 or job != 'pupil'"]

[attributes]
name = { file = "names.txt" }
age = { range = [8, 70] }
job = { choice = ["pupil", "baker"] }

[quotas.job]
pupil = 30
baker = 70
"#;

#[test]
fn people_are_drawn_from_a_library() {
    let folder = stage();
    fs::write(folder.path().join("library.toml"), LIBRARY).unwrap();
    fs::write(folder.path().join("names.txt"), "Ada\nBo\n\nCy\n").unwrap();
    let printed = done(folder.path(), "personas library.toml -n 10 --seed 3");
    let people: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(people.iter().filter(|one| one["job"] == "pupil").count(), 3);
    assert!(
        people.iter().all(
            |one| (one["age"].as_i64().unwrap() < 20) == (one["job"] == "pupil") || one["job"] == "baker"
        )
    );
    assert_eq!(printed, done(folder.path(), "personas library.toml -n 10 --seed 3"));
    done(folder.path(), "personas library.toml -n 2 --out people");
    let runtime = runtime();
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let talk = format!(
        "generate -n 1 --persona people/000000.json --persona daughter.yaml --max-turns 4 --model {}/v1#m --out talks",
        stub.url()
    );
    done(folder.path(), &talk);
    fs::write(
        folder.path().join("library.toml"),
        format!("{LIBRARY}[attributes.hobby]\nmodel = \"a cheap one\"\n"),
    )
    .unwrap();
    check_library(
        folder.path(),
        "personas library.toml",
        "an attribute is worded by a model and none was given",
    );
    let worded = done(folder.path(), &format!("personas library.toml -n 2 --model {}/v1#m", stub.url()));
    assert_eq!(worded.matches("\"hobby\":").count(), 2);
    fs::write(folder.path().join("worded.toml"), "[attributes]\nhobby = { model = \"a cheap one\" }\n")
        .unwrap();
    let worded = done(folder.path(), &format!("personas worded.toml -n 3 --model {}/v1#m", stub.url()));
    assert_eq!(worded.matches("\"hobby\":").count(), 3);
    stub.change(|config| config.faults = [(Fault::BadKey, 1.0)].into());
    let ran = goalconvo(folder.path(), &format!("personas worded.toml -n 3 --model {}/v1#m", stub.url()));
    assert!(ran.code == Some(4) && ran.err.contains("worded.toml: number 1: "), "{:?} {}", ran.code, ran.err);
    fs::write(folder.path().join("library.toml"), "[attributes]\nage = { rang = [1, 2] }").unwrap();
    check_library(folder.path(), "personas library.toml", "unknown variant `rang`");
}

fn check_library(folder: &Path, arguments: &str, says: &str) {
    let ran = goalconvo(folder, arguments);
    assert!(matches!(ran.code, Some(2 | 3)) && ran.err.contains(says), "{arguments}: {}", ran.err);
}

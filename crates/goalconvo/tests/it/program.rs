//! Runs the built binary, and what holds of every verb.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary in a folder, with nothing of this process's own settings.
pub(crate) fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goalconvo"));
    command.current_dir(folder).args(arguments.split_whitespace());
    let own = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.display().to_string().starts_with("GOALCONVO_"));
    own.for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// What it printed, and its exit code.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

pub(crate) fn goalconvo(folder: &Path, arguments: &str) -> Ran {
    command(folder, arguments).output().unwrap().into()
}

/// Runs it and expects it to succeed.
pub(crate) fn done(folder: &Path, arguments: &str) -> String {
    let Ran { code, out, err } = goalconvo(folder, arguments);
    assert_eq!(code, Some(0), "goalconvo {arguments}: {err}");
    out
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every path of verbs that `--help` names, with its help.
fn verbs(folder: &Path, above: &str) -> Vec<(String, String)> {
    let help = done(folder, &format!("{above} --help"));
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = listed
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    let below = names.iter().flat_map(|name| verbs(folder, format!("{above} {name}").trim()));
    below.chain([(above.to_owned(), help.clone())]).collect()
}

#[test]
fn every_verb_has_help_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs(folder.path(), "");
    assert!(verbs.len() > 12, "{verbs:?}");
    for (verb, help) in verbs.iter().filter(|(verb, _)| !verb.is_empty()) {
        let example = format!("goalconvo {verb}");
        assert!(
            help.contains("Example: ") && help.matches(&example).count() > 1,
            "{verb} has no example:\n{help}"
        );
    }
}

#[test]
fn every_verb_has_a_man_page_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs(folder.path(), "");
    done(folder.path(), "man pages");
    for (verb, _) in &verbs {
        let page = ["goalconvo", verb].join(" ").trim().replace(' ', "-");
        assert!(folder.path().join(format!("pages/{page}.1")).is_file(), "no page {page}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = done(folder.path(), &format!("completions {shell}"));
        assert!(script.contains("generate") && script.contains("max-turns"), "{shell}");
    }
}

#[test]
fn what_is_made_passes_its_own_checks() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 40 --seed 7 --domain mock --out run");
    let checked: serde_json::Value = serde_json::from_str(&done(folder.path(), "verify run --json")).unwrap();
    assert_eq!(checked["checked"], 40);
    assert_eq!((&checked["passed"], &checked["failed"]), (&40.into(), &0.into()));
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("run/report.json")).unwrap()).unwrap();
    assert_eq!(report["made"]["dialogues"], 40);
}

#[test]
fn the_bytes_depend_on_the_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |out: &str, more: &str| {
        done(folder.path(), &format!("generate --seed 7 --domain mock --out {out} {more}"));
        ["dialogues.jsonl", "rejects.jsonl"]
            .map(|name| std::fs::read(folder.path().join(out).join(name)).unwrap())
    };
    let whole = generate("one", "-n 90 --concurrency 1");
    assert!(generate("two", "-n 90 --concurrency 2") == whole, "two threads");
    assert!(generate("eight", "-n 90 --concurrency 8") == whole, "eight threads");
    let short = generate("short", "-n 40");
    assert!(whole[0].starts_with(&short[0]) && whole[1].starts_with(&short[1]), "a smaller n is no prefix");
    assert!(generate("short", "-n 90") == whole, "a run asked for more");
    let parts: Vec<_> =
        (0..4).map(|part| generate(&format!("part{part}"), &format!("-n 90 --shard {part}/4"))).collect();
    let joined = [0, 1].map(|file| parts.iter().flat_map(|part| part[file].clone()).collect::<Vec<u8>>());
    assert!(joined == whole, "shards joined");
    done(folder.path(), "generate --seed 8 --domain mock --out other -n 90");
    assert!(std::fs::read(folder.path().join("other/dialogues.jsonl")).unwrap() != whole[0], "another seed");
}

#[test]
fn a_domain_of_ones_own_is_kept_with_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own/kayaks");
    copy(&root().join("domains/mock"), &own);
    done(folder.path(), "generate -n 5 --domain own/kayaks --out run");
    std::fs::remove_dir_all(folder.path().join("own")).unwrap();
    done(folder.path(), "verify run");
    done(folder.path(), "verify run/dialogues.jsonl");
    std::fs::remove_dir_all(folder.path().join("run/worlds")).unwrap();
    let alone = goalconvo(folder.path(), "verify run");
    assert_eq!(alone.code, Some(6), "{}", alone.err);
    assert!(alone.out.contains("the domain \"kayaks\" with the content hash"), "{}", alone.out);
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            assert!(std::fs::copy(entry.path(), target).is_ok());
        }
    }
}

pub(crate) fn copy_if_there(from: &Path, to: &Path) {
    if from.is_dir() {
        copy(from, to);
    }
}

#[test]
fn a_record_that_was_tampered_with_fails_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 5 --domain mock --out run");
    let file = folder.path().join("run/dialogues.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let first = text.lines().next().unwrap();
    for (name, record) in [
        ("success denied", first.replacen("\"success\":true", "\"success\":false", 1)),
        ("a record twice", format!("{first}\n{first}")),
        ("a turn of nobody", first.replacen("\"role\":\"user\"", "\"role\":\"ghost\"", 1)),
        ("no scenario", first.replacen("\"scenario\":", "\"scenari0\":", 1)),
    ] {
        assert_ne!(record, first, "{name}");
        std::fs::write(folder.path().join("one.jsonl"), record + "\n").unwrap();
        let ran = goalconvo(folder.path(), "verify one.jsonl --json");
        let checked: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, &checked["failed"]), (Some(6), &1.into()), "{name}: {}", ran.out);
        let line = if name == "a record twice" { 2 } else { 1 };
        assert_eq!(checked["failures"][0]["line"], line, "{name}");
    }
}

#[test]
fn the_world_answers_calls_line_by_line() {
    use std::io::Write as _;
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let tools = done(folder.path(), "world --domain mock --tools");
    let tool: serde_json::Value = serde_json::from_str(tools.lines().next().unwrap()).unwrap();
    let name = tool["function"]["name"].as_str().unwrap();
    let mut child = command(folder.path(), "world --domain mock")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let calls = format!("{{\"name\":\"{name}\"}}\n{{\"name\":\"no_such_tool\",\"arguments\":{{}}}}\n");
    child.stdin.take().unwrap().write_all(calls.as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    let answers: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2, "{}", ran.out);
    assert!(answers[0]["result"]["total"].as_u64().unwrap() > 0);
    assert_eq!(answers[1]["error"]["kind"], "unknown_tool");
    assert_eq!(answers[0]["state"], answers[1]["state"], "a search changes nothing");
}

#[test]
fn the_world_refuses_values_of_another_kind() {
    let folder = tempfile::tempdir().unwrap();
    let tools = done(folder.path(), "world --domain restaurant --tools");
    let tools: Vec<serde_json::Value> =
        tools.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let book =
        tools.iter().map(|tool| &tool["function"]).find(|tool| tool["name"] == "book_restaurant").unwrap();
    let properties = &book["parameters"]["properties"];
    assert_eq!(
        (&properties["people"]["minimum"], &properties["people"]["type"]),
        (&1.into(), &"integer".into())
    );
    assert!(properties["time"]["pattern"].is_string(), "{properties}");
    for (people, day, time, says) in [
        ("2", "monday", "18:00", ""),
        ("0", "monday", "18:00", "people"),
        ("-4", "monday", "18:00", "people"),
        ("2", "monday", "7pm", "time"),
        ("2", "monday", "18:60", "time"),
        ("2", "someday", "18:00", "day"),
    ] {
        use std::io::Write as _;
        let mut child = command(folder.path(), "world --domain restaurant")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let call = format!(
            "{{\"name\":\"book_restaurant\",\"arguments\":{{\"restaurant_id\":\"R001\",\"people\":{people},\"day\":\"{day}\",\"time\":\"{time}\"}}}}\n"
        );
        child.stdin.take().unwrap().write_all(call.as_bytes()).unwrap();
        let ran = Ran::from(child.wait_with_output().unwrap());
        let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let kind = answer["error"]["kind"].as_str().unwrap_or_default();
        assert_eq!(kind == "invalid_arguments", !says.is_empty(), "{call} {answer}");
        assert!(answer["error"]["message"].as_str().unwrap_or_default().contains(says), "{call} {answer}");
    }
}

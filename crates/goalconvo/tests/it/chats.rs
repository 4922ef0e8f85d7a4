//! `goalconvo chat`: what a person types becomes a record that verifies, or it is said why not.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::program::{Ran, command, done};

/// A chat with these lines typed.
fn chat(folder: &Path, more: &str, lines: &str) -> Ran {
    let mut child = command(folder, &format!("chat --domain mock {more}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A chat that has ended reads no more.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap().into()
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn a_user_sees_the_goal_and_the_end_of_the_input_gives_up() {
    let folder = tempfile::tempdir().unwrap();
    let Ran { code, out, err } = chat(folder.path(), "--as user --out talk", "Hello\n/help\n/goal\n");
    assert!(out.starts_with("You are the user."), "{out}");
    assert!(out.contains("You want, 1:") && out.contains("assistant> "), "{out}");
    assert!(err.contains("/giveup") && err.contains("You want, 1:"), "{err}");
    // Nothing of the goal was asked for: the record says so, and is kept beside the good ones.
    assert_eq!(code, Some(6), "{out}{err}");
    assert!(out.contains("does not pass"), "{out}");
    assert_eq!(lines(&folder.path().join("talk/rejects.jsonl")), 1);
    assert_eq!(lines(&folder.path().join("talk/dialogues.jsonl")), 0);
    let record = std::fs::read_to_string(folder.path().join("talk/rejects.jsonl")).unwrap();
    assert!(record.contains("\"origin\":\"human\"") && record.contains("\"ending\":\"gave_up\""), "{record}");
}

#[test]
fn a_person_does_not_wait_for_batch_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let more = "--as user --assistant-model http://127.0.0.1:9/v1#m --batch --out talk";
    let Ran { code, err, .. } = chat(folder.path(), more, "Hello\n");
    assert!(code == Some(2) && err.contains("--batch: a person can't wait"), "{code:?} {err}");
}

#[test]
fn an_assistant_sees_the_tools_and_calls_them() {
    let folder = tempfile::tempdir().unwrap();
    let typed = "/tools\n/call nothing {}\n/call search_items {\n\nWhat can I do for you?\n";
    let Ran { code, out, err } = chat(folder.path(), "--as assistant --out talk", typed);
    assert!(out.starts_with("You are the assistant.") && out.contains("/call "), "{out}");
    assert!(out.contains("user> "), "{out}");
    assert!(err.contains("\"nothing\" is no tool here"), "{err}");
    assert_eq!(code, Some(6), "{out}{err}");
    assert_eq!(lines(&folder.path().join("talk/rejects.jsonl")), 1);
}

#[test]
fn what_the_built_in_user_said_can_be_typed_again_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 12 --seed 0 --domain mock --tool-errors 0 --out made");
    let made = std::fs::read_to_string(folder.path().join("made/dialogues.jsonl")).unwrap();
    let mut verified = 0;
    for record in made.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        let index = record["scenario"]["key"]["index"].as_u64().unwrap();
        let said = record["turns"].as_array().unwrap().iter().filter(|turn| turn["role"] == "user");
        let mut typed: String = said.map(|turn| format!("{}\n", turn["text"].as_str().unwrap())).collect();
        typed += match record["outcome"]["ending"].as_str().unwrap() {
            "satisfied" => "/done\n",
            "refused" => "/refused\n",
            _ => "/giveup\n",
        };
        let ran = chat(folder.path(), &format!("--as user --out talk --index {index}"), &typed);
        verified += u32::from(ran.code == Some(0));
    }
    assert!(verified >= 3, "{verified} of 12 pass");
    assert_eq!(lines(&folder.path().join("talk/dialogues.jsonl")), verified as usize);
    done(folder.path(), "verify talk/dialogues.jsonl");
}

#[test]
fn what_was_typed_is_kept_when_the_other_side_fails() {
    let folder = tempfile::tempdir().unwrap();
    let model = "--model http://127.0.0.1:9/v1#m --as user --out talk";
    let Ran { code, err, .. } = chat(folder.path(), model, "Hello there\n");
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("could not speak") && err.contains("rejects.jsonl, and --index 0"), "{err}");
    let record = std::fs::read_to_string(folder.path().join("talk/rejects.jsonl")).unwrap();
    assert!(record.contains("Hello there") && record.contains("no connection"), "{record}");
    done(folder.path(), "inspect talk/rejects.jsonl");
}

#[test]
fn an_interrupt_keeps_nothing_and_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), "chat --domain mock --out talk")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open: the end of the input is another way to go.
    let input = child.stdin.take();
    // Once the goal is shown it listens.
    let mut first = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    let signal = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    let ran: Ran = child.wait_with_output().unwrap().into();
    drop(input);
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert!(ran.err.contains("nothing of this chat is kept"), "{}", ran.err);
    assert_eq!(lines(&folder.path().join("talk/rejects.jsonl")), 0);
}

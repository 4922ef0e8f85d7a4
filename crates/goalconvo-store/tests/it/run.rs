//! A run continues with the bytes that it would have had, and is never continued as something else.

use std::fs;
use std::path::Path;

use goalconvo_store::{Entry, Header, Run};

const COUNT: u64 = 8;

fn header(to: u64, seed: i64) -> Header {
    let config = toml::Table::from_iter([("seed".to_owned(), toml::Value::Integer(seed))]);
    Header::new("goalconvo 0.0.0", 0..to, config)
}

fn line(index: u64, word: &str) -> Vec<u8> {
    format!("{{\"id\":\"{word}\",\"scenario\":{{\"key\":{{\"seed\":7,\"index\":{index}}}}}}}\n").into_bytes()
}

/// Every third index has rejects.
fn entry(index: u64) -> Entry {
    let rejected = (0..index % 3).flat_map(|_| line(index, "rejected")).collect();
    Entry { accepted: line(index, "accepted"), rejected }
}

fn continue_to(folder: &Path, to: u64) -> Vec<String> {
    let mut run = Run::open(folder, header(to, 7)).unwrap();
    let notes = run.notes().to_vec();
    for index in run.next()..to {
        run.append(index, &entry(index)).unwrap();
    }
    assert_eq!(run.written(), to);
    run.finish(b"{}").unwrap();
    notes
}

fn contents(folder: &Path) -> [Vec<u8>; 2] {
    ["dialogues.jsonl", "rejects.jsonl"].map(|name| fs::read(folder.join(name)).unwrap())
}

/// Leaves the folder as a process killed before its first checkpoint would have, with so many bytes of each file.
fn killed(folder: &Path, whole: &[Vec<u8>; 2], dialogues: usize, rejects: usize) {
    fs::remove_dir_all(folder).unwrap();
    drop(Run::open(folder, header(COUNT, 7)).unwrap());
    fs::write(folder.join("dialogues.jsonl"), &whole[0][..dialogues]).unwrap();
    fs::write(folder.join("rejects.jsonl"), &whole[1][..rejects]).unwrap();
}

#[test]
fn a_run_killed_in_the_middle_continues_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("run");
    assert_eq!(continue_to(&folder, COUNT), [""; 0]);
    let whole = contents(&folder);
    // Rejects are written first, so a kill leaves all of them with some of the dialogues, or some with none.
    let states = (0..=whole[0].len()).map(|n| (n, whole[1].len())).chain((0..whole[1].len()).map(|n| (0, n)));
    // Seven divides no line, so every place within a line comes up; each state costs a dozen syncs.
    for (dialogues, rejects) in states.step_by(7) {
        killed(&folder, &whole, dialogues, rejects);
        let notes = continue_to(&folder, COUNT);
        assert_eq!(contents(&folder), whole, "after {dialogues} and {rejects} bytes");
        let broken = dialogues > 0 && whole[0][dialogues - 1] != b'\n';
        assert_eq!(
            notes.iter().any(|note| note.starts_with("dialogues.jsonl: cut off")),
            broken,
            "{notes:?}"
        );
    }
}

#[test]
fn a_finished_run_that_lost_its_end_continues_too() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), COUNT);
    let whole = contents(folder.path());
    for name in ["dialogues.jsonl", "rejects.jsonl"] {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name), &bytes[..bytes.len() / 2]).unwrap();
    }
    let notes = continue_to(folder.path(), COUNT);
    assert!(notes.iter().any(|note| note.contains("shorter than it was")), "{notes:?}");
    assert_eq!(contents(folder.path()), whole);
}

#[test]
fn a_checkpoint_cut_in_the_middle_loses_no_record() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), COUNT);
    let whole = contents(folder.path());
    let path = folder.path().join("journal/checkpoints");
    let journal = fs::read(&path).unwrap();
    fs::write(&path, &journal[..journal.len() - 9]).unwrap();
    let notes = continue_to(folder.path(), COUNT);
    assert_eq!(notes, ["journal/checkpoints: cut off a broken last line"]);
    assert_eq!(contents(folder.path()), whole);
}

#[test]
fn more_of_the_same_continues_and_fewer_change_nothing() {
    let (short, long) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    continue_to(short.path(), 5);
    continue_to(short.path(), COUNT);
    continue_to(long.path(), COUNT);
    assert_eq!(contents(short.path()), contents(long.path()));
    let run = Run::open(short.path(), header(3, 7)).unwrap();
    assert_eq!((run.next(), run.header().to), (COUNT, COUNT));
}

#[test]
fn other_settings_are_refused_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), 3);
    let error = Run::open(folder.path(), header(3, 8)).unwrap_err();
    assert!(error.is_other_settings());
    assert!(error.to_string().contains("seed: the run has 7, you asked for 8"), "{error}");
    let mut other = header(3, 7);
    other.program = "goalconvo 9.9.9".to_owned();
    let error = Run::open(folder.path(), other).unwrap_err().to_string();
    assert!(error.contains("program: the run has goalconvo 0.0.0, you asked for goalconvo 9.9.9"), "{error}");
}

#[test]
fn a_second_writer_is_told_who_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Run::open(folder.path(), header(3, 7)).unwrap();
    let error = Run::open(folder.path(), header(3, 7)).unwrap_err();
    assert!(error.is_locked());
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
}

#[test]
fn records_come_in_order_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::open(folder.path(), header(3, 7)).unwrap();
    assert!(run.append(1, &entry(1)).is_err());
    (0..3).for_each(|index| run.append(index, &entry(index)).unwrap());
    assert!(run.append(3, &entry(3)).is_err(), "nobody asked for a fourth");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    for (name, content, expect) in [
        ("thesis.txt", "mine", "found thesis.txt, but no run.toml"),
        ("run.toml", "format = \"goalconvo-run/2\"", "this program reads \"goalconvo-run/1\""),
        ("run.toml", "forma = 1", "found no format"),
        ("run.toml", "format = ", "TOML parse error at line 1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
        let error = Run::open(folder.path(), header(3, 7)).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), content);
    }
}

#[test]
fn settings_changed_behind_the_back_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), 3);
    let path = folder.path().join("run.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("seed = 7", "seed = 8")).unwrap();
    let error = Run::open(folder.path(), header(3, 8)).unwrap_err().to_string();
    assert!(error.contains("somebody changed the file"), "{error}");
}

#[test]
fn records_out_of_order_on_disk_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(Run::open(folder.path(), header(9, 7)).unwrap());
    fs::write(folder.path().join("dialogues.jsonl"), [line(1, "b"), line(0, "a")].concat()).unwrap();
    let error = Run::open(folder.path(), header(9, 7)).unwrap_err().to_string();
    assert!(error.contains("line 1 has index 1 where 0 was due: a record is missing"), "{error}");
}

/// What somebody may do to a file of dialogues, and what the refusal says.
type Change = (fn(&str) -> String, &'static str);

const CHANGES: &[Change] = &[
    (|text| text.replace(':', ": "), "its first 464 bytes are not those that were written"),
    (|text| text.replace('\n', "\r\n"), "line 1 ends in CR LF, expected LF alone"),
    (|text| without(text, 4), "line 5 has index 5 where 4 was due: a record is missing before it"),
    (|text| without(text, 0), "line 1 has index 1 where 0 was due: a record is missing before it"),
    (|text| text.replacen('\n', &format!("\n{}\n", text.lines().next().unwrap()), 1), "line 2 has index 0"),
    (
        |text| text.replacen("accepted", "acceptable", 1),
        "its first 464 bytes are not those that were written",
    ),
    (|text| text.replacen("accepted", "taken", 1), "found 461 bytes up to index 7, expected 464"),
    (|text| text.replacen("accepted", "accepteD", 1), "its first 464 bytes are not those that were written"),
    (|text| text.replacen("{\"id", "\"id", 1), "line 1 is no record that this run has written"),
];

fn without(text: &str, line: usize) -> String {
    text.split_inclusive('\n').enumerate().filter(|(at, _)| *at != line).map(|(_, line)| line).collect()
}

#[test]
fn a_file_that_somebody_changed_is_refused_and_not_touched() {
    for (change, says) in CHANGES {
        let folder = tempfile::tempdir().unwrap();
        continue_to(folder.path(), COUNT);
        let file = folder.path().join("dialogues.jsonl");
        let changed = change(&fs::read_to_string(&file).unwrap());
        fs::write(&file, &changed).unwrap();
        let before = fs::read(folder.path().join("run.toml")).unwrap();
        let error = Run::open(folder.path(), header(COUNT + 1, 7)).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("start another run"), "{says}: {error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), changed, "{says}");
        assert_eq!(fs::read(folder.path().join("run.toml")).unwrap(), before, "{says}");
    }
}

#[test]
fn a_broken_line_with_good_ones_after_it_is_no_unfinished_work() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), COUNT);
    let whole = contents(folder.path());
    killed(folder.path(), &whole, whole[0].len(), whole[1].len());
    let file = folder.path().join("dialogues.jsonl");
    let broken = String::from_utf8(whole[0].clone()).unwrap().replacen("scenario", "scen", 1);
    fs::write(&file, &broken).unwrap();
    let error = Run::open(folder.path(), header(COUNT, 7)).unwrap_err().to_string();
    assert!(error.contains("line 1 is no record that this run has written"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), broken);
}

#[test]
fn rejects_that_are_gone_are_missed_when_there_were_any() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), COUNT);
    fs::remove_file(folder.path().join("rejects.jsonl")).unwrap();
    let error = Run::open(folder.path(), header(COUNT, 7)).unwrap_err().to_string();
    assert!(
        error.contains("rejects.jsonl: found 0 bytes, expected the") && error.contains("restore"),
        "{error}"
    );
    assert!(!folder.path().join("rejects.jsonl").exists());
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), 1);
    fs::remove_file(folder.path().join("rejects.jsonl")).unwrap();
    assert_eq!(continue_to(folder.path(), 1), ["rejects.jsonl was gone; it was empty, and is there again"]);
}

#[test]
fn an_index_that_brought_nothing_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let fill = |to: u64| {
        let mut run = Run::open(folder.path(), header(to, 7)).unwrap();
        for index in run.next()..to {
            let entry = if index == 2 { Entry::default() } else { entry(index) };
            run.append(index, &entry).unwrap();
        }
        let holes: Vec<u64> = run.holes().collect();
        run.flush().unwrap();
        holes
    };
    // Never committed: a gap is told from a lost line by the journal alone.
    assert_eq!(fill(5), [2]);
    assert_eq!(fill(COUNT), [2]);
    assert_eq!(goalconvo_store::holes(folder.path()).unwrap().into_iter().collect::<Vec<_>>(), [2]);
}

#[test]
fn what_is_made_again_must_come_out_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    continue_to(folder.path(), COUNT);
    let file = folder.path().join("dialogues.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, without(&text, 7).replacen("accepted", "acceptet", 1)).unwrap();
    let mut run = Run::open(folder.path(), header(COUNT, 7)).unwrap();
    let error = run.append(7, &entry(7)).unwrap_err().to_string();
    assert!(error.contains("made again up to index 8, the files are not what they were"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_says_so_and_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    drop(Run::open(folder.path(), header(3, 7)).unwrap());
    fs::remove_file(folder.path().join("dialogues.jsonl")).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("dialogues.jsonl")).unwrap();
    let mut run = Run::open(folder.path(), header(3, 7)).unwrap();
    run.append(0, &entry(0)).unwrap();
    let error = run.flush().unwrap_err();
    assert!(error.is_full());
    assert!(
        error.to_string().contains("dialogues.jsonl: no space left on device; free some space"),
        "{error}"
    );
}

#[test]
fn shared_material_is_kept_once_by_hash() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::open(folder.path(), header(3, 7)).unwrap();
    let files = [(Path::new("domain.toml"), &b"a = 1"[..]), (Path::new("pools/birds.txt"), b"wren\n")];
    let kept = run.worlds().keep("ab12", "birds", files).unwrap();
    assert_eq!(fs::read(kept.join("pools/birds.txt")).unwrap(), b"wren\n");
    assert_eq!(run.worlds().keep("ab12", "birds", []).unwrap(), kept);
    assert_eq!(run.worlds().get("ab12", "birds"), Some(kept));
    assert_eq!(run.worlds().get("ab13", "birds"), None);
}

#[test]
fn a_name_out_of_a_record_leads_to_no_other_folder() {
    let place = tempfile::tempdir().unwrap();
    for folder in ["secret", "worlds/abc/hotel"] {
        fs::create_dir_all(place.path().join(folder)).unwrap();
    }
    let worlds = goalconvo_store::Worlds::new(place.path().join("worlds"));
    assert!(worlds.get("abc", "hotel").is_some());
    let away = place.path().join("secret");
    for (hash, name) in [
        ("abc", "../../secret"),
        ("..", "secret"),
        ("abc", away.to_str().unwrap()),
        ("abc", ""),
        ("abc", "."),
    ] {
        assert_eq!(worlds.get(hash, name), None, "{hash} {name}");
    }
}

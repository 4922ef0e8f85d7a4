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
    assert!(error.contains("index 0 where 2 was due"), "{error}");
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

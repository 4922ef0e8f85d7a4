//! The journal cuts what a crash leaves behind and refuses what no crash can have done.

use goalconvo_store::Journal;

fn written(entries: &[u64]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (mut journal, old, cut) = Journal::open::<u64>(&path).unwrap();
    assert!(old.is_empty() && !cut);
    entries.iter().for_each(|entry| journal.append(entry).unwrap());
    journal.sync().unwrap();
    (folder, path)
}

#[test]
fn a_journal_cut_at_any_byte_keeps_its_whole_entries() {
    let (_folder, path) = written(&[10, 200, 3000]);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let complete = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        let (mut journal, entries, cut) = Journal::open::<u64>(&path).unwrap();
        assert_eq!(entries, [10, 200, 3000][..complete]);
        assert_eq!(cut, length > 0 && whole[length - 1] != b'\n');
        journal.append(&7u64).unwrap();
        let (_, entries, cut) = Journal::open::<u64>(&path).unwrap();
        assert_eq!((entries.last(), entries.len(), cut), (Some(&7), complete + 1, false));
    }
}

#[test]
fn damage_before_good_entries_is_refused() {
    let (_folder, path) = written(&[10, 200, 3000]);
    let text = std::fs::read_to_string(&path).unwrap().replace(" 200", " 201");
    std::fs::write(&path, &text).unwrap();
    let error = Journal::open::<u64>(&path).unwrap_err().to_string();
    assert!(error.contains("line 2 is damaged"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "a refused file must stay as it is");
}

#[test]
fn an_entry_of_another_kind_is_refused() {
    let (_folder, path) = written(&[10]);
    let error = Journal::open::<String>(&path).unwrap_err().to_string();
    assert!(error.contains("line 1"), "{error}");
}

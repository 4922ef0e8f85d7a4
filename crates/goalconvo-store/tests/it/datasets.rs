//! Versions of datasets: same content, same snapshot; nothing leaves its folder; nothing points nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use goalconvo_store::Dataset;
use goalconvo_store::datasets::Shelf;

fn record(id: &str, text: &str, domain: &str) -> String {
    format!(
        r#"{{"format":"goalconvo/1","id":"{id}","domains":["{domain}"],"turns":[{{"role":"user","text":"{text}","origin":"human"}}],"provenance":{{"source":"hand","config":"c1"}}}}"#
    )
}

/// A shelf, and a file of records with this name.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Stage { folder: tempfile::tempdir().unwrap() }
    }

    fn shelf(&self) -> Shelf {
        Shelf::at(&self.folder.path().join("kept"))
    }

    fn data(&self, name: &str, records: &[String]) -> Dataset {
        let path = self.folder.path().join(name);
        fs::write(&path, records.iter().map(|record| format!("{record}\n")).collect::<String>()).unwrap();
        Dataset::at(&path).unwrap()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn the_same_records_are_the_same_snapshot() {
    let stage = Stage::new();
    let (one, two) = (record("a", "Hi.", "hotel"), record("b", "Hello.", "taxi"));
    let first =
        stage.shelf().snapshot(&stage.data("x.jsonl", &[one.clone(), two.clone()]), "the first").unwrap();
    let again = stage.shelf().snapshot(&stage.data("y.jsonl", &[one.clone(), two]), "again").unwrap();
    assert_eq!(first, again);
    let other = stage.shelf().snapshot(&stage.data("z.jsonl", &[one]), "").unwrap();
    assert_ne!(first.manifest.id, other.manifest.id);
    let listed = stage.shelf().list().unwrap();
    assert_eq!(listed.iter().map(|kept| kept.manifest.number).collect::<Vec<_>>(), [1, 2]);
    let labels = &listed[0].manifest.labels;
    assert_eq!((labels.domains["hotel"], labels.domains["taxi"], labels.outcomes["unknown"]), (1, 1, 2));
    assert_eq!((listed[0].manifest.made.configs["c1"], labels.origins["human"]), (2, 2));
    assert_eq!(files(&stage.folder.path().join("kept/objects")).len(), 2);
}

#[test]
fn what_changed_is_told_by_record_and_by_label() {
    let stage = Stage::new();
    let [a, b, c] =
        [("a", "Hi."), ("b", "Hello."), ("c", "Hey.")].map(|(id, text)| record(id, text, "hotel"));
    let before = stage.shelf().snapshot(&stage.data("x.jsonl", &[a.clone(), b.clone()]), "").unwrap();
    let after =
        stage.shelf().snapshot(&stage.data("x.jsonl", &[a, b.replace("Hello", "Ahoy"), c]), "").unwrap();
    let found = stage.shelf().diff(&before.manifest.id, &after.manifest.id).unwrap();
    assert_eq!(
        (found.same, &found.added[..], &found.changed[..]),
        (1, &["c".to_owned()][..], &["b".to_owned()][..])
    );
    assert!(found.removed.is_empty());
    assert_eq!(found.labels["domains: hotel"].to.as_deref(), Some("3"));
    assert_eq!(found.made["configs: c1"].from.as_deref(), Some("2"));
}

#[test]
fn no_name_leaves_its_folder() {
    let stage = Stage::new();
    let kept = stage.shelf().snapshot(&stage.data("x.jsonl", &[record("a", "Hi.", "hotel")]), "").unwrap();
    let before = files(stage.folder.path());
    for name in [
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "a\\b",
        ".hidden",
        "-flag",
        "UP",
        "with space",
        "a..b",
        "nul",
        "con.x",
        "end.",
        "ü",
        "0123456789abcdef",
    ] {
        assert!(stage.shelf().tag(name, &kept.manifest.id).is_err(), "{name:?}");
        assert!(stage.shelf().untag(name).is_err(), "{name:?}");
        assert!(stage.shelf().get(name).is_err(), "{name:?}");
    }
    assert_eq!(files(stage.folder.path()), before);
    stage.shelf().tag("v1.0-good_one", &kept.manifest.id).unwrap();
}

#[test]
fn a_tagged_snapshot_is_not_dropped() {
    let stage = Stage::new();
    let kept = stage.shelf().snapshot(&stage.data("x.jsonl", &[record("a", "Hi.", "hotel")]), "").unwrap();
    let tagged = stage.shelf().tag("baseline", &kept.manifest.id[..6]).unwrap();
    assert_eq!(tagged.tags, ["baseline"]);
    assert!(stage.shelf().drop("baseline").unwrap_err().to_string().contains("has the tag \"baseline\""));
    let other = stage.shelf().snapshot(&stage.data("y.jsonl", &[record("b", "Ho.", "hotel")]), "").unwrap();
    let moved = stage.shelf().tag("baseline", &other.manifest.id).unwrap_err().to_string();
    assert!(moved.contains("is on the snapshot") && moved.contains("take it away first"), "{moved}");
    stage.shelf().drop(&other.manifest.id).unwrap();
    stage.shelf().untag("baseline").unwrap();
    stage.shelf().drop(&kept.manifest.id).unwrap();
    assert!(stage.shelf().list().unwrap().is_empty() && !kept.file.exists());
    assert!(stage.shelf().get("baseline").is_err());
}

#[test]
fn what_a_crash_left_behind_is_passed_over() {
    let stage = Stage::new();
    let data = stage.data("x.jsonl", &[record("a", "Hi.", "hotel")]);
    let root = stage.folder.path().join("kept");
    // Killed while copying, before the manifest, and while tagging.
    stage.shelf().snapshot(&data, "").unwrap();
    fs::write(root.join("objects/partial.tmp"), "half").unwrap();
    let id = stage.shelf().list().unwrap()[0].manifest.id.clone();
    fs::remove_file(root.join(format!("snapshots/{id}.json"))).unwrap();
    fs::write(root.join("tags/good.tmp"), "ha").unwrap();
    assert!(stage.shelf().list().unwrap().is_empty());
    let again = stage.shelf().snapshot(&data, "").unwrap();
    assert_eq!((again.manifest.id, stage.shelf().list().unwrap().len()), (id, 1));
}

#[test]
fn damage_is_noticed() {
    let stage = Stage::new();
    let kept = stage.shelf().snapshot(&stage.data("x.jsonl", &[record("a", "Hi.", "hotel")]), "").unwrap();
    let id = kept.manifest.id.as_str();
    fs::write(&kept.file, record("a", "Ha.", "hotel") + "\n").unwrap();
    assert!(stage.shelf().diff(id, id).unwrap_err().to_string().contains("checksum"));
    let broken = stage.data("bad.jsonl", &[record("a", "Hi.", "hotel"), "{\"id\":3}".to_owned()]);
    assert!(stage.shelf().snapshot(&broken, "").unwrap_err().to_string().contains("line 2"));
    assert!(stage.shelf().snapshot(&stage.data("empty.jsonl", &[]), "").is_err());
    assert_eq!(stage.shelf().list().unwrap().len(), 1, "nothing is kept of what can't be read");
    let manifest = stage.folder.path().join(format!("kept/snapshots/{id}.json"));
    fs::write(
        &manifest,
        fs::read_to_string(&manifest).unwrap().replace("goalconvo-dataset/1", "goalconvo-dataset/9"),
    )
    .unwrap();
    assert!(stage.shelf().list().unwrap_err().to_string().contains("goalconvo-dataset/9"));
}

#[test]
fn what_was_damaged_is_written_anew_by_the_next_snapshot() {
    let stage = Stage::new();
    let data = stage.data("x.jsonl", &[record("a", "Hi.", "hotel"), record("b", "Ho.", "hotel")]);
    let kept = stage.shelf().snapshot(&data, "").unwrap();
    let whole = fs::read(&kept.file).unwrap();
    assert_eq!(kept.damage(), None);
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &[][..], &changed] {
        fs::write(&kept.file, damaged).unwrap();
        let listed = stage.shelf().list().unwrap()[0].damage();
        assert_eq!(listed.is_some(), damaged.len() != whole.len(), "{listed:?}");
        let again = stage.shelf().snapshot(&data, "").unwrap();
        assert_eq!((&again, fs::read(&kept.file).unwrap() == whole), (&kept, true));
    }
    fs::remove_file(&kept.file).unwrap();
    assert_eq!(stage.shelf().list().unwrap()[0].damage().unwrap(), "its file is missing");
    stage.shelf().snapshot(&data, "").unwrap();
    assert!(fs::read(&kept.file).unwrap() == whole);
}

//! STAR from a copy of the corpus to dialogues that verify.

use crate::program::{done, goalconvo};
use serde_json::Value;

#[path = "../../../goalconvo-worlds/tests/it/star_files.rs"]
mod star_files;

#[test]
fn each_happy_scenario_of_a_task_is_played_in_one_command() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in star_files::FILES {
        let path = folder.path().join("star").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let told = done(folder.path(), "import star star --out worlds");
    assert!(told.contains("3 worlds, 3 goals, 3 dialogues"), "{told}");
    for task in ["canoe_book", "canoe_key", "canoe_search"] {
        done(folder.path(), &format!("domains check worlds/{task}"));
        done(
            folder.path(),
            &format!(
                "generate --domain worlds/{task} --goals corpus --each --also txt,json --out runs/{task}"
            ),
        );
        done(folder.path(), &format!("verify runs/{task}"));
        let files = |form: &str| {
            let entries = std::fs::read_dir(folder.path().join(format!("runs/{task}/{form}"))).unwrap();
            entries
                .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
                .collect::<Vec<String>>()
        };
        let (texts, records) = (files("txt"), files("json"));
        assert_eq!((texts.len(), records.len()), (1, 1), "{task}");
        assert!(texts[0].contains("User: ") && texts[0].contains("Assistant: "), "{}", texts[0]);
        let record: Value = serde_json::from_str(&records[0]).unwrap();
        assert_eq!(record["outcome"]["success"], true, "{}", texts[0]);
    }
    let again = goalconvo(folder.path(), "import star star --out worlds");
    assert_eq!(again.code, Some(0), "an earlier import is replaced: {}", again.err);
    let none = goalconvo(folder.path(), "generate --domain worlds/canoe_key --each --out other");
    assert_eq!((none.code, none.err.contains("--goals corpus")), (Some(2), true), "{}", none.err);
}

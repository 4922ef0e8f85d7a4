//! STAR as worlds: flows, words, rows and goals, from a small copy written by hand and from the corpus itself.

use crate::shared::corpus;
use crate::star_files::FILES;
use goalconvo_core::{CorpusGoal, Dialogue, Expect, Turn, Value};
use goalconvo_worlds::domain;
use goalconvo_worlds::star::{self, Import};
use std::collections::BTreeMap;
use std::path::Path;

/// Imports the copy, with some files in place of or beside its own.
fn imported(others: &[(&str, &str)]) -> Import {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES.iter().chain(others) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    star::import(folder.path()).unwrap()
}

fn text<'a>(import: &'a Import, path: &str) -> &'a str {
    let (_, bytes) = import.files.iter().find(|(name, _)| name == path).unwrap();
    std::str::from_utf8(bytes).unwrap()
}

fn goals(import: &Import) -> BTreeMap<String, CorpusGoal> {
    let goals =
        text(import, "goals.jsonl").lines().map(|line| serde_json::from_str::<CorpusGoal>(line).unwrap());
    goals.map(|goal| (goal.id.clone(), goal)).collect()
}

/// What `domains check` says of the folders of an import.
fn problems(import: &Import) -> Vec<String> {
    let mut folders: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (path, bytes) in &import.files {
        if let Some((folder, file)) = path.split_once('/').filter(|(_, file)| !file.ends_with(".jsonl")) {
            folders
                .entry(folder)
                .or_default()
                .push((file.to_owned(), String::from_utf8(bytes.clone()).unwrap()));
        }
    }
    let check = |(name, files): (&str, Vec<(String, String)>)| {
        domain::check(&domain::Files::from_memory(name, files))
    };
    folders
        .into_iter()
        .flat_map(check)
        .filter(|problem| problem.weight == domain::Weight::Mistake)
        .map(|problem| problem.to_string())
        .collect()
}

#[test]
fn each_task_is_a_world_that_loads_and_asks_in_the_wizards_words() {
    let import = imported(&[]);
    assert_eq!(import.report.worlds.keys().collect::<Vec<_>>(), ["canoe_book", "canoe_key", "canoe_search"]);
    assert_eq!(import.report.worlds["canoe_book"].asks, ["customer_name", "day", "start_time_hour"]);
    let book = text(&import, "canoe_book/domain.toml");
    for words in ["From when?", "Saturday or Sunday?", "Who is it for?", "The canoe is yours"] {
        assert!(book.contains(words), "{words}: {book}");
    }
    assert!(
        text(&import, "canoe_search/policy.md").contains("The one on {lake:s}."),
        "all replies are in the policy"
    );
    assert_eq!(problems(&import), Vec::<String>::new());
    assert!(import.files == imported(&[]).files, "two imports differ");
}

#[test]
fn rules_are_read_by_their_shape_and_code_is_never_run() {
    let import = imported(&[]);
    let table = text(&import, "canoe_search/canoe_search_records.csv");
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    for row in table.lines().skip(1).filter(|row| !row.starts_with("K0201")) {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |name: &str| cells[column(name)].parse::<i64>().unwrap();
        assert!(number("price") >= number("seats") * 10, "{row}");
        let extras = ["extras_roof", "extras_motor", "extras_stove"]
            .iter()
            .filter(|name| cells[column(name)] == "true");
        assert_eq!(extras.count(), 2, "{row}");
    }
    assert_eq!(
        import.report.worlds["canoe_search"].made, 1,
        "no row had what the scenario wants, so one was made"
    );
}

#[test]
fn each_happy_scenario_is_a_goal_that_its_world_can_meet() {
    let goals = goals(&imported(&[]));
    let book = &goals["star-2"].goal.tasks[0];
    assert_eq!(book.expect, Expect::Done);
    assert_eq!(book.constraints["customer_name"], Value::text("Ada"));
    assert_eq!(book.constraints["day"], Value::text("sunday"), "what the scenario says comes first");
    assert_eq!(book.relaxations[0]["day"], Value::text("saturday"), "and then what was settled");
    assert_eq!(
        book.constraints["start_time_hour"],
        Value::text("09:00"),
        "an unread constraint says nothing"
    );
    assert_eq!(goals["star-2"].setup[0].table, "canoe_book_full");
    let search = &goals["star-10"].goal.tasks[0];
    assert_eq!((search.expect, &search.constraints["price"]), (Expect::Found, &Value::Int(6)));
    assert_eq!(search.constraints["extras_roof"], Value::Bool(true));
    let key = &goals["star-11"].goal.tasks[0];
    assert_eq!(key.intent, "canoe_key_by_date_of_birth", "who forgot the number may say something else");
    assert_eq!(key.constraints["date_of_birth"], Value::text("2000-02-29"));
    assert_eq!(key.requests, ["message"]);
}

#[test]
fn dialogues_are_records_of_what_was_said_asked_and_answered() {
    let import = imported(&[("dialogues/notes.txt", "no JSON"), ("dialogues/12.json", "{\"Events\": ")]);
    let dialogues: Vec<Dialogue> =
        text(&import, "dialogues.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = dialogues.iter().map(|dialogue| dialogue.id.as_str()).collect();
    assert_eq!(ids, ["star-2", "star-10", "star-11"], "in the order of their numbers");
    let turns = &dialogues[0].turns;
    assert_eq!(turns.len(), 6, "drafts are no turns, and a query without an answer is left out");
    let Turn::Tool(answer) = &turns[2] else { panic!("{:?}", turns[2]) };
    assert_eq!(answer.result.pointer("/item/Message"), Some(&Value::text("full")));
    let odd: Vec<&str> = import.report.odd.iter().map(|odd| odd.place.as_str()).collect();
    assert!(odd.contains(&"dialogues/12.json") && odd.contains(&"2"), "{:?}", import.report.odd);
}

#[test]
fn what_is_no_copy_of_the_corpus_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), "{}").unwrap();
    let error = star::import(folder.path()).unwrap_err();
    assert!(error.is_malformed() && error.to_string().contains("expected a copy of the corpus"), "{error}");
    assert!(star::import(Path::new("nowhere-at-all")).unwrap_err().is_read());
}

#[test]
fn the_corpus_gives_a_world_and_goals_for_each_of_its_tasks() {
    let Some(root) = corpus("star") else { return };
    let import = star::import(&root).unwrap();
    let report = &import.report;
    assert_eq!((report.worlds.len(), report.dialogues, report.goals), (24, 409, 150));
    assert!(report.worlds.values().all(|world| world.goals > 0), "{:?}", report.worlds);
    assert_eq!(problems(&import), Vec::<String>::new());
    let goals = goals(&import);
    let settled =
        goals.values().flat_map(|goal| &goal.goal.tasks).filter(|task| task.expect != Expect::Unavailable);
    assert_eq!(
        settled.count(),
        goals.values().map(|goal| goal.goal.tasks.len()).sum::<usize>(),
        "all can be had"
    );
}

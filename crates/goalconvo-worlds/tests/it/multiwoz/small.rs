//! A small corpus written by hand: every kind of file, every kind of goal, and what must fail.

use std::io::Write;
use std::path::Path;

use goalconvo_core::{CorpusGoal, Dialogue, Expect, Turn, Value};
use goalconvo_worlds::multiwoz;

const RESTAURANTS: &str = r#"[
  {"id":"1","name":"the blue door","area":"centre","food":"thai","pricerange":"cheap","phone":"01632960001","postcode":"cb00aa","address":"1 Mill Lane"},
  {"id":"2","name":"mill house restaurant","area":"north","food":"thai","pricerange":"expensive","phone":"?","postcode":"cb00ab","address":"2 Mill Lane"}
]"#;
const HOTELS: &str = r#"[
  {"id":"0","name":"river lodge","area":"north","internet":"yes","parking":"no","stars":"3","type":"guesthouse","pricerange":"cheap","phone":"01632960002","postcode":"cb00ac","address":"3 Mill Lane","price":{"single":"40","double":"60"}}
]"#;
const TRAINS: &str = r#"[
  {"arriveBy":"24:07","day":"monday","departure":"cambridge","destination":"ely","duration":"17 minutes","leaveAt":"23:50","price":"4.40 pounds","trainID":"TR0001"},
  {"arriveBy":"09:07","day":"monday","departure":"cambridge","destination":"ely","duration":"17 minutes","leaveAt":"08:50","price":"4.40 pounds","trainID":"TR0001"}
]"#;
const TAXIS: &str =
    r#"[{"taxi_colors":["black","red"],"taxi_types":["saloon"],"taxi_phone":["^[0-9]{10}$"]}]"#;

const DIALOGUES: &str = r#"{
 "MUL1.json": {
  "goal": {
   "restaurant": {"info":{"food":"thai","area":"centre"},"fail_info":{"food":"welsh","area":"centre"},"reqt":["phone"],"book":{"people":"2","day":"friday","time":"18:00","invalid":false,"pre_invalid":true},"fail_book":{"time":"17:00"}},
   "hotel": {"info":{"name":"river lodge"},"fail_info":{},"book":{"people":"2","day":"friday","stay":"3","invalid":true}},
   "taxi": {"info":{"arriveBy":"18:00"},"reqt":["car type","phone"],"fail_info":{}},
   "train": {}, "attraction": {}, "police": {}, "hospital": {},
   "topic": {}, "message": [
    "You are looking for a <span class='emphasis'>restaurant</span>. The restaurant should serve <span class='emphasis'>welsh</span> food and should be in the <span class='emphasis'>centre</span>",
    "If there is no such restaurant, how about one that serves <span class='emphasis'>thai</span> food",
    "Once you find the <span class='emphasis'>restaurant</span> you want to book a table for <span class='emphasis'>2 people</span> at <span class='emphasis'>17:00</span> on <span class='emphasis'>friday</span>",
    "If the booking fails how about <span class='emphasis'>18:00</span>",
    "You are also looking for a particular <span class='emphasis'>hotel</span>. Its name is called <span class='emphasis'>river lodge</span>",
    "Once you find the <span class='emphasis'>hotel</span> you want to book it for <span class='emphasis'>the same group of people</span> and <span class='emphasis'>3 nights</span> starting from <span class='emphasis'>the same day</span>",
    "If the booking fails how about <span class='emphasis'>2 nights</span>",
    "You also want to book a <span class='emphasis'>taxi</span> to commute between the two places",
    "You want to make sure it arrives the <span class='emphasis'>restaurant</span> by the booked time"]
  },
  "log": [
   {"text":"Any Welsh place in the center?","metadata":{},"dialog_act":{"Restaurant-Inform":[["Food","welsh"],["Area","center"]]}},
   {"text":"No. Thai?","metadata":{"restaurant":{"semi":{"food":"welsh","area":"center","name":"not mentioned","pricerange":""},"book":{"booked":[],"people":"","day":"","time":""}}},"dialog_act":{"Restaurant-NoOffer":[["none","none"]],"general-reqmore":[["none","none"]],"Odd-Thing":[["none","none"]]}},
   {"text":"Fine, the Blue Door at 5:45 pm.","metadata":{},"dialog_act":{"Restaurant-Inform":[["Name","Blue Door"],["Time","5:45 pm"]]}},
   {"text":"Booked, reference AB12.","metadata":{"restaurant":{"semi":{"food":"thai","area":"","name":"Blue Door","pricerange":"dontcare"},"book":{"booked":[],"people":"","day":"","time":"5:45 pm"}}},"dialog_act":{"Booking-Book":[["Ref","AB12"]]}}
  ]
 },
 "SNG2.json": {
  "goal": {"restaurant": {"info":{"food":"thai","area":"south"},"fail_info":{},"book":{"people":"2","day":"friday","time":"18:00","invalid":false},"fail_book":{},"reqt":["phone"]},
   "message": ["You are looking for a <span class='emphasis'>restaurant</span>."]},
  "log": [{"text":"Hi.","metadata":{},"dialog_act":{}}]
 },
 "SNG3.json": {
  "goal": {"train": {"info":{"departure":"cambridge","destination":"ely","day":"monday","arriveBy":"10:00"},"fail_info":{},"reqt":["duration","trainID"]},
   "message": "You are looking for a <span class='emphasis'>train</span>."},
  "log": []
 }
}"#;

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// A folder with the databases, and the dialogues in a file of this name.
fn corpus(name: &str, dialogues: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("restaurant", RESTAURANTS), ("hotel", HOTELS), ("train", TRAINS), ("taxi", TAXIS)] {
        write(folder.path(), &format!("db/{name}_db.json"), text.as_bytes());
    }
    write(folder.path(), name, dialogues);
    folder
}

fn lines<T: serde::de::DeserializeOwned>(import: &multiwoz::Import, name: &str) -> Vec<T> {
    let (_, bytes) = import.files.iter().find(|(path, _)| path == name).unwrap();
    String::from_utf8_lossy(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn small() -> multiwoz::Import {
    let folder = corpus("data.json", DIALOGUES.as_bytes());
    multiwoz::import(folder.path()).unwrap()
}

#[test]
fn fail_information_and_carried_values_become_tasks() {
    let goals: Vec<CorpusGoal> = lines(&small(), "goals.jsonl");
    let goal = &goals[0];
    assert_eq!(goal.domains, ["restaurant", "hotel", "taxi"]);
    let intents: Vec<&str> = goal.goal.tasks.iter().map(|task| task.intent.as_str()).collect();
    assert_eq!(
        intents,
        ["find_restaurant", "book_restaurant", "find_hotel", "book_hotel", "book_taxi_to_arrive"]
    );
    let [search, table, _, room, taxi] = goal.goal.tasks.as_slice() else { panic!() };
    assert_eq!((search.constraints["food"].clone(), search.relaxed), (Value::text("welsh"), 1));
    assert_eq!(search.settled()["food"], Value::text("thai"));
    assert_eq!((table.constraints["time"].clone(), table.relaxed), (Value::text("17:00"), 1));
    assert_eq!(goal.setup.len(), 1);
    assert_eq!((room.relaxed, room.relaxations.len(), room.carried["people"].task), (0, 1, 1));
    assert_eq!((taxi.carried["destination"].task, taxi.carried["departure"].task), (0, 2));
    assert_eq!(
        (taxi.carried["arrive_by"].task, taxi.constraints["arrive_by"].clone()),
        (1, Value::text("18:00"))
    );
    assert!(goal.goal.tasks.iter().all(|task| task.expect != Expect::Unavailable));
}

#[test]
fn a_goal_that_cannot_be_had_is_kept_and_reported() {
    let import = small();
    let goals: Vec<CorpusGoal> = lines(&import, "goals.jsonl");
    assert_eq!(goals.len(), 3);
    assert!(goals[1].goal.tasks.iter().all(|task| task.expect == Expect::Unavailable));
    let told: Vec<&str> =
        import.report.odd.iter().filter(|odd| odd.place == "SNG2").map(|odd| odd.what.as_str()).collect();
    assert_eq!(
        told,
        [
            "restaurant: no entity fits area south, food thai; expected unavailable",
            "book_restaurant: nothing is found to book; expected unavailable"
        ]
    );
}

#[test]
fn a_train_past_midnight_does_not_arrive_in_the_morning() {
    let goals: Vec<CorpusGoal> = lines(&small(), "goals.jsonl");
    assert_eq!(goals[2].goal.tasks[0].expect, Expect::Found);
    let import = small();
    let (_, rows) = import.files.iter().find(|(path, _)| path == "train/train.csv").unwrap();
    assert!(String::from_utf8_lossy(rows).contains("T0001,TR0001,cambridge,ely,monday,23:50,24:07,17,4.40"));
}

#[test]
fn dialogues_keep_words_acts_and_changes_of_belief() {
    let import = small();
    let dialogues: Vec<Dialogue> = lines(&import, "dialogues.jsonl");
    let Turn::Assistant(first) = &dialogues[0].turns[1] else { panic!() };
    let state: Vec<String> =
        first.state.iter().map(|(slot, value)| format!("{slot}={}", value.plain())).collect();
    assert_eq!(state, ["restaurant-area=centre", "restaurant-food=welsh"]);
    let Turn::Assistant(last) = &dialogues[0].turns[3] else { panic!() };
    let state: Vec<String> =
        last.state.iter().map(|(slot, value)| format!("{slot}={}", value.plain())).collect();
    assert_eq!(
        state,
        [
            "restaurant-area=null",
            "restaurant-food=thai",
            "restaurant-name=the blue door",
            "restaurant-pricerange=dontcare",
            "restaurant-time=17:45"
        ]
    );
    assert!(import.report.odd.iter().any(|odd| odd.what.contains("unknown dialogue act Odd-Thing")));
    assert!(import.report.normalised.iter().any(|one| one.found == "5:45 pm" && one.kept == "17:45"));
}

#[test]
fn plain_gzip_and_zip_give_the_same_bytes() {
    let plain = small();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(DIALOGUES.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    for (name, bytes) in
        [("val.json.gz", gzip), ("data.zip", zipped(&[("in/data.json", DIALOGUES.as_bytes())]))]
    {
        let folder = corpus(name, &bytes);
        for path in [folder.path().to_owned(), folder.path().join(name)] {
            let other = multiwoz::import(&path).unwrap();
            for ((path, ours), (_, theirs)) in other.files.iter().zip(&plain.files) {
                assert!(path == "import.json" || ours == theirs, "{name}: {path}");
            }
        }
    }
}

#[test]
fn an_import_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let import = small();
    for (path, bytes) in &import.files {
        write(folder.path(), path, bytes);
    }
    assert!(multiwoz::is_import(folder.path()));
    let opened = multiwoz::open(folder.path()).unwrap();
    let names: Vec<&str> = opened.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["hotel", "restaurant", "taxi", "train"]);
    assert_eq!(opened.goals, lines::<CorpusGoal>(&import, "goals.jsonl"));
}

#[test]
fn bad_input_is_told_with_its_place() {
    let check = |name: &str, bytes: &[u8], expected: &str| {
        let folder = corpus(name, bytes);
        let error = multiwoz::import(folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("data.json", b"{\"MUL1\": ", "data.json:1:9: this is no JSON");
    check("data.json", b"{}", "no dialogues of MultiWOZ");
    check("dialogues_001.json", b"[{\"services\": []}]", "layout of MultiWOZ 2.2");
    check("val.json.gz", b"no gzip", "can't be unpacked");
    check("data.zip", b"no zip", "no zip archive");
    check("data.zip", &zipped(&[("data.json", DIALOGUES.as_bytes())])[40..], "zip");
    let lone = tempfile::tempdir().unwrap();
    write(lone.path(), "data.json", DIALOGUES.as_bytes());
    assert!(multiwoz::import(lone.path()).unwrap_err().to_string().contains("no databases"));
    assert!(multiwoz::import(Path::new("/nowhere/at/all")).unwrap_err().is_read());
}

/// A zip archive of deflated files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(content).unwrap();
        let packed = packer.finish().unwrap();
        let sizes = [(packed.len() as u32).to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
        let at = archive.len() as u32;
        archive.extend([b"PK\x03\x04".as_slice(), &[20, 0, 0, 0, 8, 0], &[0; 8], &sizes].concat());
        archive.extend_from_slice(&(name.len() as u16).to_le_bytes());
        archive.extend_from_slice(&[0, 0]);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(&packed);
        directory.extend([b"PK\x01\x02".as_slice(), &[20, 0, 20, 0, 0, 0, 8, 0], &[0; 8], &sizes].concat());
        directory.extend_from_slice(&(name.len() as u16).to_le_bytes());
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, count) = (archive.len() as u32, files.len() as u16);
    archive.extend_from_slice(&directory);
    archive.extend([b"PK\x05\x06".as_slice(), &[0; 4], &count.to_le_bytes(), &count.to_le_bytes()].concat());
    archive.extend([(directory.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    archive.extend_from_slice(&[0, 0]);
    archive
}

#[test]
fn the_order_of_an_archive_changes_nothing() {
    let other = DIALOGUES.replace("MUL1", "MUL8").replace("SNG2", "SNG8").replace("SNG3", "SNG9");
    let files: [(&str, &[u8]); 8] = [
        ("in/val.json", other.as_bytes()),
        ("in/ontology_b.json", br#"{"restaurant-semi-food":["korean"]}"#),
        ("in/db/train_db.json", TRAINS.as_bytes()),
        ("in/db/taxi_db.json", TAXIS.as_bytes()),
        ("in/test.json", DIALOGUES.as_bytes()),
        ("in/ontology.json", br#"{"restaurant-semi-food":["welsh"]}"#),
        ("in/db/restaurant_db.json", RESTAURANTS.as_bytes()),
        ("in/db/hotel_db.json", HOTELS.as_bytes()),
    ];
    let (folder, archive) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    files.iter().for_each(|(name, bytes)| write(folder.path(), name, bytes));
    write(archive.path(), "all.zip", &zipped(&files));
    let plain = multiwoz::import(folder.path()).unwrap();
    let packed = multiwoz::import(&archive.path().join("all.zip")).unwrap();
    for ((path, ours), (_, theirs)) in packed.files.iter().zip(&plain.files) {
        assert!(path == "import.json" || ours == theirs, "{path}");
    }
}

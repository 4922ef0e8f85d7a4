//! What a person sees of a dialogue.

use crate::program::done;

/// A record written by hand.
const RECORD: &str = r#"{"format":"goalconvo/1","id":"d1","domains":["inn"],"turns":[
{"role":"user","text":"A room in the north, please.","origin":"human","acts":[{"act":"inform","domain":"inn","intent":"find_inn","slot":"area","value":"north"}]},
{"role":"assistant","origin":"grammar","tool_calls":[{"id":"c1","type":"function","function":{"name":"find_inns","arguments":"{\"area\":\"north\"}"}}],"state":{"inn-area":"north"}},
{"role":"tool","tool_call_id":"c1","name":"find_inns","result":{"total":1,"results":[{"id":"I1","name":"The Anchor"}]}},
{"role":"assistant","text":"There is The Anchor.","origin":"grammar","evidence":[{"span":[9,19],"value":"The Anchor","source":"/turns/2/result/results/0/name"}],"state":{"inn-area":"north"}},
{"role":"tool","tool_call_id":"c2","name":"book_inn","result":null,"error":{"kind":"policy","message":"no dogs","rule":"dogs"}}],
"verdicts":[{"judge":"facts","finding":"failed","reasons":[{"check":"open","at":"/turns/4","what":"nobody called"}]}],
"provenance":{"source":"a hand"}}"#;

const SHOWN: &str = "\
d1 · inn

  0 user       A room in the north, please.
               acts: inform inn/find_inn area = north
  1 → call     find_inns(area: \"north\")
               area: \"north\" from /turns/0/text
               state: inn-area = north
  2 ← result   total 1
               0 {\"id\":\"I1\",\"name\":\"The Anchor\"}
  3 assistant  There is The Anchor.
               evidence: \"The Anchor\" is \"The Anchor\" from /turns/2/result/results/0/name
               state: inn-area = north
  4 ← error    policy: no dogs (rule dogs)

    facts      failed
               open at /turns/4: nobody called

";

#[test]
fn turns_calls_results_evidence_state_and_verdicts_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.jsonl"), RECORD.replace('\n', "") + "\n").unwrap();
    assert_eq!(done(folder.path(), "inspect d.jsonl --verbose"), SHOWN);
    let painted = done(folder.path(), "inspect d.jsonl --verbose --color always");
    assert!(painted.contains("\u{1b}[4mThe\u{1b}[0m \u{1b}[4mAnchor\u{1b}[0m"), "{painted}");
    let record: serde_json::Value =
        serde_json::from_str(&done(folder.path(), "inspect d.jsonl --json")).unwrap();
    assert_eq!(record, serde_json::from_str::<serde_json::Value>(RECORD).unwrap());
}

#[test]
fn dialogues_are_found_by_number_and_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let file = (0..4)
        .map(|n| RECORD.replace('\n', "").replace("\"d1\"", &format!("\"d{n}\"")) + "\n")
        .collect::<String>();
    std::fs::write(folder.path().join("d.jsonl"), file).unwrap();
    let ids = |arguments: &str| -> Vec<String> {
        let out = done(folder.path(), &format!("inspect d.jsonl {arguments}"));
        out.lines().filter_map(|line| line.split_once(" · ").map(|(id, _)| id.to_owned())).collect()
    };
    assert_eq!(ids(""), ["d0"]);
    assert_eq!(ids("-n 2 --skip 1"), ["d1", "d2"]);
    assert_eq!(ids("--id d3 --id d1"), ["d1", "d3"]);
}

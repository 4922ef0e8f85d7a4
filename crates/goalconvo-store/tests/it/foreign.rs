//! Other formats are known by their content, read whole, and what has no place in a record is counted.

use std::path::PathBuf;

use goalconvo_core::{ActKind, Dialogue, Turn};
use goalconvo_store::{Corpus, Error, FileReport, Form};

/// A turn as a test writes it down: `u: words`, `a: words`, `a! tool{arguments}`, `t= result`.
fn shown(dialogue: &Dialogue) -> Vec<String> {
    let turn = |turn: &Turn| match turn {
        Turn::User(said) => format!("u: {}", said.text),
        Turn::Assistant(said) => {
            let calls = said.tool_calls.iter().map(|call| match &call.function.arguments {
                goalconvo_core::Arguments::Parsed(value) => format!("! {}{value}", call.function.name),
                goalconvo_core::Arguments::Raw(text) => format!("! {}?{text}", call.function.name),
            });
            let calls: String = calls.collect();
            if said.text.is_empty() { format!("a{calls}") } else { format!("a: {}{calls}", said.text) }
        }
        Turn::Tool(answer) => format!("t {}={}", answer.name, answer.result),
        Turn::Garbled { .. } => "garbled".to_owned(),
    };
    dialogue.turns.iter().map(turn).collect()
}

pub(crate) fn read(
    name: &str,
    content: &[u8],
    form: Option<Form>,
) -> Result<(Vec<Dialogue>, FileReport), Error> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    let corpus = Corpus::at(&file, form)?;
    let mut reading = corpus.dialogues();
    let dialogues = reading.by_ref().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(corpus.count()?, dialogues.len() as u64);
    let mut report = (*reading.reports().first().unwrap()).clone();
    report.file = PathBuf::from(name);
    assert_eq!(report.dialogues, dialogues.len() as u64);
    Ok((dialogues, report))
}

/// Reads a file that holds one dialogue or more; the first must have these turns, and the report end like this.
fn check(content: &str, form: Form, turns: &[&str], report: &str) {
    let (dialogues, found) = read("data.x", content.as_bytes(), None).unwrap();
    assert_eq!(found.form, form, "{content}");
    assert_eq!(shown(&dialogues[0]), turns, "{content}");
    let line = found.to_string();
    let rest = line.strip_prefix(&format!("data.x: read as {}: ", form.name())).unwrap();
    assert_eq!(rest, report, "{content}");
}

const HI: [&str; 2] = ["u: Hi.", "a: Hello!"];

#[test]
fn chat_messages_are_read_one_a_line_in_a_list_or_bare() {
    let one = r#"{"messages":[{"role":"user","content":"Hi."},{"role":"assistant","content":"Hello!"}]}"#;
    check(one, Form::Messages, &HI, "1 dialogues, 2 turns");
    check(&format!("{one}\n\n{one}\n"), Form::Messages, &HI, "2 dialogues, 4 turns");
    check(&format!("[\n{one},\n{one}]"), Form::Messages, &HI, "2 dialogues, 4 turns");
    check(&format!(r#"{{"data":[{one}]}}"#), Form::Messages, &HI, "1 dialogues, 2 turns");
    check(&format!("\u{feff}{one}"), Form::Messages, &HI, "1 dialogues, 2 turns");
    let bare = r#"[{"role":"user","content":"Hi."},{"role":"assistant","content":"Hello!"}]"#;
    check(bare, Form::Messages, &HI, "1 dialogues, 2 turns");
    check(&format!("[{bare},{bare}]"), Form::Messages, &HI, "2 dialogues, 4 turns");
    check(&format!("{bare}\n{bare}"), Form::Messages, &HI, "2 dialogues, 4 turns");
}

#[test]
fn calls_and_answers_of_chat_messages_become_tool_turns() {
    let text = r#"{"id":"x","tools":[{"type":"function"}],"messages":[
        {"role":"system","content":"Be kind."},
        {"role":"user","content":[{"type":"text","text":"A room."},{"type":"image_url","image_url":{}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"find","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"{\"n\":2}"},
        {"role":"assistant","content":"Two.","tool_calls":[{"function":{"name":"odd","arguments":"oops"}}]},
        {"role":"tool","tool_call_id":"nobody","content":"?"},
        {"role":"assistant","content":"","refusal":"I can't."}]}"#;
    let turns = ["u: A room.", "a! find{\"a\":1}", "t find={\"n\":2}", "a: Two.! odd?oops", "a: I can't."];
    let lost = "1 dialogues, 5 turns, 2 tool calls; not kept: 1 answers to no call (first at /messages/5), \
                1 blocks of type \"image_url\" (first at /messages/1/content/1), \
                1 field \"tools\" (first at /tools), 1 system messages (first at /messages/0)";
    check(text, Form::Messages, &turns, lost);
}

#[test]
fn content_blocks_hold_calls_and_answers_too() {
    let text = r#"[{"role":"user","content":"Weather?"},
        {"role":"assistant","content":[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"t1","name":"sky","input":{"in":"Ely"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"\"fair\""}]}]},
        {"role":"assistant","content":"Fair."}]"#;
    let turns = ["u: Weather?", "a: Let me see.! sky{\"in\":\"Ely\"}", "t sky=\"fair\"", "a: Fair."];
    check(text, Form::Messages, &turns, "1 dialogues, 4 turns, 1 tool calls");
}

#[test]
fn sharegpt_is_read_with_its_calls() {
    let text = r#"[{"id":"s","conversations":[{"from":"system","value":"Be kind."},{"from":"human","value":"Hi."},{"from":"gpt","value":"Hello!"}]}]"#;
    check(
        text,
        Form::Sharegpt,
        &HI,
        "1 dialogues, 2 turns; not kept: 1 system messages (first at /0/conversations/0)",
    );
    let calls = r#"{"conversations":[{"from":"human","value":"A taxi."},
        {"from":"function_call","value":"{\"name\":\"taxi\",\"arguments\":{\"to\":\"Ely\"}}"},{"from":"observation","value":"[]"},
        {"from":"gpt","value":"None. <tool_call>{\"name\":\"bus\",\"arguments\":{}}</tool_call>"},
        {"from":"tool","value":"<tool_response>\n{\"line\":4}\n</tool_response>"},{"from":"gpt","value":"Line 4."}]}"#;
    let turns = [
        "u: A taxi.",
        "a! taxi{\"to\":\"Ely\"}",
        "t taxi=[]",
        "a: None.! bus{}",
        "t bus={\"line\":4}",
        "a: Line 4.",
    ];
    check(calls, Form::Sharegpt, &turns, "1 dialogues, 6 turns, 2 tool calls");
}

#[test]
fn sdialog_is_read_with_the_tools_of_its_events() {
    let text = r#"{"version":"0.4","id":"d","model":{"name":"m"},"personas":{"Ann":{"age":3}},
        "turns":[{"speaker":"Ann","text":"Hi."},{"speaker":"Bo","text":"Hello!"}],
        "events":[{"agent":"Ann","action":"utter","content":"Hi."},{"agent":"Bo","action":"think","content":"?"},
          {"agent":"Bo","action":"tool","actionLabel":"call","content":{"name":"look","args":{"at":"it"},"id":"1"}},
          {"agent":"Bo","action":"tool","actionLabel":"output","content":{"name":"look","output":"3","call_id":"1"}},
          {"agent":"Bo","action":"utter","content":"Hello!"}]}"#;
    let turns = ["u: Hi.", "a! look{\"at\":\"it\"}", "t look=3", "a: Hello!"];
    let report = "1 dialogues, 4 turns, 1 tool calls; not kept: 1 \"think\" events (first at /events/1), \
                  1 field \"personas\" (first at /personas); assumed: 1 speakers named \"Ann\" to be the user, \
                  1 speakers named \"Bo\" to be the assistant";
    check(text, Form::Sdialog, &turns, report);
    // Events that tell something else are not believed.
    let other = text.replace(r#""utter","content":"Hello!""#, r#""utter","content":"Bye!""#);
    let (dialogues, report) = read("d.json", other.as_bytes(), None).unwrap();
    assert_eq!(shown(&dialogues[0]), HI);
    assert!(report.lost.keys().any(|kind| kind.starts_with("lists of events")), "{report}");
    assert_eq!(dialogues[0].provenance.source, "sdialog 0.4");
}

#[test]
fn the_papers_files_keep_model_and_canned_lines_apart() {
    let text = r#"[{"dialogue_id":"p1","goal":"A room","domain":"hotel","metadata":{"model_version":"m7"},
        "turns":[{"role":"User","text":"Hi."},{"role":"SupportBot","text":"Hello!","metadata":{"fallback":true}}]}]"#;
    let report = "1 dialogues, 2 turns; not kept: 1 field \"goal\" (first at /0/goal), 1 field \"metadata\" (first at \
                  /0/metadata), 1 turn's \"metadata\" (first at /0/turns/1/metadata)";
    check(text, Form::Paper, &HI, report);
    let (dialogues, _) = read("p.json", text.as_bytes(), None).unwrap();
    assert_eq!(dialogues[0].domains, ["hotel"]);
    let origins: Vec<String> = dialogues[0]
        .turns
        .iter()
        .map(|turn| match turn {
            Turn::User(said) | Turn::Assistant(said) => serde_json::to_string(&said.origin).unwrap(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(origins, [r#""model:m7""#, r#""script""#]);
    let wrapped = r#"{"dialogues":[{"goal":"x","turns":[{"speaker":"user","content":"Hi."},{"speaker":"system","content":"Hello!"}]}]}"#;
    let (dialogues, _) = read("p.json", wrapped.as_bytes(), Some(Form::Paper)).unwrap();
    assert_eq!(shown(&dialogues[0]), HI);
}

#[test]
fn multiwoz_is_read_in_its_first_layout() {
    let text = r#"{"MUL1.json":{"goal":{"hotel":{"info":{"area":"north"}},"taxi":{},"topic":{"hotel":true}},"log":[
        {"text":"Hi.","metadata":{},"dialog_act":{"Hotel-Inform":[["Area","north"],["Price","cheap"]],"general-greet":[["none","none"]]}},
        {"text":"Hello!","metadata":{"hotel":{"semi":{"area":"north","name":"not mentioned"},"book":{"booked":[],"people":"2"}}},"dialog_act":{"Hotel-Recommend":[["Name","Acorn"]],"Hotel-NoOffer":[["Area","north"]],"Alien-Act":[]}}]}}"#;
    let report = "1 dialogues, 2 turns; not kept: 1 dialogue acts \"Alien-Act\" (first at \
                  /MUL1.json/log/1/dialog_act/Alien-Act), 1 goals (use `goalconvo import multiwoz` for these) (first at \
                  /MUL1.json/goal)";
    check(text, Form::Multiwoz, &HI, report);
    let (dialogues, _) = read("data.json", text.as_bytes(), None).unwrap();
    assert_eq!((dialogues[0].id.as_str(), dialogues[0].domains.as_slice()), ("MUL1", &["hotel".into()][..]));
    let Turn::User(user) = &dialogues[0].turns[0] else { unreachable!() };
    let acts: Vec<(ActKind, Option<&str>)> =
        user.acts.iter().map(|act| (act.act, act.slot.as_deref())).collect();
    let expect =
        [(ActKind::Inform, Some("area")), (ActKind::Inform, Some("pricerange")), (ActKind::Greet, None)];
    assert_eq!(acts, expect);
    let Turn::Assistant(said) = &dialogues[0].turns[1] else { unreachable!() };
    let kinds: Vec<ActKind> = said.acts.iter().map(|act| act.act).collect();
    assert_eq!(
        kinds,
        [ActKind::Offer, ActKind::NoMatch, ActKind::Inform],
        "that there is none is an act of its own"
    );
    assert_eq!(said.state.keys().collect::<Vec<_>>(), ["hotel-area", "hotel-people"]);
}

#[test]
fn schema_guided_dialogues_keep_their_calls_and_states() {
    let text = r#"[{"dialogue_id":"1","services":["Taxi_1"],"turns":[
        {"speaker":"USER","utterance":"A taxi to Ely.","frames":[{"service":"Taxi_1","actions":[{"act":"INFORM","slot":"to","values":["Ely"],"canonical_values":["Ely"]}],"state":{"active_intent":"Get","slot_values":{"to":["Ely","ely"]}}}]},
        {"speaker":"SYSTEM","utterance":"Done.","frames":[{"service":"Taxi_1","actions":[{"act":"NOTIFY_SUCCESS","slot":"","values":[]}],"service_call":{"method":"Get","parameters":{"to":"Ely"}},"service_results":[{"no":"7"}]}]}]}]"#;
    let turns = ["u: A taxi to Ely.", "a! Get{\"to\":\"Ely\"}", "t Get=[{\"no\":\"7\"}]", "a: Done."];
    let report = "1 dialogues, 4 turns, 1 tool calls; not kept: 1 other spellings of a value (first at \
                  /0/turns/0/frames/0/state/slot_values/to), 1 state's \"active_intent\" (first at \
                  /0/turns/0/frames/0/state/active_intent)";
    check(text, Form::Sgd, &turns, report);
    let second = r#"{"dialogue_id":"PMUL1.json","services":["hotel"],"turns":[{"speaker":"USER","turn_id":"0","utterance":"Hi.","frames":[{"service":"hotel","state":{"slot_values":{"hotel-area":["north"]}}}]},{"speaker":"SYSTEM","utterance":"Hello!","frames":[]}]}"#;
    let (dialogues, _) = read("dialogues_001.json", format!("[{second}]").as_bytes(), None).unwrap();
    let Turn::User(user) = &dialogues[0].turns[0] else { unreachable!() };
    assert_eq!(
        (shown(&dialogues[0]), user.state.keys().next().unwrap().as_str()),
        (HI.map(String::from).to_vec(), "hotel-area")
    );
}

#[test]
fn the_offline_generators_records_pair_calls_by_name() {
    let text = r#"{"conversation_id":"c1","messages":[{"role":"user","content":"Hi."},{"role":"assistant","content":"Wait.","tool_calls":[{"name":"a::b","parameters":{"x":1}}]},{"role":"tool","name":"a::b","content":"{\"y\":2}"},{"role":"assistant","content":"Two."}],"tool_calls":[{"name":"a::b","parameters":{"x":1}}],"tool_outputs":[{"name":"a::b","output":{"y":2}}],"metadata":{"domain":"Travel","seed":3}}"#;
    let turns = ["u: Hi.", "a: Wait.! a::b{\"x\":1}", "t a::b={\"y\":2}", "a: Two."];
    let report =
        "1 dialogues, 4 turns, 1 tool calls; not kept: 1 metadata \"seed\" (first at /metadata/seed)";
    check(&format!("{text}\n"), Form::ToolUse, &turns, &report.replace("at /", "at line 1 /"));
    let (dialogues, _) = read("c.jsonl", text.as_bytes(), None).unwrap();
    assert_eq!((dialogues[0].id.as_str(), dialogues[0].domains[0].as_str()), ("c1", "Travel"));
}

#[test]
fn tables_are_read_by_their_header() {
    let comma =
        "dialogue_id,turn,speaker,utterance\n7,2,bot,Hello!\n7,1,user,Hi.\n8,1,user,\"a, \"\"b\"\"\nc\"\n";
    check(comma, Form::Csv, &HI, "2 dialogues, 3 turns");
    let (dialogues, _) = read("t.csv", comma.as_bytes(), None).unwrap();
    assert_eq!((dialogues[0].id.as_str(), shown(&dialogues[1])), ("7", vec!["u: a, \"b\"\nc".to_owned()]));
    check(
        "Role;Text;Note\r\nuser;Hi.;x\r\nassistant;Hello!;y\r\n",
        Form::Csv,
        &HI,
        "1 dialogues, 2 turns; not kept: 2 fields of the column \"Note\" (first at line 2)",
    );
    check(
        "role\ttext\nsystem\tBe kind.\nuser\tHi.\nassistant\tHello!\n",
        Form::Csv,
        &HI,
        "1 dialogues, 2 turns; not kept: 1 turns of a third speaker, \"system\" (first at line 2)",
    );
}

#[test]
fn transcripts_are_read_by_their_colons() {
    check("User: Hi.\nAgent: Hello!\n\n\nUser: Bye.\n", Form::Txt, &HI, "2 dialogues, 3 turns");
    let long = "[Customer]: Hi.\nSupport: Hello!\nAt 10:30?\n";
    let report = "1 dialogues, 2 turns; assumed: 1 lines without a speaker to go on with the turn before (first at line 2)";
    check(long, Form::Txt, &["u: Hi.", "a: Hello!\nAt 10:30?"], report);
}

#[test]
fn a_folder_is_all_its_files_and_gzip_is_seen_from_the_bytes() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"User: Hi.\nBot: Hello!\n").unwrap();
    std::fs::write(folder.path().join("b.txt.gz"), packed.finish().unwrap()).unwrap();
    std::fs::write(folder.path().join("a.json"), r#"{"turns":[{"speaker":"user","text":"One."}]}"#).unwrap();
    std::fs::write(folder.path().join("schema.json"), "[]").unwrap();
    let corpus = Corpus::at(folder.path(), None).unwrap();
    let mut reading = corpus.dialogues();
    let ids: Vec<String> = reading.by_ref().map(|dialogue| dialogue.unwrap().id).collect();
    assert_eq!(ids, ["a-0", "b-0"]);
    assert_eq!(
        reading.reports().iter().map(|report| report.form).collect::<Vec<_>>(),
        [Form::Sdialog, Form::Txt]
    );
}

#[test]
fn what_was_read_can_be_written_and_read_again_as_a_record() {
    let text = r#"{"messages":[{"role":"user","content":"Hi."},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"1"}]}"#;
    let (dialogues, _) = read("m.jsonl", text.as_bytes(), None).unwrap();
    let line = serde_json::to_string(&dialogues[0]).unwrap();
    let (again, report) = read("d.jsonl", line.as_bytes(), None).unwrap();
    assert_eq!((again, report.form), (dialogues, Form::Goalconvo));
}

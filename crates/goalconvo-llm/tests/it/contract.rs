//! One contract for all dialects, told by hand-written cassettes: what is sent, and what is read.

use goalconvo_llm::{Answer, Dialect, Feature, Format, Message, Request, Tool, ToolChoice, WireReply};
use serde_json::{Value, json};

use crate::fixture::wire;

const REQUESTS: &str = include_str!("../cassettes/requests.json");

const DIALECTS: [(Dialect, &str); 6] = [
    (Dialect::OpenAi, include_str!("../cassettes/openai.json")),
    (Dialect::Compatible, include_str!("../cassettes/compatible.json")),
    (Dialect::Mistral, include_str!("../cassettes/mistral.json")),
    (Dialect::Anthropic, include_str!("../cassettes/anthropic.json")),
    (Dialect::Ollama, include_str!("../cassettes/ollama.json")),
    (Dialect::Replicate, include_str!("../cassettes/replicate.json")),
];

/// What every dialect must show.
const MUST: [&str; 8] =
    ["speech", "think_leak", "empty", "bad_key", "rate_limit", "too_long", "overloaded", "truncated"];

fn request(name: &str) -> Request {
    let requests: Value = serde_json::from_str(REQUESTS).unwrap();
    serde_json::from_value(requests[name].clone()).unwrap()
}

fn each(mut check: impl FnMut(Dialect, &Value)) {
    for (dialect, text) in DIALECTS {
        let cassette: Value = serde_json::from_str(text).unwrap();
        assert_eq!(cassette["dialect"], format!("{dialect:?}"));
        check(dialect, &cassette);
    }
}

#[test]
fn every_dialect_sends_what_its_provider_wants() {
    each(|dialect, cassette| {
        let model = cassette["model"].as_str().unwrap();
        for (name, expect) in cassette["encode"].as_object().unwrap() {
            let sent = dialect.encode(model, &request(name)).unwrap();
            let body: Value = serde_json::from_slice(&sent.body).unwrap();
            assert_eq!(sent.path, expect["path"].as_str().unwrap(), "{dialect:?} {name}");
            assert_eq!(body, expect["body"], "{dialect:?} {name}");
        }
    });
}

#[test]
fn every_dialect_reads_what_its_provider_says() {
    each(|dialect, cassette| {
        for (name, tape) in cassette["decode"].as_object().unwrap() {
            let request = request(tape["request"].as_str().unwrap());
            let read = dialect.decode(&request, &played(tape));
            check(&format!("{dialect:?} {name}"), tape, read);
        }
    });
}

fn played(tape: &Value) -> WireReply {
    let body = tape["raw"].as_str().map_or_else(|| tape["body"].to_string(), str::to_owned);
    let headers = tape["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let status = u16::try_from(tape["status"].as_u64().unwrap()).unwrap();
    WireReply { status, headers: headers.collect(), body: body.into() }
}

fn check(name: &str, tape: &Value, read: Result<Answer, goalconvo_llm::Error>) {
    match (read, &tape["reply"], &tape["error"]) {
        (Ok(Answer::Done(reply)), expect, Value::Null) => {
            let mut found = serde_json::to_value(&*reply).unwrap();
            for own in ["latency_us", "attempts", "wasted"] {
                found.as_object_mut().unwrap().remove(own);
            }
            assert_eq!(&found, expect, "{name}");
        }
        (Err(error), Value::Null, expect) => {
            assert_eq!(error.class(), expect["class"].as_str().unwrap(), "{name}: {error}");
            let says = expect["says"].as_str().unwrap();
            assert!(error.to_string().contains(says), "{name}: {error}");
            let wait = error.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap());
            assert_eq!(wait, expect["retry_after_ms"].as_u64(), "{name}");
        }
        (found, _, _) => panic!("{name}: {found:?}"),
    }
}

#[test]
fn every_dialect_shows_the_same_failures() {
    each(|dialect, cassette| {
        for name in MUST {
            assert!(cassette["decode"].get(name).is_some(), "{dialect:?} has no cassette \"{name}\"");
        }
    });
}

#[test]
fn a_providers_error_never_becomes_a_reply() {
    each(|dialect, cassette| {
        let request = request("speech");
        let good = played(&cassette["decode"]["speech"]);
        for status in [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529, 302] {
            // Even a perfect body is none when the status says that it failed.
            let read = dialect.decode(&request, &WireReply { status, ..good.clone() });
            assert!(read.is_err(), "{dialect:?} {status}");
        }
        let apology = json!({ "error": { "message": "I am sorry, please try again later." } });
        assert!(dialect.decode(&request, &wire(200, &apology)).is_err(), "{dialect:?}");
    });
}

#[test]
fn what_a_dialect_cannot_ask_for_is_an_error_or_reported() {
    let mut tools = request("tools");
    tools.tool_choice = ToolChoice::Required;
    let check = |dialect: Dialect, request: &Request, ok: bool| {
        let encoded = dialect.encode("owner/name", request);
        assert_eq!(encoded.is_ok(), ok, "{dialect:?}");
        assert!(ok || encoded.unwrap_err().is_unsupported());
    };
    check(Dialect::OpenAi, &tools, true);
    check(Dialect::Anthropic, &tools, true);
    check(Dialect::Ollama, &tools, false);
    check(Dialect::Replicate, &request("tools"), false);
    check(Dialect::Replicate, &request("schema"), false);
    assert!(Dialect::Ollama.supports(Feature::Logprobs));
    let reply = wire(200, &json!({ "content": [{ "type": "text", "text": "Yes" }] }));
    let Ok(Answer::Done(reply)) = Dialect::Anthropic.decode(&request("logprobs"), &reply) else { panic!() };
    assert_eq!(reply.unsupported, [Feature::Logprobs]);
}

#[test]
fn anthropic_is_not_given_a_limit_that_nobody_set() {
    let request = Request::new(vec![Message::user("Hi")]);
    assert!(Dialect::Anthropic.encode("claude", &request).unwrap_err().is_bad_request());
}

#[test]
fn anthropic_marks_the_prefix_for_its_cache_when_asked() {
    let mut request = request("speech");
    request.cache_prefix = true;
    let body: Value =
        serde_json::from_slice(&Dialect::Anthropic.encode("claude", &request).unwrap().body).unwrap();
    assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
    assert_eq!(body["messages"][0]["content"][0]["cache_control"]["type"], "ephemeral");
}

#[test]
fn a_schema_beside_tools_leaves_anthropic_the_choice_between_them() {
    let mut request = request("schema");
    request.tools = request_tools();
    let body: Value =
        serde_json::from_slice(&Dialect::Anthropic.encode("claude", &request).unwrap().body).unwrap();
    assert_eq!(body["tool_choice"]["type"], "any");
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
    assert!(matches!(request.format, Format::Json(_)));
}

fn request_tools() -> std::sync::Arc<[Tool]> {
    request("tools").tools
}

#[test]
fn mistral_gets_call_ids_that_it_takes_and_they_still_match() {
    let body: Value =
        serde_json::from_slice(&Dialect::Mistral.encode("m", &request("history")).unwrap().body).unwrap();
    let call = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!(call.len(), 9);
    assert_eq!(body["messages"][2]["tool_call_id"], call);
    assert_ne!(body["messages"][3]["tool_call_id"], call);
}

#[test]
fn braces_in_a_prompt_are_only_braces() {
    let text = "{goal} {{x}} {% if %} \" \\ \u{1f600}";
    for (dialect, _) in DIALECTS {
        let request = Request { max_tokens: Some(9), ..Request::new(vec![Message::user(text)]) };
        let body: Value =
            serde_json::from_slice(&dialect.encode("owner/name", &request).unwrap().body).unwrap();
        assert!(strings(&body).any(|found| found == text), "{dialect:?}");
    }
}

fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.as_str())),
        Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        Value::Object(map) => Box::new(map.values().flat_map(strings)),
        _ => Box::new(std::iter::empty()),
    }
}

#[test]
fn a_prediction_that_is_not_ready_is_polled_by_its_id_alone() {
    let body =
        json!({ "id": "abc1", "status": "processing", "urls": { "get": "https://evil.example/steal" } });
    let Ok(Answer::Pending(pending)) = Dialect::Replicate.decode(&request("speech"), &wire(201, &body))
    else {
        panic!("not pending")
    };
    assert_eq!(pending.poll.path, "predictions/abc1");
    assert_eq!(pending.cancel.path, "predictions/abc1/cancel");
}

#[test]
fn a_number_that_no_json_has_is_refused_and_not_left_out() {
    each(|dialect, cassette| {
        let model = cassette["model"].as_str().unwrap();
        let request = Request { max_tokens: Some(8), ..Request::new(vec![Message::user("Hi")]) };
        for unfit in [
            Request { temperature: Some(f64::NAN), ..request.clone() },
            Request { top_p: Some(f64::INFINITY), ..request },
        ] {
            let error = dialect.encode(model, &unfit).unwrap_err();
            assert!(error.is_bad_request(), "{dialect:?}: {error}");
        }
    });
}

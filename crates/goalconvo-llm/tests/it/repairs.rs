//! Replies by schema.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use goalconvo_llm::{
    Accounts, Dialect, Error, Feature, Format, JsonFormat, Model, RepairConfig, Repaired, Reply, Request,
    Scripted, Settings,
};
use goalconvo_stub::{Config, Fault, Stub};
use serde_json::{Value, json};

use crate::fixture::{at_once, http, model, model_at, request, said, tape};

fn by_schema() -> Request {
    let schema = json!({
        "type": "object",
        "properties": { "score": { "type": "integer", "minimum": 1, "maximum": 5 } },
        "required": ["score"],
        "additionalProperties": false,
    });
    let format = Format::Json(JsonFormat { name: "rating".to_owned(), schema: schema.into() });
    Request { format, ..request("a", "Rate it.") }
}

/// Plays these texts in order; the end, and how many were asked for.
async fn repaired(texts: &[&str], again: u32) -> (Result<Reply, Error>, usize) {
    let (transport, count) = tape(texts.iter().map(|text| at_once(said(text))).collect());
    let inner = model(&transport, Settings::default(), Accounts::default());
    let end = Repaired::new(inner, RepairConfig { again, native: true }).complete(by_schema()).await;
    (end, count.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_reply_that_fits_is_asked_once_however_it_is_wrapped() {
    for text in [
        "{\"score\": 4}",
        "  {\"score\": 4}\n",
        "```json\n{\"score\": 4}\n```",
        "Sure! Here you are: {\"score\": 4} I hope that helps.",
        "<think>four?</think>{\"score\": 4}",
        "[a note] {\"score\": 4}",
    ] {
        let (end, asked) = repaired(&[text], 2).await;
        assert_eq!((end.unwrap().json().unwrap(), asked), (json!({ "score": 4 }), 1), "{text}");
    }
}

#[tokio::test]
async fn a_reply_that_does_not_fit_is_asked_again_and_no_more_than_allowed() {
    for bad in [
        "no",
        "{}",
        "{\"score\": 9}",
        "{\"score\": \"4\"}",
        "{\"score\": 4, \"x\": 1}",
        "[]",
        "{\"score\": 4",
        "",
    ] {
        let (end, asked) = repaired(&[bad, "{\"score\": 4}"], 2).await;
        assert_eq!((end.unwrap().text.as_str(), asked), ("{\"score\": 4}", 2), "{bad}");
        let (end, asked) = repaired(&[bad], 2).await;
        let error = end.unwrap_err();
        assert!(error.is_schema() && error.to_string().contains("Found: "), "{bad}: {error}");
        assert_eq!(asked, 3, "{bad}");
    }
}

#[tokio::test]
async fn the_model_is_told_what_was_wrong_and_where() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let scripted = Scripted::new("script", move |request: &Request| {
        log.lock().unwrap().push(request.messages.last().unwrap().text().to_owned());
        Ok(Reply::said(if request.messages.len() == 1 { "{\"score\": 9}" } else { "{\"score\": 5}" }))
    });
    Repaired::new(scripted, RepairConfig::default()).complete(by_schema()).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked[0], "Rate it.");
    assert!(asked[1].contains("at /score: 9 is greater than the maximum of 5"), "{}", asked[1]);
}

#[tokio::test]
async fn a_provider_without_schemas_is_given_one_in_words_last() {
    assert!(!Dialect::Replicate.supports(Feature::Schema));
    let scripted = Scripted::new("script", |request: &Request| {
        assert_eq!(request.format, Format::Text);
        assert_eq!(request.messages[0].text(), "Rate it.", "what came before stays the prefix");
        assert!(request.messages[1].text().contains("\"maximum\":5"));
        Ok(Reply::said("{\"score\": 1}"))
    });
    let config = RepairConfig { native: false, ..RepairConfig::default() };
    assert_eq!(Repaired::new(scripted, config).complete(by_schema()).await.unwrap().text, "{\"score\": 1}");
}

#[tokio::test]
async fn requests_without_a_schema_and_other_errors_pass_through() {
    let scripted = Scripted::new("script", |_: &Request| Ok(Reply::said("not json")));
    let reply = Repaired::new(scripted, RepairConfig::default()).complete(request("a", "Hi")).await.unwrap();
    assert_eq!(reply.text, "not json");
    let (transport, count) = tape(vec![at_once(crate::fixture::refused(401))]);
    let inner = model(&transport, Settings::default(), Accounts::default());
    assert!(Repaired::new(inner, RepairConfig::default()).complete(by_schema()).await.unwrap_err().is_auth());
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let broken = Format::Json(JsonFormat { name: "x".to_owned(), schema: json!({ "type": 7 }).into() });
    let (transport, count) = tape(vec![at_once(said("{}"))]);
    let inner = model(&transport, Settings::default(), Accounts::default());
    let request = Request { format: broken, ..request("a", "Hi") };
    assert!(
        Repaired::new(inner, RepairConfig::default()).complete(request).await.unwrap_err().is_bad_request()
    );
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_dialect_of_the_stub_gives_replies_by_schema() {
    let stub = Stub::start(Config::default()).await.unwrap();
    for address in [
        format!("openai+{}/v1#m", stub.url()),
        format!("{}/v1#m", stub.url()),
        format!("mistral+{}/v1#m", stub.url()),
        format!("anthropic+{}/v1#m", stub.url()),
        format!("ollama+{}#m", stub.url()),
    ] {
        stub.script([Fault::WrongSchema, Fault::Ok]);
        let inner = model_at(&address, &http(), Settings::default(), Accounts::default());
        let reply = Repaired::new(inner, RepairConfig::default()).complete(by_schema()).await.unwrap();
        let score = reply.json().unwrap()["score"].as_i64();
        assert!((1..=5).contains(&score.unwrap()), "{address} {reply:?}");
        assert!(matches!(reply.json().unwrap(), Value::Object(_)));
    }
}

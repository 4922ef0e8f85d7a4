//! Whole calls over real sockets, against the stub.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use goalconvo_llm::{Accounts, Ledger, Message, Model, Request, RetryPolicy, Settings, Tool, ToolChoice};
use goalconvo_stub::{Config, Fault, Stub};
use serde_json::json;
use tokio::task::JoinSet;

use crate::fixture::{http, model_at, request};

fn addresses(stub: &Stub) -> Vec<String> {
    let url = stub.url();
    vec![
        format!("openai+{url}/v1#m"),
        format!("{url}/v1#m"),
        format!("mistral+{url}/v1#m"),
        format!("anthropic+{url}/v1#m"),
        format!("ollama+{url}#m"),
        format!("replicate+{url}/v1#owner/m"),
    ]
}

fn patient() -> Settings {
    let retry = RetryPolicy {
        attempts: 12,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        ..RetryPolicy::default()
    };
    Settings { retry, timeout: Duration::from_millis(400), ..Settings::default() }
}

#[tokio::test]
async fn every_dialect_talks_to_its_server() {
    let stub = Stub::start(Config::default()).await.unwrap();
    let transport = http();
    for address in addresses(&stub) {
        let model = model_at(&address, &transport, Settings::default(), Accounts::default());
        let ask = Request {
            messages: vec![Message::system("Be brief."), Message::user("Hello?")],
            ..request("a", "")
        };
        let first = model.complete(ask.clone()).await.unwrap();
        let second = model.complete(ask).await.unwrap();
        assert!(
            first.text.len() > 10 && first.model.is_some() && first.usage.is_some(),
            "{address} {first:?}"
        );
        assert_eq!(first.text, second.text, "the stub is a function of the request");
        assert_eq!(first.attempts, 1);
    }
}

#[tokio::test]
async fn every_dialect_with_tools_calls_them() {
    let stub = Stub::start(Config { tool_rate: 1.0, ..Config::default() }).await.unwrap();
    let parameters = json!({ "type": "object", "properties": { "place": { "enum": ["Ely"] } } });
    let tool = Tool {
        name: "weather".to_owned(),
        description: "Weather.".to_owned(),
        parameters: parameters.into(),
    };
    let transport = http();
    for address in &addresses(&stub)[..5] {
        let tools = Arc::from([tool.clone()]);
        let ask = Request { tools, tool_choice: ToolChoice::Auto, ..request("a", "Is it sunny?") };
        let model = model_at(address, &transport, Settings::default(), Accounts::default());
        let reply = model.complete(ask).await.unwrap();
        assert_eq!(reply.tool_calls[0].name, "weather", "{address}");
        assert_eq!(reply.tool_calls[0].parsed().unwrap(), json!({ "place": "Ely" }));
    }
}

#[tokio::test]
async fn one_call_in_four_fails_and_every_caller_gets_a_reply_or_a_reason() {
    let rates = [
        (Fault::RateLimit, 0.05),
        (Fault::ServerError, 0.05),
        (Fault::Overloaded, 0.03),
        (Fault::Hang, 0.01),
        (Fault::Reset, 0.04),
        (Fault::TruncatedJson, 0.03),
        (Fault::Html, 0.01),
        (Fault::ErrorInside, 0.02),
        (Fault::Empty, 0.02),
        (Fault::ThinkLeak, 0.04),
    ];
    let faults: BTreeMap<Fault, f64> = rates.into_iter().collect();
    let transport = http();
    for which in 0..6 {
        let stub =
            Stub::start(Config { faults: faults.clone(), seed: 11, ..Config::default() }).await.unwrap();
        let address = addresses(&stub)[which].clone();
        let ledger = Ledger::new();
        let accounts = Accounts { ledger: Arc::clone(&ledger), ..Accounts::default() };
        let model = Arc::new(model_at(&address, &transport, patient(), accounts));
        let mut tasks = JoinSet::new();
        for caller in 0..200 {
            let model = Arc::clone(&model);
            tasks.spawn(async move {
                model.complete(request(&caller.to_string(), &format!("Room {caller}?"))).await
            });
        }
        let ends = tasks.join_all().await;
        for end in &ends {
            match end {
                Ok(reply) => {
                    assert!(!reply.text.contains("think>") && !reply.text.is_empty(), "{reply:?}");
                    assert!(reply.attempts <= 12);
                }
                // Only an empty reply is not asked for again here: that is its caller's decision.
                Err(error) => assert!(error.is_empty(), "{address}: {error}"),
            }
        }
        let failed = ends.iter().filter(|end| end.is_err()).count() as u64;
        assert!(failed < 20, "{address}: {failed}");
        let (total, stats) = (ledger.total(), stub.stats());
        assert_eq!((total.answered, total.failed), (200 - failed, failed));
        assert_eq!(total.requests, stats.requests, "{address}: every request is accounted for");
        assert!(stats.requests > 220, "the faults came: {stats:?}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_ready_is_polled_and_one_that_never_is_is_canceled() {
    let stub = Stub::start(Config { polls: 2, ..Config::default() }).await.unwrap();
    let address = format!("replicate+{}/v1#owner/m", stub.url());
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let reply =
        model_at(&address, &http(), settings.clone(), Accounts::default()).complete(request("a", "Hi")).await;
    assert!(!reply.unwrap().text.is_empty());
    stub.change(|config| config.polls = 1_000_000);
    let settings = Settings { poll_limit: Duration::from_millis(1), ..settings };
    let error = model_at(&address, &http(), settings, Accounts::default())
        .complete(request("b", "Hi"))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("canceled"), "{error}");
}

#[tokio::test]
async fn an_append_only_conversation_is_almost_all_prefix() {
    let stub = Stub::start(Config::default()).await.unwrap();
    let model = model_at(&addresses(&stub)[0], &http(), Settings::default(), Accounts::default());
    let rules = "Answer in one sentence and never invent a number. ".repeat(40);
    for scope in 0..20 {
        let mut messages =
            vec![Message::system(rules.as_str()), Message::user(format!("I am guest {scope}."))];
        for turn in 0..10 {
            let mut ask = Request { messages: messages.clone(), ..request(&scope.to_string(), "") };
            ask.tag.turn = turn;
            let reply = model.complete(ask).await.unwrap();
            messages.push(Message::assistant(reply.text));
            messages.push(Message::user("Go on."));
        }
    }
    let stats = stub.stats();
    assert!(stats.prefix_hit_rate > 0.95, "{}", stats.prefix_hit_rate);
    assert_eq!(stats.duplicate_bodies, 0);
}

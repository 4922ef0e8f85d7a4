//! Retries, in paused time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use goalconvo_llm::{Accounts, Ledger, Model, Played, RetryPolicy, Settings, WireReply};
use tokio::time::Instant;

use crate::fixture::{at_once, model, refused, request, said, tape, wire};

fn retry_after(seconds: &str) -> WireReply {
    let headers = vec![("retry-after".to_owned(), seconds.to_owned())];
    WireReply { headers, ..refused(429) }
}

/// Plays the tape; the class of the end, how many requests it took, and how long.
async fn ended(played: Vec<Played>) -> (String, usize, Duration) {
    let (transport, count) = tape(played);
    let model = model(&transport, Settings::default(), Accounts::default());
    let started = Instant::now();
    let end = match model.complete(request("a", "Hi")).await {
        Ok(reply) => reply.text,
        Err(error) => error.class().to_owned(),
    };
    (end, count.load(Ordering::SeqCst), started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_post_is_retried_whenever_trying_again_may_help() {
    let good = at_once(said("Hello."));
    for bad in [
        at_once(refused(429)),
        at_once(refused(500)),
        at_once(refused(503)),
        at_once(refused(529)),
        at_once(WireReply { status: 200, body: "{\"choices\": [".into(), ..WireReply::default() }),
        at_once(wire(200, &serde_json::json!({ "error": { "message": "upstream" } }))),
        Played::Hang,
        Played::Broken,
        Played::Unreachable,
    ] {
        let (end, requests, _) = ended(vec![bad.clone(), bad.clone(), good.clone()]).await;
        assert_eq!((end.as_str(), requests), ("Hello.", 3), "{bad:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_help_is_not_retried() {
    for (status, class) in
        [(400, "bad request"), (401, "auth"), (402, "quota"), (404, "bad request"), (413, "context too long")]
    {
        let (end, requests, _) = ended(vec![at_once(refused(status))]).await;
        assert_eq!((end.as_str(), requests), (class, 1), "{status}");
    }
    let (end, requests, _) = ended(vec![at_once(said(""))]).await;
    assert_eq!((end.as_str(), requests), ("empty reply", 1));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded() {
    let (end, requests, _) = ended(vec![at_once(refused(500))]).await;
    assert_eq!((end.as_str(), requests), ("overloaded", 6));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_names_a_time_is_waited_for_that_long() {
    let (end, requests, waited) = ended(vec![at_once(retry_after("7")), at_once(said("Hello."))]).await;
    assert_eq!((end.as_str(), requests), ("Hello.", 2));
    assert!((Duration::from_secs(7)..Duration::from_secs(8)).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_tomorrow_is_not_waited_for() {
    let (end, requests, waited) = ended(vec![at_once(retry_after("86400"))]).await;
    assert_eq!((end.as_str(), requests), ("rate limit", 1));
    assert!(waited < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_provider_costs_one_timeout_an_attempt() {
    let (transport, _) = tape(vec![Played::Hang]);
    let retry = RetryPolicy::never();
    let settings = Settings { timeout: Duration::from_secs(3), retry, ..Settings::default() };
    let started = Instant::now();
    let error =
        model(&transport, settings, Accounts::default()).complete(request("a", "Hi")).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[test]
fn pauses_double_with_jitter_and_are_the_same_every_time() {
    let policy = RetryPolicy::default();
    let error = "openia:x".parse::<goalconvo_llm::Address>().unwrap_err();
    assert_eq!(policy.pause(&error, 1, 0), None);
    let error = goalconvo_llm::Dialect::OpenAi.decode(&request("a", "x"), &refused(500)).unwrap_err();
    for salt in 0..200 {
        let mut upper = policy.first_pause;
        for made in 1..policy.attempts {
            let pause = policy.pause(&error, made, salt).unwrap();
            assert!(pause >= upper / 2 && pause <= upper, "{made} {pause:?}");
            assert_eq!(policy.pause(&error, made, salt), Some(pause));
            upper = (upper * 2).min(policy.longest_pause);
        }
        assert_eq!(policy.pause(&error, policy.attempts, salt), None);
    }
    assert_ne!(policy.pause(&error, 1, 1), policy.pause(&error, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_redirect_says_where_to_and_is_not_followed() {
    let headers = vec![("location".to_owned(), "https://user:secret@elsewhere.example/v2?key=1".to_owned())];
    let (transport, count) = tape(vec![at_once(WireReply { headers, ..refused(307) })]);
    let model = model(&transport, Settings::default(), Accounts::default());
    let error = model.complete(request("a", "Hi")).await.unwrap_err();
    let text = error.to_string();
    assert!(error.is_bad_request() && text.contains("to elsewhere.example, and"), "{text}");
    assert!(!text.contains("secret") && text.contains("give the address"), "{text}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_counts_every_request_and_every_failure() {
    let (transport, _) = tape(vec![at_once(refused(500)), at_once(said("Hello.")), at_once(refused(400))]);
    let ledger = Ledger::new();
    let accounts = Accounts { ledger: ledger.clone(), ..Accounts::default() };
    let model = model(&transport, Settings::default(), accounts);
    model.complete(request("a", "Hi")).await.unwrap();
    model.complete(request("b", "Hi")).await.unwrap_err();
    let rows = ledger.rows();
    let (account, entry) = rows.iter().next().unwrap();
    assert_eq!((&*account.model, &*account.role, &*account.phase), ("openai:stub", "user", "play"));
    assert_eq!((entry.answered, entry.failed, entry.requests, entry.unpriced), (1, 1, 3, 2));
    assert_eq!(entry.usage.prompt_tokens, 10);
}

#[tokio::test(start_paused = true)]
async fn a_reply_says_who_answered_and_how_long_it_took() {
    let (transport, _) = tape(vec![Played::Reply(said("Hello."), Duration::from_millis(250))]);
    let reply = model(&transport, Settings::default(), Accounts::default())
        .complete(request("a", "Hi"))
        .await
        .unwrap();
    assert_eq!(reply.model.as_deref(), Some("stub-1"), "as reported, not as asked");
    assert_eq!(reply.provider, None, "nobody reported one");
    assert!((250_000..260_000).contains(&reply.latency_us), "{}", reply.latency_us);
    assert_eq!(reply.attempts, 1);
}

//! The hard budget.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use goalconvo_llm::{
    Accounts, Budget, Cost, Ledger, Limits, Model, Played, Price, RemoteModel, Request, RetryPolicy,
    Settings, Transport, WindowConfig,
};
use goalconvo_stub::{Config, Fault, Stub};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::fixture::{at_once, http, model, model_at, price, refused, request, said, tape, wire};

fn accounts(cap: &str) -> Accounts {
    Accounts {
        ledger: Ledger::new(),
        budget: Some(Budget::new(cap.parse().unwrap())),
        price: Some(price()),
        journal: None,
    }
}

fn wide(most: usize) -> Settings {
    let limits = Limits { window: WindowConfig::fixed_at_most(most), ..Limits::default() };
    Settings { limits, ..Settings::default() }
}

/// Asks until the budget is reached; answered and refused calls.
async fn spend(model: &Arc<RemoteModel>, callers: usize, each: usize) -> (u64, u64) {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let model = Arc::clone(model);
        tasks.spawn(async move {
            let (mut answered, mut refused) = (0, 0);
            for turn in 0..each {
                match model.complete(request(&format!("{caller}-{turn}"), "Tell me of the room.")).await {
                    Ok(_) => answered += 1,
                    Err(error) => refused += u64::from(error.is_budget()),
                }
            }
            (answered, refused)
        });
    }
    tasks.join_all().await.into_iter().fold((0, 0), |sum, (a, r)| (sum.0 + a, sum.1 + r))
}

#[tokio::test]
async fn five_hundred_and_twelve_at_once_never_cross_the_budget() {
    // The stub misbehaves: lost replies are billed too, and must be counted though nobody saw their usage.
    let stub = Stub::start(Config { hang_ms: 1, ..Config::default() }).await.unwrap();
    let faults = [
        (Fault::Reset, 0.05),
        (Fault::TruncatedJson, 0.05),
        (Fault::Empty, 0.05),
        (Fault::ServerError, 0.05),
    ];
    stub.change(|config| config.faults = faults.into_iter().collect());
    let accounts = accounts("0.05");
    let budget = accounts.budget.clone().unwrap();
    let retry = RetryPolicy { first_pause: Duration::from_millis(1), ..RetryPolicy::default() };
    let settings = Settings { retry, ..wide(512) };
    let model =
        Arc::new(model_at(&format!("openai+{}/v1#m", stub.url()), &http(), settings, accounts.clone()));
    let (answered, refused) = spend(&model, 512, 4).await;
    assert!(answered > 100 && refused > 100, "{answered} {refused}");
    let stats = stub.stats();
    let billed = price().input.times(stats.billed_prompt_tokens)
        + price().output.times(stats.billed_completion_tokens);
    assert!(billed <= budget.spent(), "billed {billed}, counted {}", budget.spent());
    assert!(budget.spent() <= budget.cap(), "{} of {}", budget.spent(), budget.cap());
    assert_eq!(budget.overrun(), Cost::ZERO);
    assert_eq!(
        accounts.ledger.total().spent(),
        budget.spent(),
        "the ledger and the budget agree to the picodollar"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_open_never_reaches_beyond_the_cap_either() {
    // Every call turns out as dear as it may: 512 at once must leave the cap whole at every moment.
    let accounts = accounts("0.01");
    let budget = accounts.budget.clone().unwrap();
    let worst = Arc::new(AtomicU64::new(0));
    let billed = Arc::clone(&worst);
    let transport = Transport::cassette(move |sent| {
        let tokens = sent.body.len() as u64;
        billed.fetch_add((price().worst(tokens, 32)).pico(), Ordering::SeqCst);
        let body = json!({
            "choices": [{ "finish_reason": "stop", "message": { "content": "Yes." } }],
            "usage": { "prompt_tokens": tokens, "completion_tokens": 32 },
        });
        Played::Reply(wire(200, &body), Duration::from_millis(20))
    });
    let model = Arc::new(model(&transport, wide(512), accounts));
    let (answered, refused) = spend(&model, 512, 2).await;
    assert!(answered > 10 && refused > 10, "{answered} {refused}");
    let billed = Cost::from_pico(worst.load(Ordering::SeqCst));
    assert_eq!(billed, budget.spent());
    assert!(billed <= budget.cap());
}

#[tokio::test(start_paused = true)]
async fn five_hundred_and_twelve_that_are_open_at_one_moment_never_cross_the_budget() {
    // Room for the worst of 512 calls and a half: all are sent at one moment, and most turn out to cost less.
    let bound = |body: usize| price().worst(body as u64 + 64, 32);
    let sample =
        goalconvo_llm::Dialect::OpenAi.encode("stub", &request("0-0", "Tell me of the room.")).unwrap();
    let cap = bound(sample.body.len()).pico() * 1025 / 2;
    let budget = Budget::new(Cost::from_pico(cap));
    let accounts = Accounts { budget: Some(Arc::clone(&budget)), ..accounts("1") };
    let (billed, sent_at) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(BTreeMap::new())));
    let (counted, noted) = (Arc::clone(&billed), Arc::clone(&sent_at));
    let transport = Transport::cassette(move |sent| {
        let number = {
            let mut noted = noted.lock().unwrap();
            *noted.entry(tokio::time::Instant::now()).or_insert(0_u64) += 1;
            noted.values().sum::<u64>()
        };
        // Every seventh reply is torn on its way, and was billed all the same, at its worst.
        let lost = number % 7 == 0;
        let tokens = if lost { sent.body.len() as u64 } else { sent.body.len() as u64 / 2 };
        let cost = price().worst(tokens, if lost { 32 } else { 16 });
        counted.fetch_add(cost.pico(), Ordering::SeqCst);
        if lost {
            let torn = goalconvo_llm::WireReply { status: 200, body: "{".into(), ..Default::default() };
            return Played::Reply(torn, Duration::from_millis(20));
        }
        let body = json!({
            "choices": [{ "finish_reason": "stop", "message": { "content": "Yes." } }],
            "usage": { "prompt_tokens": tokens, "completion_tokens": 16 },
        });
        Played::Reply(wire(200, &body), Duration::from_millis(20))
    });
    let settings = Settings { retry: RetryPolicy::never(), ..wide(512) };
    let model = Arc::new(model(&transport, settings, accounts.clone()));
    let (answered, refused) = spend(&model, 512, 8).await;
    assert!(answered > 500 && refused > 500, "{answered} {refused}");
    let most = sent_at.lock().unwrap().values().copied().max();
    assert!(most >= Some(512), "at most {most:?} were open at one moment");
    let billed = Cost::from_pico(billed.load(Ordering::SeqCst));
    assert!(
        billed <= budget.spent() && budget.spent() <= budget.cap(),
        "{billed} {} {}",
        budget.spent(),
        budget.cap()
    );
    assert_eq!((budget.overrun(), accounts.ledger.total().spent()), (Cost::ZERO, budget.spent()));
    println!(
        "512 open at one moment, {answered} answered, {refused} refused: billed {billed}, counted {}, cap {}",
        budget.spent(),
        budget.cap()
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fits_once_others_settle_waits_for_them() {
    // Room for one worst case at a time, and the real cost is far below it: all are answered all the same.
    let reply = Played::Reply(said("Yes."), Duration::from_millis(20));
    let (transport, _) = tape(vec![reply]);
    let accounts = accounts("0.001");
    let model = Arc::new(model(&transport, wide(64), accounts));
    let (answered, refused) = spend(&model, 20, 1).await;
    assert_eq!((answered, refused), (20, 0));
}

/// One call against a tape with a budget of a dollar; what the budget then counts.
async fn counted(played: Vec<Played>) -> Cost {
    let (transport, _) = tape(played);
    let accounts = accounts("1");
    let settings =
        Settings { retry: RetryPolicy::never(), timeout: Duration::from_secs(1), ..Settings::default() };
    let _ = model(&transport, settings, accounts.clone()).complete(request("a", "Hi")).await;
    accounts.budget.unwrap().spent()
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_charged_is_counted_and_what_was_refused_is_not() {
    let exact = price().input.times(10) + price().output.times(5);
    assert_eq!(counted(vec![at_once(said("Yes."))]).await, exact);
    assert_eq!(counted(vec![at_once(said(""))]).await, exact, "an empty reply is paid for");
    for refused_with in [400, 401, 429, 500, 503] {
        assert_eq!(counted(vec![at_once(refused(refused_with))]).await, Cost::ZERO, "{refused_with}");
    }
    assert_eq!(counted(vec![Played::Unreachable]).await, Cost::ZERO);
    let truncated = goalconvo_llm::WireReply { status: 200, body: "{".into(), ..Default::default() };
    let no_usage = wire(200, &json!({ "choices": [{ "message": { "content": "Yes." } }] }));
    for unknown in
        [Played::Hang, Played::Broken, at_once(truncated), at_once(no_usage), at_once(refused(504))]
    {
        let counted = counted(vec![unknown.clone()]).await;
        assert!(counted > price().output.times(32), "{unknown:?}: the worst case, not {counted}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_usage_costs_its_worst_in_reply_ledger_and_budget_alike() {
    let (transport, _) =
        tape(vec![at_once(wire(200, &json!({ "choices": [{ "message": { "content": "Yes." } }] })))]);
    let accounts = accounts("1");
    let reply =
        model(&transport, Settings::default(), accounts.clone()).complete(request("a", "Hi")).await.unwrap();
    let spent = accounts.budget.unwrap().spent();
    assert_eq!((reply.cost, accounts.ledger.total().spent()), (Some(spent), spent));
    assert!(spent > price().output.times(32));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_is_counted_at_its_worst() {
    let (transport, _) = tape(vec![Played::Hang]);
    let accounts = accounts("1");
    let model = model(&transport, Settings::default(), accounts.clone());
    let call = model.complete(request("a", "Hi"));
    assert!(tokio::time::timeout(Duration::from_millis(10), call).await.is_err());
    assert!(accounts.budget.unwrap().spent() > price().output.times(32));
}

#[tokio::test]
async fn usage_that_cannot_be_is_no_usage_and_costs_the_most_that_it_can() {
    let used = |prompt: Value, completion: Value| {
        let body = json!({
            "choices": [{ "finish_reason": "stop", "message": { "content": "Yes." } }],
            "usage": { "prompt_tokens": prompt, "completion_tokens": completion },
        });
        at_once(wire(200, &body))
    };
    let check = async |played: Played, unmetered: u64| {
        let (transport, _) = tape(vec![played]);
        let accounts = accounts("1");
        let model = model(&transport, Settings::default(), accounts.clone());
        let reply = model.complete(request("a", "Hi")).await.unwrap();
        let total = accounts.ledger.total();
        assert_eq!((total.unmetered, reply.usage.is_none()), (unmetered, unmetered == 1), "{reply:?}");
        let (spent, most_said) = (accounts.budget.unwrap().spent(), price().output.times(32));
        assert_eq!((spent > most_said, reply.cost), (unmetered == 1, Some(spent)));
    };
    check(used(10.into(), 5.into()), 0).await;
    check(used((-10).into(), 5.into()), 1).await;
    check(used(10.into(), (-5).into()), 1).await;
    check(used(10.into(), 33.into()), 1).await;
    check(used(1_000_000.into(), 5.into()), 1).await;
    check(used(u64::MAX.into(), u64::MAX.into()), 1).await;
    check(used("ten".into(), 5.into()), 1).await;
}

#[tokio::test]
async fn a_budget_over_an_unknown_price_is_an_error() {
    let (transport, count) = tape(vec![at_once(said("Yes."))]);
    let address = "openai:stub".parse().unwrap();
    let provider =
        goalconvo_llm::Provider::new(&address, Some(crate::fixture::key()), &transport, Settings::default())
            .unwrap();
    let unpriced = Accounts { price: None, ..accounts("1") };
    let error = RemoteModel::new(&address, &provider, unpriced).unwrap_err();
    assert!(error.is_price() && error.to_string().contains("openai:stub"), "{error}");
    // Nor is there a worst case for a reply without end.
    let model = RemoteModel::new(&address, &provider, accounts("1")).unwrap();
    let endless = Request { max_tokens: None, ..request("a", "Hi") };
    assert!(model.complete(endless.clone()).await.unwrap_err().is_price());
    assert_eq!(count.load(Ordering::SeqCst), 0, "nothing was sent");
    // A server that costs nothing needs no bound.
    let free = Accounts { price: Some(Price::default()), ..accounts("0") };
    RemoteModel::new(&address, &provider, free).unwrap().complete(endless).await.unwrap();
}

#[tokio::test]
async fn a_resumed_budget_remembers_what_was_spent() {
    let budget = Budget::resumed("1".parse().unwrap(), "0.9999999".parse().unwrap(), Cost::ZERO);
    let (transport, _) = tape(vec![at_once(said("Yes."))]);
    let accounts = Accounts { budget: Some(budget), ..accounts("1") };
    let error =
        model(&transport, Settings::default(), accounts).complete(request("a", "Hi")).await.unwrap_err();
    assert!(error.is_budget() && error.to_string().contains("$0.9999999 of $1.00 is spent:"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_only_set_aside_is_not_called_spent() {
    let (transport, _) = tape(vec![at_once(said("Yes.")), Played::Broken]);
    let accounts = accounts("0.001");
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let model = model(&transport, settings, accounts.clone());
    model.complete(request("a", "Hi")).await.unwrap();
    let budget = accounts.budget.unwrap();
    assert_eq!((budget.words(), budget.assumed()), ("$0.00003 of $0.001 is spent".to_owned(), Cost::ZERO));
    let error = loop {
        let error = model.complete(request("b", "Hi")).await.unwrap_err();
        if error.is_budget() {
            break error;
        }
    };
    let exact = price().input.times(10) + price().output.times(5);
    let (spent, assumed) = (budget.spent(), budget.assumed());
    assert_eq!((assumed + exact, accounts.ledger.total().assumed), (spent, assumed));
    let words =
        format!("{spent} of $0.001 is spent or set aside, {assumed} of it for calls whose cost is unknown");
    assert_eq!(budget.words(), words);
    assert!(error.to_string().contains(&words), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_the_budget_refused_is_no_failure() {
    let (transport, count) = tape(vec![at_once(said("Yes."))]);
    let accounts = accounts("0.0000001");
    let model = model(&transport, Settings::default(), accounts.clone());
    assert!(model.complete(request("a", "Hi")).await.unwrap_err().is_budget());
    let total = accounts.ledger.total();
    assert_eq!((total.refused, total.failed, total.requests), (1, 0, 0));
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn the_prompt_bound_is_above_any_tokenizer() {
    // One token a byte is the most that byte-level tokenizers make of a text; the body also holds the JSON
    // around each message, longer than a chat template's marks. So the bound exceeds the bytes of all texts.
    for text in ["a", "\u{1f600}\u{1f600}", "\n\n\n", "\u{0}\u{1}"] {
        let request = request("a", text);
        let body = goalconvo_llm::Dialect::OpenAi.encode("m", &request).unwrap().body;
        assert!(body.len() >= text.len() + 20);
        assert!(serde_json::from_slice::<Value>(&body).is_ok());
    }
}

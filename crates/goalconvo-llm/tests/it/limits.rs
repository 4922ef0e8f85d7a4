//! Windows, paces and breakers, in paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use goalconvo_llm::{
    Accounts, BreakerConfig, Limits, Model, Played, RemoteModel, RetryPolicy, Settings, Transport,
    WindowConfig,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::fixture::{at_once, model, refused, request, said, tape};

/// Calls of many callers at once; how many were answered.
async fn all(model: &Arc<RemoteModel>, callers: usize, each: usize) -> usize {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let model = Arc::clone(model);
        tasks.spawn(async move {
            let mut answered = 0;
            for turn in 0..each {
                let request = request(&format!("{caller}-{turn}"), "Hi");
                answered += usize::from(model.complete(request).await.is_ok());
            }
            answered
        });
    }
    tasks.join_all().await.iter().sum()
}

fn limited(limits: Limits) -> Settings {
    Settings { limits, ..Settings::default() }
}

#[tokio::test(start_paused = true)]
async fn no_minute_holds_more_requests_than_the_limit() {
    let times = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&times);
    let transport = Transport::cassette(move |_| {
        log.lock().unwrap().push(Instant::now());
        Played::Reply(said("Hello."), Duration::from_millis(300))
    });
    let limits = Limits { requests_per_minute: Some(100), ..Limits::default() };
    let model = Arc::new(model(&transport, limited(limits), Accounts::default()));
    assert_eq!(all(&model, 50, 10).await, 500);
    let times = times.lock().unwrap();
    let most = times.iter().map(|from| {
        times.iter().filter(|at| **at >= *from && **at < *from + Duration::from_secs(60)).count()
    });
    assert!((90..=100).contains(&most.max().unwrap()));
    let span = *times.last().unwrap() - times[0];
    assert!(span < Duration::from_secs(320), "slower than the limit asks: {span:?}");
}

#[tokio::test(start_paused = true)]
async fn no_minute_holds_many_more_tokens_than_the_limit() {
    let (transport, count) = tape(vec![at_once(said("Hello."))]);
    // Each reply uses 15 tokens; the first few are expected to use more and are corrected.
    let limits = Limits { tokens_per_minute: Some(1500), ..Limits::default() };
    let model = Arc::new(model(&transport, limited(limits), Accounts::default()));
    let started = Instant::now();
    assert_eq!(all(&model, 4, 100).await, 400);
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let used = f64::from(u32::try_from(count.load(Ordering::SeqCst) * 15).unwrap());
    assert!(used / minutes <= 1500.0 * 1.05, "{used} in {minutes}");
    assert!(used / minutes >= 1500.0 * 0.5, "{used} in {minutes}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_no_minute_has_room_for_is_an_error_and_not_waited_for() {
    let (transport, count) = tape(vec![at_once(said("Hello."))]);
    let limits = Limits { tokens_per_minute: Some(100), ..Limits::default() };
    let model = model(&transport, limited(limits), Accounts::default());
    let started = Instant::now();
    let error = model.complete(request("a", &"Hi. ".repeat(1000))).await.unwrap_err();
    assert!(error.is_bad_request() && !error.is_retryable(), "{error:?}");
    // 4,000 bytes are about a thousand tokens; the reply may have 32.
    let said = error.to_string();
    assert!(said.contains("limit is 100 tokens a minute") && said.contains("about 10"), "{said}");
    assert!(said.ends_with(": raise --tokens-per-minute"), "{said}");
    assert_eq!((count.load(Ordering::SeqCst), started.elapsed()), (0, Duration::ZERO));
    // A smaller one goes.
    model.complete(request("b", "Hi")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_says_since_when_and_why() {
    let good = Played::Reply(said("Hello."), Duration::from_millis(10));
    let (transport, _) = tape(vec![good.clone(), at_once(refused(500)), at_once(refused(503)), good]);
    let breaker = BreakerConfig { failures: 2, ..BreakerConfig::default() };
    let model = model(&transport, limited(Limits { breaker, ..Limits::default() }), Accounts::default());
    let failing = || model.provider().failing();
    model.complete(request("a", "Hi")).await.unwrap();
    assert_eq!(failing(), None);
    let looking = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (first, so_far) = (failing().unwrap(), Duration::from_millis(100));
        assert_eq!((first.for_how_long, first.patience), (so_far, None));
        assert!(first.why.contains("status 500"), "{}", first.why);
        tokio::time::sleep(Duration::from_secs(1)).await;
        // From the first failure on, and with the last one's words; now it is waited for.
        let second = failing().unwrap();
        assert_eq!(second.for_how_long, Duration::from_millis(1100));
        assert_eq!(second.patience, Some(Duration::from_secs(600)));
        assert!(second.why.contains("status 503"), "{}", second.why);
    };
    let (reply, ()) = tokio::join!(model.complete(request("b", "Hi")), looking);
    assert_eq!((reply.unwrap().attempts, failing()), (3, None));
}

#[tokio::test(start_paused = true)]
async fn of_a_provider_that_nobody_waits_for_nothing_is_said() {
    let (transport, _) = tape(vec![at_once(refused(500))]);
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let model = model(&transport, settings, Accounts::default());
    model.complete(request("a", "Hi")).await.unwrap_err();
    assert_eq!(model.provider().failing(), None);
}

/// A server that refuses what is beyond its capacity, and counts.
struct Crowded {
    open: AtomicUsize,
    refused: AtomicU64,
    answered: AtomicU64,
    capacity: AtomicUsize,
}

/// The cassette cannot see a call end; it counts those that began within the last `delay`.
fn crowded(capacity: usize, delay: Duration) -> (Transport, Arc<Crowded>) {
    let server = Arc::new(Crowded {
        open: AtomicUsize::new(0),
        refused: AtomicU64::new(0),
        answered: AtomicU64::new(0),
        capacity: AtomicUsize::new(capacity),
    });
    let shared = Arc::clone(&server);
    let begun = std::sync::Mutex::new(std::collections::VecDeque::new());
    let transport = Transport::cassette(move |_| {
        let now = Instant::now();
        let mut begun = begun.lock().unwrap();
        while begun.front().is_some_and(|at| *at + delay <= now) {
            begun.pop_front();
        }
        shared.open.store(begun.len(), Ordering::SeqCst);
        if begun.len() >= shared.capacity.load(Ordering::SeqCst) {
            shared.refused.fetch_add(1, Ordering::SeqCst);
            return at_once(refused(429));
        }
        begun.push_back(now);
        shared.answered.fetch_add(1, Ordering::SeqCst);
        Played::Reply(said("Hello."), delay)
    });
    (transport, server)
}

#[tokio::test(start_paused = true)]
async fn the_window_finds_what_a_provider_can_take() {
    let (transport, server) = crowded(40, Duration::from_millis(100));
    let window = WindowConfig { start: 4, most: 400, ..WindowConfig::default() };
    let settings = limited(Limits { window, ..Limits::default() });
    let model = Arc::new(model(&transport, settings, Accounts::default()));
    let started = Instant::now();
    assert_eq!(all(&model, 200, 50).await, 10_000);
    let refused = server.refused.load(Ordering::SeqCst);
    assert!(refused < 1000, "{refused} of 11000 were refused");
    // 40 at once of 100 ms are 400 a second: 25 s at best.
    assert!(started.elapsed() < Duration::from_secs(50), "{:?}", started.elapsed());
    assert!((15..=60).contains(&model.provider().open_calls_allowed()));
}

#[tokio::test(start_paused = true)]
async fn the_window_shrinks_when_calls_become_slow() {
    let slow = Arc::new(AtomicU64::new(20));
    let delay = Arc::clone(&slow);
    let transport = Transport::cassette(move |_| {
        Played::Reply(said("Hello."), Duration::from_millis(delay.load(Ordering::SeqCst)))
    });
    let window = WindowConfig { start: 64, most: 64, ..WindowConfig::default() };
    let model =
        Arc::new(model(&transport, limited(Limits { window, ..Limits::default() }), Accounts::default()));
    all(&model, 64, 20).await;
    assert_eq!(model.provider().open_calls_allowed(), 64);
    slow.store(200, Ordering::SeqCst);
    all(&model, 64, 20).await;
    assert!(model.provider().open_calls_allowed() < 40, "{}", model.provider().open_calls_allowed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_batches_is_not_asked_less_for_being_slower_at_each() {
    // 100 ms alone, 4 ms more for each other call: at 64 open three times as long, and ten times as much in all.
    let open = Arc::new(AtomicUsize::new(0));
    let begun = Arc::new(std::sync::Mutex::new(Vec::<Instant>::new()));
    let (count, log) = (Arc::clone(&open), Arc::clone(&begun));
    let transport = Transport::cassette(move |_| {
        let mut ends = log.lock().unwrap();
        ends.retain(|end| *end > Instant::now());
        count.fetch_max(ends.len() + 1, Ordering::SeqCst);
        let delay = Duration::from_millis(100 + 4 * ends.len() as u64);
        ends.push(Instant::now() + delay);
        Played::Reply(said("Hello."), delay)
    });
    let window = WindowConfig { start: 4, most: 64, ..WindowConfig::default() };
    let model =
        Arc::new(model(&transport, limited(Limits { window, ..Limits::default() }), Accounts::default()));
    let started = Instant::now();
    assert_eq!(all(&model, 64, 60).await, 3840);
    let rate = 3840.0 / started.elapsed().as_secs_f64();
    assert!(rate > 100.0, "{rate} a second of 180 at best, {} open", model.provider().open_calls_allowed());
}

#[tokio::test(start_paused = true)]
async fn never_more_calls_are_open_than_the_window_allows() {
    let (transport, server) = crowded(usize::MAX, Duration::from_millis(50));
    let most_open = Arc::new(AtomicUsize::new(0));
    let limits = Limits { window: WindowConfig::fixed_at_most(7), ..Limits::default() };
    let model = Arc::new(model(&transport, limited(limits), Accounts::default()));
    let watched = Arc::clone(&most_open);
    let watch = async {
        loop {
            watched.fetch_max(server.open.load(Ordering::SeqCst), Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! { () = watch => {}, answered = all(&model, 100, 5) => assert_eq!(answered, 500) }
    assert!((5..=7).contains(&most_open.load(Ordering::SeqCst)));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_frees_its_place() {
    let (transport, _) = tape(vec![Played::Hang]);
    let limits = Limits { window: WindowConfig::fixed_at_most(1), ..Limits::default() };
    let model = Arc::new(model(&transport, limited(limits), Accounts::default()));
    for _ in 0..5 {
        let call = model.complete(request("a", "Hi"));
        assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    }
    assert_eq!(model.provider().open_calls_allowed(), 1);
}

fn breaker(give_up_after: u64) -> Settings {
    let breaker = BreakerConfig {
        failures: 5,
        pause: Duration::from_secs(10),
        longest_pause: Duration::from_secs(40),
        give_up_after: Duration::from_secs(give_up_after),
        give_up_unheard: Duration::from_secs(give_up_after),
    };
    Settings {
        retry: RetryPolicy::never(),
        limits: Limits { breaker, ..Limits::default() },
        ..Settings::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_provider_is_left_alone_and_then_probed_once() {
    let down = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let (state, count) = (Arc::clone(&down), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&count);
    let transport = Transport::cassette(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        at_once(if state.load(Ordering::SeqCst) { refused(503) } else { said("Hello.") })
    });
    let model = Arc::new(model(&transport, breaker(3600), Accounts::default()));
    // Five failures open it; the other callers wait, and one of them probes after 10 s, another after 20 more.
    let (task, started) = (Arc::clone(&model), Instant::now());
    let calls = tokio::time::timeout(Duration::from_secs(31), async move { all(&task, 16, 1).await });
    assert!(calls.await.is_err());
    let sent = count.load(Ordering::SeqCst);
    assert!((7..=8).contains(&sent), "{sent}");
    down.store(false, Ordering::SeqCst);
    assert_eq!(all(&model, 16, 1).await, 16);
    assert!(started.elapsed() < Duration::from_secs(80));
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_lasts_is_an_error_and_ends_when_the_provider_is_back() {
    let (transport, count) = tape([vec![at_once(refused(503)); 8], vec![at_once(said("Hello."))]].concat());
    let model = Arc::new(model(&transport, breaker(25), Accounts::default()));
    let mut classes = Vec::new();
    for turn in 0..12 {
        let end = model.complete(request(&turn.to_string(), "Hi")).await;
        classes.push(end.map_or_else(|error| error.class(), |_| "answered"));
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    assert_eq!(&classes[..5], ["overloaded"; 5]);
    assert!(classes.contains(&"outage"), "{classes:?}");
    tokio::time::sleep(Duration::from_secs(120)).await;
    while model.complete(request("late", "Hi")).await.is_err() {
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    assert!(count.load(Ordering::SeqCst) <= 10, "probes are few");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answered_is_given_up_soon_and_one_that_did_is_waited_for() {
    let (transport, _) = tape(vec![Played::Unreachable]);
    let one = Arc::new(model(&transport, Settings::default(), Accounts::default()));
    let started = Instant::now();
    assert_eq!(all(&one, 32, 20).await, 0);
    assert!(started.elapsed() < Duration::from_secs(40), "{:?}", started.elapsed());
    let error = one.complete(request("late", "Hi")).await.unwrap_err();
    let text = error.to_string();
    assert!(
        error.is_outage() && text.contains("not answered one call") && text.contains("no connection"),
        "{text}"
    );
    let outage = vec![Played::Unreachable; 23];
    let (transport, _) = tape([vec![at_once(said("Hi."))], outage, vec![at_once(said("Hi."))]].concat());
    let one = Arc::new(model(&transport, Settings::default(), Accounts::default()));
    one.complete(request("first", "Hi")).await.unwrap();
    assert!(all(&one, 32, 1).await > 0, "a bad minute is waited out");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_does_not_count_as_an_outage() {
    let (transport, count) = tape(vec![at_once(refused(401))]);
    let model = Arc::new(model(&transport, breaker(3600), Accounts::default()));
    assert_eq!(all(&model, 10, 2).await, 0);
    assert_eq!(count.load(Ordering::SeqCst), 20);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_holds_all_callers_of_the_provider() {
    let headers = vec![("retry-after".to_owned(), "5".to_owned())];
    let held = at_once(goalconvo_llm::WireReply { headers, ..refused(429) });
    let (transport, _) = tape(vec![held, at_once(said("Hello."))]);
    let model = Arc::new(model(&transport, Settings::default(), Accounts::default()));
    let first = Arc::clone(&model);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { first.complete(request("a", "Hi")).await.is_ok() });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let started = Instant::now();
    model.complete(request("b", "Hi")).await.unwrap();
    assert!(started.elapsed() > Duration::from_secs(4));
    assert!(tasks.join_next().await.unwrap().unwrap());
}

//! The journal of paid replies.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goalconvo_llm::{
    Accounts, Cost, Durability, Journal, Journaled, Ledger, Model, Played, Recovered, RemoteModel, Reply,
    Request, RetryPolicy, Scripted, Settings, Transport,
};
use goalconvo_stub::Fault;
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::fixture::{at_once, model, price, refused, request, said, wire};

/// A model whose every answer is another: a number that goes up.
fn counting() -> (Transport, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let transport = Transport::cassette(move |_| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        at_once(said(&format!("Answer {number}.")))
    });
    (transport, count)
}

struct Opened {
    model: Journaled<RemoteModel>,
    ledger: Arc<Ledger>,
    journal: Arc<Journal>,
    recovered: Recovered,
}

fn open(path: &Path, transport: &Transport) -> Opened {
    open_with(path, transport, Durability::BeforeUse)
}

fn open_with(path: &Path, transport: &Transport, durability: Durability) -> Opened {
    let (journal, recovered) = Journal::open(path, durability).unwrap();
    let accounts = Accounts { price: Some(price()), ..Accounts::default() };
    let ledger = Arc::clone(&accounts.ledger);
    ledger.restore(&recovered.ledger);
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let model =
        Journaled::new(model(transport, settings, accounts), Arc::clone(&journal), Arc::clone(&ledger));
    Opened { model, ledger, journal, recovered }
}

#[tokio::test]
async fn a_killed_run_pays_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (transport, count) = counting();
    for durability in [Durability::BeforeUse, Durability::Within(Duration::from_secs(3600))] {
        let mut first = Vec::new();
        let opened = open_with(&path, &transport, durability);
        for turn in 0..10 {
            first.push(opened.model.complete(request(&turn.to_string(), "Hi")).await.unwrap());
        }
        // What is on disk now is what a kill would leave: nothing is flushed later.
        let left = folder.path().join("left");
        std::fs::copy(&path, &left).unwrap();
        let paid = count.load(Ordering::SeqCst);
        let spent = opened.ledger.total().spent();
        let again = open(&left, &transport);
        assert_eq!((again.recovered.replies, again.recovered.lost.clone()), (10, None));
        assert_eq!(again.recovered.spent(), spent);
        for (turn, reply) in first.iter().enumerate() {
            let replayed = again.model.complete(request(&turn.to_string(), "Hi")).await.unwrap();
            assert_eq!(&replayed, reply, "to the last field");
        }
        assert_eq!(count.load(Ordering::SeqCst), paid);
        assert_eq!((again.ledger.total().replayed, again.ledger.total().answered), (10, 10));
    }
}

#[tokio::test]
async fn ten_equal_requests_of_ten_scopes_are_ten_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (transport, count) = counting();
    for _ in 0..2 {
        let opened = open(&path, &transport);
        let mut texts = BTreeSet::new();
        for scope in 0..10 {
            texts.insert(opened.model.complete(request(&scope.to_string(), "Hi")).await.unwrap().text);
        }
        assert_eq!(texts.len(), 10);
        // Another turn, another attempt, another question or setting: never the sample of before.
        let base = request("0", "Hi");
        let mut turn = base.clone();
        turn.tag.turn += 1;
        let mut attempt = base.clone();
        attempt.tag.attempt += 1;
        for other in [turn, attempt, request("0", "Ho"), Request { seed: Some(9), ..base.clone() }] {
            assert!(texts.insert(opened.model.complete(other).await.unwrap().text));
        }
        assert!(!texts.insert(opened.model.complete(base).await.unwrap().text), "the very same call is");
    }
    assert_eq!(count.load(Ordering::SeqCst), 14);
}

#[tokio::test]
async fn every_torn_tail_is_cut_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (transport, _) = counting();
    let mut ends = vec![std::fs::metadata(&path).map_or(0, |meta| meta.len())];
    {
        let opened = open(&path, &transport);
        for turn in 0..2 {
            opened.model.complete(request(&turn.to_string(), "Hi")).await.unwrap();
            ends.push(std::fs::metadata(&path).unwrap().len());
        }
    }
    let whole = std::fs::read(&path).unwrap();
    let torn = folder.path().join("torn");
    for length in usize::try_from(ends[1]).unwrap()..whole.len() {
        std::fs::write(&torn, &whole[..length]).unwrap();
        let (journal, found) = Journal::open(&torn, Durability::BeforeUse).unwrap();
        let kept = ends.iter().filter(|end| **end > 0 && **end <= length as u64).count() as u64;
        assert_eq!(found.replies, kept, "{length}");
        assert_eq!(journal.len() as u64, kept);
        match found.lost {
            None => assert!(ends.contains(&(length as u64)), "{length}"),
            Some(lost) => {
                assert_eq!(lost.offset + lost.bytes, length as u64);
                assert_eq!(lost.whole_frames, 0);
                assert!(lost.reason.contains("the file ends"), "{}", lost.reason);
                assert_eq!(std::fs::read(&lost.kept_at).unwrap().len() as u64, lost.bytes);
                drop(journal);
                let (_, again) = Journal::open(&torn, Durability::BeforeUse).unwrap();
                assert_eq!((again.replies, again.lost), (kept, None), "it is mended");
            }
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_is_found_and_what_follows_is_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (transport, count) = counting();
    {
        let opened = open(&path, &transport);
        for turn in 0..3 {
            opened.model.complete(request(&turn.to_string(), "Hi")).await.unwrap();
        }
    }
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(9).position(|window| window == b"Answer 1.").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let opened = open(&path, &transport);
    let lost = opened.recovered.lost.clone().unwrap();
    assert_eq!((opened.recovered.replies, lost.whole_frames), (1, 1));
    assert!(lost.reason.contains("checksum"));
    // Only what was lost is paid for again.
    for turn in 0..3 {
        opened.model.complete(request(&turn.to_string(), "Hi")).await.unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn garbage_after_the_header_never_panics_and_never_replays(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, [b"goalconvo-journal/1\n".as_slice(), &tail].concat()).unwrap();
        let (_, found) = Journal::open(&path, Durability::BeforeUse).unwrap();
        prop_assert_eq!(found.replies, 0);
        prop_assert_eq!(found.lost.map_or(0, |lost| lost.bytes), tail.len() as u64);
    }
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "These are my notes, and they are longer than a header.";
    std::fs::write(&path, text).unwrap();
    let error = Journal::open(&path, Durability::BeforeUse).err().unwrap();
    assert!(error.is_journal() && error.to_string().contains("no journal"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(Journal::open(&folder.path().join("no/such/folder"), Durability::BeforeUse).is_err());
}

#[test]
fn two_runs_cannot_write_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let first = Journal::open(&path, Durability::BeforeUse).unwrap();
    let error = Journal::open(&path, Durability::BeforeUse).err().unwrap();
    assert!(error.to_string().contains("in use"), "{error}");
    drop(first);
    assert!(Journal::open(&path, Durability::BeforeUse).is_ok());
}

#[tokio::test]
async fn many_callers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for durability in [Durability::BeforeUse, Durability::Within(Duration::from_millis(5))] {
        let path = folder.path().join(format!("{durability:?}"));
        let (transport, _) = counting();
        let opened = Arc::new(open_with(&path, &transport, durability));
        let mut tasks = JoinSet::new();
        for caller in 0..64 {
            let opened = Arc::clone(&opened);
            tasks.spawn(async move {
                for turn in 0..20 {
                    opened.model.complete(request(&format!("{caller}-{turn}"), "Hi")).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        let left = folder.path().join("left");
        std::fs::copy(&path, &left).unwrap();
        assert_eq!(opened.journal.len(), 64 * 20);
        let (_, found) = Journal::open(&left, Durability::BeforeUse).unwrap();
        assert_eq!((found.replies, found.lost), (64 * 20, None));
    }
}

#[tokio::test]
async fn a_reply_that_says_nothing_is_replayed_as_such_and_other_failures_are_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let transport = Transport::cassette(move |sent| {
        counter.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(&sent.body).into_owned();
        if text.contains("empty") {
            at_once(said(""))
        } else if text.contains("broken") {
            Played::Broken
        } else {
            at_once(refused(500))
        }
    });
    let mut messages = Vec::new();
    for _ in 0..2 {
        let opened = open(&path, &transport);
        for text in ["empty", "broken", "down"] {
            messages.push(opened.model.complete(request(text, text)).await.unwrap_err().to_string());
        }
    }
    assert_eq!(count.load(Ordering::SeqCst), 5, "the empty reply was not paid for twice");
    assert_eq!(messages[..3], messages[3..]);
    let (_, found) = Journal::open(&path, Durability::BeforeUse).unwrap();
    let entry = *found.ledger.values().next().unwrap();
    // Twice broken off at the worst case, and one empty reply at its usage.
    assert!(entry.wasted > price().output.times(64) && entry.cost == Cost::ZERO, "{entry:?}");
}

#[tokio::test]
async fn any_model_can_be_kept_and_its_numbers_come_back_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let odd = [
        0.1 + 0.2,
        -1e-300,
        123_456_789.123_456_79,
        f64::MIN_POSITIVE,
        -0.000_012_207_031_25_f64.sqrt().abs(),
    ];
    let body = serde_json::json!({
        "choices": [{ "message": { "content": "x" }, "logprobs": { "content":
            odd.iter().map(|l| serde_json::json!({ "token": "x", "logprob": l })).collect::<Vec<_>>() } }],
    });
    let transport = Transport::cassette(move |_| at_once(wire(200, &body)));
    let ask = || Request { logprobs: Some(1), ..request("a", "Hi") };
    let reply: Reply = open(&path, &transport).model.complete(ask()).await.unwrap();
    let again = open(&path, &transport);
    assert_eq!(again.model.complete(ask()).await.unwrap(), reply);
    let found: Vec<f64> = reply.logprobs.unwrap().iter().map(|l| l.logprob).collect();
    assert_eq!(found, odd);
    let scripted = Scripted::new("script", |request: &Request| Ok(Reply::said(request.messages[0].text())));
    let model = Journaled::new(scripted, again.journal, Ledger::new());
    assert_eq!(model.complete(request("s", "Echo")).await.unwrap().text, "Echo");
}

#[tokio::test]
async fn the_budget_of_a_restarted_run_knows_of_the_calls_that_were_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let left = folder.path().join("left");
    let (journal, _) = Journal::open(&path, Durability::BeforeUse).unwrap();
    let (kept, copy) = (path.clone(), left.clone());
    let transport = Transport::cassette(move |sent| {
        if !String::from_utf8_lossy(&sent.body).contains("last") {
            return at_once(said("Yes."));
        }
        // The run is killed while this call is open: what is on disk now is all that it leaves.
        std::fs::copy(&kept, &copy).unwrap();
        at_once(said("Yes."))
    });
    let budget = Some(goalconvo_llm::Budget::new("1".parse().unwrap()));
    let accounts =
        Accounts { price: Some(price()), budget, journal: Some(Arc::clone(&journal)), ..Accounts::default() };
    let inner = model(&transport, Settings::default(), accounts);
    let model = Journaled::new(inner, journal, Ledger::new());
    model.complete(request("a", "first")).await.unwrap();
    let exact = price().input.times(10) + price().output.times(5);
    model.complete(request("b", "last")).await.unwrap();
    let (_, found) = Journal::open(&left, Durability::BeforeUse).unwrap();
    assert_eq!((found.replies, found.open_calls), (1, 1));
    assert!(found.spent() > exact + price().output.times(32), "the open call counts at its worst");
    assert_eq!(found.assumed() + exact, found.spent(), "and it is known that it is no more than that");
    drop(model);
    let (_, found) = Journal::open(&path, Durability::BeforeUse).unwrap();
    assert_eq!((found.replies, found.open_calls), (2, 0));
    assert_eq!(found.spent(), exact + exact);
}

/// What the killed process runs: twenty conversations of six calls, eight at a time.
#[tokio::test]
#[ignore = "run by a_run_that_is_killed_at_random_moments_pays_only_for_what_was_open"]
#[expect(clippy::disallowed_methods, reason = "the only way to tell a child of the test binary what to do")]
async fn child_that_is_killed() {
    let (Ok(url), Ok(path)) = (std::env::var("STUB_URL"), std::env::var("STUB_JOURNAL")) else { return };
    let (journal, _) =
        Journal::open(Path::new(&path), Durability::Within(Duration::from_secs(3600))).unwrap();
    let remote = crate::fixture::model_at(
        &format!("openai+{url}/v1#m"),
        &crate::fixture::http(),
        Settings::default(),
        Accounts::default(),
    );
    let model = Arc::new(Journaled::new(remote, journal, Ledger::new()));
    for group in 0..CONVERSATIONS / OPEN {
        let mut tasks = JoinSet::new();
        for number in 0..OPEN {
            let model = Arc::clone(&model);
            tasks.spawn(async move {
                let mut text = format!("Hello from {group}-{number}.");
                for turn in 0..CALLS {
                    let mut ask = request(&format!("{group}-{number}"), &text);
                    ask.tag.turn = turn;
                    text = model.complete(ask).await.unwrap().text;
                }
                text
            });
        }
        for text in tasks.join_all().await {
            assert!(!text.is_empty());
        }
    }
}

const CONVERSATIONS: u64 = 24;
const OPEN: u64 = 8;
const CALLS: u32 = 6;
const KILLS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_at_random_moments_pays_only_for_what_was_open() {
    let config = goalconvo_stub::Config { delay_ms: 1.0, ..goalconvo_stub::Config::default() };
    let stub = goalconvo_stub::Stub::start(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let least = CONVERSATIONS * u64::from(CALLS);
    let child = || {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journals::child_that_is_killed", "--ignored", "--quiet"])
            .env("STUB_URL", stub.url())
            .env("STUB_JOURNAL", folder.path().join("journal"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    for kill in 0..KILLS {
        // The server answers so many and then hangs: a moment that waits for us, however slow this machine is.
        let answers = 5 + kill * 7 % 11;
        let script = [vec![Fault::Ok; usize::try_from(answers).unwrap()], vec![Fault::Hang; 64]].concat();
        let before = stub.stats().requests;
        stub.script(script);
        let mut run = child();
        while stub.stats().requests <= before + answers {
            assert!(run.try_wait().unwrap().is_none(), "it ended, with {} calls to go", least - before);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        run.kill().unwrap();
        run.wait().unwrap();
    }
    stub.script([]);
    assert!(child().wait().unwrap().success());
    let answered = stub.stats().answered;
    assert!(answered >= least && answered <= least + KILLS * OPEN, "{answered} for {least}");
    let (_, found) = Journal::open(&folder.path().join("journal"), Durability::BeforeUse).unwrap();
    assert_eq!(found.replies, least);
}

//! Batch jobs against the stub's batch endpoints.

use std::sync::Arc;
use std::time::Duration;

use goalconvo_llm::{
    Accounts, Batch, BatchConfig, Budget, Cost, Durability, Journal, Ledger, Model, RemoteModel, Request,
    Settings,
};
use goalconvo_stub::{Config, Stub};

use crate::fixture::{http, model_at, price, request};

fn addresses(stub: &Stub) -> [String; 2] {
    [format!("openai+{}/v1#m", stub.url()), format!("anthropic+{}/v1#m", stub.url())]
}

fn quick() -> BatchConfig {
    BatchConfig { poll_every: Duration::from_millis(2), ..BatchConfig::default() }
}

fn requests(count: usize) -> Vec<Request> {
    (0..count).map(|number| request(&number.to_string(), &format!("Tell me about room {number}."))).collect()
}

fn paid(cap: &str) -> Accounts {
    Accounts {
        ledger: Ledger::new(),
        budget: Some(Budget::new(cap.parse().unwrap())),
        price: Some(price()),
        journal: None,
    }
}

fn remote(address: &str, accounts: Accounts) -> RemoteModel {
    model_at(address, &http(), Settings::default(), accounts)
}

#[tokio::test]
async fn a_batch_says_what_single_calls_say_for_exactly_half() {
    let stub = Stub::start(Config { polls: 3, ..Config::default() }).await.unwrap();
    for address in addresses(&stub) {
        let (online, batched) = (paid("1"), paid("1"));
        let model = remote(&address, online.clone());
        let mut texts = Vec::new();
        for request in requests(40) {
            texts.push(model.complete(request).await.unwrap().text);
        }
        let batch = Batch::new(&remote(&address, batched.clone()), None, &[], quick()).unwrap();
        let replies = batch.run(&requests(40)).await;
        let found: Vec<String> = replies.iter().map(|reply| reply.as_ref().unwrap().text.clone()).collect();
        assert_eq!(found, texts, "{address}");
        let (single, half) = (online.ledger.total(), batched.ledger.total());
        assert_eq!(half.cost.pico() * 2, single.cost.pico());
        assert_eq!((half.batched, half.answered, half.usage), (40, 40, single.usage));
        assert_eq!(batched.budget.unwrap().spent(), half.cost);
    }
    let stats = stub.stats();
    assert_eq!(stats.batch_jobs, 2);
}

#[tokio::test]
async fn lines_that_fail_or_expire_end_alone_and_cost_nothing() {
    let stub = Stub::start(Config { batch_error_rate: 0.2, batch_expire_rate: 0.2, ..Config::default() })
        .await
        .unwrap();
    for address in addresses(&stub) {
        let accounts = paid("1");
        let batch = Batch::new(&remote(&address, accounts.clone()), None, &[], quick()).unwrap();
        let ends = batch.run(&requests(100)).await;
        let count =
            |class: &str| ends.iter().filter(|end| end.as_ref().is_err_and(|e| e.class() == class)).count();
        let (failed, expired) = (count("overloaded"), count("expired"));
        let answered = ends.iter().filter(|end| end.is_ok()).count();
        assert_eq!(answered + failed + expired, 100, "{address} {ends:?}");
        assert!(failed > 5 && expired > 5 && answered > 30);
        assert!(ends.iter().all(|end| end.as_ref().is_ok_and(|r| !r.text.is_empty())
            || end.as_ref().is_err_and(goalconvo_llm::Error::is_retryable)));
        let total = accounts.ledger.total();
        assert_eq!((total.answered, total.failed), (answered as u64, 100 - answered as u64));
        assert_eq!(accounts.budget.unwrap().spent(), total.cost);
        // Stragglers are asked online.
        let model = remote(&address, Accounts::default());
        for (request, end) in requests(100).into_iter().zip(&ends).take(20) {
            assert!(end.is_ok() || model.complete(request).await.is_ok());
        }
    }
}

#[tokio::test]
async fn a_job_survives_a_restart_and_is_paid_for_once() {
    let stub = Stub::start(Config { polls: 1_000_000, ..Config::default() }).await.unwrap();
    for (number, address) in addresses(&stub).into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        {
            let (journal, _) = Journal::open(&path, Durability::BeforeUse).unwrap();
            let batch = Batch::new(&remote(&address, paid("1")), Some(journal), &[], quick()).unwrap();
            let waited =
                tokio::time::timeout(Duration::from_millis(200), async { batch.run(&requests(10)).await });
            assert!(waited.await.is_err(), "the job is not done");
        }
        // The run starts again; the stub now lets jobs end at the next look.
        stub.change(|config| config.polls = 0);
        let (journal, found) = Journal::open(&path, Durability::BeforeUse).unwrap();
        assert_eq!((found.jobs.len(), found.jobs[0].keys.len(), found.replies), (1, 10, 0));
        let accounts = paid("1");
        let impatient = BatchConfig { give_up_after: Duration::ZERO, ..quick() };
        let batch =
            Batch::new(&remote(&address, accounts.clone()), Some(journal), &found.jobs, impatient).unwrap();
        let replies = batch.run(&requests(12)).await;
        assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), 12, "{replies:?}");
        drop(batch);
        assert_eq!(
            stub.stats().batch_jobs,
            2 * number as u64 + 2,
            "one job for the ten, one for the two that are new"
        );
        // Once more: all is in the journal.
        let (journal, found) = Journal::open(&path, Durability::BeforeUse).unwrap();
        assert_eq!((found.jobs.len(), found.replies), (0, 12));
        assert_eq!(found.spent(), accounts.ledger.total().spent());
        let batch = Batch::new(&remote(&address, paid("1")), Some(journal), &found.jobs, quick()).unwrap();
        let again = batch.run(&requests(12)).await;
        assert_eq!(again.iter().flatten().collect::<Vec<_>>(), replies.iter().flatten().collect::<Vec<_>>());
        assert_eq!(stub.stats().batch_jobs, 2 * number as u64 + 2);
        stub.change(|config| config.polls = 1_000_000);
    }
}

#[tokio::test]
async fn a_job_may_be_looked_at_as_often_as_it_takes() {
    // At half a minute a look, a job of a day is looked at some three thousand times.
    let stub = Stub::start(Config { polls: 500, ..Config::default() }).await.unwrap();
    for address in addresses(&stub) {
        let patient = BatchConfig { poll_every: Duration::from_micros(1), ..BatchConfig::default() };
        let batch = Batch::new(&remote(&address, paid("1")), None, &[], patient).unwrap();
        assert!(batch.run(&requests(3)).await.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn a_job_that_does_not_end_is_canceled_and_its_requests_end_all_the_same() {
    let stub = Stub::start(Config { polls: 1_000_000, ..Config::default() }).await.unwrap();
    let address = addresses(&stub)[0].clone();
    let config = BatchConfig { give_up_after: Duration::from_millis(20), ..quick() };
    let batch = Batch::new(&remote(&address, paid("1")), None, &[], config).unwrap();
    // The stub had answered them before it was told; what a canceled job did is kept.
    let ends = batch.run(&requests(5)).await;
    assert_eq!(ends.len(), 5);
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
}

#[tokio::test]
async fn a_batch_beyond_the_budget_is_not_submitted() {
    let stub = Stub::start(Config::default()).await.unwrap();
    for address in addresses(&stub) {
        let batch = Batch::new(&remote(&address, paid("0.0001")), None, &[], quick()).unwrap();
        let ends = batch.run(&requests(10)).await;
        assert!(ends.iter().all(|end| end.as_ref().is_err_and(goalconvo_llm::Error::is_budget)), "{ends:?}");
    }
    assert_eq!(stub.stats().batch_jobs, 0);
}

#[tokio::test]
async fn large_batches_are_several_jobs_and_doubles_are_refused() {
    let stub = Stub::start(Config::default()).await.unwrap();
    let accounts = paid("1");
    let model = remote(&addresses(&stub)[0], accounts.clone());
    let batch = Batch::new(&model, None, &[], BatchConfig { largest: 10, ..quick() }).unwrap();
    let mut requests = requests(25);
    requests.push(requests[3].clone());
    let ends = batch.run(&requests).await;
    assert_eq!(stub.stats().batch_jobs, 3);
    assert!(ends[..25].iter().all(Result::is_ok));
    assert!(ends[25].as_ref().is_err_and(goalconvo_llm::Error::is_bad_request));
    assert!(accounts.ledger.total().cost > Cost::ZERO);
}

#[tokio::test]
async fn jobs_that_do_not_fit_the_budget_together_go_one_after_another() {
    let stub = Stub::start(Config { polls: 2, ..Config::default() }).await.unwrap();
    for address in addresses(&stub) {
        // One job of ten may cost about 0.0014 at half price; they cost far less.
        let accounts = paid("0.0042");
        let config = BatchConfig { largest: 10, ..quick() };
        let model = remote(&address, accounts.clone());
        let batches = [(); 2].map(|()| Batch::new(&model, None, &[], config.clone()).unwrap());
        let (requests, others) = (requests(30), requests(60).split_off(30));
        let (first, second) = tokio::join!(batches[0].run(&requests), batches[1].run(&others));
        let failed: Vec<_> = first.iter().chain(&second).filter_map(|end| end.as_ref().err()).collect();
        assert!(failed.is_empty(), "{failed:?}");
        let budget = accounts.budget.unwrap();
        assert!(budget.spent() <= budget.cap());
    }
}

#[tokio::test]
async fn a_job_takes_what_the_budget_has_room_for_and_the_rest_follows() {
    let stub = Stub::start(Config { polls: 2, ..Config::default() }).await.unwrap();
    for address in addresses(&stub) {
        // About half of the hundred fit at their worst; together they cost far less.
        let accounts = paid("0.0075");
        let batch = Batch::new(&remote(&address, accounts.clone()), None, &[], quick()).unwrap();
        let before = stub.stats().batch_jobs;
        // What no budget of this size can hold is refused, and holds nothing up.
        let mut requests = requests(100);
        requests[40].max_tokens = Some(100_000);
        let ends = batch.run(&requests).await;
        let (refused, answered): (Vec<_>, Vec<_>) =
            ends.iter().enumerate().partition(|(_, end)| end.is_err());
        assert_eq!((refused.len(), refused[0].0, answered.len()), (1, 40, 99), "{refused:?}");
        assert!(ends[40].as_ref().is_err_and(goalconvo_llm::Error::is_budget));
        let budget = accounts.budget.unwrap();
        assert!(stub.stats().batch_jobs - before > 1 && budget.spent() <= budget.cap());
        // By whatever job a request goes, its reply is the same.
        let once = Batch::new(&remote(&address, paid("1")), None, &[], quick()).unwrap();
        requests.remove(40);
        let texts = once.run(&requests).await;
        let texts: Vec<&str> = texts.iter().map(|end| end.as_ref().unwrap().text.as_str()).collect();
        assert_eq!(ends.iter().flatten().map(|reply| reply.text.as_str()).collect::<Vec<_>>(), texts);
    }
}

#[tokio::test]
async fn a_batch_spends_the_budget_to_its_last_request() {
    let stub = Stub::start(Config::default()).await.unwrap();
    for address in addresses(&stub) {
        let accounts = paid("0.001");
        let batch = Batch::new(&remote(&address, accounts.clone()), None, &[], quick()).unwrap();
        let ends = batch.run(&requests(200)).await;
        let refused = ends.iter().flat_map(|end| end.as_ref().err()).collect::<Vec<_>>();
        assert!(refused.iter().all(|error| error.is_budget()), "{refused:?}");
        assert!(!refused.is_empty() && refused.len() < 200);
        let total = accounts.ledger.total();
        assert_eq!((total.refused, total.failed), (refused.len() as u64, 0));
        let budget = accounts.budget.unwrap();
        let left = budget.cap().pico() - budget.spent().pico();
        // One call's worst is some 140 millionths at half the price.
        assert!(left < 200_000_000, "{left} of {} are left", budget.cap().pico());
    }
}

#[tokio::test]
async fn a_provider_without_batches_says_so() {
    let stub = Stub::start(Config::default()).await.unwrap();
    let model = remote(&format!("ollama+{}#m", stub.url()), Accounts::default());
    let error = Batch::new(&model, None, &[], quick()).err().unwrap();
    assert!(error.is_unsupported() && error.to_string().contains("batch"), "{error}");
    let _: Arc<Ledger> = Ledger::new();
}

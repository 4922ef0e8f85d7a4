//! Keys are sent, and shown nowhere.

use goalconvo_llm::{
    Accounts, Address, Durability, Journal, Journaled, Ledger, MASK, Model, Provider, RetryPolicy, Secret,
    Settings, Transport,
};
use goalconvo_stub::{Config, Fault, Stub};
use serde_json::json;

use crate::fixture::{KEY, at_once, http, key, model, model_at, recorder, request, said, tape, wire};

#[test]
fn a_secret_shows_itself_to_nobody() {
    let secret = key();
    assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), format!("{MASK} {MASK} Some({MASK})"));
    assert_eq!(serde_json::to_string(&secret).unwrap(), format!("\"{MASK}\""));
    assert_eq!(secret.scrub(&format!("x{KEY}y")), format!("x{MASK}y"));
}

#[test]
fn a_key_that_was_encoded_or_shortened_is_masked_too() {
    let check = |text: &str, expected: &str| assert_eq!(key().scrub(text), expected);
    // Of "sk-planted-0123456789abcdef": by itself, after "Bearer ", and after "me:" and before another letter.
    check("is c2stcGxhbnRlZC0wMTIzNDU2Nzg5YWJjZGVm.", "is [key].");
    check("QmVhcmVyIHNrLXBsYW50ZWQtMDEyMzQ1Njc4OWFiY2RlZg==", "QmVhcmVyIH[key]g==");
    check("bWU6c2stcGxhbnRlZC0wMTIzNDU2Nzg5YWJjZGVmIQ", "bWU6[key]IQ");
    // Twelve in a row, wherever they are; eleven only beside what stands for the rest.
    check("got 123456789abc!", "got [key]!");
    check("got 123456789ab!", "got 123456789ab!");
    check("got sk-plant...89abcdef!", "got [key]...[key]!");
    check("got sk-plant… and ****89abcdef", "got [key]… and ****[key]");
    check("sk-plant is a name", "sk-plant is a name");
    check("{\"planted\": \"0123\"}", "{\"planted\": \"0123\"}");
    let short = Secret::new("secret").unwrap();
    assert_eq!(short.scrub("a secret, or c2VjcmV0"), "a [key], or [key]");
}

#[test]
fn a_key_that_cannot_be_sent_is_refused_and_not_repeated() {
    for text in ["", "  \n", "abc", "sk-with space-inside", "sk-ümlaut-inside"] {
        let error = Secret::new(text).unwrap_err();
        assert!(error.is_key());
        assert!(text.trim().is_empty() || !error.to_string().contains(text.trim()), "{error}");
    }
    assert!(Secret::new("  sk-from-a-file\n").is_ok());
}

#[test]
fn a_provider_without_its_key_says_which_is_missing() {
    let (transport, _) = tape(vec![at_once(said("x"))]);
    let check = |address: &str, expect: Option<&str>| {
        let address: Address = address.parse().unwrap();
        let made = Provider::new(&address, None, &transport, Settings::default());
        let error = made.err().map(|error| error.to_string());
        assert_eq!(error.is_some(), expect.is_some());
        assert!(error.is_none_or(|error| error.contains(expect.unwrap())));
    };
    check("openai:x", Some("OPENAI_API_KEY"));
    check("replicate:a/b", Some("REPLICATE_API_TOKEN"));
    check("ollama:x", None);
    check("http://localhost:1/v1#x", None);
}

#[tokio::test]
async fn each_dialect_sends_its_key_in_its_own_header() {
    for (address, header, value) in [
        ("openai:x", "authorization", format!("Bearer {MASK}")),
        ("anthropic:x", "x-api-key", MASK.to_owned()),
        ("replicate:a/b", "authorization", format!("Bearer {MASK}")),
    ] {
        let (transport, sent) = recorder(|_| at_once(wire(401, &json!({}))));
        model_at(address, &transport, Settings::default(), Accounts::default())
            .complete(request("a", "Hi"))
            .await
            .unwrap_err();
        let sent = sent.lock().unwrap();
        assert!(sent[0].headers.contains(&(header.to_owned(), value)), "{:?}", sent[0].headers);
    }
}

#[tokio::test]
async fn a_provider_that_repeats_the_key_puts_it_into_no_error_reply_or_journal() {
    let stub = Stub::start(Config::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    // The stub's 401 repeats the key; so does a reply that quotes its own prompt.
    stub.script([Fault::BadKey]);
    stub.change(|config| drop(config.says.insert("quote".to_owned(), format!("Your key is {KEY}."))));
    let address = format!("openai+{}/v1#m", stub.url());
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let (journal, _) = Journal::open(&path, Durability::BeforeUse).unwrap();
    let remote = model_at(&address, &http(), settings, Accounts::default());
    let shown = format!("{remote:?}");
    let model = Journaled::new(remote, journal, Ledger::new());
    let error = model.complete(request("a", "Hi")).await.unwrap_err();
    let reply = model.complete(request("b", "quote")).await.unwrap();
    let chain = std::error::Error::source(&error).map(ToString::to_string);
    assert!(error.is_auth() && error.to_string().contains(MASK), "{error}");
    assert_eq!(reply.text, format!("Your key is {MASK}."));
    let journal = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    assert!(journal.contains(MASK));
    for text in [shown, format!("{error} {error:?} {chain:?}"), format!("{reply:?}"), journal] {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn a_connection_that_fails_names_no_key() {
    let address = "openai+http://127.0.0.1:9/v1#m";
    let settings = Settings { retry: RetryPolicy::never(), ..Settings::default() };
    let error = model_at(address, &http(), settings, Accounts::default())
        .complete(request("a", "Hi"))
        .await
        .unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains(KEY));
}

#[tokio::test]
async fn a_key_reaches_the_cassette_only_as_its_mask() {
    let transport = Transport::cassette(|sent| {
        assert!(!format!("{sent:?}").contains(KEY));
        at_once(said("x"))
    });
    model(&transport, Settings::default(), Accounts::default()).complete(request("a", "Hi")).await.unwrap();
}

//! What many tests need: requests, replies on the wire, and models behind a cassette or a stub.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use goalconvo_llm::{
    Accounts, Address, Cost, Message, Played, Price, Provider, RemoteModel, Request, Secret, Sent, Settings,
    Tag, Transport, TransportConfig, WireReply,
};
use serde_json::{Value, json};

/// A key that must be seen nowhere.
pub(crate) const KEY: &str = "sk-planted-0123456789abcdef";

pub(crate) fn key() -> Secret {
    Secret::new(KEY).unwrap()
}

/// A request of one scope, with a bounded reply.
pub(crate) fn request(scope: &str, text: &str) -> Request {
    let tag = Tag { scope: scope.into(), turn: 1, attempt: 0, role: "user".into(), phase: "play".into() };
    Request { max_tokens: Some(32), tag, ..Request::new(vec![Message::user(text)]) }
}

/// An OpenAI reply with these words.
pub(crate) fn said(text: &str) -> WireReply {
    let body = json!({
        "model": "stub-1",
        "choices": [{ "finish_reason": "stop", "message": { "content": text } }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 5 },
    });
    wire(200, &body)
}

pub(crate) fn wire(status: u16, body: &Value) -> WireReply {
    WireReply { status, headers: Vec::new(), body: body.to_string().into() }
}

pub(crate) fn refused(status: u16) -> WireReply {
    wire(status, &json!({ "error": { "message": "no" } }))
}

/// A transport that plays these in order (the last one for ever), and counts.
pub(crate) fn tape(played: Vec<Played>) -> (Transport, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let transport = Transport::cassette(move |_| {
        let at = counter.fetch_add(1, Ordering::SeqCst);
        played[at.min(played.len() - 1)].clone()
    });
    (transport, count)
}

/// A transport that answers by a function of the request, and keeps what was sent.
pub(crate) fn recorder(
    answer: impl Fn(&Sent) -> Played + Send + Sync + 'static,
) -> (Transport, Arc<Mutex<Vec<Sent>>>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sent);
    let transport = Transport::cassette(move |request| {
        log.lock().unwrap().push(request.clone());
        answer(request)
    });
    (transport, sent)
}

pub(crate) fn at_once(reply: WireReply) -> Played {
    Played::Reply(reply, Duration::ZERO)
}

/// A model at `openai:stub` over a transport.
pub(crate) fn model(transport: &Transport, settings: Settings, accounts: Accounts) -> RemoteModel {
    model_at("openai:stub", transport, settings, accounts)
}

pub(crate) fn model_at(
    address: &str,
    transport: &Transport,
    settings: Settings,
    accounts: Accounts,
) -> RemoteModel {
    let address: Address = address.parse().unwrap();
    let provider = Provider::new(&address, Some(key()), transport, settings).unwrap();
    RemoteModel::new(&address, &provider, accounts).unwrap()
}

pub(crate) fn http() -> Transport {
    Transport::http(&TransportConfig::default()).unwrap()
}

/// One dollar a million prompt tokens, four a million reply tokens.
pub(crate) fn price() -> Price {
    let token = Cost::from_pico(1_000_000);
    Price { input: token, output: token.times(4), cached_input: token, cache_write: token }
}

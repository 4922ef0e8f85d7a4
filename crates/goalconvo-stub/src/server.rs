//! The server itself: one task for each connection, one lock around what is counted.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::batch::{self, Job};
use crate::clock::Clock;
use crate::compose::{Asked, Said, compose};
use crate::config::Config;
use crate::draw::hash;
use crate::fault::{Fault, choose};
use crate::prefix::Prefixes;
use crate::replicate::Prediction;
use crate::respond::{Responded, json_response, not_found, raw_response};
use crate::stats::Stats;
use crate::{anthropic, ollama, openai, replicate};

/// A running stub; dropping it stops it.
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    config: Config,
    stats: Stats,
    prefixes: Prefixes,
    bodies: BTreeMap<u64, u64>,
    script: VecDeque<Fault>,
    files: BTreeMap<String, String>,
    jobs: BTreeMap<String, Job>,
    predictions: BTreeMap<String, Prediction>,
    serial: u64,
}

/// The interfaces of one call.
#[derive(Clone, Copy)]
enum Api {
    OpenAi,
    Anthropic,
    Ollama,
}

/// What a handler gives: a response, or no answer at all.
type Outcome = Result<Responded, Lost>;

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on command")
    }
}

impl std::error::Error for Lost {}

impl Stub {
    /// Starts it on 127.0.0.1.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub async fn start(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", config.port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            clock: Clock::start()?,
            state: Mutex::new(State { config, ..State::default() }),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Stub { address, shared, tasks })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats.finished()
    }

    /// Zeroes the counts, and forgets bodies and prefixes.
    pub fn reset(&self) {
        self.shared.lock().reset();
    }

    /// Changes what it does from now on.
    pub fn change(&self, change: impl FnOnce(&mut Config)) {
        change(&mut self.shared.lock().config);
    }

    /// The next model requests meet these faults, in the order in which they come; then rates count again.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.lock().script.extend(faults);
    }

    /// Runs until the process ends.
    pub async fn forever(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Without it small replies wait for the peer's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let service = service_fn(move |request| route(Arc::clone(&shared), request));
                    // A connection that breaks, on command or not, is the client's to notice.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn route(shared: Arc<Shared>, request: Request<Incoming>) -> Outcome {
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_end_matches('/').to_owned();
    let text = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (content_type, key) = (text("content-type"), text("authorization") + &text("x-api-key"));
    let Ok(collected) = body.collect().await else { return Err(Lost) };
    let body = collected.to_bytes();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (&head.method, parts.as_slice()) {
        (&Method::POST, ["v1" | "openai", .., "chat", "completions"] | ["chat", "completions"]) => {
            model(&shared, Api::OpenAi, &path, &body, &key).await
        }
        (&Method::POST, ["v1", "messages"]) => model(&shared, Api::Anthropic, &path, &body, &key).await,
        (&Method::POST, ["api", "chat"]) => model(&shared, Api::Ollama, &path, &body, &key).await,
        (method, ["v1", "models", ..] | ["v1", "predictions", ..]) if parts.len() > 2 => {
            predictions(&shared, method, &parts, &body).await
        }
        (method, ["v1", "files" | "batches", ..] | ["v1", "messages", "batches", ..]) => {
            Ok(jobs(&shared, method, &parts, &content_type, &body))
        }
        (method, _) => Ok(administer(&shared, method, &path, &body)),
    }
}

/// One call to a model.
async fn model(shared: &Shared, api: Api, path: &str, body: &Bytes, key: &str) -> Outcome {
    let Ok(parsed) = serde_json::from_slice::<Value>(body) else {
        return Ok(json_response(400, &json!({ "error": { "message": "invalid JSON" } })));
    };
    let asked = match api {
        Api::OpenAi => openai::read(&parsed),
        Api::Anthropic => anthropic::read(&parsed),
        Api::Ollama => ollama::read(&parsed),
    };
    let (fault, config, serial) = shared.lock().begin(path, body, &asked);
    let _open = Open(shared);
    shared.clock.sleep(Duration::from_secs_f64(config.delay_ms / 1e3)).await;
    if let Some(refused) = refusal(&config, api, fault, key) {
        return shared.lock().sent(refused, fault, None);
    }
    let said = compose(&config, &asked, &asked.rendered(), fault);
    if fault == Fault::Hang {
        shared.lock().bill(&said);
        sleep(Duration::from_millis(config.hang_ms)).await;
        return shared.lock().lost(fault);
    }
    if fault == Fault::Reset {
        let mut state = shared.lock();
        state.bill(&said);
        return state.lost(fault);
    }
    let reply = match api {
        Api::OpenAi => openai::write(&asked, &said, serial),
        Api::Anthropic => anthropic::write(&asked, &said, serial),
        Api::Ollama => ollama::write(&asked, &said),
    };
    shared.lock().sent(spoiled(&reply, fault), fault, Some(&said))
}

/// Counts a call as open for as long as it lives.
struct Open<'a>(&'a Shared);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().stats.open -= 1;
    }
}

/// Faults that are a status: nothing is said and nothing billed.
fn refusal(config: &Config, api: Api, fault: Fault, key: &str) -> Option<Responded> {
    let (status, message) = match fault {
        Fault::RateLimit => (429, "slow down".to_owned()),
        Fault::ServerError => (500, "failed on command".to_owned()),
        Fault::Overloaded if matches!(api, Api::Anthropic) => (529, "overloaded".to_owned()),
        Fault::Overloaded => (503, "overloaded".to_owned()),
        Fault::BadKey => (401, format!("incorrect key provided: {key}")),
        Fault::TooLong => (400, "this model's maximum context length is 8 tokens".to_owned()),
        _ => return None,
    };
    let mut response =
        json_response(status, &json!({ "error": { "message": message, "type": "on_command" } }));
    if status == 429 && config.retry_after_s >= 0.0 {
        let value = config.retry_after_s.to_string().parse();
        value.into_iter().for_each(|value| drop(response.headers_mut().insert("retry-after", value)));
    }
    Some(response)
}

/// The reply, or what a fault leaves of it.
fn spoiled(reply: &Value, fault: Fault) -> Responded {
    match fault {
        Fault::TruncatedJson => {
            let mut text = reply.to_string();
            let mut half = text.len() / 2;
            while !text.is_char_boundary(half) {
                half -= 1;
            }
            text.truncate(half);
            raw_response(200, "application/json", text)
        }
        Fault::Html => raw_response(200, "text/html", "<html><body>Bad gateway</body></html>"),
        Fault::ErrorInside => {
            json_response(200, &json!({ "error": { "message": "upstream failed", "code": 502 } }))
        }
        _ => json_response(200, reply),
    }
}

impl State {
    fn begin(&mut self, path: &str, body: &Bytes, asked: &Asked) -> (Fault, Config, u64) {
        self.serial += 1;
        let digest = hash(body);
        let occurrence = self.bodies.entry(digest).or_insert(0);
        *occurrence += 1;
        let occurrence = *occurrence;
        let stats = &mut self.stats;
        stats.requests += 1;
        stats.duplicate_bodies += u64::from(occurrence > 1);
        *stats.by_path.entry(path.to_owned()).or_default() += 1;
        stats.open += 1;
        stats.most_open = stats.most_open.max(stats.open);
        stats.seeds.extend(asked.seed);
        if self.config.count_prefixes {
            let prompt = asked.rendered();
            stats.prompt_bytes += prompt.len() as u64;
            stats.shared_prefix_bytes += self.prefixes.add(prompt.as_bytes()) as u64;
        }
        let crowded = self.config.most_at_once > 0 && stats.open > self.config.most_at_once;
        let fault = match self.script.pop_front() {
            Some(fault) => fault,
            None if crowded => Fault::RateLimit,
            None => choose(&self.config.faults, self.config.seed, digest, occurrence),
        };
        (fault, self.config.clone(), self.serial)
    }

    fn sent(&mut self, response: Responded, fault: Fault, said: Option<&Said>) -> Outcome {
        *self.stats.by_status.entry(response.status().as_u16()).or_default() += 1;
        self.met(fault);
        if let Some(said) = said {
            self.bill(said);
            let unreadable = matches!(fault, Fault::TruncatedJson | Fault::Html | Fault::ErrorInside);
            self.stats.answered += u64::from(!unreadable);
        }
        Ok(response)
    }

    fn lost(&mut self, fault: Fault) -> Outcome {
        self.met(fault);
        Err(Lost)
    }

    fn met(&mut self, fault: Fault) {
        if fault != Fault::Ok {
            *self.stats.by_fault.entry(format!("{fault:?}")).or_default() += 1;
        }
    }

    fn bill(&mut self, said: &Said) {
        self.stats.billed_prompt_tokens += said.prompt_tokens;
        self.stats.billed_completion_tokens += said.completion_tokens;
    }

    fn reset(&mut self) {
        let open = self.stats.open;
        self.stats = Stats { open, ..Stats::default() };
        self.prefixes = Prefixes::default();
        self.bodies.clear();
    }

    fn next_id(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}{:06}", self.serial)
    }
}

/// Replicate: create, get, cancel.
async fn predictions(shared: &Shared, method: &Method, parts: &[&str], body: &Bytes) -> Outcome {
    match (method, parts) {
        (&Method::POST, ["v1", "models", owner, name, "predictions"]) => {
            let model = format!("{owner}/{name}");
            let asked = replicate::read(&model, &serde_json::from_slice(body).unwrap_or(Value::Null));
            let (fault, config, _) = shared.lock().begin("/v1/predictions", body, &asked);
            let _open = Open(shared);
            shared.clock.sleep(Duration::from_secs_f64(config.delay_ms / 1e3)).await;
            if let Some(refused) = refusal(&config, Api::OpenAi, fault, "") {
                return shared.lock().sent(refused, fault, None);
            }
            let said = compose(&config, &asked, &asked.rendered(), fault);
            let mut state = shared.lock();
            let id = state.next_id("prediction");
            let prediction = Prediction { model, said, polls_left: config.polls, canceled: false };
            let response = spoiled(&replicate::write(&id, &prediction), fault);
            let sent = state.sent(response, fault, Some(&prediction.said));
            state.predictions.insert(id, prediction);
            sent
        }
        (_, ["v1", "predictions", id, rest @ ..]) => {
            let mut state = shared.lock();
            let Some(prediction) = state.predictions.get_mut(*id) else { return Ok(not_found()) };
            prediction.canceled |= rest == ["cancel"];
            prediction.polls_left = prediction.polls_left.saturating_sub(1);
            Ok(json_response(200, &replicate::write(id, prediction)))
        }
        _ => Ok(not_found()),
    }
}

/// Files and batch jobs.
fn jobs(shared: &Shared, method: &Method, parts: &[&str], content_type: &str, body: &Bytes) -> Responded {
    let mut state = shared.lock();
    let parsed: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    match (method, parts) {
        (&Method::POST, ["v1", "files"]) => {
            let Some(file) = batch::uploaded_file(content_type, &String::from_utf8_lossy(body)) else {
                return json_response(400, &json!({ "error": { "message": "no file in the upload" } }));
            };
            let id = state.next_id("file");
            state.files.insert(id.clone(), file);
            json_response(200, &json!({ "id": id, "object": "file", "purpose": "batch" }))
        }
        (&Method::GET, ["v1", "files", id, "content"]) => file_content(&state, id),
        (&Method::POST, ["v1", "batches"]) => {
            let input = parsed.get("input_file_id").and_then(Value::as_str).unwrap_or_default();
            let Some(file) = state.files.get(input) else { return not_found() };
            let job = batch::openai_job(&state.config, file);
            let id = state.add_job(job);
            json_response(200, &batch::openai_status(&id, &state.jobs[&id]))
        }
        (&Method::POST, ["v1", "messages", "batches"]) => {
            let job = batch::anthropic_job(&state.config, &parsed);
            let id = state.add_job(job);
            json_response(200, &batch::anthropic_status(&id, &state.jobs[&id]))
        }
        (&Method::GET, ["v1", "messages", "batches", id, "results"]) => match state.jobs.get(*id) {
            Some(job) => raw_response(200, "application/x-jsonl", job.output.clone()),
            None => not_found(),
        },
        (_, ["v1", "messages", "batches", id, rest @ ..]) => {
            polled(&mut state, id, rest, batch::anthropic_status)
        }
        (_, ["v1", "batches", id, rest @ ..]) => polled(&mut state, id, rest, batch::openai_status),
        _ => not_found(),
    }
}

fn file_content(state: &State, id: &str) -> Responded {
    let text = match id.split_once('-') {
        Some(("output", job)) => state.jobs.get(job).map(|job| &job.output),
        Some(("errors", job)) => state.jobs.get(job).map(|job| &job.errors),
        _ => state.files.get(id),
    };
    text.map_or_else(not_found, |text| raw_response(200, "application/jsonl", text.clone()))
}

fn polled(state: &mut State, id: &str, rest: &[&str], status: fn(&str, &Job) -> Value) -> Responded {
    let Some(job) = state.jobs.get_mut(id) else { return not_found() };
    job.canceled |= rest == ["cancel"];
    job.polls_left = job.polls_left.saturating_sub(1);
    json_response(200, &status(id, job))
}

impl State {
    fn add_job(&mut self, job: Job) -> String {
        let id = self.next_id("batch");
        self.stats.batch_jobs += 1;
        self.stats.batch_prompt_tokens += job.prompt_tokens;
        self.stats.batch_completion_tokens += job.completion_tokens;
        self.jobs.insert(id.clone(), job);
        id
    }
}

/// What is for whoever runs the stub, not for models.
fn administer(shared: &Shared, method: &Method, path: &str, body: &Bytes) -> Responded {
    let mut state = shared.lock();
    match (method, path) {
        (&Method::GET, "/stats") => json_response(200, &json!(state.stats.finished())),
        (&Method::GET, "" | "/health") => json_response(200, &json!({ "status": "ok" })),
        (&Method::GET, "/v1/models") => {
            json_response(200, &json!({ "data": [{ "id": "stub", "object": "model" }] }))
        }
        (&Method::GET, "/api/tags") => json_response(200, &json!({ "models": [{ "name": "stub" }] })),
        (&Method::POST, "/reset") => {
            state.reset();
            json_response(200, &json!({ "status": "reset" }))
        }
        (&Method::POST, "/script") => match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => {
                state.script.extend(faults);
                json_response(200, &json!({ "status": "scripted" }))
            }
            Err(error) => json_response(400, &json!({ "error": { "message": error.to_string() } })),
        },
        (&Method::POST, "/control") => match changed(&state.config, body) {
            Ok(config) => {
                state.config = config;
                json_response(200, &json!({ "status": "changed" }))
            }
            Err(error) => json_response(400, &json!({ "error": { "message": error.to_string() } })),
        },
        _ => not_found(),
    }
}

/// The config with the fields that a body names replaced.
fn changed(config: &Config, body: &Bytes) -> serde_json::Result<Config> {
    let mut merged = serde_json::to_value(config)?;
    let change: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
    if let Some(fields) = merged.as_object_mut() {
        fields.extend(change);
    }
    serde_json::from_value(merged)
}

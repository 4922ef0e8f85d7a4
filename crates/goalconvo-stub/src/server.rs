//! The server itself: one task for each connection, one lock around what is counted.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::call::{Api, model};
use crate::clock::Clock;
use crate::config::Config;
use crate::endpoints::{administer, jobs, predictions};
use crate::fault::Fault;
use crate::state::{Lost, Outcome, Shared, State};
use crate::stats::Stats;

/// A running stub; dropping it stops it.
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

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

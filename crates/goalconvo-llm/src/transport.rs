//! The only place where bytes leave this process: one client for all providers, or a cassette in its stead.
//!
//! A key is put into a header here and nowhere else, and a reply that repeats it is scrubbed before anything
//! reads it, so that no error, reply or journal can hold one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::timeout;

use crate::dialect::{Auth, Dialect, HEADERS_READ, Method, WireReply, WireRequest};
use crate::error::{Billing, Error, Kind};
use crate::secret::{MASK, Secret};

/// A longer body is no chat reply; batch results are the longest there are.
const LONGEST_BODY: usize = 512 << 20;

/// How to reach providers; cheap to clone, and all clones share one pool of connections.
#[derive(Clone)]
pub struct Transport(Route);

#[derive(Clone)]
enum Route {
    Http(reqwest::Client),
    Cassette(Arc<dyn Fn(&Sent) -> Played + Send + Sync>),
}

/// Settings of the one client.
#[derive(Debug, Clone)]
pub struct TransportConfig {
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Connections kept open without use, for each host: as many as calls may be open.
    pub idle_connections: usize,
    /// URL of a proxy for everything but this machine; the caller reads it from config or environment.
    pub proxy: Option<String>,
}

impl Default for TransportConfig {
    fn default() -> Self {
        TransportConfig { connect_timeout: Duration::from_secs(10), idle_connections: 4096, proxy: None }
    }
}

/// A request as a cassette sees it: the key is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The verb.
    pub method: Method,
    /// Base URL and path.
    pub url: String,
    /// All headers but content type, the key as its mask.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// What a cassette plays back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Played {
    /// A reply, after a while.
    Reply(WireReply, Duration),
    /// No reply, ever.
    Hang,
    /// The connection breaks after the request was sent.
    Broken,
    /// No connection can be made.
    Unreachable,
}

/// One place with one key.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) dialect: Dialect,
    pub(crate) base_url: String,
    pub(crate) key: Option<Secret>,
    /// The URL that was called last, by its path: nearly all calls have the same.
    called: Arc<Mutex<Option<(String, Url)>>>,
}

impl Endpoint {
    pub(crate) fn new(dialect: Dialect, base_url: String, key: Option<Secret>) -> Self {
        Endpoint { dialect, base_url, key, called: Arc::default() }
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = called.as_ref().filter(|(known, _)| known == path) {
            return Ok(url.clone());
        }
        let url = Url::parse(&format!("{}/{path}", self.base_url)).map_err(|error| {
            Error::new(Kind::BadRequest, format!("the request cannot be sent: its URL is none: {error}"))
        })?;
        *called = Some((path.to_owned(), url.clone()));
        Ok(url)
    }
}

impl Transport {
    /// A client for real servers. Redirects are not followed (a key would travel), and the environment is not
    /// read.
    ///
    /// # Errors
    /// When the proxy is no URL, or the system's certificates cannot be read.
    pub fn http(config: &TransportConfig) -> Result<Self, Error> {
        // Another part of the program may have installed a provider first; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .pool_idle_timeout(Duration::from_secs(60))
            // One HTTP/2 connection carries about a hundred calls at most and lets the others queue unseen; as
            // many connections as calls is what a window of open calls is meant to measure.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .user_agent(concat!("goalconvo/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(proxy) = &config.proxy {
            let here = reqwest::NoProxy::from_string("localhost,127.0.0.1,::1");
            let proxy = reqwest::Proxy::all(proxy).map_err(|error| client(&error))?.no_proxy(here);
            builder = builder.proxy(proxy);
        }
        Ok(Transport(Route::Http(builder.build().map_err(|error| client(&error))?)))
    }

    /// A transport that plays back what a function answers, in the time of tokio's clock.
    pub fn cassette(play: impl Fn(&Sent) -> Played + Send + Sync + 'static) -> Self {
        Transport(Route::Cassette(Arc::new(play)))
    }

    /// Sends and waits for the whole reply, at most `limit`.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        wire: &WireRequest,
        limit: Duration,
    ) -> Result<WireReply, Error> {
        let sending = async {
            match &self.0 {
                Route::Http(client) => over_http(client, endpoint, wire).await,
                Route::Cassette(play) => played(&**play, endpoint, wire).await,
            }
        };
        let mut reply = timeout(limit, sending).await.map_err(|_| too_late(limit))??;
        if let Some(key) = endpoint.key.as_ref().filter(|key| key.is_in(&reply.body)) {
            reply.body = Bytes::from(key.scrub(&String::from_utf8_lossy(&reply.body)));
        }
        Ok(reply)
    }
}

async fn over_http(
    client: &reqwest::Client,
    endpoint: &Endpoint,
    wire: &WireRequest,
) -> Result<WireReply, Error> {
    let url = endpoint.url(&wire.path)?;
    let builder = match wire.method {
        Method::Get => client.get(url),
        Method::Post => client.post(url).body(wire.body.clone()),
    };
    let mut response =
        builder.headers(headers(endpoint, wire)?).send().await.map_err(|error| broken(&error))?;
    let kept = HEADERS_READ.iter().filter_map(|name| {
        let value = response.headers().get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    let headers = kept.collect();
    let status = response.status().as_u16();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > LONGEST_BODY {
            let message = format!("the reply is longer than {LONGEST_BODY} bytes");
            return Err(Error::new(Kind::Malformed, message).with_billing(Billing::Unknown));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(WireReply { status, headers, body: body.freeze() })
}

fn headers(endpoint: &Endpoint, wire: &WireRequest) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    let unfit =
        |name: &str| Error::new(Kind::BadRequest, format!("header {name} holds what no header can carry"));
    if wire.method == Method::Post {
        let value = HeaderValue::from_str(wire.content_type).map_err(|_| unfit("content-type"))?;
        map.insert(reqwest::header::CONTENT_TYPE, value);
    }
    for (name, value) in endpoint.dialect.headers() {
        map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in &wire.headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(|_| unfit(name))?);
    }
    if let Some((name, value)) = authorization(endpoint, Secret::expose) {
        let mut value = HeaderValue::from_str(&value).map_err(|_| unfit(name))?;
        value.set_sensitive(true);
        map.insert(HeaderName::from_static(name), value);
    }
    Ok(map)
}

fn authorization(endpoint: &Endpoint, shown: impl Fn(&Secret) -> &str) -> Option<(&'static str, String)> {
    let key = endpoint.key.as_ref()?;
    Some(match endpoint.dialect.auth() {
        Auth::Bearer => ("authorization", format!("Bearer {}", shown(key))),
        Auth::Header(name) => (name, shown(key).to_owned()),
    })
}

async fn played(
    play: &(dyn Fn(&Sent) -> Played + Send + Sync),
    endpoint: &Endpoint,
    wire: &WireRequest,
) -> Result<WireReply, Error> {
    let fixed =
        endpoint.dialect.headers().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let own = wire.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let key = authorization(endpoint, |_| MASK).map(|(name, value)| (name.to_owned(), value));
    let sent = Sent {
        method: wire.method,
        url: format!("{}/{}", endpoint.base_url, wire.path),
        headers: fixed.chain(own).chain(key).collect(),
        body: wire.body.clone(),
    };
    match play(&sent) {
        Played::Reply(reply, delay) => {
            tokio::time::sleep(delay).await;
            Ok(reply)
        }
        Played::Hang => std::future::pending().await,
        Played::Broken => {
            Err(Error::new(Kind::Connection, "the connection broke").with_billing(Billing::Unknown))
        }
        Played::Unreachable => Err(Error::new(Kind::Connection, "no connection")),
    }
}

/// A failure of the connection. Before it stood nothing was sent; after, nobody knows what was done.
fn broken(error: &reqwest::Error) -> Error {
    let words = causes(error);
    if error.is_connect() {
        let todo = "check the network, the address, and that the server runs";
        return Error::new(Kind::Connection, format!("no connection: {words}; {todo}"));
    }
    let (kind, what) = if error.is_builder() {
        (Kind::BadRequest, "the request cannot be sent")
    } else if error.is_timeout() {
        (Kind::Timeout, "no reply in time")
    } else {
        (Kind::Connection, "the connection broke")
    };
    Error::new(kind, format!("{what}: {words}")).with_billing(Billing::Unknown)
}

/// The innermost cause, which is the one that says something; its text has no URL.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn too_late(limit: Duration) -> Error {
    let seconds = limit.as_secs_f64();
    Error::new(Kind::Timeout, format!("no reply within {seconds} s")).with_billing(Billing::Unknown)
}

fn client(error: &reqwest::Error) -> Error {
    Error::new(Kind::Connection, format!("the HTTP client cannot be set up: {}", causes(error)))
}

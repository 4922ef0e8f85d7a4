//! Chat models over the network, so that nothing is lost, nothing is paid twice, and no cap is crossed.
//!
//! - [`Model`] is the one trait: a [`Request`] in, a [`Reply`] out. Layers are models around models.
//! - [`Address`] says which model and where; [`Secret`] holds its key and never shows it.
//! - [`Dialect`] translates, purely, for OpenAI, Mistral, other servers with that interface, Anthropic, Ollama
//!   and Replicate.
//! - [`RemoteModel`] asks over a [`Transport`] with retries, the [`Provider`]'s limits, a [`Budget`] and a
//!   [`Ledger`].
//! - [`Journaled`] keeps paid replies in a [`Journal`], so that a killed run pays for nothing twice.
//! - [`Repaired`] checks replies by JSON Schema and asks again; [`Batch`] asks many at once for half the price, and
//!   [`Gathered`] does so turn by turn.
//!
//! ```
//! use goalconvo_llm::{Accounts, Address, Message, Model, Played, Provider, RemoteModel, Request, Secret};
//! use goalconvo_llm::{Settings, Transport, WireReply};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), goalconvo_llm::Error> {
//! let address: Address = "openai:gpt-4o-mini".parse()?;
//! // A cassette stands for the network here; `Transport::http` is the real one.
//! let transport = Transport::cassette(|_sent| {
//!     let body = r#"{"model": "gpt-4o-mini-2024-07-18", "choices": [{"message": {"content": "Hello."}}]}"#;
//!     Played::Reply(WireReply { status: 200, body: body.into(), ..WireReply::default() }, Default::default())
//! });
//! let key = Some(Secret::new("sk-from-the-callers-config")?);
//! let provider = Provider::new(&address, key, &transport, Settings::default())?;
//! let model = RemoteModel::new(&address, &provider, Accounts::default())?;
//! let reply = model.complete(Request::new(vec![Message::user("Hello?")])).await?;
//! assert_eq!(reply.text, "Hello.");
//! assert_eq!(reply.model.as_deref(), Some("gpt-4o-mini-2024-07-18")); // as reported, not as asked
//! # Ok(())
//! # }
//! ```
//!
//! This crate knows nothing of what the models talk about. It reads no environment, no config and no clock but
//! tokio's; keys, prices and paths are given by the caller.

mod address;
mod batch;
mod dialect;
mod error;
mod journal;
mod limits;
mod model;
mod money;
mod provider;
mod remote;
mod repair;
mod reply;
mod request;
mod retry;
mod secret;
mod thinking;
mod traces;
mod transport;

pub use address::{Address, Vendor};
pub use batch::{Batch, BatchConfig, Gather, Gathered, Seat};
pub use dialect::{Answer, Dialect, HEADERS_READ, Method, Pending, WireReply, WireRequest};
pub use error::Error;
pub use journal::{Durability, Journal, Journaled, Key, Lost, OpenJob, Recovered};
pub use limits::{BreakerConfig, Failing, Limits, WindowConfig};
pub use model::{Completion, Model, Scripted};
pub use money::{Account, Budget, Cost, Entry, Ledger, Price, PriceTable, Reservation};
pub use provider::{Provider, Settings};
pub use remote::{Accounts, RemoteModel};
pub use repair::{RepairConfig, Repaired};
pub use reply::{Feature, Finish, Reply, TokenLogprob, ToolCall, Usage};
pub use request::{Format, JsonFormat, Message, Request, Tag, Tool, ToolChoice};
pub use retry::RetryPolicy;
pub use secret::{MASK, Secret};
pub use thinking::split_thinking;
pub use transport::{Played, Sent, Transport, TransportConfig};

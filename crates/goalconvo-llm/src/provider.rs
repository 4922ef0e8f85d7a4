//! One provider's place, key and limits; models are made from it and share them.

use std::sync::Arc;
use std::time::Duration;

use crate::address::Address;
use crate::dialect::{Dialect, WireReply, WireRequest};
use crate::error::{Error, Kind};
use crate::limits::{Failing, Gate, Limits};
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::transport::{Endpoint, Transport};

/// How one provider is treated.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest time for one reply.
    pub timeout: Duration,
    /// Longest time for a reply that is polled for (Replicate).
    pub poll_limit: Duration,
    /// When failed calls are repeated.
    pub retry: RetryPolicy,
    /// What holds calls back.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            timeout: Duration::from_secs(120),
            poll_limit: Duration::from_secs(600),
            retry: RetryPolicy::default(),
            limits: Limits::default(),
        }
    }
}

/// A provider that calls can be sent to.
pub struct Provider {
    pub(crate) endpoint: Endpoint,
    pub(crate) settings: Settings,
    pub(crate) gate: Gate,
    transport: Transport,
    /// Held by each call that is not over.
    asking: Arc<()>,
}

impl Provider {
    /// The provider at an address (its model is not used), with its key.
    ///
    /// # Errors
    /// When the provider wants a key and none is given.
    pub fn new(
        address: &Address,
        key: Option<Secret>,
        transport: &Transport,
        settings: Settings,
    ) -> Result<Arc<Self>, Error> {
        let vendor = address.vendor();
        if let (Some(name), None) = (vendor.key_name(), &key) {
            let place = vendor.name();
            return Err(Error::new(Kind::Key, format!("{place} needs a key and none is set: set {name}")));
        }
        let endpoint = Endpoint::new(address.dialect(), address.base_url().to_owned(), key);
        Ok(Arc::new(Provider {
            endpoint,
            gate: Gate::new(&settings.limits),
            settings,
            transport: transport.clone(),
            asking: Arc::default(),
        }))
    }

    /// The dialect it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.endpoint.dialect
    }

    /// How many calls may be open now, as the window has adapted.
    #[must_use]
    pub fn open_calls_allowed(&self) -> usize {
        self.gate.open_calls_allowed()
    }

    /// Its base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.endpoint.base_url
    }

    /// How it has been failing, if its last calls did and somebody waits for it.
    #[must_use]
    pub fn failing(&self) -> Option<Failing> {
        self.gate.failing().filter(|_| Arc::strong_count(&self.asking) > 1)
    }

    /// To be held by a call until it is over.
    pub(crate) fn asking(&self) -> Arc<()> {
        Arc::clone(&self.asking)
    }

    /// Sends one request, as it is, and waits for its reply.
    pub(crate) async fn send(&self, wire: &WireRequest) -> Result<WireReply, Error> {
        self.transport.send(&self.endpoint, wire, self.settings.timeout).await
    }
}

//! The one error of this crate: what went wrong, whether trying again may help, and what it cost.
//!
//! The kind is private so that classes can be split later; callers ask by predicate. Messages are lowercase
//! fragments that fit after "failed to …: ".

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::money::Cost;
use crate::reply::Usage;

/// Why a call to a model, or something around it, did not work.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    status: Option<u16>,
    retry_after: Option<Duration>,
    billing: Billing,
    wasted: Cost,
    assumed: Cost,
}

/// What the provider will have charged for a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Billing {
    /// The provider refused before it worked: nothing.
    Nothing,
    /// The reply came, with its usage, and is of no use.
    Usage(Usage),
    /// Nobody can know: the request was sent and no readable reply came back.
    Unknown,
}

/// The closed set of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Address,
    Key,
    Auth,
    Quota,
    RateLimit,
    Overloaded,
    ContextTooLong,
    BadRequest,
    Filtered,
    Unsupported,
    Timeout,
    Connection,
    Malformed,
    Empty,
    Schema,
    Budget,
    Price,
    Journal,
    Expired,
    Canceled,
    Outage,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Address => "address",
            Kind::Key => "key",
            Kind::Auth => "auth",
            Kind::Quota => "quota",
            Kind::RateLimit => "rate limit",
            Kind::Overloaded => "overloaded",
            Kind::ContextTooLong => "context too long",
            Kind::BadRequest => "bad request",
            Kind::Filtered => "filtered",
            Kind::Unsupported => "unsupported",
            Kind::Timeout => "timeout",
            Kind::Connection => "connection",
            Kind::Malformed => "malformed reply",
            Kind::Empty => "empty reply",
            Kind::Schema => "schema",
            Kind::Budget => "budget",
            Kind::Price => "price",
            Kind::Journal => "journal",
            Kind::Expired => "expired",
            Kind::Canceled => "canceled",
            Kind::Outage => "outage",
        }
    }

    fn is_retryable(self) -> bool {
        use Kind::{Canceled, Connection, Expired, Malformed, Outage, Overloaded, RateLimit, Timeout};
        matches!(
            self,
            RateLimit | Overloaded | Timeout | Connection | Malformed | Expired | Canceled | Outage
        )
    }
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
            billing: Billing::Nothing,
            wasted: Cost::ZERO,
            assumed: Cost::ZERO,
        }))
    }

    #[must_use]
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    #[must_use]
    pub(crate) fn with_billing(mut self, billing: Billing) -> Self {
        self.0.billing = billing;
        self
    }

    #[must_use]
    pub(crate) fn with_wasted(mut self, wasted: Cost) -> Self {
        self.0.wasted = wasted;
        self
    }

    #[must_use]
    pub(crate) fn with_assumed(mut self, assumed: Cost) -> Self {
        self.0.assumed = assumed;
        self
    }

    /// The same error, telling where it happened: "openai:gpt-4o-mini: …".
    pub(crate) fn at(mut self, place: &dyn fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn billing(&self) -> Billing {
        self.0.billing
    }

    /// The class in a word or three, for tables: "rate limit", "malformed reply".
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the provider asked us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the useless reply used, where it said so.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        match self.0.billing {
            Billing::Usage(usage) => Some(usage),
            Billing::Nothing | Billing::Unknown => None,
        }
    }

    /// What the attempts cost, or may have cost, at the model's price.
    #[must_use]
    pub fn wasted(&self) -> Cost {
        self.0.wasted
    }

    /// Of [`Error::wasted`], what attempts whose cost nobody knows may have cost at most.
    #[must_use]
    pub fn assumed(&self) -> Cost {
        self.0.assumed
    }

    /// Whether the same request may work later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }
}

/// Declares the predicates, one a class.
macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        impl Error {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> bool { self.0.kind == Kind::$kind })*
        }
    };
}

predicates! {
    /// A model address that names no model.
    is_address => Address;
    /// A key that is missing or cannot be sent.
    is_key => Key;
    /// The provider does not accept the key, or not for this model.
    is_auth => Auth;
    /// The account has run out of credit: waiting does not help.
    is_quota => Quota;
    /// Too many requests or tokens for now.
    is_rate_limit => RateLimit;
    /// The provider failed or is overloaded (5xx).
    is_overloaded => Overloaded;
    /// The prompt and the reply do not fit in the model's context.
    is_context_too_long => ContextTooLong;
    /// The provider does not accept the request as it is.
    is_bad_request => BadRequest;
    /// The provider's content filter refused.
    is_filtered => Filtered;
    /// This dialect or provider cannot do what the request needs.
    is_unsupported => Unsupported;
    /// No reply in time.
    is_timeout => Timeout;
    /// The connection could not be made, or broke.
    is_connection => Connection;
    /// A reply that cannot be read.
    is_malformed => Malformed;
    /// A reply that says nothing: no words and no tool calls.
    is_empty => Empty;
    /// No reply satisfied the schema within the allowed number of attempts.
    is_schema => Schema;
    /// The next call could cross the budget.
    is_budget => Budget;
    /// A budget is set and a price or a bound that it needs is not known.
    is_price => Price;
    /// The journal could not be read or written.
    is_journal => Journal;
    /// A batch entry that the provider did not get to in time.
    is_expired => Expired;
    /// A batch entry, or a call, that was canceled.
    is_canceled => Canceled;
    /// The provider has been failing for so long that calls are no longer sent.
    is_outage => Outage;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.status {
            Some(status) => write!(f, " (status {status})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self})", self.class())
    }
}

impl std::error::Error for Error {}

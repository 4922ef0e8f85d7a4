//! The one trait of this crate, and the model that a closure makes.

use std::future::Future;
use std::pin::Pin;

use crate::error::Error;
use crate::reply::Reply;
use crate::request::Request;

/// A reply that is on its way.
pub type Completion<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// A chat model: a request in, a reply out. Layers (journal, repair) are models around a model.
pub trait Model: Send + Sync {
    /// What was asked for, as an address; what answered is in [`Reply::model`].
    fn name(&self) -> &str;

    /// Asks once. Dropping the future gives the call up; what it may have cost stays counted.
    fn complete(&self, request: Request) -> Completion<'_>;
}

impl<M: Model + ?Sized> Model for std::sync::Arc<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        (**self).complete(request)
    }
}

/// A model that a function plays: for tests, scripts and adversaries.
pub struct Scripted<F> {
    name: String,
    answer: F,
}

impl<F: Fn(&Request) -> Result<Reply, Error> + Send + Sync> Scripted<F> {
    /// A model of this name that answers with the function.
    pub fn new(name: impl Into<String>, answer: F) -> Self {
        Scripted { name: name.into(), answer }
    }
}

impl<F: Fn(&Request) -> Result<Reply, Error> + Send + Sync> Model for Scripted<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        Box::pin(async move { (self.answer)(&request) })
    }
}

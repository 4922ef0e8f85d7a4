//! Where an encoder is, and how it is opened.

use std::ffi::OsString;
use std::path::PathBuf;

use goalconvo_metrics::Encoder;
use serde::{Serialize, Serializer};

use crate::Error;

/// An encoder as `--encoder` names it: a folder, or `hub:` and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncoderAt {
    /// The folder with its weights and tokenizer.
    Folder(PathBuf),
    /// Its name on a hub of models: `owner/name`, or `owner/name@revision`.
    Hub(String),
}

impl From<OsString> for EncoderAt {
    fn from(text: OsString) -> Self {
        match text.to_str().and_then(|text| text.strip_prefix("hub:")) {
            Some(name) => EncoderAt::Hub(name.to_owned()),
            None => EncoderAt::Folder(text.into()),
        }
    }
}

impl std::fmt::Display for EncoderAt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EncoderAt::Folder(folder) => folder.display().fmt(out),
            EncoderAt::Hub(name) => write!(out, "hub:{name}"),
        }
    }
}

impl Serialize for EncoderAt {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl EncoderAt {
    /// Opens it, once its files are here.
    ///
    /// # Errors
    /// It can't be had or is none that runs here, or this program was built without encoders.
    #[cfg(feature = "neural")]
    pub fn open(&self) -> Result<Box<dyn Encoder>, Error> {
        let folder = match self {
            EncoderAt::Folder(folder) => folder.clone(),
            EncoderAt::Hub(name) => fetched(name)?,
        };
        let encoder =
            goalconvo_neural::TextEncoder::open(&folder, &goalconvo_neural::EncoderOptions::default());
        Ok(Box::new(encoder.map_err(|error| Error::bad_input(format!("{self}: {error}")))?))
    }

    /// Opens it, once its files are here.
    ///
    /// # Errors
    /// Always: this program was built without encoders.
    #[cfg(not(feature = "neural"))]
    pub fn open(&self) -> Result<Box<dyn Encoder>, Error> {
        Err(Error::usage(format!(
            "{self}: this program was built without encoders; build it with --features neural"
        )))
    }
}

/// The folder with the files of a model on the hub that the environment names.
#[cfg(feature = "neural")]
fn fetched(name: &str) -> Result<PathBuf, Error> {
    let name = name.parse().map_err(|error| Error::usage(format!("hub:{name}: {error}")))?;
    let endpoint = text("HF_ENDPOINT")?.unwrap_or_else(|| goalconvo_neural::Hub::ENDPOINT.to_owned());
    let mut bar = crate::Progress::new("fetched bytes", 0, 0);
    let folder = goalconvo_neural::Hub::new(&endpoint, cache()?, text("HF_TOKEN")?)
        .and_then(|hub| hub.fetch(&name, |done, total| bar.show_of(done, total)));
    bar.end();
    folder.map_err(|error| Error::bad_input(error.to_string()))
}

/// Where the hub's clients keep what they fetched.
#[cfg(feature = "neural")]
fn cache() -> Result<PathBuf, Error> {
    let folder = |name| crate::config::variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    folder("HF_HUB_CACHE")
        .or_else(|| folder("HF_HOME").map(|folder| folder.join("hub")))
        .or_else(|| folder("XDG_CACHE_HOME").or_else(home).map(|folder| folder.join("huggingface/hub")))
        .ok_or_else(|| Error::usage("no folder is known that keeps what is fetched; set HF_HUB_CACHE to one"))
}

/// A variable of the environment that is to be text.
#[cfg(feature = "neural")]
fn text(name: &str) -> Result<Option<String>, Error> {
    let value = crate::config::variable(name).filter(|value| !value.is_empty());
    let read = |value: OsString| {
        value.into_string().map_err(|_| Error::usage(format!("environment variable {name} is not UTF-8")))
    };
    value.map(read).transpose()
}

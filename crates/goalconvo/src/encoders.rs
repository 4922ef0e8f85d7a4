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

/// The encoder that a verb is given, if any, and how it computes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Encoding {
    /// For the figures that need an encoder: a folder with its weights and tokenizer, or hub:OWNER/NAME or
    /// hub:OWNER/NAME@REVISION, which is fetched once
    #[arg(long, value_name = "PATH")]
    pub encoder: Option<EncoderAt>,
    /// Keep the encoder's vectors there, so that no text is encoded twice; with MiniLM 1.5 kB a token
    #[arg(long, value_name = "DIR", requires = "encoder")]
    vectors: Option<PathBuf>,
    /// What the encoder's products are computed in. int8 is faster and gives other figures, which are never to be compared
    /// with those of single precision
    #[arg(long, value_name = "PRECISION", requires = "encoder", default_value = "single")]
    precision: Precision,
    /// Where the encoder runs: cpu, or an NVIDIA device as cuda:0 in a program built with --features cuda
    #[arg(long, value_name = "DEVICE", requires = "encoder", default_value = "cpu", value_parser = device)]
    device: Device,
}

/// What products with weights are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Precision {
    #[default]
    Single,
    Int8,
}

/// Where arithmetic runs: on the processor, or on a device by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Device(Option<usize>);

fn device(text: &str) -> Result<Device, String> {
    let number = match text {
        "cpu" => return Ok(Device(None)),
        "cuda" => Some(0),
        _ => text.strip_prefix("cuda:").and_then(|number| number.parse().ok()),
    };
    number.map(|number| Device(Some(number))).ok_or_else(|| "expected cpu, cuda or cuda:NUMBER".to_owned())
}

/// An encoder that is open.
pub struct Opened {
    /// The encoder.
    pub encoder: Box<dyn Encoder>,
    /// The same in single precision, where the encoder is not: how far off it is can be measured.
    pub exact: Option<Box<dyn Encoder>>,
}

impl Encoding {
    /// Opens the encoder, once its files are here; nothing where none was named. Only where it `compares` anything is there
    /// use for the same in single precision.
    ///
    /// # Errors
    /// It can't be had or is none that runs here, or this program was built without encoders.
    pub fn open(&self, compares: bool) -> Result<Option<Opened>, Error> {
        self.encoder.as_ref().map(|at| self.open_at(at, compares)).transpose()
    }

    #[cfg(feature = "neural")]
    fn open_at(&self, at: &EncoderAt, compares: bool) -> Result<Opened, Error> {
        use goalconvo_neural::{Compute, EncoderOptions, Keep, TextEncoder};
        if self.precision == Precision::Int8 && self.device.0.is_some() {
            return Err(Error::usage("--precision int8 runs on the processor alone: leave --device out"));
        }
        let exact = EncoderOptions {
            compute: self.device.0.map_or(Compute::Cpu, Compute::Cuda),
            keep: self.vectors.clone().map_or(Keep::Nothing, Keep::SentencesAndTokens),
            ..EncoderOptions::default()
        };
        let folder = match at {
            EncoderAt::Folder(folder) => folder.clone(),
            EncoderAt::Hub(name) => fetched(name)?,
        };
        let open = |options: &EncoderOptions| -> Result<Box<dyn Encoder>, Error> {
            let encoder = TextEncoder::open(&folder, options);
            Ok(Box::new(encoder.map_err(|error| Error::bad_input(format!("{at}: {error}")))?))
        };
        match self.precision {
            Precision::Single => Ok(Opened { encoder: open(&exact)?, exact: None }),
            Precision::Int8 => {
                let rounded =
                    EncoderOptions { precision: goalconvo_neural::Precision::Int8, ..exact.clone() };
                let exact = EncoderOptions { keep: Keep::Nothing, ..exact };
                let exact = compares.then(|| open(&exact)).transpose()?;
                Ok(Opened { encoder: open(&rounded)?, exact })
            }
        }
    }

    #[cfg(not(feature = "neural"))]
    #[expect(clippy::unused_self, reason = "with the feature neural its options are used")]
    fn open_at(&self, at: &EncoderAt, _compares: bool) -> Result<Opened, Error> {
        Err(Error::usage(format!(
            "{at}: this program was built without encoders; build it with --features neural"
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
        value
            .into_string()
            .map(|text| text.trim().to_owned())
            .map_err(|_| Error::usage(format!("environment variable {name} is not UTF-8")))
    };
    value.map(read).transpose()
}

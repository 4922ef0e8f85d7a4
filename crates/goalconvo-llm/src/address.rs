//! Model addresses: one short text that says which model, where, and in which dialect.
//!
//! ```text
//! openai:gpt-4o-mini                           a known provider
//! ollama:mistral:7b                            the name may hold colons and slashes
//! http://localhost:8000/v1#my-model            any server with OpenAI's interface
//! ollama+http://10.0.0.7:11434#mistral         a known dialect at another place
//! ```

use std::fmt;
use std::str::FromStr;

use crate::dialect::Dialect;
use crate::error::{Error, Kind};

/// Where a model is and what it is called there. Never holds a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    vendor: Vendor,
    base_url: String,
    model: String,
}

/// Who serves a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vendor {
    /// api.openai.com
    OpenAi,
    /// api.anthropic.com
    Anthropic,
    /// A local Ollama server.
    Ollama,
    /// api.together.xyz
    Together,
    /// api.mistral.ai
    Mistral,
    /// api.groq.com
    Groq,
    /// openrouter.ai
    OpenRouter,
    /// api.replicate.com
    Replicate,
    /// Any other server with OpenAI's interface (vLLM, llama.cpp, LM Studio): has no usual place.
    Compatible,
}

/// What is known of a vendor: its name in addresses, its usual place, its dialect, the usual name of its key.
struct Facts {
    vendor: Vendor,
    name: &'static str,
    base_url: &'static str,
    dialect: Dialect,
    key_name: Option<&'static str>,
}

const fn facts(
    vendor: Vendor,
    name: &'static str,
    base_url: &'static str,
    dialect: Dialect,
    key_name: Option<&'static str>,
) -> Facts {
    Facts { vendor, name, base_url, dialect, key_name }
}

/// In the order of [`Vendor`].
const FACTS: [Facts; 9] = [
    facts(Vendor::OpenAi, "openai", "https://api.openai.com/v1", Dialect::OpenAi, Some("OPENAI_API_KEY")),
    facts(
        Vendor::Anthropic,
        "anthropic",
        "https://api.anthropic.com/v1",
        Dialect::Anthropic,
        Some("ANTHROPIC_API_KEY"),
    ),
    facts(Vendor::Ollama, "ollama", "http://localhost:11434", Dialect::Ollama, None),
    facts(
        Vendor::Together,
        "together",
        "https://api.together.xyz/v1",
        Dialect::Compatible,
        Some("TOGETHER_API_KEY"),
    ),
    facts(Vendor::Mistral, "mistral", "https://api.mistral.ai/v1", Dialect::Mistral, Some("MISTRAL_API_KEY")),
    facts(Vendor::Groq, "groq", "https://api.groq.com/openai/v1", Dialect::Compatible, Some("GROQ_API_KEY")),
    facts(
        Vendor::OpenRouter,
        "openrouter",
        "https://openrouter.ai/api/v1",
        Dialect::Compatible,
        Some("OPENROUTER_API_KEY"),
    ),
    facts(
        Vendor::Replicate,
        "replicate",
        "https://api.replicate.com/v1",
        Dialect::Replicate,
        Some("REPLICATE_API_TOKEN"),
    ),
    facts(Vendor::Compatible, "compatible", "", Dialect::Compatible, None),
];

impl Vendor {
    /// Every vendor, in the order of this enum.
    pub fn all() -> impl Iterator<Item = Vendor> {
        FACTS.iter().map(|facts| facts.vendor)
    }

    /// The name that addresses use: "openai".
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The usual name of the key in an environment; `None` where no key is usual. The caller reads it.
    #[must_use]
    pub fn key_name(self) -> Option<&'static str> {
        self.facts().key_name
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    fn named(name: &str) -> Option<Vendor> {
        FACTS.iter().find(|facts| facts.name == name).map(|facts| facts.vendor)
    }
}

impl Address {
    /// Who serves the model.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// The dialect to speak.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.vendor.facts().dialect
    }

    /// The URL that the dialect's paths are added to, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The model's name at its provider.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The same model at another place, such as a proxy or an Ollama host.
    ///
    /// # Errors
    /// When `base_url` is not an http or https URL, or holds a user or password.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, Error> {
        self.base_url = checked_url(base_url, base_url)?;
        Ok(self)
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.starts_with("http://") || text.starts_with("https://") {
            return at_url(text, Vendor::Compatible, text);
        }
        let Some((name, model)) = text.split_once(':') else {
            return Err(no_provider(text));
        };
        if let Some((vendor, scheme)) = name.split_once('+') {
            let vendor = Vendor::named(vendor).ok_or_else(|| unknown(text, vendor))?;
            return at_url(text, vendor, &format!("{scheme}:{model}"));
        }
        let vendor = Vendor::named(name).filter(|vendor| *vendor != Vendor::Compatible);
        let vendor = vendor.ok_or_else(|| unknown(text, name))?;
        let model = checked_model(text, model)?;
        Ok(Address { vendor, base_url: vendor.facts().base_url.to_owned(), model })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.vendor.facts();
        match self.vendor {
            Vendor::Compatible => write!(f, "{}#{}", self.base_url, self.model),
            _ if self.base_url == facts.base_url => write!(f, "{}:{}", facts.name, self.model),
            _ => write!(f, "{}+{}#{}", facts.name, self.base_url, self.model),
        }
    }
}

fn at_url(text: &str, vendor: Vendor, url: &str) -> Result<Address, Error> {
    let Some((url, model)) = url.split_once('#') else {
        return Err(address(text, "has no model", "add #name, as in http://localhost:8000/v1#my-model"));
    };
    Ok(Address { vendor, base_url: checked_url(text, url)?, model: checked_model(text, model)? })
}

fn checked_model(text: &str, model: &str) -> Result<String, Error> {
    if model.is_empty() || model.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(address(
            text,
            "has no model name, or one with white space",
            "expected provider:name, as in openai:gpt-4o-mini",
        ));
    }
    Ok(model.to_owned())
}

/// Checks a base URL; a password or a query in it would be shown wherever the address is, so none is allowed.
fn checked_url(text: &str, url: &str) -> Result<String, Error> {
    let hidden = if url.contains(['@', '?']) { "the address".to_owned() } else { text.to_owned() };
    let parsed = reqwest::Url::parse(url).map_err(|error| {
        address(&hidden, &format!("is no URL ({error})"), "expected http://host:port/v1#name")
    })?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(address(&hidden, "is not an http or https URL", "expected http://host:port/v1#name"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(address(&hidden, "holds a user or password", "give the key apart from the address"));
    }
    if parsed.query().is_some() {
        return Err(address(
            &hidden,
            "has a query, which is not shown",
            "give the key apart from the address",
        ));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn no_provider(text: &str) -> Error {
    let known = known_names();
    address(
        text,
        "names no provider",
        &format!("expected provider:name with one of {known}, or http://host:port/v1#name"),
    )
}

fn unknown(text: &str, name: &str) -> Error {
    let nearest = FACTS
        .iter()
        .map(|facts| (strsim::damerau_levenshtein(&name.to_lowercase(), facts.name), facts.name))
        .min()
        .filter(|(distance, nearest)| *distance <= nearest.len() / 2)
        .map_or(String::new(), |(_, nearest)| format!("; did you mean \"{nearest}\"?"));
    let known = known_names();
    address(
        text,
        &format!("has the unknown provider \"{name}\""),
        &format!("expected one of {known}{nearest}"),
    )
}

fn known_names() -> String {
    let names = FACTS.iter().filter(|facts| facts.vendor != Vendor::Compatible).map(|facts| facts.name);
    names.collect::<Vec<_>>().join(", ")
}

fn address(text: &str, found: &str, expected: &str) -> Error {
    let shown = if text == "the address" { text.to_owned() } else { format!("model address \"{text}\"") };
    Error::new(Kind::Address, format!("{shown} {found}: {expected}"))
}

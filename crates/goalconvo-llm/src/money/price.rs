//! Prices per token, from a file that the user can replace: a price is never guessed.

use std::collections::BTreeMap;

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::Cost;
use crate::address::Address;
use crate::error::{Error, Kind};
use crate::reply::Usage;

/// Picodollars per token, by what the token was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Price {
    /// A prompt token.
    pub input: Cost,
    /// A token of the reply, reasoning included.
    pub output: Cost,
    /// A prompt token read from the provider's cache; as `input` where the file gives none.
    pub cached_input: Cost,
    /// A prompt token written to it; twice `input` where the file gives none, the dearest known.
    pub cache_write: Cost,
}

impl Price {
    /// What this usage costs.
    #[must_use]
    pub fn of(&self, usage: &Usage) -> Cost {
        let plain =
            usage.prompt_tokens.saturating_sub(usage.cached_tokens).saturating_sub(usage.cache_write_tokens);
        self.input.times(plain)
            + self.cached_input.times(usage.cached_tokens)
            + self.cache_write.times(usage.cache_write_tokens)
            + self.output.times(usage.completion_tokens)
    }

    /// The most that so many prompt tokens and reply tokens can cost.
    #[must_use]
    pub fn worst(&self, prompt_tokens: u64, completion_tokens: u64) -> Cost {
        let dearest = self.input.max(self.cached_input).max(self.cache_write);
        dearest.times(prompt_tokens) + self.output.times(completion_tokens)
    }

    /// At half price, as batch jobs are, rounded up.
    #[must_use]
    pub fn half(&self) -> Price {
        Price {
            input: self.input.half(),
            output: self.output.half(),
            cached_input: self.cached_input.half(),
            cache_write: self.cache_write.half(),
        }
    }
}

/// Prices by model address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceTable {
    as_of: String,
    prices: BTreeMap<String, Price>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    as_of: String,
    models: BTreeMap<String, Row>,
}

/// Dollars per million tokens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    input: Amount,
    output: Amount,
    cached_input: Option<Amount>,
    cache_write: Option<Amount>,
}

/// An amount as its decimal text: `"0.15"`, `0.15` or `1`. The shortest text of a number that is read is the one that
/// was written, up to 15 digits, so nothing is lost without the quotes.
struct Amount(String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("dollars per million tokens, such as 0.15 or \"0.15\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
                Ok(Amount(number.to_string()))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// What a file of prices looks like.
const EXPECTED: &str =
    "expected for each model a table such as\n[models.\"openai:gpt-4o-mini\"]\ninput = 0.15\noutput = 0.60";

impl PriceTable {
    /// The table that comes with this crate. Prices change: [`PriceTable::as_of`] says how old it is, and a
    /// user's own file goes before it.
    ///
    /// # Errors
    /// Never, as long as the file passes this crate's tests.
    pub fn bundled() -> Result<Self, Error> {
        Self::from_toml(include_str!("../../data/prices.toml"))
    }

    /// What a file says of a model's price.
    pub(crate) fn example(address: &Address) -> String {
        format!("[models.\"{address}\"]\ninput = 0.15\noutput = 0.60")
    }

    /// Reads tables `[models."address"]` with `input`, `output`, and optionally `cached_input` and `cache_write`, in
    /// dollars per million tokens, and `as_of`. An address may end in `*`.
    ///
    /// # Errors
    /// When the text is not such TOML, with line and column; or an amount is not in dollars.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let file: File = toml::from_str(text)
            .map_err(|error| Error::new(Kind::Price, format!("price table: {error}{EXPECTED}")))?;
        let mut prices = BTreeMap::new();
        for (model, row) in file.models {
            let price = row.price().map_err(|error| error.at(&format!("price table, models.\"{model}\"")))?;
            prices.insert(model, price);
        }
        Ok(PriceTable { as_of: file.as_of, prices })
    }

    /// When the prices were looked up, as the file says.
    #[must_use]
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// With the prices of another table for models that this one has none of.
    #[must_use]
    pub fn before(mut self, other: PriceTable) -> Self {
        for (model, price) in other.prices {
            self.prices.entry(model).or_insert(price);
        }
        self
    }

    /// Sets one price, such as one from a command line.
    pub fn set(&mut self, model: impl Into<String>, price: Price) {
        self.prices.insert(model.into(), price);
    }

    /// The price of a model: of its exact address, else of the longest pattern that matches.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<Price> {
        let name = address.to_string();
        let matching =
            |pattern: &&String| pattern.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix));
        self.prices
            .get(&name)
            .or_else(|| self.prices.get(self.prices.keys().filter(matching).max_by_key(|key| key.len())?))
            .copied()
    }
}

impl Row {
    fn price(&self) -> Result<Price, Error> {
        let input = per_token(&self.input)?;
        Ok(Price {
            input,
            output: per_token(&self.output)?,
            cached_input: self.cached_input.as_ref().map_or(Ok(input), per_token)?,
            cache_write: self.cache_write.as_ref().map_or(Ok(input.times(2)), per_token)?,
        })
    }
}

/// From dollars per million tokens to a token's price.
fn per_token(Amount(text): &Amount) -> Result<Cost, Error> {
    let million: Cost = text.parse()?;
    Ok(Cost::from_pico(million.pico().div_ceil(1_000_000)))
}

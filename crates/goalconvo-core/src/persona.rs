//! Who speaks. Traits change what a speaker does, not only how it words it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A speaker's character.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// What the speaker is called; empty when it never says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who that is, in a sentence; for model speakers and readers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How it behaves.
    pub traits: Traits,
}

/// Behaviour on scales from 0 to 100; 50 is the calibrated middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traits {
    /// How many setbacks it takes before it gives up.
    pub patience: u8,
    /// How much it says in a turn, and how wordily.
    pub verbosity: u8,
    /// How much it volunteers before being asked.
    pub initiative: u8,
    /// How exactly it answers what was asked; low: over- and under-answers, corrects itself.
    pub precision: u8,
    /// How often it greets, thanks and says please.
    pub politeness: u8,
    /// How readily it takes the first offer and skips checking back.
    pub trust: u8,
    /// How at home it is with the subject's words.
    pub literacy: u8,
    /// How carefully it types; low: typos, no capitals.
    pub typing: u8,
}

impl Default for Traits {
    fn default() -> Self {
        Traits {
            patience: 50,
            verbosity: 50,
            initiative: 50,
            precision: 50,
            politeness: 50,
            trust: 50,
            literacy: 50,
            typing: 100,
        }
    }
}

//! A domain: tables, slots, tools, policy, intents and wording, as read from its folder.
//!
//! Nothing here knows any particular domain. A slot says what kind of value it holds and how people speak of it; an
//! intent says which tool does it, what the tool needs and where that comes from. Speakers, goal compiler, grammar
//! and judges work from these alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Change, ContentHash, GoalClass, Table, Tool, Value};

/// All that a domain is.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name: that of its folder.
    pub name: SmolStr,
    /// What it is about, in a sentence.
    pub description: String,
    /// Slots by name.
    pub slots: BTreeMap<SmolStr, Slot>,
    /// Tables as they are before any dialogue.
    pub tables: Vec<Arc<Table>>,
    /// Tools.
    pub tools: Vec<Arc<Tool>>,
    /// What a user can want, in the order in which it usually comes up.
    pub intents: Vec<Intent>,
    /// What the assistant must obey.
    pub policy: Policy,
    /// How often each goal class is drawn; a class that is not here is never drawn.
    pub classes: Vec<(GoalClass, u32)>,
    /// How users of this domain behave, in percent unless said otherwise.
    pub behaviour: Behaviour,
    /// Hash of the folder's content.
    pub hash: ContentHash,
}

/// What kind of value a slot holds: decides value forms, schemas and what the reader looks for in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// A proper name of an entity, a place, a person.
    Name,
    /// One of a list of words.
    Category,
    /// True or false.
    Flag,
    /// A whole number of something (people, nights).
    Count,
    /// Any other number.
    Number,
    /// An amount of the domain's currency.
    Money,
    /// A time of day, `HH:MM`.
    Time,
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// A day of the week, `monday`.
    Day,
    /// A length of time, in minutes.
    Duration,
    /// A phone number.
    Phone,
    /// A postcode.
    Postcode,
    /// A street address.
    Address,
    /// A code that a person reads out: booking reference, account or order number.
    Reference,
    /// A key of the tables that no user knows.
    Id,
    /// A key of the tables that no user knows and that is a whole number.
    IdNumber,
    /// Free words.
    Text,
}

impl SlotKind {
    /// Whether its values are keys of the tables, which nobody says.
    pub fn is_hidden(self) -> bool {
        matches!(self, SlotKind::Id | SlotKind::IdNumber)
    }

    /// The name in domain folders.
    pub fn name(self) -> &'static str {
        match self {
            SlotKind::Name => "name",
            SlotKind::Category => "category",
            SlotKind::Flag => "flag",
            SlotKind::Count => "count",
            SlotKind::Number => "number",
            SlotKind::Money => "money",
            SlotKind::Time => "time",
            SlotKind::Date => "date",
            SlotKind::Day => "day",
            SlotKind::Duration => "duration",
            SlotKind::Phone => "phone",
            SlotKind::Postcode => "postcode",
            SlotKind::Address => "address",
            SlotKind::Reference => "reference",
            SlotKind::Id => "id",
            SlotKind::IdNumber => "id_number",
            SlotKind::Text => "text",
        }
    }
}

/// A slot.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name.
    pub name: SmolStr,
    /// What kind of value it holds.
    pub kind: SlotKind,
    /// What it is, for schemas and readers.
    pub description: String,
    /// The values that a user may want, where the slot has a list of its own; empty when they come from a table.
    pub values: Vec<Value>,
    /// Other ways to say a value.
    pub spoken: BTreeMap<Value, Vec<String>>,
    /// Slots of other domains whose value may be carried here, as `domain.slot`.
    pub carry: Vec<(SmolStr, SmolStr)>,
    /// How people speak of it.
    pub wording: SlotWording,
}

/// How people speak of a slot. `{value}` stands for the value.
#[derive(Clone, Debug, Default)]
pub struct SlotWording {
    /// What it is called: "area", "part of town".
    pub noun: Vec<String>,
    /// Before the entity's noun: "{value}" in "a cheap restaurant".
    pub before: Vec<String>,
    /// After the entity's noun: "in the {value}".
    pub after: Vec<String>,
    /// Said of the entity, third person: "is in the {value}", "serves {value} food".
    pub says: Vec<String>,
    /// What the user does with it, after "I want to": "leave after {value}".
    pub wish: Vec<String>,
    /// The assistant's whole question: "What part of town would you like?".
    pub question: Vec<String>,
    /// The user's whole question: "What's the phone number?".
    pub ask: Vec<String>,
    /// The unit of a count: singular and plural.
    pub unit: Vec<(String, String)>,
    /// For flags, what stands in place of the three above when the value is false.
    pub negative: Option<Box<SlotWording>>,
}

/// What a user can want done.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Its name, unique in the domain.
    pub name: SmolStr,
    /// What sort of thing it is.
    pub kind: IntentKind,
    /// The tool that does it.
    pub tool: SmolStr,
    /// The intent that must be settled before, and gives the entity that this one is about.
    pub entity: Option<SmolStr>,
    /// Slots that must be known before the tool is called, in the order in which an assistant asks for them.
    pub required: Vec<SmolStr>,
    /// Slots that may be given.
    pub optional: Vec<SmolStr>,
    /// Slots of the result that users ask about.
    pub requests: Vec<SmolStr>,
    /// Slots of the result that an assistant tells of itself, best first; without any, it tells what was asked for.
    pub tells: Vec<SmolStr>,
    /// Arguments that come from the settled entity: the argument and the entity's column.
    pub from_entity: Vec<(SmolStr, SmolStr)>,
    /// Slots that a user changes when it fails, best first.
    pub alternatives: Vec<SmolStr>,
    /// Whether the assistant asks for a yes before it acts.
    pub confirm: bool,
    /// How people speak of it.
    pub wording: IntentWording,
}

/// Sorts of intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    /// Finds entities by preferences, and one is chosen.
    Search,
    /// Gets the user's own record by what identifies it.
    Lookup,
    /// Changes the world.
    Transact,
}

/// How people speak of an intent.
#[derive(Clone, Debug, Default)]
pub struct IntentWording {
    /// The entity's noun, singular: "restaurant", "place to eat".
    pub noun: Vec<String>,
    /// The entity's noun, plural, in the same order.
    pub plural: Vec<String>,
    /// What stands for an entity that was named: "it" where nothing is said, "the doctor" of people.
    pub pronoun: Vec<String>,
    /// What users add about why or for whom, behind the noun: "for my parents", "before I fly home".
    pub tail: Vec<String>,
    /// What the user wants to do, infinitive without "to": "find a place to eat", "book a table".
    pub verb: Vec<String>,
    /// What has been done, as a clause of the assistant's: "I've booked your table", "your table is booked".
    pub done: Vec<String>,
    /// The thing done, as a noun with its article: "the booking", "your reservation".
    pub deed: Vec<String>,
    /// Reasons that a user gives, as whole sentences: "It's for my parents' anniversary."
    pub reason: Vec<String>,
    /// What the assistant wishes the user when it is done, as whole sentences: "Enjoy your meal!"
    pub hope: Vec<String>,
}

/// What the assistant must obey.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The whole policy, for model assistants and readers.
    pub text: String,
    /// Rules by name: a sentence that the assistant can say.
    pub rules: BTreeMap<SmolStr, String>,
}

/// How users behave: numbers that are calibrated on real dialogues, kept in the domain's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// How many constraints the first turn carries: weights for 0, 1, 2, 3, …
    pub opening_values: Vec<u32>,
    /// How many constraints a later turn carries: weights for 1, 2, 3, …
    pub values: Vec<u32>,
    /// Chance to answer more than was asked.
    pub over_answer: u32,
    /// Chance to answer less than was asked.
    pub under_answer: u32,
    /// Chance to correct oneself.
    pub correct: u32,
    /// Chance to leave the choice to the assistant when offered one of several.
    pub trust_offer: u32,
    /// Chance to ask for another one although the offer fits.
    pub alternatives: u32,
    /// Chance to greet in the first turn.
    pub greet: u32,
    /// Chance to thank when something is done.
    pub thank: u32,
    /// Chance to end with a goodbye and not with thanks alone.
    pub bye: u32,
    /// Chance to ask two requests in one turn.
    pub multi_request: u32,
    /// Whether users are on a journey: elsewhere nobody speaks of one.
    pub travel: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            opening_values: vec![10, 32, 36, 22],
            values: vec![42, 38, 20],
            over_answer: 25,
            under_answer: 8,
            correct: 3,
            trust_offer: 45,
            alternatives: 10,
            greet: 20,
            thank: 55,
            bye: 45,
            multi_request: 60,
            travel: false,
        }
    }
}

impl Domain {
    /// The intent of this name.
    pub fn intent(&self, name: &str) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.name == name)
    }

    /// The tool of this name.
    pub fn tool(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// A goal that a corpus brings with it: the tasks, and rows that make its first wish fail where the corpus says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusGoal {
    /// The dialogue in the corpus.
    pub id: String,
    /// Domains that it needs.
    pub domains: Vec<SmolStr>,
    /// The goal.
    pub goal: crate::Goal,
    /// Rows that differ before the first turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<Change>,
    /// Tool errors that belong to the goal, by the number of the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<crate::Fault>,
}

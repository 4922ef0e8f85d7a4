//! Dialogue acts: what an utterance does, apart from how it is worded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Cue, Reading, Role, Value};

/// What one act does. The inventory is that of CUED and Schema-Guided Dialogue, and of MultiWOZ where they agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Either: hello.
    Greet,
    /// User: names the task (`intent`) that it wants done.
    Intend,
    /// Either: gives the value of a slot; for the assistant, of the entity `of`.
    Inform,
    /// User: any value of the slot will do.
    DontCare,
    /// User: takes back a value given before and gives another one.
    Correct,
    /// Either: asks for the value of a slot.
    Request,
    /// User: yes.
    Affirm,
    /// User: no.
    Deny,
    /// User: takes the entity `of` (the value is its label, absent when clear without).
    Select,
    /// User: wants another entity than the one offered.
    Alternatives,
    /// User: says that it has understood, and nothing else.
    Acknowledge,
    /// User: stops wanting the task.
    GiveUp,
    /// User: thank you.
    Thank,
    /// Either: goodbye.
    Bye,
    /// Assistant: so many entities match (the value is their number).
    Count,
    /// Assistant: proposes the entity `of` (the value is its label).
    Offer,
    /// Assistant: proposes to do the task `intent` next.
    OfferIntent,
    /// Assistant: asks whether the value that it is about to use is right.
    Confirm,
    /// Assistant: no entity matches; acts beside it say under which values.
    NoMatch,
    /// Assistant: the task `intent` is done.
    Done,
    /// Assistant: the task `intent` could not be done; the value is the reason as the tool gave it.
    NotDone,
    /// Assistant: the task `intent` is not allowed; the value is the rule.
    Refuse,
    /// Assistant: a tool failed; says so instead of guessing.
    Trouble,
    /// Assistant: has no tool for the task `intent`.
    Unable,
    /// Assistant: anything else?
    RequestMore,
    /// Assistant: you are welcome.
    Welcome,
}

/// One dialogue act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// What it does.
    pub act: ActKind,
    /// The domain that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<SmolStr>,
    /// The task that it is about, if any: an intent's name within the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<SmolStr>,
    /// The slot that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SmolStr>,
    /// The value that it carries, canonical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Key of the entity that it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<SmolStr>,
}

impl Act {
    /// An act of this kind about nothing in particular.
    pub fn new(act: ActKind) -> Self {
        Act { act, domain: None, intent: None, slot: None, value: None, of: None }
    }

    /// The same, about a task.
    #[must_use]
    pub fn about(mut self, domain: &SmolStr, intent: &SmolStr) -> Self {
        self.domain = Some(domain.clone());
        self.intent = Some(intent.clone());
        self
    }

    /// The same, about a slot.
    #[must_use]
    pub fn slot(mut self, slot: &SmolStr) -> Self {
        self.slot = Some(slot.clone());
        self
    }

    /// The same, with a value.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.value = Some(value);
        self
    }

    /// The same, about an entity.
    #[must_use]
    pub fn of(mut self, entity: &SmolStr) -> Self {
        self.of = Some(entity.clone());
        self
    }
}

/// What an assistant tells that has not come about.
const BAD_NEWS: [ActKind; 5] =
    [ActKind::NoMatch, ActKind::NotDone, ActKind::Trouble, ActKind::Refuse, ActKind::Unable];

/// What a user does that takes something back or leaves it open.
const TAKING_BACK: [ActKind; 6] = [
    ActKind::Deny,
    ActKind::Correct,
    ActKind::Alternatives,
    ActKind::DontCare,
    ActKind::GiveUp,
    ActKind::Bye,
];

/// Whether the words agree where an act does.
pub fn agrees(acts: &[Act], reading: &Reading) -> bool {
    let consent = |cue: &Cue| matches!(cue, Cue::Yes | Cue::Agreeable);
    acts.iter().all(|act| act.act != ActKind::Affirm) || reading.cues.iter().any(|(_, cue)| consent(cue))
}

/// Whether acts do what a cue in their words gives away.
pub fn licenses(role: Role, acts: &[Act], cue: &Cue) -> bool {
    let any = |kinds: &[ActKind]| acts.iter().any(|act| kinds.contains(&act.act));
    match cue {
        Cue::OtherRole | Cue::Leak | Cue::Unbacked => false,
        Cue::Claim { domain, intent } => acts.iter().any(|act| {
            act.act == ActKind::Done
                && act.domain.as_ref() == Some(domain)
                && act.intent.as_ref() == Some(intent)
        }),
        Cue::VagueClaim => any(&[ActKind::Done]),
        Cue::NothingFound | Cue::Failure => role == Role::User || any(&BAD_NEWS),
        // Who says yes does not go on with a no.
        Cue::Assent => {
            let lacks = |act: &Act| act.act == ActKind::Inform && act.value == Some(Value::Bool(false));
            !any(&BAD_NEWS) && !acts.iter().any(lacks)
        }
        // Two acts may share an utterance: "no, and make it four".
        Cue::Yes => role == Role::Assistant || !any(&[ActKind::Deny]) || any(&[ActKind::Affirm]),
        Cue::No => {
            role == Role::Assistant
                || any(&[
                    ActKind::Deny,
                    ActKind::Correct,
                    ActKind::GiveUp,
                    ActKind::Alternatives,
                    ActKind::DontCare,
                    ActKind::Thank,
                    ActKind::Bye,
                ])
        }
        // A "no" to "anything else?" takes nothing back.
        Cue::Withdrawal => {
            role == Role::Assistant
                || any(&[ActKind::GiveUp, ActKind::Intend])
                || (!any(&[ActKind::Bye]) && any(&[ActKind::Deny, ActKind::Correct, ActKind::Alternatives]))
        }
        Cue::Denial => {
            let denies = match role {
                Role::Assistant => any(&BAD_NEWS),
                Role::User => any(&TAKING_BACK),
            };
            denies || acts.iter().any(|act| act.value == Some(Value::Bool(false)))
        }
        Cue::Topic(slots) => {
            acts.iter().any(|act| act.slot.as_ref().is_some_and(|slot| slots.contains(slot)))
        }
        Cue::Agreeable
        | Cue::Greeting
        | Cue::Farewell
        | Cue::Thanks
        | Cue::Question
        | Cue::Scarce
        | Cue::Declined
        | Cue::More => true,
    }
}

//! The prompts of model speakers and what fills them.

use goalconvo_core::Traits;
use serde::Serialize;

use crate::prompt::{Listed, Prompt};

/// Every prompt of the speakers.
pub(crate) const PROMPTS: &[Listed] = &[
    ASSISTANT_RULES.listed(),
    ASSISTANT_AGAIN.listed(),
    USER_GUIDED.listed(),
    USER_TURN.listed(),
    USER_REWRITE.listed(),
    USER_DRAFT.listed(),
    USER_FREE.listed(),
    USER_BEGIN.listed(),
    USER_AGAIN.listed(),
];

/// What a model assistant is told before the first turn.
pub const ASSISTANT_RULES: Prompt<AssistantRules> =
    Prompt::new("assistant/rules", include_str!("../../prompts/assistant/rules.jinja"));

/// What a model assistant is told when its answer can't be used.
pub const ASSISTANT_AGAIN: Prompt<Again> =
    Prompt::new("assistant/again", include_str!("../../prompts/assistant/again.jinja"));

/// What a guided user is told before the first turn.
pub const USER_GUIDED: Prompt<UserRules> =
    Prompt::new("user/guided", include_str!("../../prompts/user/guided.jinja"));

/// What a guided user is told at every turn: the acts to word.
pub const USER_TURN: Prompt<UserTurn> =
    Prompt::new("user/turn", include_str!("../../prompts/user/turn.jinja"));

/// What a rewriting user is told before the first turn.
pub const USER_REWRITE: Prompt<UserRules> =
    Prompt::new("user/rewrite", include_str!("../../prompts/user/rewrite.jinja"));

/// What a rewriting user is given at every turn.
pub const USER_DRAFT: Prompt<UserDraft> =
    Prompt::new("user/draft", include_str!("../../prompts/user/draft.jinja"));

/// What a free user is told before the first turn: its whole goal.
pub const USER_FREE: Prompt<FreeRules> =
    Prompt::new("user/free", include_str!("../../prompts/user/free.jinja"));

/// What a free user is told when nothing has been said yet.
pub const USER_BEGIN: Prompt<Begin> =
    Prompt::new("user/begin", include_str!("../../prompts/user/begin.jinja"));

/// What a model user is told when its answer can't be used.
pub const USER_AGAIN: Prompt<Again> =
    Prompt::new("user/again", include_str!("../../prompts/user/again.jinja"));

/// Fills `assistant/rules`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AssistantRules {
    /// What the assistant is called; may be empty.
    pub name: String,
    /// Who that is, in a sentence; may be empty.
    pub description: String,
    /// The domains in play.
    pub domains: Vec<DomainRules>,
    /// Good dialogues about such things, line by line.
    pub examples: Vec<Vec<String>>,
}

/// One domain as a model assistant is told of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DomainRules {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The whole policy.
    pub policy: String,
    /// Its rules as sentences that can be said.
    pub rules: Vec<String>,
}

/// Fills `user/guided` and `user/rewrite`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserRules {
    /// What the service is about, a sentence a domain.
    pub subjects: Vec<String>,
    /// What the user is called; may be empty.
    pub name: String,
    /// Who that is, in a sentence; may be empty.
    pub description: String,
    /// How it behaves.
    pub traits: Traits,
    /// Good dialogues about such things, line by line; for `user/guided`.
    pub examples: Vec<Vec<String>>,
    /// Why it writes; may be empty.
    pub context: String,
    /// How it writes; may be empty.
    pub style: String,
}

/// Fills `user/turn`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserTurn {
    /// What is to be said, in order.
    pub acts: Vec<SaidAct>,
}

/// One dialogue act as a model user is told of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SaidAct {
    /// What it does: an act's name in records.
    pub kind: String,
    /// What the user wants done, infinitive without "to"; may be empty.
    pub task: String,
    /// What the slot is called; may be empty.
    pub slot: String,
    /// The value in words that can be read back; may be empty.
    pub value: String,
}

/// Fills `user/draft`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserDraft {
    /// What the assistant said last; empty at the beginning.
    pub heard: String,
    /// The words to rewrite, facts as marks.
    pub draft: String,
}

/// Fills `user/free`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FreeRules {
    /// What the service is about, a sentence a domain.
    pub subjects: Vec<String>,
    /// What the user is called; may be empty.
    pub name: String,
    /// Who that is, in a sentence; may be empty.
    pub description: String,
    /// How it behaves.
    pub traits: Traits,
    /// What it wants.
    pub tasks: Vec<FreeTask>,
    /// The tool that ends the chat.
    pub tool: String,
    /// Good dialogues about such things, line by line.
    pub examples: Vec<Vec<String>>,
    /// Why it writes; may be empty.
    pub context: String,
    /// How it writes; may be empty.
    pub style: String,
}

/// One task as a free user is told of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FreeTask {
    /// What is to be done, infinitive without "to".
    pub verb: String,
    /// What is wanted at first.
    pub wishes: Vec<Wish>,
    /// What replaces it by a change of mind.
    pub changes: Vec<Wish>,
    /// What is taken instead when it can't be had, in order.
    pub fallbacks: Vec<Vec<Wish>>,
    /// What is to be asked.
    pub questions: Vec<String>,
}

/// A value that is wanted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Wish {
    /// What the slot is called.
    pub slot: String,
    /// The value in words.
    pub value: String,
}

/// Fills `user/begin`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Begin {
    /// How it may begin; may be empty.
    pub opening: String,
}

/// Fills `user/again` and `assistant/again`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Again {
    /// Why the answer can't be used, as a clause.
    pub reason: String,
}

/// Traits that are out of the ordinary, in words.
pub(crate) fn name_of_traits(traits: Traits) -> Vec<String> {
    let all = [
        (traits.patience, "loses patience soon", "is patient"),
        (traits.verbosity, "says little", "likes to explain"),
        (traits.initiative, "waits to be asked", "tells all at once"),
        (traits.precision, "is vague, and gets things wrong at times", "is exact"),
        (traits.politeness, "skips pleasantries", "is very polite"),
        (traits.trust, "checks everything twice", "takes the first offer"),
        (traits.literacy, "knows little of the subject", "knows the subject well"),
        (traits.typing, "types in a hurry", ""),
    ];
    let phrase = |(level, low, high): (u8, &str, &str)| match level {
        0..35 => Some(low.to_owned()),
        66.. => Some(high.to_owned()),
        _ => None,
    };
    all.into_iter().filter_map(phrase).filter(|phrase| !phrase.is_empty()).collect()
}

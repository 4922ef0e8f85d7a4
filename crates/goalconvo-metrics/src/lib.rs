//! Dialogues are measured here: from dialogues to a report of numbers, each with its sample size, its interval
//! and its definition, and with a reason where nothing could be computed.
//!
//! The crate reads no file, opens no socket and knows no async runtime. Weights live elsewhere: whoever has an
//! encoder hands it in through [`Encoder`].

pub mod agreement;
mod bootstrap;
mod compare;
mod count;
pub mod distribution;
pub mod diversity;
pub mod duplicates;
pub mod embedding;
pub mod encoder;
mod evaluate;
pub mod failures;
pub mod human;
mod jackknife;
mod measure;
pub mod multiwoz;
pub mod overlap;
mod random;
pub mod safety;
pub mod states;
pub mod tells;
pub mod text;
pub mod utility;
mod view;

pub use bootstrap::{Bootstrap, BootstrappedMean};
pub use compare::{Baseline, CompareSettings, Comparison, Pair, compare, pair_by_goal, worst_pair};
pub use encoder::{Encoder, EncoderCard, EncoderError, TokenVectors};
pub use evaluate::{
    Conversation, ConversationFeatures, DialogueLine, Evaluation, KeywordRelevance, Lexical, Metric,
    Opinions, Readability, Seen, Settings, Shape, Spoken, TaskSuccess, ToolChains, conversation_features,
    evaluate, keyword_goal_satisfied, length_in_words_and_minutes, readability,
};
pub use measure::{Measure, Report};
pub use view::{Said, Side};

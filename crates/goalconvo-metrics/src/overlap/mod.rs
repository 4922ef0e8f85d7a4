//! How much a text shares with references: BLEU, chrF, translation edit rate, ROUGE, Jaccard.

mod bleu;
mod chrf;
mod edits;
mod jaccard;
mod nltk;
mod rouge;
mod ter;

pub use bleu::{Bleu, BleuScore, BleuStats, Smoothing};
pub use chrf::{Chrf, ChrfStats};
pub use jaccard::{char_shingles, jaccard_sorted, jaccard_tokens};
pub use nltk::{NltkSmoothing, NltkStats, nltk_sentence_bleu};
pub use rouge::{Rouge, RougeScore};
pub use ter::{Ter, TerStats};

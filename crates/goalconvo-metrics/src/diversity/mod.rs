//! How varied the words are: of one text, of a set of texts, at a fixed budget.

mod budget;
mod compression;
mod distinct;
mod lexical;
mod ngrams;
mod phrases;
mod self_bleu;

pub use budget::{BudgetSample, SampleOrder};
pub use compression::{CompressedSizes, compressed_sizes, zlib_ratio};
pub use distinct::{distinct, distinct_at, distinct_of_units, distinct_up_to};
pub use lexical::{
    LexicalDiversity, hdd, lexical_diversity, mattr, msttr, mtld, mtld_bidirectional, mtld_wrapped,
};
pub use ngrams::{
    NgramCounts, conditional_entropy_bits, distinct_of_unit, expectation_adjusted, mean_jaccard_dissimilarity,
};
pub use phrases::{Openers, UtteranceUniqueness, self_repetition};
pub use self_bleu::self_bleu;

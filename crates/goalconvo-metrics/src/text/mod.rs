//! Text becomes tokens, tokens become hashes: the ground that every lexical figure stands on.

mod hash;
pub(crate) mod pattern;
mod python;
mod sacre;
mod stem;
mod tercom;
mod tokens;

pub(crate) use hash::{hash_pair, hash_sequence};
pub use hash::{hash_text, ngram_hashes, token_hashes};
pub use python::{is_python_space, is_python_word, lowercase, split_whitespace};
pub use sacre::SacreTokens;
pub use stem::porter_stem;
pub use tercom::TercomTokens;
pub use tokens::{Tokens, lexdiv_tokens};

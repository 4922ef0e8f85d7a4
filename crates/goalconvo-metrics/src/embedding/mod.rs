//! Figures over vectors: token vectors (BERTScore) and one vector a text (Vendi, Fréchet, precision and recall,
//! MAUVE).

mod bertscore;
mod clusters;
mod frechet;
mod mauve;
mod neighbours;
mod vendi;

pub use bertscore::{BertScore, Idf, MatchSide, TokenWeights, bert_score, bert_score_best};
pub use clusters::{Clusters, cluster_histograms, cluster_shares, clusters};
pub use frechet::{Frechet, frechet};
pub use mauve::{MauveSettings, mauve, mauve_curve};
pub use neighbours::{Prdc, Vectors, nearest, prdc};
pub use vendi::{Vendi, vendi};

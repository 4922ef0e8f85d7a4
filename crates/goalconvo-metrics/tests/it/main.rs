//! Everything measured, checked against the reference implementations and against itself.

mod corpus;
mod diversity;
mod duplicates;
mod embedding;
mod failures;
mod features;
mod multiwoz;
mod overlap;
mod safety;
mod shared;
mod table;
mod tells;
mod utility;

//! MultiWOZ: the real corpus where it lies beside the project, and a small one written by hand everywhere.

mod corpus;
mod small;

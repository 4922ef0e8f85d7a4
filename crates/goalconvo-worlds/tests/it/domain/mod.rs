//! Domains: loading, checking, scaffolding.

mod checking;
mod loading;
mod scaffolding;

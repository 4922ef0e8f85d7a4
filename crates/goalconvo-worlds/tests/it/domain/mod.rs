//! Domains: loading, checking, scaffolding.

mod loading;

//! Encoders against what their reference implementations gave, and on small weights made by the tests.

mod golden;
mod support;
mod tiny;

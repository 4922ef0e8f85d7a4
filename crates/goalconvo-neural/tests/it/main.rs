//! Encoders against what their reference implementations gave, and on small weights made by the tests.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tiny;

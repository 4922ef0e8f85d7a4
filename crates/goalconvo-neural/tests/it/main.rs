//! Encoders against what their reference implementations gave, and on small weights made by the tests; models by name.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod hub_server;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tiny;

//! Everything measured, checked against the reference implementations and against itself.

//! The words and the rules of goal-oriented dialogue.
//!
//! A **user** with a private goal talks to an **assistant** with tools over a [`World`]. This crate holds what both
//! may know and do, what a record of it looks like, and the facts that a record is checked against. It knows nothing
//! of files, clocks, threads, models or languages, and draws no random number that is not keyed by a [`Key`].

mod act;
mod dialogue;
mod goal;
mod hash;
mod key;
mod persona;
mod scenario;
mod value;
mod world;

pub use act::{Act, ActKind};
pub use dialogue::{
    Arguments, AssistantTurn, CallKind, Dialogue, Ending, ErrorKind, Evidence, FORMAT, Finding, Format,
    FunctionCall, Origin, Outcome, Provenance, Reason, Role, ToolCall, ToolError, ToolTurn, Turn, Usage,
    Utterance, Verdict, WorldHashes,
};
pub use goal::{Carry, Expect, Goal, GoalClass, Slots, Task};
pub use hash::{ContentHash, SetHash};
pub use key::{Key, Purpose, Rng};
pub use persona::{Persona, Traits};
pub use scenario::{Fault, FaultKind, Limits, Scenario};
pub use value::Value;
pub use world::{Change, Row, Table, Tables, World};

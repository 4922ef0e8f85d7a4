//! The words and the rules of goal-oriented dialogue.
//!
//! A **user** with a private goal talks to an **assistant** with tools over a [`World`]. This crate holds what both
//! may know and do, what a record of it looks like, and the facts that a record is checked against. It knows nothing
//! of files, clocks, threads, models or languages, and draws no random number that is not keyed by a [`Key`].

mod act;
mod argument;
mod calling;
mod dialogue;
mod domain;
mod episode;
mod expr;
pub mod facts;
mod goal;
mod hash;
mod key;
mod persona;
mod reading;
mod scenario;
mod stage;
mod tool;
mod value;
mod world;

pub use act::{Act, ActKind, agrees, licenses};
pub use argument::{Argument, ArgumentKind, Bounds, Compare};
pub use calling::{Fold, FoldKind, PageBy, Paging};
pub use dialogue::{
    Arguments, CallKind, Dialogue, Ending, ErrorKind, Evidence, FORMAT, Finding, Format, FunctionCall,
    Origin, Outcome, Provenance, Reason, Role, ToolCall, ToolError, ToolTurn, Turn, Usage, Utterance,
    Verdict, WorldHashes,
};
pub use domain::{
    Behaviour, CorpusGoal, Domain, Intent, IntentKind, IntentWording, Policy, Slot, SlotKind, SlotWording,
};
pub use episode::{AssistantView, Episode, Event, Move, Next, UserView};
pub use expr::{Expr, ExprError, Function, Operator};
pub use goal::{Carry, Expect, Goal, GoalClass, Slots, Task, When};
pub use hash::{ContentHash, SetHash};
pub use key::{Key, Purpose, Rng};
pub use persona::{Persona, Traits};
pub use reading::{Cue, Mention, Read, Reading};
pub use scenario::{Experience, Fault, FaultKind, Limits, Scenario};
pub use stage::Stage;
pub use tool::{Guard, Lookup, Test, Tool, Verb};
pub use value::Value;
pub use world::{Change, Row, Table, Tables, World};

//! A domain folder as it is written: every text with its place, names not yet looked up.

use goalconvo_core::{Behaviour, Bounds, Compare, IntentKind, SlotKind, Value, Verb};

use super::fields::Text;
use super::problem::Spot;

/// What the files hold.
#[derive(Debug, Default)]
pub(super) struct RawDomain {
    pub(super) description: Option<Text>,
    pub(super) currency: Option<Text>,
    pub(super) classes: Vec<(Text, u32)>,
    pub(super) behaviour: Behaviour,
    pub(super) rules: Vec<(Text, Text)>,
    pub(super) slots: Vec<RawSlot>,
    pub(super) intents: Vec<RawIntent>,
    pub(super) tables: Vec<RawTable>,
    pub(super) tools: Vec<RawTool>,
}

#[derive(Debug)]
pub(super) struct RawSlot {
    pub(super) name: Text,
    pub(super) kind: SlotKind,
    pub(super) description: Text,
    pub(super) values: RawValues,
    pub(super) spoken: Vec<(Text, Vec<Text>)>,
    pub(super) carry: Vec<Text>,
    pub(super) wording: RawWording,
}

#[derive(Debug)]
pub(super) enum RawValues {
    None,
    Listed(Vec<(Value, Spot)>),
    Pool(Text),
    Range { from: (Value, Spot), to: (Value, Spot), step: Option<(Value, Spot)> },
}

#[derive(Debug, Default)]
pub(super) struct RawWording {
    pub(super) noun: Vec<Text>,
    pub(super) before: Vec<Text>,
    pub(super) after: Vec<Text>,
    pub(super) says: Vec<Text>,
    pub(super) wish: Vec<Text>,
    pub(super) question: Vec<Text>,
    pub(super) ask: Vec<Text>,
    pub(super) unit: Vec<(Text, Text)>,
    pub(super) negative: Option<Box<RawWording>>,
}

#[derive(Debug)]
pub(super) struct RawIntent {
    pub(super) name: Text,
    pub(super) kind: IntentKind,
    pub(super) tool: Text,
    pub(super) entity: Option<Text>,
    pub(super) required: Vec<Text>,
    pub(super) optional: Vec<Text>,
    pub(super) requests: Vec<Text>,
    pub(super) tells: Vec<Text>,
    pub(super) from_entity: Vec<(Text, Text)>,
    pub(super) alternatives: Vec<Text>,
    pub(super) confirm: bool,
    pub(super) wording: RawIntentWording,
}

#[derive(Debug, Default)]
pub(super) struct RawIntentWording {
    pub(super) noun: Vec<Text>,
    pub(super) plural: Vec<Text>,
    pub(super) pronoun: Vec<Text>,
    pub(super) tail: Vec<Text>,
    pub(super) verb: Vec<Text>,
    pub(super) done: Vec<Text>,
    pub(super) deed: Vec<Text>,
    pub(super) reason: Vec<Text>,
    pub(super) hope: Vec<Text>,
}

#[derive(Debug)]
pub(super) struct RawTable {
    pub(super) name: Text,
    pub(super) columns: Vec<RawColumn>,
    pub(super) rows: RawRows,
}

#[derive(Debug)]
pub(super) enum RawRows {
    /// Made: so many.
    Made(usize),
    /// Written out: each row's columns with their values.
    Written(Vec<(Spot, Vec<(Text, Value)>)>),
    /// In a file beside.
    File(Text),
}

#[derive(Debug)]
pub(super) struct RawColumn {
    pub(super) name: Text,
    pub(super) make: Make,
    pub(super) unique: bool,
}

/// Weights by value, or by a given column's value and then by value.
#[derive(Debug, Default)]
pub(super) struct RawWeights {
    pub(super) plain: Vec<(Text, u32)>,
    pub(super) given: Vec<(Text, Vec<(Text, u32)>)>,
}

/// How the values of a column are made.
#[derive(Debug)]
pub(super) enum Make {
    /// Not made: the rows bring it.
    Given,
    Serial {
        prefix: String,
    },
    Template {
        templates: Vec<Text>,
    },
    Pick {
        slot: Option<Text>,
        given: Option<Text>,
        weights: RawWeights,
    },
    Pattern {
        pattern: Text,
    },
    Range {
        base: Option<RawRange>,
        given: Option<Text>,
        ranges: Vec<(Text, RawRange)>,
        step: Option<(Value, Spot)>,
    },
    Flag {
        percent: u32,
        given: Option<Text>,
        percents: Vec<(Text, u32)>,
    },
    Compute {
        value: Text,
    },
    Value {
        value: Value,
    },
    Row {
        of: Text,
    },
    Copy {
        from: Text,
        column: Text,
    },
}

#[derive(Clone, Debug)]
pub(super) struct RawRange {
    pub(super) from: (Value, Spot),
    pub(super) to: (Value, Spot),
}

#[derive(Debug)]
pub(super) struct RawTool {
    pub(super) name: Text,
    pub(super) description: Text,
    pub(super) verb: Verb,
    pub(super) table: Text,
    pub(super) limit: Option<usize>,
    pub(super) order_by: Option<Text>,
    pub(super) returns: Vec<Text>,
    pub(super) arguments: Vec<RawArgument>,
    pub(super) lookups: Vec<RawLookup>,
    pub(super) guards: Vec<RawGuard>,
    pub(super) computed: Vec<(Text, Text)>,
    pub(super) folds: Vec<RawFold>,
    pub(super) paging: Option<RawPaging>,
}

#[derive(Debug)]
pub(super) struct RawFold {
    pub(super) name: Text,
    pub(super) kind: Text,
    pub(super) parts: Vec<Text>,
}

#[derive(Debug)]
pub(super) struct RawPaging {
    pub(super) by: Text,
    pub(super) start: Text,
    pub(super) size: Option<Text>,
    pub(super) required: bool,
}

#[derive(Debug)]
pub(super) struct RawArgument {
    pub(super) name: Text,
    pub(super) slot: Option<Text>,
    pub(super) column: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) required: bool,
    pub(super) nearest: bool,
    pub(super) compare: Compare,
    /// Bounds of a number beside those of its slot's kind.
    pub(super) bounds: Bounds,
    /// Whether a number has to be whole.
    pub(super) whole: bool,
}

#[derive(Debug)]
pub(super) struct RawLookup {
    pub(super) name: Text,
    pub(super) table: Text,
    pub(super) key: Text,
}

#[derive(Debug)]
pub(super) struct RawGuard {
    pub(super) spot: Spot,
    pub(super) test: RawTest,
    pub(super) error: Text,
    pub(super) rule: Option<Text>,
    pub(super) message: Text,
}

#[derive(Debug)]
pub(super) enum RawTest {
    Holds(Text),
    Absent { table: Text, columns: Vec<(Text, Text)> },
}

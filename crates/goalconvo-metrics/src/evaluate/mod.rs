//! A dataset is measured by itself: every family of figures is a state that sees each dialogue once and adds up with
//! the state of another shard.

mod budgeted;
mod conversation;
mod keywords;
mod lexical;
mod opinions;
mod seen;
mod shape;
mod syllables;
mod task;
mod tools;

use goalconvo_core::Dialogue;

use crate::bootstrap::Bootstrap;
use crate::diversity::SampleOrder;
use crate::failures::Failures;
use crate::jackknife::Groups;
use crate::measure::{Measure, Report};
use crate::safety::Safety;
use crate::text::Tokens;

pub use conversation::{
    Conversation, ConversationFeatures, DialogueLine, Readability, conversation_features,
    length_in_words_and_minutes, readability,
};
pub use keywords::{KeywordRelevance, keyword_goal_satisfied};
pub use lexical::Lexical;
pub use opinions::Opinions;
pub(crate) use seen::notes_count;
pub use seen::{Seen, Spoken};
pub use shape::Shape;
pub use task::TaskSuccess;
pub use tools::ToolChains;

/// A family of figures that streams over dialogues.
pub trait Metric: Sized {
    /// Counts one dialogue.
    fn push(&mut self, seen: &Seen<'_>);

    /// Adds what another shard has counted.
    fn merge(&mut self, other: Self);

    /// The figures of everything counted.
    fn measures(&mut self) -> Vec<Measure>;
}

/// How a dataset is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The tokens of all lexical figures.
    pub tokens: Tokens,
    /// Intervals over dialogues.
    pub bootstrap: Bootstrap,
    /// Number of seeded orders over which figures at a budget are averaged.
    pub orders: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tokens: Tokens::default(), bootstrap: Bootstrap::default(), orders: 5 }
    }
}

/// All figures that need nothing but the dialogues themselves.
#[derive(Debug, Clone)]
pub struct Evaluation {
    settings: Settings,
    groups: Groups,
    dialogues: u64,
    shape: Shape,
    lexical: Lexical,
    task: TaskSuccess,
    opinions: Opinions,
    conversation: Conversation,
    tools: ToolChains,
    keywords: KeywordRelevance,
    safety: Safety,
    failures: Failures,
}

impl Evaluation {
    /// Nothing seen yet. With the number of `dialogues` to come, budgets are filled in the shuffled orders of the
    /// yardstick; without (a stream), in keyed orders.
    #[must_use]
    pub fn new(settings: Settings, dialogues: Option<usize>) -> Self {
        let orders = match dialogues {
            Some(dialogues) => SampleOrder::shuffled(dialogues, settings.orders),
            None => SampleOrder::keyed(settings.orders),
        };
        let groups = Groups::among(dialogues.unwrap_or(0));
        Self {
            settings,
            groups: groups.clone(),
            dialogues: 0,
            shape: Shape::default(),
            lexical: Lexical::new(settings.tokens, orders, groups),
            task: TaskSuccess::default(),
            opinions: Opinions::default(),
            conversation: Conversation::default(),
            tools: ToolChains::default(),
            keywords: KeywordRelevance::default(),
            safety: Safety::default(),
            failures: Failures::default(),
        }
    }

    /// Measures a dialogue; `index` is its place in the whole dataset, whatever shard it is in.
    pub fn push(&mut self, index: u64, dialogue: &Dialogue) {
        let seen = Seen::new(index, self.groups.of(index), dialogue, &self.settings);
        self.dialogues += 1;
        self.shape.push(&seen);
        self.lexical.push(&seen);
        self.task.push(&seen);
        self.opinions.push(&seen);
        self.conversation.push(&seen);
        self.tools.push(&seen);
        self.keywords.push(&seen);
        self.safety.push(&seen);
        self.failures.push(&seen);
    }

    /// Adds the state of another shard that was begun with the same settings and number of dialogues.
    pub fn merge(&mut self, other: Self) {
        self.dialogues += other.dialogues;
        self.shape.merge(other.shape);
        self.lexical.merge(other.lexical);
        self.task.merge(other.task);
        self.opinions.merge(other.opinions);
        self.conversation.merge(other.conversation);
        self.tools.merge(other.tools);
        self.keywords.merge(other.keywords);
        self.safety.merge(other.safety);
        self.failures.merge(other.failures);
    }

    /// The figures.
    pub fn report(&mut self) -> Report {
        let mut report = Report::default();
        let count = "number of dialogues";
        report.extend([Measure::new("dialogues", self.dialogues as f64, self.dialogues, count).counted()]);
        report.extend(self.shape.measures());
        report.extend(self.lexical.measures());
        report.extend(self.task.measures());
        report.extend(self.opinions.measures());
        report.extend(self.conversation.measures());
        report.extend(self.tools.measures());
        report.extend(self.keywords.measures());
        report.extend(self.safety.measures());
        report.extend(self.failures.measures());
        report
    }
}

/// Measures a dataset that is in memory.
#[must_use]
pub fn evaluate(dialogues: &[Dialogue], settings: Settings) -> Report {
    let mut evaluation = Evaluation::new(settings, Some(dialogues.len()));
    for (index, dialogue) in dialogues.iter().enumerate() {
        evaluation.push(index as u64, dialogue);
    }
    evaluation.report()
}

//! A dialogue being played: a pure state machine.
//!
//! [`Episode::next`] says whose move it is, a view says all that this speaker may know, [`Episode::apply`] makes the
//! move. It is total: every move in every state leads to a state. A fork is a clone, the world included. The same
//! machine plays live, replays a record, and is walked by tree search; nothing else changes a world.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::{
    Act, ActKind, Ending, ErrorKind, Experience, FaultKind, Goal, Intent, Key, Persona, Policy, Purpose, Rng,
    Role, Scenario, Slot, Stage, Tool, ToolCall, ToolError, ToolTurn, Turn, Utterance, Value, World,
};

/// What a speaker may do.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Say something.
    Say(Utterance),
    /// Call the tools that the utterance names; its text may be empty. The assistant alone may.
    Call(Utterance),
    /// End the dialogue.
    End(Ending),
    /// Something that is no move: a model's mistake is data, not an error.
    Garbled(String),
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This speaker's.
    Move(Role),
    /// Nobody's: it has ended.
    Ended(Ending),
}

/// What a move did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These turns were added.
    Turns(Range<usize>),
    /// The dialogue ended.
    Ended(Ending),
}

/// So many garbled moves in a row end a dialogue.
const GARBLED_LIMIT: usize = 3;

/// A dialogue being played.
#[derive(Clone, Debug)]
pub struct Episode {
    stage: Arc<Stage>,
    scenario: Arc<Scenario>,
    world: World,
    turns: Vec<Turn>,
    next: Next,
    calls: usize,
    belief: Belief,
}

/// The belief state that the user's acts add up to, and what of it the assistant's turns have reported.
#[derive(Clone, Debug, Default)]
struct Belief {
    now: BTreeMap<SmolStr, Value>,
    /// What differs from the last report.
    news: BTreeMap<SmolStr, Value>,
}

impl Belief {
    fn hear(&mut self, act: &Act) {
        let (Some(domain), Some(slot)) = (&act.domain, &act.slot) else { return };
        let value = match (act.act, &act.value) {
            (ActKind::Inform | ActKind::Correct, Some(value)) => value.clone(),
            (ActKind::DontCare, None) => Value::text("dontcare"),
            _ => return,
        };
        let name: SmolStr = [domain.as_str(), "-", slot].concat().into();
        if self.now.get(&name) != Some(&value) {
            self.now.insert(name.clone(), value.clone());
            self.news.insert(name, value);
        }
    }
}

impl Episode {
    /// Before the first move, which is the user's; `None` when the scenario's setup does not fit the stage.
    pub fn start(stage: Arc<Stage>, scenario: Arc<Scenario>) -> Option<Self> {
        let world = stage.world(&scenario)?;
        Some(Episode {
            stage,
            scenario,
            world,
            turns: Vec::new(),
            next: Next::Move(Role::User),
            calls: 0,
            belief: Belief::default(),
        })
    }

    /// Whose move it is.
    pub fn next(&self) -> Next {
        self.next
    }

    /// The turns so far.
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The scenario that is played.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// The stage on which it is played.
    pub fn stage(&self) -> &Arc<Stage> {
        &self.stage
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The turns, taken out.
    pub fn into_turns(self) -> Vec<Turn> {
        self.turns
    }

    /// All that the user may know: its goal and what was said; no tool, no table.
    pub fn user_view(&self) -> UserView<'_> {
        UserView { episode: self }
    }

    /// All that the assistant may know: its tools, the policy and the turns; not the goal.
    pub fn assistant_view(&self) -> AssistantView<'_> {
        AssistantView { episode: self }
    }

    /// Makes a move: the only place where the world changes.
    pub fn apply(&mut self, role: Role, mv: Move) -> Event {
        let before = self.turns.len();
        if self.next != Next::Move(role) {
            return Event::Turns(before..before);
        }
        match (role, mv) {
            (_, Move::End(ending)) => return self.end(ending),
            (Role::User, Move::Say(said)) if !said.text.is_empty() => {
                said.acts.iter().for_each(|act| self.belief.hear(act));
                self.turns.push(Turn::User(said));
            }
            (Role::Assistant, Move::Say(said)) if !said.text.is_empty() => self.own(said),
            (Role::Assistant, Move::Call(said)) if !said.tool_calls.is_empty() => {
                return self.call(said, before);
            }
            (by, mv) => return self.garble(by, garbage(mv), before),
        }
        self.next = Next::Move(other(role));
        if self.utterances() >= self.scenario.limits.turns {
            return self.end(Ending::OutOfTurns);
        }
        Event::Turns(before..self.turns.len())
    }

    /// Adds a turn of the assistant's. The belief state on it is what the user's acts come to: no speaker writes it.
    fn own(&mut self, said: Utterance) {
        let state = std::mem::take(&mut self.belief.news);
        self.turns.push(Turn::Assistant(Utterance { state, ..said }));
    }

    fn end(&mut self, ending: Ending) -> Event {
        self.next = Next::Ended(ending);
        Event::Ended(ending)
    }

    fn garble(&mut self, by: Role, raw: String, before: usize) -> Event {
        self.turns.push(Turn::Garbled { by, raw });
        let run = self.turns.iter().rev().take_while(|turn| matches!(turn, Turn::Garbled { .. })).count();
        if run >= GARBLED_LIMIT { self.end(Ending::Failed) } else { Event::Turns(before..self.turns.len()) }
    }

    fn call(&mut self, said: Utterance, before: usize) -> Event {
        let calls = said.tool_calls.clone();
        self.own(said);
        for call in &calls {
            let answer = self.answer(call);
            self.turns.push(Turn::Tool(answer));
            self.calls += 1;
        }
        let steps = self
            .turns
            .iter()
            .rev()
            .take_while(|turn| is_step(turn))
            .filter(|turn| !matches!(turn, Turn::Tool(_)));
        if steps.count() > self.scenario.limits.steps {
            return self.end(Ending::Failed);
        }
        Event::Turns(before..self.turns.len())
    }

    fn answer(&mut self, call: &ToolCall) -> ToolTurn {
        // What no server would have read fails for that, however it is planned to fail.
        let answered = match self.fault(call).filter(|_| self.is_readable(call)) {
            Some(FaultKind::Partial) => self.run(call).map(|result| half_of(&result)),
            Some(kind) => failed(kind),
            None => self.run(call),
        };
        let (result, error) = match answered {
            Ok(result) => (result, None),
            Err(error) => (Value::Null, Some(error)),
        };
        ToolTurn { tool_call_id: call.id.clone(), name: call.function.name.clone(), result, error }
    }

    /// Whether there is such a tool, and the arguments fit it.
    fn is_readable(&self, call: &ToolCall) -> bool {
        let tried = self
            .offered(&call.function.name)
            .map(|tool| tool.call(&mut self.world.clone(), &call.function.arguments));
        tried.is_some_and(|tried| !tried.is_err_and(|error| error.kind == ErrorKind::InvalidArguments))
    }

    /// The tool of this name, unless the scenario takes it away.
    fn offered(&self, name: &str) -> Option<&Arc<Tool>> {
        self.stage.tool(name).filter(|_| !self.scenario.missing_tools.iter().any(|missing| missing == name))
    }

    fn run(&mut self, call: &ToolCall) -> Result<Value, ToolError> {
        match self.offered(&call.function.name).cloned() {
            Some(tool) => tool.call(&mut self.world, &call.function.arguments),
            None => Err(error(ErrorKind::UnknownTool, "there is no such tool")),
        }
    }

    /// How this call is planned to fail, if it is. What changes the world answers in full or fails in full.
    fn fault(&self, call: &ToolCall) -> Option<FaultKind> {
        let fault = self.scenario.faults.iter().find(|fault| fault.call == self.calls)?;
        let searches =
            || self.stage.tool(&call.function.name).is_some_and(|tool| tool.verb == crate::Verb::Find);
        let of_searches = matches!(fault.kind, FaultKind::Empty | FaultKind::Partial);
        (!of_searches || searches()).then_some(fault.kind)
    }

    fn utterances(&self) -> usize {
        let said =
            |turn: &&Turn| matches!(turn, Turn::User(said) | Turn::Assistant(said) if !said.text.is_empty());
        self.turns.iter().filter(said).count()
    }
}

/// The answer of a call that fails without having run.
fn failed(kind: FaultKind) -> Result<Value, ToolError> {
    Err(match kind {
        FaultKind::Timeout => error(ErrorKind::Timeout, "no answer in time"),
        FaultKind::RateLimited => error(ErrorKind::RateLimited, "429 too many requests"),
        FaultKind::ServerError => error(ErrorKind::ServerError, "500 internal server error"),
        FaultKind::Unavailable => error(ErrorKind::ServerError, "503 service unavailable"),
        FaultKind::Empty | FaultKind::Partial => {
            return Ok(Value::record([("total", Value::Int(0)), ("results", Value::from_iter([]))]));
        }
    })
}

/// A search's answer with the first half of its results, and the mark that there is more.
fn half_of(result: &Value) -> Value {
    let results = result.field("results").map(Value::items).unwrap_or_default();
    let kept = results.iter().take(results.len().div_ceil(2)).cloned().collect();
    let fields = result.fields().iter().map(|(name, value)| {
        (name.clone(), if name == "results" { Value::clone(&kept) } else { value.clone() })
    });
    Value::record(fields.chain([("partial".into(), Value::Bool(results.len() > 1))]))
}

fn other(role: Role) -> Role {
    match role {
        Role::User => Role::Assistant,
        Role::Assistant => Role::User,
    }
}

fn is_step(turn: &Turn) -> bool {
    match turn {
        Turn::Tool(_) => true,
        Turn::Assistant(said) => !said.tool_calls.is_empty(),
        Turn::User(_) | Turn::Garbled { .. } => false,
    }
}

fn garbage(mv: Move) -> String {
    match mv {
        Move::Garbled(raw) => raw,
        Move::Say(said) | Move::Call(said) => said.text,
        Move::End(_) => String::new(),
    }
}

fn error(kind: ErrorKind, message: &'static str) -> ToolError {
    ToolError { kind, message: SmolStr::new_static(message), rule: None }
}

/// All that the user may know.
#[derive(Clone, Copy, Debug)]
pub struct UserView<'a> {
    episode: &'a Episode,
}

impl<'a> UserView<'a> {
    /// What it wants.
    pub fn goal(&self) -> &'a Goal {
        &self.episode.scenario.goal
    }

    /// Who it is.
    pub fn persona(&self) -> &'a Persona {
        &self.episode.scenario.user
    }

    /// In which situation it comes, where somebody made one up.
    pub fn experience(&self) -> Option<&'a Experience> {
        self.episode.scenario.experience.as_ref()
    }

    /// What was said so far, by whom.
    pub fn heard(&self) -> impl DoubleEndedIterator<Item = (Role, &'a Utterance)> + use<'a> {
        self.episode.turns.iter().filter_map(|turn| match turn {
            Turn::User(said) => Some((Role::User, said)),
            Turn::Assistant(said) if !said.text.is_empty() => Some((Role::Assistant, said)),
            _ => None,
        })
    }

    /// What the task is about, as everybody knows it.
    pub fn intent(&self, domain: &str, intent: &str) -> Option<&'a Intent> {
        self.episode.stage.intent(domain, intent)
    }

    /// What the slot is about, as everybody knows it.
    pub fn slot(&self, domain: &str, slot: &str) -> Option<&'a Slot> {
        self.episode.stage.slot(domain, slot)
    }

    /// How users of this domain behave.
    pub fn behaviour(&self, domain: &str) -> Option<&'a crate::Behaviour> {
        self.episode.stage.domain(domain).map(|domain| &domain.behaviour)
    }

    /// The stream of random numbers for this move.
    pub fn rng(&self, purpose: Purpose) -> Rng {
        self.episode.scenario.key.rng(self.episode.turns.len(), purpose)
    }

    /// Which dialogue this is, and how many turns it has: what names this move among all of a run.
    pub fn place(&self) -> (Key, usize) {
        (self.episode.scenario.key, self.episode.turns.len())
    }

    /// What the service is about, a sentence a domain, as everybody knows it.
    pub fn subjects(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.episode.stage.domains().iter().map(|domain| domain.description.as_str())
    }
}

/// All that the assistant may know.
#[derive(Clone, Copy, Debug)]
pub struct AssistantView<'a> {
    episode: &'a Episode,
}

impl<'a> AssistantView<'a> {
    /// Who it is.
    pub fn persona(&self) -> &'a Persona {
        &self.episode.scenario.assistant
    }

    /// All turns, with its own calls and their answers; what the user meant only as far as its words carry acts.
    pub fn turns(&self) -> &'a [Turn] {
        &self.episode.turns
    }

    /// The tools that it has.
    pub fn tools(&self) -> impl Iterator<Item = &'a Arc<Tool>> + use<'a> {
        let missing = &self.episode.scenario.missing_tools;
        self.episode.stage.tools().filter(|tool| !missing.contains(&tool.name))
    }

    /// The tool of this name, if it has it.
    pub fn tool(&self, name: &str) -> Option<&'a Arc<Tool>> {
        self.tools().find(|tool| tool.name == name)
    }

    /// The domains' names, in order.
    pub fn domains(&self) -> impl Iterator<Item = &'a SmolStr> + use<'a> {
        self.episode.stage.domains().iter().map(|domain| &domain.name)
    }

    /// The policy that it must obey in a domain.
    pub fn policy(&self, domain: &str) -> Option<&'a Policy> {
        self.episode.stage.domain(domain).map(|domain| &domain.policy)
    }

    /// The intents of a domain.
    pub fn intents(&self, domain: &str) -> &'a [Intent] {
        self.episode.stage.domain(domain).map_or(&[], |domain| &domain.intents)
    }

    /// The intent of this name.
    pub fn intent(&self, domain: &str, intent: &str) -> Option<&'a Intent> {
        self.episode.stage.intent(domain, intent)
    }

    /// The slot of this name.
    pub fn slot(&self, domain: &str, slot: &str) -> Option<&'a Slot> {
        self.episode.stage.slot(domain, slot)
    }

    /// The column by which an entity of this table is called.
    pub fn label(&self, table: &str) -> Option<SmolStr> {
        self.episode.stage.label(table)
    }

    /// The stream of random numbers for this move.
    pub fn rng(&self, purpose: Purpose) -> Rng {
        self.episode.scenario.key.rng(self.episode.turns.len(), purpose)
    }

    /// Which dialogue this is, and how many turns it has: what names this move among all of a run.
    pub fn place(&self) -> (Key, usize) {
        (self.episode.scenario.key, self.episode.turns.len())
    }

    /// What a domain is about, in a sentence.
    pub fn description(&self, domain: &str) -> Option<&'a str> {
        self.episode.stage.domain(domain).map(|domain| domain.description.as_str())
    }
}

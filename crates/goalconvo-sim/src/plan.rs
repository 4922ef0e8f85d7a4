//! The plan of a run: which scenario each index has, and the dialogue that it becomes.
//!
//! Index and run seed fix everything. A plan is read by any number of threads; nothing in it changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use goalconvo_core::{
    CorpusGoal, Domain, Expect, Fault, FaultKind, GoalClass, Key, Limits, Persona, Purpose, Rng, Scenario,
    Stage,
};
use goalconvo_nlg::Glossary;
use smol_str::SmolStr;

use crate::goals::{self, Compiled, Difficulty};
use crate::personas;
use crate::words::{Manner, Words};

/// Where goals come from.
#[derive(Clone, Debug)]
pub enum Goals {
    /// The goal compiler draws them.
    Sampled,
    /// A corpus brings them: index i plays goal i, and again from the first after the last.
    Corpus(Arc<[CorpusGoal]>),
    /// Somebody else draws them.
    Drawn(Arc<Drawn>),
}

/// Goals that are drawn outside: for tool chains, by who compiled the tools' worlds.
pub struct Drawn {
    /// The sets of domains that goals may be about.
    pub domains: Vec<Vec<SmolStr>>,
    /// How often each class is drawn.
    pub classes: Vec<(GoalClass, u32)>,
    /// The goal of a dialogue's index under a key; none when nothing could be drawn.
    pub draw: Box<Draw>,
}

/// Draws the goal of an index under a key, the same whenever it is asked.
pub type Draw = dyn Fn(u64, Key) -> Option<CorpusGoal> + Send + Sync;

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawn").field("classes", &self.classes).finish_non_exhaustive()
    }
}

/// Which tools the assistant gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolSet {
    /// All of them.
    #[default]
    All,
    /// None: it can only say so.
    None,
    /// All but one that the goal needs.
    Missing,
}

/// What a run asks for.
#[derive(Clone, Debug, Default)]
pub struct Dials {
    /// How often each goal class is wanted; empty: as the domains have it.
    pub classes: BTreeMap<GoalClass, u32>,
    /// How hard goals are.
    pub difficulty: Difficulty,
    /// Over how many domains a dialogue goes, where the class leaves a choice.
    pub domains: Option<usize>,
    /// In how many percent of calls the tool fails.
    pub tool_errors: Option<u32>,
    /// How tools fail, each as often as any other; empty: not at all in time, too many requests, a broken server, none
    /// there.
    pub error_kinds: Vec<FaultKind>,
    /// Which tools the assistant gets.
    pub tools: ToolSet,
    /// How many utterances a dialogue may have.
    pub max_turns: Option<usize>,
    /// How the built-in speakers word what they do.
    pub manner: Manner,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(String);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

/// Domains that go together in one dialogue, with what playing them needs; made when first wanted.
pub(crate) struct Troupe {
    domains: Vec<Arc<Domain>>,
    manner: Manner,
    glossary: Arc<Glossary>,
    made: OnceLock<Result<(Arc<Stage>, Words), PlanError>>,
}

impl Troupe {
    fn new(domains: Vec<Arc<Domain>>, manner: &Manner, glossary: &Arc<Glossary>) -> Self {
        Troupe { domains, manner: manner.clone(), glossary: glossary.clone(), made: OnceLock::new() }
    }

    /// The stage and its words.
    ///
    /// # Errors
    /// The domains can't be worded.
    pub(crate) fn get(&self) -> Result<&(Arc<Stage>, Words), PlanError> {
        let make = || {
            let words = Words::with(&self.glossary, &self.domains, &self.manner)
                .map_err(|error| PlanError(error.to_string()))?;
            Ok((Arc::new(Stage::new(self.domains.clone())), words))
        };
        self.made.get_or_init(make).as_ref().map_err(PlanError::clone)
    }

    fn offers(&self, class: GoalClass) -> bool {
        goals::is_possible(&self.domains, class)
    }
}

/// The plan of a run.
pub struct Plan {
    seed: u64,
    goals: Goals,
    dials: Dials,
    /// By the domains' names, sorted.
    troupes: Troupes,
    classes: Vec<(GoalClass, u32)>,
    /// What the troupes share.
    glossary: Arc<Glossary>,
}

type Troupes = BTreeMap<Vec<SmolStr>, Arc<Troupe>>;

/// How many domains a dialogue has when nobody says: weights for 1, 2, 3.
const DOMAINS: [u32; 3] = [56, 34, 10];
/// In how many percent of calls a tool fails when nobody says.
const TOOL_ERRORS: u32 = 2;
/// So many classes and troupes are tried for one index.
const TRIES: usize = 24;

impl Plan {
    /// A plan over these domains.
    ///
    /// # Errors
    /// There is no domain, or nothing that the dials ask for can be drawn from them.
    pub fn new(domains: &[Arc<Domain>], goals: Goals, dials: Dials, seed: u64) -> Result<Self, PlanError> {
        Plan::with(domains, goals, dials, seed, (Arc::default(), &Troupes::new()))
    }

    /// A plan of drawn goals over these domains, with another seed and this plan's words, which are not made twice.
    ///
    /// # Errors
    /// There is no domain, or nothing can be drawn from them.
    pub fn beside(&self, domains: &[Arc<Domain>]) -> Result<Self, PlanError> {
        let dials = Dials { manner: self.dials.manner.clone(), ..Dials::default() };
        let seed = self.seed ^ 0x5eed_5eed;
        Plan::with(domains, Goals::Sampled, dials, seed, (self.glossary.clone(), &self.troupes))
    }

    fn with(
        domains: &[Arc<Domain>],
        goals: Goals,
        dials: Dials,
        seed: u64,
        (glossary, known): (Arc<Glossary>, &Troupes),
    ) -> Result<Self, PlanError> {
        if domains.is_empty() {
            return Err(PlanError("no domain to play: name at least one".into()));
        }
        let troupe = |domains: Vec<Arc<Domain>>| {
            let names = names(&domains);
            let troupe = known.get(&names).cloned();
            (names, troupe.unwrap_or_else(|| Arc::new(Troupe::new(domains, &dials.manner, &glossary))))
        };
        let chosen = |names: &Vec<SmolStr>| chosen(domains, names).map(troupe);
        let troupes: Troupes = match &goals {
            Goals::Sampled => linked(domains).into_iter().map(troupe).collect(),
            Goals::Corpus(corpus) => {
                corpus.iter().map(|goal| chosen(&goal.domains)).collect::<Result<_, _>>()?
            }
            Goals::Drawn(drawn) => drawn.domains.iter().map(chosen).collect::<Result<_, _>>()?,
        };
        let mut classes = match &goals {
            Goals::Drawn(drawn) => drawn.classes.clone(),
            _ => wanted(domains, &dials),
        };
        // Values are carried between domains: where none go together, the class can't be had.
        let together = troupes.values().any(|troupe| troupe.domains.len() > 1);
        classes.retain(|(class, _)| *class != GoalClass::CarriedSlots || together);
        if classes.is_empty() && matches!(goals, Goals::Sampled) {
            return Err(PlanError("no goal class to draw: the domains have none of those asked for".into()));
        }
        // What can't be worded is found now and not at the thousandth dialogue.
        if let Some(first) = troupes.values().next() {
            first.get()?;
        }
        Ok(Plan { seed, goals, dials, troupes, classes, glossary })
    }

    /// The goal classes with the weights by which they are drawn.
    pub fn requested(&self) -> &[(GoalClass, u32)] {
        &self.classes
    }

    /// What a scenario is played on; `None` for domains that this plan does not have together.
    pub(crate) fn troupe(&self, domains: &[SmolStr]) -> Option<&Troupe> {
        let mut names = domains.to_vec();
        names.sort();
        self.troupes.get(&names).map(|troupe| &**troupe)
    }

    /// The stage of these domains; `None` for domains that this plan does not have together.
    pub fn stage(&self, domains: &[SmolStr]) -> Option<Arc<Stage>> {
        self.troupe(domains)?.get().ok().map(|(stage, _)| stage.clone())
    }

    /// The scenario of an index; `attempt` above 0 draws another one. `None` when nothing could be drawn.
    pub fn scenario(&self, index: u64, attempt: u64) -> Option<Scenario> {
        let key = Key::of(self.seed, index, attempt);
        let brought = match &self.goals {
            Goals::Sampled => None,
            Goals::Corpus(corpus) => {
                Some(corpus.get(usize::try_from(index).ok()? % corpus.len().max(1))?.clone())
            }
            Goals::Drawn(drawn) => Some((drawn.draw)(index, key)?),
        };
        let (domains, compiled, planned) = match brought {
            None => {
                let (domains, compiled) = self.draw(key)?;
                (domains, compiled, vec![])
            }
            Some(CorpusGoal { domains, goal, setup, faults, .. }) => {
                (domains, Compiled { goal, setup }, faults)
            }
        };
        // The failures of a chain are those that its pattern has, unless a dial asks for more.
        let silent = self.dials.tool_errors.is_none() && self.dials.error_kinds.is_empty();
        let chain = compiled.goal.class.is_chain() && silent;
        let faults = if chain { planned } else { self.faults(key) };
        let mut scenario = Scenario {
            key,
            domains,
            goal: compiled.goal,
            user: personas::user(key),
            assistant: Persona::default(),
            setup: compiled.setup,
            faults,
            missing_tools: vec![],
            limits: self
                .dials
                .max_turns
                .map_or(Limits::default(), |turns| Limits { turns, ..Limits::default() }),
            experience: None,
            authors: BTreeMap::new(),
        };
        self.take_tools(&mut scenario);
        Some(scenario)
    }

    fn draw(&self, key: Key) -> Option<(Vec<SmolStr>, Compiled)> {
        let mut rng = key.rng(0, Purpose::Plan);
        let mut goal_rng = key.rng(0, Purpose::Goal);
        let mut class = None;
        for attempt in 0..TRIES {
            // A class is kept for some tries, so that rare ones get their share.
            if attempt % 4 == 0 {
                class =
                    rng.weighted(self.classes.iter().map(|(_, weight)| *weight)).map(|at| self.classes[at].0);
            }
            let Some(troupe) = self.pick_troupe(class?, &mut rng) else { continue };
            let (stage, _) = troupe.get().ok()?;
            if let Some(compiled) = goals::compile(stage, class?, &self.dials.difficulty, key, &mut goal_rng)
            {
                return Some((troupe.domains.iter().map(|domain| domain.name.clone()).collect(), compiled));
            }
        }
        None
    }

    fn pick_troupe(&self, class: GoalClass, rng: &mut Rng) -> Option<&Troupe> {
        let carried = class == GoalClass::CarriedSlots;
        let size = self
            .dials
            .domains
            .unwrap_or_else(|| 1 + rng.weighted(DOMAINS.into_iter()).unwrap_or(0))
            .max(1 + usize::from(carried));
        let fitting = |size: usize| -> Vec<&Troupe> {
            self.troupes
                .values()
                .map(|troupe| &**troupe)
                .filter(|troupe| troupe.domains.len() == size && troupe.offers(class))
                .collect()
        };
        // Fewer domains when so many do not go together.
        let sizes = (1 + usize::from(carried)..=size).rev();
        let troupes = sizes.map(fitting).find(|troupes| !troupes.is_empty())?;
        rng.pick(&troupes).copied()
    }

    fn faults(&self, key: Key) -> Vec<Fault> {
        const KINDS: [FaultKind; 4] =
            [FaultKind::Timeout, FaultKind::RateLimited, FaultKind::ServerError, FaultKind::Unavailable];
        let mut rng = key.rng(0, Purpose::Faults);
        let percent = self.dials.tool_errors.unwrap_or(TOOL_ERRORS);
        let kinds = if self.dials.error_kinds.is_empty() { &KINDS[..] } else { &self.dials.error_kinds };
        let calls: Vec<usize> = (0..24).filter(|_| rng.chance(percent)).collect();
        calls.into_iter().filter_map(|call| Some(Fault { call, kind: *rng.pick(kinds)? })).collect()
    }

    /// Takes tools away, and says of every task that needs one that it can't be had.
    fn take_tools(&self, scenario: &mut Scenario) {
        let Some(stage) = self.stage(&scenario.domains) else { return };
        let needed = |task: &goalconvo_core::Task| stage.intent_of(task).map(|intent| intent.tool.clone());
        scenario.missing_tools = match self.dials.tools {
            ToolSet::All => return,
            ToolSet::None => stage.tools().map(|tool| tool.name.clone()).collect(),
            ToolSet::Missing => scenario.goal.tasks.last().and_then(needed).into_iter().collect(),
        };
        let mut lost: Vec<(SmolStr, SmolStr)> = Vec::new();
        for task in &mut scenario.goal.tasks {
            let Some(intent) = stage.intent_of(task) else { continue };
            let source_lost = intent
                .entity
                .as_ref()
                .is_some_and(|entity| lost.contains(&(task.domain.clone(), entity.clone())));
            if source_lost || scenario.missing_tools.contains(&intent.tool) {
                lost.push((task.domain.clone(), task.intent.clone()));
                task.expect = Expect::Unavailable;
                task.requests.clear();
            }
        }
    }
}

fn names(domains: &[Arc<Domain>]) -> Vec<SmolStr> {
    let mut names: Vec<SmolStr> = domains.iter().map(|domain| domain.name.clone()).collect();
    names.sort();
    names
}

fn chosen(domains: &[Arc<Domain>], names: &[SmolStr]) -> Result<Vec<Arc<Domain>>, PlanError> {
    let find = |name: &SmolStr| {
        domains
            .iter()
            .find(|domain| domain.name == *name)
            .cloned()
            .ok_or_else(|| PlanError(format!("a goal needs the domain {name:?}, which is not there")))
    };
    names.iter().map(find).collect()
}

/// All single domains, and the pairs and triples that values are carried between.
fn linked(domains: &[Arc<Domain>]) -> Vec<Vec<Arc<Domain>>> {
    let carries = |a: &Arc<Domain>, b: &Arc<Domain>| {
        b.slots.values().any(|slot| slot.carry.iter().any(|(from, _)| *from == a.name))
    };
    let linked = |a: usize, b: usize| carries(&domains[a], &domains[b]) || carries(&domains[b], &domains[a]);
    let mut sets: Vec<Vec<usize>> = (0..domains.len()).map(|at| vec![at]).collect();
    for a in 0..domains.len() {
        for b in a + 1..domains.len() {
            if linked(a, b) {
                sets.push(vec![a, b]);
            }
            for c in b + 1..domains.len() {
                if [linked(a, b), linked(a, c), linked(b, c)].into_iter().filter(|link| *link).count() >= 2 {
                    sets.push(vec![a, b, c]);
                }
            }
        }
    }
    sets.into_iter().map(|set| set.into_iter().map(|at| domains[at].clone()).collect()).collect()
}

/// The classes that can be drawn: those asked for, or else those of the domains.
fn wanted(domains: &[Arc<Domain>], dials: &Dials) -> Vec<(GoalClass, u32)> {
    let of = |class: GoalClass| {
        let theirs: u32 = domains
            .iter()
            .flat_map(|domain| &domain.classes)
            .filter(|(known, _)| *known == class)
            .map(|(_, weight)| weight)
            .sum();
        let asked =
            if dials.classes.is_empty() { theirs } else { dials.classes.get(&class).copied().unwrap_or(0) };
        (class, if theirs == 0 { 0 } else { asked })
    };
    GoalClass::COMPILED.into_iter().map(of).filter(|(_, weight)| *weight > 0).collect()
}

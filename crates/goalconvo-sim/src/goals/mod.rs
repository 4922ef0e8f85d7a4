//! The goal compiler: draws a goal of a class and proves it against the tables.
//!
//! A proof is an execution: the tools are run on a copy of the world, and a draw whose result is not the one that the
//! class promises is thrown away. Whatever is returned has been shown to end as its tasks expect.

mod draft;
mod near;
mod prove;
mod search;
mod transact;
mod written;

use std::sync::Arc;

use goalconvo_core::{Change, Domain, Expect, Goal, GoalClass, IntentKind, Key, Rng, Stage, Task, World};
use smol_str::SmolStr;

use draft::Draft;
pub use prove::{Flaw, prove};
pub(crate) use written::{Written, typed};

/// How hard goals are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difficulty {
    /// How many constraints a search has, where the class leaves a choice.
    pub constraints: Option<usize>,
    /// How many times a wish has to be relaxed in the classes that relax.
    pub relaxations: Option<usize>,
    /// In how many percent of searches several entities fit although the class does not ask for it.
    pub ambiguity: Option<u32>,
}

/// A goal with the rows that have to differ for it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub goal: Goal,
    pub setup: Vec<Change>,
}

/// So many draws are tried before a class is given up for these domains.
const TRIES: usize = 60;

/// A goal of this class over all domains of the stage; `None` when none was found.
pub(crate) fn compile(
    stage: &Arc<Stage>,
    class: GoalClass,
    difficulty: &Difficulty,
    key: Key,
    rng: &mut Rng,
) -> Option<Compiled> {
    let world = World::new(stage.tables().clone()).ranked(key.rank());
    (0..TRIES).find_map(|_| attempt(Draft::new(stage.clone(), world.clone(), difficulty.clone()), class, rng))
}

fn attempt(mut draft: Draft, class: GoalClass, rng: &mut Rng) -> Option<Compiled> {
    let stage = draft.stage.clone();
    let mut domains: Vec<Arc<Domain>> = stage.domains().to_vec();
    if class == GoalClass::CarriedSlots {
        sort_by_carry(&mut domains);
    } else {
        rng.shuffle(&mut domains);
    }
    // The class is about one of the domains; the others come along as they are.
    let able: Vec<usize> = (0..domains.len()).filter(|at| carries(&domains[*at], class)).collect();
    let main = *rng.pick(&able)?;
    for (at, domain) in domains.iter().enumerate() {
        let part = if at == main || is_of_all(class) { class } else { accompanying(rng) };
        let spine = Spine::draw(domain, part, rng)?;
        draft.add(&spine, part, rng)?;
    }
    if class == GoalClass::CarriedSlots && !draft.carries() {
        return None;
    }
    Some(draft.finish(class))
}

/// Whether goals of this class can be about these domains.
pub(crate) fn is_possible(domains: &[Arc<Domain>], class: GoalClass) -> bool {
    let able = domains.iter().filter(|domain| carries(domain, class)).count();
    able > 0 && (class != GoalClass::InformationOnly || able == domains.len())
}

/// Whether a domain has goals of the class.
fn carries(domain: &Domain, class: GoalClass) -> bool {
    domain.classes.iter().any(|(known, weight)| *known == class && *weight > 0)
        && Spine::all(domain).iter().any(|(source, deed)| fits(domain, class, source.as_ref(), deed.as_ref()))
}

/// Whether all domains of a goal have its class, and not only the main one: who only wants to know does nothing in
/// the other domains either.
fn is_of_all(class: GoalClass) -> bool {
    matches!(class, GoalClass::CarriedSlots | GoalClass::InformationOnly)
}

/// What the domains beside the main one are like.
fn accompanying(rng: &mut Rng) -> GoalClass {
    let classes =
        [GoalClass::ManyMatches, GoalClass::UniqueMatch, GoalClass::InformationOnly, GoalClass::Transaction];
    rng.pick(&classes).copied().unwrap_or(GoalClass::ManyMatches)
}

/// Domains into which values are carried come after those from which they come.
fn sort_by_carry(domains: &mut [Arc<Domain>]) {
    let takes = |domain: &Arc<Domain>, from: &Arc<Domain>| {
        domain.slots.values().any(|slot| slot.carry.iter().any(|(other, _)| *other == from.name))
    };
    for at in 0..domains.len() {
        let free = (at..domains.len()).find(|next| {
            !(at..domains.len()).any(|other| {
                other != *next
                    && takes(&domains[*next], &domains[other])
                    && !takes(&domains[other], &domains[*next])
            })
        });
        if let Some(free) = free {
            domains[at..=free].rotate_right(1);
        }
    }
}

/// The intents of one domain that a goal strings together: what finds the entity, and what is done with it.
pub(crate) struct Spine {
    pub domain: Arc<Domain>,
    /// The search or look-up.
    pub source: Option<SmolStr>,
    /// The transaction.
    pub deed: Option<SmolStr>,
}

impl Spine {
    /// One that can carry a goal of the class.
    fn draw(domain: &Arc<Domain>, class: GoalClass, rng: &mut Rng) -> Option<Self> {
        let all = Spine::all(domain);
        let fits: Vec<&(Option<SmolStr>, Option<SmolStr>)> =
            all.iter().filter(|(source, deed)| fits(domain, class, source.as_ref(), deed.as_ref())).collect();
        let (source, deed) = (*rng.pick(&fits)?).clone();
        Some(Spine { domain: domain.clone(), source, deed })
    }

    fn all(domain: &Domain) -> Vec<(Option<SmolStr>, Option<SmolStr>)> {
        let one = |intent: &goalconvo_core::Intent| match intent.kind {
            IntentKind::Transact => (intent.entity.clone(), Some(intent.name.clone())),
            IntentKind::Search | IntentKind::Lookup => (Some(intent.name.clone()), None),
        };
        domain.intents.iter().map(one).collect()
    }
}

fn fits(domain: &Domain, class: GoalClass, source: Option<&SmolStr>, deed: Option<&SmolStr>) -> bool {
    let kind = source.and_then(|name| domain.intent(name)).map(|intent| intent.kind);
    let search = kind == Some(IntentKind::Search);
    let guards = |test: &dyn Fn(&goalconvo_core::Guard) -> bool| {
        let tool = deed.and_then(|name| domain.intent(name)).and_then(|intent| domain.tool(&intent.tool));
        tool.is_some_and(|tool| tool.guards.iter().any(test))
    };
    match class {
        GoalClass::UniqueMatch | GoalClass::ManyMatches | GoalClass::NoneThenRelax => search,
        GoalClass::InformationOnly => source.is_some() && deed.is_none(),
        GoalClass::Transaction => deed.is_some(),
        GoalClass::ChangeOfMind => {
            search || deed.is_some_and(|name| domain.intent(name).is_some_and(|intent| intent.confirm))
        }
        GoalClass::CarriedSlots => true,
        GoalClass::FailThenAlternative => {
            guards(&|guard| matches!(guard.test, goalconvo_core::Test::Absent(..)))
        }
        GoalClass::PolicyRefusal => guards(&|guard| guard.kind == goalconvo_core::ErrorKind::Policy),
        GoalClass::MissingPermission => guards(&|guard| guard.kind == goalconvo_core::ErrorKind::Permission),
        // What is brought ready is not compiled.
        _ => false,
    }
}

/// A task without anything in it yet.
pub(crate) fn blank(domain: &SmolStr, intent: &SmolStr, expect: Expect) -> Task {
    Task {
        domain: domain.clone(),
        intent: intent.clone(),
        constraints: Default::default(),
        carried: Default::default(),
        relaxations: vec![],
        changes: Default::default(),
        requests: vec![],
        relaxed: 0,
        when: None,
        expect,
    }
}

/// The values that a slot takes: its own, or else those of a column of that name in the domain's tables.
pub(crate) fn values<'d>(domain: &'d Domain, slot: &SmolStr) -> Vec<&'d goalconvo_core::Value> {
    Draft::values(domain, slot)
}

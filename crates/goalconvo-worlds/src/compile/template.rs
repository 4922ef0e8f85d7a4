//! Templates: sampled chains as tasks of compiled worlds, before any value is drawn.

use std::collections::BTreeMap;

use goalconvo_core::{Domain, FaultKind, GoalClass, Intent, IntentKind, SlotKind, Verb};
use smol_str::SmolStr;

use super::world::{Compiled, Place};
use crate::chain::{Chain, Control, Failure, Pattern, Source, Step, Test};
use crate::registry::names::slug;

/// A chain as tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its pattern, as goals name it.
    pub class: GoalClass,
    /// What is to be done, in order.
    pub tasks: Vec<Errand>,
    /// The call that fails at first, and how.
    pub fault: Option<(usize, FaultKind)>,
}

/// One task of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// The endpoint.
    pub endpoint: String,
    /// The domain.
    pub domain: SmolStr,
    /// The intent.
    pub intent: SmolStr,
    /// The task that gives the key which this one takes.
    pub giver: Option<usize>,
    /// Slots whose value an earlier task tells: the slot, the task, its slot.
    pub carried: Vec<(SmolStr, usize, SmolStr)>,
    /// The earlier task that decides whether this one is wanted, what it tells, and whether that has to be so or not.
    pub when: Option<(usize, Option<SmolStr>, bool)>,
}

impl Template {
    /// The domains, in the order of the tasks.
    pub fn domains(&self) -> Vec<SmolStr> {
        let mut domains: Vec<SmolStr> = Vec::new();
        for errand in &self.tasks {
            if !domains.contains(&errand.domain) {
                domains.push(errand.domain.clone());
            }
        }
        domains
    }
}

/// The class of goals that a pattern makes.
pub fn class_of(pattern: Pattern) -> GoalClass {
    match pattern {
        Pattern::Short => GoalClass::Short,
        Pattern::Sequential => GoalClass::Sequential,
        Pattern::MultiTool => GoalClass::MultiTool,
        Pattern::ClarificationFirst => GoalClass::ClarificationFirst,
        Pattern::Parallel => GoalClass::Parallel,
        Pattern::Conditional => GoalClass::Conditional,
        Pattern::Loop => GoalClass::Loop,
        Pattern::Join => GoalClass::Join,
        Pattern::Retry => GoalClass::Retry,
    }
}

/// The template of a chain; `None` when the compiled worlds can't play it as its pattern has it.
pub fn template(compiled: &Compiled, chain: &Chain) -> Option<Template> {
    let mut making = Making { compiled, tasks: Vec::new(), task_of: BTreeMap::new(), fault: None };
    for (at, step) in chain.steps.iter().enumerate() {
        making.step(at, step)?;
    }
    let template = Template { class: class_of(chain.pattern), tasks: making.tasks, fault: making.fault };
    shows(&template, compiled).then_some(template)
}

struct Making<'a> {
    compiled: &'a Compiled,
    tasks: Vec<Errand>,
    /// The task of each step.
    task_of: BTreeMap<usize, usize>,
    fault: Option<(usize, FaultKind)>,
}

impl Making<'_> {
    fn step(&mut self, at: usize, step: &Step) -> Option<()> {
        if let Control::Fails { failure } = step.control {
            let kind = match failure {
                Failure::RateLimited => FaultKind::RateLimited,
                Failure::TimedOut => FaultKind::Timeout,
                Failure::ServerError => FaultKind::ServerError,
                Failure::InvalidArgument => return None,
            };
            self.fault = Some((self.tasks.len(), kind));
            return Some(());
        }
        let place = self.place(step)?.clone();
        if self.tasks.iter().any(|task| task.domain == place.domain && task.intent == place.intent) {
            return None;
        }
        let giver = match &place.giver {
            Some(giver) => Some(self.tasks.iter().position(|task| task.endpoint == *giver)?),
            None => None,
        };
        if giver.is_some() && self.tasks.iter().any(|task| task.giver == giver && self.takes_away(task)) {
            return None;
        }
        let errand = Errand {
            endpoint: step.endpoint.clone(),
            carried: self.carried(step, &place, giver)?,
            when: self.when(step)?,
            domain: place.domain,
            intent: place.intent,
            giver,
        };
        self.task_of.insert(at, self.tasks.len());
        if let Control::Again { step } = step.control {
            self.task_of.insert(step, self.tasks.len());
        }
        self.tasks.push(errand);
        Some(())
    }

    /// Whether a task takes away what it is about, so that nothing can be done with it afterwards.
    fn takes_away(&self, task: &Errand) -> bool {
        let tool = self.domain(&task.domain).and_then(|domain| {
            let intent = domain.intent(&task.intent)?;
            domain.tools.iter().find(|tool| tool.name == intent.tool)
        });
        tool.is_some_and(|tool| tool.verb == Verb::Delete)
    }

    /// The intent of a step whose key comes from a step before it.
    fn place(&self, step: &Step) -> Option<&Place> {
        let places = self.compiled.places.get(&step.endpoint)?;
        places.iter().find(|place| {
            place.giver.as_ref().is_none_or(|giver| self.tasks.iter().any(|task| task.endpoint == *giver))
        })
    }

    /// The values that earlier tasks tell. One that people can't hand on makes the chain another one than was sampled.
    fn carried(
        &self,
        step: &Step,
        place: &Place,
        giver: Option<usize>,
    ) -> Option<Vec<(SmolStr, usize, SmolStr)>> {
        let domain = self.domain(&place.domain)?;
        let intent = domain.intent(&place.intent)?;
        let mut carried = Vec::new();
        for input in &step.inputs {
            let Source::Answer { step: from, pointer, .. } = &input.source else { continue };
            let task = *self.task_of.get(from)?;
            if intent.from_entity.iter().any(|(argument, _)| *argument == input.argument) {
                if giver != Some(task) {
                    return None;
                }
                continue;
            }
            let slot = SmolStr::new(&input.argument);
            let source = SmolStr::new(slug(pointer.rsplit("/*/").next().unwrap_or(pointer)));
            let known = intent.required.contains(&slot) || intent.optional.contains(&slot);
            if !known {
                // A parameter that the world leaves out.
                continue;
            }
            if !self.tells(task, &source, domain.slots.get(&slot)?.kind) {
                return None;
            }
            carried.push((slot, task, source));
        }
        Some(carried)
    }

    fn domain(&self, name: &str) -> Option<&Domain> {
        self.compiled.domain(name)
    }

    /// Whether a task tells the user a value of this kind.
    fn tells(&self, task: usize, slot: &SmolStr, kind: SlotKind) -> bool {
        let Some(errand) = self.tasks.get(task) else { return false };
        let Some(domain) = self.domain(&errand.domain) else { return false };
        let Some(intent) = domain.intent(&errand.intent) else { return false };
        let told = intent.requests.contains(slot) || is_label(domain, intent, slot);
        told && intent.kind != IntentKind::Transact
            && domain.slots.get(slot).is_some_and(|slot| slot.kind == kind)
    }

    fn when(&self, step: &Step) -> Option<Option<(usize, Option<SmolStr>, bool)>> {
        Some(match &step.control {
            Control::When { step: tested, pointer, test } => {
                let task = *self.task_of.get(tested)?;
                let slot = SmolStr::new(slug(pointer.rsplit("/*/").next().unwrap_or(pointer)));
                match test {
                    Test::IsTrue if self.tells(task, &slot, SlotKind::Flag) => Some((task, Some(slot), true)),
                    Test::IsTrue => return None,
                    Test::NotEmpty => Some((task, None, true)),
                }
            }
            Control::Otherwise { step } => {
                let task = *self.task_of.get(step)?;
                let (tested, slot, is) = self.tasks.get(task)?.when.clone()?;
                Some((tested, slot, !is))
            }
            _ => None,
        })
    }
}

/// Whether a slot says what the things that an intent finds are called: it is told unasked.
pub(super) fn is_label(domain: &Domain, intent: &Intent, slot: &SmolStr) -> bool {
    let tool = domain.tool(&intent.tool);
    let table = tool.and_then(|tool| domain.tables.iter().find(|table| table.name == tool.table));
    table.and_then(|table| table.label()) == Some(slot)
}

/// Whether the tasks still show the pattern that was sampled.
fn shows(template: &Template, compiled: &Compiled) -> bool {
    let tasks = &template.tasks;
    let kind = |errand: &Errand| {
        compiled
            .domain(&errand.domain)
            .and_then(|domain| domain.intent(&errand.intent))
            .map(|intent| intent.kind)
    };
    let fed = |errand: &Errand| errand.giver.is_some() || !errand.carried.is_empty();
    let sources = |errand: &Errand| {
        let mut sources: Vec<usize> =
            errand.carried.iter().map(|(_, task, _)| *task).chain(errand.giver).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.len()
    };
    match template.class {
        GoalClass::Short => tasks.len() == 1,
        GoalClass::Sequential => tasks.len() > 1 && tasks.iter().skip(1).all(fed),
        GoalClass::MultiTool => template.domains().len() > 1,
        // Two tasks of one tool share its slots: said together, their values could not be told apart.
        GoalClass::Parallel => {
            tasks.len() > 1
                && template.domains().len() == tasks.len()
                && tasks.iter().all(|errand| !fed(errand) && kind(errand) != Some(IntentKind::Transact))
        }
        GoalClass::Loop => {
            tasks.len() == 2
                && tasks[1].giver == Some(0)
                && kind(&tasks[0]) == Some(IntentKind::Search)
                && kind(&tasks[1]) == Some(IntentKind::Lookup)
        }
        GoalClass::Join => tasks.iter().any(|errand| sources(errand) > 1),
        GoalClass::Conditional => {
            // A search that finds something is no condition unless something else is wanted when it does not.
            let otherwise = tasks.iter().any(|errand| matches!(&errand.when, Some((_, None, false))));
            let tested = tasks
                .iter()
                .find_map(|errand| errand.when.as_ref())
                .map(|(task, slot, _)| (*task, slot.is_none()));
            let tested = tested.filter(|(_, search)| !search || otherwise);
            tested.is_some_and(|(task, search)| {
                tasks.get(task).is_some_and(|errand| !search || kind(errand) == Some(IntentKind::Search))
            })
        }
        GoalClass::ClarificationFirst => tasks.first().is_some_and(|first| {
            let intent = compiled.domain(&first.domain).and_then(|domain| domain.intent(&first.intent));
            intent.is_some_and(|intent| !intent.required.is_empty())
        }),
        _ => true,
    }
}

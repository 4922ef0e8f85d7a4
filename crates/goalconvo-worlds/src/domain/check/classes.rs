//! Goal classes that the domain asks for and can't have.

use goalconvo_core::{ErrorKind, GoalClass, IntentKind, Test};

use super::super::problem::Spot;
use super::Subject;

pub(super) fn check(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    let file = subject.files.number("domain.toml").unwrap_or_default();
    if !raw.classes.iter().any(|(_, weight)| *weight > 0) {
        subject.problems.mistake(
            Spot { file, at: 0 },
            "no goal class is ever drawn",
            "add [classes] with weights, as in unique_match = 3",
        );
    }
    for (name, _) in raw.classes.iter().filter(|(_, weight)| *weight > 0) {
        let Some(class) = GoalClass::COMPILED.into_iter().find(|class| class.name() == &**name) else {
            continue;
        };
        if let Some(missing) = missing(class, subject) {
            subject.problems.mistake(
                name.spot,
                format!("goal class `{name}` finds no goal here: {missing}"),
                "add what it needs or take the class away",
            );
        }
    }
    for intent in &subject.made.domain.intents {
        let spot = raw.intents.iter().find(|raw| *raw.name == *intent.name).map(|raw| raw.name.spot);
        let message = match intent.kind {
            IntentKind::Search if intent.required.is_empty() && intent.optional.is_empty() => {
                "a search without slots: users can't say what they want"
            }
            IntentKind::Lookup if intent.required.is_empty() => {
                "a lookup without required slots: nothing identifies the record"
            }
            _ => continue,
        };
        subject.problems.mistake(
            spot.unwrap_or(Spot { file, at: 0 }),
            format!("intent `{}`: {message}", intent.name),
            "list some",
        );
    }
}

fn missing(class: GoalClass, subject: &Subject<'_>) -> Option<&'static str> {
    let domain = &subject.made.domain;
    let has = |kind| domain.intents.iter().any(|intent| intent.kind == kind);
    let refuses = |kind| domain.tools.iter().flat_map(|tool| &tool.guards).any(|guard| guard.kind == kind);
    let absent =
        domain.tools.iter().flat_map(|tool| &tool.guards).any(|guard| matches!(guard.test, Test::Absent(..)));
    let (there, missing) = match class {
        GoalClass::UniqueMatch | GoalClass::ManyMatches | GoalClass::NoneThenRelax => {
            (has(IntentKind::Search), "no intent of kind search")
        }
        GoalClass::FailThenAlternative => {
            let changeable = domain.intents.iter().any(|intent| !intent.alternatives.is_empty());
            (absent && changeable, "no guard with `absent` or no intent with `alternatives`")
        }
        GoalClass::CarriedSlots => {
            (domain.slots.values().any(|slot| !slot.carry.is_empty()), "no slot with `carry`")
        }
        GoalClass::InformationOnly => {
            (domain.intents.iter().any(|intent| !intent.requests.is_empty()), "no intent with `requests`")
        }
        GoalClass::Transaction | GoalClass::ChangeOfMind => {
            let given = domain
                .intents
                .iter()
                .any(|intent| !intent.required.is_empty() || !intent.optional.is_empty());
            let there = if class == GoalClass::Transaction { has(IntentKind::Transact) } else { given };
            (there, "no intent of kind transact, or none with slots")
        }
        GoalClass::PolicyRefusal => (refuses(ErrorKind::Policy), "no guard with error = \"policy\""),
        GoalClass::MissingPermission => {
            (refuses(ErrorKind::Permission), "no guard with error = \"permission\"")
        }
        // Chains are sampled from a tool graph: no domain draws them.
        _ => (true, ""),
    };
    (!there).then_some(missing)
}

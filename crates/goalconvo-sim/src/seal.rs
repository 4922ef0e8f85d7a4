//! From an index to a sealed record: plays it, finds the evidence, judges it.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{
    Dialogue, Ending, Episode, Finding, Format, Next, Provenance, Scenario, Stage, Verdict, WorldHashes,
    facts,
};

use crate::assistant::PolicyAssistant;
use crate::plan::Plan;
use crate::speaker::{Cast, SpeakerError, play};
use crate::user::AgendaUser;
use crate::words::Words;

/// What an index became: the record that passed, and those before it that did not.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The accepted record; none when every attempt was rejected.
    pub dialogue: Option<Dialogue>,
    /// Rejected records with their verdicts, in the order of the attempts.
    pub rejected: Vec<Dialogue>,
}

/// So many scenarios are tried for one index.
const ATTEMPTS: u64 = 4;

impl Plan {
    /// Makes the dialogue of an index with the built-in speakers. The same for the same index, on any thread.
    pub fn make(&self, index: u64) -> Made {
        let mut made = Made::default();
        for attempt in 0..ATTEMPTS {
            let Some(scenario) = self.scenario(index, attempt) else { continue };
            let Some(Ok((stage, words))) = self.troupe(&scenario.domains).map(|troupe| troupe.get()) else {
                continue;
            };
            let Some(dialogue) = perform(scenario, (stage, words), format!("{index:06}")) else { continue };
            if dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed) {
                made.dialogue = Some(dialogue);
                break;
            }
            made.rejected.push(dialogue);
        }
        made
    }
}

/// Plays a scenario with the built-in speakers and judges the record.
pub(crate) fn perform(
    scenario: Scenario,
    (stage, words): (&Arc<Stage>, &Words),
    id: String,
) -> Option<Dialogue> {
    let words = &words.for_one_dialogue();
    let (user, assistant) = (AgendaUser::new(words.clone()), PolicyAssistant::new(words.clone()));
    let cast = Cast { user: &user, assistant: &assistant };
    let episode = Episode::start(stage.clone(), Arc::new(scenario))?;
    // Built-in speakers answer at once and have no provider that could fail.
    let played: Result<Episode, SpeakerError> = pollster::block_on(play(episode, &cast, &mut |_| {}));
    Some(seal(played.ok()?, stage, words, id))
}

/// Seals a played episode: evidence, outcome and the verdict of facts.
pub fn seal(episode: Episode, stage: &Arc<Stage>, words: &Words, id: String) -> Dialogue {
    let ending = match episode.next() {
        Next::Ended(ending) => ending,
        Next::Move(_) => Ending::Failed,
    };
    let scenario = Scenario::clone(episode.scenario());
    let start = stage.world(&scenario).map(|world| world.hash().to_string()).unwrap_or_default();
    let domains: BTreeMap<_, _> =
        stage.domains().iter().map(|domain| (domain.name.clone(), domain.hash.to_string())).collect();
    let dialogue = Dialogue {
        format: Format,
        id,
        domains: scenario.domains.clone(),
        scenario: Some(scenario),
        world: Some(WorldHashes { domains, state: start }),
        turns: episode.into_turns(),
        outcome: None,
        verdicts: vec![],
        provenance: Provenance {
            source: concat!("goalconvo ", env!("CARGO_PKG_VERSION")).into(),
            ..Provenance::default()
        },
    };
    facts::settle(dialogue, stage, &words.reader(), ending)
}

/// Checks a record against its stage, from the record alone.
pub fn verify(dialogue: &Dialogue, stage: &Arc<Stage>, words: &Words) -> Verdict {
    facts::check(dialogue, stage, &words.reader())
}

//! Who plays a run: built-in speakers or models, the gate that lets a dialogue in, and the dialogue that they make of an
//! index.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{AssistantView, Dialogue, Episode, Finding, Reason, Scenario, Stage, UserView, Verdict};
use goalconvo_llm::Model;
use smol_str::SmolStr;

use crate::assistant::PolicyAssistant;
use crate::experience::{Author, Authored, Desk};
use crate::hub::{Showcase, Shown};
use crate::judge::{Depth, Gate, repair_tail, repair_turn};
use crate::model::{
    Count, Estimates, FreeUser, Grade, ModelAssistant, ModelUser, RehearsedAssistant, RehearsedUser,
    Scripted, Voice, rehearse_writer, write,
};
use crate::plan::Plan;
use crate::prompt::Prompts;
use crate::seal::{Made, seal, verify};
use crate::speaker::{Cast, Speaker, SpeakerError, play};
use crate::user::AgendaUser;
use crate::words::Words;

/// Who plays the user.
#[derive(Clone)]
pub enum UserPart {
    /// The agenda and the grammar.
    BuiltIn,
    /// The agenda, worded by a model.
    Worded(Voice, Grade),
    /// A model, from its goal.
    Free(Voice),
}

/// Who plays the assistant.
#[derive(Clone)]
pub enum AssistantPart {
    /// The policy and the grammar.
    BuiltIn,
    /// A model with tools.
    Model(Voice),
}

/// How a rejected candidate is mended before another scenario is drawn.
#[derive(Clone)]
pub enum Mend {
    /// A model words the utterance of the first fault again.
    Turn(Arc<dyn Model>, Arc<Prompts>),
    /// The speakers play on from the first fault, in another take.
    Tail,
}

/// Both parts of a run, who lets their dialogues in, and how often an index is tried.
#[derive(Clone)]
pub struct Company {
    /// Who plays the user.
    pub user: UserPart,
    /// Who plays the assistant.
    pub assistant: AssistantPart,
    /// So many scenarios are tried for one index when candidates are rejected.
    pub attempts: u64,
    /// What a candidate must pass; without one, the facts alone.
    pub gate: Option<Arc<Gate>>,
    /// How a rejected candidate is mended.
    pub mend: Option<Mend>,
    /// So many candidates at most are made of one scenario by mending.
    pub repairs: u32,
    /// The examples that models are shown; none without it.
    pub showcase: Option<Arc<Showcase>>,
    /// Who invents what surrounds a goal, or the goal too; nobody without it.
    pub author: Option<Author>,
    /// Who writes each dialogue whole, in place of the two parts; nobody without it.
    pub writer: Option<Voice>,
}

impl Default for Company {
    /// The built-in speakers before the judge of facts.
    fn default() -> Self {
        Company {
            user: UserPart::BuiltIn,
            assistant: AssistantPart::BuiltIn,
            attempts: 4,
            gate: None,
            mend: None,
            repairs: 1,
            showcase: None,
            author: None,
            writer: None,
        }
    }
}

impl Company {
    fn user(&self, scene: &Scene<'_>) -> Box<dyn for<'v> Speaker<UserView<'v>>> {
        let (words, shown) = (scene.words.clone(), scene.shown.clone());
        match &self.user {
            UserPart::BuiltIn => Box::new(AgendaUser::new(words)),
            UserPart::Worded(voice, grade) => {
                Box::new(ModelUser::new(voice.taken(scene.take), *grade, words).showing(shown))
            }
            UserPart::Free(voice) => Box::new(FreeUser::new(voice.taken(scene.take), words).showing(shown)),
        }
    }

    fn assistant(&self, scene: &Scene<'_>) -> Box<dyn for<'v> Speaker<AssistantView<'v>>> {
        let (words, shown) = (scene.words.clone(), scene.shown.clone());
        match &self.assistant {
            AssistantPart::BuiltIn => Box::new(PolicyAssistant::new(words)),
            AssistantPart::Model(voice) => {
                Box::new(ModelAssistant::new(voice.taken(scene.take), words).showing(shown))
            }
        }
    }

    /// The examples that the speakers of a scenario are shown.
    fn examples(&self, scenario: &Scenario) -> Arc<Shown> {
        match &self.showcase {
            Some(showcase) if self.takes_examples() => showcase.examples(scenario),
            _ => Arc::default(),
        }
    }

    /// Whether a speaker's prompt has examples.
    pub fn takes_examples(&self) -> bool {
        let user = matches!(self.user, UserPart::Free(_) | UserPart::Worded(_, Grade::Guided));
        user || self.author.is_some()
            || self.writer.is_some()
            || matches!(self.assistant, AssistantPart::Model(_))
    }

    /// Whether another take would be another dialogue.
    fn varies(&self) -> bool {
        !matches!((&self.user, &self.assistant), (UserPart::BuiltIn, AssistantPart::BuiltIn))
    }

    /// Hashes of the prompts that the speakers use, by name.
    pub fn prompts(&self) -> BTreeMap<SmolStr, String> {
        let mut hashes = BTreeMap::new();
        let voices = [
            match &self.user {
                UserPart::BuiltIn => None,
                UserPart::Worded(voice, _) | UserPart::Free(voice) => Some((voice, "user/")),
            },
            match &self.assistant {
                AssistantPart::BuiltIn => None,
                AssistantPart::Model(voice) => Some((voice, "assistant/")),
            },
        ];
        for (voice, role) in voices.into_iter().flatten() {
            hashes.extend(voice.prompts.hashes(role));
        }
        if let Some(writer) = &self.writer {
            hashes.extend(writer.prompts.hashes("writer/"));
        }
        if let Some(author) = &self.author {
            hashes.extend(author.prompts.hashes("experience/"));
        }
        hashes
    }

    /// The scenario with what is invented around it.
    async fn authored(&self, scenario: Scenario, scene: &Scene<'_>) -> Result<Authored, SpeakerError> {
        let Some(author) = &self.author else { return Ok(Authored::Scenario(scenario)) };
        let came = self.showcase.as_ref().map_or(&[][..], |showcase| showcase.people());
        let desk = Desk { stage: scene.stage, words: scene.words, shown: &scene.shown, came };
        author.write(scenario, desk).await
    }

    /// Plays a scenario, or has it written, and seals what came of it.
    async fn candidate(&self, scenario: Scenario, scene: &Scene<'_>) -> Result<Candidate, SpeakerError> {
        let scenario = Arc::new(scenario);
        let played = match &self.writer {
            Some(voice) => match write(voice, &scenario, (scene.stage, scene.words, &scene.shown)).await? {
                Scripted::Played(played) => played,
                Scripted::Unplayable(why) => return Ok(Candidate::Unplayable(scenario, why)),
            },
            None => {
                let (user, assistant) = (self.user(scene), self.assistant(scene));
                let cast = Cast { user: &*user, assistant: &*assistant };
                let Some(episode) = Episode::start(scene.stage.clone(), scenario.clone()) else {
                    let why = "the scenario does not fit its world".to_owned();
                    return Ok(Candidate::Unplayable(scenario, why));
                };
                play(episode, &cast, &mut |_| {}).await?
            }
        };
        Ok(Candidate::Played(Box::new(seal(played, scene.stage, scene.words, String::new()))))
    }

    /// Asks the gate about a sealed candidate and writes its findings into it.
    ///
    /// # Errors
    /// A judge could not be asked: what it would have found is not known, and nobody is rejected for it.
    async fn rule(&self, candidate: &mut Dialogue) -> Result<Ruled, SpeakerError> {
        let Some(gate) = &self.gate else {
            let passed = |verdict: &Verdict| verdict.finding == Finding::Passed;
            let accepted = !candidate.verdicts.is_empty() && candidate.verdicts.iter().all(passed);
            return Ok(if accepted { Ruled::Accepted } else { Ruled::Rejected });
        };
        let ruling = gate.rule(candidate, Depth::Cheap).await;
        if let Some(error) = ruling.unasked() {
            return Err(error);
        }
        let mute = ruling.mute();
        candidate.verdicts = ruling.verdicts;
        Ok(match mute {
            _ if ruling.accepted => Ruled::Accepted,
            None => Ruled::Rejected,
            Some(why) => Ruled::Unheard(why),
        })
    }

    /// Another candidate from a rejected one; `None` where nothing could be made of it.
    async fn mended(&self, rejected: &Dialogue, scene: &Scene<'_>) -> Result<Option<Dialogue>, SpeakerError> {
        let (verdicts, staged) = (&rejected.verdicts, (scene.stage, scene.words));
        let mended = match &self.mend {
            None => return Ok(None),
            Some(Mend::Tail) if !self.varies() => return Ok(None),
            Some(Mend::Tail) => {
                let (user, assistant) = (self.user(scene), self.assistant(scene));
                let cast = Cast { user: &*user, assistant: &*assistant };
                repair_tail(rejected, verdicts, staged, &cast).await
            }
            Some(Mend::Turn(model, prompts)) => {
                repair_turn(rejected, verdicts, Some(staged), (&**model, prompts)).await
            }
        };
        match mended {
            Ok(mut candidate) => {
                // Nothing that was found of the rejected one holds of this one.
                candidate.verdicts = vec![verify(&candidate, staged.0, staged.1)];
                Ok(Some(candidate))
            }
            Err(error) => error.failure().map_or(Ok(None), |failure| Err(failure.clone())),
        }
    }
}

impl Plan {
    /// Makes the dialogue of an index with these speakers. Rejected candidates have ids of their own, `000007.1` and so
    /// on, so that a repair can name the one that it was made of.
    ///
    /// # Errors
    /// A provider failed, a speaker's or a judge's, or a judge gave no usable reply about any of the scenarios: the
    /// index has no dialogue, and can be tried again.
    pub async fn make_with(&self, index: u64, company: &Company) -> Result<Made, SpeakerError> {
        let (mut made, mut unheard) = (Made::default(), Unheard::default());
        for attempt in 0..company.attempts.max(1) {
            let Some(scenario) = self.scenario(index, attempt) else { continue };
            let Some(Ok((stage, words))) = self.troupe(&scenario.domains).map(|troupe| troupe.get()) else {
                continue;
            };
            let shown = company.examples(&scenario);
            let words = &words.for_one_dialogue();
            let mut scene = Scene { stage, words, shown, take: 0 };
            let scenario = match company.authored(scenario, &scene).await? {
                Authored::Scenario(scenario) => scenario,
                Authored::Rejected(scenario, what, why) => {
                    let id = format!("{index:06}.{}", made.rejected.len() + 1);
                    made.rejected.extend(unplayed(scenario, &scene, id, ("author", what, why)));
                    continue;
                }
            };
            let mut candidate = match company.candidate(scenario, &scene).await? {
                Candidate::Played(candidate) => *candidate,
                Candidate::Unplayable(scenario, why) => {
                    let id = format!("{index:06}.{}", made.rejected.len() + 1);
                    let scenario = Scenario::clone(&scenario);
                    made.rejected.extend(unplayed(scenario, &scene, id, ("writer", "script", why)));
                    continue;
                }
            };
            candidate.provenance.prompts = company.prompts();
            candidate.provenance.examples.clone_from(&scene.shown.sources);
            loop {
                candidate.id = format!("{index:06}");
                let ruled = company.rule(&mut candidate).await?;
                if ruled == Ruled::Accepted {
                    made.dialogue = Some(candidate);
                    return Ok(made);
                }
                unheard.note(&ruled);
                candidate.id = format!("{index:06}.{}", made.rejected.len() + 1);
                scene.take += 1;
                let mended = match scene.take <= company.repairs {
                    true => company.mended(&candidate, &scene).await?,
                    false => None,
                };
                made.rejected.push(candidate);
                match mended {
                    Some(mended) => candidate = mended,
                    None => break,
                }
            }
        }
        unheard.end().map_or(Ok(made), Err)
    }

    /// Plays an index with the built-in engine, and counts what models in these parts would have been sent; `None`
    /// where nothing could be drawn.
    ///
    /// # Errors
    /// A prompt can't be filled.
    pub fn rehearse(&self, index: u64, company: &Company) -> Result<Option<Estimates>, SpeakerError> {
        let Some(scenario) = self.scenario(index, 0) else { return Ok(None) };
        let Some(Ok((stage, words))) = self.troupe(&scenario.domains).map(|troupe| troupe.get()) else {
            return Ok(None);
        };
        let count = Count::default();
        let shown = company.examples(&scenario);
        if let Some(author) = &company.author {
            author.rehearse(&scenario, Desk { stage, words, shown: &shown, came: &[] }, &count)?;
        }
        if let Some(voice) = &company.writer {
            rehearse_writer(voice, &Arc::new(scenario), (stage, words, &shown), &count)?;
            return Ok(Some(count.taken()));
        }
        let (agenda, policy) = (AgendaUser::new(words.clone()), PolicyAssistant::new(words.clone()));
        let user: Box<dyn for<'v> Speaker<UserView<'v>> + '_> = match &company.user {
            UserPart::BuiltIn => Box::new(agenda),
            UserPart::Worded(voice, grade) => {
                let user = ModelUser::new(voice.clone(), *grade, words.clone()).showing(shown.clone());
                Box::new(RehearsedUser::Worded(user, agenda, &count))
            }
            UserPart::Free(voice) => {
                let user = FreeUser::new(voice.clone(), words.clone()).showing(shown.clone());
                Box::new(RehearsedUser::Free(user, agenda, &count))
            }
        };
        let assistant: Box<dyn for<'v> Speaker<AssistantView<'v>> + '_> = match &company.assistant {
            AssistantPart::BuiltIn => Box::new(policy),
            AssistantPart::Model(voice) => {
                let assistant = ModelAssistant::new(voice.clone(), words.clone()).showing(shown);
                Box::new(RehearsedAssistant(assistant, policy, &count))
            }
        };
        let cast = Cast { user: &*user, assistant: &*assistant };
        let Some(episode) = Episode::start(stage.clone(), Arc::new(scenario)) else { return Ok(None) };
        // No model is asked, so nothing is waited for.
        pollster::block_on(play(episode, &cast, &mut |_| {}))?;
        drop((user, assistant));
        Ok(Some(count.taken()))
    }
}

/// On what a scenario is played, and for which time.
struct Scene<'s> {
    stage: &'s Arc<Stage>,
    words: &'s Words,
    shown: Arc<Shown>,
    /// Each take is another sample of the speakers' models.
    take: u32,
}

/// What the gate found of a candidate.
#[derive(PartialEq)]
enum Ruled {
    Accepted,
    Rejected,
    /// By a judge that gave no usable reply: what came instead.
    Unheard(String),
}

/// Whether all candidates of an index were rejected for want of a judge's usable reply.
#[derive(Default)]
struct Unheard {
    why: Option<String>,
    heard: bool,
}

impl Unheard {
    fn note(&mut self, ruled: &Ruled) {
        match ruled {
            Ruled::Unheard(why) => self.why = Some(why.clone()),
            _ => self.heard = true,
        }
    }

    /// Nothing was found of any of them: that is the judge's failure and not theirs.
    fn end(self) -> Option<SpeakerError> {
        self.why.filter(|_| !self.heard).map(|why| SpeakerError::new(why, true))
    }
}

/// What came of playing a scenario.
enum Candidate {
    Played(Box<Dialogue>),
    /// Nothing: why not.
    Unplayable(Arc<Scenario>, String),
}

/// The record of a scenario that was not played, because what was invented for it can't be used.
fn unplayed(
    scenario: Scenario,
    scene: &Scene<'_>,
    id: String,
    (judge, what, why): (&'static str, &'static str, String),
) -> Option<Dialogue> {
    let episode = Episode::start(scene.stage.clone(), Arc::new(scenario))?;
    let mut record = seal(episode, scene.stage, scene.words, id);
    let reason = Reason { check: what.into(), at: "/scenario".to_owned(), what: why };
    record.verdicts = vec![Verdict {
        judge: judge.into(),
        finding: Finding::Failed,
        scores: BTreeMap::new(),
        reasons: vec![reason],
        prompt: None,
    }];
    Some(record)
}

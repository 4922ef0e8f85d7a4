//! A person as a speaker: what they type becomes moves, with the acts that are read in their words.
//!
//! How a person is shown the talk and asked is the caller's: a [`Hand`] gets what the role may know, and nothing else.

use std::future::ready;
use std::sync::Arc;

use goalconvo_core::{
    Act, ActKind, AssistantView, Cue, Dialogue, Ending, Episode, Finding, Move, Origin, Reading, Reason,
    Role, Scenario, UserView, Utterance, Verdict,
};

use crate::assistant::PolicyAssistant;
use crate::company::{AssistantPart, Company, UserPart};
use crate::judge::PROVIDER;
use crate::model::{FreeUser, ModelAssistant, ModelUser, annotate, numbered, understood};
use crate::plan::Plan;
use crate::seal::seal;
use crate::speaker::{Cast, Moving, Speaker, SpeakerError, play_on};
use crate::user::AgendaUser;
use crate::words::Words;

/// What a person sees at its turn.
pub enum Sight<'a> {
    /// As the user.
    User(UserView<'a>),
    /// As the assistant.
    Assistant(AssistantView<'a>),
}

/// What a person does at its turn.
pub enum Deed {
    /// Says this.
    Say(String),
    /// Calls a tool, with its arguments as JSON; as the assistant only.
    Call(String, String),
    /// Ends the dialogue.
    End(Ending),
}

/// Shows a person what there is to see and gives what it does.
pub type Hand<'h> = dyn Fn(Sight<'_>) -> Result<Deed, SpeakerError> + Send + Sync + 'h;

/// Whoever plays the user.
type AnyUser<'h> = Box<dyn for<'v> Speaker<UserView<'v>> + 'h>;

/// Whoever plays the assistant.
type AnyAssistant<'h> = Box<dyn for<'v> Speaker<AssistantView<'v>> + 'h>;

/// A person; for one dialogue.
struct Person<'h> {
    hand: &'h Hand<'h>,
    words: Words,
}

impl Person<'_> {
    fn user(&self, view: &UserView<'_>) -> Result<Move, SpeakerError> {
        Ok(match (self.hand)(Sight::User(*view))? {
            Deed::Say(text) => {
                let acts = meant(view, &text, &self.words.read(Role::User, &text));
                Move::Say(Utterance { text, acts, origin: Origin::Human, ..Utterance::default() })
            }
            Deed::End(ending) => Move::End(ending),
            // A user has no tools: what it tried is kept, and counts as what it is.
            Deed::Call(name, arguments) => Move::Garbled(format!("{name} {arguments}")),
        })
    }

    fn assistant(&self, view: &AssistantView<'_>) -> Result<Move, SpeakerError> {
        let origin = Origin::Human;
        Ok(match (self.hand)(Sight::Assistant(*view))? {
            Deed::Say(text) => {
                let acts = annotate(view, &self.words, &text);
                Move::Say(Utterance { text, acts, origin, ..Utterance::default() })
            }
            Deed::End(ending) => Move::End(ending),
            Deed::Call(name, arguments) => {
                let call = goalconvo_llm::ToolCall { id: String::new(), name, arguments };
                let tool_calls = numbered(view, vec![call]);
                Move::Call(Utterance { tool_calls, origin, ..Utterance::default() })
            }
        })
    }
}

impl<'v> Speaker<UserView<'v>> for Person<'_> {
    fn act<'a>(&'a self, view: UserView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        Box::pin(ready(self.user(&view)))
    }
}

impl<'v> Speaker<AssistantView<'v>> for Person<'_> {
    fn act<'a>(&'a self, view: AssistantView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        Box::pin(ready(self.assistant(&view)))
    }
}

/// A person's acts: what any free user's words give away, and how they answer what was asked last.
fn meant(view: &UserView<'_>, text: &str, reading: &Reading) -> Vec<Act> {
    let mut acts = understood(view, text, reading);
    let last = view.heard().next_back().map_or(&[][..], |(_, said)| said.acts.as_slice());
    let asked = |kind: ActKind| last.iter().any(|act| act.act == kind);
    let cue = |wanted: &Cue| reading.cues.iter().any(|(_, cue)| cue == wanted);
    let (yes, no) = (cue(&Cue::Yes) && !cue(&Cue::No), cue(&Cue::No));
    let mut offers = last.iter().filter(|act| act.act == ActKind::Offer);
    let does = |acts: &[Act], kind: ActKind| acts.iter().any(|act| act.act == kind);
    if let (true, Some(offer), None) = (yes && !asked(ActKind::Confirm), offers.next(), offers.next()) {
        let taken = does(&acts, ActKind::Select);
        let select = Act { act: ActKind::Select, slot: None, value: None, ..offer.clone() };
        acts.extend((!taken).then_some(select));
    }
    // Whoever says no more than thanks when asked for more has done.
    let only_thanks = acts.iter().all(|act| act.act == ActKind::Thank) && !acts.is_empty();
    acts.extend((only_thanks && asked(ActKind::RequestMore)).then(|| Act::new(ActKind::Bye)));
    if yes && asked(ActKind::Confirm) && !does(&acts, ActKind::Affirm) {
        acts.insert(0, Act::new(ActKind::Affirm));
    } else if no && (asked(ActKind::Confirm) || asked(ActKind::RequestMore)) && !does(&acts, ActKind::Deny) {
        acts.insert(0, Act::new(ActKind::Deny));
    }
    acts
}

impl Plan {
    /// Plays a scenario with a person in one role and the company's speaker in the other (the built-in one without a
    /// company), and seals the record under this id; `end` sees the episode once it has ended. Where a model's provider
    /// failed, or the hand did, the record is as far as it went, and the failure is beside it. `None` where the plan has no
    /// such stage.
    pub async fn chat(
        &self,
        (scenario, id): (Scenario, String),
        (role, hand): (Role, &Hand<'_>),
        company: Option<&Company>,
        end: &(dyn Fn(&Episode) + Sync),
    ) -> Option<(Dialogue, Option<SpeakerError>)> {
        let (stage, words) = self.troupe(&scenario.domains)?.get().as_ref().ok()?;
        let words = &words.for_one_dialogue();
        let person = || Box::new(Person { hand, words: words.clone() });
        let (user, assistant): (AnyUser<'_>, AnyAssistant<'_>) = match role {
            Role::User => (person(), assistant(company, words)),
            Role::Assistant => (user(company, words), person()),
        };
        let cast = Cast { user: &*user, assistant: &*assistant };
        let episode = Episode::start(stage.clone(), Arc::new(scenario))?;
        let (played, failure) = play_on(episode, &cast, &mut |_| {}).await;
        end(&played);
        let mut dialogue = seal(played, stage, words, id);
        dialogue.provenance.prompts = company.map(Company::prompts).unwrap_or_default();
        if let Some(failure) = &failure {
            let at = format!("/turns/{}", dialogue.turns.len());
            let reason = Reason { check: PROVIDER.into(), at, what: failure.to_string() };
            dialogue.verdicts.push(Verdict::new("speaker", Finding::Failed, vec![reason]));
        }
        Some((dialogue, failure))
    }
}

/// The company's user.
fn user(company: Option<&Company>, words: &Words) -> AnyUser<'static> {
    let words = words.clone();
    match company.map(|company| &company.user) {
        None | Some(UserPart::BuiltIn) => Box::new(AgendaUser::new(words)),
        Some(UserPart::Worded(voice, grade)) => Box::new(ModelUser::new(voice.clone(), *grade, words)),
        Some(UserPart::Free(voice)) => Box::new(FreeUser::new(voice.clone(), words)),
    }
}

/// The company's assistant.
fn assistant(company: Option<&Company>, words: &Words) -> AnyAssistant<'static> {
    let words = words.clone();
    match company.map(|company| &company.assistant) {
        None | Some(AssistantPart::BuiltIn) => Box::new(PolicyAssistant::new(words)),
        Some(AssistantPart::Model(voice)) => Box::new(ModelAssistant::new(voice.clone(), words)),
    }
}

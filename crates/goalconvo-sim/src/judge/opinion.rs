//! Model judges: a rubric, one model or a panel, several samples of each.
//!
//! A reply counts only when it fits the schema and each passage that it quotes stands in the record. A member whose
//! replies mostly do not count, or can't be had, has no mark; then the verdict is unknown, with the reasons. The marks
//! of each sample stay in the verdict's scores, so that agreement can be computed over a whole dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Finding, Reason, Verdict};
use goalconvo_llm::{Error, Format, JsonFormat, Message, Model, Request, Tag};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::judging::{Judge, Judging, reason, unknown};
use super::rubric::{ASK, JudgeRules, Opined, Question, RULES, Record, Rubric, SCALE, TRANSCRIPT, schema};
use super::transcript::Transcript;
use crate::prompt::{PromptError, Prompts};

/// Which mark of a panel decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PanelRule {
    /// The lowest of its members' marks: every one has to reach the least that passes.
    #[default]
    All,
    /// The middle one; of two their mean.
    Median,
}

/// How a rubric is asked and what mark passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpinionConfig {
    /// The lowest mark that passes, from 1 to 5.
    pub least: f64,
    /// How often each model is asked.
    pub samples: u32,
    /// The models' addresses; more than one is a panel. Empty: the one that judges are given.
    pub models: Vec<String>,
    /// Which mark of a panel decides.
    pub panel: PanelRule,
    /// The sampling temperature.
    pub temperature: f64,
    /// Most tokens of a reply.
    pub max_tokens: u32,
}

impl Default for OpinionConfig {
    fn default() -> Self {
        OpinionConfig {
            least: 3.0,
            samples: 3,
            models: vec![],
            panel: PanelRule::All,
            temperature: 0.7,
            max_tokens: 600,
        }
    }
}

/// A rubric with the models that are asked it.
pub struct Opinion {
    rubric: Rubric,
    config: OpinionConfig,
    members: Vec<Arc<dyn Model>>,
    prompts: Arc<Prompts>,
}

/// The check of reasons that say that a provider failed, so that asking again later may help.
pub const PROVIDER: &str = "provider";

/// The check of reasons that say that the budget allows no further call.
pub const BUDGET: &str = "budget";

/// The check of reasons that say that a reply was no rating.
const REPLY: &str = "reply";

/// The check of reasons that say that none of a model's replies could be used.
pub(super) const MUTE: &str = "mute";

/// The check of reasons that say that a rating quotes what is not in the record, or nothing.
pub(super) const QUOTE: &str = "quote";

impl Opinion {
    /// A judge of this rubric. Models whose providers can't be held to a schema should come wrapped in
    /// [`goalconvo_llm::Repaired`].
    pub fn new(
        rubric: Rubric,
        config: OpinionConfig,
        members: Vec<Arc<dyn Model>>,
        prompts: Arc<Prompts>,
    ) -> Self {
        Opinion { rubric, config, members, prompts }
    }

    /// Bytes of one question about a record; none where it can't be asked.
    pub(super) fn length(&self, dialogue: &Dialogue) -> u64 {
        let request = self.request(dialogue, &Transcript::of(dialogue), 0, 0);
        request
            .map_or(0, |request| request.messages.iter().map(|message| message.text().len() as u64 + 8).sum())
    }

    async fn ask_all(&self, dialogue: &Dialogue) -> Verdict {
        let name = self.rubric.name();
        let transcript = Transcript::of(dialogue);
        let mut panel = Panel::default();
        if self.members.is_empty() || self.config.samples == 0 {
            return unknown(name, "model", "", "no model is asked");
        }
        for number in 0..self.members.len() {
            match self.ask(dialogue, &transcript, number, &mut panel).await {
                Ok(Some(mark)) => panel.marks.push(mark),
                // Without it the panel's verdict is unknown already.
                Ok(None) => break,
                Err(what) => return self.signed(unknown(name, "question", "", what)),
            }
        }
        self.signed(self.sum_up(panel))
    }

    /// Asks one member as often as it is to be asked; its mark, where it has one. A provider that failed is not asked
    /// on, and neither is a member whose replies can't become a mark any more: each further call would fail like it.
    async fn ask(
        &self,
        dialogue: &Dialogue,
        transcript: &Transcript,
        number: usize,
        panel: &mut Panel,
    ) -> Result<Option<f64>, String> {
        let (samples, mut marks) = (self.config.samples as usize, Vec::new());
        let mut gone = false;
        for sample in 0..self.config.samples {
            let request = self.request(dialogue, transcript, number, sample)?;
            let problem = match self.members[number].complete(request).await {
                Err(error) => failed(&error),
                Ok(reply) => match read(&reply.text, transcript) {
                    Err(problem) => problem,
                    Ok(opined) => {
                        let who = reply.model.as_deref().unwrap_or("unnamed");
                        panel.note(number, who, sample, &opined);
                        marks.push(opined.score as f64);
                        continue;
                    }
                },
            };
            gone = problem.check == PROVIDER || problem.check == BUDGET;
            panel.problems.push(problem);
            if gone || (sample as usize + 1 - marks.len()) * 2 >= samples {
                break;
            }
        }
        if marks.is_empty() && !gone {
            let what = format!("none of the replies of {} could be used", self.members[number].name());
            panel.problems.push(reason(MUTE, "", what));
        }
        // A mark needs the greater part of what was asked for, or chance and faults decide.
        Ok(if marks.len() * 2 > samples { median(&mut marks) } else { None })
    }

    fn sum_up(&self, mut panel: Panel) -> Verdict {
        let name = self.rubric.name();
        let complete = panel.marks.len() == self.members.len();
        let score = match self.config.panel {
            PanelRule::All => panel.marks.iter().copied().min_by(f64::total_cmp),
            PanelRule::Median => median(&mut panel.marks),
        };
        let score = score.filter(|_| complete);
        let mut found = match score {
            None => Verdict::new(name, Finding::Unknown, panel.problems),
            Some(score) if score >= self.config.least => Verdict::new(name, Finding::Passed, vec![]),
            Some(_) => Verdict::new(
                name,
                Finding::Failed,
                panel.lowest.map(|(_, reasons)| reasons).unwrap_or_default(),
            ),
        };
        found.scores = panel.ratings;
        if let Some(score) = score {
            found.scores.insert(name.into(), score);
        }
        found
    }

    /// With the hash of the prompt.
    fn signed(&self, mut found: Verdict) -> Verdict {
        found.prompt = Some(self.prompts.hash(self.rubric.prompt()).1);
        found
    }

    /// Rules with all questions, then the record, then which question: what requests share comes first. Every other sample
    /// is shown the marks of its question once more in the other order, last: were the rules themselves turned round, the
    /// record after them would be no prefix of an earlier request.
    fn request(
        &self,
        dialogue: &Dialogue,
        transcript: &Transcript,
        member: usize,
        sample: u32,
    ) -> Result<Request, String> {
        let wrong = |error: PromptError| error.to_string();
        let mut asked = self.rubric.asked(dialogue)?;
        let filled =
            |rubric: &Rubric, descending| self.prompts.fill(rubric.prompt(), &Question { descending });
        if sample % 2 == 1 {
            asked.reversed = filled(&self.rubric, true).map_err(wrong)?;
        }
        let questions = Rubric::ALL.iter().map(|rubric| filled(rubric, false));
        let questions = questions.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let rules = JudgeRules { low: SCALE.0, high: SCALE.1, questions };
        let record = Record { lines: transcript.lines().map(str::to_owned).collect() };
        let messages = vec![
            Message::system(self.prompts.fill(&RULES, &rules).map_err(wrong)?),
            Message::user(self.prompts.fill(&TRANSCRIPT, &record).map_err(wrong)?),
            Message::user(self.prompts.fill(&ASK, &asked).map_err(wrong)?),
        ];
        let tag = Tag {
            scope: format!("{}/judge/{}", dialogue.id, self.rubric.name()).into(),
            turn: u32::try_from(member).unwrap_or(u32::MAX),
            attempt: sample,
            role: "judge".into(),
            phase: self.rubric.name().into(),
        };
        Ok(Request {
            format: Format::Json(JsonFormat { name: "rating".into(), schema: schema() }),
            // Samples are samples: no provider's cache may answer two of them with one.
            seed: Some(sample),
            temperature: Some(self.config.temperature),
            max_tokens: Some(self.config.max_tokens),
            cache_prefix: true,
            tag,
            ..Request::new(messages)
        })
    }
}

impl Judge for Opinion {
    fn name(&self) -> &str {
        self.rubric.name()
    }

    fn is_free(&self) -> bool {
        false
    }

    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a> {
        Box::pin(self.ask_all(dialogue))
    }
}

/// What the members said so far.
#[derive(Default)]
struct Panel {
    /// One a member that has one.
    marks: Vec<f64>,
    /// Every sample's mark, by `rating/<member>:<model>/<sample>`.
    ratings: BTreeMap<SmolStr, f64>,
    /// The lowest mark with its passages.
    lowest: Option<(i64, Vec<Reason>)>,
    problems: Vec<Reason>,
}

impl Panel {
    fn note(&mut self, member: usize, who: &str, sample: u32, opined: &Opined) {
        self.ratings.insert(format!("rating/{member}:{who}/{sample}").into(), opined.score as f64);
        if self.lowest.as_ref().is_none_or(|(score, _)| opined.score < *score) {
            let what = format!("{} of {}: {}", opined.score, SCALE.1, opined.reason);
            let quotes = opined.evidence.iter().map(|quote| {
                reason("rating", &format!("/turns/{}", quote.line), format!("{what} ({:?})", quote.quote))
            });
            self.lowest = Some((opined.score, quotes.collect()));
        }
    }
}

fn failed(error: &Error) -> Reason {
    let check = match error {
        error if error.is_budget() => BUDGET,
        error if error.is_schema() || error.is_empty() => REPLY,
        _ => PROVIDER,
    };
    reason(check, "", format!("{}: {error}", error.class()))
}

/// Reads a reply and checks that what it quotes stands in the record.
fn read(text: &str, transcript: &Transcript) -> Result<Opined, Reason> {
    let opined: Opined = serde_json::from_str(text)
        .map_err(|error| reason(REPLY, "", format!("the reply is no rating: {error}")))?;
    if !(SCALE.0..=SCALE.1).contains(&opined.score) {
        let what = format!("the mark {} is not from {} to {}", opined.score, SCALE.0, SCALE.1);
        return Err(reason(REPLY, "", what));
    }
    if opined.evidence.is_empty() {
        return Err(reason(QUOTE, "", "the rating quotes nothing"));
    }
    match opined.evidence.iter().find(|quote| !transcript.has(quote.line, &quote.quote)) {
        Some(quote) => {
            let what = format!("the rating quotes what is not in line {}: {:?}", quote.line, quote.quote);
            Err(reason(QUOTE, "", what))
        }
        None => Ok(opined),
    }
}

/// The middle of the marks; between two of them their mean.
fn median(marks: &mut [f64]) -> Option<f64> {
    marks.sort_by(f64::total_cmp);
    let low = marks.get(marks.len().checked_sub(1)? / 2)?;
    let high = marks.get(marks.len() / 2)?;
    Some((low + high) / 2.0)
}

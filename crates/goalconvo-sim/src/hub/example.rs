//! A good dialogue as prompts show it, and what tells it from others; the dialogue itself is not kept.

use goalconvo_core::{Arguments, Dialogue, Goal, Turn};

use crate::goals::Written;

/// What a prompt may show of a dialogue.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// As a user would have seen it: words alone, a line an utterance.
    pub for_user: Vec<String>,
    /// As an assistant would have: with calls and results.
    pub for_assistant: Vec<String>,
    /// Its goal, as JSON.
    pub written: Option<String>,
    /// Its goal.
    pub goal: Option<Goal>,
    /// Its user, where a model invented one.
    pub person: Option<String>,
}

/// So many characters of a tool's result are shown.
const RESULT: usize = 240;

impl Example {
    pub(super) fn of(dialogue: &Dialogue) -> Self {
        let scenario = dialogue.scenario.as_ref();
        let goal = scenario.map(|scenario| scenario.goal.clone());
        let invented = scenario.filter(|scenario| scenario.experience.is_some());
        Example {
            for_user: words(dialogue),
            for_assistant: deeds(dialogue),
            written: goal.as_ref().and_then(|goal| serde_json::to_string(&Written::from(goal)).ok()),
            goal,
            person: invented.map(|scenario| format!("{}: {}", scenario.user.name, scenario.user.description)),
        }
    }

    /// Whether it is about just this.
    pub(super) fn has_goal(&self, goal: &Goal) -> bool {
        self.goal.as_ref().is_some_and(|own| own.tasks == goal.tasks)
    }
}

fn words(dialogue: &Dialogue) -> Vec<String> {
    let who = |role| if role == goalconvo_core::Role::User { "Customer" } else { "Service" };
    dialogue.said().map(|(role, text)| format!("{}: {}", who(role), one_line(text))).collect()
}

fn deeds(dialogue: &Dialogue) -> Vec<String> {
    let mut lines = Vec::new();
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => lines.push(format!("Customer: {}", one_line(&said.text))),
            Turn::Assistant(said) => {
                if !said.text.is_empty() {
                    lines.push(format!("You: {}", one_line(&said.text)));
                }
                lines.extend(said.tool_calls.iter().map(|call| {
                    let arguments = match &call.function.arguments {
                        Arguments::Parsed(record) => record.to_string(),
                        Arguments::Raw(text) => one_line(text),
                    };
                    format!("You call {}({arguments})", call.function.name)
                }));
            }
            Turn::Tool(answer) => {
                let result = match &answer.error {
                    None => answer.result.to_string(),
                    Some(error) => format!("error: {}", error.message),
                };
                let shown: String = result.chars().take(RESULT).collect();
                let cut = if shown.len() < result.len() { " …" } else { "" };
                lines.push(format!("{} returns {shown}{cut}", answer.name));
            }
            Turn::Garbled { .. } => {}
        }
    }
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

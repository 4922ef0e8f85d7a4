//! A dialogue as HTML: who said what, what was called, what supports each value. Everything in it is escaped.

use std::fmt::Write as _;

use goalconvo_core::{Dialogue, Evidence, Finding, Role, Turn, Utterance};

use super::gallery::Shown;
use crate::figures::{escape, number};

/// A result is cut off after so many characters.
const RESULT: usize = 320;

/// An example: closed until somebody opens it.
pub fn example(id: &str, shown: &Shown<'_>) -> String {
    let Shown { dialogue, from, note, pair } = shown;
    let mut html = format!(
        "<details class=\"ex\" id=\"{}\"><summary>{}</summary><div class=\"talk\">",
        escape(id),
        escape(&title(dialogue, from))
    );
    if !note.is_empty() {
        let _ = write!(html, "<p class=\"meta bad\">{}</p>", escape(note));
    }
    goal(&mut html, dialogue);
    turns(&mut html, dialogue);
    end(&mut html, dialogue);
    if let Some((real, likeness)) = pair {
        let _ = write!(
            html,
            "<h3>Held against {} of the reference, whose goal is most like it ({})</h3>",
            escape(&real.id),
            number(*likeness)
        );
        turns(&mut html, real);
    }
    html + "</div></details>\n"
}

fn title(dialogue: &Dialogue, from: &str) -> String {
    let mut parts = vec![format!("{from} · {}", dialogue.id)];
    parts.extend((!dialogue.domains.is_empty()).then(|| dialogue.domains.join(", ")));
    let class = dialogue.scenario.as_ref().map(|scenario| scenario.goal.class.name().replace('_', " "));
    parts.extend(class);
    parts.join(" · ")
}

fn goal(html: &mut String, dialogue: &Dialogue) {
    let Some(scenario) = &dialogue.scenario else { return };
    html.push_str("<p class=\"meta\"><b>Goal.</b> ");
    for task in &scenario.goal.tasks {
        let slots: Vec<String> = task
            .constraints
            .iter()
            .map(|(slot, value)| format!("{slot} = {}", value.plain()))
            .chain((!task.requests.is_empty()).then(|| format!("asks {}", task.requests.join(", "))))
            .collect();
        let line = format!("{}: {}. ", task.intent, slots.join(", "));
        html.push_str(&escape(&line));
    }
    html.push_str("</p>");
}

fn turns(html: &mut String, dialogue: &Dialogue) {
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => utterance(html, "user", said),
            Turn::Assistant(said) => {
                if !said.text.is_empty() {
                    utterance(html, "assistant", said);
                }
                for call in &said.tool_calls {
                    let fields = call.function.arguments.fields().iter();
                    let arguments: Vec<String> =
                        fields.map(|(name, value)| format!("{name}: {value}")).collect();
                    let line = format!("→ {}({})", call.function.name, arguments.join(", "));
                    tool(html, &line);
                }
            }
            Turn::Tool(answer) => match &answer.error {
                Some(error) => tool(html, &format!("← error: {}", error.message)),
                None => tool(html, &format!("← {}", cut(&answer.result.to_string()))),
            },
            Turn::Garbled { by, raw } => {
                let who = if *by == Role::User { "user" } else { "assistant" };
                let _ = write!(
                    html,
                    "<div class=\"turn garbled {who}\"><div><span class=\"who\">{who}, no valid move</span>{}</div></div>",
                    escape(&cut(raw))
                );
            }
        }
    }
}

fn utterance(html: &mut String, who: &str, said: &Utterance) {
    let _ = write!(
        html,
        "<div class=\"turn {who}\"><div><span class=\"who\">{who}</span>{}</div></div>",
        supported(&said.text, &said.evidence)
    );
}

fn tool(html: &mut String, line: &str) {
    let _ = write!(html, "<div class=\"turn tool\"><div><code>{}</code></div></div>", escape(line));
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(RESULT).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The text with the values that have evidence marked, each saying where it is from.
fn supported(text: &str, evidence: &[Evidence]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let part = |from: usize, to: usize| escape(&chars[from..to].iter().collect::<String>());
    let mut spans: Vec<&Evidence> = evidence.iter().collect();
    spans.sort_by_key(|evidence| evidence.span);
    let (mut html, mut at) = (String::new(), 0);
    for Evidence { span: [start, end], source, .. } in spans {
        if *start < at || *end > chars.len() || end <= start {
            continue;
        }
        let (before, inside) = (part(at, *start), part(*start, *end));
        let _ = write!(html, "{before}<mark title=\"from {}\">{inside}</mark>", escape(source));
        at = *end;
    }
    html + &part(at, chars.len())
}

fn end(html: &mut String, dialogue: &Dialogue) {
    let mut parts: Vec<String> = Vec::new();
    if let Some(outcome) = &dialogue.outcome {
        let (class, word) = if outcome.success { ("good", "success") } else { ("bad", "no success") };
        let ending = serde_json::to_value(outcome.ending).ok();
        let ending =
            ending.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().replace('_', " ");
        parts.push(format!(
            "Ended: {}. <span class=\"{class}\">{word}</span>, reward {}.",
            escape(&ending),
            number(outcome.reward)
        ));
    }
    for verdict in &dialogue.verdicts {
        let (class, word) = match verdict.finding {
            Finding::Passed => ("good", "passed"),
            Finding::Failed => ("bad", "failed"),
            Finding::Unknown => ("bad", "unknown"),
        };
        let scores: String =
            verdict.scores.iter().map(|(name, score)| format!(", {name} {}", number(*score))).collect();
        let reasons: Vec<String> = verdict
            .reasons
            .iter()
            .map(|reason| format!("{} at {}: {}", reason.check, reason.at, reason.what))
            .collect();
        parts.push(format!(
            "{}: <span class=\"{class}\">{word}</span>{}{}",
            escape(&verdict.judge),
            escape(&scores),
            escape(&if reasons.is_empty() { ".".to_owned() } else { format!(". {}.", reasons.join("; ")) })
        ));
    }
    if !parts.is_empty() {
        let _ = write!(html, "<p class=\"meta\">{}</p>", parts.join(" "));
    }
}

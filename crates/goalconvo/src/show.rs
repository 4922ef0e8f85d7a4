//! A dialogue as text for people: who said and did what, what supports it, and what was found about it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use goalconvo_core::{
    Act, Dialogue, Evidence, Finding, Goal, Reason, Role, Task, ToolCall, ToolTurn, Turn, Utterance, Value,
    facts,
};

use crate::Paint;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const USER: Style = colour(AnsiColor::Cyan).bold();
const ASSISTANT: Style = colour(AnsiColor::Green).bold();
const TOOL: Style = colour(AnsiColor::Yellow);
const BAD: Style = colour(AnsiColor::Red).bold();
const VALUE: Style = Style::new().underline();

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// Columns before the text of a turn: its number and who it is.
const INDENT: usize = 15;

/// How to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shower {
    pub(crate) paint: Paint,
    pub(crate) width: usize,
    pub(crate) verbose: bool,
}

impl Shower {
    /// A whole dialogue, with an empty line at its end.
    pub(crate) fn dialogue(&self, dialogue: &Dialogue) -> String {
        let mut text = self.title(dialogue);
        if let Some(scenario) = &dialogue.scenario {
            self.goal(&mut text, &scenario.goal);
            for fault in &scenario.faults {
                self.field(
                    &mut text,
                    "fault",
                    &format!("call {} fails: {}", fault.call, snake(&fault.kind)),
                    DIM,
                );
            }
            for tool in &scenario.missing_tools {
                self.field(&mut text, "missing", tool, DIM);
            }
        }
        text.push('\n');
        for (at, turn) in dialogue.turns.iter().enumerate() {
            self.turn(&mut text, dialogue, at, turn);
        }
        text.push('\n');
        self.end(&mut text, dialogue);
        text.push('\n');
        text
    }

    fn title(&self, dialogue: &Dialogue) -> String {
        let mut parts = vec![self.paint.text(BOLD, &dialogue.id)];
        parts.extend((!dialogue.domains.is_empty()).then(|| dialogue.domains.join(", ")));
        parts.extend(dialogue.scenario.as_ref().map(|scenario| scenario.goal.class.name().to_owned()));
        format!("{}\n", parts.join(&self.paint.text(DIM, " · ")))
    }

    fn goal(&self, text: &mut String, goal: &Goal) {
        for (at, task) in goal.tasks.iter().enumerate() {
            self.field(text, &format!("task {at}"), &task_line(task), Style::new());
        }
    }

    fn turn(&self, text: &mut String, dialogue: &Dialogue, at: usize, turn: &Turn) {
        match turn {
            Turn::User(said) => self.said(text, at, ("user", USER), said),
            Turn::Assistant(said) => {
                if !said.text.is_empty() {
                    self.said(text, at, ("assistant", ASSISTANT), said);
                }
                for (call, is_first) in
                    said.tool_calls.iter().zip(std::iter::once(true).chain(std::iter::repeat(false)))
                {
                    let number = if said.text.is_empty() && is_first { Some(at) } else { None };
                    self.call(text, number, dialogue, at, call);
                }
                if said.text.is_empty() {
                    self.belief(text, said);
                }
            }
            Turn::Tool(answer) => self.answer(text, at, answer),
            Turn::Garbled { by, raw } => {
                let who = if *by == Role::User { "user" } else { "assistant" };
                self.block(text, Some(at), (who, BAD), &format!("garbled: {raw}"), BAD);
            }
        }
    }

    fn said(&self, text: &mut String, at: usize, who: (&str, Style), said: &Utterance) {
        self.block(text, Some(at), who, &self.underlined(&said.text, &said.evidence), Style::new());
        if !said.acts.is_empty() {
            let acts: Vec<String> = said.acts.iter().map(act_text).collect();
            self.detail(text, "acts", &acts.join("; "));
        }
        for evidence in &said.evidence {
            let [start, end] = evidence.span;
            let words: String = said.text.chars().skip(start).take(end.saturating_sub(start)).collect();
            self.detail(
                text,
                "evidence",
                &format!("{words:?} is {} from {}", evidence.value, evidence.source),
            );
        }
        self.belief(text, said);
    }

    fn belief(&self, text: &mut String, said: &Utterance) {
        if !said.state.is_empty() {
            let state: Vec<String> =
                said.state.iter().map(|(slot, value)| format!("{slot} = {}", plain(value))).collect();
            self.detail(text, "state", &state.join(", "));
        }
    }

    fn call(
        &self,
        text: &mut String,
        number: Option<usize>,
        dialogue: &Dialogue,
        at: usize,
        call: &ToolCall,
    ) {
        let fields = call.function.arguments.fields();
        let arguments: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let line = format!("{}({})", call.function.name, arguments.join(", "));
        self.block(text, number, ("→ call", TOOL), &line, Style::new());
        if self.verbose {
            let nth = |turn: &Turn| match turn {
                Turn::Assistant(said) => said.tool_calls.iter().position(|other| other.id == call.id),
                _ => None,
            };
            let feeds = dialogue.turns.get(at).and_then(nth).map(|nth| facts::feeds(dialogue, at, nth));
            for (name, value) in fields {
                let source =
                    feeds.iter().flatten().find(|(fed, _)| fed == name).map(|(_, source)| source.as_str());
                let source = source.unwrap_or("nothing that was said or returned before");
                self.detail(text, name, &format!("{value} from {source}"));
            }
        }
    }

    fn answer(&self, text: &mut String, at: usize, answer: &ToolTurn) {
        let Some(error) = &answer.error else {
            return self.block(text, Some(at), ("← result", TOOL), &self.result(&answer.result), DIM);
        };
        let kind = serde_json::to_value(error.kind).ok();
        let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        let rule = error.rule.as_ref().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
        self.block(
            text,
            Some(at),
            ("← error", BAD),
            &format!("{kind}: {}{rule}", error.message),
            Style::new(),
        );
    }

    /// A search's results one a line, anything else as it is; shortened unless all is wanted.
    fn result(&self, result: &Value) -> String {
        let room = self.width - INDENT;
        let (Some(total), Some(rows)) = (result.field("total"), result.field("results")) else {
            return self.shortened(result.to_string(), 3 * room);
        };
        let shown = if self.verbose { usize::MAX } else { 3 };
        let mut lines = vec![format!("total {total}")];
        for (at, row) in rows.items().iter().enumerate().take(shown) {
            lines.push(self.shortened(format!("{at} {row}"), room));
        }
        let more = rows.items().len().saturating_sub(shown);
        lines.extend((more > 0).then(|| format!("… and {more} more")));
        lines.join("\n")
    }

    fn shortened(&self, text: String, room: usize) -> String {
        if self.verbose || text.chars().count() <= room {
            return text;
        }
        text.chars().take(room - 1).chain(['…']).collect()
    }

    fn end(&self, text: &mut String, dialogue: &Dialogue) {
        if let Some(outcome) = &dialogue.outcome {
            let style = if outcome.success { ASSISTANT } else { BAD };
            let success = if outcome.success { "success" } else { "no success" };
            let ending = snake(&outcome.ending);
            self.field(text, "outcome", &format!("{ending}, {success}, reward {}", outcome.reward), style);
            // What was so before the first turn was not changed in the dialogue.
            let setup = dialogue.scenario.as_ref().map_or(&[][..], |scenario| &scenario.setup);
            for change in outcome.changes.iter().filter(|change| !setup.contains(change)) {
                self.field(text, "changed", &format!("{} {}: {}", change.table, change.key, change.row), DIM);
            }
        }
        for verdict in &dialogue.verdicts {
            let (found, style) = match verdict.finding {
                Finding::Passed => ("passed", ASSISTANT),
                Finding::Failed => ("failed", BAD),
                Finding::Unknown => ("unknown", TOOL),
            };
            let scores: String =
                verdict.scores.iter().map(|(name, score)| format!(", {name} {score}")).collect();
            self.field(text, &verdict.judge, &format!("{found}{scores}"), style);
            verdict
                .reasons
                .iter()
                .for_each(|reason| self.field(text, "", &reason_line(reason), Style::new()));
        }
    }

    fn field(&self, text: &mut String, name: &str, value: &str, style: Style) {
        self.block(text, None, (name, DIM), value, style);
    }

    fn detail(&self, text: &mut String, name: &str, value: &str) {
        self.block(text, None, ("", DIM), &format!("{name}: {value}"), DIM);
    }

    /// A number, a name, and words wrapped beside them.
    fn block(
        &self,
        text: &mut String,
        number: Option<usize>,
        (name, mark): (&str, Style),
        words: &str,
        style: Style,
    ) {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let name = self.paint.text(mark, format!("{name:<10}"));
        let mut head = format!("{} {name} ", self.paint.text(DIM, format!("{number:>3}")));
        for line in wrap(words, self.width - INDENT) {
            // Nothing is painted that is painted already: an underline would end the colour.
            let line = if line.contains('\u{1b}') { line } else { self.paint.text(style, line) };
            let _ = writeln!(text, "{head}{line}");
            head = " ".repeat(INDENT);
        }
    }

    /// The text with the values that have evidence underlined.
    fn underlined(&self, text: &str, evidence: &[Evidence]) -> String {
        let mut spans: Vec<[usize; 2]> = evidence.iter().map(|evidence| evidence.span).collect();
        spans.sort_unstable();
        let chars: Vec<char> = text.chars().collect();
        let part = |from: usize, to: usize| chars.get(from..to).map(String::from_iter).unwrap_or_default();
        let (mut done, mut at) = (String::new(), 0);
        for [start, end] in spans {
            if start < at || end > chars.len() || end < start {
                continue;
            }
            done += &part(at, start);
            // Word by word, so that a line may be broken in between.
            let words: Vec<String> =
                part(start, end).split(' ').map(|word| self.paint.text(VALUE, word)).collect();
            done += &words.join(" ");
            at = end;
        }
        done + &part(at, chars.len())
    }
}

/// Lines of at most `width` columns, broken at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line += word;
            while columns(&line) > width && !line.contains('\u{1b}') {
                let rest = line.chars().skip(width).collect();
                lines.push(line.chars().take(width).collect());
                line = rest;
            }
        }
        lines.push(line);
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Characters that take room: all but those of escape sequences.
fn columns(text: &str) -> usize {
    let mut escaped = false;
    let takes_room = |c: char| {
        let hidden = escaped || c == '\u{1b}';
        escaped = hidden && c != 'm';
        !hidden
    };
    text.chars().map(takes_room).filter(|room| *room).count()
}

/// A task of a goal in one line.
pub(crate) fn task_line(task: &Task) -> String {
    let mut line = format!("{}/{}", task.domain, task.intent);
    for (slot, value) in &task.constraints {
        let _ = write!(line, ", {slot} = {}", plain(value));
    }
    for (slot, carry) in &task.carried {
        let _ = write!(line, ", {slot} = {} of task {}", carry.slot, carry.task);
    }
    for relaxation in &task.relaxations {
        let slots: Vec<String> =
            relaxation.iter().map(|(slot, value)| format!("{slot} = {}", plain(value))).collect();
        let _ = write!(line, "; or else {}", slots.join(", "));
    }
    for (slot, value) in &task.changes {
        let _ = write!(line, "; changes to {slot} = {}", plain(value));
    }
    if !task.requests.is_empty() {
        let _ = write!(line, "; asks {}", task.requests.join(", "));
    }
    let _ = write!(line, "; expects {}", snake(&task.expect));
    line
}

fn act_text(act: &Act) -> String {
    let kind = serde_json::to_value(act.act).ok();
    let mut text = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let place: Vec<&str> =
        [&act.domain, &act.intent].into_iter().flatten().map(smol_str::SmolStr::as_str).collect();
    if !place.is_empty() {
        let _ = write!(text, " {}", place.join("/"));
    }
    if let Some(slot) = &act.slot {
        let _ = write!(text, " {slot}");
    }
    if let Some(value) = &act.value {
        let _ = write!(text, " = {}", plain(value));
    }
    if let Some(of) = &act.of {
        let _ = write!(text, " of {of}");
    }
    text
}

fn reason_line(reason: &Reason) -> String {
    let Reason { check, at, what } = reason;
    format!("{check} at {at}: {what}")
}

fn plain(value: &Value) -> String {
    value.plain().to_string()
}

/// The name that records and reports have for it, in words.
fn snake(name: &impl serde::Serialize) -> String {
    let name = serde_json::to_value(name).ok();
    name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().replace('_', " ")
}

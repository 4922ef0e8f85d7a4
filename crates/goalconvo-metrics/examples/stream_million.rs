//! Streams made-up dialogues through all figures that need no encoder, against a reference of a thousand, and prints the
//! highest memory use: the proof that a million dialogues fit in 500 MB. Every utterance is different, and so is nearly
//! every dialogue's chain of tools: the worst case for what counts them.

use std::io::Write;

use goalconvo_core::{
    Arguments, CallKind, Dialogue, Format, FunctionCall, Provenance, ToolCall, Turn, Utterance, Value,
};
use goalconvo_metrics::{CompareSettings, Comparison, Evaluation, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let mut evaluation = Evaluation::new(Settings::default(), Some(count as usize));
    let mut state = 1;
    let reference: Vec<Dialogue> = (0..1000).map(|index| dialogue(index, &mut state)).collect();
    let mut comparison = Comparison::new(&reference, CompareSettings::default(), count);
    for index in 0..count {
        let dialogue = dialogue(index, &mut state);
        evaluation.push(index, &dialogue);
        comparison.push(index, &dialogue);
    }
    let mut report = evaluation.report();
    report.extend(comparison.report(None)?.measures().iter().cloned());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown");
    let mut out = std::io::stdout();
    writeln!(out, "{count} dialogues, {peak}")?;
    for name in [
        "turns_per_dialogue",
        "user_vocabulary",
        "user_unique_utterances",
        "user_distinct_2_at_10k",
        "tool_chain_unique",
        "tool_chain_entropy",
        "bleu",
        "contaminated_dialogues",
    ] {
        writeln!(out, "{name} {:?}", report.value(name))?;
    }
    Ok(())
}

/// Fourteen utterances of twelve words out of five thousand, the frequent ones far more often.
fn dialogue(index: u64, state: &mut u64) -> Dialogue {
    let mut word = || {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let uniform = (*state >> 11) as f64 / (1_u64 << 53) as f64;
        format!("w{}", letters((5000.0_f64.powf(uniform)) as u32))
    };
    let mut utterance = || {
        let text = (0..12).map(|_| word()).collect::<Vec<_>>().join(" ");
        Utterance { text, ..Utterance::default() }
    };
    let turn = |at: usize| {
        if at.is_multiple_of(2) {
            return Turn::User(utterance());
        }
        // Four calls in a dialogue, of two hundred tools.
        let tool_calls = if at < 8 { vec![call(index, at)] } else { Vec::new() };
        Turn::Assistant(Utterance { tool_calls, ..utterance() })
    };
    Dialogue {
        format: Format,
        id: index.to_string(),
        domains: Vec::new(),
        scenario: None,
        world: None,
        turns: (0..14).map(turn).collect(),
        outcome: None,
        verdicts: Vec::new(),
        provenance: Provenance::default(),
    }
}

fn call(dialogue: u64, turn: usize) -> ToolCall {
    let mixed = (dialogue + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(turn as u32 * 8);
    let name = format!("tool_{}", mixed % 200).into();
    let function = FunctionCall { name, arguments: Arguments::Parsed(Value::default()) };
    ToolCall { id: turn.to_string().into(), kind: CallKind::Function, function }
}

fn letters(mut number: u32) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    text
}

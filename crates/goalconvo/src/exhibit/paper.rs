//! Table 6.1 of GoalConvo's paper, with what can be measured here: the rest is "not measured".

use std::fmt::Write as _;

use goalconvo_metrics::Measure;

use super::Subject;
use crate::figures::number;

/// Columns: heading, name of the figure.
const COLUMNS: [(&str, &str); 12] = [
    ("BERTScore F1", "bertscore_f1"),
    ("Diversity (distinct-1)", "distinct_1_per_dialogue"),
    ("Diversity (distinct-2 at 10k tokens)", "distinct_2_at_10k"),
    ("Words of completion in the end", "keyword_goal_relevance"),
    ("Goal success (facts)", "goal_success"),
    ("Coherence", "judged_coherence"),
    ("Fluency", "judged_fluency"),
    ("Length (utterances)", "turns_per_dialogue"),
    ("Length (tokens)", "tokens_per_dialogue"),
    ("Response time (ms)", "response_ms"),
    ("BLEU", "bleu"),
    ("ROUGE-L", "rouge_l"),
];

/// What stands where there is no figure.
const NOT_MEASURED: &str = "not measured";

/// A cell: the value, its interval, n.
pub struct PaperCell {
    /// The value, or that it was not measured.
    pub value: String,
    /// The interval, where there is one.
    pub interval: Option<String>,
    /// How many items it rests on, where it was measured.
    pub n: Option<u64>,
    /// What was computed, or why nothing was.
    pub note: String,
}

/// Headings with each dataset's cell.
pub fn rows(subjects: &[&Subject]) -> Vec<(&'static str, Vec<PaperCell>)> {
    let cells = |name: &str| subjects.iter().map(|subject| cell(subject.report.get(name))).collect();
    COLUMNS.iter().map(|(heading, name)| (*heading, cells(name))).collect()
}

fn cell(measure: Option<&Measure>) -> PaperCell {
    let value = measure.and_then(|measure| measure.value);
    let Some((measure, value)) = measure.zip(value) else {
        let note = measure.and_then(|measure| measure.reason.clone());
        let note = note.unwrap_or_else(|| "there is nothing to hold it against".to_owned());
        return PaperCell { value: NOT_MEASURED.to_owned(), interval: None, n: None, note };
    };
    let interval = measure.interval.map(|[low, high]| format!("[{}, {}]", number(low), number(high)));
    PaperCell { value: number(value), interval, n: Some(measure.n), note: measure.definition.clone() }
}

/// The table as Markdown, a line for each dataset.
pub fn markdown(subjects: &[&Subject]) -> String {
    let rows = rows(subjects);
    let plain = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;");
    let headings: Vec<&str> = rows.iter().map(|(heading, _)| *heading).collect();
    let mut text =
        format!("| Dataset | {} |\n|{}\n", headings.join(" | "), " --- |".repeat(headings.len() + 1));
    for (at, subject) in subjects.iter().enumerate() {
        let cells = rows.iter().map(|(_, cells)| one_line(&cells[at]));
        let _ = writeln!(text, "| {} | {} |", plain(&subject.name), cells.collect::<Vec<_>>().join(" | "));
    }
    text + "\nEach value with its 95 % interval over dialogues and n.\n"
}

fn one_line(cell: &PaperCell) -> String {
    let mut text = cell.value.clone();
    if let Some(interval) = &cell.interval {
        let _ = write!(text, " {interval}");
    }
    if let Some(n) = cell.n {
        let _ = write!(text, ", n = {n}");
    }
    text
}

/// The table in LaTeX (`booktabs`, `graphicx`), a line for each dataset.
pub fn latex(subjects: &[&Subject]) -> String {
    let rows = rows(subjects);
    let mut text = String::from(
        "% Needs \\usepackage{booktabs} and \\usepackage{graphicx}.\n\\begin{table*}\n\\centering\n\
         \\caption{Each value with its 95\\,\\% interval over dialogues and $n$.}\n\\resizebox{\\textwidth}{!}{%\n",
    );
    let _ = writeln!(text, "\\begin{{tabular}}{{l{}}}\n\\toprule", "c".repeat(rows.len()));
    let headings: Vec<String> = rows.iter().map(|(heading, _)| tex(heading)).collect();
    let _ = writeln!(text, "Dataset & {} \\\\\n\\midrule", headings.join(" & "));
    for (at, subject) in subjects.iter().enumerate() {
        let cells = rows.iter().map(|(_, cells)| tex_cell(&cells[at]));
        let _ = writeln!(text, "{} & {} \\\\", tex(&subject.name), cells.collect::<Vec<_>>().join(" & "));
    }
    text + "\\bottomrule\n\\end{tabular}}\n\\end{table*}\n"
}

fn tex_cell(cell: &PaperCell) -> String {
    let Some(n) = cell.n else { return tex(&cell.value) };
    let value = tex(&cell.value);
    let interval = cell
        .interval
        .as_deref()
        .map(tex)
        .map_or(String::new(), |text| format!("{{\\scriptsize {text}}}\\\\"));
    format!("\\begin{{tabular}}{{@{{}}c@{{}}}}{value}\\\\{interval}{{\\scriptsize $n={n}$}}\\end{{tabular}}")
}

/// Text that LaTeX sets as it is.
fn tex(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            // A bracket after the end of a row would be read as its height.
            '[' => escaped.push_str("{[}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '−' => escaped.push_str("$-$"),
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

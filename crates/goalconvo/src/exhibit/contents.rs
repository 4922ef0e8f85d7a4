//! What the six figures show: which of the figures by name, on which scale, under which words.

use goalconvo_core::Dialogue;

use super::Subject;
use super::figure::{
    Cell, Figure, Found, HEAD, Part, Picture, Table, described, entry, legend_name, measured, panel,
};
use super::gallery::Gallery;
use crate::figures::{Bar, Chart, Row, Scale};

/// A figure's slug, title and caption.
type Heading = (&'static str, &'static str, &'static str);

const SIMILARITY: Heading = (
    "1-similarity-diversity",
    "Figure 1. Similarity and diversity",
    "Similarity needs a reference (--against), its embeddings an encoder (--encoder). Diversity is counted at a fixed \
     number of tokens, since it falls with length.",
);
const GOAL: Heading = (
    "2-goal-coherence",
    "Figure 2. Goal and coherence",
    "Success is a fact about calls and final state. Coherence is an opinion: it is shown where model judges gave scores, \
     and nothing stands in for it where they did not.",
);
const LENGTH: Heading = (
    "3-length-fluency",
    "Figure 3. Length and fluency",
    "Fluency is an opinion of judges; readability formulas say how hard the words are, not how fluent they are.",
);
const LATENCY: Heading = (
    "4-latency-overlap",
    "Figure 4. Latency and overlap",
    "Overlap is with the most similar dialogue of the reference, by goal and domain. High overlap is not quality: a copy \
     has it all.",
);
const DOMAINS: Heading = (
    "5-domains",
    "Figure 5. Per domain",
    "A dialogue counts in each of its domains. n is the number of its dialogues.",
);
const PIPELINE: Heading = (
    "6-pipeline",
    "Figure 6. Pipeline",
    "From what was asked to what holds today: every record was replayed and checked again for this page.",
);

fn share() -> Option<Scale> {
    Some(Scale::share())
}

fn similarity() -> Vec<Part> {
    vec![
        Part {
            title: "Similarity to the reference",
            note: "1 is the same",
            scale: share(),
            rows: &[
                ("bertscore_f1", "BERTScore F1"),
                ("bertscore_precision", "BERTScore precision"),
                ("bertscore_recall", "BERTScore recall"),
                ("mauve", "MAUVE"),
                ("embedding_precision", "embeddings: precision"),
                ("embedding_recall", "embeddings: recall"),
                ("embedding_coverage", "embeddings: coverage"),
                ("pair_likeness", "likeness of the paired goals"),
            ],
        },
        Part {
            title: "Told apart from the reference",
            note: "0.5: a classifier cannot tell them apart, 1: always",
            scale: share(),
            rows: &[("two_sample_auc_text", "AUC by words"), ("two_sample_auc_acts", "AUC by dialogue acts")],
        },
        Part {
            title: "Distance of distributions",
            note: "Jensen-Shannon, bits; 0 is the same",
            scale: share(),
            rows: &[
                ("js_acts", "dialogue acts"),
                ("js_slots", "slots"),
                ("js_domains", "domains"),
                ("js_turns", "utterances in a dialogue"),
                ("js_tokens_per_turn", "tokens in an utterance"),
            ],
        },
        Part {
            title: "Diversity",
            note: "higher is more varied",
            scale: share(),
            rows: &[
                ("distinct_1_per_dialogue", "distinct-1 in a dialogue"),
                ("distinct_1_at_10k", "distinct-1 at 10,000 tokens"),
                ("distinct_2_at_10k", "distinct-2 at 10,000 tokens"),
                ("distinct_3_at_10k", "distinct-3 at 10,000 tokens"),
                ("hdd_at_10k", "HD-D at 10,000 tokens"),
            ],
        },
        Part {
            title: "Repetition",
            note: "lower is more varied",
            scale: share(),
            rows: &[("self_bleu_4", "self-BLEU-4"), ("self_repetition_4", "4-gram self-repetition")],
        },
    ]
}

fn goal() -> Vec<Part> {
    vec![
        Part {
            title: "Facts",
            note: "shares; from calls, states and evidence",
            scale: share(),
            rows: &[
                ("goal_success", "goal success"),
                ("goal_reward", "goal reward"),
                ("slot_completion", "slots of the goal held at the end"),
                ("requests_answered", "requests answered"),
                ("grounding_rate", "stated values with evidence"),
                ("tool_validity", "valid tool calls"),
                ("accepted", "accepted by every judge"),
            ],
        },
        Part {
            title: "Goal relevance by keywords, as the paper has it",
            note: "measures politeness, not success",
            scale: share(),
            rows: &[("keyword_goal_relevance", "the user says thanks, great, …")],
        },
        Part {
            title: "Coherence by model judges",
            note: "on the judges' own scale",
            scale: None,
            rows: &[("judged_coherence", "coherence")],
        },
    ]
}

fn length() -> Vec<Part> {
    vec![
        Part {
            title: "Utterances",
            note: "in a dialogue",
            scale: None,
            rows: &[("turns_per_dialogue", "utterances")],
        },
        Part {
            title: "Tokens",
            note: "as the lexical figures cut text",
            scale: None,
            rows: &[
                ("user_tokens_per_turn", "in an utterance of the user"),
                ("assistant_tokens_per_turn", "in an utterance of the assistant"),
            ],
        },
        Part {
            title: "Fluency by model judges",
            note: "on the judges' own scale",
            scale: None,
            rows: &[("judged_fluency", "fluency")],
        },
        Part {
            title: "Reading ease",
            note: "Flesch; higher is easier",
            scale: None,
            rows: &[("flesch_reading_ease", "Flesch reading ease")],
        },
        Part {
            title: "Years of schooling",
            note: "that the words ask for",
            scale: None,
            rows: &[("gunning_fog", "Gunning fog"), ("coleman_liau", "Coleman-Liau")],
        },
    ]
}

fn latency() -> Vec<Part> {
    vec![
        Part {
            title: "Response time of models",
            note: "milliseconds",
            scale: None,
            rows: &[
                ("response_ms", "mean"),
                ("response_ms_median", "median"),
                ("response_ms_p90", "at nine tenths"),
            ],
        },
        Part {
            title: "Overlap of words with the paired dialogue",
            note: "of 100",
            scale: Some(Scale::hundred()),
            rows: &[("bleu", "BLEU"), ("chrf", "chrF")],
        },
        Part {
            title: "Longest common sequence",
            note: "with the paired dialogue",
            scale: share(),
            rows: &[("rouge_l", "ROUGE-L F1")],
        },
        Part {
            title: "Copied from the reference",
            note: "shares; 0 is nothing",
            scale: None,
            rows: &[
                ("contaminated_dialogues", "dialogues with 13 tokens in a row"),
                ("shared_13_grams", "runs of 13 tokens"),
                ("near_duplicate_utterances", "near-duplicate utterances"),
            ],
        },
    ]
}

/// The paper's six figures.
pub fn six<'a>(gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Vec<Figure> {
    let by_name = [(SIMILARITY, similarity()), (GOAL, goal()), (LENGTH, length()), (LATENCY, latency())];
    let mut figures: Vec<Figure> = Vec::new();
    for (heading, parts) in by_name {
        let (chart, table) = measured(gallery, subjects, heading.1, &parts);
        figures.push(titled(heading, Ok(Picture::Bars(chart)), table));
    }
    figures.push(domains(gallery, subjects));
    figures.push(pipeline(gallery, subjects));
    figures
}

fn titled((slug, title, caption): Heading, picture: Result<Picture, String>, table: Table) -> Figure {
    Figure { slug: slug.to_owned(), title: title.to_owned(), caption: caption.to_owned(), picture, table }
}

/// So many domains are shown, the commonest first.
const MOST_DOMAINS: usize = 10;

fn domains<'a>(gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Figure {
    let mut table = Table { head: HEAD.to_vec(), rows: Vec::new() };
    let (names, left_out) = common_domains(subjects);
    if names.is_empty() {
        return titled(DOMAINS, Err("no dialogue names a domain".to_owned()), table);
    }
    let figures = [
        ("goal_success", "Goal success", "share of dialogues", share()),
        ("turns_per_dialogue", "Utterances", "in a dialogue", None),
        ("distinct_1_per_dialogue", "distinct-1", "in a dialogue", share()),
        ("assistant_tokens_per_turn", "Tokens", "in an utterance of the assistant", None),
    ];
    let mut panels = Vec::new();
    for (name, title, note, scale) in figures {
        let mut rows = Vec::new();
        for domain in &names {
            let mut bars = Vec::new();
            for subject in subjects {
                let (bar, row) = domain_bar(gallery, subject, domain, (name, title));
                bars.push(bar);
                table.rows.push(row);
            }
            rows.push(Row { label: domain.clone(), bars });
        }
        panels.push(panel(title, note, scale, rows));
    }
    let series = subjects.iter().map(|subject| (subject.place, legend_name(subject))).collect();
    let description = described(&panels, subjects);
    let chart = Chart { title: DOMAINS.1.to_owned(), description, series, panels };
    let mut figure = titled(DOMAINS, Ok(Picture::Bars(chart)), table);
    if !left_out.is_empty() {
        let rest = format!(" The {MOST_DOMAINS} commonest are shown; not shown: {}.", left_out.join(", "));
        figure.caption.push_str(&rest);
    }
    figure
}

/// The commonest domains of all datasets together, and those that are left out, in the order of their names.
fn common_domains(subjects: &[&Subject]) -> (Vec<String>, Vec<String>) {
    let mut counts: std::collections::BTreeMap<&String, u64> = std::collections::BTreeMap::new();
    for subject in subjects.iter().filter(|subject| !subject.is_reference()) {
        for (domain, report) in &subject.domains {
            *counts.entry(domain).or_default() += report.get("dialogues").map_or(0, |measure| measure.n);
        }
    }
    let mut names: Vec<(&String, u64)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut names: Vec<String> = names.into_iter().map(|(name, _)| name.clone()).collect();
    let mut left_out = names.split_off(names.len().min(MOST_DOMAINS));
    names.sort();
    left_out.sort();
    (names, left_out)
}

fn domain_bar<'a>(
    gallery: &mut Gallery<'a>,
    subject: &'a Subject,
    domain: &str,
    (name, title): (&str, &str),
) -> (Bar, Vec<Cell>) {
    let measure = subject.domains.get(domain).and_then(|report| report.get(name));
    let found = Found::of(measure, "no dialogue about this domain");
    let about = |dialogue: &Dialogue| dialogue.domains.iter().any(|name| name == domain);
    let examples = match &found.value {
        Ok(value) => gallery.examples(subject, name, *value, about),
        Err(_) => Vec::new(),
    };
    let label = format!("{title}, {domain}");
    let definition = measure.map(|measure| measure.definition.clone()).unwrap_or_default();
    entry(subject, &label, Cell::Term(label.clone(), definition), (found, examples))
}

fn pipeline<'a>(gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Figure {
    let runs: Vec<&'a Subject> =
        subjects.iter().copied().filter(|subject| subject.pipeline.is_ok()).collect();
    let table = Table { head: vec!["station", "dataset", "dialogues", "examples"], rows: Vec::new() };
    if runs.is_empty() {
        return titled(
            PIPELINE,
            Err("none of the datasets is a run folder: nothing says how they were made".to_owned()),
            table,
        );
    }
    super::stations::figure(gallery, &runs, titled(PIPELINE, Err(String::new()), table))
}

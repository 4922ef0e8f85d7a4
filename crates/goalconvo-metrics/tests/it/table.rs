//! The table: what is worthless comes out below what people said, in every figure that should see it.

use std::collections::BTreeMap;

use goalconvo_core::Dialogue;
use goalconvo_metrics::text::Tokens;
use goalconvo_metrics::{
    Bootstrap, CompareSettings, Encoder, EncoderCard, EncoderError, Report, Settings, TokenVectors, compare,
    evaluate,
};

use crate::corpus::{multiwoz, spoken};

/// Stands in for a neural encoder: a fixed random direction for every word, and their mean for a sentence.
struct Words(EncoderCard);

const DIM: usize = 32;

impl Words {
    fn new() -> Self {
        Self(EncoderCard {
            name: "words".into(),
            content_hash: String::new(),
            layers: 1,
            dim: DIM,
            boundary_ids: [1, 2],
        })
    }

    fn direction(word: u64) -> Vec<f32> {
        let mut state = word | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..DIM).map(|_| next()).collect()
    }
}

impl Encoder for Words {
    fn card(&self) -> &EncoderCard {
        &self.0
    }

    fn tokens(&self, texts: &[&str], _: usize) -> Result<Vec<TokenVectors>, EncoderError> {
        let encode = |text: &&str| {
            let words = Tokens::Words.hashes(text);
            let all: Vec<u64> = [1].into_iter().chain(words).chain([2]).collect();
            let vectors = all.iter().flat_map(|&word| Self::direction(word)).collect();
            TokenVectors { ids: all.iter().map(|&word| word as u32).collect(), vectors, dim: DIM }
        };
        Ok(texts.iter().map(encode).collect())
    }

    fn sentences(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let encode = |text: &&str| {
            let mut sum = Self::direction(7);
            for word in Tokens::Words.hashes(text) {
                sum.iter_mut().zip(Self::direction(word)).for_each(|(sum, value)| *sum += value);
            }
            let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
            sum.into_iter().map(|value| value / norm).collect()
        };
        Ok(texts.iter().map(encode).collect())
    }
}

fn texts(dialogue: &Dialogue) -> Vec<&str> {
    dialogue.said().map(|(_, text)| text).collect()
}

/// Letters at random, in words as long as the real ones.
fn garbage(dialogue: &Dialogue, seed: u64) -> Dialogue {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    let scrambled: Vec<String> = texts(dialogue)
        .iter()
        .map(|text| text.chars().map(|c| if c == ' ' { ' ' } else { letter() }).collect())
        .collect();
    spoken(&dialogue.id, scrambled.iter().map(String::as_str))
}

/// The same words, each utterance's in alphabetical order.
fn shuffled(dialogue: &Dialogue) -> Dialogue {
    let sorted: Vec<String> = texts(dialogue)
        .iter()
        .map(|text| {
            let mut words: Vec<&str> = text.split(' ').collect();
            words.sort_unstable();
            words.join(" ")
        })
        .collect();
    spoken(&dialogue.id, sorted.iter().map(String::as_str))
}

/// Kind words and nothing done.
fn polite(dialogue: &Dialogue, seed: usize) -> Dialogue {
    let user = [
        "Hello , can you help me please ?",
        "That is so kind of you , thank you !",
        "Great , thank you so much !",
    ];
    let assistant = [
        "Of course , I would be delighted to help you with that !",
        "It is my pleasure to help , everything is taken care of !",
        "You are most welcome , have a wonderful day !",
    ];
    let turn = |at: usize| {
        if at.is_multiple_of(2) { user[(seed + at / 2) % 3] } else { assistant[(seed + at / 2) % 3] }
    };
    let turns = texts(dialogue).len();
    let mut said: Vec<&str> = (0..turns).map(turn).collect();
    if let Some(last) = said.get_mut(turns.saturating_sub(2)) {
        *last = user[2];
    }
    spoken(&dialogue.id, said)
}

/// What people ask, and a provider that is down.
fn outage(dialogue: &Dialogue) -> Dialogue {
    const DOWN: &str = "I am sorry , something went wrong . Please try again later .";
    let said = texts(dialogue).into_iter().enumerate();
    spoken(&dialogue.id, said.map(|(at, text)| if at.is_multiple_of(2) { text } else { DOWN }))
}

fn measured(generated: &[Dialogue], reference: &[Dialogue]) -> Report {
    let encoder = Words::new();
    // The table is about values: a few resamples save most of its time.
    let bootstrap = Bootstrap { resamples: 10, ..Bootstrap::default() };
    let settings = CompareSettings { bootstrap, ..CompareSettings::default() };
    let mut report = evaluate(generated, Settings { bootstrap, orders: 2, ..Settings::default() });
    let against = compare(generated, reference, &settings, Some(&encoder)).expect("the stand-in never fails");
    report.extend(against.measures().iter().cloned());
    report
}

/// Figure, whether higher is better, and the corpora that it must put below the real one. Who knows only words cannot see
/// that garbage is none: diversity has no such row.
const TABLE: [(&str, bool, &[&str]); 88] = [
    ("turns_per_dialogue", true, &["empty"]),
    ("tokens_per_dialogue", true, &["empty", "polite"]),
    ("empty_dialogues", false, &["empty"]),
    ("failure_early_end", false, &["empty"]),
    ("failure_loop", false, &["polite", "outage"]),
    ("distinct_1_per_dialogue", true, &["empty", "polite", "outage"]),
    ("distinct_2_per_dialogue", true, &["empty", "polite", "outage"]),
    ("distinct_3_per_dialogue", true, &["empty", "polite", "outage"]),
    ("distinct_4_per_dialogue", true, &["empty", "polite", "outage"]),
    ("lexical_diversity", true, &["empty", "polite", "outage"]),
    ("distinct_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("distinct_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("distinct_3_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("distinct_4_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("ead_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("entropy_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("ead_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("entropy_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("mtld_at_10k", true, &["empty", "polite", "outage"]),
    ("msttr_at_10k", true, &["empty", "polite", "outage"]),
    ("hdd_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("gzip_ratio", false, &["empty", "polite", "duplicated", "outage"]),
    ("self_repetition_4", false, &["empty", "polite", "duplicated", "outage"]),
    ("self_bleu_4", false, &["empty", "polite", "duplicated", "outage"]),
    ("near_duplicates", false, &["empty", "polite", "duplicated", "outage"]),
    ("user_distinct_1_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_distinct_2_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_distinct_3_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_distinct_4_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_ead_1_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_entropy_1_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_ead_2_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_entropy_2_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_mtld_at_10k", true, &["empty", "polite"]),
    ("user_msttr_at_10k", true, &["empty", "polite"]),
    ("user_hdd_at_10k", true, &["empty", "polite", "duplicated"]),
    ("user_gzip_ratio", false, &["empty", "polite", "duplicated"]),
    ("user_self_repetition_4", false, &["empty", "polite", "duplicated"]),
    ("user_self_bleu_4", false, &["empty", "polite", "duplicated"]),
    ("user_near_duplicates", false, &["empty", "polite", "duplicated"]),
    ("assistant_distinct_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_distinct_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_distinct_3_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_distinct_4_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_ead_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_entropy_1_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_ead_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_entropy_2_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_mtld_at_10k", true, &["empty", "polite", "outage"]),
    ("assistant_msttr_at_10k", true, &["empty", "polite", "outage"]),
    ("assistant_hdd_at_10k", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_gzip_ratio", false, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_self_repetition_4", false, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_self_bleu_4", false, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_near_duplicates", false, &["empty", "polite", "duplicated", "outage"]),
    ("user_unique_utterances", true, &["empty", "polite", "duplicated"]),
    ("user_top_10_openers", false, &["polite", "duplicated"]),
    ("user_vocabulary", true, &["empty", "polite", "duplicated"]),
    ("user_tokens_per_turn", true, &["empty", "polite"]),
    ("assistant_unique_utterances", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_top_10_openers", false, &["polite", "duplicated", "outage"]),
    ("assistant_vocabulary", true, &["empty", "polite", "duplicated", "outage"]),
    ("assistant_tokens_per_turn", true, &["empty", "polite"]),
    ("bleu", true, &["garbage", "empty", "shuffled", "polite", "outage"]),
    ("chrf", true, &["garbage", "empty", "shuffled", "polite", "outage"]),
    ("rouge_l", true, &["garbage", "empty", "shuffled", "polite", "outage"]),
    ("pair_likeness", true, &["garbage", "empty", "polite", "duplicated"]),
    ("bertscore_precision", true, &["garbage", "empty"]),
    ("bertscore_recall", true, &["garbage", "empty", "polite", "outage"]),
    ("bertscore_f1", true, &["garbage", "empty", "polite", "outage"]),
    ("two_sample_auc_text", false, &["garbage", "shuffled", "polite", "duplicated", "outage"]),
    ("two_sample_auc_utterances", false, &["garbage", "shuffled", "polite", "duplicated", "outage"]),
    ("js_turns", false, &["empty", "duplicated"]),
    ("wasserstein_turns", false, &["empty", "duplicated"]),
    ("js_tokens_per_turn", false, &["empty", "polite", "duplicated", "outage"]),
    ("wasserstein_tokens_per_turn", false, &["empty", "polite", "duplicated", "outage"]),
    ("frechet_distance", false, &["empty", "garbage", "polite", "duplicated", "outage"]),
    ("embedding_precision", true, &["empty", "garbage"]),
    ("embedding_recall", true, &["empty", "polite", "duplicated"]),
    ("embedding_density", true, &["empty", "garbage", "polite"]),
    ("embedding_coverage", true, &["empty", "garbage", "polite", "duplicated", "outage"]),
    ("mauve", true, &["empty", "garbage", "polite", "duplicated", "outage"]),
    ("vendi", true, &["empty", "polite", "duplicated", "outage"]),
    ("embedding_near_copies", false, &["copied"]),
    ("contaminated_dialogues", false, &["copied"]),
    ("shared_13_grams", false, &["copied"]),
    ("near_duplicate_utterances", false, &["copied"]),
    ("keyword_goal_relevance", true, &["garbage", "empty"]),
];

#[test]
fn worthless_corpora_come_out_below_what_people_said() {
    let Some(all) = multiwoz() else { return };
    let (mut real, mut reference) = (Vec::new(), Vec::new());
    for (at, dialogue) in all.into_iter().take(400).enumerate() {
        if at % 2 == 0 { real.push(dialogue) } else { reference.push(dialogue) }
    }
    let corpora: BTreeMap<&str, Vec<Dialogue>> = BTreeMap::from([
        ("garbage", real.iter().zip(1..).map(|(dialogue, seed)| garbage(dialogue, seed)).collect()),
        ("empty", real.iter().map(|dialogue| spoken(&dialogue.id, [])).collect()),
        ("shuffled", real.iter().map(shuffled).collect()),
        ("polite", real.iter().enumerate().map(|(seed, dialogue)| polite(dialogue, seed)).collect()),
        ("outage", real.iter().map(outage).collect()),
        ("copied", reference.clone()),
        ("duplicated", real.iter().map(|dialogue| spoken(&dialogue.id, texts(&real[0]))).collect()),
    ]);
    let people = measured(&real, &reference);
    let reports: BTreeMap<&str, Report> =
        corpora.iter().map(|(name, corpus)| (*name, measured(corpus, &reference))).collect();
    let mut wrong = Vec::new();
    for (name, higher_is_better, below) in TABLE {
        let best =
            people.value(name).unwrap_or_else(|| panic!("{name} of real dialogues: {:?}", people.get(name)));
        println!("{name:30} people {best:9.4}");
        for corpus in below {
            println!("{:30} {corpus:>10} {:?}", "", reports[corpus].value(name));
            let worse = match reports[corpus].value(name) {
                Some(value) if higher_is_better => value < best,
                Some(value) => value > best,
                // Not computed is never good, and says why.
                None => reports[corpus].get(name).is_some_and(|measure| measure.reason.is_some()),
            };
            if !worse {
                wrong.push(format!("{name}: {corpus} {:?}, people {best}", reports[corpus].value(name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nothing tells a copy from its source: that is chance, not better than chance.
    for name in ["two_sample_auc_text", "two_sample_auc_utterances"] {
        let auc = reports["copied"].value(name).expect("computed");
        assert!((auc - 0.5).abs() < 0.02, "{name} of a copy: {auc}");
    }
    // The published keyword rule does not see it: that is why it is not called success here.
    let fooled = reports["polite"].value("keyword_goal_relevance");
    assert!(fooled > people.value("keyword_goal_relevance"), "{fooled:?}");
    assert_eq!(reports["polite"].value("goal_success"), None);
}

#[test]
fn people_halved_give_the_human_column() {
    let Some(all) = multiwoz() else { return };
    // What the yardstick gives for the whole: no half may be far from it.
    let human = [
        ("distinct_1_per_dialogue", 0.503, 0.01),
        ("turns_per_dialogue", 14.7447, 0.6),
        ("user_median_tokens", 13.0, 1.0),
        ("assistant_median_tokens", 18.0, 1.0),
        ("user_distinct_1_at_10k", 0.069, 0.007),
        ("assistant_distinct_1_at_10k", 0.104, 0.01),
        ("user_top_10_openers", 0.2392, 0.03),
        ("empty_dialogues", 0.0, 0.0),
    ];
    for half in 0..2 {
        let own: Vec<Dialogue> = all.iter().skip(half).step_by(2).cloned().collect();
        let report = evaluate(&own, Settings::default());
        for (name, expect, within) in human {
            let measure = report.get(name).expect("named");
            let value = measure.value.expect("computed");
            assert!((value - expect).abs() <= within, "half {half}: {name} {value}, people {expect}");
            let shown =
                measure.interval.map_or(String::new(), |[low, high]| format!("[{low:.4}, {high:.4}]"));
            println!("half {half} {name:28} {value:9.4} {shown:20} n = {}", measure.n);
        }
    }
}

#[test]
fn a_classifier_that_shared_texts_mislead_says_nothing() {
    let Some(all) = multiwoz() else { return };
    let reference: Vec<Dialogue> = all.iter().step_by(4).cloned().collect();
    let said: Vec<&str> = reference.iter().flat_map(texts).collect();
    let deal = |at: usize| spoken(&format!("{at}"), said.iter().skip(at).step_by(reference.len()).copied());
    let dealt: Vec<Dialogue> = (0..reference.len()).map(deal).collect();
    let report = compare(&dealt, &reference, &CompareSettings::default(), None).expect("nothing to fail");
    let measure = report.get("two_sample_auc_text").expect("named");
    assert_eq!(measure.value, None, "{measure:?}");
    assert!(measure.reason.as_ref().is_some_and(|reason| reason.contains("below chance")), "{measure:?}");
}

#[test]
fn without_an_encoder_its_figures_are_null_with_a_reason() {
    let dialogues = [spoken("a", ["Hello.", "Hi!"]), spoken("b", ["A taxi.", "Where to?"])];
    let report = compare(&dialogues, &dialogues, &CompareSettings::default(), None).expect("nothing to fail");
    let measure = report.get("bertscore_f1").expect("named all the same");
    assert_eq!((measure.value, measure.reason.as_deref()), (None, Some("no encoder was given")));
    assert!((report.value("bleu").expect("computed") - 100.0).abs() < 1e-9);
    assert_eq!(report.value("two_sample_auc_text"), None);
}

#[test]
fn each_dialogue_is_paired_with_the_most_similar_goal() {
    let train = spoken("train", ["i need a train to ely on friday", "ok"]);
    let hotel = spoken("hotel", ["i need a cheap hotel in the north", "ok"]);
    let generated = [spoken("x", ["a cheap hotel in the north please", "ok"])];
    let pairs = goalconvo_metrics::pair_by_goal(&generated, &[train, hotel]);
    assert_eq!(pairs.iter().map(|pair| pair.reference).collect::<Vec<_>>(), [1]);
    assert!(goalconvo_metrics::pair_by_goal(&generated, &[]).is_empty());
}

#[test]
fn a_thinned_comparison_counts_all_and_says_so() {
    let texts = |at: usize| [format!("i need {at} rooms in the north of town"), "ok , done".to_owned()];
    let all: Vec<Dialogue> =
        (0..40).map(|at| spoken(&format!("{at}"), texts(at).iter().map(String::as_str))).collect();
    let report = |most: usize| {
        let settings = CompareSettings { most_dialogues: most, ..CompareSettings::default() };
        compare(&all, &all, &settings, None).expect("nothing to fail")
    };
    let (whole, thinned) = (report(40), report(10));
    for name in
        ["contaminated_dialogues", "near_duplicate_utterances", "js_tokens_per_turn", "wasserstein_turns"]
    {
        assert_eq!(whole.get(name), thinned.get(name), "{name}");
    }
    let bleu = thinned.get("bleu").expect("named");
    assert_eq!((bleu.n, bleu.config["thinned_to"].as_u64()), (10, Some(10)));
    assert!(!whole.get("bleu").expect("named").config.contains_key("thinned_to"));
}

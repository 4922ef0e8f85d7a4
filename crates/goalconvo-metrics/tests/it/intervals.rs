//! No interval claims a certainty that nobody has.

use goalconvo_metrics::{
    Bootstrap, BootstrappedMean, CompareSettings, Evaluation, Settings, compare, evaluate,
};

use crate::corpus::spoken;

/// The interval up to `most` of these values, one a dialogue.
fn interval(values: impl IntoIterator<Item = f64>, most: f64) -> Option<[f64; 2]> {
    let mut state = BootstrappedMean::default();
    for (at, value) in (0..).zip(values) {
        state.push(value, &Bootstrap::default().weights(at));
    }
    state.interval_up_to(most)
}

#[test]
fn where_all_dialogues_agree_the_interval_of_a_share_is_exact() {
    let near = |got: Option<[f64; 2]>, expect: [f64; 2]| {
        let got = got.unwrap();
        assert!(
            (got[0] - expect[0]).abs() < 1e-9 && (got[1] - expect[1]).abs() < 1e-9,
            "{got:?}, {expect:?}"
        );
    };
    // R: binom.test(0, 20) and binom.test(5000, 5000).
    near(interval(vec![0.0; 20], 1.0), [0.0, 0.168_433_470_983_085]);
    near(interval(vec![1.0; 5000], 1.0), [0.999_262_496_155, 1.0]);
    near(interval(vec![100.0; 20], 100.0), [83.156_652_901_691_5, 100.0]);
    // Where they agree in between nothing is known of how far they could have strayed; rounding makes no width.
    assert_eq!(interval(vec![4.0; 20], 100.0), None);
    assert_eq!(interval(vec![0.1; 33], 1.0), None);
    assert_eq!(interval(vec![1.0], 1.0), None);
    let [low, high] = interval((0..20).map(|at| f64::from(at % 2)), 1.0).unwrap();
    assert!(0.0 < low && low < 0.5 && 0.5 < high && high < 1.0);
}

#[test]
fn no_figure_has_an_interval_without_width_and_each_says_how_it_was_made() {
    let dialogues: Vec<_> =
        (0..30).map(|at| spoken(&at.to_string(), ["A room?", "Here.", "Thanks."])).collect();
    let report = evaluate(&dialogues, Settings::default());
    let exact = "Clopper-Pearson, all dialogues agree";
    for (name, value) in [
        ("keyword_goal_relevance", 1.0),
        ("failure_loop", 0.0),
        ("contains_email", 0.0),
        ("empty_dialogues", 0.0),
    ] {
        let measure = report.get(name).unwrap();
        assert_eq!((measure.value, &measure.config["interval"]), (Some(value), &exact.into()), "{name}");
        let [low, high] = measure.interval.unwrap();
        assert!(high - low > 0.1, "{name} of thirty dialogues: [{low}, {high}]");
    }
    // Turns have no upper bound: there is no interval, and the reason is told.
    let agreed = "none: all resamples agree, which is no certainty";
    for name in ["turns_per_dialogue", "tokens_per_dialogue", "user_tokens_per_turn", "turn_taking_ratio"] {
        let measure = report.get(name).unwrap();
        assert!(measure.value.is_some(), "{name}");
        assert_eq!((measure.interval, &measure.config["interval"]), (None, &agreed.into()), "{name}");
    }
    let compared = compare(&dialogues, &dialogues, &CompareSettings::default(), None).unwrap();
    assert_eq!(compared.get("bleu").unwrap().config["interval"], agreed);
    for measure in report.measures().iter().chain(compared.measures()) {
        assert!(measure.interval.is_none_or(|[low, high]| low < high), "{measure:?}");
        let how = measure.config.get("interval").and_then(|how| how.as_str()).unwrap_or_default();
        let explained = measure.value.is_none() || measure.interval.is_some() != how.starts_with("none: ");
        assert!(explained && (measure.value.is_none() || !how.is_empty()), "{measure:?}");
    }
    // Twice as many, in shards or not, know it twice as well.
    let mut shards = [(); 2].map(|()| Evaluation::new(Settings::default(), Some(60)));
    for (at, dialogue) in dialogues.iter().chain(&dialogues).enumerate() {
        shards[at % 2].push(at as u64, dialogue);
    }
    let [mut whole, other] = shards;
    whole.merge(other);
    let width = |report: &goalconvo_metrics::Report| report.get("failure_loop").unwrap().interval.unwrap()[1];
    assert!(width(&whole.report()) < 0.6 * width(&report));
}

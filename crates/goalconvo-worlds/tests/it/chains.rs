//! Chains: right by construction, of the pattern that was asked for, and the same wherever they are drawn.

use crate::shared::{TOWN, corpus, load};
use goalconvo_worlds::chain::{
    Chain, Constraints, Control, Mix, Mode, Pattern, Pick, Sample, Sampler, Source, sample,
};
use goalconvo_worlds::graph::{self, Projection};
use goalconvo_worlds::registry::{Effect, Registry, Role};
use goalconvo_worlds::schemas;
use std::collections::{BTreeMap, BTreeSet};

fn town() -> (Registry, Projection) {
    let (registry, _) = load(&[("town.json", TOWN)]);
    let projection = graph::project(&registry);
    (registry, projection)
}

/// What every chain must hold, checked against the registry and not against the sampler.
fn check(chain: &Chain, registry: &Registry) {
    assert!(!chain.steps.is_empty());
    for (number, step) in chain.steps.iter().enumerate() {
        let endpoint = registry.endpoint(&step.endpoint).expect("an endpoint of the registry");
        assert_eq!(endpoint.function, step.function);
        let given: BTreeMap<&str, &Source> =
            step.inputs.iter().map(|input| (input.argument.as_str(), &input.source)).collect();
        assert_eq!(given.len(), step.inputs.len(), "no argument twice");
        for parameter in endpoint.visible() {
            let source = given.get(parameter.argument.as_str());
            assert!(
                source.is_some() || !parameter.required,
                "{}: {} has no source",
                step.function,
                parameter.argument
            );
            if parameter.required && parameter.role == Role::Identifier {
                assert!(
                    matches!(source, Some(Source::Answer { .. })),
                    "{}: a key from the user",
                    step.function
                );
            }
        }
        for input in &step.inputs {
            let known = endpoint.visible().any(|parameter| parameter.argument == input.argument);
            assert!(known, "{} has no argument {}", step.function, input.argument);
            if let Source::Answer { step: earlier, pointer, pick, .. } = &input.source {
                assert!(*earlier < number, "an answer before its call");
                let supplier = registry.endpoint(&chain.steps[*earlier].endpoint).unwrap();
                assert!(supplier.response.fields.iter().any(|field| &field.pointer == pointer));
                assert_eq!(pointer.contains("/*"), *pick != Pick::Only);
                let failed = matches!(chain.steps[*earlier].control, Control::Fails { .. });
                assert!(!failed, "an answer out of a failed call");
            }
        }
    }
}

fn check_sample(sample: &Sample, registry: &Registry, count: usize) {
    assert_eq!(sample.chains.len(), count, "n asked is n drawn");
    for chain in &sample.chains {
        check(chain, registry);
        assert_eq!(chain.shown_pattern(), chain.pattern, "{:?}", chain.steps);
    }
    assert_eq!(sample.report.asked, sample.report.shown);
}

#[test]
fn every_mode_gives_its_own_pattern_and_sound_chains() {
    let (registry, projection) = town();
    for pattern in Pattern::ALL {
        let drawn = sample(&projection, &registry, Mode::Only(pattern), 7, 60).unwrap();
        check_sample(&drawn, &registry, 60);
        assert_eq!(drawn.report.shown, BTreeMap::from([(pattern, 60)]));
    }
}

#[test]
fn a_mode_changes_the_output() {
    let (registry, projection) = town();
    let drawn = Pattern::ALL.map(|pattern| {
        let sample = sample(&projection, &registry, Mode::Only(pattern), 7, 20).unwrap();
        serde_json::to_string(&sample.chains.iter().map(|chain| &chain.steps).collect::<Vec<_>>()).unwrap()
    });
    assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), Pattern::ALL.len());
}

#[test]
fn a_mix_is_met_at_every_prefix() {
    let (registry, projection) = town();
    let mix = Mix::default();
    let total: u32 = mix.weights.values().sum();
    let drawn = sample(&projection, &registry, Mode::Mixed, 3, 500).unwrap();
    check_sample(&drawn, &registry, 500);
    for length in [100, 250, 500] {
        for (pattern, weight) in &mix.weights {
            let share = drawn.chains[..length].iter().filter(|chain| chain.pattern == *pattern).count()
                as f64
                / length as f64;
            let wanted = f64::from(*weight) / f64::from(total);
            assert!((share - wanted).abs() <= 0.02, "{pattern:?} at {length}: {share} for {wanted}");
        }
    }
}

#[test]
fn a_chain_is_the_same_alone_in_a_shard_and_in_a_prefix() {
    let (registry, projection) = town();
    let sampler = Sampler::new(&projection, &registry, Constraints::default());
    let mix = Mix::default();
    let long = sampler.sample(Mode::Mixed, &mix, 11, 0..100).unwrap().chains;
    assert_eq!(sampler.sample(Mode::Mixed, &mix, 11, 0..40).unwrap().chains, long[..40]);
    assert_eq!(sampler.sample(Mode::Mixed, &mix, 11, 40..100).unwrap().chains, long[40..]);
    assert_eq!(sampler.chain(long[17].pattern, 11, 17).unwrap(), long[17]);
    let other = sampler.sample(Mode::Mixed, &mix, 12, 0..100).unwrap().chains;
    assert_ne!(other, long, "another seed, other chains");
}

#[test]
fn constraints_are_honoured_or_refused() {
    let (registry, projection) = town();
    let drawn = |constraints: Constraints, pattern: Pattern| {
        Sampler::new(&projection, &registry, constraints).sample(
            Mode::Only(pattern),
            &Mix::default(),
            5,
            0..40,
        )
    };
    let read_only = Constraints { strongest_effect: Effect::Read, ..Constraints::default() };
    for chain in drawn(read_only, Pattern::Sequential).unwrap().chains {
        assert!(
            chain.steps.iter().all(|step| registry.endpoint(&step.endpoint).unwrap().effect == Effect::Read)
        );
    }
    let exactly_three = Constraints { least_steps: 3, most_steps: 3, ..Constraints::default() };
    assert!(
        drawn(exactly_three.clone(), Pattern::MultiTool)
            .unwrap()
            .chains
            .iter()
            .all(|chain| chain.steps.len() == 3)
    );
    assert!(drawn(exactly_three, Pattern::Short).unwrap_err().is_unsatisfiable());
    let library =
        Constraints { tools: BTreeSet::from(["culture/library".to_owned()]), ..Constraints::default() };
    assert!(drawn(library.clone(), Pattern::MultiTool).unwrap_err().is_unsatisfiable());
    assert!(
        drawn(library, Pattern::Join)
            .unwrap()
            .chains
            .iter()
            .all(|chain| { chain.steps.iter().all(|step| step.endpoint.starts_with("culture/library/")) })
    );
    let without =
        Constraints { without_tools: BTreeSet::from(["food/cafes".to_owned()]), ..Constraints::default() };
    for chain in drawn(without, Pattern::Parallel).unwrap().chains {
        assert!(chain.steps.iter().all(|step| !step.endpoint.starts_with("food/cafes/")));
    }
}

#[test]
fn a_key_that_nothing_yields_keeps_an_endpoint_out_unless_the_user_may_hold_it() {
    let (registry, projection) = town();
    let draw = |known_keys: bool| {
        let constraints = Constraints { known_keys, ..Constraints::default() };
        Sampler::new(&projection, &registry, constraints)
            .sample(Mode::Only(Pattern::Short), &Mix::default(), 1, 0..200)
            .unwrap()
    };
    let names =
        |sample: &Sample| sample.chains.iter().any(|chain| chain.steps[0].endpoint.ends_with("get_parcel"));
    let strict = draw(false);
    assert!(!names(&strict));
    assert_eq!((strict.report.callable, strict.report.endpoints), (7, 8), "what is left out is counted");
    let open = draw(true);
    assert!(names(&open));
    let parcel = open.chains.iter().find(|chain| chain.steps[0].endpoint.ends_with("get_parcel")).unwrap();
    assert_eq!(
        parcel.steps[0].inputs[0].source,
        Source::Known,
        "and the chain says that it was held, not yielded"
    );
}

#[test]
fn a_mix_without_material_for_a_pattern_says_so() {
    let (registry, _) =
        load(&[("t.json", r#"{"tool_name": "t", "api_list": [{"name": "see"}, {"name": "hear"}]}"#)]);
    let projection = graph::project(&registry);
    let drawn = sample(&projection, &registry, Mode::Mixed, 1, 50).unwrap();
    assert!(drawn.report.infeasible.contains(&Pattern::Loop));
    assert!(!drawn.report.infeasible.contains(&Pattern::Parallel));
    let nothing = Registry::default();
    assert!(sample(&graph::project(&nothing), &nothing, Mode::Mixed, 1, 5).unwrap_err().is_unsatisfiable());
}

#[test]
fn modes_are_read_by_their_words() {
    for pattern in Pattern::ALL {
        assert_eq!(pattern.word().parse::<Mode>().unwrap(), Mode::Only(pattern));
        assert_eq!(pattern.word().replace('_', "-").parse::<Mode>().unwrap(), Mode::Only(pattern));
    }
    assert_eq!("mixed".parse::<Mode>().unwrap(), Mode::Mixed);
    assert!("random".parse::<Mode>().is_err());
}

#[test]
fn chains_over_real_schemas_are_sound() {
    let Some(root) = corpus("toolbench") else { return };
    for (path, least) in [("seed_tools.json", 40), ("tools", 400), ("tools_large", 2000)] {
        let registry = schemas::load(&[root.join(path)], false).unwrap().0;
        let projection = graph::project(&registry);
        let drawn = sample(&projection, &registry, Mode::Mixed, 1, 300).unwrap();
        check_sample(&drawn, &registry, 300);
        assert!(drawn.report.infeasible.is_empty(), "{path}: {:?}", drawn.report.infeasible);
        assert!(drawn.report.callable >= least, "{path}: {} callable", drawn.report.callable);
    }
}

//! The layout of prompts: what repeats is an exact prefix of an earlier request, for every role. The stub counts.

use goalconvo_stub::{Config, Stub};

use crate::program::goalconvo;

/// At least so much of what repeats.
const SHARE: f64 = 0.95;

/// Runs a verb, with `MODEL` for a model's address, and looks at the prompts that it sent. The model talks at random and
/// calls tools now and then: what becomes of the dialogues is not the question here.
#[expect(clippy::print_stderr, reason = "the figure is what the test is for")]
fn check(who: &str, before: &str, verb: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { obeys: true, tool_rate: 0.3, rates: Some((4, 5)), ..Config::default() };
    let stub = runtime.block_on(Stub::start(config)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for arguments in [before, verb].into_iter().filter(|arguments| !arguments.is_empty()) {
        let ran =
            goalconvo(folder.path(), &arguments.replace("MODEL", &format!("{}/v1#m --out run", stub.url())));
        assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.err);
    }
    let stats = stub.stats();
    eprintln!(
        "{who}: {:.2} % of the {} bytes that repeat are a prefix of an earlier request ({} requests, {:.1} % of all bytes)",
        100.0 * stats.repeated_hit_rate,
        stats.repeated_bytes,
        stats.requests,
        100.0 * stats.prefix_hit_rate
    );
    assert!(stats.repeated_bytes > 50_000, "{}", stats.repeated_bytes);
    assert!(stats.repeated_hit_rate >= SHARE, "{who}: {}", stats.repeated_hit_rate);
}

#[test]
fn what_repeats_of_a_guided_users_prompts_is_a_prefix() {
    check("guided user", "", "generate -n 100 --seed 5 --domain restaurant,hotel --user-model MODEL");
}

#[test]
fn what_repeats_of_a_rewriting_users_prompts_is_a_prefix() {
    check(
        "rewriting user",
        "",
        "generate -n 100 --seed 5 --domain restaurant,hotel --user rewrite --user-model MODEL",
    );
}

#[test]
fn what_repeats_of_a_free_users_prompts_is_a_prefix() {
    check(
        "free user",
        "",
        "generate -n 40 --seed 5 --domain restaurant,hotel --user free --attempts 1 --user-model MODEL",
    );
}

#[test]
fn what_repeats_of_an_assistants_prompts_is_a_prefix() {
    check(
        "assistant",
        "",
        "generate -n 40 --seed 5 --domain restaurant,hotel --attempts 1 --assistant-model MODEL",
    );
}

#[test]
fn what_repeats_of_the_judges_prompts_is_a_prefix() {
    check(
        "judges",
        "generate -n 30 --seed 7 --domain restaurant,hotel --out made",
        "judge made --model MODEL",
    );
}

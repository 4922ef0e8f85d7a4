//! Small pure things: thoughts split off speech, amounts, prices, digests.

use goalconvo_llm::{Address, Cost, Message, PriceTable, Request, Usage, split_thinking};
use proptest::prelude::*;

#[test]
fn a_thought_is_never_speech() {
    let check = |text: &str, speech: &str, thought: Option<&str>| {
        let (found, reasoning) = split_thinking(text);
        assert_eq!((found.as_str(), reasoning.as_deref()), (speech, thought), "{text:?}");
    };
    check("Hello.", "Hello.", None);
    check("<think>a</think>Hello.", "Hello.", Some("a"));
    check("<think>\n\n</think>\n\nHello.", "Hello.", None);
    check("a\n</think>\nHello.", "Hello.", Some("a"));
    check("<think>cut off", "", Some("cut off"));
    check("Hello. <think>cut off", "Hello.", Some("cut off"));
    check("<thinking>a</thinking>Hello.", "Hello.", Some("a"));
    check("a</think>b<think>c</think>d", "bd", Some("a\nc"));
    check("<think>a</think>b</think>c", "bc", Some("a"));
    check("I think 2 < 3 > 1", "I think 2 < 3 > 1", None);
}

proptest! {
    #[test]
    fn no_tag_is_left_in_speech(pieces in prop::collection::vec("<think>|</think>|word |\n", 0..12)) {
        let (speech, _) = split_thinking(&pieces.concat());
        prop_assert!(!speech.contains("<think>") && !speech.contains("</think>"));
    }

    #[test]
    fn an_amount_reads_as_it_is_written(pico in any::<u64>()) {
        let cost = Cost::from_pico(pico);
        prop_assert_eq!(cost.to_string().parse::<Cost>().unwrap(), cost);
    }
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    let check = |text: &str, pico: Option<u64>| {
        assert_eq!(text.parse::<Cost>().ok().map(Cost::pico), pico, "{text}");
    };
    check("5", Some(5_000_000_000_000));
    check("5usd", Some(5_000_000_000_000));
    check("$0.25", Some(250_000_000_000));
    check("0.000000000001 USD", Some(1));
    check("", None);
    check(".", None);
    check("-1", None);
    check("5eur", None);
    check("1e3", None);
    check("0.0000000000001", None);
    check("99999999999", None);
}

#[test]
fn a_price_is_found_by_address_and_never_guessed() {
    let table = PriceTable::bundled().unwrap();
    let price = |address: &str| table.get(&address.parse::<Address>().unwrap());
    let mini = price("openai:gpt-4o-mini").unwrap();
    let usage = Usage {
        prompt_tokens: 1_000_000,
        cached_tokens: 400_000,
        completion_tokens: 1_000_000,
        ..Usage::default()
    };
    // 0.6 M at $0.15, 0.4 M at $0.075, 1 M at $0.60.
    assert_eq!(mini.of(&usage).to_string(), "$0.72");
    assert_eq!(mini.half().of(&usage).pico() * 2, mini.of(&usage).pico());
    assert!(mini.worst(1_000_000, 1_000_000) >= mini.of(&usage));
    assert_eq!(price("ollama:anything").unwrap().of(&usage), Cost::ZERO);
    assert!(price("anthropic:claude-3-5-haiku-20241022").is_some());
    assert_eq!(price("openai:gpt-4o-mini-2099"), None);
    assert_eq!(price("http://localhost:8000/v1#gpt-4o-mini"), None);
}

#[test]
fn a_bad_price_table_says_where() {
    let check = |text: &str, says: &str| {
        let error = PriceTable::from_toml(text).unwrap_err();
        assert!(error.is_price() && error.to_string().contains(says), "{error}");
    };
    check("as_of = \"x\"\n[models.\"a:b\"]\ninput = \"cheap\"\noutput = \"1\"", "models.\"a:b\"");
    check("as_of = \"x\"\n[models.\"a:b\"]\ninput = \"1\"", "output");
    check("as_of = \"x\"\n[models.\"a:b\"]\ninput = \"1\"\noutput = \"1\"\nprice = \"1\"", "price");
    check("[models.\"a:b\"]\ninput = -1\noutput = 1", "models.\"a:b\"");
    check("[models.\"a:b\"]\ninput = true\noutput = 1", "such as 0.15");
    check("[prices.\"a:b\"]\ninput = 1", "[models.\"openai:gpt-4o-mini\"]\ninput = 0.15");
}

#[test]
fn prices_without_quotes_are_the_same_prices_and_go_before_others() {
    let table = |input: &str, output: &str| {
        PriceTable::from_toml(&format!("[models.\"ollama:b\"]\ninput = {input}\noutput = {output}")).unwrap()
    };
    let address = "ollama:b".parse().unwrap();
    let check = |input: &str, output: &str| {
        let (plain, quoted) =
            (table(input, output), table(&format!("\"{input}\""), &format!("\"{output}\"")));
        assert!(plain.get(&address).is_some() && plain == quoted, "{input} {output}");
    };
    check("0.15", "0.60");
    check("1", "1.0");
    check("0.000001", "0.1");
    check("0.075", "2.5");
    let both = table("1", "2").before(table("3", "4")).before(PriceTable::bundled().unwrap());
    assert_eq!(both.get(&address), table("1", "2").get(&address));
    assert!(both.get(&"openai:gpt-4o".parse().unwrap()).is_some());
}

#[test]
fn a_digest_changes_with_all_that_may_change_the_answer_and_not_with_whose_it_is() {
    let request = Request::new(vec![Message::user("Hi")]);
    let same = Request { tag: crate::fixture::request("other", "x").tag, ..request.clone() };
    assert_eq!(request.digest("m").unwrap(), same.digest("m").unwrap());
    for other in [
        Request { seed: Some(1), ..request.clone() },
        Request { temperature: Some(0.0), ..request.clone() },
        Request { max_tokens: Some(1), ..request.clone() },
        Request::new(vec![Message::system("Hi")]),
        Request::new(vec![Message::user("H"), Message::user("i")]),
    ] {
        assert_ne!(request.digest("m").unwrap(), other.digest("m").unwrap());
    }
    assert_ne!(request.digest("m").unwrap(), request.digest("n").unwrap());
}

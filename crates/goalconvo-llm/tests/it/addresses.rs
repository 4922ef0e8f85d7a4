//! Model addresses.

use goalconvo_llm::{Accounts, Address, Dialect, Model, Settings, Vendor};
use proptest::prelude::*;

use crate::fixture::{at_once, model_at, refused, request, tape};

#[test]
fn an_address_says_where_which_and_how() {
    let check = |text: &str, base: &str, model: &str, dialect: Dialect| {
        let address: Address = text.parse().unwrap();
        assert_eq!(
            (address.base_url(), address.model(), address.dialect()),
            (base, model, dialect),
            "{text}"
        );
        assert_eq!(address.to_string(), text);
    };
    check("openai:gpt-4o-mini", "https://api.openai.com/v1", "gpt-4o-mini", Dialect::OpenAi);
    check(
        "anthropic:claude-3-5-haiku-20241022",
        "https://api.anthropic.com/v1",
        "claude-3-5-haiku-20241022",
        Dialect::Anthropic,
    );
    check("ollama:mistral", "http://localhost:11434", "mistral", Dialect::Ollama);
    check("ollama:mistral:7b", "http://localhost:11434", "mistral:7b", Dialect::Ollama);
    check(
        "together:mistralai/Mistral-7B-Instruct-v0.3",
        "https://api.together.xyz/v1",
        "mistralai/Mistral-7B-Instruct-v0.3",
        Dialect::Compatible,
    );
    check(
        "mistral:mistral-small-latest",
        "https://api.mistral.ai/v1",
        "mistral-small-latest",
        Dialect::Mistral,
    );
    check(
        "groq:llama-3.1-8b-instant",
        "https://api.groq.com/openai/v1",
        "llama-3.1-8b-instant",
        Dialect::Compatible,
    );
    check(
        "openrouter:qwen/qwen3-8b:free",
        "https://openrouter.ai/api/v1",
        "qwen/qwen3-8b:free",
        Dialect::Compatible,
    );
    check("replicate:meta/llama", "https://api.replicate.com/v1", "meta/llama", Dialect::Replicate);
    check("http://localhost:8000/v1#my/model", "http://localhost:8000/v1", "my/model", Dialect::Compatible);
    check("anthropic+http://127.0.0.1:9/v1#c", "http://127.0.0.1:9/v1", "c", Dialect::Anthropic);
    check("ollama+http://10.0.0.7:11434#mistral:7b", "http://10.0.0.7:11434", "mistral:7b", Dialect::Ollama);
}

#[test]
fn a_wrong_address_says_what_was_found_what_was_expected_and_what_is_nearest() {
    let check = |text: &str, says: &[&str]| {
        let error = text.parse::<Address>().unwrap_err();
        assert!(error.is_address());
        for part in says {
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    };
    check("gpt-4o-mini", &["gpt-4o-mini", "names no provider", "openai"]);
    check("openia:gpt-4o-mini", &["openia", "did you mean \"openai\""]);
    check("OpenAI:gpt-4o-mini", &["did you mean \"openai\""]);
    check("olama:mistral", &["did you mean \"ollama\""]);
    check("zzzzzzzzz:x", &["expected one of openai"]);
    check("openai:", &["no model name"]);
    check("openai:gpt 4", &["white space"]);
    check("http://localhost:8000/v1", &["has no model", "#name"]);
    check("http://#x", &["no URL"]);
    check("ollama+ftp://host#x", &["not an http or https URL"]);
    check("opnai+http://host#x", &["did you mean \"openai\""]);
    check("http://host/v1?key=1#x", &["query"]);
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    for text in ["http://me:hunter22@host/v1#m", "ollama+http://me:hunter22@host#m"] {
        let error = text.parse::<Address>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter22"), "{error}");
        assert!(error.to_string().contains("user or password"));
    }
}

#[test]
fn a_model_can_be_asked_at_another_place() {
    let address = "ollama:mistral".parse::<Address>().unwrap().with_base_url("http://gpu:11434/").unwrap();
    assert_eq!(address.to_string(), "ollama+http://gpu:11434#mistral");
    assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
    assert!(address.with_base_url("gpu:11434").is_err());
}

#[tokio::test]
async fn what_is_not_found_is_looked_for_where_its_dialect_has_it() {
    let check = async |address: &str, says: &str, not: &str| {
        let (transport, _) = tape(vec![at_once(refused(404))]);
        let model = model_at(address, &transport, Settings::default(), Accounts::default());
        let error = model.complete(request("a", "Hi")).await.unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains(not), "{error}");
    };
    check("ollama+http://host:11434/v1#m", "http://host:11434)", "ends in /v1").await;
    check("http://host:8000#m", "usually ends in /v1", "11434").await;
}

proptest! {
    #[test]
    fn an_address_reads_as_it_is_written(at in 0..8usize, model in "[a-zA-Z0-9./:_-]{1,20}") {
        let vendor = Vendor::all().nth(at).unwrap();
        let text = format!("{}:{model}", vendor.name());
        let address: Address = text.parse().unwrap();
        prop_assert_eq!(address.vendor(), vendor);
        prop_assert_eq!(address.to_string(), text);
    }
}

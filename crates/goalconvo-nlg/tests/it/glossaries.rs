//! What is kept of single domains changes no reading, and one domain's nouns are no values of another.

use std::sync::Arc;

use goalconvo_core::{Domain, Role, SlotKind, Value};
use goalconvo_nlg::{Glossary, Lexicon, Pack};

use crate::stage;

#[test]
fn a_shared_glossary_reads_as_a_fresh_one() {
    let pack = Pack::english().unwrap();
    let domains = stage::all();
    let values = |domain: &Arc<Domain>| -> Vec<String> {
        let slots = domain.slots.values().flat_map(|slot| slot.values.iter().take(3)).map(Value::plain);
        let cells = domain.tables.iter().flat_map(|table| {
            table.rows().iter().take(2).flat_map(|row| row.iter()).map(Value::plain).collect::<Vec<_>>()
        });
        slots.chain(cells).map(|value| format!("I would like {value}, please.")).collect()
    };
    let glossary = Glossary::default();
    let mut mentions = 0;
    for (at, one) in domains.iter().enumerate() {
        for other in &domains[at + 1..] {
            let set = [one.clone(), other.clone()];
            let (fresh, shared) = (Lexicon::new(pack, &set), Lexicon::with(&glossary, pack, &set));
            for text in values(one).iter().chain(&values(other)) {
                for role in [Role::User, Role::Assistant] {
                    let read = fresh.read(role, text);
                    mentions += read.mentions.len();
                    assert_eq!(shared.read(role, text), read, "{text}");
                }
            }
        }
    }
    assert!(mentions > 100, "{mentions} mentions");
}

#[test]
fn a_noun_of_one_domain_is_no_plain_value_of_another() {
    let pack = Pack::english().unwrap();
    let all = stage::all();
    let with_noun =
        |domain: &&Arc<Domain>| domain.intents.iter().any(|intent| !intent.wording.noun.is_empty());
    let named = all.iter().find(with_noun).unwrap().clone();
    let noun = named.intents.iter().find_map(|intent| intent.wording.noun.first()).unwrap().clone();
    let mut other =
        all.iter().find(|domain| domain.name != named.name).map(|domain| (**domain).clone()).unwrap();
    other.slots.retain(|_, slot| slot.kind == SlotKind::Category);
    other.intents.clear();
    other.tables.clear();
    let slot = other.slots.values_mut().next().unwrap();
    slot.values = vec![Value::text(&noun)];
    slot.wording.noun = vec!["sort".to_owned()];
    let other = Arc::new(other);
    let text = format!("A {noun}, please.");
    let glossary = Glossary::default();
    let said = |domains: &[Arc<Domain>]| {
        let read = Lexicon::with(&glossary, pack, domains).read(Role::User, &text);
        read.mentions.iter().any(|mention| mention.means(&Value::text(&noun)))
    };
    assert!(said(std::slice::from_ref(&other)), "alone {noun:?} is a value");
    assert!(!said(&[other.clone(), named.clone()]), "beside a domain that speaks of it, it is not");
    assert!(said(&[other]), "and alone again it is");
}

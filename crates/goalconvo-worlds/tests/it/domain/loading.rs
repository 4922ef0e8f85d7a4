//! Loading: the specimen, every built-in domain, and rows that are the same everywhere.

use goalconvo_worlds::domain;

#[test]
fn the_specimen_loads() {
    let mock = domain::built_in("mock").unwrap();
    assert_eq!(mock.table("kayak").unwrap().rows().len(), 24);
    assert_eq!(mock.intents.len(), 2);
    assert_eq!(mock.slots["price"].wording.unit, [("pound".to_owned(), "pounds".to_owned())]);
}

#[test]
fn every_built_in_domain_loads() {
    let names = domain::built_in_names();
    let domains = domain::built_ins(&names).unwrap();
    assert_eq!(domains.iter().map(|domain| domain.name.as_str()).collect::<Vec<_>>(), names);
}

#[test]
fn rows_are_the_same_on_every_machine() {
    let mock = domain::built_in("mock").unwrap();
    let row: Vec<String> = mock.table("kayak").unwrap().rows()[0].iter().map(ToString::to_string).collect();
    assert_eq!(row.join(" "), r#""K001" "Curlew" "red" 1 6"#);
}

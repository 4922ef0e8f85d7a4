//! Calls as their schemas have them, and answers that somebody else gives.

use std::sync::Arc;

use goalconvo_core::{Arguments, Domain, ErrorKind, Tables, Tool, Value, World};
use goalconvo_worlds::compile::{self, Compiled};
use serde_json::{Value as Json, json};

use crate::shared::load;

fn compiled() -> Compiled {
    let search = json!({"type": "object", "properties": {"tours": {"type": "array", "items": {"type": "object", "properties": {
        "tour_id": {"type": "string"}, "name": {"type": "string"}, "price": {"type": "number"}, "guided": {"type": "boolean"}}}}}});
    let tools = json!({"tools": [
        {"name": "search_tours", "description": "Search tours", "annotations": {"readOnlyHint": true}, "outputSchema": search,
         "inputSchema": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}, "cursor": {"type": "string"}}}},
        {"name": "book_tour", "description": "Book a tour",
         "outputSchema": {"type": "object", "properties": {"booking_id": {"type": "string"}}},
         "inputSchema": {"type": "object", "required": ["tour_id", "departure", "meals"], "properties": {
            "tour_id": {"type": "string"}, "departure": {"type": "string", "format": "date-time"},
            "meals": {"type": "array", "items": {"type": "string", "enum": ["vegan", "halal"]}}}}},
    ]});
    let (registry, _) = load(&[("tours.json", &tools.to_string())]);
    compile::compile(&registry).unwrap()
}

fn tool<'d>(domain: &'d Domain, name: &str) -> &'d Tool {
    domain.tools.iter().find(|tool| tool.name.ends_with(name)).unwrap()
}

fn world(domain: &Domain) -> World {
    World::new(Arc::new(Tables::new(domain.tables.iter().cloned())))
}

#[test]
fn a_call_is_taken_as_its_schema_has_it_and_in_no_other_form() {
    let compiled = compiled();
    let domain = &compiled.domains[0].0;
    let (search, book) = (tool(domain, "search_tours"), tool(domain, "book_tour"));
    let table = domain.table(&search.table).unwrap();
    let open =
        table.rows().iter().find(|row| row[table.column("members_only").unwrap()] == Value::Bool(false));
    let key = open.unwrap()[0].plain();
    let schema = book.parameters();
    assert_eq!(schema["properties"]["departure"]["format"], "date-time", "{schema}");
    assert_eq!(schema["properties"]["meals"]["items"]["enum"], json!(["vegan", "halal"]), "{schema}");
    let check = |arguments: Json, expected: Option<ErrorKind>| {
        let answer = book.call(&mut world(domain), &Arguments::parse(&arguments.to_string()));
        assert_eq!(answer.as_ref().err().map(|error| error.kind), expected, "{arguments}: {answer:?}");
    };
    let call = |departure: Json, meals: Json| json!({"tour_id": key, "departure": departure, "meals": meals});
    check(call(json!("2027-01-05T09:30:00Z"), json!(["vegan"])), None);
    let wrong = Some(ErrorKind::InvalidArguments);
    check(call(json!("2027-01-05"), json!(["vegan"])), wrong);
    check(call(json!("2027-02-30T09:30:00Z"), json!(["vegan"])), wrong);
    check(call(json!("2027-01-05T09:30:00Z"), json!([])), wrong);
    check(call(json!("2027-01-05T09:30:00Z"), json!("vegan")), wrong);
    check(call(json!("2027-01-05T09:30:00Z"), json!(["ham"])), wrong);
    check(json!({"tour_id": key, "departure": "2027-01-05T09:30:00Z", "meal": "vegan"}), wrong);
    check(
        json!({"tour_id": "none", "departure": "2027-01-05T09:30:00Z", "meals": ["vegan"]}),
        Some(ErrorKind::NotFound),
    );
    let lost = json!({"city": "Oslo", "cursor": "somewhere"});
    let error = search.call(&mut world(domain), &Arguments::parse(&lost.to_string())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidArguments);
}

#[test]
fn what_a_model_answers_is_the_world_from_then_on() {
    let mut compiled = compiled();
    let questions = compiled.questions(4);
    assert!(!questions.is_empty());
    let answer = |at: usize, rows: &Json| -> Json {
        let count = rows["properties"]["results"]["minItems"].as_u64().unwrap();
        let result = |row: u64| json!({"name": format!("Tour {}", ["North", "South", "East"][row as usize]), "price": 10 + at, "guided": true});
        json!({"results": (0..count).map(result).collect::<Vec<_>>()})
    };
    let answers: Vec<_> = questions
        .iter()
        .enumerate()
        .map(|(at, question)| (question.clone(), answer(at, &question.schema)))
        .collect();
    compiled.observe(&answers).unwrap();
    let domain = &compiled.domains[0].0;
    for (question, answer) in &answers {
        let call = Arguments::parse(&question.arguments.to_string());
        let tool = tool(domain, &question.tool);
        let once = tool.call(&mut world(domain), &call).unwrap();
        assert_eq!(once, tool.call(&mut world(domain), &call).unwrap());
        let told = &once.field("results").unwrap().items()[0];
        let price = answer["results"][0]["price"].as_i64().unwrap();
        assert_eq!(told.field("price").and_then(Value::as_number), Some(price as f64), "{once}");
    }
}

#[test]
fn an_answer_that_does_not_fit_is_refused_with_its_call() {
    let compiled = compiled();
    let question = compiled.questions(1).remove(0);
    let count = question.schema["properties"]["results"]["minItems"].as_u64().unwrap() as usize;
    let check = |result: Json, word: &str| {
        let answer = json!({"results": vec![result; count]});
        let error = question.check(&answer).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    let fits = json!({"name": "North", "price": 10, "guided": true});
    assert!(question.check(&json!({"results": vec![fits.clone(); count]})).is_ok());
    assert!(question.check(&json!({"results": vec![fits; count + 1]})).is_err());
    check(json!({"name": "North", "price": "ten", "guided": true}), "price");
    check(json!({"name": "Sure, it is 5!", "price": 10, "guided": true}), "name");
    check(json!({"name": "North", "price": 10}), "guided");
}

#[test]
fn a_stretch_of_time_does_not_end_before_it_begins() {
    let tools = json!({"tools": [{"name": "reserve_shed", "description": "Reserve a shed",
        "inputSchema": {"type": "object", "required": ["start_time", "end_time"], "properties": {
            "start_time": {"type": "string", "format": "time"}, "end_time": {"type": "string", "format": "time"}}}}]});
    let (registry, _) = load(&[("sheds.json", &tools.to_string())]);
    let compiled = compile::compile(&registry).unwrap();
    let domain = &compiled.domains[0].0;
    let check = |start: &str, end: &str, expected: Option<ErrorKind>| {
        let call = json!({"start_time": start, "end_time": end});
        let answer =
            tool(domain, "reserve_shed").call(&mut world(domain), &Arguments::parse(&call.to_string()));
        assert_eq!(answer.as_ref().err().map(|error| error.kind), expected, "{call}: {answer:?}");
    };
    check("09:00", "10:30", None);
    check("10:30", "09:00", Some(ErrorKind::Unavailable));
    check("09:00", "09:00", Some(ErrorKind::Unavailable));
}

/// The world of one deed that requires `value` of this schema, and `left` besides, which is not required.
fn with_value(schema: &Json) -> (Compiled, Vec<String>) {
    let tools = json!({"tools": [{"name": "reserve_shed", "description": "Reserve a shed",
        "inputSchema": {"type": "object", "required": ["value", "nowhere"], "properties": {
            "value": schema, "left": {"type": "string", "enum": ["A", "B"]}}}}]});
    let (registry, report) = load(&[("sheds.json", &tools.to_string())]);
    let notices = crate::shared::codes(&report).into_iter().map(str::to_owned).collect();
    (compile::compile(&registry).unwrap(), notices)
}

#[test]
fn values_are_those_that_the_schema_admits() {
    let check = |schema: Json, fits: &dyn Fn(&Value) -> bool| {
        let (compiled, notices) = with_value(&schema);
        assert!(notices.contains(&"unknown_required".to_owned()), "{notices:?}");
        let Some((domain, _)) = compiled.domains.first() else {
            panic!("{schema}: {:?}", compiled.report.left_out)
        };
        let values = &domain.slots["value"].values;
        assert!(values.len() > 1 && values.iter().all(fits), "{schema}: {values:?}");
        let left: Vec<&Vec<String>> = compiled.report.left_out_parameters.values().collect();
        assert_eq!(left, [&["left"]]);
    };
    let number =
        |low: f64, high: f64| move |value: &Value| value.as_number().is_some_and(|x| x >= low && x <= high);
    check(json!({"type": "number", "exclusiveMinimum": 0, "maximum": 2.5}), &number(0.001, 2.5));
    check(json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}), &number(0.001, 0.999));
    check(
        json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 4}),
        &number(1.0, 4.0),
    );
    check(json!({"type": "integer", "minimum": 500}), &number(500.0, f64::MAX));
    check(json!({"type": "integer", "enum": [3, 5, 4]}), &number(3.0, 5.0));
    let text = |all: &'static [&'static str]| {
        move |value: &Value| value.as_text().is_some_and(|text| all.contains(&text))
    };
    check(json!({"type": "string", "enum": ["1", "2", "3"]}), &text(&["1", "2", "3"]));
    check(json!({"type": "string", "enum": ["v1.0", "tier_2"]}), &text(&["v1.0", "tier_2"]));
}

#[test]
fn what_no_value_fits_or_nobody_can_say_is_left_out_with_that_reason() {
    let check = |schema: Json, reason: &str| {
        let (compiled, _) = with_value(&schema);
        let found: Vec<&String> = compiled.report.left_out.values().collect();
        assert!(matches!(found[..], [found] if found.ends_with(reason)), "{schema}: {found:?}");
    };
    check(json!({"type": "integer", "minimum": 9, "maximum": 1}), "which no value fits");
    check(json!({"type": "string", "enum": []}), "which no value fits");
    check(json!({"type": "string", "enum": ["S", "M"]}), "whose choices can't be said aloud: S, M");
    check(json!({"type": "integer", "enum": [1, 7]}), "whose choices can't be said aloud: 1, 7");
}

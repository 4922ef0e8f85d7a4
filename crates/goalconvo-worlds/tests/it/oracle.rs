//! Worlds compiled from OpenAPI and MCP answer as a reading of their tables, row by row, says they must.
//!
//! The oracle knows the schemas' words (`min_price` is the least price) and walks every row; it shares no code with the
//! tools, neither their indexes nor how they compare.

use std::collections::BTreeSet;
use std::sync::Arc;

use goalconvo_core::{Arguments, Domain, ErrorKind, Table, Tables, Tool, ToolError, Value, World};
use goalconvo_worlds::compile;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;

use crate::shared::load;

/// Which parts a schema has: parameters of the search, fields of the answer, and in which form it comes.
#[derive(Clone, Debug)]
struct Made {
    by_colour: bool,
    by_flag: bool,
    least: bool,
    most: bool,
    seats: bool,
    mcp: bool,
    /// How results come in pieces, if they do: the parameter.
    pages: Option<&'static str>,
}

/// What is asked of a search, as wishes that may be left out.
#[derive(Clone, Debug)]
struct Wish {
    colour: Option<usize>,
    covered: Option<bool>,
    least: Option<i64>,
    most: Option<i64>,
}

/// The parameter for the size of a piece.
fn pages_of(pages: Option<&'static str>) -> Option<(&'static str, Json)> {
    pages.map(|_| ("limit", json!({"type": "integer"})))
}

const COLOURS: [&str; 4] = ["red", "blue", "green", "white"];

fn schemas() -> impl Strategy<Value = Made> {
    let pages = prop::option::of(prop::sample::select(vec!["page", "offset", "cursor"]));
    (any::<[bool; 6]>(), pages).prop_map(|([by_colour, by_flag, least, most, seats, mcp], pages)| Made {
        by_colour,
        by_flag,
        least,
        most,
        seats,
        mcp,
        pages,
    })
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let bound = || prop::option::of(0..700_i64);
    let one = (prop::option::of(0..COLOURS.len()), prop::option::of(any::<bool>()), bound(), bound());
    let wish = one.prop_map(|(colour, covered, least, most)| Wish { colour, covered, least, most });
    prop::collection::vec(wish, 12)
}

impl Made {
    fn parameters(&self) -> Vec<(&'static str, Json)> {
        let all = [
            (self.by_colour, "colour", json!({"type": "string", "enum": COLOURS})),
            (self.by_flag, "covered", json!({"type": "boolean"})),
            (self.least, "min_price", json!({"type": "number"})),
            (self.most, "max_price", json!({"type": "number"})),
        ];
        let kind = if self.pages == Some("cursor") { "string" } else { "integer" };
        let pages = self.pages.map(|name| (name, json!({"type": kind})));
        let filters = all.into_iter().filter(|(has, _, _)| *has).map(|(_, name, schema)| (name, schema));
        filters.chain(pages).chain(pages_of(self.pages)).collect()
    }

    fn boat(&self) -> Json {
        let mut properties = json!({
            "boat_id": {"type": "string"}, "name": {"type": "string"}, "price": {"type": "number"},
            "colour": {"type": "string", "enum": COLOURS}, "covered": {"type": "boolean"},
        });
        if self.seats {
            properties["seats"] = json!({"type": "integer"});
        }
        json!({"type": "object", "properties": properties})
    }

    fn list(&self) -> Json {
        json!({"type": "object", "properties": {"boats": {"type": "array", "items": self.boat()}}})
    }

    fn booking() -> Json {
        json!({"type": "object", "properties": {"booking_id": {"type": "string"}, "total_price": {"type": "number"}}})
    }

    fn file(&self) -> String {
        if self.mcp { self.as_mcp() } else { self.as_openapi() }.to_string()
    }

    fn as_openapi(&self) -> Json {
        let query = |(name, schema): (&str, Json)| json!({"name": name, "in": "query", "schema": schema});
        let parameters: Vec<Json> = self.parameters().into_iter().map(query).collect();
        let key = json!([{"name": "boat_id", "in": "path", "required": true, "schema": {"type": "string"}}]);
        let answer = |schema: Json| json!({"200": {"description": "x", "content": {"application/json": {"schema": schema}}}});
        let body = json!({"required": true, "content": {"application/json": {"schema": {"type": "object",
            "required": ["boat_id", "nights"],
            "properties": {"boat_id": {"type": "string"}, "nights": {"type": "integer"}}}}}});
        json!({"openapi": "3.1.0", "info": {"title": "Boats"}, "paths": {
            "/boats": {"get": {"operationId": "search_boats", "summary": "Search boats", "parameters": parameters, "responses": answer(self.list())}},
            "/boats/{boat_id}": {
                "get": {"operationId": "get_boat", "summary": "One boat", "parameters": key, "responses": answer(self.boat())},
                "delete": {"operationId": "delete_boat", "summary": "Take a boat away", "parameters": key, "responses": answer(json!({"type": "object", "properties": {"deleted": {"type": "boolean"}}}))}},
            "/bookings": {"post": {"operationId": "book_boat", "summary": "Book a boat", "requestBody": body, "responses": answer(Made::booking())}}}})
    }

    fn as_mcp(&self) -> Json {
        let properties: serde_json::Map<String, Json> =
            self.parameters().into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
        let key =
            json!({"type": "object", "required": ["boat_id"], "properties": {"boat_id": {"type": "string"}}});
        let booked = json!({"type": "object", "required": ["boat_id", "nights"],
            "properties": {"boat_id": {"type": "string"}, "nights": {"type": "integer"}}});
        json!({"tools": [
            {"name": "search_boats", "description": "Search boats", "inputSchema": {"type": "object", "properties": properties}, "outputSchema": self.list(), "annotations": {"readOnlyHint": true}},
            {"name": "get_boat", "description": "One boat", "inputSchema": key, "outputSchema": self.boat(), "annotations": {"readOnlyHint": true}},
            {"name": "delete_boat", "description": "Take a boat away", "inputSchema": key, "outputSchema": {"type": "object", "properties": {"deleted": {"type": "boolean"}}}, "annotations": {"destructiveHint": true}},
            {"name": "book_boat", "description": "Book a boat", "inputSchema": booked, "outputSchema": Made::booking()},
        ]})
    }
}

/// A compiled world with its tools by what they do.
struct Boats {
    domain: Arc<Domain>,
    world: World,
}

impl Boats {
    fn new(made: &Made) -> Self {
        let (registry, _) = load(&[("boats.json", &made.file())]);
        let compiled = compile::compile(&registry).unwrap();
        assert_eq!(compiled.domains.len(), 1, "{made:?}: {:?}", compiled.report.left_out);
        let domain = compiled.domains[0].0.clone();
        let tables = Tables::new(domain.tables.iter().cloned());
        Boats { domain, world: World::new(Arc::new(tables)) }
    }

    fn tool(&self, name: &str) -> &Tool {
        let named = self.domain.tools.iter().find(|tool| tool.name.ends_with(name));
        named.unwrap_or_else(|| panic!("{name} is not playable"))
    }

    fn call(&mut self, name: &str, given: &[(&str, Value)]) -> Result<Value, ToolError> {
        let record = Value::record(given.iter().map(|(name, value)| (SmolStr::new(name), value.clone())));
        let tool = self.tool(name).clone();
        tool.call(&mut self.world, &Arguments::Parsed(record))
    }

    fn table(&self) -> Arc<Table> {
        self.world.table(&self.tool("search_boats").table).unwrap().clone()
    }
}

fn cell<'t>(table: &'t Table, row: usize, column: &str) -> &'t Value {
    &table.rows()[row][table.column(column).unwrap()]
}

/// The keys of the rows that a wish means: by the schemas' words, one row after the other.
fn meant(table: &Table, made: &Made, wish: &Wish) -> BTreeSet<String> {
    let fits = |row: &usize| {
        let price = cell(table, *row, "price").as_number().unwrap();
        let colour = cell(table, *row, "colour").as_text().unwrap();
        wish.colour.is_none_or(|wanted| !made.by_colour || colour == COLOURS[wanted])
            && wish
                .covered
                .is_none_or(|wanted| !made.by_flag || *cell(table, *row, "covered") == Value::Bool(wanted))
            && wish.least.is_none_or(|least| !made.least || price >= least as f64)
            && wish.most.is_none_or(|most| !made.most || price <= most as f64)
    };
    let rows = (0..table.rows().len()).filter(fits);
    rows.map(|row| cell(table, row, "boat_id").plain().to_string()).collect()
}

fn arguments(made: &Made, wish: &Wish) -> Vec<(&'static str, Value)> {
    let all = [
        (made.by_colour, "colour", wish.colour.map(|at| Value::text(COLOURS[at]))),
        (made.by_flag, "covered", wish.covered.map(Value::Bool)),
        (made.least, "min_price", wish.least.map(Value::Int)),
        (made.most, "max_price", wish.most.map(Value::Int)),
    ];
    let given = all.into_iter().filter(|(has, _, _)| *has);
    given.filter_map(|(_, name, value)| Some((name, value?))).collect()
}

/// A search finds what the oracle finds, and tells of each row what the table has.
fn search_agrees(boats: &mut Boats, made: &Made, wish: &Wish) {
    let expected = meant(&boats.table(), made, wish);
    let found = boats.call("search_boats", &arguments(made, wish)).unwrap();
    assert_eq!(found.field("total"), Some(&Value::Int(expected.len() as i64)), "{made:?} {wish:?}");
    let results = found.field("results").unwrap().items();
    let limit = boats.tool("search_boats").limit;
    assert_eq!(results.len(), expected.len().min(limit), "{made:?} {wish:?}");
    let mut seen = BTreeSet::new();
    let all = match made.pages {
        None => results.to_vec(),
        Some(start) => pieces(boats, &arguments(made, wish), start, found.clone()),
    };
    assert!(made.pages.is_none() || all.len() == expected.len(), "{made:?} {wish:?}: {} in all", all.len());
    for result in all {
        let key = result.field("boat_id").unwrap().plain().to_string();
        assert!(expected.contains(&key) && seen.insert(key.clone()), "{made:?} {wish:?}: {key}");
        let details = boats.call("get_boat", &[("boat_id", Value::text(&key))]).unwrap();
        for (name, value) in details.fields() {
            assert!(result.field(name).is_none_or(|listed| listed == value), "{name} of {key}");
        }
    }
}

/// All results of a search that gives them piece by piece, from its first answer on.
fn pieces(boats: &mut Boats, given: &[(&str, Value)], start: &str, first: Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut piece = first;
    loop {
        let results = piece.field("results").unwrap().items();
        assert!(!results.is_empty() || all.is_empty(), "a piece that was announced has something in it");
        all.extend(results.to_vec());
        let next = piece.field("next").unwrap().clone();
        if next.is_null() {
            return all;
        }
        let asked: Vec<(&str, Value)> = given.iter().cloned().chain([(start, next)]).collect();
        piece = boats.call("search_boats", &asked).unwrap();
    }
}

/// A deed done twice changes nothing more; one about what is not there changes nothing at all.
fn deeds_agree(boats: &mut Boats, pick: usize) {
    let table = boats.table();
    let row = pick % table.rows().len();
    let key = cell(&table, row, "boat_id").clone();
    let price = cell(&table, row, "price").as_number().unwrap();
    let stay = |key: &Value| [("boat_id", key.clone()), ("nights", Value::Int(3))];
    let before = boats.world.hash();
    for name in ["get_boat", "delete_boat"] {
        let error = boats.call(name, &[("boat_id", Value::text("no such boat"))]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{name}");
    }
    assert!(boats.call("book_boat", &stay(&Value::text("no such boat"))).is_err());
    assert!(boats.call("book_boat", &[("boat_id", key.clone())]).is_err(), "nights are required");
    let many = [("boat_id", key.clone()), ("nights", Value::Int(21))];
    let reserved = *cell(&table, row, "members_only") == Value::Bool(true);
    let refused = if reserved { ErrorKind::Permission } else { ErrorKind::Policy };
    let error = boats.call("book_boat", &many).unwrap_err();
    assert!(error.kind.is_refusal() && error.rule.is_some() && (reserved || error.kind == refused));
    assert_eq!(boats.world.hash(), before, "what fails changes nothing");
    if reserved {
        for (name, given) in [("book_boat", &stay(&key)[..]), ("delete_boat", &stay(&key)[..1])] {
            assert_eq!(boats.call(name, given).unwrap_err().kind, ErrorKind::Permission, "{name}");
        }
        assert_eq!(boats.world.hash(), before, "what is refused changes nothing");
        return;
    }

    let booked = boats.call("book_boat", &stay(&key)).unwrap();
    let once = boats.world.hash();
    assert_ne!(once, before);
    if let Some(total) = booked.field("total_price").and_then(Value::as_number) {
        assert!((total - 3.0 * price).abs() < 1.0, "{total} for three nights at {price}");
    }
    assert_eq!(boats.call("book_boat", &stay(&key)).unwrap(), booked, "the same booking");
    assert_eq!(boats.world.hash(), once, "doing it twice changes nothing more");

    boats.call("delete_boat", &[("boat_id", key.clone())]).unwrap();
    let gone = boats.world.hash();
    assert_eq!(boats.call("get_boat", &[("boat_id", key.clone())]).unwrap_err().kind, ErrorKind::NotFound);
    assert!(boats.call("delete_boat", &[("boat_id", key.clone())]).is_err(), "it is gone already");
    assert_eq!(boats.world.hash(), gone);
    let all = boats.call("search_boats", &[]).unwrap();
    assert_eq!(all.field("total"), Some(&Value::Int(table.rows().len() as i64 - 1)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn openapi_and_mcp_worlds_answer_as_their_tables_say(made in schemas(), wishes in wishes(), pick in 0..1000_usize) {
        let mut boats = Boats::new(&made);
        for wish in &wishes {
            search_agrees(&mut boats, &made, wish);
        }
        deeds_agree(&mut boats, pick);
    }
}

//! OpenAPI and Swagger: references, compositions, places, security, links.

use crate::shared::{codes, endpoint, load, parameter};
use goalconvo_worlds::graph;
use goalconvo_worlds::registry::{Confidence, Effect, Hidden, Kind, Place};

const SHOP: &str = r##"{
  "openapi": "3.1.0", "info": {"title": "Shop"},
  "security": [{"key": []}],
  "paths": {
    "/orders/{id}/parts/{part}": {
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                     {"name": "trace", "in": "header", "schema": {"type": "string"}}],
      "get": {"operationId": "getPart", "summary": "One part of an order",
        "parameters": [{"$ref": "#/components/parameters/part"},
          {"name": "trace", "in": "header", "required": true, "schema": {"type": "integer"}},
          {"name": "colour", "in": "cookie", "schema": {"enum": ["red", "blue"]}},
          {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}}],
        "responses": {"200": {"$ref": "#/components/responses/part"}, "404": {"description": "no", "content": {"application/json": {"example": {"error": "gone"}}}}}}},
    "/orders": {
      "post": {"operationId": "createOrder",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"allOf": [
          {"$ref": "#/components/schemas/base"}, {"type": "object", "required": ["note"], "properties": {"note": {"type": ["string", "null"]}, "id": {"type": "string", "readOnly": true}}}]}}}},
        "responses": {"201": {"description": "made", "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}, "who": {"type": "string"}}}}},
          "links": {"part": {"operationId": "getPart", "parameters": {"path.id": "$response.body#/id"}}}}}},
      "get": {"security": [], "responses": {"200": {"description": "x", "content": {"application/json": {"schema": {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/node"}, {"type": "string"}]}}}}}}}
    }
  },
  "components": {
    "securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "shop_key"}},
    "parameters": {"part": {"name": "part", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}}},
    "responses": {"part": {"description": "a part", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/node"}}}}},
    "schemas": {
      "base": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"type": "string"}}, "gift": {"type": "boolean", "default": false}}},
      "node": {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/node"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/node"}}}}
    }
  }
}"##;

#[test]
fn every_place_composition_and_reference_is_read() {
    let (registry, report) = load(&[("shop.json", SHOP)]);
    assert_eq!((report.tools, report.endpoints, report.lost), (1, 3, 0), "{:?}", codes(&report));
    let part = endpoint(&registry, "getPart");
    let places: Vec<(&str, Place, bool)> =
        part.parameters.iter().map(|one| (one.name.as_str(), one.place, one.required)).collect();
    assert!(places.contains(&("id", Place::Path, true)));
    assert!(places.contains(&("part", Place::Path, true)));
    assert!(places.contains(&("trace", Place::Header, true)), "the operation's own wins: {places:?}");
    assert!(places.contains(&("colour", Place::Cookie, false)));
    assert!(matches!(parameter(part, "filter").shape.kind, Kind::Record(_)));
    assert_eq!(parameter(part, "id").concept.key(), "order.id", "the path says whose id it is");
    assert_eq!(part.response.confidence, Confidence::Schema);
    assert_eq!(part.response.errors.len(), 1);

    let order = endpoint(&registry, "createOrder");
    assert_eq!(order.effect, Effect::Write);
    let body: Vec<(&str, bool)> = order.visible().map(|one| (one.name.as_str(), one.required)).collect();
    assert_eq!(
        body,
        [("items", true), ("note", true), ("gift", false)],
        "read-only members are no parameters"
    );
    assert!(parameter(order, "note").shape.nullable);
}

#[test]
fn a_cycle_of_references_ends_by_name() {
    let (registry, _) = load(&[("shop.json", SHOP)]);
    let Kind::Record(fields) = &endpoint(&registry, "getPart").response.shape.kind else {
        panic!("a record")
    };
    assert_eq!(fields["next"].shape.kind, Kind::Again("node".into()));
}

#[test]
fn credentials_are_injected_and_never_shown() {
    let (registry, _) = load(&[("shop.json", SHOP)]);
    let key = parameter(endpoint(&registry, "getPart"), "shop_key");
    assert_eq!((key.hidden, key.place), (Some(Hidden::Credential), Place::Query));
    let open = endpoint(&registry, "GET /orders");
    assert!(open.parameters.is_empty(), "an empty list of requirements needs no credential");
}

#[test]
fn a_stated_link_becomes_a_data_link() {
    let (registry, _) = load(&[("shop.json", SHOP)]);
    let projection = graph::project(&registry);
    let stated = projection
        .edges
        .iter()
        .any(|edge| matches!(edge.relation, graph::Relation::Data { rule: graph::LinkRule::Stated, .. }));
    assert!(stated, "{:?}", projection.edges);
}

#[test]
fn references_that_lead_nowhere_are_reported_and_never_fatal() {
    let check = |schema: &str, code: &str| {
        let text = format!(
            r##"{{"openapi": "3.0.0", "info": {{"title": "t"}}, "paths": {{"/a": {{"get": {{"parameters":
            [{{"name": "p", "in": "query", "schema": {schema}}}], "responses": {{}}}}}}}},
            "components": {{"schemas": {{"a": {{"$ref": "#/components/schemas/b"}}, "b": {{"$ref": "#/components/schemas/a"}}}}}}}}"##
        );
        let (_, report) = load(&[("t.json", &text)]);
        assert_eq!(report.endpoints, 1);
        assert!(codes(&report).contains(&code), "{schema}: {:?}", codes(&report));
    };
    check(r##"{"$ref": "#/components/schemas/none"}"##, "dangling_reference");
    check(r##"{"$ref": "other.json#/x"}"##, "external_reference");
    check(r##"{"$ref": "#/components/schemas/a"}"##, "circular_reference");
}

#[test]
fn schemas_that_unfold_without_end_are_stopped() {
    let mut schemas = String::new();
    for number in 0..40 {
        let next = number + 1;
        schemas.push_str(&format!(
            r##""s{number}": {{"type": "object", "properties": {{"a": {{"$ref": "#/components/schemas/s{next}"}}, "b": {{"$ref": "#/components/schemas/s{next}"}}}}}},"##
        ));
    }
    let text = format!(
        r##"{{"openapi": "3.0.0", "info": {{"title": "t"}}, "paths": {{"/a": {{"get": {{"responses": {{"200": {{"description": "x",
        "content": {{"application/json": {{"schema": {{"$ref": "#/components/schemas/s0"}}}}}}}}}}}}}}}},
        "components": {{"schemas": {{{schemas} "s40": {{"type": "string"}}}}}}}}"##
    );
    let (_, report) = load(&[("t.json", &text)]);
    assert!(codes(&report).contains(&"schema_too_large"));
}

#[test]
fn what_a_body_requires_is_required_although_the_body_is_not() {
    let schema = r#"{"type": "object", "required": ["boat_id"], "properties": {"boat_id": {"type": "string"}, "note": {"type": "string"}}}"#;
    let openapi = format!(
        r#"{{"openapi": "3.0.0", "info": {{"title": "t"}}, "paths": {{"/a": {{"post": {{"operationId": "hire",
        "requestBody": {{"content": {{"application/json": {{"schema": {schema}}}}}}}, "responses": {{}}}}}}}}}}"#
    );
    let swagger = format!(
        r#"{{"swagger": "2.0", "info": {{"title": "t"}}, "paths": {{"/a": {{"post": {{"operationId": "hire",
        "parameters": [{{"in": "body", "name": "body", "schema": {schema}}}], "responses": {{}}}}}}}}}}"#
    );
    for text in [openapi, swagger] {
        let (registry, report) = load(&[("t.json", &text)]);
        let hire = endpoint(&registry, "hire");
        assert!(parameter(hire, "boat_id").required && !parameter(hire, "note").required);
        assert!(codes(&report).contains(&"body_required"), "{:?}", codes(&report));
    }
}

#[test]
fn yaml_with_whole_number_keys_is_read() {
    let text = "openapi: 3.0.3\ninfo: {title: Tides}\npaths:\n  /tides/{harbour}:\n    get:\n      operationId: getTides\n      parameters:\n        - {name: harbour, in: path, required: true, schema: {type: string}}\n      responses:\n        200:\n          description: ok\n          content:\n            application/json:\n              schema: {type: object, properties: {high: {type: string, format: date-time}}}\n";
    let (registry, report) = load(&[("tides.yaml", text)]);
    assert_eq!((report.endpoints, report.lost), (1, 0), "{:?}", report.files);
    assert_eq!(endpoint(&registry, "getTides").response.fields.len(), 1);
}

#[test]
fn swagger_bodies_forms_and_definitions_are_read() {
    let text = r##"{"swagger": "2.0", "info": {"title": "Pets"}, "basePath": "/v2/",
      "securityDefinitions": {"auth": {"type": "oauth2"}},
      "paths": {"/pet": {"post": {"operationId": "addPet", "security": [{"auth": ["write"]}],
        "parameters": [{"in": "body", "name": "body", "required": true, "schema": {"$ref": "#/definitions/Pet"}}],
        "responses": {"200": {"schema": {"$ref": "#/definitions/Pet"}, "examples": {"application/json": {"id": 3, "name": "Rex"}}}}}},
       "/pet/{petId}": {"post": {"operationId": "rename", "parameters": [
          {"name": "petId", "in": "path", "required": true, "type": "integer", "format": "int64"},
          {"name": "name", "in": "formData", "type": "string", "default": "Rex"}], "responses": {}}}},
      "definitions": {"Pet": {"type": "object", "required": ["name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "parent": {"$ref": "#/definitions/Pet"}}}}}"##;
    let (registry, report) = load(&[("pets.json", text)]);
    assert_eq!((report.endpoints, report.lost), (2, 0), "{:?}", codes(&report));
    let add = endpoint(&registry, "addPet");
    assert_eq!(add.path, "/v2/pet");
    assert_eq!(parameter(add, "Authorization").hidden, Some(Hidden::Credential));
    assert!(parameter(add, "name").required);
    assert_eq!(add.response.examples.len(), 1);
    let rename = endpoint(&registry, "rename");
    assert_eq!(parameter(rename, "name").place, Place::Form);
    assert!(matches!(parameter(rename, "petId").shape.kind, Kind::Integer(_)));
}

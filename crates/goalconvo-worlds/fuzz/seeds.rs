//! One document of each dialect: what tests and fuzzers damage.

/// (importer, file, text).
pub const DOCUMENTS: [(&str, &str, &str); 15] = [
    (
        "toolbench",
        "tools/Town/town.json",
        r#"{"tool_name": "Town", "tool_description": "d", "home_url": "u", "standardized_name": "town", "api_list": [{"name": "Find Museums", "url": "https://x.test/v1/find", "method": "GET", "description": "*A*, *B*", "required_parameters": [{"name": "city", "type": "STRING", "default": "Oslo"}, {"name": "kind", "type": "ENUM", "default": ""}], "optional_parameters": [{"name": "page", "type": "NUMBER", "default": "1"}, {"name": "api_key", "type": "STRING", "default": "k-123456"}, {"name": "tags[]", "type": "ARRAY", "default": "[\"a\"]"}], "statuscode": 200, "body": {"rows": [{"id": 1, "name": "M", "at": "2031-01-02"}]}, "schema": {"type": "object", "properties": {"rows": {"type": "array"}}}, "template_response": "{\"rows\": [{\"id\": \"int\"}], \"_list_length\": 3, \"x"}]}"#,
    ),
    (
        "toolbench_queries",
        "q.json",
        r#"[{"query": "x", "api_list": [{"category_name": "A", "tool_name": "B", "api_name": "C", "required_parameters": [{"name": "n", "type": "NUMBER", "default": "1"}], "optional_parameters": [], "method": "GET"}]}]"#,
    ),
    (
        "toolbench_responses",
        "r/A/b.json",
        r#"{"api_list": [{"name": "C", "schema": {"rows": [{"id": "int"}], "list": ["list of str with length 2"]}}]}"#,
    ),
    (
        "openapi",
        "o.json",
        r##"{"openapi": "3.0.0", "info": {"title": "t"}, "security": [{"k": []}], "paths": {"/a/{id}": {"parameters": [{"name": "id", "in": "path", "schema": {"$ref": "#/components/schemas/n"}}], "post": {"operationId": "x", "requestBody": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/n"}, {"type": "object", "properties": {"a": {"type": ["string", "null"], "enum": ["b"]}}}]}}}}, "responses": {"200": {"content": {"application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/n"}]}, "example": {"id": 1}}}, "links": {"l": {"operationId": "x", "parameters": {"id": "$response.body#/id"}}}}}}}}, "components": {"schemas": {"n": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}, "n": {"$ref": "#/components/schemas/n"}}}}, "securitySchemes": {"k": {"type": "apiKey", "in": "query", "name": "key"}}}}"##,
    ),
    (
        "swagger2",
        "s.json",
        r##"{"swagger": "2.0", "info": {"title": "t"}, "basePath": "/v", "paths": {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "type": "string"}, {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/d"}}], "responses": {"200": {"schema": {"$ref": "#/definitions/d"}, "examples": {"application/json": {"a": 1}}}}}}}, "definitions": {"d": {"type": "object", "properties": {"a": {"type": "integer"}}}}}"##,
    ),
    (
        "mcp",
        "m.json",
        r#"{"tools": [{"name": "t", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, "outputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]}"#,
    ),
    (
        "functions",
        "f.json",
        r#"[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}}}]"#,
    ),
    (
        "sgd",
        "g.json",
        r#"[{"service_name": "S_1", "slots": [{"name": "a", "is_categorical": true, "possible_values": ["x"]}], "intents": [{"name": "I", "is_transactional": true, "required_slots": ["a"], "optional_slots": {"a": "x"}, "result_slots": ["a"]}]}]"#,
    ),
    (
        "star_api",
        "apis/h.json",
        r#"{"input": [{"Name": "A", "Type": "Integer", "Min": "!lambda p: 1"}], "output": [{"Name": "B", "Type": "Categorical", "Categories": ["x"]}], "required": ["A"]}"#,
    ),
    ("star_task", "tasks/h/h.json", r#"{"task": "h", "replies": {"a": "b"}, "graph": {"a": "c"}}"#),
    (
        "bfcl",
        "b.jsonl",
        r#"{"id": "1", "question": [], "function": [{"name": "a.b", "parameters": {"type": "dict", "properties": {"x": {"type": "float"}}}}]}"#,
    ),
    (
        "sql",
        "d.sql",
        "CREATE TABLE a (id INT PRIMARY KEY, b TEXT CHECK (b IN ('x')), c DATE NOT NULL, FOREIGN KEY (c) REFERENCES d (e));",
    ),
    ("star_replies", "tasks/h/responses.json", r#"{"hello": "Hi", "ask_name": "Your {name:s}?"}"#),
    (
        "star_table",
        "dbs/h.json",
        r#"[{"Name": "A", "Type": "Integer", "Min": "!lambda p: p[\"B\"] * 2", "Max": 9}, {"Name": "B", "Type": "Categorical", "Categories": "!list(combinations([\"x\", \"y\"], 2))"}]"#,
    ),
    (
        "openapi_yaml",
        "o.yaml",
        "openapi: 3.0.3\ninfo: {title: Tides}\npaths:\n  /t/{h}:\n    get:\n      parameters:\n        - {name: h, in: path, required: true, schema: {type: string}}\n      responses:\n        200:\n          content:\n            application/json:\n              schema: &s {type: object, properties: {a: {type: string, format: date-time}}}\n",
    ),
];

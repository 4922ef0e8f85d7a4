//! A small MCP server over standard input and output, for trying `goalconvo tools build mcp:COMMAND`: a harbour with
//! berths. Written out by hand, so that the program is not tested against the library that it uses itself.
//!
//! It lists its tools in two pages; with the argument `silent` it closes its door without a word.

#![expect(clippy::print_stdout, reason = "a server over standard output prints its answers")]

use std::io::BufRead as _;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).is_some_and(|argument| argument == "silent") {
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        // A notification has no id and gets no answer.
        let Some(id) = message.get("id") else { continue };
        println!("{}", answer(id, &message));
    }
    Ok(())
}

fn answer(id: &Value, message: &Value) -> Value {
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "harbour", "version": "1.0.0" },
        }),
        "ping" => json!({}),
        "tools/list" => match message["params"]["cursor"].as_str() {
            None => json!({ "tools": [find()], "nextCursor": "second" }),
            Some(_) => json!({ "tools": [reserve()] }),
        },
        method => {
            let error = json!({ "code": -32601, "message": format!("no method {method:?}") });
            return json!({ "jsonrpc": "2.0", "id": id, "error": error });
        }
    };
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn find() -> Value {
    json!({
        "name": "find_berths",
        "description": "Find free berths in the harbour.",
        "inputSchema": { "type": "object", "properties": {
            "quay": { "type": "string", "enum": ["north", "south"], "description": "Which quay" },
            "power": { "type": "boolean", "description": "With power" },
        } },
        "outputSchema": { "type": "object", "properties": { "berths": { "type": "array", "items": {
            "type": "object", "properties": {
                "berth_id": { "type": "string" }, "name": { "type": "string" }, "quay": { "type": "string", "enum": ["north", "south"] },
                "power": { "type": "boolean" }, "price": { "type": "number" },
            } } } } },
        "annotations": { "readOnlyHint": true },
    })
}

fn reserve() -> Value {
    json!({
        "name": "reserve_berth",
        "description": "Reserve a berth for some nights.",
        "inputSchema": { "type": "object", "required": ["berth_id", "nights"], "properties": {
            "berth_id": { "type": "string" }, "nights": { "type": "integer", "minimum": 1, "maximum": 14 },
        } },
        "outputSchema": { "type": "object", "properties": { "reservation_id": { "type": "string" }, "total_price": { "type": "number" } } },
        "annotations": { "destructiveHint": false },
    })
}

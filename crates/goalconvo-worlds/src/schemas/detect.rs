//! Which dialect a file is written in, told from its content and not from where it lies.

use serde_json::Value;

/// A file to import, as its caller named it.
#[derive(Clone, Debug, Default)]
pub struct SourceFile {
    /// The path, with `/` between its parts.
    pub path: String,
}

/// The dialects that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A ToolBench tool, or a list of them.
    ToolBench,
    /// ToolBench queries, whose `api_list`s mention endpoints.
    ToolBenchQueries,
    /// ToolBench response examples of a tool.
    ToolBenchResponses,
    /// OpenAPI 3.0 or 3.1.
    OpenApi,
    /// Swagger 2.0.
    Swagger2,
    /// The answer to MCP's `tools/list`.
    Mcp,
    /// Function definitions for OpenAI, Anthropic or Gemini.
    Functions,
    /// Schema-Guided Dialogue services.
    Sgd,
    /// A STAR API.
    StarApi,
    /// A STAR task.
    StarTask,
    /// STAR value domains of a table.
    StarTable,
    /// STAR's canned replies of a task.
    StarReplies,
    /// SQL data definitions.
    Sql,
    /// Berkeley Function-Calling Leaderboard entries.
    Bfcl,
}

impl SourceFile {
    /// A file of this path.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }

    /// The file's name without folders and endings.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(name)
    }

    /// The name of the folder that it lies in; empty at the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit('/').nth(1).unwrap_or_default()
    }
}

impl Dialect {
    /// The dialect's name in reports and origins.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToolBench => "toolbench",
            Self::ToolBenchQueries => "toolbench_queries",
            Self::ToolBenchResponses => "toolbench_responses",
            Self::OpenApi => "openapi",
            Self::Swagger2 => "swagger2",
            Self::Mcp => "mcp",
            Self::Functions => "functions",
            Self::Sgd => "sgd",
            Self::StarApi | Self::StarTask | Self::StarTable | Self::StarReplies => "star",
            Self::Sql => "sql",
            Self::Bfcl => "bfcl",
        }
    }

    /// The dialect of a JSON document, if it is one that can be imported.
    pub fn of(value: &Value, file: &SourceFile) -> Option<Self> {
        match value {
            Value::Object(_) => of_object(value, file),
            Value::Array(items) => of_list(items),
            _ => None,
        }
    }
}

fn of_object(value: &Value, file: &SourceFile) -> Option<Dialect> {
    let has = |key: &str| value.get(key).is_some();
    let is_text = |key: &str| value.get(key).is_some_and(Value::is_string);
    if is_text("openapi") {
        return Some(Dialect::OpenApi);
    }
    if has("swagger") && has("paths") {
        return Some(Dialect::Swagger2);
    }
    if has("api_list") {
        return Some(of_api_list(value));
    }
    if has("input") && has("output") && has("required") {
        return Some(Dialect::StarApi);
    }
    if has("task") && has("replies") && has("graph") {
        return Some(Dialect::StarTask);
    }
    if file.path.ends_with("/responses.json") {
        return Some(Dialect::StarReplies);
    }
    if has("question") && has("function") {
        return Some(Dialect::Bfcl);
    }
    if value.get("result").is_some_and(|result| is_mcp_list(result.get("tools")))
        || is_mcp_list(value.get("tools"))
    {
        return Some(Dialect::Mcp);
    }
    if has("service_name") && has("intents") {
        return Some(Dialect::Sgd);
    }
    let functions = ["tools", "functions", "function_declarations", "functionDeclarations"];
    (is_function(value) || functions.iter().any(|key| value.get(*key).is_some_and(is_function_list)))
        .then_some(Dialect::Functions)
}

fn of_list(items: &[Value]) -> Option<Dialect> {
    let first = items.iter().find(|item| item.is_object())?;
    let has = |key: &str| first.get(key).is_some();
    if has("question") && has("function") {
        Some(Dialect::Bfcl)
    } else if has("query") {
        Some(Dialect::ToolBenchQueries)
    } else if has("api_list") {
        Some(Dialect::ToolBench)
    } else if has("service_name") {
        Some(Dialect::Sgd)
    } else if has("inputSchema") {
        Some(Dialect::Mcp)
    } else if has("Name") && has("Type") {
        Some(Dialect::StarTable)
    } else {
        (is_function(first) || first.get("functionDeclarations").is_some()).then_some(Dialect::Functions)
    }
}

fn of_api_list(value: &Value) -> Dialect {
    if value.get("query").is_some() {
        return Dialect::ToolBenchQueries;
    }
    let named =
        ["tool_name", "name", "title", "tool_description"].iter().any(|key| value.get(*key).is_some());
    let only_responses = value["api_list"].as_array().is_some_and(|endpoints| {
        endpoints.iter().all(|endpoint| {
            endpoint.as_object().is_some_and(|map| map.keys().all(|key| key == "name" || key == "schema"))
        })
    });
    if !named && only_responses { Dialect::ToolBenchResponses } else { Dialect::ToolBench }
}

fn is_mcp_list(tools: Option<&Value>) -> bool {
    let list = tools.and_then(Value::as_array);
    list.is_some_and(|tools| tools.iter().any(|tool| tool.get("inputSchema").is_some()))
}

fn is_function_list(list: &Value) -> bool {
    list.as_array().is_some_and(|list| {
        list.iter().any(|entry| {
            is_function(entry)
                || entry.get("functionDeclarations").or(entry.get("function_declarations")).is_some()
        })
    })
}

fn is_function(value: &Value) -> bool {
    let inner = value.get("function").unwrap_or(value);
    inner.get("name").is_some_and(Value::is_string)
        && (["parameters", "input_schema", "parametersJsonSchema"]
            .iter()
            .any(|key| inner.get(*key).is_some())
            || value.get("type").is_some_and(|kind| kind == "function"))
}

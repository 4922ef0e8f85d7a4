//! A live server of the Model Context Protocol, over standard input and output, by the official SDK: it is started, asked
//! for its tools page by page, and stopped. No tool of it is ever called.

use std::process::Stdio;
use std::time::Duration;

use rmcp::ServiceExt as _;
use rmcp::transport::TokioChildProcess;
use serde_json::json;
use tokio::process::Command;

use crate::Error;
use crate::connect::runtime;

/// How long a server may take to start and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The tools of the server that a command starts, as one answer to `tools/list` with the server's name.
///
/// # Errors
/// The command can't be started, is no MCP server, or does not answer in time.
pub(crate) fn list_tools(command: &[String]) -> Result<String, Error> {
    let failed = |what: String| Error::bad_input(format!("mcp:{}: {what}", command.join(" ")));
    let Some((program, arguments)) = command.split_first() else {
        return Err(failed(
            "found no command; expected mcp:COMMAND, such as mcp:\"npx -y some-server\"".to_owned(),
        ));
    };
    let runtime = runtime(1)?;
    let answer = runtime.block_on(async {
        match tokio::time::timeout(PATIENCE, ask(program, arguments)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!(
                "no answer within {} s; is it an MCP server over standard input?",
                PATIENCE.as_secs()
            )),
        }
    });
    answer.map_err(failed)
}

async fn ask(program: &str, arguments: &[String]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments);
    // What the server says for people goes where people read.
    let (process, _) = TokioChildProcess::builder(command)
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("can't be started: {error}"))?;
    let mut server = ()
        .serve(process)
        .await
        .map_err(|error| format!("started, and did not greet as an MCP server does: {error}"))?;
    let tools = server.list_all_tools().await.map_err(|error| format!("tools/list: {error}"));
    let name = server.peer_info().map(|info| json!(*info)).and_then(|info| info.get("serverInfo").cloned());
    let closed = server.close().await;
    let tools = tools?;
    closed.map_err(|error| format!("did not end cleanly: {error}"))?;
    serde_json::to_string(&json!({ "serverInfo": name, "tools": tools })).map_err(|error| error.to_string())
}

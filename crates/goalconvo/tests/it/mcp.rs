//! A live server of the Model Context Protocol: asked page by page, and refused by name where it is none.

use std::path::{Path, PathBuf};

use crate::program::{Ran, command};
use serde_json::Value;

/// The example server, which cargo builds with the tests.
fn server() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_goalconvo")).parent()?.join("examples/mcp_harbour");
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: the example server is not at {}", path.display());
    None
}

fn build(source: &str) -> (Ran, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), "tools build --out graph --json");
    (command.arg(source).output().unwrap().into(), folder)
}

#[test]
fn a_live_server_is_asked_for_all_its_tools() {
    let Some(server) = server() else { return };
    let (ran, folder) = build(&format!("mcp:'{}' --fleet", server.display()));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&report["tools"], &report["endpoints"], &report["lost"]),
        (&1.into(), &2.into(), &0.into()),
        "both pages"
    );
    let registry = std::fs::read_to_string(folder.path().join("graph/registry.json")).unwrap();
    assert!(registry.contains("reserve_berth") && registry.contains("\"harbour\""), "{registry}");
}

#[test]
fn what_is_no_server_is_said_with_its_command() {
    let check = |source: &str, expected: &str| {
        let (ran, _) = build(source);
        assert_eq!((ran.code, ran.err.contains(expected)), (Some(3), true), "{source}: {}", ran.err);
    };
    check("mcp:", "no command");
    check("mcp:no-such-program-here", "can't be started");
    check("mcp:true", "did not greet");
    let Some(server) = server() else { return };
    check(&format!("mcp:{} silent", server.display()), "did not greet");
}

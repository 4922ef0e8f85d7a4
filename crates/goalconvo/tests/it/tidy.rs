//! Whether the house is tidy: arrows between crates, schemas, documents, files and names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{done, root};

/// Which crates of ours a crate may depend on: DESIGN's arrows.
const ARROWS: &[(&str, &[&str])] = &[
    ("goalconvo-core", &[]),
    ("goalconvo-worlds", &["core"]),
    ("goalconvo-nlg", &["core"]),
    ("goalconvo-llm", &[]),
    ("goalconvo-neural", &["metrics"]),
    ("goalconvo-sim", &["core", "nlg", "llm", "metrics"]),
    ("goalconvo-metrics", &["core"]),
    ("goalconvo-store", &["core"]),
    ("goalconvo", &["core", "worlds", "nlg", "llm", "neural", "sim", "metrics", "store"]),
    ("goalconvo-py", &["goalconvo", "core"]),
    // A stand-in for model servers, for tests alone.
    ("goalconvo-stub", &[]),
    ("xtask", &[]),
];

const SUFFIXES: [&str; 9] =
    ["Manager", "Helper", "Util", "Wrapper", "Handler", "Processor", "Service", "Impl", "Base"];

/// Documents whose paths must exist.
fn documents() -> Vec<PathBuf> {
    let root = root();
    let mut found: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"]
            .iter()
            .map(|name| root.join(name))
            .filter(|path| path.is_file())
            .collect();
    found.extend(files(&root.join("docs"), "md"));
    assert!(!found.is_empty());
    found
}

/// Files of a kind below a folder.
fn files(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path, kind));
        } else if path.extension().is_some_and(|end| end == kind) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Our own Rust files with their text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = root();
    let folders = [root.join("crates"), root.join("xtask")];
    let paths = folders
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .filter(|path| !path.display().to_string().contains("/target/"));
    paths.map(|path| (path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn crates_depend_along_the_arrows_alone() {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let allowed =
            arrows.get(name).unwrap_or_else(|| panic!("the crate {name} has no arrows in this test"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            let ours = arrows.contains_key(on) && dependency["kind"] != "dev";
            let short = on.strip_prefix("goalconvo-").unwrap_or(on);
            assert!(!ours || allowed.contains(&short), "{name} must not depend on {on}");
        }
    }
}

#[test]
fn schemas_are_fresh() {
    let fresh = tempfile::tempdir().unwrap();
    done(fresh.path(), "schema --all .");
    let (made, kept) = (files(fresh.path(), "json"), files(&root().join("schemas"), "json"));
    let names =
        |paths: &[PathBuf]| paths.iter().map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&made), names(&kept), "run `cargo run -p xtask schemas`");
    for (made, kept) in made.iter().zip(&kept) {
        let [made, old] = [made, kept].map(|path| fs::read_to_string(path).unwrap());
        assert!(made == old, "{} is stale: run `cargo run -p xtask schemas`", kept.display());
    }
}

/// Words of a document that look like paths of this repository.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2).map(str::to_owned);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).map(str::to_owned);
    let tops = [
        "crates/", "domains/", "docs/", "schemas/", "xtask/", ".ci/", "recipes/", "benches/", "studio/",
        "python/",
    ];
    let is_path = |word: &String| {
        tops.iter().any(|top| word.starts_with(top)) && !word.contains(['<', '*', '{', ' ', '\n', '…'])
    };
    let link = |word: &String| !word.contains("://") && !word.is_empty() && !word.contains(' ');
    quoted.filter(is_path).chain(linked.filter(link)).collect()
}

#[test]
fn documents_name_paths_that_are_there() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let code = text.split("```").step_by(2).collect::<String>();
        for path in paths(&code) {
            let beside = document.parent().unwrap().join(&path);
            assert!(root().join(&path).exists() || beside.exists(), "{} names {path}", document.display());
        }
    }
}

#[test]
fn a_path_that_is_gone_would_be_noticed() {
    let text = "see `crates/goalconvo-gone/src/lib.rs`, [this](docs/gone.md) and `domains/<name>/`";
    assert_eq!(paths(text), ["crates/goalconvo-gone/src/lib.rs", "docs/gone.md"]);
}

#[test]
fn source_files_say_what_they_are_for_and_stay_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines: split it", path.display());
    }
}

#[test]
fn types_are_named_by_what_they_are() {
    for (path, text) in sources() {
        for line in text.lines() {
            let words: Vec<&str> = line
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .filter(|word| !word.is_empty())
                .collect();
            let named =
                words.windows(2).filter(|pair| ["struct", "enum", "trait", "type"].contains(&pair[0]));
            for pair in named.filter(|_| !line.trim_start().starts_with("//")) {
                let bad = SUFFIXES.iter().find(|suffix| pair[1].ends_with(*suffix));
                assert!(bad.is_none(), "{}: {} is no name", path.display(), pair[1]);
            }
        }
    }
}

/// The commands of the README's `sh` blocks that use the program, with small numbers.
fn commands(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines =
        blocks.flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>());
    let program = |line: String| {
        let line = line.trim().trim_start_matches("$ ").to_owned();
        let (_, rest) =
            line.split_once("cargo run").and_then(|(_, rest)| rest.split_once("-- ")).unwrap_or(("", &line));
        let is_ours = line.starts_with("cargo run") || line.contains("goalconvo ");
        let rest = if line.starts_with("cargo run") { format!("goalconvo {rest}") } else { rest.to_owned() };
        (is_ours && !line.starts_with('#') && !line.starts_with("cargo install")).then(|| small(&rest))
    };
    lines.filter_map(program).collect()
}

/// The same with `-n` of at most 5.
fn small(command: &str) -> String {
    let mut words: Vec<&str> = command.split(' ').collect();
    for at in 1..words.len() {
        if words[at - 1] == "-n" && words[at].parse::<u64>().is_ok() {
            words[at] = "5";
        }
    }
    words.join(" ")
}

#[test]
fn the_commands_of_the_readme_run() {
    let Ok(readme) = fs::read_to_string(root().join("README.md")) else {
        return eprintln!("skipped: there is no README.md yet");
    };
    let folder = tempfile::tempdir().unwrap();
    for shared in ["domains", "recipes", "schemas"] {
        crate::program::copy_if_there(&root().join(shared), &folder.path().join(shared));
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_goalconvo")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var_os("PATH").unwrap().display());
    let commands = commands(&readme);
    assert!(!commands.is_empty(), "the README shows no command");
    for command in commands {
        // What needs a model, a corpus or weights of the reader's is read, not run.
        let needs = ["--model", "--weights", "import ", "http://", "https://"];
        if let Some(need) = needs.iter().find(|need| command.contains(*need)) {
            eprintln!("skipped, needs {need}: {command}");
            continue;
        }
        let ran = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &command])
            .env("PATH", &path)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn commands_are_found_in_a_readme() {
    let readme = "```sh\n# make\ncargo run --release -p goalconvo -- generate -n 200 --out a\ncargo test\n```\n```sh\ngoalconvo verify a | head\n```";
    assert_eq!(commands(readme), ["goalconvo generate -n 5 --out a", "goalconvo verify a | head"]);
}

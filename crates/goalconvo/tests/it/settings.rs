//! Flags win over variables, variables over the file, and the file over what is built in.

use crate::program::{Ran, command, done};

/// The seed of a run that was made with this file, `.env`, variable and flag.
fn seed(file: Option<&str>, dotenv: &str, variable: Option<&str>, flag: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), dotenv).unwrap();
    if let Some(text) = file {
        std::fs::write(folder.path().join("goalconvo.toml"), text).unwrap();
    }
    let mut command = command(folder.path(), &format!("generate -n 1 --domain mock --out run {flag}"));
    if let Some(value) = variable {
        command.env("GOALCONVO_SEED", value);
    }
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let header = std::fs::read_to_string(folder.path().join("run/run.toml")).unwrap();
    header.lines().find_map(|line| line.strip_prefix("seed = ")).unwrap().to_owned()
}

#[test]
fn flags_over_variables_over_dotenv_over_the_file() {
    let file = Some("[generate]\nseed = 2\n");
    assert_eq!(seed(None, "", None, ""), "0");
    assert_eq!(seed(file, "", None, ""), "2");
    let env = "OTHER=1\nGOALCONVO_SEED='6'\nGOALCONVO_DOMAIN=mock,taxi\n";
    assert_eq!(seed(file, env, None, ""), "6");
    assert_eq!(seed(file, env, Some("3"), ""), "3");
    assert_eq!(seed(file, env, Some("3"), "--seed 4"), "4");
}

#[test]
fn lists_and_flags_can_stand_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[generate]\nn = 3\ndomain = [\"mock\"]\nout = \"here\"\njson = true\n[verify]\njson = true\n";
    std::fs::write(folder.path().join("mine.toml"), text).unwrap();
    let report: serde_json::Value =
        serde_json::from_str(&done(folder.path(), "generate --config mine.toml")).unwrap();
    assert_eq!(report["asked"], 3);
    assert!(done(folder.path(), "--config mine.toml verify here").starts_with("{\"checked\":3,"));
}

#[test]
fn what_was_asked_stands_beside_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = done(
        folder.path(),
        "generate -n 60 --domain mock --classes unique_match=1,many_matches=3 --tool-errors 30 --out run",
    );
    let row = |name: &str| {
        out.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {out}"))
    };
    assert!(row("unique_match").contains("25.0 %"), "{out}");
    assert!(row("many_matches").contains("75.0 %"), "{out}");
    assert!(row("tool-errors").contains("30 %"), "{out}");
    assert!(!out.contains("transaction "), "{out}");
}

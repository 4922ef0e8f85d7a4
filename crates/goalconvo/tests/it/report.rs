//! What people see of figures: the page, its files, and datasets side by side.

use std::collections::BTreeSet;
use std::path::Path;

use crate::program::{done, goalconvo};

/// A record whose every text tries to get out of its place.
const HOSTILE: &str = r#"{"format":"goalconvo/1","id":"d\"1'><script>alert(0)</script>","domains":["inn<b>"],"turns":[
{"role":"user","text":"A room, please.</script><script>alert(1)</script><img src=x onerror=alert(2)>","origin":"human","acts":[{"act":"inform","domain":"inn<b>","slot":"area\"onmouseover=\"alert(3)","value":"north"}]},
{"role":"assistant","text":"There is <i>The Anchor</i> & \"more\" \u0000\u000b.","origin":"model:m<x>","usage":{"prompt_tokens":1,"completion_tokens":1,"latency_ms":1200},"evidence":[{"span":[9,12],"value":"The Anchor","source":"/turns/0/<text>\""}]},
{"role":"assistant","origin":"grammar","tool_calls":[{"id":"c1","type":"function","function":{"name":"find<inns>","arguments":"{\"a\":\"</div>\"}"}}]},
{"role":"tool","tool_call_id":"c1","name":"find<inns>","result":{"total":1,"results":[{"id":"<I1>"}]}},
{"role":"assistant","text":"Is there anything else?","origin":"human"},
{"role":"user","text":"No, thanks","origin":"human"}],
"verdicts":[{"judge":"model <judge>","finding":"passed","scores":{"coherence":4.0}}],
"provenance":{"source":"a hand"}}"#;

/// A folder with a run, a reference, and records that are hostile.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 12 --domain mock --seed 7 --out run");
    done(folder.path(), "generate -n 12 --domain mock --seed 8 --out people");
    let one = HOSTILE.replace('\n', "");
    let two = one.replace("d\\\"1", "d2").replace("1200", "300").replace("4.0", "2.0");
    std::fs::write(folder.path().join("hostile.jsonl"), format!("{one}\n{two}\n")).unwrap();
    folder
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The tags of a document, each with its attributes, in order. Fails when they are not nested as they should be.
fn tags(html: &str) -> Vec<String> {
    const VOID: [&str; 3] = ["!doctype", "meta", "br"];
    let (mut tags, mut open, mut rest) = (Vec::new(), Vec::new(), html);
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        assert!(!tag.contains('<'), "a tag within a tag: {tag}");
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap().to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "before {}", &rest[..rest.len().min(80)]);
            continue;
        }
        tags.push(tag.to_owned());
        if ["script", "style"].contains(&name.as_str()) {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).unwrap() + close.len()..];
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next())
}

/// What must hold of every page, whatever is on it.
fn check_page(html: &str) {
    let tags = tags(html);
    for foreign in ["http:", "https:", "url(", "@import", "<link", "<iframe", "<img", "javascript:"] {
        assert!(!html.contains(foreign), "the page has {foreign}");
    }
    let named = |name: &str| tags.iter().filter(|tag| tag.split(' ').next() == Some(name)).count();
    assert_eq!((named("script"), named("style")), (1, 1), "one script and one style: its own");
    let policy =
        attribute(tags.iter().find(|tag| tag.contains("Content-Security-Policy")).unwrap(), "content");
    assert!(policy.unwrap().starts_with("default-src &#39;none&#39;; style-src &#39;sha256-"), "{policy:?}");
    for tag in &tags {
        let handler = tag.split(' ').any(|word| word.starts_with("on") && word.contains('='));
        let loads = ["style", "src", "srcset"].iter().any(|name| attribute(tag, name).is_some());
        assert!(!handler && !loads, "{tag}");
    }
    let ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
    let different: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "an id twice");
    for tag in tags.iter().filter(|tag| tag.starts_with("a ")) {
        let to = attribute(tag, "href").and_then(|to| to.strip_prefix('#')).unwrap();
        assert!(different.contains(to), "{tag} leads nowhere");
    }
}

#[test]
fn a_page_loads_nothing_and_every_bar_leads_to_a_dialogue() {
    let folder = stage();
    done(folder.path(), "report run --against people --compare hostile.jsonl --out out");
    let html = read(folder.path(), "out/report.html");
    check_page(&html);
    let bars = html.matches("data-tip=").count();
    assert!(bars > 100, "{bars} bars and cells lead to examples");
    for expected in [
        "replayed now: passed",
        "not computed: no encoder was given",
        "<td class=\"absent\">not measured<small>no judge scored it</small></td>",
        "Figure 6. Pipeline",
        "Figure 12. Failures by kind",
    ] {
        assert!(html.contains(expected), "the page lacks {expected}");
    }
    done(folder.path(), "report run --against people --compare hostile.jsonl --html again.html");
    assert!(read(folder.path(), "again.html") == html, "the same input gave other bytes");
}

#[test]
fn words_of_dialogues_are_inert() {
    let folder = stage();
    done(folder.path(), "report hostile.jsonl --html page.html");
    let html = read(folder.path(), "page.html");
    check_page(&html);
    for inert in
        ["&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;i&gt;</mark>The Anchor&lt;/i&gt;", "find&lt;inns&gt;"]
    {
        assert!(html.contains(inert), "{inert} is not there as words");
    }
    assert!(!html.contains("<script>alert") && !html.contains("<i>The"));
    assert!(!html.contains(['\u{0}', '\u{b}']), "characters that no document may hold");
}

#[test]
fn opinions_and_times_are_shown_where_models_gave_them() {
    let folder = stage();
    done(folder.path(), "report hostile.jsonl --out out");
    let table = read(folder.path(), "out/table-6-1.md");
    let cells: Vec<&str> = table.lines().nth(2).unwrap().split(" | ").collect();
    assert!(cells[1] == "not measured" && cells[6].starts_with("3.000 "), "{cells:?}");
    assert!(cells[7] == "not measured" && cells[10].starts_with("750 "), "{cells:?}");
    assert!(cells[10].ends_with("n = 2"), "{cells:?}");
    let latex = read(folder.path(), "out/table-6-1.tex");
    assert_eq!(latex.matches("not measured").count(), table.matches("not measured").count());
    let figures: serde_json::Value = serde_json::from_str(&read(folder.path(), "out/figures.json")).unwrap();
    let fluency = &figures["metrics"]["judged_fluency"]["hostile"];
    assert_eq!(
        (&fluency["value"], &fluency["reason"]),
        (&serde_json::Value::Null, &"no judge scored it".into())
    );
}

#[test]
fn figures_are_files_too() {
    let folder = stage();
    done(folder.path(), "report run --against people --out out");
    let file = |ending: &str| {
        std::fs::read(folder.path().join(format!("out/figures/1-similarity-diversity.{ending}"))).unwrap()
    };
    let svg = String::from_utf8(file("svg")).unwrap();
    tags(&svg);
    assert!(svg.contains("<title id=\"f-t\">Figure 1.") && svg.contains("prefers-color-scheme:dark"));
    assert_eq!(svg.matches("http").count(), 1, "the name space alone");
    if !cfg!(feature = "pictures") {
        return eprintln!("skipped: built without pictures");
    }
    let png = file("png");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 10_000);
    let pdf = file("pdf");
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.starts_with("%PDF-1.4") && text.ends_with("%%EOF\n"));
    let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    assert!(pdf[start..].starts_with(b"xref\n"));
    let first: usize = String::from_utf8_lossy(&pdf[start..]).lines().nth(3).unwrap()[..10].parse().unwrap();
    assert!(pdf[first..].starts_with(b"1 0 obj"));
}

#[test]
fn datasets_stand_side_by_side_and_what_differs_is_marked() {
    let folder = stage();
    let shown = done(folder.path(), "compare run hostile.jsonl --json c.json --markdown c.md");
    let line = shown.lines().find(|line| line.starts_with("turns_per_dialogue")).unwrap();
    // Two that agree tell nothing of how far others would be from them.
    assert!(line.contains("4.000 (2)") && !line.contains('▼'), "{line}");
    assert!(shown.contains("not computed, no judge scored it: judged_fluency"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&read(folder.path(), "c.json")).unwrap();
    assert_eq!(json["datasets"], serde_json::json!(["run", "hostile"]));
    let markdown = read(folder.path(), "c.md");
    assert!(markdown.starts_with("| figure | run | hostile |\n| --- | ---: | ---: |\n"), "{markdown}");
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let folder = stage();
    let check = |arguments: &str, code: i32, says: &str| {
        let ran = goalconvo(folder.path(), arguments);
        assert_eq!(ran.code, Some(code), "{arguments}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments}: {}", ran.err);
    };
    check("compare run", 2, "DATA");
    check("report run", 2, "--out");
    check("report run --compare run run run run run --html x.html", 2, "at most 5");
    check("report gone --html x.html", 3, "gone");
    assert!(!folder.path().join("x.html").exists());
}

#[test]
fn a_record_that_does_not_hold_any_more_is_counted_and_shown() {
    let folder = stage();
    let file = folder.path().join("run/dialogues.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"success\":true", "\"success\":false", 1)).unwrap();
    done(folder.path(), "report run --html page.html");
    let html = read(folder.path(), "page.html");
    for (station, count) in [("passed", 11), ("failed", 1)] {
        let row =
            format!("<td>replayed now: {station}</td><td>run</td><td>{count}</td><td class=\"num\"><a href=");
        assert!(html.contains(&row), "{row}");
    }
}

//! A task as the files of a domain folder: what the domain loader reads, whoever wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use goalconvo_core::SlotKind;

use super::draw;
use super::fields::Field;
use super::rows::{Cells, Rows};
use super::rules::Row;
use super::task::{Errand, Task};
use super::toml_text::{list, plain, text};
use super::wordings::{self, Said};
use crate::domain::line;

/// The key of every table: nobody says it.
pub(super) const KEY: &str = "key";

/// The files of a task's domain folder.
pub(super) fn files(
    task: &Task,
    rows: &Rows,
    known: &BTreeMap<String, Vec<String>>,
) -> Vec<(String, String)> {
    let said = wordings::of(task);
    let mut files = vec![
        ("domain.toml".to_owned(), domain(task, &said, known)),
        ("tables.toml".to_owned(), tables(task)),
        ("tools.toml".to_owned(), tools(task, &said)),
        ("policy.md".to_owned(), policy(task, &said)),
    ];
    if task.errand != Errand::Transact {
        files.push((format!("{}.csv", table(task)), csv(task, rows)));
    }
    files
}

/// The table that is searched or looked up.
pub(super) fn table(task: &Task) -> String {
    format!("{}_records", task.name)
}

/// The intent that finds what is taken.
pub(super) fn entity_of(task: &Task) -> String {
    format!("find_{}", task.name)
}

/// The intent by which such a want is met.
pub(super) fn intent_of(task: &Task, cells: &Cells) -> String {
    let all = |slots: &[String]| slots.iter().all(|slot| cells.contains_key(slot));
    match &task.otherwise {
        Some(slots) if !all(&task.required) && all(slots) => otherwise_name(task),
        _ => task.name.clone(),
    }
}

fn otherwise_name(task: &Task) -> String {
    let new = task.otherwise.iter().flatten().find(|slot| !task.required.contains(slot));
    format!("{}_by_{}", task.name, new.map_or("other", String::as_str))
}

/// The slots of which a combination may be taken by others.
pub(super) fn full_slots(task: &Task) -> Vec<String> {
    if !task.can_fail || task.errand != Errand::Transact || task.otherwise.is_some() {
        return vec![];
    }
    let of = |is: &dyn Fn(&Field) -> bool| -> Vec<String> {
        let fields = task.required.iter().filter_map(|slot| task.slot(slot));
        fields.filter(|field| is(field)).map(|field| field.name.clone()).collect()
    };
    let closed = of(&|field| !field.values.is_empty() && field.kind != SlotKind::Flag);
    if closed.is_empty() { of(&|field| field.source == "id") } else { closed }
}

fn domain(task: &Task, said: &Said, known: &BTreeMap<String, Vec<String>>) -> String {
    let verb = said.verbs.first().map(String::as_str).unwrap_or_default();
    let mut out = format!(
        "# Made from the STAR task {}: its flow, replies and value domains.\nformat = \"goalconvo-domain/1\"\n\
         description = {}\ncurrency = \"dollars\"\n\n[classes]\n",
        task.name,
        text(&format!("A user wants to {verb}."))
    );
    let fails = !full_slots(task).is_empty();
    out.push_str(match task.errand {
        Errand::Search => "unique_match = 2\nmany_matches = 2\nnone_then_relax = 1\n",
        Errand::Lookup => "information_only = 1\n",
        Errand::Transact if fails => "transaction = 3\nfail_then_alternative = 1\n",
        Errand::Transact => "transaction = 1\n",
        Errand::FindAndTake => "unique_match = 1\nmany_matches = 1\ntransaction = 2\n",
    });
    if task.errand != Errand::Transact || fails {
        let _ = writeln!(out, "\n[slots.{KEY}]\nkind = \"id\"\ndescription = \"key of the {}\"", said.noun);
    }
    let mut seen = BTreeSet::new();
    for field in task.inputs.iter().chain(&task.outputs).chain(&task.columns) {
        let used = task.columns.iter().any(|column| column.name == field.name)
            || task
                .required
                .iter()
                .chain(&task.optional)
                .chain(task.otherwise.iter().flatten())
                .any(|slot| *slot == field.name);
        if used && seen.insert(&field.name) {
            slot(task, field, known, &mut out);
        }
    }
    if matches!(task.errand, Errand::Transact | Errand::FindAndTake) {
        out.push_str(
            "\n[slots.reference]\nkind = \"reference\"\ndescription = \"reference number\"\n[slots.reference.wording]\n\
             noun = [\"reference number\", \"reference\"]\nsays = [\"has the reference {value}\"]\n\
             ask = [\"Can I have a reference number?\", \"What is the reference?\"]\n",
        );
    }
    intents(task, said, &mut out);
    out
}

fn slot(task: &Task, field: &Field, known: &BTreeMap<String, Vec<String>>, out: &mut String) {
    let name = &field.name;
    let _ = writeln!(
        out,
        "\n[slots.{name}]\nkind = {}\ndescription = {}",
        text(field.kind.name()),
        text(&field.noun)
    );
    let in_rows = task.columns.iter().any(|column| column.name == *name);
    match (&field.values[..], field.range) {
        ([], Some((low, high))) => {
            let _ = writeln!(out, "range = [{low}, {high}]");
        }
        ([], None) if matches!(field.kind, SlotKind::Flag) || in_rows => {}
        ([], None) => {
            let values = known.get(name).cloned().unwrap_or_default();
            let open = matches!(field.kind, SlotKind::Reference | SlotKind::Date);
            let values = if open { filled(task, field, values) } else { values };
            let _ = writeln!(out, "values = {}", list(values));
        }
        (values, _) => {
            let _ = writeln!(out, "values = {}", list(values));
        }
    }
    let searched = matches!(task.errand, Errand::Search | Errand::FindAndTake);
    let _ = writeln!(out, "[slots.{name}.wording]\nnoun = {}", list([&field.noun]));
    let before = wordings::before(field);
    if !before.is_empty() {
        let _ = writeln!(out, "before = {}", list(before));
    }
    let _ = writeln!(
        out,
        "after = {}\nsays = {}",
        list(wordings::after(field, searched)),
        list(wordings::says(field))
    );
    if let Some(question) = task.questions.get(name) {
        let _ = writeln!(out, "question = {}", list([question]));
    }
    if let Some((one, many)) = wordings::unit(field) {
        let _ = writeln!(out, "unit = [[{}, {}]]", text(one), text(many));
    }
}

/// Codes and dates that users give: those of the corpus, and enough beside them.
fn filled(task: &Task, field: &Field, mut known: Vec<String>) -> Vec<String> {
    known.retain(|value| value.bytes().any(|byte| byte.is_ascii_digit()));
    let mut rng = draw::stream(&format!("{}/{}", task.name, field.name), 1);
    for _ in 0..40 {
        let drawn = draw::cell(field, &[], &Row::new(), &mut rng);
        if let Some(drawn) = drawn.filter(|drawn| known.len() < 40 && !known.contains(drawn)) {
            known.push(drawn);
        }
    }
    known
}

/// The ways in which a record is identified or a deed is asked for: the tool's name and its slots.
fn ways(task: &Task) -> Vec<(String, &[String])> {
    let other = task.otherwise.as_deref().map(|slots| (otherwise_name(task), slots));
    std::iter::once((task.name.clone(), task.required.as_slice())).chain(other).collect()
}

fn intents(task: &Task, said: &Said, out: &mut String) {
    let told: Vec<&str> = task.columns.iter().map(|field| field.name.as_str()).collect();
    let open: Vec<&str> = told.iter().copied().filter(|name| *name != "name").collect();
    match task.errand {
        Errand::Search => {
            let wants = Wants { required: &task.required, optional: &task.optional, requests: &open };
            intent(out, &task.name, "search", &wants);
            wording(out, said, &said.verbs);
        }
        Errand::Lookup => {
            let is_output = |name: &&str| task.outputs.iter().any(|field| field.name == **name);
            let requests: Vec<&str> = told.into_iter().filter(is_output).collect();
            for (name, required) in ways(task) {
                intent(out, &name, "lookup", &Wants { required, optional: &[], requests: &requests });
                wording(out, said, &said.verbs);
            }
        }
        Errand::Transact => {
            let alternatives: Vec<String> = full_slots(task).into_iter().rev().collect();
            for (name, required) in ways(task) {
                let own = name == task.name;
                let optional: &[String] = if own { &task.optional } else { &[] };
                intent(out, &name, "transact", &Wants { required, optional, requests: &["reference"] });
                if own && !alternatives.is_empty() {
                    let _ = writeln!(out, "alternatives = {}", list(&alternatives));
                }
                done(out, task, said);
            }
        }
        Errand::FindAndTake => {
            let wants = Wants { required: &[], optional: &task.optional, requests: &open };
            intent(out, &entity_of(task), "search", &wants);
            wording(out, said, &[format!("find a {}", said.noun)]);
            let wants = Wants { required: &task.required, optional: &[], requests: &["reference"] };
            intent(out, &task.name, "transact", &wants);
            let from = format!("from_entity = {{ record = \"{KEY}\" }}");
            let _ = writeln!(out, "entity = {}\n{from}", text(&entity_of(task)));
            done(out, task, said);
        }
    }
}

/// What an intent takes and is asked for.
struct Wants<'a> {
    required: &'a [String],
    optional: &'a [String],
    requests: &'a [&'a str],
}

fn intent(out: &mut String, name: &str, kind: &str, wants: &Wants<'_>) {
    let name = text(name);
    let _ = writeln!(out, "\n[[intents]]\nname = {name}\nkind = \"{kind}\"\ntool = {name}");
    let (required, optional) = (list(wants.required), list(wants.optional));
    let requests = list(wants.requests);
    let _ = writeln!(out, "required = {required}\noptional = {optional}\nrequests = {requests}");
}

fn wording(out: &mut String, said: &Said, verbs: &[String]) {
    let (noun, plural) = (list([&said.noun]), list([&said.plural]));
    let _ = writeln!(out, "[intents.wording]\nnoun = {noun}\nplural = {plural}\nverb = {}", list(verbs));
}

/// The end of an intent that changes something.
fn done(out: &mut String, task: &Task, said: &Said) {
    out.push_str("confirm = true\n");
    wording(out, said, &said.verbs);
    let done = task.done.clone().unwrap_or_else(|| format!("{} is taken care of", said.deed));
    let _ = writeln!(out, "done = {}\ndeed = {}", list([done]), list([&said.deed]));
}

fn tables(task: &Task) -> String {
    let mut out = String::new();
    let columns = |names: &[&str]| {
        let columns: Vec<String> = names.iter().map(|name| format!("{name} = {{}}")).collect();
        format!("columns = {{ {} }}\n", columns.join(", "))
    };
    if task.errand != Errand::Transact {
        let names: Vec<&str> =
            std::iter::once(KEY).chain(task.columns.iter().map(|field| field.name.as_str())).collect();
        let _ = writeln!(out, "[tables.{0}]\nfile = \"{0}.csv\"\n{1}", table(task), columns(&names));
    }
    if matches!(task.errand, Errand::Transact | Errand::FindAndTake) {
        let mut names = vec!["reference"];
        if task.errand == Errand::FindAndTake {
            names.push("record");
        }
        let optional: &[String] = if task.errand == Errand::Transact { &task.optional } else { &[] };
        for slot in task.required.iter().chain(optional).chain(task.otherwise.iter().flatten()) {
            if !names.contains(&slot.as_str()) {
                names.push(slot);
            }
        }
        let _ = writeln!(out, "[tables.{}_done]\n{}", task.name, columns(&names));
    }
    let full = full_slots(task);
    if !full.is_empty() {
        let names: Vec<&str> = std::iter::once(KEY).chain(full.iter().map(String::as_str)).collect();
        let _ = writeln!(out, "[tables.{}_full]\n{}", task.name, columns(&names));
    }
    out
}

fn tools(task: &Task, said: &Said) -> String {
    let mut out = String::new();
    let verb = said.verbs.first().map(String::as_str).unwrap_or_default();
    match task.errand {
        Errand::Search => search(task, said, &task.name, &mut out),
        Errand::Lookup => {
            for (name, required) in ways(task) {
                let what = format!("Do what is needed to {verb}: all that identifies the record has to fit.");
                tool(&mut out, [&name, &what, "get", &table(task)], &told(task));
                for slot in required {
                    let _ = writeln!(out, "{slot} = {{ required = true }}");
                }
                out.push('\n');
            }
        }
        Errand::Transact | Errand::FindAndTake => {
            if task.errand == Errand::FindAndTake {
                search(task, said, &entity_of(task), &mut out);
            }
            for (name, required) in ways(task) {
                let (what, into) = (format!("For users who want to {verb}."), format!("{}_done", task.name));
                tool(&mut out, [&name, &what, "insert", &into], &["reference"]);
                writes(task, &name, required, &mut out);
            }
        }
    }
    out
}

/// What a search or a look-up tells: the key and all columns.
fn told(task: &Task) -> Vec<&str> {
    std::iter::once(KEY).chain(task.columns.iter().map(|field| field.name.as_str())).collect()
}

/// A tool's name, description, verb and table, and what it returns; its arguments follow.
fn tool(out: &mut String, [name, description, verb, table]: [&str; 4], returns: &[&str]) {
    let (name, description, table, returns) = (text(name), text(description), text(table), list(returns));
    let _ = writeln!(
        out,
        "[[tools]]\nname = {name}\ndescription = {description}\nverb = \"{verb}\"\ntable = {table}\nreturns = {returns}\n[tools.arguments]"
    );
}

fn search(task: &Task, said: &Said, name: &str, out: &mut String) {
    tool(out, [name, &format!("Find {}.", said.plural), "find", &table(task)], &told(task));
    for field in task.wants().filter(|field| task.columns.iter().any(|column| column.name == field.name)) {
        let must = task.errand == Errand::Search && task.required.contains(&field.name);
        let compare = wordings::compare(field);
        let _ = writeln!(out, "{} = {{ required = {must}, compare = \"{compare}\" }}", field.name);
    }
    out.push('\n');
}

/// The arguments of a tool that writes, and what keeps it from writing.
fn writes(task: &Task, name: &str, required: &[String], out: &mut String) {
    if task.errand == Errand::FindAndTake {
        let _ = writeln!(out, "record = {{ slot = \"{KEY}\", required = true }}");
    }
    for slot in required {
        let _ = writeln!(out, "{slot} = {{ required = true }}");
    }
    let own = name == task.name;
    for slot in task.optional.iter().filter(|_| own && task.errand == Errand::Transact) {
        let _ = writeln!(out, "{slot} = {{}}");
    }
    if task.errand == Errand::FindAndTake {
        let _ =
            writeln!(out, "[tools.lookups]\nthing = {{ table = {}, key = \"record\" }}", text(&table(task)));
    }
    let full = full_slots(task);
    if !full.is_empty() && own {
        let pairs: Vec<String> = full.iter().map(|slot| format!("{slot} = \"{slot}\"")).collect();
        let _ = writeln!(
            out,
            "[[tools.guards]]\nabsent = {{ table = \"{}_full\", where = {{ {} }} }}\nerror = \"unavailable\"\nmessage = \"that is not available\"",
            task.name,
            pairs.join(", ")
        );
    }
    let _ = writeln!(out, "[tools.computed]\nreference = \"reference()\"\n");
}

/// The wizard's flow in words, with all that it says.
fn policy(task: &Task, said: &Said) -> String {
    let verb = said.verbs.first().map(String::as_str).unwrap_or_default();
    let mut out = format!(
        "# {}\n\nHelp users who want to {verb}.\n\n## What is asked, in this order\n\n",
        task.name.replace('_', " ")
    );
    for slot in &task.required {
        let question =
            task.questions.get(slot).cloned().unwrap_or_else(|| format!("(the {})", slot.replace('_', " ")));
        let _ = writeln!(out, "- {question}");
    }
    if let Some(slots) = &task.otherwise {
        let _ = writeln!(
            out,
            "\nWho does not know all of that may give this: {}.",
            slots.join(", ").replace('_', " ")
        );
    }
    let path: Vec<String> = task.flow.path("hello").iter().map(|label| format!("`{label}`")).collect();
    let _ = writeln!(
        out,
        "\n## The flow\n\n{}, then the knowledge base is asked.\n\n## The wizard's replies\n",
        path.join(", ")
    );
    for (label, reply) in &task.flow.replies {
        let _ = writeln!(out, "- `{label}`: {}", plain(reply));
    }
    out
}

fn csv(task: &Task, rows: &Rows) -> String {
    let names = || std::iter::once(KEY).chain(task.columns.iter().map(|field| field.name.as_str()));
    let mut out = line(names());
    for (number, row) in rows.rows.iter().enumerate() {
        let key = format!("K{:04}", number + 1);
        let cells =
            task.columns.iter().map(|field| row.get(&field.name).map(String::as_str).unwrap_or_default());
        out.push_str(&line(std::iter::once(key.as_str()).chain(cells)));
    }
    out
}

//! Every mistake that a person could make, made in the specimen, and where and how it is told.

use goalconvo_worlds::domain::{self, Files, Weight};

const FILES: [(&str, &str); 5] = [
    ("domain.toml", include_str!("../../../../../domains/mock/domain.toml")),
    ("tables.toml", include_str!("../../../../../domains/mock/tables.toml")),
    ("tools.toml", include_str!("../../../../../domains/mock/tools.toml")),
    ("policy.md", include_str!("../../../../../domains/mock/policy.md")),
    ("pools/birds.txt", include_str!("../../../../../domains/mock/pools/birds.txt")),
];

/// One edit of the specimen: in this file, this text becomes that one; then a problem in a file has this message,
/// and stands where the (new) text holds `marked`.
struct Case {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    marked: &'static str,
    message: &'static str,
}

const fn case(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    marked: &'static str,
    message: &'static str,
) -> Case {
    Case { file, from, to, marked, message }
}

fn check(case: &Case) {
    let edited = FILES.map(|(name, text)| {
        if name != case.file {
            return (name.to_owned(), text.to_owned());
        }
        assert!(text.contains(case.from), "{} does not hold {:?}", case.file, case.from);
        (name.to_owned(), text.replacen(case.from, case.to, 1))
    });
    let text = edited.iter().find(|(name, _)| name == case.file).map(|(_, text)| text.clone()).unwrap();
    let problems = domain::check(&Files::from_memory("mock", edited));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let found = problems.iter().find(|problem| problem.message.contains(case.message));
    let Some(found) = found else { panic!("{:?} is not told; told: {told:#?}", case.message) };
    let at = text.find(case.marked).unwrap_or_else(|| panic!("{:?} is nowhere", case.marked));
    let line = text[..at].matches('\n').count() + 1;
    assert_eq!((found.file.as_str(), found.line), (format!("mock/{}", case.file).as_str(), line), "{found}");
}

#[test]
fn the_specimen_has_no_problem() {
    let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(domain::check(&Files::from_memory("mock", files)), []);
}

#[test]
fn no_built_in_domain_has_a_mistake() {
    let problems = domain::built_in_names().into_iter().flat_map(|name| {
        let files = Files::built_in(name).unwrap();
        domain::check(&files)
    });
    let mistakes = problems.filter(|problem| problem.weight == Weight::Mistake);
    let told: Vec<String> = mistakes.map(|problem| problem.to_string()).collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let told = |case: &Case| std::panic::catch_unwind(|| check(case)).is_ok();
    let untold = MISTAKES.iter().filter(|case| !told(case)).count();
    assert!(MISTAKES.len() >= 40);
    assert_eq!(untold, 0, "of {} mistakes", MISTAKES.len());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    files[0].1 = files[0]
        .1
        .replace("tool = \"rent_kayak\"", "tool = \"rent_a_kayak\"")
        .replace("kind = \"day\"", "kind = \"dya\"");
    files[2].1 = files[2].1.replace("hours <= 6", "hours <= ");
    let problems = domain::check(&Files::from_memory("mock", files));
    let mistakes = problems.iter().filter(|problem| problem.weight == Weight::Mistake).count();
    assert!(mistakes >= 3, "{problems:#?}");
}

#[test]
fn loading_tells_the_first_and_counts_the_others() {
    let mut files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    files[0].1 = files[0].1.replace("colour\", \"seats\", \"name\"]", "color\", \"seatz\", \"name\"]");
    let error = domain::load(&Files::from_memory("mock", files)).unwrap_err().to_string();
    assert_eq!(
        error,
        "mock/domain.toml:104:13: unknown slot `color`; did you mean `colour`? (and 1 more mistake: `goalconvo domains check` lists both)"
    );
}

#[test]
fn a_cause_is_told_without_its_consequences() {
    let mut files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    files[2].1 = files[2].1.replacen("limit = 5", "limit = = 5", 1);
    let problems = domain::check(&Files::from_memory("mock", files.clone()));
    assert!(problems.iter().all(|problem| problem.message.contains("this is no TOML")), "{problems:#?}");
    assert!(
        domain::load(&Files::from_memory("mock", files)).unwrap_err().to_string().contains("this is no TOML")
    );
}

#[test]
fn a_pool_that_is_no_utf_8_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("pools")).unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("pools/birds.txt"), b"Wren\nGo\xffse\n").unwrap();
    let error = Files::from_folder(folder.path()).unwrap_err().to_string();
    assert!(error.contains("birds.txt:2:3: no UTF-8 here; save the file as UTF-8"), "{error}");
}

#[rustfmt::skip]
const MISTAKES: &[Case] = &[
    // TOML and keys.
    case("domain.toml", "currency = \"pounds\"", "currency = pounds", "currency = pounds", "this is no TOML"),
    case("domain.toml", "currency = ", "curency = ", "curency", "unknown key `curency`"),
    case("domain.toml", "goalconvo-domain/1", "goalconvo-domain/9", "format =", "this program reads"),
    case("domain.toml", "description = \"colour\"\n", "", "[slots.colour]", "a slot without `description`"),
    case("domain.toml", "confirm = true", "confirm = \"yes\"", "confirm =", "expected true or false"),
    case("domain.toml", "range = [1, 3]", "range = 3", "range = 3", "expected a list"),
    case("domain.toml", "range = [1, 8]", "range = [1, 8, 9]", "range = [1, 8, 9]", "expected two values"),
    case("tables.toml", "rows = 24", "rows = \"24\"", "rows =", "expected a whole number"),
    case("tables.toml", "rows = 24", "rows = 24\nrow = []", "[tables.kayak]", "more than one of `rows`, `row` and `file`"),
    case("tables.toml", "rows = 24", "file = \"kayaks.csv\"", "file =", "no file `kayaks.csv`"),
    case("tools.toml", "verb = \"find\"", "verb = \"search\"", "verb = \"search\"", "unknown verb `search`"),
    case("tools.toml", "limit = 5", "limt = 5", "limt = 5", "unknown key `limt`"),
    case("tools.toml", "limit = 5", "limit = 0", "search_kayaks", "returns no row: limit = 0"),
    case("tools.toml", "round(hours * kayak.price)", "round(kayak.price / 0)", "\"round(", "a division by 0"),
    case("tables.toml", "id = {}, kayak_id = {}, day = {}", "kayak_id = {}, day = {}", "[tables.kayak_taken]", "has no key of its own"),
    case("domain.toml", "currency = \"pounds\"", "currency = \"yen\"", "\"yen\"", "unknown currency `yen`"),
    case("pools/birds.txt", "\n", "\nDunnock\nDunnock\n", "Dunnock\nK", "`Dunnock` stands twice in the pool `birds`"),
    case("domain.toml", "question = [\"How many seats do you need?\"]", "question = []", "question = []", "expected at least one phrase"),
    case("domain.toml", "[slots.seats]", "[slots.quick]\nkind=\"flag\"\ndescription=\"quick\"\n[slots.quick.wording]\nsays=[\"is quick\"]\n[slots.quick.wording.negative]\nsays=[\"is quick\"]\n\n[slots.seats]", "says=[\"is quick\"]\n\n", "when `quick` is true and when it is false"),
    case("policy.md", FILES[3].1, "", "", "the policy is empty"),
    // Names.
    case("domain.toml", "kind = \"category\"", "kind = \"categroy\"", "categroy", "unknown kind of slot `categroy`"),
    case("domain.toml", "unique_match = 2", "unique_mach = 2", "unique_mach", "unknown goal class `unique_mach`"),
    case("domain.toml", "tool = \"rent_kayak\"", "tool = \"rent_kayaks\"", "tool = \"rent_kayaks\"", "unknown tool `rent_kayaks`"),
    case("domain.toml", "entity = \"find_kayak\"", "entity = \"find_kayk\"", "entity =", "unknown intent `find_kayk`"),
    case("domain.toml", "kayak_id = \"id\" }", "kayak_id = \"ident\" }", "from_entity", "not returned by tool `search_kayaks`"),
    case("domain.toml", "from_entity = { kayak_id", "from_entity = { boat_id", "from_entity", "has no argument `boat_id`"),
    case("domain.toml", "required = [\"day\", \"hours\"]", "required = [\"day\", \"ours\"]", "\"ours\"", "unknown slot `ours`"),
    case("domain.toml", "required = [\"day\", \"hours\"]", "required = [\"day\"]", "name = \"rent_kayak\"", "never supplies `hours`"),
    case("domain.toml", "required = [\"day\", \"hours\"]", "required = [\"day\", \"hours\", \"day\"]", "required = [\"day\", \"hours\", \"day\"]", "listed twice"),
    case("domain.toml", "alternatives = [\"day\"]", "alternatives = [\"colour\"]", "alternatives", "is no slot of intent"),
    case("domain.toml", "requests = [\"reference\", \"total\"]", "requests = [\"reference\", \"hours\"]", "requests = [\"reference\", \"hours\"]", "does not return"),
    case("domain.toml", "name = \"rent_kayak\"\nkind", "name = \"find_kayak\"\nkind", "name = \"find_kayak\"\nkind = \"transact\"", "a second intent `find_kayak`"),
    case("tools.toml", "table = \"kayak\"\nlimit", "table = \"kayaks\"\nlimit", "table = \"kayaks\"", "unknown table `kayaks`"),
    case("tools.toml", "\"seats\", \"price\"]", "\"seats\", \"cost\"]", "\"cost\"", "neither a column of `kayak` nor computed"),
    case("tools.toml", "colour = {}", "colour = { column = \"color\" }", "colour = {", "has no column `color`"),
    case("tools.toml", "colour = {}", "paint = {}", "paint", "takes the values of no slot"),
    case("tools.toml", "rule = \"hours_limit\"", "rule = \"hour_limit\"", "rule =", "unknown rule `hour_limit`"),
    case("tools.toml", "rule = \"hours_limit\"\n", "", "[[tools.guards]]", "refuses without a rule"),
    case("tools.toml", "error = \"policy\"", "error = \"forbidden\"", "error = \"forbidden\"", "unknown error `forbidden`"),
    case("tools.toml", "name = \"rent_kayak\"", "name = \"search_kayaks\"", "name = \"search_kayaks\"\ndescription = \"Rent", "a second tool"),
    case("tools.toml", "reference = \"reference()\"\n", "", "name = \"rent_kayak\"", "without its key `reference`"),
    case("tables.toml", "make = \"serial\"", "make = \"serail\"", "serail", "unknown way to make a column `serail`"),
    case("tables.toml", "{birds}\"", "{brids}\"", "{brids}", "unknown pool `brids`"),
    case("tables.toml", "given = \"seats\"", "given = \"seat\"", "given =", "no earlier column `seat`"),
    case("tables.toml", "3 = [14, 18]", "9 = [14, 18]", "9 = [14", "is no value of column `seats`"),
    case("tables.toml", "make = \"range\", given = \"seats\", ", "make = \"range\", ", "price =", "without `given`"),
    // Expressions.
    case("tools.toml", "hours <= 6", "hours <=", "holds =", "in the expression"),
    case("tools.toml", "hours <= 6", "hour <= 6", "holds =", "unknown name `hour`"),
    case("tools.toml", "kayak.price)", "kayak.prize)", "total =", "unknown name `kayak.prize`"),
    case("tools.toml", "hours <= 6", "hours <= '6'", "holds =", "a number is compared with a text"),
    case("tools.toml", "hours <= 6", "hours * 2", "holds =", "expected true or false"),
    case("tools.toml", "hours <= 6", "day == 'Friday'", "holds =", "is not a day of the week"),
    case("tools.toml", "round(hours * kayak.price)", "round(day * kayak.price)", "total =", "arithmetic with a day"),
    // Values.
    case("domain.toml", "\"friday\", \"saturday\"", "\"Friday\", \"saturday\"", "\"Friday\"", "is no day of the week"),
    case("domain.toml", "range = [1, 3]", "range = [3, 1]", "range = [3, 1]", "ends before it begins"),
    case("domain.toml", "\"red\", \"blue\"", "\"red\", \"red\", \"blue\"", "\"red\", \"red\"", "stands twice"),
    case("domain.toml", "[slots.colour.wording]", "[slots.colour.spoken]\nred = [\"blue\"]\n[slots.colour.wording]", "red = [\"blue\"]", "means `blue` and `red`"),
    case("domain.toml", "[slots.colour.wording]", "[slots.colour.spoken]\npink = [\"rose\"]\n[slots.colour.wording]", "pink = ", "is no value of slot `colour`"),
    case("tables.toml", "rows = 24", "rows = 240", "name = {", "no new value for the unique column `name`"),
    case("tables.toml", "make = \"serial\", prefix = \"K\"", "make = \"pick\", slot = \"colour\"", "[tables.kayak]", "have the key"),
    case("tables.toml", "colour = { make = \"pick\" }", "colour = { make = \"value\", value = \"mauve\" }", "colour =", "which slot `colour` does not list"),
    case("tables.toml", "price = {", "day = { make = \"value\", value = 4 }\nprice = {", "day = {", "which is no day of the week"),
    // Words.
    case("domain.toml", "after = [\"called {value}\"]", "after = [\"called\"]", "after = [\"called\"]", "holds {value} 0 times"),
    case("domain.toml", "after = [\"called {value}\"]", "after = [\"called {value} or {value}\"]", "after = [\"called", "holds {value} 2 times"),
    case("domain.toml", "after = [\"called {value}\"]", "after = [\"called {value} by {who}\"]", "after = [\"called", "a placeholder other than"),
    case("domain.toml", "plural = [\"kayaks\", \"boats\"]", "plural = [\"kayaks\"]", "plural =", "1 plurals for 2 nouns"),
    case("domain.toml", "verb = [\"rent it\"", "verb = [\"to rent it\"", "verb = [\"to", "begins with \"to\""),
    case("domain.toml", "question = [\"What colour would you like?\"", "question = [\"What colour would you like\"", "question = [\"What colour", "no whole sentence"),
    case("domain.toml", "\"We don't rent", "\"we don't rent", "hours_limit", "no whole sentence"),
    case("domain.toml", "unit = [[\"seat\", \"seats\"]]", "unit = [\"seat\"]", "unit = [\"seat\"]", "expected a list"),
    // What can't work.
    case("domain.toml", "[slots.day]", "[slots.weather]\nkind = \"text\"\ndescription = \"weather\"\n[slots.day]", "[slots.weather]", "used by no column"),
    case("tables.toml", "[tables.kayak_rental]", "[tables.kayak_log]\ncolumns = { id = {} }\n[tables.kayak_rental]", "[tables.kayak_log]", "no tool or column uses table"),
    case("tools.toml", "hours <= 6", "hours <= 60", "[[tools.guards]]", "never breaks"),
    case("tools.toml", "hours <= 6", "hours <= 0", "[[tools.guards]]", "breaks in each of"),
    case("domain.toml", "policy_refusal = 1", "missing_permission = 1", "missing_permission", "finds no goal here"),
    case("domain.toml", "policy_refusal = 1", "carried_slots = 1", "carried_slots", "finds no goal here"),
    case("policy.md", "Ask for day", "Write to rentals@boathouse.co.uk. Ask for day", "rentals@", "may be somebody's mail address"),
    case("policy.md", "Ask for day", "Call 01223 400123. Ask for day", "01223", "may be somebody's phone number"),
    case("policy.md", "Ask for day", "Ask\u{200b} for day", "Ask\u{200b}", "forbidden character U+200B"),
    case("domain.toml", "[slots.colour]\n", "[slots.Colour]\n", "[slots.Colour]", "is no name"),
];

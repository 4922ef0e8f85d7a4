//! Fixtures, and the way to the corpora that lie beside the project.

use goalconvo_worlds::registry::{Endpoint, Parameter, Registry};
use goalconvo_worlds::schemas::{self, LoadReport};
use std::path::PathBuf;

/// The path of a folder below the shared one, or nothing after saying what is skipped.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "only the tests' data folder is looked up")]
    let root = std::env::var("GOALCONVO_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("corpora").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not at {}", path.display());
    None
}

/// Loads files with these names and texts.
pub(crate) fn load(files: &[(&str, &str)]) -> (Registry, LoadReport) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    schemas::load(&[folder.path().to_owned()], false).unwrap()
}

/// The codes of all notices.
pub(crate) fn codes(report: &LoadReport) -> Vec<&str> {
    report.files.iter().flat_map(|file| &file.notices).map(|notice| notice.code.as_str()).collect()
}

/// The endpoint of a name.
pub(crate) fn endpoint<'a>(registry: &'a Registry, name: &str) -> &'a Endpoint {
    registry
        .endpoints()
        .find(|endpoint| endpoint.name == name)
        .unwrap_or_else(|| panic!("no endpoint {name:?}"))
}

/// The parameter of a name.
pub(crate) fn parameter<'a>(endpoint: &'a Endpoint, name: &str) -> &'a Parameter {
    endpoint
        .parameters
        .iter()
        .find(|parameter| parameter.name == name)
        .unwrap_or_else(|| panic!("no parameter {name:?}"))
}

/// A small world of three tools in which every pattern of chain is possible.
pub(crate) const TOWN: &str = r#"[
  {"tool_name": "library", "category": "Culture", "tool_description": "The town's library.", "api_list": [
    {"name": "search_books", "method": "GET", "description": "Find books by subject",
     "required_parameters": [{"name": "subject", "type": "string", "description": "What the books are about"}],
     "optional_parameters": [{"name": "limit", "type": "integer", "default": 10}],
     "template_response": "{\"books\": [{\"book_id\": \"B1\", \"title\": \"Moss\", \"author\": \"A. Fern\", \"city\": \"Kelmar\"}]}"},
    {"name": "get_book", "method": "GET", "description": "Details of one book",
     "required_parameters": [{"name": "book_id", "type": "string"}], "optional_parameters": [],
     "template_response": {"book_id": "str", "available": "bool", "branch_id": "str", "pages": "int"}},
    {"name": "list_members", "method": "GET", "description": "Members of the library",
     "required_parameters": [], "optional_parameters": [],
     "template_response": {"members": [{"member_id": "str", "nickname": "str", "_list_length": 2}]}},
    {"name": "lend_book", "method": "POST", "description": "Lend a book to a member",
     "required_parameters": [{"name": "book_id", "type": "string"}, {"name": "member_id", "type": "string"}],
     "optional_parameters": [{"name": "weeks", "type": "integer", "default": 2}],
     "template_response": {"loan_id": "str", "due_date": "str"}},
    {"name": "cancel_loan", "method": "DELETE", "description": "Take a loan back",
     "required_parameters": [{"name": "loan_id", "type": "string"}], "optional_parameters": [],
     "template_response": {"cancelled": "bool"}}]},
  {"tool_name": "cafes", "category": "Food", "tool_description": "Places to sit.", "api_list": [
    {"name": "find_cafes", "method": "GET", "description": "Cafes of a city",
     "required_parameters": [{"name": "city", "type": "string"}], "optional_parameters": [],
     "template_response": {"cafes": [{"cafe_id": "str", "name": "str", "quiet": "bool", "_list_length": 3}]}},
    {"name": "book_table", "method": "POST", "description": "Keep a table",
     "required_parameters": [{"name": "cafe_id", "type": "string"}, {"name": "guests", "type": "integer"}],
     "optional_parameters": [], "template_response": {"booking_id": "str"}}]},
  {"tool_name": "orphans", "category": "Food", "api_list": [
    {"name": "get_parcel", "method": "GET", "description": "Nobody yields this key",
     "required_parameters": [{"name": "parcel_id", "type": "string"}], "optional_parameters": []}]}
]"#;

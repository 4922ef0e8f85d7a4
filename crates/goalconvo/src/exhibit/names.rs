//! Short names for datasets.

use std::path::Path;

/// A name for each path, no two the same: the last part of the path, with the folder before it, or a number, where
/// that is not enough.
pub fn names(paths: &[&Path]) -> Vec<String> {
    let short: Vec<String> = paths.iter().map(|path| last(path)).collect();
    let mut names: Vec<String> = Vec::new();
    for (at, name) in short.iter().enumerate() {
        let is_shared = short.iter().filter(|other| *other == name).count() > 1;
        let above = paths[at].parent().map(last).filter(|above| !above.is_empty());
        let mut full = match above.filter(|_| is_shared) {
            Some(above) => format!("{above}/{name}"),
            None => name.clone(),
        };
        if names.contains(&full) {
            full = format!("{full} ({})", at + 1);
        }
        names.push(full);
    }
    names
}

fn last(path: &Path) -> String {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.display().to_string());
    let plain = name.trim_end_matches(".gz").trim_end_matches(".jsonl");
    if plain.is_empty() { name } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_datasets_have_one_name() {
        let check = |paths: &[&str], expect: &[&str]| {
            let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
            assert_eq!(names(&paths), expect);
        };
        check(&["runs/first", "x/people.jsonl.gz"], &["first", "people"]);
        check(&["a/run", "b/run", "b/run"], &["a/run", "b/run", "b/run (3)"]);
        check(&["run", "run"], &["run", "run (2)"]);
        check(&["."], &["."]);
    }
}

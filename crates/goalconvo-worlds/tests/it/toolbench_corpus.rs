//! The whole ToolBench sample loads, and says what was odd.

use crate::shared::corpus;
use goalconvo_worlds::schemas;
use std::collections::BTreeMap;

#[test]
fn all_of_toolbench_loads_and_nothing_is_lost() {
    let Some(root) = corpus("toolbench") else { return };
    let folders = ["tools", "tools_from_queries", "tools_large"].map(|name| root.join(name));
    let (registry, report) = schemas::load(&folders, false).unwrap();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for notice in report.files.iter().flat_map(|file| &file.notices) {
        *codes.entry(&notice.code).or_default() += 1;
    }
    println!("{codes:#?}");
    assert_eq!((report.tools, report.endpoints, report.lost), (864, 3023, 0));
    assert_eq!(registry.functions().len(), 3023, "function names are unique");
}

//! A new domain works at once.

use goalconvo_worlds::domain::{self, Files};

#[test]
fn a_new_domain_has_no_problem() {
    for name in ["insurance-claims", "library", "gym", "glasses", "taxi"] {
        let files = Files::from_memory(name, domain::scaffold(name).unwrap());
        let told: Vec<String> = domain::check(&files).iter().map(ToString::to_string).collect();
        assert_eq!(told, Vec::<String>::new(), "{name}");
        assert!(domain::load(&files).is_ok());
    }
}

#[test]
fn a_name_that_is_no_folder_name_is_refused() {
    for name in ["", "Insurance", "a b", "../x", "9lives", "x-"] {
        assert!(domain::scaffold(name).is_err(), "{name}");
    }
}

#[test]
fn a_folder_on_disk_is_the_same_domain() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("claims");
    std::fs::create_dir_all(own.join("pools")).unwrap();
    let made = domain::scaffold("claims").unwrap();
    for (path, text) in &made {
        std::fs::write(own.join(path), text).unwrap();
    }
    let read = domain::from_folder(&own).unwrap();
    let held = domain::load(&Files::from_memory("claims", made)).unwrap();
    assert_eq!(read.hash, held.hash);
    assert_eq!(read.tables[0].rows(), held.tables[0].rows());
}

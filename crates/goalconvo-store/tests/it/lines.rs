//! Lines come with their numbers, from plain and gzip files alike.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use goalconvo_store::Lines;

fn check(bytes: &[u8], expect: &[(u64, &str)], error: Option<&str>) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for bytes in [bytes.to_vec(), gzip.finish().unwrap()] {
        let path = folder.path().join("some.jsonl");
        std::fs::write(&path, bytes).unwrap();
        let (mut found, mut failed) = (Vec::new(), None);
        for line in Lines::open(&path).unwrap() {
            match line {
                Ok(line) => found.push(line),
                Err(error) => failed = Some(error.to_string()),
            }
        }
        let expect: Vec<(u64, String)> =
            expect.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
        assert_eq!(found, expect);
        assert_eq!(failed.is_some(), error.is_some(), "{failed:?}");
        assert!(failed.unwrap_or_default().contains(error.unwrap_or_default()));
    }
}

#[test]
fn lines_are_numbered_from_one_and_empty_ones_are_passed_over() {
    check(b"", &[], None);
    check(b"a\nb\n", &[(1, "a"), (2, "b")], None);
    check(b"a\n\n \nb", &[(1, "a"), (4, "b")], None);
    check(b"\xef\xbb\xbfa\nb\n", &[(1, "a"), (2, "b")], None);
}

#[test]
fn what_is_no_text_is_named_by_line_and_byte() {
    check(b"a\nb\xff\nc\n", &[(1, "a"), (3, "c")], Some("line 2 column 2: broken JSON, no UTF-8"));
}

#[test]
fn a_gzip_file_that_ends_in_the_middle_is_an_error() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    (0..1000).for_each(|n| writeln!(gzip, "{n}").unwrap());
    let bytes = gzip.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gz");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(Lines::open(&path).unwrap().any(|line| line.is_err()));
}

//! Comma-separated values (RFC 4180), read with places and written.

use std::borrow::Cow;

/// Where a record begins, and its cells.
pub(crate) type Record<'a> = (usize, Vec<Cow<'a, str>>);

/// Records with the byte offset at which each begins.
///
/// # Errors
/// The offset of a quote that is never closed.
pub(crate) fn records(text: &str) -> Result<Vec<Record<'_>>, usize> {
    let mut records = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begin = at;
        let mut cells = Vec::new();
        loop {
            let (cell, next) = cell(text, at)?;
            cells.push(cell);
            at = next;
            if !text[at..].starts_with(',') {
                break;
            }
            at += 1;
        }
        at += if text[at..].starts_with("\r\n") { 2 } else { usize::from(at < text.len()) };
        if cells.len() > 1 || !cells[0].is_empty() {
            records.push((begin, cells));
        }
    }
    Ok(records)
}

fn cell(text: &str, at: usize) -> Result<(Cow<'_, str>, usize), usize> {
    let rest = &text[at..];
    if !rest.starts_with('"') {
        let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
        return Ok((Cow::Borrowed(&rest[..end]), at + end));
    }
    let mut cell = String::new();
    let mut from = at + 1;
    loop {
        let end = text[from..].find('"').ok_or(at)? + from;
        cell.push_str(&text[from..end]);
        if !text[end + 1..].starts_with('"') {
            // What follows the closing quote up to the comma belongs to no cell: it is kept, so that it is seen.
            let more = text[end + 1..].find([',', '\n', '\r']).unwrap_or(text.len() - end - 1);
            cell.push_str(&text[end + 1..end + 1 + more]);
            return Ok((Cow::Owned(cell), end + 1 + more));
        }
        cell.push('"');
        from = end + 2;
    }
}

/// One line of cells, with its newline.
pub(crate) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = cells.into_iter().map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    });
    let mut line = quoted.collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

//! Reads the entries of a zip archive: stored or deflated, as its central directory lists them (PKWARE APPNOTE 4.3).

use std::io::Read;

use flate2::read::DeflateDecoder;

/// Names and contents of the files in the archive that `wanted` takes; what is wrong with it otherwise.
pub(super) fn entries(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, Vec<u8>)>, String> {
    let broken = || "the zip archive is cut off or broken".to_owned();
    let end = (0..bytes.len().saturating_sub(21)).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06"));
    let end = end.ok_or_else(|| "this is no zip archive".to_owned())?;
    let count = short(bytes, end + 10).ok_or_else(broken)?;
    let mut at = long(bytes, end + 16).ok_or_else(broken)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
            return Err(broken());
        }
        let lengths = [28, 30, 32].map(|field| short(bytes, at + field).unwrap_or_default());
        let name = bytes.get(at + 46..at + 46 + lengths[0]).ok_or_else(broken)?;
        let name = String::from_utf8_lossy(name).into_owned();
        if wanted(&name) {
            let content = content(bytes, at).ok_or_else(|| format!("entry {name} can't be unpacked"))?;
            entries.push((name, content));
        }
        at += 46 + lengths.iter().sum::<usize>();
    }
    Ok(entries)
}

fn content(bytes: &[u8], entry: usize) -> Option<Vec<u8>> {
    let method = short(bytes, entry + 10)?;
    let packed = long(bytes, entry + 20)?;
    let size = long(bytes, entry + 24)?;
    let local = long(bytes, entry + 42)?;
    let from = local + 30 + short(bytes, local + 26)? + short(bytes, local + 28)?;
    let data = bytes.get(from..from + packed)?;
    let mut content = Vec::with_capacity(size.min(1 << 28));
    match method {
        0 => content.extend_from_slice(data),
        8 => {
            DeflateDecoder::new(data).take(size as u64 + 1).read_to_end(&mut content).ok()?;
        }
        _ => return None,
    }
    (content.len() == size).then_some(content)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2)?.try_into().ok().map(|two| usize::from(u16::from_le_bytes(two)))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 4)?.try_into().ok().map(|four| u32::from_le_bytes(four) as usize)
}

//! Compressed files, unfolded within bounds: a small file that unfolds without end fills no memory.

use std::io::Read;

use flate2::read::MultiGzDecoder;

/// The most bytes that a compressed file may unfold to.
const MOST: u64 = 1 << 30;

/// What a gzip file holds.
///
/// # Errors
/// It is broken, or unfolds to more than a gibibyte.
pub(crate) fn unfold(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut unfolded = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(MOST + 1).read_to_end(&mut unfolded);
    read.map_err(|error| format!("can't be unpacked ({error}); fetch the file again"))?;
    match unfolded.len() as u64 > MOST {
        true => Err(format!("unfolds to more than {MOST} bytes; split it")),
        false => Ok(unfolded),
    }
}

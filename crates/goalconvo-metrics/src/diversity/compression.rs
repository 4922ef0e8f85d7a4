//! How well text compresses: repetition at any distance, seen by deflate.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;

/// Sizes in bytes of a text and of its compressed forms, as stock zlib (and so `CPython`) gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CompressedSizes {
    /// Length in UTF-8.
    pub bytes: usize,
    /// zlib stream at level 6.
    pub zlib6: usize,
    /// zlib stream at level 9.
    pub zlib9: usize,
    /// gzip file at level 6: the same deflate stream with 12 bytes more around it.
    pub gzip6: usize,
    /// gzip file at level 9.
    pub gzip9: usize,
}

/// gzip's header and trailer are 18 bytes, zlib's 6.
const GZIP_OVER_ZLIB: usize = 12;

/// Compresses `text` at levels 6 and 9.
#[must_use]
pub fn compressed_sizes(text: &str) -> CompressedSizes {
    let (zlib6, zlib9) = (zlib_size(text, 6), zlib_size(text, 9));
    CompressedSizes {
        bytes: text.len(),
        zlib6,
        zlib9,
        gzip6: zlib6 + GZIP_OVER_ZLIB,
        gzip9: zlib9 + GZIP_OVER_ZLIB,
    }
}

/// Bytes of `text` over bytes of its zlib stream at level 9; none for an empty text.
#[must_use]
pub fn zlib_ratio(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| text.len() as f64 / zlib_size(text, 9) as f64)
}

fn zlib_size(text: &str, level: u32) -> usize {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    // Writing to a vector cannot fail; were it to, an absurd size would show it.
    let written = encoder.write_all(text.as_bytes());
    written.and_then(|()| encoder.finish()).map_or(usize::MAX, |bytes| bytes.len())
}

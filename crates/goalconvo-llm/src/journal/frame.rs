//! The journal's bytes: a header line, then frames of length, checksum and JSON.
//!
//! ```text
//! goalconvo-journal/1\n
//! [length: u32 LE] [CRC-32 of length and JSON: u32 LE] [JSON]
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Key, OpenJob, broken};
use crate::error::{Billing, Error, Kind};
use crate::money::{Account, Cost, Entry};
use crate::reply::{Reply, Usage};

pub(super) const HEADER: &[u8] = b"goalconvo-journal/1\n";

/// A longer frame is taken for damage.
const LONGEST: u32 = 256 << 20;

/// One entry of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Frame {
    /// A call was answered, if only with nothing.
    Answer(Box<AnswerFrame>),
    /// A request is about to be sent, and may cost this much. Only runs with a budget write it.
    Asked { key: String, account: Account, worst: Cost },
    /// A call failed, and its attempts may have cost something.
    Failed { key: String, account: Account, entry: Entry },
    /// A batch job was submitted.
    Submitted(JobFrame),
    /// All of a batch job's replies are in the journal, or it is lost.
    Fetched { job: String },
}

/// A batch job and whose requests it holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JobFrame {
    pub(crate) job: String,
    pub(crate) model: String,
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AnswerFrame {
    pub(crate) key: String,
    pub(crate) scope: String,
    pub(crate) turn: u32,
    pub(crate) attempt: u32,
    pub(crate) account: Account,
    pub(crate) batched: bool,
    pub(crate) outcome: Outcome,
}

/// What a provider answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A reply.
    Reply(Reply),
    /// A reply that says nothing: an error, and yet an answer that was paid for. Replayed as the same error,
    /// so that what its caller did about it happens again.
    Nothing {
        filtered: bool,
        message: String,
        usage: Option<Usage>,
        wasted: Cost,
        #[serde(default)]
        assumed: Cost,
    },
}

impl Outcome {
    /// The outcome of a call as the journal keeps it; `None` for failures that are to be tried again.
    pub(crate) fn of(result: &Result<Reply, Error>) -> Option<Outcome> {
        match result {
            Ok(reply) => Some(Outcome::Reply(reply.clone())),
            Err(error) if error.is_empty() || (error.is_filtered() && error.status().is_none()) => {
                Some(Outcome::Nothing {
                    filtered: error.is_filtered(),
                    message: error.to_string(),
                    usage: error.usage(),
                    wasted: error.wasted(),
                    assumed: error.assumed(),
                })
            }
            Err(_) => None,
        }
    }

    /// Back to what the call gave.
    pub(crate) fn into_result(self) -> Result<Reply, Error> {
        match self {
            Outcome::Reply(reply) => Ok(reply),
            Outcome::Nothing { filtered, message, usage, wasted, assumed } => {
                let kind = if filtered { Kind::Filtered } else { Kind::Empty };
                let billing = usage.map_or(Billing::Unknown, Billing::Usage);
                let error = Error::new(kind, message).with_billing(billing);
                Err(error.with_wasted(wasted).with_assumed(assumed))
            }
        }
    }

    /// The ledger's row for it.
    fn entry(&self, batched: bool) -> Entry {
        let mut entry = Entry::default();
        match self {
            Outcome::Reply(reply) => entry.answer(reply),
            Outcome::Nothing { wasted, assumed, .. } => {
                entry.failed = 1;
                (entry.wasted, entry.assumed) = (*wasted, *assumed);
            }
        }
        entry.batched = u64::from(batched && entry.answered > 0);
        entry
    }
}

/// What a whole journal holds.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) index: BTreeMap<Key, u64>,
    pub(super) ledger: BTreeMap<Account, Entry>,
    pub(super) jobs: Vec<OpenJob>,
    /// What was asked and has no end here: the run was killed meanwhile.
    asked: BTreeMap<String, (Account, Cost)>,
    /// The first byte after the last good frame.
    pub(super) end: u64,
    /// Why the frame there is bad, if there is one.
    pub(super) bad: Option<String>,
    /// Whole frames after it.
    pub(super) whole_after: u64,
}

/// The bytes of a frame.
pub(super) fn bytes(frame: &Frame) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 8];
    serde_json::to_writer(&mut bytes, frame)
        .map_err(|error| Error::new(Kind::Journal, format!("a reply cannot be written as JSON: {error}")))?;
    let length = u32::try_from(bytes.len() - 8).ok().filter(|length| *length <= LONGEST);
    let Some(length) = length else {
        return Err(Error::new(Kind::Journal, "a reply is too long for the journal"));
    };
    let sum = checksum(length, &bytes[8..]);
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes[4..8].copy_from_slice(&sum.to_le_bytes());
    Ok(bytes)
}

/// Reads the next frame, or says why it cannot be one.
pub(super) fn read(file: &mut impl Read) -> Result<Frame, String> {
    match read_payload(file)? {
        Payload::Whole(json) => {
            serde_json::from_slice(&json).map_err(|error| format!("not a known frame: {error}"))
        }
        Payload::Damaged => Err("the checksum does not hold".to_owned()),
        Payload::End => Err("the file ends here".to_owned()),
    }
}

/// Reads all frames up to the first that is not whole.
pub(super) fn scan(file: &mut File, path: &Path) -> Result<Scan, Error> {
    let failed = |error: std::io::Error| broken(path, "cannot be read", &error);
    let mut header = [0; HEADER.len()];
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    file.read_exact(&mut header).map_err(failed)?;
    if header != HEADER {
        let expected = String::from_utf8_lossy(HEADER);
        let message = format!(
            "{} is no journal of this version: expected it to begin with \"{}\"",
            path.display(),
            expected.trim()
        );
        return Err(Error::new(Kind::Journal, message));
    }
    let mut scan = Scan { end: HEADER.len() as u64, ..Scan::default() };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    loop {
        match read_payload(&mut reader) {
            Ok(Payload::End) => return Ok(scan),
            Ok(Payload::Whole(json)) => match serde_json::from_slice(&json) {
                Ok(frame) => scan.take(frame, 8 + json.len() as u64),
                // Whole and unknown is no damage: cutting it would destroy what a newer program wrote.
                Err(error) => {
                    let (path, at) = (path.display(), scan.end);
                    let message = format!(
                        "journal {path}, byte {at}: not a known frame ({error}): use a newer program"
                    );
                    return Err(Error::new(Kind::Journal, message));
                }
            },
            Ok(Payload::Damaged) => {
                scan.bad = Some("the checksum does not hold".to_owned());
                scan.whole_after = whole_frames(&mut reader);
                return Ok(scan);
            }
            Err(reason) => {
                scan.bad = Some(reason);
                return Ok(scan);
            }
        }
    }
}

impl Scan {
    /// Counts what was open when the run ended: nobody saw what it cost, so it counts at its worst.
    pub(super) fn settle(&mut self) -> u64 {
        let asked = std::mem::take(&mut self.asked);
        let open = asked.len() as u64;
        for (account, worst) in asked.into_values() {
            let entry = Entry { failed: 1, wasted: worst, assumed: worst, ..Entry::default() };
            self.ledger.entry(account).or_default().add(&entry);
        }
        open
    }

    fn take(&mut self, frame: Frame, length: u64) {
        match frame {
            Frame::Asked { key, account, worst } => {
                self.asked.entry(key).or_insert((account, Cost::ZERO)).1 += worst;
            }
            Frame::Answer(answer) => {
                self.asked.remove(&answer.key);
                if let Some(key) = Key::from_hex(&answer.key) {
                    self.index.insert(key, self.end);
                }
                let entry = answer.outcome.entry(answer.batched);
                self.ledger.entry(answer.account).or_default().add(&entry);
            }
            Frame::Failed { key, account, entry } => {
                self.asked.remove(&key);
                self.ledger.entry(account).or_default().add(&entry);
            }
            Frame::Submitted(job) => self.jobs.push(OpenJob {
                keys: job.keys.iter().filter_map(|key| Key::from_hex(key)).collect(),
                id: job.job,
                model: job.model,
            }),
            Frame::Fetched { job } => self.jobs.retain(|open| open.id != job),
        }
        self.end += length;
    }
}

enum Payload {
    Whole(Vec<u8>),
    Damaged,
    End,
}

fn read_payload(file: &mut impl Read) -> Result<Payload, String> {
    let mut head = Vec::with_capacity(8);
    file.by_ref().take(8).read_to_end(&mut head).map_err(|error| error.to_string())?;
    if head.is_empty() {
        return Ok(Payload::End);
    }
    let &[a, b, c, d, e, f, g, h] = head.as_slice() else {
        return Err(format!("the file ends after {} of 8 bytes of a frame's head", head.len()));
    };
    let (length, sum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if length > LONGEST {
        return Err(format!("a frame of {length} bytes: longer than any"));
    }
    let mut json = Vec::new();
    file.by_ref().take(u64::from(length)).read_to_end(&mut json).map_err(|error| error.to_string())?;
    if json.len() < length as usize {
        return Err(format!("the file ends after {} of {length} bytes of a frame", json.len()));
    }
    Ok(if checksum(length, &json) == sum { Payload::Whole(json) } else { Payload::Damaged })
}

/// How many whole frames follow a damaged one, whose length at least was right.
fn whole_frames(file: &mut impl Read) -> u64 {
    let mut whole = 0;
    while let Ok(payload) = read_payload(file) {
        match payload {
            Payload::Whole(_) => whole += 1,
            Payload::Damaged => {}
            Payload::End => break,
        }
    }
    whole
}

fn checksum(length: u32, json: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length.to_le_bytes());
    hasher.update(json);
    hasher.finalize()
}

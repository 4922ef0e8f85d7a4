//! `cues.toml`: patterns that give away what an utterance does.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{PackFile, toml};
use crate::Error;
use crate::trie::{Step, Trie, expand, words_of};

/// The cues that a pack has patterns for; claims of a particular deed come from the domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CueKind {
    Greeting,
    Farewell,
    Thanks,
    Question,
    Leak,
    OtherRole,
    VagueClaim,
    Scarce,
    Unbacked,
    NothingFound,
    Failure,
    Yes,
    No,
    Withdrawal,
    Agreeable,
    Assent,
    Declined,
    More,
    Denial,
    /// What a denial in it takes nothing back of.
    Harmless,
}

/// Patterns by role, ready to be found.
#[derive(Clone, Debug)]
pub(crate) struct Cues {
    pub(crate) user: Trie,
    pub(crate) assistant: Trie,
    /// Payloads of both tries.
    pub(crate) kinds: Vec<CueKind>,
    /// Patterns of a claim, with holes for participle and object.
    pub(crate) claims: Trie,
    /// Words directly before a value that make another one of it; the flag says whether of numbers only.
    pub(crate) twists: Vec<(Vec<u64>, bool)>,
}

type Section = BTreeMap<String, Vec<Spanned<String>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    both: Section,
    user: Section,
    assistant: Section,
    claim: Claims,
    twist: Twists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Twists {
    any: Vec<String>,
    number: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    own: Vec<Spanned<String>>,
}

const KINDS: [(&str, CueKind); 20] = [
    ("greeting", CueKind::Greeting),
    ("farewell", CueKind::Farewell),
    ("thanks", CueKind::Thanks),
    ("question", CueKind::Question),
    ("leak", CueKind::Leak),
    ("other_role", CueKind::OtherRole),
    ("vague_claim", CueKind::VagueClaim),
    ("scarce", CueKind::Scarce),
    ("unbacked", CueKind::Unbacked),
    ("nothing_found", CueKind::NothingFound),
    ("failure", CueKind::Failure),
    ("yes", CueKind::Yes),
    ("no", CueKind::No),
    ("withdrawal", CueKind::Withdrawal),
    ("agreeable", CueKind::Agreeable),
    ("assent", CueKind::Assent),
    ("declined", CueKind::Declined),
    ("more", CueKind::More),
    ("denial", CueKind::Denial),
    ("harmless", CueKind::Harmless),
];

/// The holes of claim patterns.
pub(crate) const CLAIM_HOLES: [&str; 2] = ["participle", "object"];

impl Cues {
    pub(crate) fn parse(file: PackFile<'_>) -> Result<Self, Error> {
        let raw: Raw = toml(file)?;
        let mut cues = Cues {
            user: Trie::default(),
            assistant: Trie::default(),
            kinds: KINDS.iter().map(|(_, kind)| *kind).collect(),
            claims: Trie::default(),
            twists: twists(&raw.twist),
        };
        for (section, user, assistant) in
            [(raw.both, true, true), (raw.user, true, false), (raw.assistant, false, true)]
        {
            for (name, patterns) in section {
                let payload = KINDS.iter().position(|(known, _)| *known == name).ok_or_else(|| {
                    let at = patterns.first().map_or(0, |pattern| pattern.span().start);
                    Error::pack(file.0, file.1, at, format!("unknown cue {name:?}"))
                })?;
                for pattern in patterns {
                    let (anchored, sequences) = checked(file, &pattern, &[])?;
                    for steps in &sequences {
                        if user {
                            cues.user.add_steps(anchored, steps, payload as u32);
                        }
                        if assistant {
                            cues.assistant.add_steps(anchored, steps, payload as u32);
                        }
                    }
                }
            }
        }
        for pattern in raw.claim.own {
            let (anchored, sequences) = checked(file, &pattern, &CLAIM_HOLES)?;
            sequences.iter().for_each(|steps| cues.claims.add_steps(anchored, steps, 0));
        }
        [&mut cues.user, &mut cues.assistant, &mut cues.claims].into_iter().for_each(Trie::settle);
        Ok(cues)
    }
}

fn twists(raw: &Twists) -> Vec<(Vec<u64>, bool)> {
    let any = raw.any.iter().map(|text| (words_of(text), false));
    any.chain(raw.number.iter().map(|text| (words_of(text), true))).collect()
}

/// Expands a pattern of a file, with the place in the message when it is wrong.
pub(super) fn checked(
    file: PackFile<'_>,
    pattern: &Spanned<String>,
    holes: &[&str],
) -> Result<(bool, Vec<Vec<Step>>), Error> {
    expand(pattern.get_ref(), holes)
        .map_err(|message| Error::pack(file.0, file.1, pattern.span().start, message))
}

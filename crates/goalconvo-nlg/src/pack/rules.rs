//! Grammar rules: names with weighted alternatives, compiled to one tape that expands without look-ups by name.
//!
//! An alternative is written `3: I('m| am) looking for {np}[, please]. @polite`: its weight (1 when left out), text
//! with `(a|b)` choices, `[a]` half of the time, `{name}` a rule or a hole, and tags that make it likelier for some
//! speakers. A weight inside a choice is written `(a|b~3)`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use goalconvo_core::Rng;
use toml::Spanned;

use super::{PackFile, Variety, toml};
use crate::Error;

#[cfg(feature = "derivations")]
mod told;

/// What a rule leaves open, filled from the acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// Indefinite noun phrase of the intent with the items: "a cheap restaurant in the north".
    Np,
    /// The same in the plural: "cheap restaurants in the north".
    Nps,
    /// The intent's noun.
    Noun,
    /// The intent's plural.
    Nouns,
    /// What the user wants to do, with the items: "book a table for two on Friday".
    Vp,
    /// What the user wants to do, without the items.
    Vp0,
    /// The items as phrases that follow a noun: "in the north with free parking".
    After,
    /// The items as phrases before a noun: "cheap".
    Before,
    /// The items as predicates of "it": "is in the north and serves Italian food".
    Says,
    /// The same after "should": "be in the north and serve Italian food".
    Should,
    /// The items as what the user does: "leave after 10:00 and arrive by noon".
    Wish,
    /// The first item's value alone.
    Value,
    /// All items' values: "cheap, in the north".
    Values,
    /// All items as "the area is north and the price is £20".
    Facts,
    /// The first slot's noun: "area".
    Slot,
    /// All slots' nouns with articles: "the area and the price".
    Slots,
    /// All slots' nouns without articles: "area and price".
    Bare,
    /// The slot's own question.
    Question,
    /// The second slot's own question.
    Question2,
    /// The slot's own question of the user.
    Ask,
    /// The second slot's own question of the user.
    Ask2,
    /// What stands for the entity that was named: "it", "the doctor".
    It,
    /// Why or for whom the user wants it, with the blank before it; nothing where the domain has no such words.
    Tail,
    /// The entity's name.
    Label,
    /// The names of all entities that are proposed together: "the Old Mill, the Swan and the Fig Tree".
    Labels,
    /// The same to choose from: "the Old Mill, the Swan or the Fig Tree".
    Either,
    /// "the booking".
    Deed,
    /// "I've booked your table".
    Done,
    /// Why the user wants it, a whole sentence.
    Reason,
    /// What the assistant wishes the user about it, a whole sentence.
    Hope,
    /// Words of a tool or of the policy, as they are.
    Message,
    /// A number of matches.
    Count,
}

const HOLES: [(&str, Hole); 32] = [
    ("np", Hole::Np),
    ("nps", Hole::Nps),
    ("noun", Hole::Noun),
    ("nouns", Hole::Nouns),
    ("it", Hole::It),
    ("tail", Hole::Tail),
    ("vp", Hole::Vp),
    ("vp0", Hole::Vp0),
    ("after", Hole::After),
    ("before", Hole::Before),
    ("says", Hole::Says),
    ("should", Hole::Should),
    ("wish", Hole::Wish),
    ("value", Hole::Value),
    ("values", Hole::Values),
    ("facts", Hole::Facts),
    ("slot", Hole::Slot),
    ("slots", Hole::Slots),
    ("bare", Hole::Bare),
    ("question", Hole::Question),
    ("question2", Hole::Question2),
    ("ask", Hole::Ask),
    ("ask2", Hole::Ask2),
    ("label", Hole::Label),
    ("labels", Hole::Labels),
    ("either", Hole::Either),
    ("deed", Hole::Deed),
    ("done", Hole::Done),
    ("reason", Hole::Reason),
    ("hope", Hole::Hope),
    ("message", Hole::Message),
    ("count", Hole::Count),
];

/// Tags of alternatives: each makes it likelier or unlikelier for a speaker.
pub(crate) const TAGS: [&str; 6] = ["polite", "blunt", "long", "short", "expert", "lay"];

/// A rule's number.
pub(crate) type RuleId = u16;

/// A piece of an alternative, as it stands on the tape: in the order of the text, so that what is said together lies
/// together in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of [`Rules::text`].
    Text {
        start: u32,
        len: u16,
    },
    Hole(Hole),
    Rule(RuleId),
    /// One of the options that follow, whose weights sum to `total`; they end so many pieces behind this one.
    Pick {
        total: u16,
        len: u32,
    },
    /// Its weight and those of the options before it together; its pieces follow, and the next option ends them.
    Option {
        upto: u16,
        len: u32,
    },
}

/// One alternative of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Alternative {
    pub(crate) pieces: Range<u32>,
    /// How rare it is among those of its rule: minus the binary logarithm of its share, rounded down.
    pub(crate) bits: u32,
    /// Which of its rule in the order of the pack.
    #[cfg(feature = "derivations")]
    origin: usize,
}

/// The alternatives of a rule that bear the same tags.
#[derive(Clone, Debug)]
struct Group {
    /// Bits of [`TAGS`].
    tags: u8,
    total: u32,
    alternatives: Range<u32>,
}

/// A rule: its alternatives by their tags.
#[derive(Clone, Debug)]
struct Rule {
    /// The alternative that stands first in the pack.
    first: u32,
    groups: Vec<Group>,
}

/// All rules of a pack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    ids: BTreeMap<String, RuleId>,
    rules: Vec<Rule>,
    alternatives: Vec<Alternative>,
    /// Each alternative's weight and those of the ones before it in its group together.
    upto: Vec<u32>,
    tape: Tape,
}

/// The pieces of all alternatives.
#[derive(Clone, Debug, Default)]
struct Tape {
    pieces: Vec<Piece>,
    text: String,
}

type Raw = BTreeMap<String, Vec<Spanned<String>>>;

impl Rules {
    /// The rules of some files as a variety writes them.
    pub(crate) fn parse(files: &[PackFile<'_>], variety: &Variety) -> Result<Self, Error> {
        let mut all = Vec::new();
        let mut rules = Rules::default();
        for file in files {
            for (name, alternatives) in toml::<Raw>(*file)? {
                if alternatives.is_empty() || rules.ids.insert(name.clone(), all.len() as RuleId).is_some() {
                    let at = alternatives.first().map_or(0, |first| first.span().start);
                    return Err(Error::pack(
                        file.0,
                        file.1,
                        at,
                        format!("rule {name:?} is empty or stands twice"),
                    ));
                }
                all.push((file, alternatives));
            }
        }
        for (file, alternatives) in &all {
            let parsed = alternatives.iter().map(|text| {
                let written = Written { ids: &rules.ids, tape: &mut rules.tape };
                written
                    .alternative(&variety.respell(text.get_ref()))
                    .map_err(|message| Error::pack(file.0, file.1, text.span().start, message))
            });
            let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
            #[cfg(feature = "derivations")]
            let parsed =
                parsed.into_iter().enumerate().map(|(origin, one)| Parsed { origin, ..one }).collect();
            rules.add(parsed);
        }
        #[cfg(feature = "derivations")]
        rules.tell();
        Ok(rules)
    }

    /// Adds a rule with its alternatives: weight, tags and pieces of each.
    fn add(&mut self, mut parsed: Vec<Parsed>) {
        let whole: u32 = parsed.iter().map(|one| one.weight).sum();
        let first = parsed.first().map(|one| one.tags);
        // In the order of the pack within a group, so that the first of all begins its own.
        parsed.sort_by_key(|one| one.tags);
        let mut rule = Rule { first: 0, groups: Vec::new() };
        for one in parsed {
            let at = self.alternatives.len() as u32;
            if rule.groups.last().is_none_or(|group| group.tags != one.tags) {
                if first == Some(one.tags) {
                    rule.first = at;
                }
                rule.groups.push(Group { tags: one.tags, total: 0, alternatives: at..at });
            }
            if let Some(group) = rule.groups.last_mut() {
                group.total += one.weight;
                group.alternatives.end = at + 1;
                self.upto.push(group.total);
            }
            let bits = (whole / one.weight.max(1)).checked_ilog2().unwrap_or(0);
            self.alternatives.push(Alternative {
                pieces: one.pieces,
                bits,
                #[cfg(feature = "derivations")]
                origin: one.origin,
            });
        }
        self.rules.push(rule);
    }

    /// The rule of this name.
    ///
    /// # Errors
    /// The pack has none.
    pub(crate) fn id(&self, name: &str) -> Result<RuleId, Error> {
        self.ids.get(name).copied().ok_or_else(|| Error::pack("grammar", "", 0, format!("no rule {name:?}")))
    }

    /// The alternative of a rule that stands first in the pack.
    pub(crate) fn first(&self, rule: RuleId) -> Option<&Alternative> {
        self.alternatives.get(self.rules.get(usize::from(rule))?.first as usize)
    }

    /// Draws an alternative: by weight, times what the speaker thinks of its tags.
    pub(crate) fn draw(&self, rule: RuleId, taste: &Taste, rng: &mut Rng) -> Option<&Alternative> {
        let group = match &self.rules.get(usize::from(rule))?.groups[..] {
            [only] => only,
            groups => {
                let weights = groups.iter().map(|group| taste.weight(group));
                groups.get(rng.weighted(weights)?)?
            }
        };
        let alternatives = span(&group.alternatives);
        let left = (group.total > 0).then(|| rng.below(group.total as usize) as u32);
        let place = left.map_or(0, |left| {
            self.upto.get(alternatives.clone()).unwrap_or_default().partition_point(|upto| *upto <= left)
        });
        self.alternatives.get(alternatives.start + place)
    }

    /// The piece at a place of the tape.
    pub(crate) fn piece(&self, at: usize) -> Option<Piece> {
        self.tape.pieces.get(at).copied()
    }

    /// The words of a piece of text.
    pub(crate) fn text(&self, start: u32, len: u16) -> &str {
        self.tape.text.get(start as usize..start as usize + usize::from(len)).unwrap_or_default()
    }

    /// The pieces of one of the options of the choice at a place: the first for which more weight than `left` is used up.
    pub(crate) fn option(&self, choice: usize, left: u16) -> Range<u32> {
        let mut at = choice + 1;
        while let Some(Piece::Option { upto, len }) = self.piece(at) {
            if left < upto {
                return at as u32 + 1..at as u32 + len;
            }
            at += len as usize;
        }
        0..0
    }

    /// What a linguist should look at: rules that nothing reaches, alternatives that stand twice, spaces that pile up.
    pub(crate) fn lint(&self, starts: &[RuleId]) -> Vec<String> {
        let mut findings = Vec::new();
        let reached = self.reached(starts);
        for (name, id) in &self.ids {
            let Some(rule) = self.rules.get(usize::from(*id)) else { continue };
            if !reached.contains(id) {
                findings.push(format!("nothing uses the rule {name:?}"));
            }
            if rule.groups.iter().all(|group| group.total == 0) {
                findings.push(format!("the rule {name:?} has no weight at all"));
            }
            let mut shapes = BTreeSet::new();
            for alternative in self.alternatives_of(rule) {
                let shape = self.shape(alternative);
                if let Some(gap) = gap(&shape) {
                    findings.push(format!("rule {name:?}: {gap:?}"));
                }
                if let Some(twice) = shapes.replace(shape) {
                    findings.push(format!("an alternative of {name:?} stands twice: {}", twice.concat()));
                }
            }
        }
        findings
    }

    /// The rules that are used by these, and by those that they use.
    fn reached(&self, starts: &[RuleId]) -> BTreeSet<RuleId> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<RuleId> = starts.to_vec();
        while let Some(id) = open.pop() {
            let Some(rule) = self.rules.get(usize::from(id)).filter(|_| reached.insert(id)) else { continue };
            let pieces = self.alternatives_of(rule).flat_map(|one| self.pieces(one));
            open.extend(pieces.filter_map(|piece| match piece {
                Piece::Rule(rule) => Some(*rule),
                _ => None,
            }));
        }
        reached
    }

    fn alternatives_of(&self, rule: &Rule) -> impl Iterator<Item = &Alternative> {
        let groups = rule.groups.clone().into_iter();
        groups.flat_map(|group| self.alternatives.get(span(&group.alternatives)).unwrap_or_default())
    }

    fn pieces(&self, alternative: &Alternative) -> &[Piece] {
        self.tape.pieces.get(span(&alternative.pieces)).unwrap_or_default()
    }

    /// What an alternative is made of, one string a piece, to be compared and looked at.
    fn shape(&self, alternative: &Alternative) -> Vec<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text { start, len } => self.text(*start, *len).to_owned(),
            other => format!("{{{other:?}}}"),
        };
        self.pieces(alternative).iter().map(piece).collect()
    }
}

/// A range of the tape or of the alternatives.
pub(crate) fn span(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Text with a space too many: two together, or one before a sign.
fn gap(shape: &[String]) -> Option<&String> {
    shape.iter().find(|text| ["  ", " .", " ,", " ?", " !"].iter().any(|gap| text.contains(gap)))
}

/// What a speaker thinks of each tag, in percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste(pub(crate) [u32; TAGS.len()]);

impl Taste {
    fn weight(&self, group: &Group) -> u32 {
        let mut weight = group.total * 100;
        let mut tags = group.tags;
        while tags != 0 {
            let tag = tags.trailing_zeros() as usize;
            weight = weight * self.0.get(tag).copied().unwrap_or(100) / 100;
            tags &= tags - 1;
        }
        weight
    }
}

/// An alternative as it was read.
struct Parsed {
    weight: u32,
    tags: u8,
    pieces: Range<u32>,
    #[cfg(feature = "derivations")]
    origin: usize,
}

/// Alternatives on their way to the tape.
struct Written<'a> {
    ids: &'a BTreeMap<String, RuleId>,
    tape: &'a mut Tape,
}

impl Written<'_> {
    fn alternative(mut self, text: &str) -> Result<Parsed, String> {
        let (weight, text) = match text.split_once(": ") {
            Some((digits, rest)) if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() => {
                (digits.parse().map_err(|_| format!("weight {digits:?} is too large"))?, rest)
            }
            _ => (1, text),
        };
        let mut tags = 0;
        let mut text = text;
        while let Some((before, tag)) = text.rsplit_once(" @") {
            let bit = TAGS.iter().position(|known| *known == tag);
            tags |= 1 << bit.ok_or_else(|| format!("unknown tag @{tag}; known are {}", TAGS.join(", ")))?;
            text = before;
        }
        let mut rest = text;
        let start = self.here();
        self.sequence(&mut rest)?;
        match rest.is_empty() {
            true => Ok(Parsed {
                weight,
                tags,
                pieces: start..self.here(),
                #[cfg(feature = "derivations")]
                origin: 0,
            }),
            false => Err(format!("unexpected {rest:?} in {text:?}")),
        }
    }

    fn here(&self) -> u32 {
        self.tape.pieces.len() as u32
    }

    fn sequence(&mut self, rest: &mut &str) -> Result<(), String> {
        while let Some(first) = rest.bytes().next() {
            match first {
                b'|' | b')' | b']' | b'~' => break,
                b'(' | b'[' => self.choice(rest, char::from(first))?,
                b'{' => {
                    let (name, after) = rest[1..].split_once('}').ok_or("'{' without '}'")?;
                    *rest = after;
                    let piece = self.reference(name)?;
                    self.tape.pieces.push(piece);
                }
                _ => {
                    let end = rest.find(['(', ')', '[', ']', '|', '{', '~']).unwrap_or(rest.len());
                    let (literal, after) = rest.split_at(end);
                    let len = u16::try_from(end).map_err(|_| format!("{end} bytes of text in one piece"))?;
                    self.tape.pieces.push(Piece::Text { start: self.tape.text.len() as u32, len });
                    self.tape.text.push_str(literal);
                    *rest = after;
                }
            }
        }
        Ok(())
    }

    fn reference(&self, name: &str) -> Result<Piece, String> {
        // A hole comes before a rule of the same name: what fills `{it}` may be the rule "it", or the intent's own word.
        if let Some((_, hole)) = HOLES.iter().find(|(known, _)| *known == name) {
            return Ok(Piece::Hole(*hole));
        }
        let rule = self.ids.get(name).map(|id| Piece::Rule(*id));
        rule.ok_or_else(|| format!("{{{name}}} is neither a rule nor a hole"))
    }

    fn choice(&mut self, rest: &mut &str, open: char) -> Result<(), String> {
        let close = if open == '(' { ')' } else { ']' };
        let choice = self.tape.pieces.len();
        self.tape.pieces.push(Piece::Pick { total: 0, len: 0 });
        let mut upto: u16 = 0;
        while rest.starts_with([open, '|']) {
            *rest = &rest[1..];
            let option = self.tape.pieces.len();
            self.tape.pieces.push(Piece::Option { upto, len: 0 });
            self.sequence(rest)?;
            let mut weight = 1;
            if let Some(after) = rest.strip_prefix('~') {
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                weight = after[..end].parse().map_err(|_| "'~' without a weight")?;
                *rest = &after[end..];
            }
            upto = upto.checked_add(weight).ok_or("the weights of a choice are too large")?;
            self.set(option, |len| Piece::Option { upto, len });
        }
        *rest = rest.strip_prefix(close).ok_or_else(|| format!("{open:?} without {close:?}"))?;
        if open == '[' {
            upto = upto.checked_mul(2).ok_or("the weights of a choice are too large")?;
            self.tape.pieces.push(Piece::Option { upto, len: 1 });
        }
        self.set(choice, |len| Piece::Pick { total: upto, len });
        Ok(())
    }

    /// Writes a piece that knows how many pieces there are from its place to here.
    fn set(&mut self, place: usize, piece: impl FnOnce(u32) -> Piece) {
        let len = (self.tape.pieces.len() - place) as u32;
        if let Some(written) = self.tape.pieces.get_mut(place) {
            *written = piece(len);
        }
    }
}

#[cfg(test)]
mod tests {
    use goalconvo_core::{Key, Purpose};

    use super::*;

    const RULES: &str = r#"
a = ["", "2: x", "6: y @polite"]
b = ["(p|q~3)[ r] {a}"]
"#;

    fn rules() -> Rules {
        let varieties =
            super::super::varieties::parse(("varieties.toml", "[[variety]]\nname = \"here\"\n")).unwrap();
        Rules::parse(&[("rules.toml", RULES)], &varieties[0]).unwrap()
    }

    /// What the pieces say when every choice is drawn.
    fn said(rules: &Rules, pieces: Range<u32>, taste: &Taste, rng: &mut Rng) -> String {
        let (mut text, mut at) = (String::new(), pieces.start as usize);
        while at < pieces.end as usize {
            match rules.piece(at).unwrap() {
                Piece::Text { start, len } => text.push_str(rules.text(start, len)),
                Piece::Rule(rule) => {
                    let drawn = rules.draw(rule, taste, rng).unwrap().pieces.clone();
                    text.push_str(&said(rules, drawn, taste, rng));
                }
                Piece::Pick { total, len } => {
                    let left = rng.below(usize::from(total)) as u16;
                    text.push_str(&said(rules, rules.option(at, left), taste, rng));
                    at += len as usize - 1;
                }
                piece => panic!("{piece:?}"),
            }
            at += 1;
        }
        text
    }

    #[test]
    fn options_are_drawn_by_weight_and_tags_by_taste() {
        let rules = rules();
        let mut rng = Key { seed: 1, index: 0 }.rng(0, Purpose::Words);
        let share = |taste: [u32; TAGS.len()], part: &str, rng: &mut Rng| {
            let rule = rules.id("b").unwrap();
            let text = |rng: &mut Rng| {
                let drawn = rules.draw(rule, &Taste(taste), rng).unwrap().pieces.clone();
                said(&rules, drawn, &Taste(taste), rng)
            };
            (0..4_000).filter(|_| text(rng).contains(part)).count() / 40
        };
        let plain = [100; TAGS.len()];
        assert!((73..=77).contains(&share(plain, "q", &mut rng)));
        assert!((47..=53).contains(&share(plain, " r", &mut rng)));
        assert!((20..=25).contains(&share(plain, "x", &mut rng)));
        assert!((64..=69).contains(&share(plain, "y", &mut rng)));
        assert_eq!(share([0; TAGS.len()], "y", &mut rng), 0);
    }

    #[test]
    fn the_first_alternative_is_the_first_of_the_pack_even_when_it_is_empty() {
        let rules = rules();
        assert!(rules.first(rules.id("a").unwrap()).unwrap().pieces.is_empty());
    }

    #[test]
    fn a_pack_in_good_order_has_no_findings_and_one_that_is_not_has() {
        let rules = rules();
        assert_eq!(rules.lint(&[rules.id("b").unwrap()]), Vec::<String>::new());
        assert_eq!(rules.lint(&[rules.id("a").unwrap()]), ["nothing uses the rule \"b\""]);
    }
}

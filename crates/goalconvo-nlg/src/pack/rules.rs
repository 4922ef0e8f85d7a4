//! Grammar rules: names with weighted alternatives, compiled to trees that expand without look-ups by name.
//!
//! An alternative is written `3: I('m| am) looking for {np}[, please]. @polite`: its weight (1 when left out), text
//! with `(a|b)` choices, `[a]` half of the time, `{name}` a rule or a hole, and tags that make it likelier for some
//! speakers. A weight inside a choice is written `(a|b~3)`.

use std::collections::BTreeMap;

use goalconvo_core::Rng;
use toml::Spanned;

use super::{PackFile, Variety, toml};
use crate::Error;

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

/// A piece of an alternative.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(Box<str>),
    Hole(Hole),
    Rule(RuleId),
    /// One of several, each behind its weight and those of the ones before it together.
    Pick(Vec<(u32, Vec<Node>)>),
}

/// One alternative of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Alternative {
    pub(crate) weight: u32,
    /// Its weight and those of the ones before it together.
    upto: u32,
    /// Bits of [`TAGS`].
    pub(crate) tags: u8,
    pub(crate) nodes: Vec<Node>,
    /// How rare it is among those of its rule: minus the binary logarithm of its share, rounded down.
    pub(crate) bits: u32,
}

impl Node {
    /// Text in it with a space too many: two together, or one before a sign.
    fn gap(&self) -> Option<&str> {
        match self {
            Node::Text(text) => {
                let signs = [" .", " ,", " ?", " !"].iter().any(|gap| text.contains(gap));
                (signs || text.contains("  ")).then_some(&**text)
            }
            Node::Pick(options) => options.iter().flat_map(|(_, nodes)| nodes).find_map(Node::gap),
            Node::Hole(_) | Node::Rule(_) => None,
        }
    }

    /// The rules that it uses.
    fn rules(&self, found: &mut Vec<RuleId>) {
        match self {
            Node::Text(_) | Node::Hole(_) => {}
            Node::Rule(rule) => found.push(*rule),
            Node::Pick(options) => {
                options.iter().flat_map(|(_, nodes)| nodes).for_each(|node| node.rules(found));
            }
        }
    }
}

/// All rules of a pack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    ids: BTreeMap<String, RuleId>,
    rules: Vec<Vec<Alternative>>,
    /// Whether any of a rule's alternatives has a tag.
    tagged: Vec<bool>,
}

type Raw = BTreeMap<String, Vec<Spanned<String>>>;

impl Rules {
    pub(crate) const fn none() -> Self {
        Rules { ids: BTreeMap::new(), rules: Vec::new(), tagged: Vec::new() }
    }

    /// The rules of some files as a variety writes them.
    pub(crate) fn parse(files: &[PackFile<'_>], variety: &Variety) -> Result<Self, Error> {
        let mut all = Vec::new();
        let mut ids = BTreeMap::new();
        for file in files {
            for (name, alternatives) in toml::<Raw>(*file)? {
                if alternatives.is_empty() || ids.insert(name.clone(), all.len() as RuleId).is_some() {
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
        let mut rules = Vec::new();
        for (file, alternatives) in &all {
            let compiled = alternatives.iter().map(|text| {
                alternative(&variety.respell(text.get_ref()), &ids)
                    .map_err(|message| Error::pack(file.0, file.1, text.span().start, message))
            });
            let mut compiled = compiled.collect::<Result<Vec<_>, _>>()?;
            weigh(&mut compiled);
            rules.push(compiled);
        }
        let tagged =
            rules.iter().map(|rule: &Vec<Alternative>| rule.iter().any(|one| one.tags != 0)).collect();
        Ok(Rules { ids, rules, tagged })
    }

    /// The rule of this name.
    ///
    /// # Errors
    /// The pack has none.
    pub(crate) fn id(&self, name: &str) -> Result<RuleId, Error> {
        self.ids.get(name).copied().ok_or_else(|| Error::pack("grammar", "", 0, format!("no rule {name:?}")))
    }

    /// The alternatives of a rule.
    pub(crate) fn alternatives(&self, rule: RuleId) -> &[Alternative] {
        self.rules.get(rule as usize).map_or(&[], Vec::as_slice)
    }

    /// What a linguist should look at: rules that nothing reaches, alternatives that stand twice, spaces that pile up.
    pub(crate) fn lint(&self, starts: &[RuleId]) -> Vec<String> {
        let mut reached = vec![false; self.rules.len()];
        let mut open: Vec<RuleId> = starts.to_vec();
        while let Some(rule) = open.pop() {
            let Some(known) = reached.get_mut(rule as usize) else { continue };
            if !std::mem::replace(known, true) {
                let nodes = self.alternatives(rule).iter().flat_map(|alternative| &alternative.nodes);
                nodes.for_each(|node| node.rules(&mut open));
            }
        }
        let mut findings = Vec::new();
        for (name, rule) in &self.ids {
            if !reached.get(*rule as usize).copied().unwrap_or(false) {
                findings.push(format!("nothing uses the rule {name:?}"));
            }
            let alternatives = self.alternatives(*rule);
            if alternatives.iter().all(|alternative| alternative.weight == 0) {
                findings.push(format!("the rule {name:?} has no weight at all"));
            }
            let shapes: Vec<String> = alternatives.iter().map(|one| format!("{:?}", one.nodes)).collect();
            let twice = shapes.iter().enumerate().filter(|(at, shape)| shapes[..*at].contains(shape));
            findings.extend(twice.map(|(at, _)| format!("alternative {} of {name:?} stands twice", at + 1)));
            for (at, alternative) in alternatives.iter().enumerate() {
                let gap = alternative.nodes.iter().find_map(Node::gap);
                findings.extend(gap.map(|gap| format!("alternative {} of {name:?}: {gap:?}", at + 1)));
            }
        }
        findings
    }

    /// Draws an alternative: by weight, times what the speaker thinks of its tags.
    pub(crate) fn draw(&self, rule: RuleId, taste: &Taste, rng: &mut Rng) -> Option<&Alternative> {
        let alternatives = self.alternatives(rule);
        let drawn = match self.tagged.get(rule as usize) {
            Some(false) => draw_upto(alternatives, |one| one.upto, rng),
            _ => {
                let weights = alternatives.iter().map(|alternative| taste.weight(alternative));
                rng.weighted(weights).and_then(|at| alternatives.get(at))
            }
        };
        drawn.or_else(|| alternatives.first())
    }
}

/// What a speaker thinks of each tag, in percent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste(pub(crate) [u32; TAGS.len()]);

impl Taste {
    fn weight(&self, alternative: &Alternative) -> u32 {
        let mut weight = alternative.weight * 100;
        let mut tags = alternative.tags;
        while tags != 0 {
            let tag = tags.trailing_zeros() as usize;
            weight = weight * self.0.get(tag).copied().unwrap_or(100) / 100;
            tags &= tags - 1;
        }
        weight
    }
}

/// One of several in proportion to their weights, where each knows its own and those before it together.
pub(crate) fn draw_upto<'a, T>(all: &'a [T], upto: impl Fn(&T) -> u32, rng: &mut Rng) -> Option<&'a T> {
    let total = all.last().map(&upto).filter(|total| *total > 0)?;
    let left = rng.below(total as usize) as u32;
    all.get(all.partition_point(|one| upto(one) <= left))
}

fn weigh(alternatives: &mut [Alternative]) {
    let total: u32 = alternatives.iter().map(|one| one.weight).sum();
    let mut upto = 0;
    for one in alternatives {
        upto += one.weight;
        one.upto = upto;
        one.bits = (total / one.weight.max(1)).checked_ilog2().unwrap_or(0);
    }
}

fn alternative(text: &str, ids: &BTreeMap<String, RuleId>) -> Result<Alternative, String> {
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
    let nodes = sequence(&mut rest, ids)?;
    match rest.is_empty() {
        true => Ok(Alternative { weight, upto: 0, tags, nodes, bits: 0 }),
        false => Err(format!("unexpected {rest:?} in {text:?}")),
    }
}

fn sequence(rest: &mut &str, ids: &BTreeMap<String, RuleId>) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    while let Some(first) = rest.chars().next() {
        match first {
            '|' | ')' | ']' | '~' => break,
            '(' | '[' => nodes.push(choice(rest, first, ids)?),
            '{' => {
                let (name, after) = rest[1..].split_once('}').ok_or("'{' without '}'")?;
                *rest = after;
                nodes.push(reference(name, ids)?);
            }
            _ => {
                let end = rest.find(['(', ')', '[', ']', '|', '{', '~']).unwrap_or(rest.len());
                let (literal, after) = rest.split_at(end);
                nodes.push(Node::Text(literal.into()));
                *rest = after;
            }
        }
    }
    Ok(nodes)
}

fn reference(name: &str, ids: &BTreeMap<String, RuleId>) -> Result<Node, String> {
    // A hole comes before a rule of the same name: what fills `{it}` may be the rule "it", or the intent's own word.
    if let Some((_, hole)) = HOLES.iter().find(|(known, _)| *known == name) {
        return Ok(Node::Hole(*hole));
    }
    let rule = ids.get(name).map(|id| Node::Rule(*id));
    rule.ok_or_else(|| format!("{{{name}}} is neither a rule nor a hole"))
}

fn choice(rest: &mut &str, open: char, ids: &BTreeMap<String, RuleId>) -> Result<Node, String> {
    let close = if open == '(' { ')' } else { ']' };
    let mut options = Vec::new();
    while rest.starts_with([open, '|']) {
        *rest = &rest[1..];
        let nodes = sequence(rest, ids)?;
        let mut weight = 1;
        if let Some(after) = rest.strip_prefix('~') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            weight = after[..end].parse().map_err(|_| "'~' without a weight")?;
            *rest = &after[end..];
        }
        options.push((weight, nodes));
    }
    *rest = rest.strip_prefix(close).ok_or_else(|| format!("{open:?} without {close:?}"))?;
    if open == '[' {
        let weight = options.iter().map(|(weight, _)| weight).sum();
        options.push((weight, Vec::new()));
    }
    let mut upto = 0;
    for (weight, _) in &mut options {
        upto += *weight;
        *weight = upto;
    }
    Ok(Node::Pick(options))
}

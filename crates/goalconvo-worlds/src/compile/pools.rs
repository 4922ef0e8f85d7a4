//! Words that compiled worlds are made of where a schema brings none: places with what belongs to them, topics, jobs,
//! names. All of them are our own, or geography.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::model::Part;
use crate::domain::Files;

/// A city with what has to agree with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub city: &'static str,
    pub country: &'static str,
    pub currency: &'static str,
    pub airport: &'static str,
}

/// The places.
pub(super) fn places() -> &'static [Place] {
    static PLACES: OnceLock<Vec<Place>> = OnceLock::new();
    PLACES.get_or_init(|| {
        let place = |line: &'static str| {
            let mut cells = line.split(',');
            let mut cell = || cells.next();
            Some(Place { city: cell()?, country: cell()?, currency: cell()?, airport: cell()? })
        };
        include_str!("pools/places.csv").lines().filter_map(place).collect()
    })
}

/// What a text is within a place, if it is a city, a country, a currency or an airport known here.
pub(super) fn part_of(text: &str) -> Option<Part> {
    places().iter().find_map(|place| match text {
        text if text == place.city => Some(Part::City),
        text if text == place.country => Some(Part::Country),
        text if text == place.currency => Some(Part::Currency),
        text if text == place.airport => Some(Part::Airport),
        _ => None,
    })
}

/// The currencies of the places, each once.
pub(super) fn currencies() -> &'static [&'static str] {
    static POOL: OnceLock<Vec<&'static str>> = OnceLock::new();
    POOL.get_or_init(|| each_once(|place| place.currency))
}

/// The countries of the places, each once.
pub(super) fn countries() -> &'static [&'static str] {
    static POOL: OnceLock<Vec<&'static str>> = OnceLock::new();
    POOL.get_or_init(|| each_once(|place| place.country))
}

fn each_once(part: impl Fn(&Place) -> &'static str) -> Vec<&'static str> {
    places().iter().map(part).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A list of words of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Topics,
    Jobs,
    Companies,
    Dishes,
    Industries,
    Phrases,
    Languages,
    Airlines,
}

impl Pool {
    /// The line whose turn it is.
    pub fn line(self, turn: usize) -> &'static str {
        let lines = self.lines();
        lines.get(turn % lines.len().max(1)).copied().unwrap_or_default()
    }

    /// Its lines.
    pub fn lines(self) -> &'static [&'static str] {
        static POOLS: [OnceLock<Vec<&'static str>>; 8] = [const { OnceLock::new() }; 8];
        let lines = || self.text().lines().filter(|line| !line.is_empty()).collect();
        POOLS.get(self as usize).map_or(&[], |pool| pool.get_or_init(lines))
    }

    fn text(self) -> &'static str {
        match self {
            Pool::Topics => include_str!("pools/topics.txt"),
            Pool::Jobs => include_str!("pools/jobs.txt"),
            Pool::Companies => include_str!("pools/companies.txt"),
            Pool::Dishes => include_str!("pools/dishes.txt"),
            Pool::Industries => include_str!("pools/industries.txt"),
            Pool::Phrases => include_str!("pools/phrases.txt"),
            Pool::Airlines => {
                "Aurelia Air\nBluefen Airways\nCaspian Wings\nDovetail Air\nEmberline Airways\nFalkirk Air\n\
                 Greenlark Airlines\nHalcyon Airways\nIsland Hopper\nJunipa Air\nKestrel Airlines\nLarkspur Air\n\
                 Meridian Wings\nNorthlight Airways\nOsprey Air\nPellucid Airlines\nQuayside Air\nRedwing Airways\n\
                 Silverfin Airlines\nTernhaven Air\nUmbra Airways\nVesper Airlines\nWestmoor Air\nZephyrine Airways"
            }
            Pool::Languages => {
                "French\nGerman\nSpanish\nPortuguese\nDutch\nSwedish\nDanish\nNorwegian\nFinnish\nPolish\nCzech\n\
                 Hungarian\nRomanian\nBulgarian\nGreek\nUkrainian\nArabic\nPersian\nUrdu\nBengali\nTamil\nThai\n\
                 Vietnamese\nMalay\nMandarin\nJapanese\nKorean\nSwahili\nIcelandic\nIrish"
            }
        }
    }
}

/// The lines of a pool that all domains share, such as `full_names`.
pub(super) fn shared(name: &str) -> Vec<String> {
    let files = Files::from_memory("pools", []);
    let path = format!("../pools/{name}.txt");
    let text = files.iter().find(|(known, _)| *known == path).map_or("", |(_, text)| text);
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The values of a text whose schema says no more than a name with this word, where such texts have values.
pub(super) fn of_field(word: &str) -> Option<&'static [String]> {
    static FIELDS: OnceLock<BTreeMap<&'static str, Vec<String>>> = OnceLock::new();
    let read = || {
        let lines = include_str!("pools/fields.txt").lines().filter(|line| !line.starts_with('#'));
        let fields = lines.filter_map(|line| line.split_once(':')).flat_map(|(names, values)| {
            let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
            names.split_whitespace().map(move |name| (name, values.clone()))
        });
        fields.collect()
    };
    FIELDS.get_or_init(read).get(word).map(Vec::as_slice)
}

/// Full names of people, invented.
pub(super) fn people() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| shared("full_names"))
}

/// Words before a made-up name's noun.
pub(super) fn adjectives() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| shared("adjectives"))
}

/// Nouns of made-up names.
pub(super) fn creatures() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| shared("creatures"))
}

/// Street names.
pub(super) fn streets() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| shared("streets"))
}

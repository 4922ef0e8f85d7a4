//! Distributions: how long dialogues and utterances are, which acts and slots they hold.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Turn};
use goalconvo_metrics::text::Tokens;
use goalconvo_metrics::{Bootstrap, BootstrappedMean};

use super::Subject;
use super::figure::{Cell, Figure, Found, HEAD, Picture, Table, described, entry, legend_name, panel};
use super::gallery::Gallery;
use crate::figures::{Bar, Bin, Chart, Curve, Curves, Row, number};

/// The distributions of turns, tokens, acts and slots.
pub fn spread<'a>(gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Vec<Figure> {
    let turns = Numbers {
        slug: "7-turns",
        title: "Figure 7. Utterances in a dialogue",
        axis: "utterances in a dialogue",
        item: "dialogues",
        of: |dialogue| vec![dialogue.said().count() as u64],
    };
    let tokens = Numbers {
        slug: "8-tokens",
        title: "Figure 8. Tokens in an utterance",
        axis: "tokens in an utterance, user and assistant together",
        item: "utterances",
        of: |dialogue| dialogue.said().map(|(_, text)| Tokens::Words.hashes(text).len() as u64).collect(),
    };
    let acts = Names { slug: "9-acts", title: "Figure 9. Dialogue acts", what: "dialogue acts", of: acts };
    let slots =
        Names { slug: "10-slots", title: "Figure 10. Slots", what: "slots in dialogue acts", of: slots };
    vec![
        turns.figure(gallery, subjects),
        tokens.figure(gallery, subjects),
        acts.figure(gallery, subjects),
        slots.figure(gallery, subjects),
    ]
}

/// A distribution of numbers.
struct Numbers {
    slug: &'static str,
    title: &'static str,
    axis: &'static str,
    item: &'static str,
    of: fn(&Dialogue) -> Vec<u64>,
}

/// At most so many bins.
const BINS: u64 = 18;

impl Numbers {
    fn figure<'a>(&self, gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Figure {
        // Of each dialogue of each dataset.
        let numbers: Vec<Vec<Vec<u64>>> =
            subjects.iter().map(|subject| subject.dialogues.iter().map(self.of).collect()).collect();
        let head = vec!["range", "dataset", "share", "n", "examples"];
        let mut table = Table { head, rows: Vec::new() };
        let Some(ranges) = Ranges::of(numbers.iter().flatten().flatten().copied().collect()) else {
            return self.of_picture(Err("nothing is said in any dialogue".to_owned()), table);
        };
        let bin = |at: usize| Bin { label: ranges.label(at), target: None, tip: ranges.label(at) };
        let mut bins: Vec<Bin> = (0..ranges.count).map(bin).collect();
        let mut curves = Vec::new();
        for (subject, numbers) in subjects.iter().zip(&numbers) {
            let counts = ranges.counts(numbers.iter().flatten());
            let total: u64 = counts.iter().sum();
            let share = |count: u64| count as f64 / total.max(1) as f64;
            for (at, bin) in bins.iter_mut().enumerate() {
                let holds = |own: &Vec<u64>| own.iter().any(|number| ranges.place(*number) == at);
                let first = numbers.iter().position(holds);
                let why = format!("the first with {} {}", ranges.label(at), self.axis);
                let example = first.and_then(|first| gallery.show(subject, first, why));
                bin.target = bin.target.take().or_else(|| Some(example.as_ref()?.id.clone()));
                bin.tip += &format!(" · {}: {:.1} %", subject.name, 100.0 * share(counts[at]));
                table.rows.push(vec![
                    Cell::Text(bin.label.clone()),
                    Cell::Text(subject.name.clone()),
                    Cell::Text(number(share(counts[at]))),
                    Cell::Text(counts[at].to_string()),
                    Cell::Examples(example.into_iter().collect()),
                ]);
            }
            let name = format!("{} ({total} {})", subject.name, self.item);
            let shares = counts.into_iter().map(share).collect();
            curves.push(Curve { series: subject.place, name, shares });
        }
        let description = format!(
            "Lines of the share of {} by {}. The numbers are in the table below.",
            self.item, self.axis
        );
        let (title, axis) = (self.title.to_owned(), self.axis.to_owned());
        self.of_picture(Ok(Picture::Curves(Curves { title, description, axis, bins, curves })), table)
    }

    fn of_picture(&self, picture: Result<Picture, String>, table: Table) -> Figure {
        let caption = format!("Share of {} in each range.", self.item);
        Figure { slug: self.slug.to_owned(), title: self.title.to_owned(), caption, picture, table }
    }
}

/// Ranges of equal width; the last one also holds the one in a hundred numbers that lie beyond it.
struct Ranges {
    low: u64,
    width: u64,
    count: usize,
    is_open: bool,
}

impl Ranges {
    fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let (low, most) = (*numbers.first()?, *numbers.last()?);
        let high = numbers[numbers.len() * 99 / 100];
        let width = (high - low + 1).div_ceil(BINS).max(1);
        let count = (high - low) / width + 1;
        Some(Ranges { low, width, count: count as usize, is_open: most >= low + count * width })
    }

    fn place(&self, number: u64) -> usize {
        (number.saturating_sub(self.low) / self.width).min(self.count as u64 - 1) as usize
    }

    fn counts<'a>(&self, numbers: impl Iterator<Item = &'a u64>) -> Vec<u64> {
        let mut counts = vec![0; self.count];
        numbers.for_each(|number| counts[self.place(*number)] += 1);
        counts
    }

    fn label(&self, at: usize) -> String {
        let from = self.low + at as u64 * self.width;
        match (self.is_open && at + 1 == self.count, self.width) {
            (true, _) => format!("≥{from}"),
            (_, 1) => from.to_string(),
            (_, width) => format!("{from}–{}", from + width - 1),
        }
    }
}

/// A distribution of names.
struct Names {
    slug: &'static str,
    title: &'static str,
    what: &'static str,
    of: fn(&Dialogue) -> Vec<String>,
}

/// So many names are shown, the commonest first.
const MOST: usize = 18;

impl Names {
    fn figure<'a>(&self, gallery: &mut Gallery<'a>, subjects: &[&'a Subject]) -> Figure {
        let counted: Vec<Counted> = subjects.iter().map(|subject| Counted::of(subject, self.of)).collect();
        let mut table = Table { head: HEAD.to_vec(), rows: Vec::new() };
        let mut order: BTreeMap<&String, f64> = BTreeMap::new();
        for counted in &counted {
            for (name, count) in &counted.names {
                let share = *count as f64 / counted.total as f64;
                let most = order.entry(name).or_insert(share);
                *most = most.max(share);
            }
        }
        let mut order: Vec<(&String, f64)> = order.into_iter().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        let left_out = order.len().saturating_sub(MOST);
        order.truncate(MOST);
        if order.is_empty() {
            return self.of_picture(Err(format!("no dialogue is annotated with {}", self.what)), table, 0);
        }
        let mut rows = Vec::new();
        for (name, _) in order {
            let mut bars = Vec::new();
            for (subject, counted) in subjects.iter().zip(&counted) {
                bars.push(self.bar(gallery, subject, counted, name, &mut table));
            }
            rows.push(Row { label: name.clone(), bars });
        }
        let panels = vec![panel("Share", &format!("of all {}", self.what), None, rows)];
        let series = subjects.iter().map(|subject| (subject.place, legend_name(subject))).collect();
        let description = described(&panels, subjects);
        let chart = Chart { title: self.title.to_owned(), description, series, panels };
        self.of_picture(Ok(Picture::Bars(chart)), table, left_out)
    }

    fn of_picture(&self, picture: Result<Picture, String>, table: Table, left_out: usize) -> Figure {
        let mut caption = format!("Share of each among all {}.", self.what);
        if left_out > 0 {
            caption += &format!(" The {MOST} commonest; {left_out} more are rarer.");
        }
        Figure { slug: self.slug.to_owned(), title: self.title.to_owned(), caption, picture, table }
    }

    fn bar<'a>(
        &self,
        gallery: &mut Gallery<'a>,
        subject: &'a Subject,
        counted: &Counted,
        name: &String,
        table: &mut Table,
    ) -> Bar {
        let state = counted.state(name);
        let value = match counted.total {
            0 => Err(format!("not annotated with {}", self.what)),
            _ => state.mean().ok_or_else(|| "undefined for this data".to_owned()),
        };
        let interval = state.interval_up_to(1.0).filter(|_| value.is_ok());
        let first = counted.dialogues.iter().position(|own| own.contains_key(name));
        let example = first.and_then(|at| gallery.show(subject, at, format!("the first with “{name}”")));
        let found = Found { value, interval, n: counted.total };
        let examples = example.into_iter().collect();
        let (bar, row) = entry(subject, name, Cell::Text(name.clone()), (found, examples));
        table.rows.push(row);
        bar
    }
}

/// How often each name occurs in a dataset, and in each of its dialogues.
struct Counted {
    names: BTreeMap<String, u64>,
    total: u64,
    dialogues: Vec<BTreeMap<String, u64>>,
    weights: Vec<Vec<u8>>,
}

impl Counted {
    fn of(subject: &Subject, names_of: fn(&Dialogue) -> Vec<String>) -> Self {
        let mut counted =
            Counted { names: BTreeMap::new(), total: 0, dialogues: Vec::new(), weights: Vec::new() };
        for (at, dialogue) in subject.dialogues.iter().enumerate() {
            let mut own: BTreeMap<String, u64> = BTreeMap::new();
            for name in names_of(dialogue) {
                counted.total += 1;
                *counted.names.entry(name.clone()).or_default() += 1;
                *own.entry(name).or_default() += 1;
            }
            counted.dialogues.push(own);
            counted.weights.push(Bootstrap::default().weights(at as u64));
        }
        counted
    }

    /// The share of a name, with its interval over dialogues.
    fn state(&self, name: &str) -> BootstrappedMean {
        let mut state = BootstrappedMean::default();
        for (own, weights) in self.dialogues.iter().zip(&self.weights) {
            let count = own.get(name).copied().unwrap_or(0);
            state.push_ratio(count as f64, own.values().sum::<u64>() as f64, weights);
        }
        state
    }
}

fn acts(dialogue: &Dialogue) -> Vec<String> {
    let of = |side: &str, said: &goalconvo_core::Utterance| -> Vec<String> {
        let name =
            |act: &goalconvo_core::Act| serde_json::to_value(act.act).ok()?.as_str().map(str::to_owned);
        said.acts.iter().filter_map(name).map(|name| format!("{side}: {}", name.replace('_', " "))).collect()
    };
    let turns = dialogue.turns.iter().flat_map(|turn| match turn {
        Turn::User(said) => of("user", said),
        Turn::Assistant(said) => of("assistant", said),
        Turn::Tool(_) | Turn::Garbled { .. } => Vec::new(),
    });
    turns.collect()
}

fn slots(dialogue: &Dialogue) -> Vec<String> {
    let turns = dialogue.turns.iter().filter_map(|turn| match turn {
        Turn::User(said) | Turn::Assistant(said) => Some(&said.acts),
        Turn::Tool(_) | Turn::Garbled { .. } => None,
    });
    let named = turns.flatten().filter_map(|act| {
        let slot = act.slot.as_ref()?;
        Some(act.domain.as_ref().map_or_else(|| slot.to_string(), |domain| format!("{domain} {slot}")))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_lies_in_one_range_and_the_last_is_open() {
        let check = |numbers: Vec<u64>, labels: &[&str], counts: &[u64]| {
            let ranges = Ranges::of(numbers.clone()).unwrap();
            assert_eq!((0..ranges.count).map(|at| ranges.label(at)).collect::<Vec<_>>(), labels);
            assert_eq!(ranges.counts(numbers.iter()), counts);
        };
        check(vec![3, 3, 5], &["3", "4", "5"], &[2, 0, 1]);
        check(vec![7], &["7"], &[1]);
        let mut long: Vec<u64> = (0..400).map(|at| at % 2).collect();
        long.push(90);
        check(long, &["0", "≥1"], &[200, 201]);
        let wide = Ranges::of((0..40).collect()).unwrap();
        assert_eq!((wide.count, wide.label(0)), (14, "0–2".to_owned()));
        assert!(Ranges::of(Vec::new()).is_none());
    }
}

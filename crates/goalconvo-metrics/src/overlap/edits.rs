//! Edit distance inside a beam around the diagonal, with its trace: the inner loop of the translation edit rate.

/// One step from hypothesis to reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// The words agree.
    Keep,
    /// One word for the other.
    Substitute,
    /// A hypothesis word that the reference lacks.
    DropHypothesis,
    /// A reference word that the hypothesis lacks.
    InsertReference,
}

const UNREACHED: u32 = u32::MAX / 2;
const BEAM: usize = 25;

/// The matrix of edit distances between prefixes, `(words + 1) × (reference + 1)`.
#[derive(Debug, Clone)]
pub(super) struct EditMatrix<'a> {
    reference: &'a [u32],
    words: usize,
    cells: Vec<(u32, Operation)>,
}

impl<'a> EditMatrix<'a> {
    /// An unfilled matrix for hypotheses of `words` words.
    pub(super) fn new(words: usize, reference: &'a [u32]) -> Self {
        let mut cells = vec![(UNREACHED, Operation::Keep); (words + 1) * (reference.len() + 1)];
        for (j, cell) in cells.iter_mut().enumerate().take(reference.len() + 1) {
            *cell = (j as u32, Operation::InsertReference);
        }
        Self { reference, words, cells }
    }

    pub(super) fn reference(&self) -> &'a [u32] {
        self.reference
    }

    /// Takes over the rows of the first `words` words from another matrix.
    pub(super) fn copy_rows(&mut self, other: &Self, words: usize) {
        let end = (words + 1) * self.width();
        self.cells[..end].copy_from_slice(&other.cells[..end]);
    }

    /// Fills the rows after the first `known` words.
    pub(super) fn fill(&mut self, words: &[u32], known: usize) {
        let width = self.width();
        let ratio = self.reference.len() as f64 / words.len().max(1) as f64;
        let beam =
            if (BEAM as f64) < ratio / 2.0 { (ratio / 2.0 + BEAM as f64).ceil() as usize } else { BEAM };
        for i in known + 1..=words.len() {
            let diagonal = (i as f64 * ratio).floor() as usize;
            let from = diagonal.saturating_sub(beam);
            let to = if i == words.len() { width } else { width.min(diagonal + beam) };
            let (above, row) = self.cells[(i - 1) * width..(i + 1) * width].split_at_mut(width);
            row.fill((UNREACHED, Operation::Keep));
            for j in from..to {
                row[j] = cheapest(above, row, j, j > 0 && words[i - 1] == self.reference[j - 1]);
            }
        }
    }

    /// The distance between all words and all of the reference.
    pub(super) fn distance(&self) -> u32 {
        self.cells.last().map_or(0, |cell| cell.0)
    }

    /// The steps of a cheapest way, first to last.
    pub(super) fn trace(&self) -> Vec<Operation> {
        let (mut i, mut j, mut steps) = (self.words, self.reference.len(), Vec::new());
        while i > 0 || j > 0 {
            let step = self.cells[i * self.width() + j].1;
            steps.push(step);
            i -= usize::from(step != Operation::InsertReference && i > 0);
            j -= usize::from(step != Operation::DropHypothesis && j > 0);
        }
        steps.reverse();
        steps
    }

    fn width(&self) -> usize {
        self.reference.len() + 1
    }
}

/// The cheapest of the three ways into a cell; the first of equals in the order substitute, drop, insert.
fn cheapest(above: &[(u32, Operation)], row: &[(u32, Operation)], j: usize, same: bool) -> (u32, Operation) {
    let dropped = (above[j].0 + 1, Operation::DropHypothesis);
    if j == 0 {
        return dropped;
    }
    let replaced = match same {
        true => (above[j - 1].0, Operation::Keep),
        false => (above[j - 1].0 + 1, Operation::Substitute),
    };
    let inserted = (row[j - 1].0 + 1, Operation::InsertReference);
    let best = if dropped.0 < replaced.0 { dropped } else { replaced };
    if inserted.0 < best.0 { inserted } else { best }
}

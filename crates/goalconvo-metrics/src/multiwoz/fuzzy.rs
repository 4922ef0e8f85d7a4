//! Fuzzy comparison of names as the package fuzzywuzzy 0.18 does it on top of Levenshtein 0.27: the best similarity of
//! the shorter text with a window of the longer one, tried only where an optimal edit path aligns the two.

/// Similarity in whole percent.
#[must_use]
pub fn partial_ratio(left: &str, right: &str) -> u32 {
    if left == right {
        return 100;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let (shorter, longer) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let windows = window_starts(&shorter, &longer).into_iter().map(|start| {
        let end = (start + shorter.len()).min(longer.len());
        similarity(&shorter, &longer[start..end])
    });
    let best = windows.fold(0.0, f64::max);
    if best > 0.995 { 100 } else { (100.0 * best).round_ties_even() as u32 }
}

/// Whether [`partial_ratio`] is at least `percent`; most pairs are told apart by the letters they share, without
/// aligning them.
#[must_use]
pub(super) fn is_similar(left: &str, right: &str, percent: u32) -> bool {
    let (shorter, longer) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let mut left_over = [0_i32; 256];
    longer.bytes().for_each(|b| left_over[usize::from(b)] += 1);
    let mut shared = 0;
    for b in shorter.bytes() {
        let slot = &mut left_over[usize::from(b)];
        shared += i32::from(*slot > 0);
        *slot -= 1;
    }
    // A window is no longer than the shorter text, so what both share bounds the similarity. Only for ASCII is a byte
    // a character.
    let bound = f64::from(shared) / shorter.len().max(1) as f64;
    let apart = left.is_ascii()
        && right.is_ascii()
        && !shorter.is_empty()
        && 100.0 * bound + 1.0 < f64::from(percent);
    !apart && partial_ratio(left, right) >= percent
}

/// `2 · LCS / (lengths)`; two empty texts are alike.
fn similarity(left: &[char], right: &[char]) -> f64 {
    let lengths = left.len() + right.len();
    if lengths == 0 {
        return 1.0;
    }
    let mut row = vec![0_usize; right.len() + 1];
    for a in left {
        let mut diagonal = 0;
        for (j, b) in right.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    2.0 * row[right.len()] as f64 / lengths as f64
}

/// Where in the longer text the shorter one would begin, for each run of equal characters on the edit path, and for the
/// ends of both.
fn window_starts(shorter: &[char], longer: &[char]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = None;
    for (i, j) in equal_characters(shorter, longer) {
        if before != Some((i.wrapping_sub(1), j.wrapping_sub(1))) {
            starts.push(j.saturating_sub(i));
        }
        before = Some((i, j));
    }
    starts.push(longer.len() - shorter.len());
    starts
}

/// The pairs of positions that an optimal edit path leaves as they are, first to last. Among optimal paths the one that
/// the Levenshtein package takes: common ends are put aside, then from the back a deletion is preferred to an insertion
/// and an insertion to a substitution.
fn equal_characters(from: &[char], to: &[char]) -> Vec<(usize, usize)> {
    let prefix = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let (inner_from, inner_to) = (&from[prefix..], &to[prefix..]);
    let suffix = inner_from.iter().rev().zip(inner_to.iter().rev()).take_while(|(a, b)| a == b).count();
    let (inner_from, inner_to) =
        (&inner_from[..inner_from.len() - suffix], &inner_to[..inner_to.len() - suffix]);
    let mut pairs: Vec<(usize, usize)> = (0..prefix).map(|i| (i, i)).collect();
    pairs.extend(kept(inner_from, inner_to).into_iter().map(|(i, j)| (i + prefix, j + prefix)));
    pairs.extend((0..suffix).map(|k| (from.len() - suffix + k, to.len() - suffix + k)));
    pairs
}

fn kept(from: &[char], to: &[char]) -> Vec<(usize, usize)> {
    let distances = distances(from, to);
    let (mut i, mut j, mut pairs) = (from.len(), to.len(), Vec::new());
    while i > 0 && j > 0 {
        if distances[j][i] == distances[j][i - 1] + 1 {
            i -= 1;
            continue;
        }
        j -= 1;
        if j > 0 && distances[j][i] + 1 == distances[j][i - 1] {
            continue;
        }
        i -= 1;
        if from[i] == to[j] {
            pairs.push((i, j));
        }
    }
    pairs.reverse();
    pairs
}

/// Edit distances between prefixes: `[length in to][length in from]`.
fn distances(from: &[char], to: &[char]) -> Vec<Vec<usize>> {
    let mut rows = vec![(0..=from.len()).collect::<Vec<usize>>()];
    for (j, b) in to.iter().enumerate() {
        let above = &rows[j];
        let mut row = vec![j + 1];
        for (i, a) in from.iter().enumerate() {
            let replaced = above[i] + usize::from(a != b);
            row.push(replaced.min(above[i + 1] + 1).min(row[i] + 1));
        }
        rows.push(row);
    }
    rows
}

//! What the rules are made of, told to who fits their weights.

use super::{Alternative, Piece, Rules, span};

impl Rules {
    /// The number of one of the alternatives.
    pub(crate) fn number(&self, one: &Alternative) -> usize {
        self.alternatives.iter().position(|known| std::ptr::eq(known, one)).unwrap_or_default()
    }

    /// Tells what the alternatives are made of.
    pub(super) fn tell(&self) {
        for (name, id) in &self.ids {
            let Some(rule) = self.rules.get(usize::from(*id)) else { continue };
            let groups = rule.groups.iter().flat_map(|group| span(&group.alternatives));
            for number in groups {
                let Some(alternative) = self.alternatives.get(number) else { continue };
                let at = |(place, piece): (usize, &Piece)| match piece {
                    Piece::Pick { .. } => Some(format!("P{}", alternative.pieces.start as usize + place)),
                    Piece::Option { .. } => {
                        Some(format!("O{}", alternative.pieces.start as usize + place + 1))
                    }
                    _ => None,
                };
                let pieces: Vec<String> =
                    self.pieces(alternative).iter().enumerate().filter_map(at).collect();
                crate::derivation::table(name, number, alternative.origin, &pieces.join(" "));
            }
        }
    }
}

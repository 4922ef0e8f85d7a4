//! Colours by what they are for. The palette is Okabe and Ito's, which people with any colour vision can tell apart;
//! each series has a hatch, a dash and a marker too, so that it survives a grey printer.

/// So many datasets can be told apart in one figure, the reference among them.
pub const SERIES: usize = 6;

/// What a mark is drawn for; light and dark surfaces give it different colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// Words.
    Text,
    /// Words of less weight.
    Muted,
    /// Lines behind the data.
    Grid,
    /// What everything lies on.
    Surface,
    /// Intervals and other lines on top of bars.
    Over,
    /// A dataset, by its place; the last place is the reference's.
    Series(usize),
}

/// Colours of the series on a light surface, the reference's last.
const LIGHT: [&str; SERIES] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5c5c5c"];
/// The same on a dark surface.
const DARK: [&str; SERIES] = ["#56b4e9", "#e69f00", "#10b586", "#cc79a7", "#f0e442", "#a9a9a9"];

impl Ink {
    /// Every ink.
    pub fn all() -> impl Iterator<Item = Ink> {
        let series = (0..SERIES).map(Ink::Series);
        [Ink::Text, Ink::Muted, Ink::Grid, Ink::Surface, Ink::Over].into_iter().chain(series)
    }

    /// The class in an SVG.
    pub fn class(self) -> String {
        match self {
            Ink::Text => "t".to_owned(),
            Ink::Muted => "m".to_owned(),
            Ink::Grid => "g".to_owned(),
            Ink::Surface => "b".to_owned(),
            Ink::Over => "o".to_owned(),
            Ink::Series(at) => format!("s{}", at.min(SERIES - 1)),
        }
    }

    /// The colour on a light surface, or on a dark one, as `#rrggbb`.
    pub fn colour(self, dark: bool) -> &'static str {
        match (self, dark) {
            (Ink::Text | Ink::Over, false) => "#1b1b1b",
            (Ink::Text | Ink::Over, true) => "#ececec",
            (Ink::Muted, false) => "#5a5f66",
            (Ink::Muted, true) => "#a8aeb6",
            (Ink::Grid, false) => "#dcdfe3",
            (Ink::Grid, true) => "#3a3f46",
            (Ink::Surface, false) => "#ffffff",
            (Ink::Surface, true) => "#16181c",
            (Ink::Series(at), false) => LIGHT[at.min(SERIES - 1)],
            (Ink::Series(at), true) => DARK[at.min(SERIES - 1)],
        }
    }
}

/// How the bars of a series are filled beside their colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hatch {
    Plain,
    Rising,
    Dots,
    Upright,
    Crossed,
    Falling,
}

/// The hatch of a series.
pub(super) fn hatch(series: usize) -> Hatch {
    match series {
        0 => Hatch::Plain,
        1 => Hatch::Rising,
        2 => Hatch::Dots,
        3 => Hatch::Upright,
        4 => Hatch::Crossed,
        _ => Hatch::Falling,
    }
}

/// The dash of a series' line: drawn and left out, in points; empty for a whole line.
pub(super) fn dash(series: usize) -> &'static [f64] {
    match series {
        0 => &[],
        1 => &[7.0, 3.0],
        2 => &[2.0, 2.5],
        3 => &[9.0, 3.0, 2.0, 3.0],
        4 => &[4.0, 4.0],
        _ => &[11.0, 4.0],
    }
}

/// The channels of `#rrggbb`.
#[cfg(feature = "pictures")]
pub(super) fn rgb(colour: &str) -> [u8; 3] {
    let number = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or(0);
    [(number >> 16) as u8, (number >> 8) as u8, number as u8]
}

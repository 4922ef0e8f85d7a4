//! Words as outlines, from a font that is part of this program: pictures look the same on a machine without fonts.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::Anchor;

/// A step of an outline, in the points of the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Move([f64; 2]),
    Line([f64; 2]),
    Curve([f64; 2], [f64; 2], [f64; 2]),
    Close,
}

/// The two weights of the font, read once for a picture.
pub(super) struct Font {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Font {
    /// The font; none if it could not be read, which would be a mistake in how this program was built.
    pub(super) fn open() -> Option<Self> {
        let regular = Face::parse(dejavu::sans::regular(), 0).ok()?;
        let bold = Face::parse(dejavu::sans::bold(), 0).ok()?;
        Some(Font { regular, bold })
    }

    /// The outlines of a line of words. A character that the font lacks gets its empty box.
    pub(super) fn outline(
        &self,
        text: &str,
        at: [f64; 2],
        size: f64,
        anchor: Anchor,
        bold: bool,
    ) -> Vec<Step> {
        let face = if bold { &self.bold } else { &self.regular };
        // DejaVu is wider than most: at this size it takes the room that the layout gave.
        let scale = 0.94 * size / f64::from(face.units_per_em());
        let glyphs: Vec<GlyphId> = text.chars().map(|c| face.glyph_index(c).unwrap_or(GlyphId(0))).collect();
        let advance = |glyph: GlyphId| f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
        let width: f64 = glyphs.iter().map(|glyph| advance(*glyph)).sum();
        let mut x = match anchor {
            Anchor::Start => at[0],
            Anchor::Middle => at[0] - width / 2.0,
            Anchor::End => at[0] - width,
        };
        let mut pen = Pen { steps: Vec::new(), origin: [x, at[1]], scale, last: [0.0; 2] };
        for glyph in glyphs {
            pen.origin[0] = x;
            face.outline_glyph(glyph, &mut pen);
            x += advance(glyph);
        }
        pen.steps
    }
}

struct Pen {
    steps: Vec<Step>,
    origin: [f64; 2],
    scale: f64,
    last: [f64; 2],
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> [f64; 2] {
        [self.origin[0] + f64::from(x) * self.scale, self.origin[1] - f64::from(y) * self.scale]
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = self.place(x, y);
        self.steps.push(Step::Move(self.last));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.last = self.place(x, y);
        self.steps.push(Step::Line(self.last));
    }

    /// A quadratic curve, written as the cubic one that is the same.
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (start, control, end) = (self.last, self.place(x1, y1), self.place(x, y));
        let towards = |from: [f64; 2]| {
            [from[0] + 2.0 / 3.0 * (control[0] - from[0]), from[1] + 2.0 / 3.0 * (control[1] - from[1])]
        };
        self.steps.push(Step::Curve(towards(start), towards(end), end));
        self.last = end;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.last = self.place(x, y);
        self.steps.push(Step::Curve(self.place(x1, y1), self.place(x2, y2), self.last));
    }

    fn close(&mut self) {
        self.steps.push(Step::Close);
    }
}

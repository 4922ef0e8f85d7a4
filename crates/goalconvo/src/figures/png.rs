//! Scenes as PNG, on a light surface.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

use super::outline::{Font, Step};
use super::{Ink, Mark, Scene};

/// Pixels for each point.
const SHARP: f32 = 2.0;

/// The scene as a PNG with two pixels a point; none when it has no area.
pub fn png(scene: &Scene) -> Option<Vec<u8>> {
    let side = |length: f64| (length as f32 * SHARP).ceil() as u32;
    let mut canvas = Canvas {
        pixels: Pixmap::new(side(scene.width), side(scene.height))?,
        font: Font::open()?,
        transform: Transform::from_scale(SHARP, SHARP),
    };
    canvas.pixels.fill(colour(Ink::Surface));
    scene.marks.iter().for_each(|mark| canvas.draw(mark));
    encoded(&canvas.pixels)
}

struct Canvas {
    pixels: Pixmap,
    font: Font,
    transform: Transform,
}

impl Canvas {
    fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Box { at: [x, y, w, h], ink } => {
                self.fill(shape(&[vec![[*x, *y], [x + w, *y], [x + w, y + h], [*x, y + h]]], true), *ink);
            }
            Mark::Shapes { shapes, ink } => self.fill(shape(shapes, true), *ink),
            Mark::Lines { lines, ink, width, dash } => {
                let dash: Vec<f32> = dash.iter().map(|length| *length as f32).collect();
                let dash = StrokeDash::new(dash, 0.0);
                let stroke = Stroke { width: *width as f32, dash, ..Stroke::default() };
                if let Some(path) = shape(lines, false) {
                    self.pixels.stroke_path(&path, &paint(*ink), &stroke, self.transform, None);
                }
            }
            Mark::Words { at, text, size, ink, anchor, bold } => {
                let steps = self.font.outline(text, *at, *size, *anchor, *bold);
                self.fill(outline(&steps), *ink);
            }
            Mark::Link { marks, .. } => marks.iter().for_each(|mark| self.draw(mark)),
            Mark::Area(_) => {}
        }
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint(ink), FillRule::Winding, self.transform, None);
        }
    }
}

fn shape(lines: &[Vec<[f64; 2]>], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for line in lines {
        for (at, [x, y]) in line.iter().enumerate() {
            let (x, y) = (*x as f32, *y as f32);
            if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        if closed {
            path.close();
        }
    }
    path.finish()
}

fn outline(steps: &[Step]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let f = |[x, y]: [f64; 2]| (x as f32, y as f32);
    for step in steps {
        match step {
            Step::Move(to) => path.move_to(f(*to).0, f(*to).1),
            Step::Line(to) => path.line_to(f(*to).0, f(*to).1),
            Step::Curve(a, b, to) => {
                path.cubic_to(f(*a).0, f(*a).1, f(*b).0, f(*b).1, f(*to).0, f(*to).1);
            }
            Step::Close => path.close(),
        }
    }
    path.finish()
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour(ink));
    paint
}

fn colour(ink: Ink) -> tiny_skia::Color {
    let [r, g, b] = super::ink::rgb(ink.colour(false));
    tiny_skia::Color::from_rgba8(r, g, b, 255)
}

/// Pixels as a PNG without transparency.
fn encoded(pixels: &Pixmap) -> Option<Vec<u8>> {
    let (width, height) = (pixels.width(), pixels.height());
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::new(9));
    for row in pixels.pixels().chunks(width as usize) {
        let mut line = vec![0];
        row.iter().for_each(|pixel| line.extend([pixel.red(), pixel.green(), pixel.blue()]));
        rows.write_all(&line).ok()?;
    }
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits a channel, three channels, the only compression and filter there are, not interlaced.
    head.extend([8, 2, 0, 0, 0]);
    // Pixels a metre: 144 an inch.
    let dense = [5669_u32.to_be_bytes(), 5669_u32.to_be_bytes(), [1, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &head);
    chunk(&mut file, *b"pHYs", &dense[..9]);
    chunk(&mut file, *b"IDAT", &rows.finish().ok()?);
    chunk(&mut file, *b"IEND", &[]);
    Some(file)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let mut body = name.to_vec();
    body.extend_from_slice(data);
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(&body);
    file.extend(crc32fast::hash(&body).to_be_bytes());
}

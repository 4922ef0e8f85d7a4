//! Scenes as PDF, on a light surface: one page of the figure's size, everything in vectors, words as outlines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::outline::{Font, Letter, Step};
use super::svg::short;
use super::{Ink, Mark, Scene};

/// The scene as a PDF file; none if the program's font could not be read.
pub fn pdf(scene: &Scene) -> Option<Vec<u8>> {
    let mut page = Page { stream: String::new(), font: Font::open()?, letters: BTreeMap::new() };
    // From here on places count from the upper left, as in the scene.
    let _ = writeln!(page.stream, "1 0 0 -1 0 {} cm", short(scene.height));
    scene.marks.iter().for_each(|mark| page.draw(mark));
    let (width, height) = (short(scene.width), short(scene.height));
    let named = page.letters.values().map(|number| format!("/g{number} {} 0 R", FIXED + number));
    let letters = named.collect::<String>();
    let first = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Resources<</XObject<<{letters}>>>>/Contents 4 0 R>>"
    );
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        first.into_bytes(),
        packed("", &page.stream)?,
        format!("<</Title{}/Producer(goalconvo)>>", text(&scene.title)).into_bytes(),
    ];
    let mut letters: Vec<(Letter, usize)> = page.letters.iter().map(|(l, number)| (*l, *number)).collect();
    letters.sort_by_key(|(_, number)| *number);
    for (letter, _) in letters {
        let form = "/Type/XObject/Subtype/Form/BBox[-4096 -4096 8192 8192]";
        objects.push(packed(form, &outline(&page.font.outline(letter)))?);
    }
    Some(file(&objects))
}

/// Objects before those of letters, which count from 1 too.
const FIXED: usize = 5;

/// The object with the document's name.
const INFO: usize = 5;

/// A stream object, compressed.
fn packed(entries: &str, stream: &str) -> Option<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(9));
    packed.write_all(stream.as_bytes()).ok()?;
    let packed = packed.finish().ok()?;
    let length = packed.len();
    let mut object = format!("<<{entries}/Length {length}/Filter/FlateDecode>>\nstream\n").into_bytes();
    object.extend(packed);
    object.extend(b"\nendstream");
    Some(object)
}

/// The outline of a letter, filled in whatever colour it is used with.
fn outline(steps: &[Step]) -> String {
    let place = |[x, y]: [f64; 2]| format!("{} {}", short(x), short(y));
    let mut path = String::new();
    for step in steps {
        path += &match step {
            Step::Move(to) => format!("{} m ", place(*to)),
            Step::Line(to) => format!("{} l ", place(*to)),
            Step::Curve(a, b, to) => format!("{} {} {} c ", place(*a), place(*b), place(*to)),
            Step::Close => "h ".to_owned(),
        };
    }
    path + "f"
}

/// Objects with the table of where they are.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", at + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let count = objects.len() + 1;
    file.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    places.iter().for_each(|place| file.extend(format!("{place:010} 00000 n \n").bytes()));
    file.extend(
        format!("trailer\n<</Size {count}/Root 1 0 R/Info {INFO} 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    file
}

/// A text in UTF-16, which every reader knows.
fn text(text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{units}>")
}

struct Page {
    stream: String,
    font: Font,
    /// The letters that are used, each with its number: every shape is in the file once.
    letters: BTreeMap<Letter, usize>,
}

impl Page {
    fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Box { at, ink } => {
                self.colour(*ink, "rg");
                let [x, y, w, h] = at.map(short);
                let _ = writeln!(self.stream, "{x} {y} {w} {h} re f");
            }
            Mark::Shapes { shapes, ink } => {
                self.colour(*ink, "rg");
                self.path(shapes, " h");
                self.stream.push_str("f\n");
            }
            Mark::Lines { lines, ink, width, dash } => {
                self.colour(*ink, "RG");
                let dash: Vec<String> = dash.iter().map(|length| short(*length)).collect();
                let _ = writeln!(self.stream, "{} w [{}] 0 d", short(*width), dash.join(" "));
                self.path(lines, "");
                self.stream.push_str("S\n");
            }
            Mark::Words { at, text, size, ink, anchor, bold } => {
                self.colour(*ink, "rg");
                let scale = self.font.scale(*size, *bold);
                for (letter, [x, y]) in self.font.set(text, *at, *size, *anchor, *bold) {
                    let next = self.letters.len() + 1;
                    let number = *self.letters.entry(letter).or_insert(next);
                    let (x, y) = (short(x), short(y));
                    let _ = writeln!(self.stream, "q {scale:.6} 0 0 {scale:.6} {x} {y} cm /g{number} Do Q");
                }
            }
            Mark::Link { marks, .. } => marks.iter().for_each(|mark| self.draw(mark)),
            Mark::Area(_) => {}
        }
    }

    fn colour(&mut self, ink: Ink, operator: &str) {
        let channels = super::ink::rgb(ink.colour(false)).map(|channel| short(f64::from(channel) / 255.0));
        let _ = writeln!(self.stream, "{} {operator}", channels.join(" "));
    }

    fn path(&mut self, lines: &[Vec<[f64; 2]>], end: &str) {
        for line in lines {
            for (at, [x, y]) in line.iter().enumerate() {
                let operator = if at == 0 { "m" } else { "l" };
                let _ = write!(self.stream, "{} {} {operator} ", short(*x), short(*y));
            }
            self.stream.push_str(end);
            self.stream.push('\n');
        }
    }
}

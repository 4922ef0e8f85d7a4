//! Scenes as PDF, on a light surface: one page of the figure's size, everything in vectors, words as outlines.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::outline::{Font, Step};
use super::svg::short;
use super::{Ink, Mark, Scene};

/// The scene as a PDF file; none if the program's font could not be read.
pub fn pdf(scene: &Scene) -> Option<Vec<u8>> {
    let mut page = Page { stream: String::new(), font: Font::open()? };
    // From here on places count from the upper left, as in the scene.
    let _ = writeln!(page.stream, "1 0 0 -1 0 {} cm", short(scene.height));
    scene.marks.iter().for_each(|mark| page.draw(mark));
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(9));
    packed.write_all(page.stream.as_bytes()).ok()?;
    let packed = packed.finish().ok()?;
    let (width, height) = (short(scene.width), short(scene.height));
    let mut content = format!("<</Length {}/Filter/FlateDecode>>\nstream\n", packed.len()).into_bytes();
    content.extend(packed);
    content.extend(b"\nendstream");
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Resources<<>>/Contents 4 0 R>>")
            .into_bytes(),
        content,
        format!("<</Title{}/Producer(goalconvo)>>", text(&scene.title)).into_bytes(),
    ];
    Some(file(&objects))
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
    let last = objects.len();
    file.extend(
        format!("trailer\n<</Size {count}/Root 1 0 R/Info {last} 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
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
                let steps = self.font.outline(text, *at, *size, *anchor, *bold);
                self.outline(&steps);
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

    fn outline(&mut self, steps: &[Step]) {
        let place = |[x, y]: [f64; 2]| format!("{} {}", short(x), short(y));
        for step in steps {
            let _ = match step {
                Step::Move(to) => write!(self.stream, "{} m ", place(*to)),
                Step::Line(to) => write!(self.stream, "{} l ", place(*to)),
                Step::Curve(a, b, to) => {
                    write!(self.stream, "{} {} {} c ", place(*a), place(*b), place(*to))
                }
                Step::Close => write!(self.stream, "h "),
            };
        }
        self.stream.push_str("f\n");
    }
}

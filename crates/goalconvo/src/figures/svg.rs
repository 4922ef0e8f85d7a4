//! Scenes as SVG: inside a page, where the page's style colours them, or alone, with a style of their own that follows
//! the reader's light or dark setting.

use std::fmt::Write as _;

use super::{Anchor, Ink, Mark, Scene};

/// The style that colours scenes inside a page: the page defines the colours as `--ink-…`.
pub const STYLE: &str =
    "svg.fig{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif}";

/// What may be written between tags and in quoted attributes. Characters that no XML may hold become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if (c as u32) < 0x20 || (0xfffe..=0xffff).contains(&(c as u32)) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A scene for a page. `id` is unique in the page; `class` says for which widths it is.
pub fn svg_inline(scene: &Scene, id: &str, class: &str) -> String {
    let Scene { width, height, .. } = scene;
    let mut svg = format!(
        "<svg class=\"fig {class}\" viewBox=\"0 0 {} {}\" role=\"group\" aria-labelledby=\"{id}-t {id}-d\">",
        short(*width),
        short(*height)
    );
    head(&mut svg, scene, id);
    scene.marks.iter().for_each(|mark| write_mark(&mut svg, mark, true));
    svg + "</svg>"
}

/// A scene as a file of its own; links have nowhere to lead there and are left out.
pub fn svg_alone(scene: &Scene) -> String {
    let Scene { width, height, .. } = scene;
    let [width, height] = [width, height].map(|length| short(*length));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fig\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"f-t f-d\">"
    );
    head(&mut svg, scene, "f");
    let _ = write!(
        svg,
        "<style>{STYLE}{}@media(prefers-color-scheme:dark){{{}}}</style>",
        colours(false),
        colours(true)
    );
    let _ = write!(svg, "<rect class=\"fb\" width=\"{width}\" height=\"{height}\"/>");
    scene.marks.iter().for_each(|mark| write_mark(&mut svg, mark, false));
    svg + "</svg>\n"
}

/// Rules that give each ink its colour.
pub(crate) fn colours(dark: bool) -> String {
    let rule = |ink: Ink| {
        let (class, colour) = (ink.class(), ink.colour(dark));
        format!(".fig .f{class}{{fill:{colour}}}.fig .l{class}{{stroke:{colour}}}")
    };
    Ink::all().map(rule).collect()
}

fn head(svg: &mut String, scene: &Scene, id: &str) {
    let (title, description) = (escape(&scene.title), escape(&scene.description));
    let _ = write!(svg, "<title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>");
}

fn write_mark(svg: &mut String, mark: &Mark, linked: bool) {
    match mark {
        Mark::Box { at: [x, y, w, h], ink } => {
            let [x, y, w, h] = [x, y, w, h].map(|length| short(*length));
            let class = ink.class();
            let _ =
                write!(svg, "<rect class=\"f{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>");
        }
        Mark::Lines { lines, ink, width, dash } => {
            let class = ink.class();
            let dash: Vec<String> = dash.iter().map(|length| short(*length)).collect();
            let dash = match dash.is_empty() {
                true => String::new(),
                false => format!(" stroke-dasharray=\"{}\"", dash.join(" ")),
            };
            let (path, width) = (path(lines, false), short(*width));
            let _ = write!(
                svg,
                "<path class=\"l{class}\" fill=\"none\" stroke-width=\"{width}\"{dash} d=\"{path}\"/>"
            );
        }
        Mark::Shapes { shapes, ink } => {
            let (class, path) = (ink.class(), path(shapes, true));
            let _ = write!(svg, "<path class=\"f{class}\" d=\"{path}\"/>");
        }
        Mark::Area(at) if linked => {
            let [x, y, w, h] = at.map(short);
            let _ = write!(svg, "<rect class=\"hit\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>");
        }
        Mark::Area(_) => {}
        Mark::Words { .. } => write_words(svg, mark),
        Mark::Link { target, tip, marks } => write_link(svg, target.as_deref(), tip, marks, linked),
    }
}

fn write_words(svg: &mut String, mark: &Mark) {
    let Mark::Words { at: [x, y], text, size, ink, anchor, bold } = mark else { return };
    let [x, y, size] = [x, y, size].map(|length| short(*length));
    let class = ink.class();
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if *bold { " font-weight=\"600\"" } else { "" };
    let text = escape(text);
    let _ = write!(
        svg,
        "<text class=\"f{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{anchor}{weight}>{text}</text>"
    );
}

fn write_link(svg: &mut String, target: Option<&str>, tip: &str, marks: &[Mark], linked: bool) {
    let target = target.filter(|_| linked);
    let tip = escape(tip);
    match target {
        Some(target) => {
            let target = escape(target);
            let _ = write!(svg, "<a href=\"#{target}\" data-tip=\"{tip}\" aria-label=\"{tip}\">");
        }
        None => svg.push_str("<g>"),
    }
    let _ = write!(svg, "<title>{tip}</title>");
    marks.iter().for_each(|mark| write_mark(svg, mark, linked));
    svg.push_str(if target.is_some() { "</a>" } else { "</g>" });
}

fn path(lines: &[Vec<[f64; 2]>], closed: bool) -> String {
    let mut path = String::new();
    for line in lines {
        for (at, [x, y]) in line.iter().enumerate() {
            path.push(if at == 0 { 'M' } else { 'L' });
            let _ = write!(path, "{} {}", short(*x), short(*y));
        }
        if closed {
            path.push('Z');
        }
    }
    path
}

/// A length with at most two digits after the point.
pub(super) fn short(length: f64) -> String {
    let text = format!("{length:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

//! The page: one HTML file that loads nothing, runs only the script that it was written with, and says the same with
//! scripts off.

use std::fmt::Write as _;

use goalconvo_core::ContentHash;

use super::figure::{Cell, Figure, Table};
use super::{Exhibition, Subject, paper, talk};
use crate::figures::{STYLE, colours, escape, svg_inline};

const SCRIPT: &str = include_str!("page.js");

/// Widths of a figure on a page for tables and screens, and for telephones, in points.
const WIDTHS: [(&str, f64); 2] = [("wide", 960.0), ("narrow", 350.0)];

/// The whole page.
pub fn page(shown: &Exhibition<'_>) -> String {
    let style = style();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(ContentHash::of(style.as_bytes())),
        base64(ContentHash::of(SCRIPT.as_bytes()))
    );
    let title = title(&shown.subjects);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the figures</a>\n",
        escape(&policy),
        title = escape(&title)
    );
    head(&mut html, shown, &title);
    html.push_str("<main id=\"main\">\n");
    glance(&mut html, &shown.subjects);
    shown.figures.iter().for_each(|figure| figure_section(&mut html, figure));
    every_figure(&mut html, shown);
    examples(&mut html, shown);
    html.push_str("</main>\n");
    footer(&mut html);
    let _ = write!(
        html,
        "<dialog id=\"viewer\" aria-label=\"Example dialogue\"><div class=\"bar\"><p><span></span><small></small></p>\
         <form method=\"dialog\"><button autofocus>Close</button></form></div><div class=\"body\"></div></dialog>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    html
}

fn style() -> String {
    let css = include_str!("page.css").replace('\n', "");
    let (light, dark) = (colours(false), colours(true));
    format!("{css}{STYLE}{light}@media screen and (prefers-color-scheme:dark){{{dark}}}")
}

fn title(subjects: &[&Subject]) -> String {
    let own: Vec<&str> =
        subjects.iter().filter(|s| !s.is_reference()).map(|subject| subject.name.as_str()).collect();
    let reference = subjects.iter().find(|subject| subject.is_reference());
    let against = reference.map_or(String::new(), |subject| format!(" against {}", subject.name));
    format!("{}{against}", own.join(", "))
}

fn head(html: &mut String, shown: &Exhibition<'_>, title: &str) {
    let counts: Vec<String> = shown
        .subjects
        .iter()
        .map(|subject| {
            let role = if subject.is_reference() { ", the reference" } else { "" };
            format!("{}{role}: {} dialogues", subject.name, subject.dialogues.len())
        })
        .collect();
    let _ = write!(
        html,
        "<header><h1>{}</h1><p class=\"lead\">{}.</p><p class=\"lead\">Every figure with n and a 95 % interval over \
         dialogues. What was not computed says why and is never shown as 0. Click a bar to read a dialogue behind it.</p></header>\n<nav aria-label=\"Contents\"><ul><li><a href=\"#glance\">At a glance</a></li>",
        escape(title),
        escape(&counts.join(" · "))
    );
    for figure in &shown.figures {
        let short = figure.title.strip_prefix("Figure ").unwrap_or(&figure.title);
        let _ = write!(html, "<li><a href=\"#{}\">{}</a></li>", escape(&figure.slug), escape(short));
    }
    html.push_str(
        "<li><a href=\"#every\">Every figure</a></li><li><a href=\"#examples\">Examples</a></li></ul></nav>\n",
    );
}

/// The paper's table, turned on its side: datasets beside each other.
fn glance(html: &mut String, subjects: &[&Subject]) {
    html.push_str(
        "<section id=\"glance\" aria-labelledby=\"glance-h\"><h2 id=\"glance-h\">At a glance</h2>\
         <p class=\"caption\">The columns of Table 6.1 of the GoalConvo paper, as far as they can be measured.</p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"At a glance\"><table class=\"glance\"><thead><tr><th scope=\"col\">figure</th>",
    );
    for subject in subjects {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escape(&subject.name));
    }
    html.push_str("</tr></thead><tbody>");
    for (heading, cells) in paper::rows(subjects) {
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", escape(heading));
        for cell in cells {
            let note = escape(&cell.note);
            let _ = match cell.n {
                Some(n) => {
                    let interval = cell.interval.map_or(String::new(), |interval| format!("{interval}, "));
                    let (value, rest) = (escape(&cell.value), escape(&format!("{interval}n = {n}")));
                    write!(html, "<td title=\"{note}\">{value}<small>{rest}</small></td>")
                }
                None => {
                    write!(html, "<td class=\"absent\">{}<small>{note}</small></td>", escape(&cell.value))
                }
            };
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div></section>\n");
}

fn figure_section(html: &mut String, figure: &Figure) {
    let slug = escape(&figure.slug);
    let _ = write!(
        html,
        "<section id=\"{slug}\" aria-labelledby=\"{slug}-h\"><h2 id=\"{slug}-h\">{}</h2><p class=\"caption\">{}</p>",
        escape(&figure.title),
        escape(&figure.caption)
    );
    match &figure.picture {
        Ok(picture) => {
            for (class, width) in WIDTHS {
                html.push_str(&svg_inline(&picture.scene(width), &format!("{slug}-{class}"), class));
            }
            html.push_str("<details class=\"numbers\"><summary>The numbers, and more examples</summary>");
            table(html, &figure.table, &figure.title);
            html.push_str("</details>");
        }
        Err(reason) => {
            let _ = write!(html, "<p class=\"none\">Not computed: {}.</p>", escape(reason));
        }
    }
    html.push_str("</section>\n");
}

fn table(html: &mut String, table: &Table, name: &str) {
    let _ = write!(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers of {}\"><table><thead><tr>",
        escape(name)
    );
    table.head.iter().for_each(|head| {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    });
    html.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        html.push_str("<tr>");
        row.iter().for_each(|cell| table_cell(html, cell));
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
}

fn table_cell(html: &mut String, cell: &Cell) {
    let _ = match cell {
        Cell::Text(text) if text.starts_with("not computed") => {
            write!(html, "<td class=\"absent\">{}</td>", escape(text))
        }
        Cell::Text(text) => write!(html, "<td>{}</td>", escape(text)),
        Cell::Term(name, definition) => {
            write!(html, "<td>{}<small>{}</small></td>", escape(name), escape(definition))
        }
        Cell::Examples(examples) => {
            let link = |example: &super::gallery::Example| {
                let (id, tip) = (escape(&example.id), escape(&example.why));
                format!(
                    "<a href=\"#{id}\" data-tip=\"{tip}\" title=\"{tip}\">{}</a>",
                    escape(&example.dialogue)
                )
            };
            let links: Vec<String> = examples.iter().map(link).collect();
            write!(html, "<td class=\"num\">{}</td>", links.join(", "))
        }
    };
}

/// All figures by name, with their definitions: what the pictures leave out.
fn every_figure(html: &mut String, shown: &Exhibition<'_>) {
    html.push_str(
        "<section id=\"every\" aria-labelledby=\"every-h\"><h2 id=\"every-h\">Every figure</h2><p class=\"caption\">",
    );
    html.push_str(&escape(super::LEGEND));
    html.push_str(" Point at a name for its definition.</p><details><summary>The whole table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Every figure\"><table><thead><tr><th scope=\"col\">figure</th>");
    let comparison = shown.comparison();
    for name in &comparison.names {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escape(name));
    }
    html.push_str("</tr></thead><tbody>");
    for line in comparison.lines() {
        let definition =
            line.cells.iter().flatten().next().map(|measure| measure.definition.as_str()).unwrap_or_default();
        let _ = write!(
            html,
            "<tr><th scope=\"row\" title=\"{}\"><code>{}</code></th>",
            escape(definition),
            escape(line.name)
        );
        for at in 0..line.cells.len() {
            let (text, computed) = line.cell(at);
            let class = if computed { "num" } else { "absent" };
            let _ = write!(html, "<td class=\"{class}\">{}</td>", escape(&text));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div></details></section>\n");
}

fn examples(html: &mut String, shown: &Exhibition<'_>) {
    html.push_str(
        "<section id=\"examples\" class=\"examples\" aria-labelledby=\"examples-h\"><h2 id=\"examples-h\">Examples</h2>\
         <p class=\"caption\">The dialogues behind the figures. Marked words have evidence; point at them for where it is.</p>\n",
    );
    shown.gallery.shown().for_each(|example| html.push_str(&talk::example(example)));
    html.push_str("</section>\n");
}

fn footer(html: &mut String) {
    let _ = writeln!(
        html,
        "<footer><p>Made by goalconvo {}. This page loads nothing from anywhere. Colours: Okabe and Ito; every dataset also \
         has a hatch and a marker of its own.</p></footer>",
        env!("CARGO_PKG_VERSION")
    );
}

/// A hash as policies of pages write it.
fn base64(hash: ContentHash) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hex: Vec<u8> = hash.to_string().chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    let bytes: Vec<u8> = hex.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect();
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            (0..3).fold(0_u32, |number, at| number << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at > chunk.len() { '=' } else { letter as char });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_written_as_browsers_expect_them() {
        let check = |text: &str, expect: &str| assert_eq!(base64(ContentHash::of(text.as_bytes())), expect);
        check("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        check("abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}

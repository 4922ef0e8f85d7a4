//! `goalconvo report`: a page with figures, and the same figures as files.

use std::path::{Path, PathBuf};

use goalconvo_metrics::Settings;
use goalconvo_metrics::text::Tokens;
use goalconvo_store::{Form, write_whole};

use super::evaluate::{form, keep_inputs, tokens};
use crate::exhibit::{Asked, Exhibition, Figure, latex, markdown, subjects};
use crate::figures::{Scene, svg_alone};
use crate::{Context, Encoding, Error};

/// Measure a dataset and show it: one page with figures, tables and the dialogues behind them
///
/// The folder gets report.html (one file that loads nothing), figures/ (each figure as SVG, PNG and PDF), table-6-1.md
/// and table-6-1.tex, and figures.json. What was not computed says why; it is never shown as 0.
///
/// Example: goalconvo report runs/first --against runs/people --out runs/first-report
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to show, in the forms that `evaluate` reads; a run folder also shows how it was made
    data: PathBuf,
    /// What to measure it against, in the same forms
    #[arg(long, value_name = "REFERENCE")]
    against: Option<PathBuf>,
    /// Other datasets to show beside it, at most four
    #[arg(long, value_name = "DATA", num_args = 1..)]
    compare: Vec<PathBuf>,
    #[command(flatten)]
    encoding: Encoding,
    /// What DATA and those beside it are, where their content does not show it: a format of `evaluate`
    #[arg(long, value_name = "FORMAT", value_parser = form)]
    format: Option<Form>,
    /// How text is cut into the tokens of the lexical figures, as for `evaluate`
    #[arg(long, value_name = "TOKENS", default_value = "words", value_parser = tokens)]
    tokens: Tokens,
    /// Folder for the page, the figures and the tables
    #[arg(long, value_name = "DIR", required_unless_present = "html")]
    out: Option<PathBuf>,
    /// Write the page alone to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Points across a figure that is a file of its own.
const WIDTH: f64 = 960.0;

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    keep_inputs(args.html.as_deref(), std::iter::once(&args.data).chain(&args.compare).chain(&args.against))?;
    let data: Vec<&Path> = std::iter::once(&args.data).chain(&args.compare).map(PathBuf::as_path).collect();
    let subjects = subjects(Asked {
        data: &data,
        against: args.against.as_deref(),
        encoding: &args.encoding,
        form: args.format,
        settings: Settings { tokens: args.tokens, ..Settings::default() },
    })?;
    let shown = Exhibition::of(&subjects);
    let html = shown.html();
    if let Some(file) = &args.html {
        write_whole(file, html.as_bytes())?;
        writeln!(context.out, "{}", file.display())?;
    }
    if let Some(folder) = &args.out {
        make_folder(&folder.join("figures"))?;
        write_whole(&folder.join("report.html"), html.as_bytes())?;
        write_whole(&folder.join("table-6-1.md"), markdown(&shown.subjects).as_bytes())?;
        write_whole(&folder.join("table-6-1.tex"), latex(&shown.subjects).as_bytes())?;
        let figures = serde_json::to_vec_pretty(&shown.comparison().json())?;
        write_whole(&folder.join("figures.json"), &figures)?;
        let files = pictures(&shown.figures, &folder.join("figures"))?;
        writeln!(context.out, "{}", folder.join("report.html").display())?;
        writeln!(context.out, "{files} files of figures in {}", folder.join("figures").display())?;
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::bad_input(format!("create folder {}: {error}", folder.display())))
}

/// Each figure that there is in every form; returns how many files were written.
fn pictures(figures: &[Figure], folder: &Path) -> Result<usize, Error> {
    let mut files = 0;
    for figure in figures {
        let Ok(picture) = &figure.picture else { continue };
        let scene = picture.scene(WIDTH).framed();
        let mut forms = rasters(&scene, &figure.slug)?;
        forms.push(("svg", svg_alone(&scene).into_bytes()));
        for (ending, bytes) in forms {
            write_whole(&folder.join(format!("{}.{ending}", figure.slug)), &bytes)?;
            files += 1;
        }
    }
    Ok(files)
}

/// A file's ending and its bytes.
type Picture = (&'static str, Vec<u8>);

#[cfg(feature = "pictures")]
fn rasters(scene: &Scene, slug: &str) -> Result<Vec<Picture>, Error> {
    use crate::figures::{pdf, png};
    let bug = |form: &str| {
        Error::new(crate::Exit::Bug, format!("{slug}: this figure could not be drawn as {form}"))
    };
    Ok(vec![("png", png(scene).ok_or_else(|| bug("PNG"))?), ("pdf", pdf(scene).ok_or_else(|| bug("PDF"))?)])
}

#[cfg(not(feature = "pictures"))]
fn rasters(_: &Scene, slug: &str) -> Result<Vec<Picture>, Error> {
    crate::terminal::say(&format!("{slug}: SVG alone, this program was built without pictures"));
    Ok(Vec::new())
}

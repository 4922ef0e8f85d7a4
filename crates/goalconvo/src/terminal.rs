//! What a person sees: colours, a progress bar, and a clean end on Ctrl-C.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anstyle::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{Error, Exit};

/// What every verb gets besides its arguments.
pub struct Context {
    /// Standard output, buffered.
    pub out: Box<dyn Write>,
    /// Whether and how to colour it.
    pub paint: Paint,
    /// Columns of the terminal; 100 where there is none.
    pub width: usize,
}

impl Context {
    /// That of this process; `colour` when asked for or forbidden.
    pub fn new(colour: Option<bool>) -> Self {
        let out = std::io::BufWriter::new(std::io::stdout().lock());
        let colour = colour.unwrap_or_else(|| std::io::stdout().is_terminal());
        let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
        Context { out: Box::new(out), paint: Paint { colour }, width: width.clamp(60, 160) }
    }
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// Text in a style.
    pub fn text(self, style: Style, text: impl std::fmt::Display) -> String {
        let text = text.to_string();
        if self.colour && !text.trim().is_empty() { format!("{style}{text}{style:#}") } else { text }
    }
}

/// How often it is asked whether somebody wants the program to end.
pub(crate) const GLANCE: Duration = Duration::from_millis(200);

/// Whether somebody wants the program to end.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens to Ctrl-C and termination from now on. A second one ends the process at once.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> Result<Self, Error> {
        let stop = Stop::default();
        let flag = stop.0.clone();
        let heard = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                say(
                    "stopped at once, as asked a second time; what is written stays, and the same command continues",
                );
                std::process::exit(i32::from(Exit::Interrupted as u8));
            }
        });
        heard.map_err(|error| Error::new(Exit::Bug, format!("listen to Ctrl-C: {error}")))?;
        Ok(stop)
    }

    /// What comes of a future, unless somebody wants the program to end before: then it is dropped, and what it
    /// waited for with it.
    pub(crate) async fn or<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            came = future => Some(came),
            () = self.wait() => None,
        }
    }

    /// Ends when somebody wants the program to end.
    pub(crate) async fn wait(&self) {
        while !self.asked() {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Asks for it.
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How far it has got, on standard error: a bar on a terminal, else a line every few seconds.
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    started: Instant,
    said: Option<Instant>,
    from: u64,
}

/// So often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// Of `what`, from `done` to `total`.
    #[expect(clippy::disallowed_methods, reason = "the edge: people see how fast it goes, no record does")]
    pub fn new(what: &'static str, done: u64, total: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if terminal { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target).with_position(done);
        let style = ProgressStyle::with_template("{msg} {bar:32} {human_pos}/{human_len} {per_sec} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        bar.reset_eta();
        Progress { bar, what, started: Instant::now(), said: (!terminal).then(Instant::now), from: done }
    }

    /// Of `what`, nobody knows how many.
    pub fn counting(what: &'static str) -> Self {
        let progress = Progress::new(what, 0, 0);
        progress.bar.unset_length();
        let style = ProgressStyle::with_template("{msg} {spinner} {human_pos} {per_sec}");
        progress.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        progress
    }

    /// Shows that so many are done.
    #[expect(clippy::disallowed_methods, reason = "the edge: people see how fast it goes, no record does")]
    pub fn show(&mut self, done: u64) {
        self.bar.set_position(done);
        let now = Instant::now();
        if self.said.is_some_and(|said| now.duration_since(said) >= EVERY) {
            self.said = Some(now);
            let speed = self.rate(done);
            let total = self.bar.length().map(|total| format!("/{total}")).unwrap_or_default();
            say(&format!("{} {done}{total}, {speed:.0}/s", self.what));
        }
    }

    /// Shows that so many of so many are done.
    pub fn show_of(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.show(done);
    }

    /// So many a second since it began.
    #[expect(clippy::disallowed_methods, reason = "the edge: people see how fast it goes, no record does")]
    pub fn rate(&self, done: u64) -> f64 {
        let seconds = Instant::now().duration_since(self.started).as_secs_f64();
        (done - self.from) as f64 / seconds.max(1e-3)
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Says something to the person, beside the output. Where nobody listens any more, nothing is said.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The same in the midst of progress: what a terminal's last line shows of it gives way.
pub(crate) fn say_between(text: &str) {
    let clear = if std::io::stderr().is_terminal() { "\r\u{1b}[2K" } else { "" };
    let _ = writeln!(std::io::stderr(), "{clear}{}", harmless(text));
}

/// Text of strangers as a terminal may be given it: what would move its cursor, clear it, rename it or turn its
/// writing round is shown as U+FFFD, one for one.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_harmful) {
        Cow::Owned(
            text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

fn is_harmful(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_moves_a_terminal_is_replaced() {
        let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected);
        check("a place\nfor £5", "a place\nfor £5");
        check("\u{1b}[2J\u{1b}]0;owned\u{7}x", "\u{fffd}[2J\u{fffd}]0;owned\u{fffd}x");
        check("1\u{202e}2\u{9b}3\r", "1\u{fffd}2\u{fffd}3\u{fffd}");
    }
}

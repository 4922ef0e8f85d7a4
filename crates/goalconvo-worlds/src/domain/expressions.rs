//! Expressions of tools and tables: read, with every name looked up.

use goalconvo_core::Expr;

use super::fields::Text;
use super::problem::{Problems, Spot, suggest};

/// The expression, if it can be read and knows all its names.
pub(super) fn parse(
    text: &Text,
    is_known: impl Fn(&str) -> bool,
    known: &[&str],
    problems: &Problems,
) -> Option<Expr> {
    let expr = match Expr::parse(text) {
        Ok(expr) => expr,
        Err(error) => {
            // The text begins after its opening quote.
            let spot = Spot { file: text.spot.file, at: text.spot.at + 1 + error.at };
            problems.mistake(
                spot,
                format!("in the expression {:?}: expected {}", &**text, error.expected),
                "",
            );
            return None;
        }
    };
    let unknown: Vec<_> = expr.names().into_iter().filter(|name| !is_known(name)).cloned().collect();
    for name in &unknown {
        let at = text.spot.at + 1 + text.find(name.as_str()).unwrap_or(0);
        let spot = Spot { file: text.spot.file, at };
        problems.mistake(
            spot,
            format!("unknown name `{name}` in the expression {:?}", &**text),
            suggest(name, known.iter().copied()),
        );
    }
    unknown.is_empty().then_some(expr)
}

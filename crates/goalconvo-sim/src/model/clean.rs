//! What a model wrote, made into what is said: labels and quotes around it come off; who speaks for both sides is
//! told so.

use goalconvo_core::Role;
use goalconvo_llm::{Finish, Reply};

use super::voice::Objection;

/// Names that stand before a line of the user's, in small letters.
const USER: [&str; 4] = ["user", "customer", "client", "human"];
/// Names that stand before a line of the assistant's.
const ASSISTANT: [&str; 8] =
    ["assistant", "service", "agent", "support", "support agent", "system", "tool", "bot"];

/// The words of a reply, as this role says them.
pub(super) fn words(role: Role, reply: &Reply) -> Result<String, Objection> {
    if reply.finish == Finish::Length {
        return Err(Objection::new("it is too long and was cut off", reply));
    }
    let (own, other) = match role {
        Role::User => (&USER[..], &ASSISTANT[..]),
        Role::Assistant => (&ASSISTANT[..], &USER[..]),
    };
    let text = unlabelled(unquoted(reply.text.trim()), own);
    if text.lines().any(|line| label(line, other).is_some())
        || text.lines().skip(1).any(|line| label(line, own).is_some())
    {
        return Err(Objection::new("it speaks for the other side too", reply));
    }
    if text.contains("<think") || text.contains("</think") {
        return Err(Objection::new("it holds thoughts", reply));
    }
    let text = match role {
        // People write chat messages in one line.
        Role::User => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Role::Assistant => text.trim().to_owned(),
    };
    // Dots and dashes are silence too.
    if text.contains(char::is_alphanumeric) { Ok(text) } else { Err(Objection::new("it is empty", reply)) }
}

/// Without one pair of quotes around the whole.
fn unquoted(text: &str) -> &str {
    for (open, close) in [('"', '"'), ('“', '”'), ('\'', '\'')] {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        if let Some(inner) = inner.filter(|inner| !inner.contains([open, close])) {
            return inner.trim();
        }
    }
    text
}

fn unlabelled<'a>(text: &'a str, own: &[&str]) -> &'a str {
    label(text, own).map_or(text, |length| unquoted(text.get(length..).unwrap_or_default().trim()))
}

/// The bytes of a label such as `**User:**` that a line begins with.
fn label(line: &str, names: &[&str]) -> Option<usize> {
    let colon = line.find(':')?;
    let name = line.get(..colon)?.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let rest = line.get(colon + 1..)?;
    let marks = rest.len() - rest.trim_start_matches('*').len();
    names.contains(&name.as_str()).then_some(colon + 1 + marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, text: &str, expect: Result<&str, &str>) {
        let found = words(role, &Reply::said(text));
        assert_eq!(found.as_deref().map_err(|objection| objection.reason.as_str()), expect);
    }

    #[test]
    fn labels_and_quotes_come_off() {
        check(Role::User, " \"A cheap one,\nplease.\" ", Ok("A cheap one, please."));
        check(Role::User, "**User:** \"Hi\"", Ok("Hi"));
        check(Role::User, "Customer: yes", Ok("yes"));
        check(Role::Assistant, "Assistant: Which day?\n- Monday", Ok("Which day?\n- Monday"));
        check(Role::User, "At 19:30: is that fine?", Ok("At 19:30: is that fine?"));
        check(Role::User, "I wait at the bus STOP nearby", Ok("I wait at the bus STOP nearby"));
        check(Role::User, "\"Yes\" he said, \"fine\"", Ok("\"Yes\" he said, \"fine\""));
    }

    #[test]
    fn one_side_speaks_at_a_time() {
        let swapped = Err("it speaks for the other side too");
        check(Role::User, "A table please.\nAssistant: For how many?", swapped);
        check(Role::User, "Assistant: For how many?", swapped);
        check(Role::User, "Hello\nUser: hello again", swapped);
        check(Role::Assistant, "For how many?\nUser: two", swapped);
        check(Role::User, "  \n ", Err("it is empty"));
        check(Role::User, "...", Err("it is empty"));
        check(Role::Assistant, " — ?! ", Err("it is empty"));
        check(Role::User, "7", Ok("7"));
        check(Role::User, "x <think>hm</think>", Err("it holds thoughts"));
    }
}

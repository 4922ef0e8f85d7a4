//! Temporary.
#![allow(clippy::all, clippy::unwrap_used)]
use goalconvo_core::*;
use std::sync::Arc;
/// Temporary.
#[derive(Clone, Debug)]
pub struct Words;
impl Words {
    /// x
    pub fn new(_: &[Arc<Domain>]) -> Self {
        Words
    }
    /// x
    pub fn user(&self, _: &UserView<'_>, acts: &[Act]) -> Result<String, String> {
        Ok(text(acts))
    }
    /// x
    pub fn assistant(&self, _: &AssistantView<'_>, acts: &[Act]) -> Result<String, String> {
        Ok(text(acts))
    }
    /// x
    pub fn reader(&self) -> impl Fn(Role, &str) -> Reading + Sync + use<> {
        |_: Role, text: &str| {
            let mut mentions = vec![];
            let mut at = 0;
            while let Some(s) = text[at..].find('<') {
                let s = at + s + 1;
                let e = s + text[s..].find('>').unwrap_or(0);
                mentions.push(Mention {
                    span: s..e,
                    values: vec![serde_json::from_str(&text[s..e]).unwrap_or_default()],
                    kind: SlotKind::Text,
                });
                at = e;
            }
            Reading { mentions, cues: vec![] }
        }
    }
}
fn text(acts: &[Act]) -> String {
    acts.iter()
        .map(|a| {
            let v = a
                .value
                .as_ref()
                .map(|v| {
                    if matches!(a.act, ActKind::Refuse | ActKind::NotDone) {
                        v.plain().to_string()
                    } else {
                        format!("<{v}>")
                    }
                })
                .unwrap_or_default();
            format!(
                "{:?} {} {} {v}",
                a.act,
                a.intent.clone().unwrap_or_default(),
                a.slot.clone().unwrap_or_default()
            )
        })
        .collect::<Vec<_>>()
        .join("; ")
}

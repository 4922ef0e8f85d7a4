//! Prompts: files next to the code that fills them, each with a typed signature.
//!
//! A [`Prompt`] names its file and the type whose fields are all that the file may use, so a prompt that asks for
//! something else fails when it is loaded and not in the thousandth dialogue. What fills a prompt are values, never
//! templates: braces in a user's data are braces. A caller may replace files by its own, by name; every prompt has a
//! hash, which records carry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use goalconvo_core::ContentHash;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use smol_str::SmolStr;

use crate::experience;
use crate::judge;
use crate::model;
use crate::roleplay;

/// One prompt: its name, its built-in text, and, as `S`, what fills it. `S` says nothing with `skip_serializing_if`.
pub struct Prompt<S> {
    name: &'static str,
    text: &'static str,
    signature: PhantomData<fn(S)>,
}

impl<S: Serialize + Default> Prompt<S> {
    /// The prompt of a file below `prompts/`: its path there without the ending, and its text.
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Prompt { name, text, signature: PhantomData }
    }

    /// The entry of the list of all prompts.
    pub(crate) const fn listed(&self) -> Listed {
        Listed { name: self.name, text: self.text, fields: fields::<S> }
    }

    /// The path of its file below `prompts/`, without the ending.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// A prompt without its type: name, text, and the names that the text may use.
pub(crate) struct Listed {
    name: &'static str,
    text: &'static str,
    fields: fn() -> BTreeSet<String>,
}

fn fields<S: Serialize + Default>() -> BTreeSet<String> {
    match serde_json::to_value(S::default()) {
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => BTreeSet::new(),
    }
}

/// Every prompt of this crate, role by role.
const ALL: &[&[Listed]] =
    &[model::PROMPTS, judge::PROMPTS, roleplay::PROMPTS, experience::PROMPTS, model::WRITER_PROMPTS];

/// All prompts, ready to be filled; read by any number of threads.
pub struct Prompts {
    environment: Environment<'static>,
    hashes: BTreeMap<&'static str, String>,
}

impl Prompts {
    /// The built-in prompts, with `own` texts in place of those that it names (`assistant/rules`).
    ///
    /// # Errors
    /// A name that no prompt has, a text that is no template, or one that uses a name which its signature lacks.
    pub fn new(own: &BTreeMap<String, String>) -> Result<Self, PromptError> {
        let known: BTreeMap<&str, &Listed> =
            ALL.iter().copied().flatten().map(|listed| (listed.name, listed)).collect();
        if let Some(name) = own.keys().find(|name| !known.contains_key(name.as_str())) {
            return Err(PromptError(unknown(name, known.keys().copied())));
        }
        let environment = environment().map_err(|error| PromptError(error.to_string()))?;
        let mut prompts = Prompts { environment, hashes: BTreeMap::new() };
        for listed in known.values() {
            let text = own.get(listed.name).map_or(listed.text, String::as_str);
            prompts.add(listed, text)?;
        }
        Ok(prompts)
    }

    fn add(&mut self, listed: &Listed, text: &str) -> Result<(), PromptError> {
        let wrong = |error: &minijinja::Error| PromptError(message(listed.name, error));
        self.environment.add_template_owned(listed.name, text.to_owned()).map_err(|error| wrong(&error))?;
        let template = self.environment.get_template(listed.name).map_err(|error| wrong(&error))?;
        let fields = (listed.fields)();
        let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        used.sort();
        if let Some(name) = used.iter().find(|name| !fields.contains(*name)) {
            let has = fields.into_iter().collect::<Vec<_>>().join(", ");
            return Err(PromptError(format!(
                "prompt {}: uses {name:?}, which it is not given; it has {has}",
                listed.name
            )));
        }
        self.hashes.insert(listed.name, ContentHash::of(text.as_bytes()).to_string());
        Ok(())
    }

    /// The prompt's text for these values.
    ///
    /// # Errors
    /// The template fails on them: it asks for a field that a value lacks, or breaks a limit of the template engine.
    pub fn fill<S: Serialize>(&self, prompt: &Prompt<S>, values: &S) -> Result<String, PromptError> {
        let rendered =
            self.environment.get_template(prompt.name).and_then(|template| template.render(Serde(values)));
        rendered.map_err(|error| PromptError(message(prompt.name, &error)))
    }

    /// SHA-256 of a prompt's text before it is filled, by the prompt's name.
    pub fn hash<S>(&self, prompt: &Prompt<S>) -> (SmolStr, String) {
        (SmolStr::new_static(prompt.name), self.hashes.get(prompt.name).cloned().unwrap_or_default())
    }

    /// Hashes of all prompts of a role (`user/`), by name.
    pub fn hashes(&self, role: &str) -> BTreeMap<SmolStr, String> {
        let of_role = self.hashes.iter().filter(|(name, _)| name.starts_with(role));
        of_role.map(|(name, hash)| (SmolStr::new_static(name), hash.clone())).collect()
    }

    /// The names of all prompts, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.hashes.keys().copied()
    }
}

/// Nothing is escaped, an unknown name is an error, a block takes its line with it.
pub(crate) fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    Ok(environment)
}

fn message(name: &str, error: &minijinja::Error) -> String {
    let line = error.line().map_or(String::new(), |line| format!(", line {line}"));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    format!("prompt {name}{line}: {detail}")
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known.clone().min_by_key(|other| strsim::damerau_levenshtein(name, other));
    let all = known.collect::<Vec<_>>().join(", ");
    let nearest = nearest.map_or(String::new(), |nearest| format!("; did you mean {nearest:?}?"));
    format!("{name:?} is no prompt: expected one of {all}{nearest}")
}

/// "; did you mean `seed`?", or what there is: the end of a message about a name that is none.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.collect();
    let close = known
        .iter()
        .map(|other| (strsim::damerau_levenshtein(name, other), *other))
        .min()
        .filter(|(distance, other)| *distance <= 2.max(other.len() / 3));
    match close {
        Some((_, other)) => format!("; did you mean `{other}`?"),
        None => format!("; expected one of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// A prompt that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptError(String);

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PromptError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ASSISTANT_RULES, AssistantRules, DomainRules};

    fn own(name: &str, text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), text.to_owned())])
    }

    fn check(name: &str, text: &str, expect: Result<&str, &str>) {
        let rules = AssistantRules {
            name: "Ada {{ 7 * 7 }} {% raw %}".to_owned(),
            description: "{".to_owned(),
            domains: vec![DomainRules::default()],
            examples: vec![],
        };
        let found = Prompts::new(&own(name, text)).and_then(|prompts| prompts.fill(&ASSISTANT_RULES, &rules));
        match expect {
            Ok(expect) => assert_eq!(found.as_deref(), Ok(expect)),
            Err(fragment) => {
                let error = found.unwrap_err().to_string();
                assert!(error.contains(fragment), "{error}");
            }
        }
    }

    #[test]
    fn a_prompt_is_replaced_by_name_and_checked_against_its_signature() {
        check("assistant/rules", "{{ name }}", Ok("Ada {{ 7 * 7 }} {% raw %}"));
        check("assistant/rules", "{{ nmae }}", Err("uses \"nmae\", which it is not given; it has"));
        check("assistant/rules", "{{ name", Err("prompt assistant/rules, line 1"));
        check("assistant/rules", "{{ domains[0].nothing }}", Err("prompt assistant/rules, line 1"));
        check("assistent/rules", "", Err("did you mean \"assistant/rules\"?"));
    }

    #[test]
    fn braces_in_values_are_braces() {
        check("assistant/rules", "{{ description }}{{ description }}", Ok("{{"));
    }

    #[test]
    fn every_prompt_has_a_hash_of_its_own_and_fills_with_its_defaults() {
        let prompts = Prompts::new(&BTreeMap::new()).unwrap();
        let hashes: BTreeSet<&String> = prompts.hashes.values().collect();
        assert_eq!(hashes.len(), prompts.names().count());
        assert!(prompts.fill(&ASSISTANT_RULES, &AssistantRules::default()).is_ok());
    }
}

//! One draft becomes a tool: names made safe, secrets masked, parameters and responses typed.

use super::concept::{Concept, Role, entity_of_container, role_of};
use super::draft::{EndpointDraft, Evidence, ParameterDraft, ToolDraft};
use super::effect::{effect_of, intent_of, object_of, verb_of_change};
use super::mask::{Hidden, SECRET, hidden_reason, is_secret_name, mask_text, mask_value};
use super::names::{fingerprint, fit, is_fit, singular, slug, words};
use super::shape::Shape;
use super::types::{Confidence, Endpoint, Link, Origin, Parameter, Place, Response, ResponseField, Tool};
use crate::schemas::report::{Level, Notes};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most scalars of one response that are typed; more are counted in the notes.
const MOST_FIELDS: usize = 400;
/// The most example answers kept of one endpoint.
const MOST_EXAMPLES: usize = 4;

/// Turns one draft into a tool, noting what it had to change.
pub(super) struct Finisher<'a> {
    /// The tool's id.
    pub(super) id: String,
    /// Where the changes are noted.
    pub(super) notes: &'a mut Notes,
}

impl Finisher<'_> {
    /// The tool; `functions` holds the function names that are taken.
    pub(super) fn tool(mut self, draft: ToolDraft, origin: Origin, functions: &mut BTreeSet<String>) -> Tool {
        let mut taken = BTreeSet::new();
        let names: Vec<(String, String)> =
            draft.endpoints.iter().map(|endpoint| self.endpoint_id(endpoint, &mut taken)).collect();
        let targets: BTreeMap<String, String> = names.iter().rev().cloned().collect();
        let fallback = object_of(&draft.name).unwrap_or_default();
        let description = self.text(&draft.description, "/description");
        let mut endpoints = Vec::new();
        for (endpoint, (_, id)) in draft.endpoints.into_iter().zip(&names) {
            let function = self.function(&endpoint, id, draft.functions, functions);
            endpoints.push(self.endpoint(endpoint, id.clone(), function, &fallback, &targets));
        }
        Tool {
            id: self.id,
            name: draft.name,
            category: draft.category,
            description,
            origin,
            security: draft.security,
            endpoints,
        }
    }

    /// The pair of the source's name and the id.
    fn endpoint_id(&mut self, draft: &EndpointDraft, taken: &mut BTreeSet<String>) -> (String, String) {
        let wanted = slug(&draft.name);
        let mut last = wanted.clone();
        let mut round = 0;
        while !taken.insert(last.clone()) {
            round += 1;
            let identity = format!("{}\n{}\n{}\n{round}", draft.name, draft.method, draft.path);
            last = format!("{wanted}-{}", fingerprint(identity.as_bytes()));
        }
        if round > 0 {
            let message = format!("a second endpoint answers to {wanted:?}; kept as {last:?}");
            self.notes.add(Level::Warning, "endpoint_collision", draft.pointer.clone(), message);
        }
        (draft.name.clone(), format!("{}/{last}", self.id))
    }

    fn function(
        &mut self,
        draft: &EndpointDraft,
        id: &str,
        keep: bool,
        functions: &mut BTreeSet<String>,
    ) -> String {
        let (tool, last) = id.rsplit_once('/').unwrap_or(("", id));
        let tool = tool.rsplit('/').next().unwrap_or_default();
        let wanted = if keep { draft.name.clone() } else { format!("{tool}__{last}") };
        let name = fit(&wanted, id, functions);
        if !is_fit(&draft.name) {
            let message = format!("{:?} is no function name; a model calls it {name:?}", draft.name);
            self.notes.add(Level::Note, "unfit_name", draft.pointer.clone(), message);
        } else if keep && name != draft.name {
            let message =
                format!("function {:?} exists already; a model calls this one {name:?}", draft.name);
            self.notes.add(Level::Warning, "function_collision", draft.pointer.clone(), message);
        }
        name
    }

    fn endpoint(
        &mut self,
        draft: EndpointDraft,
        id: String,
        function: String,
        fallback: &str,
        targets: &BTreeMap<String, String>,
    ) -> Endpoint {
        let path_parameters = draft.parameters.iter().any(|parameter| parameter.place == Place::Path);
        let mut intent = intent_of(&draft.name, path_parameters, fallback);
        let description = self.text(&draft.description, &draft.pointer);
        let effect = effect_of(draft.statement, &draft.name, &description);
        if effect != super::Effect::Read {
            intent.verb = verb_of_change(intent.verb, &description);
        }
        let path = self.text(&draft.path, &draft.pointer);
        let links = self.links(&draft, targets);
        let parameters = self.parameters(draft.parameters, &path, &intent.object, &draft.pointer);
        let response = self.response(draft.evidence, &intent.object, &draft.pointer);
        Endpoint {
            effect,
            id,
            function,
            name: draft.name,
            method: draft.method,
            path,
            description,
            intent,
            parameters,
            response,
            links,
        }
    }

    fn links(&mut self, draft: &EndpointDraft, targets: &BTreeMap<String, String>) -> Vec<Link> {
        let mut links = Vec::new();
        for (pointer, endpoint, parameter) in &draft.links {
            match targets.get(endpoint) {
                Some(id) => links.push(Link {
                    pointer: pointer.clone(),
                    endpoint: id.clone(),
                    parameter: parameter.clone(),
                }),
                None => {
                    let message = format!("a link to {endpoint:?}, which this tool does not have");
                    self.notes.add(Level::Warning, "dangling_link", draft.pointer.clone(), message);
                }
            }
        }
        links
    }

    fn parameters(
        &mut self,
        drafts: Vec<ParameterDraft>,
        path: &str,
        object: &str,
        pointer: &str,
    ) -> Vec<Parameter> {
        let mut taken = BTreeSet::new();
        let mut parameters: Vec<Parameter> = Vec::new();
        for draft in drafts {
            let twin =
                parameters.iter_mut().find(|known| known.name == draft.name && known.place == draft.place);
            if let Some(known) = twin {
                let message = format!("parameter {:?} is described twice; the two are merged", draft.name);
                self.notes.add(Level::Warning, "duplicate_parameter", pointer, message);
                merge_parameter(known, draft);
                continue;
            }
            parameters.push(self.parameter(draft, path, object, pointer, &mut taken));
        }
        parameters.sort_by_key(|parameter| !parameter.required);
        parameters
    }

    fn parameter(
        &mut self,
        mut draft: ParameterDraft,
        path: &str,
        object: &str,
        pointer: &str,
        taken: &mut BTreeSet<String>,
    ) -> Parameter {
        let argument = fit(&draft.name, &draft.name, taken);
        if argument != draft.name {
            let message =
                format!("parameter {:?} is no argument name; a model gives {argument:?}", draft.name);
            self.notes.add(Level::Note, "unfit_parameter", pointer, message);
        }
        let hidden = draft.hidden.or_else(|| hidden_reason(&draft.name, draft.place == Place::Header));
        self.mask_parameter(&mut draft, hidden, pointer);
        let context = if draft.place == Place::Path { path_context(path, &draft.name) } else { None };
        let concept = Concept::of(&draft.name, context.as_deref().unwrap_or(object));
        let role = if hidden.is_some() { Role::Control } else { role_of(&draft.name, &concept) };
        Parameter {
            description: self.text(&draft.description, pointer),
            name: draft.name,
            argument,
            place: draft.place,
            required: draft.required,
            shape: draft.shape,
            default: draft.default,
            examples: draft.examples,
            hidden,
            concept,
            role,
        }
    }

    fn mask_parameter(&mut self, draft: &mut ParameterDraft, hidden: Option<Hidden>, pointer: &str) {
        let secret = hidden == Some(Hidden::Credential) || is_secret_name(&draft.name);
        let mut count = 0;
        for value in draft.examples.iter_mut().chain(draft.default.iter_mut()).chain(&mut draft.shape.choices)
        {
            if secret && !value.is_null() && *value != SECRET {
                *value = Value::String(SECRET.into());
                count += 1;
            } else {
                count += mask_value(value);
            }
        }
        self.masked(count, pointer);
    }

    fn response(&mut self, mut evidence: Vec<Evidence>, object: &str, pointer: &str) -> Response {
        // The sort is stable: of equally good pieces the first in the file wins.
        evidence.sort_by_key(|piece| std::cmp::Reverse(piece.confidence));
        let mut response = Response::default();
        for mut piece in evidence {
            if let Some(example) = &mut piece.example {
                let count = mask_value(example);
                self.masked(count, pointer);
            }
            if piece.is_error {
                response.errors.extend(piece.example.filter(|_| response.errors.len() < MOST_EXAMPLES));
                continue;
            }
            response.examples.extend(piece.example.filter(|_| response.examples.len() < MOST_EXAMPLES));
            if response.confidence < piece.confidence {
                response.confidence = piece.confidence;
                response.shape = piece.shape;
                response.truncated = piece.truncated;
            }
        }
        if response.confidence == Confidence::None {
            self.notes.add(Level::Note, "unknown_response", pointer, "nothing is said about the answer");
        }
        response.fields = self.fields(&response.shape, object, pointer);
        response
    }

    fn fields(&mut self, shape: &Shape, object: &str, pointer: &str) -> Vec<ResponseField> {
        if shape.is_unknown() {
            return Vec::new();
        }
        let mut leaves = shape.leaves(MOST_FIELDS + 1);
        if leaves.len() > MOST_FIELDS {
            leaves.truncate(MOST_FIELDS);
            let message =
                format!("the answer has more than {MOST_FIELDS} scalars; the first {MOST_FIELDS} are typed");
            self.notes.add(Level::Warning, "wide_response", pointer, message);
        }
        leaves.into_iter().map(|leaf| field_of(&leaf.pointer, leaf.shape, object)).collect()
    }

    fn text(&mut self, text: &str, pointer: &str) -> String {
        let (masked, count) = mask_text(text.trim());
        self.masked(count, pointer);
        masked
    }

    fn masked(&mut self, count: usize, pointer: &str) {
        if count > 0 {
            let message = format!("{count} secrets or personal data masked");
            self.notes.add(Level::Warning, "masked", pointer, message);
        }
    }
}

fn field_of(pointer: &str, shape: &Shape, object: &str) -> ResponseField {
    let name = pointer.split('/').rfind(|step| *step != "*").unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let concept = Concept::of(&name, &entity_of_container(pointer, object));
    ResponseField { pointer: pointer.to_owned(), concept, shape: shape.clone() }
}

fn merge_parameter(known: &mut Parameter, other: ParameterDraft) {
    known.required |= other.required;
    let shape = std::mem::take(&mut known.shape);
    known.shape = if shape == other.shape { shape } else { shape.union(other.shape) };
    if known.description.is_empty() {
        known.description = mask_text(other.description.trim()).0;
    }
    if known.hidden.is_none() {
        known.default = known.default.take().or(other.default);
        known.examples.extend(other.examples);
        known.examples.iter_mut().chain(known.default.iter_mut()).for_each(|value| {
            mask_value(value);
        });
    }
}

/// The kind of thing that a path names just before a parameter: `order` in `/orders/{id}`.
fn path_context(path: &str, parameter: &str) -> Option<String> {
    let before = path.split(&format!("{{{parameter}}}")).next()?;
    let segment = before.split('/').rfind(|segment| !segment.is_empty() && !segment.starts_with('{'))?;
    words(segment).last().map(|word| singular(word))
}

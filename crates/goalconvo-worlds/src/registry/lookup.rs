//! Looking things up in a registry, and turning an endpoint into what a model and a transport need.

use super::mask::Hidden;
use super::types::{Endpoint, Parameter, Place, Registry, Tool};
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Registry {
    /// The tool of an id.
    pub fn tool(&self, id: &str) -> Option<&Tool> {
        let index = self.tools.binary_search_by(|tool| tool.id.as_str().cmp(id)).ok()?;
        self.tools.get(index)
    }

    /// The endpoint of an id.
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        let (tool, _) = id.rsplit_once('/')?;
        self.tool(tool)?.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    /// Every endpoint, in the order of tools and of the tools' sources.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.tools.iter().flat_map(|tool| &tool.endpoints)
    }

    /// The endpoints by the names that models call them.
    pub fn functions(&self) -> BTreeMap<&str, &Endpoint> {
        self.endpoints().map(|endpoint| (endpoint.function.as_str(), endpoint)).collect()
    }
}

impl Endpoint {
    /// The parameters that a model may give.
    pub fn visible(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.hidden.is_none())
    }

    /// The function definition for a model, in OpenAI's words. Hidden parameters are absent.
    pub fn definition(&self) -> Value {
        let mut properties = Map::new();
        for parameter in self.visible() {
            let mut schema = parameter.shape.to_json_schema();
            if !parameter.description.is_empty() {
                schema["description"] = json!(parameter.description);
            }
            if let Some(default) = &parameter.default {
                schema["default"] = default.clone();
            }
            properties.insert(parameter.argument.clone(), schema);
        }
        let required: Vec<&str> = self
            .visible()
            .filter(|parameter| parameter.required)
            .map(|parameter| parameter.argument.as_str())
            .collect();
        json!({
            "type": "function",
            "function": {
                "name": self.function,
                "description": self.description,
                "parameters": {"type": "object", "properties": properties, "required": required},
            },
        })
    }

    /// A model's arguments as the source wants them: the place, the source's own name, the value.
    ///
    /// # Errors
    /// If an argument is unknown or hidden: a model may not supply what the runtime injects.
    pub fn to_source(&self, arguments: &Map<String, Value>) -> Result<Vec<(Place, &str, Value)>, Error> {
        let mut renamed = Vec::new();
        for (argument, value) in arguments {
            let known = self.visible().find(|parameter| &parameter.argument == argument);
            let parameter = known.ok_or_else(|| {
                let expected: Vec<&str> =
                    self.visible().map(|parameter| parameter.argument.as_str()).collect();
                Error::malformed(
                    format!("{}/{argument}", self.function),
                    format!("no such argument; expected one of {expected:?}"),
                )
            })?;
            renamed.push((parameter.place, parameter.name.as_str(), value.clone()));
        }
        Ok(renamed)
    }

    /// A model's arguments as the source wants them, with the credentials that no model sees, by the source's own names.
    ///
    /// # Errors
    /// Those of [`Self::to_source`]; a required credential is not among those given.
    pub fn with_credentials(
        &self,
        arguments: &Map<String, Value>,
        credentials: &BTreeMap<String, String>,
    ) -> Result<Vec<(Place, &str, Value)>, Error> {
        let mut sent = self.to_source(arguments)?;
        for parameter in self.parameters.iter().filter(|one| one.hidden == Some(Hidden::Credential)) {
            match credentials.get(&parameter.name) {
                Some(secret) => {
                    sent.push((parameter.place, parameter.name.as_str(), Value::String(secret.clone())));
                }
                None if parameter.required => {
                    let what = "a credential that the source requires; give it by this name, none is made up";
                    return Err(Error::malformed(format!("{}/{}", self.function, parameter.name), what));
                }
                None => {}
            }
        }
        Ok(sent)
    }
}

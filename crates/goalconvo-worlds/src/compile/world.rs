//! The whole: every tool of a registry compiled, with where each endpoint ended up.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::Domain;
use serde::Serialize;
use smol_str::SmolStr;

use super::layout::layout;
use super::site::{Deed, Site, sites};
use super::write::Writer;
use crate::Error;
use crate::chain::Constraints;
use crate::domain::{Files, load};
use crate::registry::names::slug;
use crate::registry::{Registry, Tool};

/// Compiled worlds.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The domains with their files, in the order of the registry's tools.
    pub domains: Vec<(Arc<Domain>, Files)>,
    /// Where endpoints ended up, by id.
    pub places: BTreeMap<String, Vec<Place>>,
    by_name: BTreeMap<SmolStr, usize>,
    /// What came of it.
    pub report: WorldReport,
}

/// An intent that an endpoint became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The domain.
    pub domain: SmolStr,
    /// The intent.
    pub intent: SmolStr,
    /// The id of the endpoint that gives the key which this one takes.
    pub giver: Option<String>,
}

/// What was compiled and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorldReport {
    /// Tools of the registry.
    pub tools: usize,
    /// Tools of which at least one endpoint is playable.
    pub playable_tools: usize,
    /// Endpoints of the registry.
    pub endpoints: usize,
    /// Endpoints that are playable.
    pub playable_endpoints: usize,
    /// Optional parameters that the worlds leave out.
    pub parameters_left_out: usize,
    /// These by the id of their endpoint, with the names that models would call them by.
    pub left_out_parameters: BTreeMap<String, Vec<String>>,
    /// Endpoints that are not playable, by id, each with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// Compiles every tool of a registry.
///
/// # Errors
/// A bug of the compiler; a world that does not load is in the report, with the loader's own message.
pub fn compile(registry: &Registry) -> Result<Compiled, Error> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for tool in &registry.tools {
        *names.entry(short_name(tool)).or_default() += 1;
    }
    let name = |tool: &Tool| {
        let short = short_name(tool);
        if names.get(&short) == Some(&1) { short } else { slug(&tool.id) }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let each = registry.tools.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<One>, Error>> = std::thread::scope(|scope| {
        let work = |tools: &[Tool]| tools.iter().map(|tool| one(tool, &name(tool))).collect::<Vec<_>>();
        let workers: Vec<_> =
            registry.tools.chunks(each).map(|tools| scope.spawn(move || work(tools))).collect();
        let broken =
            |_| Error::malformed("", "a thread that compiled worlds broke; this is a bug of the program");
        workers.into_iter().map(|worker| worker.join().map_err(broken)).collect()
    });
    let mut compiled = Compiled::default();
    compiled.report.tools = registry.tools.len();
    compiled.report.endpoints = registry.endpoints().count();
    for part in parts {
        part?.into_iter().for_each(|one| compiled.add(one));
    }
    Ok(compiled)
}

fn short_name(tool: &Tool) -> String {
    slug(tool.id.rsplit('/').next().unwrap_or(&tool.id))
}

/// One tool's world.
#[derive(Default)]
struct One {
    made: Option<(Arc<Domain>, Files)>,
    places: BTreeMap<String, Vec<Place>>,
    left_out: BTreeMap<String, String>,
    left_out_parameters: BTreeMap<String, Vec<String>>,
}

impl Compiled {
    /// The domain of this name.
    pub fn domain(&self, name: &str) -> Option<&Domain> {
        let place = *self.by_name.get(name)?;
        self.domains.get(place).map(|(domain, _)| &**domain)
    }

    /// Constraints that admit only endpoints that these worlds can play: a chain with another would be drawn in vain.
    pub fn constraints(&self) -> Constraints {
        Constraints { endpoints: self.places.keys().cloned().collect(), ..Constraints::default() }
    }

    fn add(&mut self, one: One) {
        self.report.playable_tools += usize::from(one.made.is_some());
        self.report.playable_endpoints += one.places.len();
        self.report.parameters_left_out += one.left_out_parameters.values().map(Vec::len).sum::<usize>();
        self.report.left_out_parameters.extend(one.left_out_parameters);
        self.report.left_out.extend(one.left_out);
        self.places.extend(one.places);
        if let Some((domain, files)) = one.made {
            self.by_name.insert(domain.name.clone(), self.domains.len());
            self.domains.push((domain, files));
        }
    }
}

fn one(tool: &Tool, name: &str) -> One {
    let mut one = One::default();
    let found = sites(&tool.endpoints);
    let mut sound: Vec<(usize, &Site<'_>)> = Vec::new();
    for (at, site) in found.iter().enumerate() {
        match site {
            Ok(site) => sound.push((at, site)),
            Err(reason) => {
                one.left_out.insert(tool.endpoints[at].id.clone(), reason.clone());
            }
        }
    }
    let layout = layout(name, &sound);
    for (at, reason) in &layout.refused {
        one.left_out.insert(tool.endpoints[*at].id.clone(), reason.clone());
    }
    sound.retain(|(at, _)| !layout.refused.contains_key(at));
    if sound.is_empty() {
        return one;
    }
    let written = Writer::new(name, &tool.description, &sound, &layout).write();
    let function = |at: usize| tool.endpoints[at].id.clone();
    for (at, site) in &sound {
        let Some(intents) = written.intents.get(at) else {
            let why = match site.deed {
                Deed::Get => "tells nothing that people could ask about",
                _ => "nothing that it is about is in the world",
            };
            one.left_out.insert(function(*at), why.to_owned());
            continue;
        };
        if !site.left_out.is_empty() {
            one.left_out_parameters.insert(function(*at), site.left_out.clone());
        }
        let place = |(intent, giver): &(String, Option<usize>)| Place {
            domain: name.into(),
            intent: intent.as_str().into(),
            giver: giver.map(function),
        };
        one.places.insert(function(*at), intents.iter().map(place).collect());
    }
    if one.places.is_empty() {
        return one;
    }
    let files = Files::from_memory(name, written.files);
    match load(&files) {
        Ok(domain) => one.made = Some((Arc::new(domain), files)),
        // One tool that can't be had does not take the others with it.
        Err(error) => {
            let reason = format!("the world that was made of it does not load: {error}");
            let lost = std::mem::take(&mut one.places).into_keys();
            one.left_out.extend(lost.map(|endpoint| (endpoint, reason.clone())));
        }
    }
    one
}

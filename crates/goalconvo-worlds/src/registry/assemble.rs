//! Drafts become a registry: ids and safe names are given, secrets masked, parameters and responses typed.
//!
//! Nothing is overwritten: a second tool, endpoint or argument of a name gets a name of its own, and the notes
//! say so. The result depends on the drafts and their order only.

use super::draft::{EndpointDraft, LooseEvidence, Material, ToolDraft};
use super::finish::Finisher;
use super::mask::{SECRET, is_secret_name, mask_text, mask_value};
use super::names::{fingerprint, slug};
use super::types::{Column, FORMAT, Origin, Registry};
use crate::schemas::report::{Level, Notes};
use std::collections::{BTreeMap, BTreeSet};

/// What one file gave, with the notes that its report will show.
#[derive(Debug, Default)]
pub struct FileDraft {
    /// The kind of source.
    pub source: String,
    /// The file, as the caller named it.
    pub file: String,
    /// What was understood.
    pub material: Material,
    /// What was odd.
    pub notes: Notes,
    /// Endpoints that ended up in tools of other files.
    pub merged: usize,
    /// Tools that this file gave to the registry.
    pub tools: usize,
    /// Endpoints that this file gave to the registry.
    pub endpoints: usize,
}

/// Builds the registry from all files, adding to each file's notes and counts.
pub fn assemble(files: &mut [FileDraft]) -> Registry {
    let mut pool = Pool::default();
    for (index, file) in files.iter_mut().enumerate() {
        pool.take_described(index, file);
    }
    for (index, file) in files.iter_mut().enumerate() {
        pool.take_mentions(index, file);
    }
    for file in files.iter_mut() {
        pool.attach_loose(file);
    }
    let mut registry = Registry { format: FORMAT.into(), ..Registry::default() };
    let mut functions = BTreeSet::new();
    for entry in pool.entries {
        let file = &mut files[entry.file];
        file.tools += 1;
        file.endpoints += entry.draft.endpoints.len();
        let finisher = Finisher { id: entry.id, notes: &mut file.notes };
        let origin = Origin { source: file.source.clone(), file: file.file.clone() };
        registry.tools.push(finisher.tool(entry.draft, origin, &mut functions));
    }
    registry.tools.sort_by(|one, other| one.id.cmp(&other.id));
    for file in files {
        collect_tables_and_flows(file, &mut registry);
    }
    registry
}

fn collect_tables_and_flows(file: &mut FileDraft, registry: &mut Registry) {
    for (name, mut table) in std::mem::take(&mut file.material.tables) {
        let count: usize = table.columns.iter_mut().map(mask_column).sum();
        if count > 0 {
            let message = format!("{count} secrets or personal data masked");
            file.notes.add(Level::Warning, "masked", format!("/tables/{name}"), message);
        }
        let key = free_key(&name, &file.file, |key| registry.tables.contains_key(key), &mut file.notes);
        registry.tables.insert(key, table);
    }
    for (name, flow) in std::mem::take(&mut file.material.flows) {
        let key = free_key(&name, &file.file, |key| registry.flows.contains_key(key), &mut file.notes);
        registry.flows.insert(key, flow);
    }
}

/// Masks what a column's own rules and choices say ("DEFAULT 'hunter2'"); how many places were masked.
fn mask_column(column: &mut Column) -> usize {
    let secret = is_secret_name(&column.name);
    let mut count = 0;
    for rule in column.opaque_rules.values_mut() {
        let (masked, found) = if secret { (SECRET.to_owned(), 1) } else { mask_text(rule) };
        if found > 0 {
            *rule = masked;
            count += found;
        }
    }
    for choice in &mut column.shape.choices {
        count += if secret {
            *choice = SECRET.into();
            1
        } else {
            mask_value(choice)
        };
    }
    count
}

fn free_key(name: &str, file: &str, taken: impl Fn(&str) -> bool, notes: &mut Notes) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let mut key = format!("{name}-{}", fingerprint(file.as_bytes()));
    while taken(&key) {
        key.push('x');
    }
    notes.add(Level::Warning, "name_collision", "", format!("{name:?} is already taken; kept as {key:?}"));
    key
}

/// The tools so far, with the ways to find one again.
#[derive(Default)]
struct Pool {
    entries: Vec<Entry>,
    ids: BTreeSet<String>,
    by_slugs: BTreeMap<(String, String), usize>,
}

struct Entry {
    file: usize,
    id: String,
    draft: ToolDraft,
}

impl Pool {
    fn take_described(&mut self, index: usize, file: &mut FileDraft) {
        let (described, mentions) =
            std::mem::take(&mut file.material.tools).into_iter().partition(|tool| !tool.mention);
        file.material.tools = mentions;
        let described: Vec<ToolDraft> = described;
        for draft in described {
            self.add(index, draft, file);
        }
    }

    fn take_mentions(&mut self, index: usize, file: &mut FileDraft) {
        for draft in std::mem::take(&mut file.material.tools) {
            let slugs = slugs_of(&draft, &file.source);
            match self.by_slugs.get(&slugs) {
                Some(&known) => merge_mention(&mut self.entries[known].draft, draft, file),
                None => self.add(index, draft, file),
            }
        }
    }

    fn add(&mut self, index: usize, draft: ToolDraft, file: &mut FileDraft) {
        let slugs = slugs_of(&draft, &file.source);
        let wanted = format!("{}/{}", slugs.0, slugs.1);
        let mut id = wanted.clone();
        let mut round = 0;
        while !self.ids.insert(id.clone()) {
            round += 1;
            id = format!("{wanted}-{}", fingerprint(format!("{}#{round}", file.file).as_bytes()));
        }
        if round > 0 {
            let known = &self.entries[self.by_slugs[&slugs]].draft.name;
            let message =
                format!("tool {:?} has the id of {known:?}, already loaded; kept as {id:?}", draft.name);
            file.notes.add(Level::Warning, "tool_collision", "", message);
        }
        self.by_slugs.entry(slugs).or_insert(self.entries.len());
        self.entries.push(Entry { file: index, id, draft });
    }

    fn attach_loose(&mut self, file: &mut FileDraft) {
        for loose in std::mem::take(&mut file.material.loose) {
            let key = (loose.category.clone(), loose.tool.clone());
            let endpoints = self.by_slugs.get(&key).map(|&known| &mut self.entries[known].draft.endpoints);
            let found =
                endpoints.and_then(|all| all.iter_mut().find(|endpoint| endpoint.name == loose.endpoint));
            attach(found, loose, file);
        }
    }
}

fn attach(found: Option<&mut EndpointDraft>, loose: LooseEvidence, file: &mut FileDraft) {
    match found {
        Some(endpoint) => {
            endpoint.evidence.push(loose.evidence);
            file.merged += 1;
        }
        None => {
            let message = format!(
                "a response of {:?} of tool {}/{}, which no loaded file describes; set aside",
                loose.endpoint, loose.category, loose.tool
            );
            file.notes.add(Level::Warning, "evidence_without_endpoint", loose.pointer, message);
        }
    }
}

fn slugs_of(draft: &ToolDraft, source: &str) -> (String, String) {
    let category = if draft.category.trim().is_empty() { slug(source) } else { slug(&draft.category) };
    (category, slug(&draft.name))
}

fn merge_mention(known: &mut ToolDraft, mention: ToolDraft, file: &mut FileDraft) {
    for endpoint in mention.endpoints {
        match known.endpoints.iter_mut().find(|other| other.name == endpoint.name) {
            Some(other) => {
                file.merged += 1;
                other.evidence.extend(endpoint.evidence);
                if other.parameters.is_empty() && !endpoint.parameters.is_empty() {
                    other.parameters = endpoint.parameters;
                }
            }
            None => {
                let message =
                    format!("tool {:?} gains endpoint {:?} from a query's list", known.name, endpoint.name);
                file.notes.add(Level::Note, "endpoint_from_query", endpoint.pointer.clone(), message);
                known.endpoints.push(endpoint);
            }
        }
    }
}

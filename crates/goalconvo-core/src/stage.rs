//! The stage: the domains of one scenario put together.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::{Domain, Intent, Scenario, Slot, Tables, Task, Tool, World};

/// Domains whose tables, tools and policies are in play together; built once and shared by all dialogues over them.
#[derive(Clone, Debug)]
pub struct Stage {
    domains: Vec<Arc<Domain>>,
    tables: Arc<Tables>,
}

impl Stage {
    /// Puts domains together.
    pub fn new(domains: Vec<Arc<Domain>>) -> Self {
        let tables = domains.iter().flat_map(|domain| domain.tables.iter().cloned());
        let tables = Arc::new(Tables::new(tables));
        Stage { domains, tables }
    }

    /// The domains, in the scenario's order.
    pub fn domains(&self) -> &[Arc<Domain>] {
        &self.domains
    }

    /// The domain of this name.
    pub fn domain(&self, name: &str) -> Option<&Arc<Domain>> {
        self.domains.iter().find(|domain| domain.name == name)
    }

    /// The intent of this name in that domain.
    pub fn intent(&self, domain: &str, intent: &str) -> Option<&Intent> {
        self.domain(domain)?.intent(intent)
    }

    /// The intent of a task.
    pub fn intent_of(&self, task: &Task) -> Option<&Intent> {
        self.intent(&task.domain, &task.intent)
    }

    /// The slot of this name in that domain.
    pub fn slot(&self, domain: &str, slot: &str) -> Option<&Slot> {
        self.domain(domain)?.slots.get(slot)
    }

    /// The tool of this name in any domain.
    pub fn tool(&self, name: &str) -> Option<&Arc<Tool>> {
        self.domains.iter().find_map(|domain| domain.tool(name))
    }

    /// All tools, domain by domain.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.domains.iter().flat_map(|domain| &domain.tools)
    }

    /// The tables as they are before any dialogue.
    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// The world in which a scenario starts; `None` when its setup names a table, column or row that is not there.
    pub fn world(&self, scenario: &Scenario) -> Option<World> {
        let mut world = World::new(self.tables.clone()).ranked(scenario.key.rank());
        scenario.setup.iter().all(|change| world.change(change)).then_some(world)
    }

    /// The column that says what an entity of this table is called ([`Table::label`](crate::Table::label)).
    pub fn label(&self, table: &str) -> Option<SmolStr> {
        self.tables.get(table)?.label().cloned()
    }
}

//! Chat models by address, as verbs ask for them: keys from the environment, prices, one budget, one journal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use goalconvo_llm::{
    Accounts, Address, Budget, Cost, Durability, Feature, Journal, Journaled, Ledger, Model, PriceTable,
    Provider, Recovered, RemoteModel, RepairConfig, Repaired, Settings, Transport, TransportConfig,
};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::models::{from_llm, key, prices};
use crate::{Error, Exit};

/// The connections of one verb to its models.
pub struct Connections {
    runtime: Runtime,
    transport: Transport,
    prices: PriceTable,
    ledger: Arc<Ledger>,
    budget: Option<Arc<Budget>>,
    journal: Option<Arc<Journal>>,
    providers: Mutex<BTreeMap<String, Arc<Provider>>>,
}

impl Connections {
    /// Connections under this cap; replies are kept in the journal, and found there by the next process.
    ///
    /// # Errors
    /// The price table or the journal can't be opened, or the system refuses.
    pub fn new(cap: Option<Cost>, prices_file: Option<&Path>, journal: Option<&Path>) -> Result<Self, Error> {
        let refused = |error: std::io::Error| Error::new(Exit::Bug, format!("start the runtime: {error}"));
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(refused)?;
        let ledger = Ledger::new();
        let (journal, recovered) = match journal {
            Some(path) => {
                // The journal's writer lives in the runtime.
                let _inside = runtime.enter();
                let opened = Journal::open(path, Durability::default());
                let (journal, recovered) = opened.map_err(|error| from_llm(&error))?;
                (Some(journal), recovered)
            }
            None => (None, Recovered::default()),
        };
        ledger.restore(&recovered.ledger);
        let budget = cap.map(|cap| Budget::resumed(cap, recovered.spent()));
        let transport = Transport::http(&TransportConfig::default());
        let transport = transport.map_err(|error| from_llm(&error))?;
        let prices = prices(prices_file)?;
        let providers = Mutex::default();
        Ok(Connections { runtime, transport, prices, ledger, budget, journal, providers })
    }

    /// Where its futures run.
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// What was called and spent.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The model at an address. Its replies by schema satisfy it, and are journaled where there is a journal.
    ///
    /// # Errors
    /// The address names no model, its key is missing, or a budget is set and its price is not known.
    pub fn open(&self, address: &str) -> Result<Arc<dyn Model>, Error> {
        let address: Address = address.parse().map_err(|error| from_llm(&error))?;
        let provider = self.provider(&address)?;
        let accounts = Accounts {
            ledger: Arc::clone(&self.ledger),
            budget: self.budget.clone(),
            price: self.prices.get(&address),
            journal: self.journal.clone(),
        };
        let remote = RemoteModel::new(&address, &provider, accounts).map_err(|error| from_llm(&error))?;
        let native = address.dialect().supports(Feature::Schema);
        let repair = RepairConfig { native, ..RepairConfig::default() };
        Ok(match &self.journal {
            Some(journal) => {
                let journaled = Journaled::new(remote, Arc::clone(journal), Arc::clone(&self.ledger));
                Arc::new(Repaired::new(journaled, repair))
            }
            None => Arc::new(Repaired::new(remote, repair)),
        })
    }

    /// Models of one place share its limits.
    fn provider(&self, address: &Address) -> Result<Arc<Provider>, Error> {
        let place = format!("{} {}", address.vendor().name(), address.base_url());
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = providers.get(&place) {
            return Ok(Arc::clone(known));
        }
        let provider = Provider::new(address, key(address)?, &self.transport, Settings::default());
        let provider = provider.map_err(|error| from_llm(&error))?;
        providers.insert(place, Arc::clone(&provider));
        Ok(provider)
    }
}

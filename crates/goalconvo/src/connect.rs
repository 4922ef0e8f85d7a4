//! Chat models by address, as verbs ask for them: keys from the environment, prices, one budget, one journal.
//!
//! Keys come from the environment or `.env` alone (`OPENAI_API_KEY` and the like) and go nowhere but into requests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use goalconvo_llm::{
    Accounts, Address, Batch, BatchConfig, Budget, Cost, Durability, Feature, Gather, Gathered, Journal,
    Journaled, Ledger, Lost, Model, OpenJob, PriceTable, Provider, Recovered, RemoteModel, RepairConfig,
    Repaired, Secret, Settings, Transport, TransportConfig, WindowConfig,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::watch::{Providers, watch};
use crate::{Error, Exit, config, run};

/// On which terms models are called.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Never spend more than this.
    pub budget: Option<Cost>,
    /// Prices that go before the built-in table.
    pub prices: Option<PathBuf>,
    /// Requests in any minute to one provider.
    pub requests_per_minute: Option<u32>,
    /// Tokens in any minute to one provider.
    pub tokens_per_minute: Option<u64>,
    /// Longest time for one reply.
    pub timeout: Duration,
    /// Most calls that are open at once.
    pub at_once: usize,
    /// Whether calls go by batch job, at half the price.
    pub batch: bool,
}

impl Default for Terms {
    fn default() -> Self {
        let Settings { timeout, limits, .. } = Settings::default();
        Terms {
            budget: None,
            prices: None,
            requests_per_minute: None,
            tokens_per_minute: None,
            timeout,
            at_once: limits.window.most,
            batch: false,
        }
    }
}

/// A paid reply survives the end of this process at once, however it ends, and a power cut after this long.
const SYNC: Duration = Duration::from_millis(250);

/// So many open calls are one thread's work: what they take is waiting, and to hand work from one thread to another
/// costs more than to do it.
const CALLS_A_THREAD: usize = 64;

/// Threads on which replies are waited for, at most.
const THREADS: usize = 8;

/// The connections of one verb to its models.
pub struct Connections {
    runtime: Runtime,
    terms: Terms,
    transport: Transport,
    prices: PriceTable,
    ledger: Arc<Ledger>,
    budget: Option<Arc<Budget>>,
    journal: Option<Arc<Journal>>,
    notes: Vec<String>,
    /// Where calls wait for each other, when they go by batch job.
    gather: Option<Arc<Gather>>,
    /// Batch jobs of an earlier process.
    jobs: Vec<OpenJob>,
    /// By place: models of one place share its limits.
    providers: Providers,
}

impl Connections {
    /// Connections on these terms; replies are kept in the journal, and found there by the next process.
    ///
    /// # Errors
    /// The price table or the journal can't be opened, or the system refuses.
    pub fn new(terms: Terms, journal: Option<&Path>) -> Result<Self, Error> {
        let runtime = runtime(terms.at_once)?;
        let prices = prices(terms.prices.as_deref())?;
        let opened = journal.map(|path| Journal::open(path, Durability::Within(SYNC))).transpose();
        let (journal, recovered) = match opened.map_err(|error| from_llm(&error))? {
            Some((journal, recovered)) => (Some(journal), recovered),
            None => (None, Recovered::default()),
        };
        let lost = recovered.lost.as_ref().zip(journal.as_ref());
        let notes = lost.map(|(lost, journal)| lost_note(journal, lost)).into_iter().collect();
        let ledger = Ledger::new();
        ledger.restore(&recovered.ledger);
        let (spent, assumed) = (recovered.spent(), recovered.assumed());
        let budget = terms.budget.map(|cap| Budget::resumed(cap, spent, assumed));
        let idle_connections = terms.at_once.max(64);
        let transport = Transport::http(&TransportConfig { idle_connections, ..TransportConfig::default() });
        let transport = transport.map_err(|error| from_llm(&error))?;
        let (gather, jobs) = (terms.batch.then(Gather::new), recovered.jobs);
        let providers = Providers::default();
        runtime.spawn(watch(Arc::clone(&providers), journal.is_some()));
        Ok(Connections {
            runtime,
            terms,
            transport,
            prices,
            ledger,
            budget,
            journal,
            notes,
            gather,
            jobs,
            providers,
        })
    }

    /// Waits for a future, to its end. What was spawned goes on meanwhile.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Begins something that goes on beside what is waited for.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.spawn(future)
    }

    /// What was called and spent.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// The cap, if there is one.
    pub fn budget(&self) -> Option<&Budget> {
        self.budget.as_deref()
    }

    /// Where calls wait for each other, when they go by batch job: whoever plays holds a seat, and somebody drives.
    pub fn gather(&self) -> Option<&Arc<Gather>> {
        self.gather.as_ref()
    }

    /// What is to be said to the person.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The model at an address, read from text.
    ///
    /// # Errors
    /// The address names no model, or as [`Connections::model`].
    pub fn open(&self, address: &str) -> Result<Arc<dyn Model>, Error> {
        self.model(&address.parse().map_err(|error| from_llm(&error))?)
    }

    /// The model at an address. Its replies by schema satisfy it, and are journaled where there is a journal.
    ///
    /// # Errors
    /// Its key is missing, or a budget is set and its price is not known.
    pub fn model(&self, address: &Address) -> Result<Arc<dyn Model>, Error> {
        let provider = self.provider(address)?;
        let accounts = Accounts {
            ledger: Arc::clone(&self.ledger),
            budget: self.budget.clone(),
            price: self.prices.get(address),
            journal: self.journal.clone(),
        };
        let remote = RemoteModel::new(address, &provider, accounts).map_err(|error| from_llm(&error))?;
        let batch = self.gather.as_ref().map(|gather| {
            let journal = self.journal.clone();
            let batch = Batch::new(&remote, journal, &self.jobs, BatchConfig::default());
            Ok::<_, Error>((batch.map_err(|error| from_llm(&error))?, gather))
        });
        let online: Arc<dyn Model> = match &self.journal {
            Some(journal) => Arc::new(Journaled::new(remote, Arc::clone(journal), Arc::clone(&self.ledger))),
            None => Arc::new(remote),
        };
        let native = address.dialect().supports(Feature::Schema);
        let repair = RepairConfig { native, ..RepairConfig::default() };
        Ok(match batch.transpose()? {
            Some((batch, gather)) => Arc::new(Repaired::new(Gathered::new(batch, gather, online), repair)),
            None => Arc::new(Repaired::new(online, repair)),
        })
    }

    fn provider(&self, address: &Address) -> Result<Arc<Provider>, Error> {
        let place = format!("{} {}", address.vendor().name(), address.base_url());
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = providers.get(&place) {
            return Ok(Arc::clone(known));
        }
        let mut settings = Settings { timeout: self.terms.timeout, ..Settings::default() };
        settings.limits.requests_per_minute = self.terms.requests_per_minute;
        settings.limits.tokens_per_minute = self.terms.tokens_per_minute;
        let most = self.terms.at_once.max(1);
        settings.limits.window = WindowConfig { start: most.min(16), most, ..WindowConfig::default() };
        let provider = Provider::new(address, key(address)?, &self.transport, settings);
        let provider = provider.map_err(|error| from_llm(&error))?;
        providers.insert(place, Arc::clone(&provider));
        Ok(provider)
    }
}

/// As many threads as so many open calls keep busy; where one is enough, the one that waits.
///
/// # Errors
/// The system refuses.
pub(crate) fn runtime(at_once: usize) -> Result<Runtime, Error> {
    let threads = run::threads(None).min(THREADS).min(at_once.div_ceil(CALLS_A_THREAD));
    let mut builder = if threads > 1 { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(|error| Error::new(Exit::Bug, format!("start the runtime: {error}")))
}

fn lost_note(journal: &Journal, lost: &Lost) -> String {
    format!(
        "{}: cut off {} bytes of unfinished work at byte {} ({}); they are kept at {}",
        journal.path().display(),
        lost.bytes,
        lost.offset,
        lost.reason,
        lost.kept_at.display()
    )
}

/// The key of a provider, from where its users keep it. A server of one's own may have one too.
fn key(address: &Address) -> Result<Option<Secret>, Error> {
    let name = address.vendor().key_name().unwrap_or("GOALCONVO_API_KEY");
    let Some(value) = config::variable(name) else { return Ok(None) };
    let value = value.to_str().ok_or_else(|| Error::usage(format!("{name}: the key is no UTF-8")))?;
    Secret::new(value).map(Some).map_err(|error| Error::usage(format!("{name}: {error}")))
}

/// The built-in prices, with those of a file before them.
pub(crate) fn prices(file: Option<&Path>) -> Result<PriceTable, Error> {
    let bundled = PriceTable::bundled().map_err(|error| from_llm(&error))?;
    let Some(path) = file else { return Ok(bundled) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::bad_input(format!("read {}: {error}", path.display())))?;
    let own = PriceTable::from_toml(&text);
    let own = own.map_err(|error| Error::bad_input(format!("{}: {error}", path.display())))?;
    Ok(own.before(bundled))
}

/// A failure of the models' crate by its exit code.
pub fn from_llm(error: &goalconvo_llm::Error) -> Error {
    let exit = if error.is_budget() {
        Exit::Budget
    } else if error.is_address() || error.is_key() || error.is_price() || error.is_unsupported() {
        Exit::Usage
    } else if error.is_journal() {
        Exit::BadInput
    } else {
        Exit::Provider
    };
    Error::new(exit, error.to_string())
}

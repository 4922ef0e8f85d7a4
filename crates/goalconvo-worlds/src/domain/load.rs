//! Loading domains: one folder, or several built-in ones at once.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use goalconvo_core::Domain;

use super::assemble::assemble;
use super::files::{Files, built_in_names};
use super::problem::{Problems, as_error, suggest};
use super::read;
use crate::Error;

/// The domain that these files make.
///
/// # Errors
/// The first mistake with its file, line and column, and how many more there are.
pub fn load(files: &Files) -> Result<Domain, Error> {
    let problems = Problems::default();
    read::syntax(files, &problems);
    if let Some(error) = as_error(&problems.list(files)) {
        return Err(error);
    }
    let assembled = assemble(files, &problems);
    match as_error(&problems.list(files)) {
        Some(error) => Err(error),
        None => Ok(assembled.domain),
    }
}

/// The built-in domain of this name.
///
/// # Errors
/// There is none of this name, or a mistake is in it.
pub fn built_in(name: &str) -> Result<Domain, Error> {
    match Files::built_in(name) {
        Some(files) => load(&files),
        None => {
            let fix = suggest(name, built_in_names());
            let hint = "a folder of your own is named by its path";
            Err(Error::unsatisfiable("", format!("no built-in domain {name:?}; {fix}; {hint}")))
        }
    }
}

/// Several built-in domains, in the order of the names; read on as many threads as there are cores.
///
/// # Errors
/// As [`built_in`], for the first that can't be read.
pub fn built_ins(names: &[&str]) -> Result<Vec<Domain>, Error> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    // Domains differ in size: each thread takes the next one when it is done with its own.
    let read = || -> Vec<(usize, Result<Domain, Error>)> {
        let places = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        places.map_while(|at| Some((at, built_in(names.get(at)?)))).collect()
    };
    let mut all = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads.min(names.len())).map(|_| scope.spawn(read)).collect();
        let mut all = read();
        for worker in workers {
            let broken = "a thread that read domains broke; this is a bug of the program";
            all.extend(worker.join().map_err(|_| Error::malformed("", broken))?);
        }
        Ok::<_, Error>(all)
    })?;
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, domain)| domain).collect()
}

/// The domain in this folder.
///
/// # Errors
/// A file can't be read, or a mistake is in it.
pub fn from_folder(path: &Path) -> Result<Domain, Error> {
    load(&Files::from_folder(path)?)
}

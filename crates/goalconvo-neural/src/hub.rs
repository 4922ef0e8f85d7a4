//! [`Hub`]: a published model by its name, from a server that answers as the Hugging Face hub does, into the cache
//! that its other clients read.
//!
//! What a name means is asked each time, so that all files are of one commit and none is missing; what that commit
//! has in the cache is not fetched again. Without a connection nothing is guessed: the folder can be given instead.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::RANGE;
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::NeuralError;
use crate::json::SMALL_FILES;
use crate::weights::{WEIGHT_FILES, weight_files};

/// A model's name on a hub: `name` or `owner/name`, and behind `@` a branch, tag or commit other than `main`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubName {
    model: String,
    revision: String,
}

impl FromStr for HubName {
    type Err = NeuralError;

    fn from_str(text: &str) -> Result<Self, NeuralError> {
        let (model, revision) = text.split_once('@').unwrap_or((text, "main"));
        if is_path(model) && model.split('/').count() <= 2 && is_path(revision) {
            return Ok(Self { model: model.to_owned(), revision: revision.to_owned() });
        }
        Err(NeuralError::request(format!(
            "`{text}` is no name of a model; expected owner/name or owner/name@revision, such as \
             sentence-transformers/all-MiniLM-L6-v2"
        )))
    }
}

impl std::fmt::Display for HubName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}@{}", self.model, self.revision)
    }
}

/// A server of models and the folder that keeps what was fetched.
pub struct Hub {
    client: Client,
    endpoint: String,
    cache: PathBuf,
    token: Option<String>,
}

impl Hub {
    /// Where the public hub is.
    pub const ENDPOINT: &str = "https://huggingface.co";

    /// The server at `endpoint` and the folder `cache`, laid out as `HF_HUB_CACHE` is. The token opens models that
    /// are not public: it goes to that server alone, whatever it redirects to, and is never written.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(endpoint: &str, cache: PathBuf, token: Option<String>) -> Result<Self, NeuralError> {
        // Another part of the program may have installed a provider first; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().user_agent(concat!("goalconvo/", env!("CARGO_PKG_VERSION"))).build();
        let client = client.map_err(|cause| {
            NeuralError::request(format!("no connection to {endpoint} can be made ({cause})"))
        })?;
        Ok(Self { client, endpoint: endpoint.trim_end_matches('/').to_owned(), cache, token })
    }

    /// The folder with that model's files, those fetched that are not here yet. `progress` is told the bytes here and
    /// in all, of the file in hand.
    ///
    /// # Errors
    /// The server can't be reached, has no such model or none with weights, or what arrives is not what it announced,
    /// which is then removed. What a broken connection left is taken up the next time.
    pub fn fetch(&self, name: &HubName, mut progress: impl FnMut(u64, u64)) -> Result<PathBuf, NeuralError> {
        let HubName { model, revision } = name;
        let revision = revision.replace('/', "%2F");
        let asked = format!("{}/api/models/{model}/revision/{revision}?blobs=true", self.endpoint);
        let listing = self.get(&asked, 0)?.json::<Listing>();
        let listing = listing.map_err(|cause| {
            NeuralError::request(format!(
                "{asked} answers with something else than a list of files ({cause})"
            ))
        })?;
        if listing.sha.len() != 40 || !listing.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let sha = &listing.sha;
            return Err(NeuralError::request(format!(
                "{asked} gives the commit `{sha}`; expected 40 hexadecimal digits"
            )));
        }
        let kept = self.cache.join(format!("models--{}", model.replace('/', "--")));
        let folder = kept.join("snapshots").join(&listing.sha);
        let wanted = listing.wanted(&asked)?;
        let shards = || weight_files(&folder).is_ok_and(|files| files.iter().all(|file| file.is_file()));
        // A cache that lacks nothing may be one that can't be written.
        let whole = wanted.iter().all(|file| folder.join(file).is_file()) && shards();
        let _one_at_a_time = if whole { None } else { Some(locked(&kept)?) };
        for file in &wanted {
            self.complete(model, &listing, file, &folder, &mut progress)?;
        }
        for file in weight_files(&folder)? {
            let shard = file.file_name().unwrap_or_default().to_string_lossy();
            if !wanted.iter().any(|known| *known == shard) {
                self.complete(model, &listing, &shard, &folder, &mut progress)?;
            }
        }
        Ok(folder)
    }

    /// Fetches one file of a commit, unless it is here.
    fn complete(
        &self,
        model: &str,
        listing: &Listing,
        name: &str,
        folder: &Path,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), NeuralError> {
        let here = folder.join(name);
        let url = format!("{}/{model}/resolve/{}/{name}", self.endpoint, listing.sha);
        let announced = listing.file(name).and_then(|file| Some((file, file.digest()?)));
        let (announced, expected) = announced.ok_or_else(|| {
            NeuralError::request(format!(
                "{url} is not in the list of the model's files with a digest, as it should be"
            ))
        })?;
        if here.exists() {
            let kept = digest(&here, announced).map_err(|cause| unread(&here, &cause))?;
            return if kept == (announced.size, expected.to_owned()) {
                Ok(())
            } else {
                let (size, what) = (announced.size, "is not what the hub lists");
                Err(NeuralError::file(
                    &here,
                    format!("{what} ({size} bytes of digest {expected}): remove it"),
                ))
            };
        }
        let part = folder.join(format!("{name}.part"));
        let unwritten = |cause| NeuralError::file(&part, format!("cannot be written ({cause})"));
        std::fs::create_dir_all(part.parent().unwrap_or(folder)).map_err(unwritten)?;
        let size = announced.size;
        if std::fs::metadata(&part).map_or(0, |part| part.len()) < size || !part.exists() {
            self.download(&url, (&part, size), |done| progress(done, size))?;
        }
        let (length, found) = digest(&part, announced).map_err(unwritten)?;
        if (length, found.as_str()) != (size, expected) {
            std::fs::remove_file(&part).map_err(unwritten)?;
            return Err(NeuralError::request(format!(
                "{url} gave {length} bytes of digest {found}; announced were {size} bytes of digest {expected}: try again"
            )));
        }
        std::fs::rename(&part, &here).map_err(unwritten)
    }

    /// Fetches the rest of a file of that size, from where `part` ends; of one that is longer a byte too many, no more.
    fn download(
        &self,
        url: &str,
        (part, size): (&Path, u64),
        mut progress: impl FnMut(u64),
    ) -> Result<(), NeuralError> {
        let unwritten = |cause| NeuralError::file(part, format!("cannot be written ({cause})"));
        let mut done = std::fs::metadata(part).map_or(0, |file| file.len());
        let response = self.get(url, done)?;
        // A server that knows no ranges begins anew.
        if response.status() != StatusCode::PARTIAL_CONTENT {
            done = 0;
        }
        let mut file = OpenOptions::new();
        let file = file.create(true).append(done > 0).write(true).truncate(done == 0);
        let mut file = file.open(part).map_err(unwritten)?;
        let mut response = response.take(size.saturating_sub(done) + 1);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = response.read(&mut buffer).map_err(|cause| {
                NeuralError::request(format!("{url} broke off ({cause}); the next try goes on from there"))
            })?;
            if read == 0 {
                return Ok(());
            }
            file.write_all(&buffer[..read]).map_err(unwritten)?;
            done += read as u64;
            progress(done);
        }
    }

    fn get(&self, url: &str, from: u64) -> Result<Response, NeuralError> {
        let failed = |cause: &dyn std::fmt::Display, hint: &str| {
            NeuralError::request(format!("{url} can't be had ({cause}); {hint}"))
        };
        let mut request = self.client.get(url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().map_err(|cause| {
            let cause =
                std::error::Error::source(&cause).map_or_else(|| cause.to_string(), ToString::to_string);
            failed(&cause, "check the connection, HTTPS_PROXY and HF_ENDPOINT, or give the model's folder")
        })?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => {
                Err(failed(&status, "check the model's name, and HF_TOKEN if it is not public"))
            }
            status => Err(failed(&status, "try again later, or give the model's folder")),
        }
    }
}

/// The files of one commit, as the hub lists them.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Announced>,
}

/// A file on offer. Large ones have a SHA-256, the others Git's digest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Announced {
    rfilename: String,
    size: u64,
    blob_id: Option<String>,
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    sha256: String,
}

impl Listing {
    fn file(&self, name: &str) -> Option<&Announced> {
        self.siblings.iter().find(|file| file.rfilename == name)
    }

    /// The files that an encoder reads: the small ones and the weights, or the index of their shards.
    fn wanted(&self, asked: &str) -> Result<Vec<String>, NeuralError> {
        let has = |name: &String| self.file(name).is_some();
        let weights =
            WEIGHT_FILES.into_iter().flat_map(|name| [name.to_owned(), format!("{name}.index.json")]);
        let weights = weights.into_iter().find(has);
        let small = SMALL_FILES.into_iter().map(str::to_owned).filter(has);
        match weights {
            Some(weights) if self.file("config.json").is_some() => Ok(small.chain([weights]).collect()),
            _ => Err(NeuralError::request(format!(
                "{asked} lists {}; expected config.json, and model.safetensors or pytorch_model.bin",
                self.siblings.iter().map(|file| file.rfilename.as_str()).collect::<Vec<_>>().join(", ")
            ))),
        }
    }
}

impl Announced {
    fn digest(&self) -> Option<&str> {
        self.lfs.as_ref().map(|large| large.sha256.as_str()).or(self.blob_id.as_deref())
    }
}

/// A model's place in the cache, for this process alone: another one waits until its files are here.
fn locked(folder: &Path) -> Result<File, NeuralError> {
    let place = folder.join(".goalconvo.lock");
    let open = || {
        std::fs::create_dir_all(folder)?;
        let file = File::create(&place)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|cause: std::io::Error| NeuralError::file(&place, format!("cannot be locked ({cause})")))
}

fn unread(file: &Path, cause: &std::io::Error) -> NeuralError {
    NeuralError::file(file, format!("cannot be read ({cause})"))
}

/// The length of a file and the digest of the kind that was announced of it.
fn digest(file: &Path, announced: &Announced) -> std::io::Result<(u64, String)> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    let digest = if announced.lfs.is_some() {
        let mut hash = Sha256::new();
        std::io::copy(&mut file, &mut hash)?;
        hexadecimal(&hash.finalize())
    } else {
        let mut hash = Sha1::new_with_prefix(format!("blob {length}\0"));
        std::io::copy(&mut file, &mut hash)?;
        hexadecimal(&hash.finalize())
    };
    Ok((length, digest))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// True of names joined by slashes that stay below where they begin.
fn is_path(text: &str) -> bool {
    text.split('/').all(|part| {
        let is_name = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        is_name && !part.is_empty() && !part.starts_with('.')
    })
}

//! [`TextEncoder`]: a model's folder opened, texts in, vectors out.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use candle_core::{Device, Tensor};
use goalconvo_metrics::{Encoder, EncoderCard, EncoderError, TokenVectors};
use sha2::{Digest, Sha256};

use crate::cache::{Key, VectorFile};
use crate::config::{Family, ModelConfig};
use crate::error::NeuralError;
use crate::json::SMALL_FILES;
use crate::model::{Batch, Model};
use crate::precision::Precision;
use crate::schedule::{batches, in_parallel};
use crate::tokenizer::{Pooling, SentenceRecipe, TextTokenizer, strip};
use crate::weights::{Weights, weight_files};

/// Tokens in one forward pass on the CPU: enough rows that reading the weights is paid for, few enough that what is
/// between two products stays in the cache.
const CPU_BATCH_TOKENS: usize = 768;
/// The same on a device that wants more work at a time.
const DEVICE_BATCH_TOKENS: usize = 16_384;

/// Where the arithmetic runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compute {
    /// All cores, or as many as [`EncoderOptions::threads`] says.
    #[default]
    Cpu,
    /// An NVIDIA device by its number; needs the crate's feature `cuda`.
    Cuda(usize),
}

/// Which vectors are kept on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Keep {
    /// None.
    #[default]
    Nothing,
    /// Sentence vectors, in this folder (1.5 kB a text for MiniLM).
    Sentences(PathBuf),
    /// Sentence and token vectors, in this folder (another 1.5 kB a token and layer).
    SentencesAndTokens(PathBuf),
}

/// How an encoder runs. The default is the CPU with all cores and nothing kept.
#[derive(Debug, Clone, Default)]
pub struct EncoderOptions {
    /// Where the arithmetic runs.
    pub compute: Compute,
    /// Forward passes at a time, each on one thread; 0 means one for each core.
    pub threads: usize,
    /// Which vectors are kept on disk, and where.
    pub keep: Keep,
    /// Single, unless speed is worth more than exactness.
    pub precision: Precision,
}

/// A text encoder read from a local folder.
pub struct TextEncoder {
    card: EncoderCard,
    model: Model,
    family: Family,
    tokenizer: TextTokenizer,
    recipe: SentenceRecipe,
    token_limit: usize,
    sentence_limit: usize,
    threads: usize,
    batch_tokens: usize,
    keep: Keep,
    /// Files of kept vectors, opened when first needed, by kind.
    files: Mutex<BTreeMap<String, VectorFile>>,
}

impl TextEncoder {
    /// Opens the folder of a published model: `config.json`, weights (`model.safetensors` or `pytorch_model.bin`,
    /// whole or in shards) and tokenizer (`tokenizer.json`, or the vocabulary files of BERT, RoBERTa or MPNet).
    ///
    /// # Errors
    /// When a file is absent or broken ([`NeuralError::is_file`]), or the model is of a kind that does not run
    /// here ([`NeuralError::is_unsupported`]).
    pub fn open(folder: &Path, options: &EncoderOptions) -> Result<Self, NeuralError> {
        // Threads inside one product halve what a core achieves on inputs of this size: each forward pass stays on
        // its thread. Both settings are global to the process, where nothing but this crate multiplies matrices; a
        // pool that is there already can only be slower.
        gemm::set_threading_threshold(usize::MAX);
        let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
        let config = ModelConfig::read(&folder.join("config.json"))?;
        let tokenizer = TextTokenizer::read(folder, config.family)?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let recipe = SentenceRecipe::read(folder)?;
        let files = weight_files(folder)?;
        let device = device(options.compute)?;
        if options.precision == Precision::Int8 && !device.is_cpu() {
            return Err(NeuralError::request(
                "int8 runs on the CPU alone: choose single precision for a device",
            ));
        }
        let model = Model::load(config.clone(), &Weights::read(&files)?, &device, options.precision)?;
        let token_limit = tokenizer.stated_limit.unwrap_or(usize::MAX).min(config.longest_input());
        Ok(Self {
            card: EncoderCard {
                name: name_of(folder, options.precision),
                content_hash: content_hash(folder, &files, options)?,
                layers: config.layers,
                dim: config.hidden,
                boundary_ids: tokenizer.boundary,
            },
            model,
            family: config.family,
            sentence_limit: recipe.limit.unwrap_or(token_limit).min(config.longest_input()),
            token_limit,
            tokenizer,
            recipe,
            threads: threads(options),
            batch_tokens: if device.is_cpu() { CPU_BATCH_TOKENS } else { DEVICE_BATCH_TOKENS },
            keep: options.keep.clone(),
            files: Mutex::default(),
        })
    }

    /// The hidden states of several layers in one pass: for each layer, in the order asked, one entry a text.
    ///
    /// # Errors
    /// When a layer does not exist, or the computation or the folder of kept vectors fails.
    pub fn token_layers(
        &self,
        texts: &[&str],
        layers: &[usize],
    ) -> Result<Vec<Vec<TokenVectors>>, NeuralError> {
        if let Some(layer) = layers.iter().find(|layer| **layer > self.card.layers) {
            return Err(NeuralError::request(format!(
                "layer {layer} was asked of {}; expected 0 (embeddings) to {}",
                self.card.name, self.card.layers
            )));
        }
        let ids = in_parallel(texts, self.threads, |text| self.token_ids(text))?;
        let distinct = Distinct::of(ids);
        let kinds: Vec<String> = layers.iter().map(|layer| format!("layer{layer}")).collect();
        let vectors = self.through_files(&distinct.inputs, &kinds, self.keeps_tokens(), |batch| {
            self.model.forward(batch, layers)?.iter().map(|states| share_out(states, batch)).collect()
        })?;
        let dim = self.card.dim;
        let one = |layer: &PerText, place: usize| TokenVectors {
            ids: distinct.inputs[place].clone(),
            vectors: layer[place].clone(),
            dim,
        };
        Ok(vectors
            .iter()
            .map(|layer| distinct.places.iter().map(|place| one(layer, *place)).collect())
            .collect())
    }

    /// One L2-normalised vector for each text.
    ///
    /// # Errors
    /// When the computation or the folder of kept vectors fails.
    pub fn sentence_vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, NeuralError> {
        let ids = in_parallel(texts, self.threads, |text| self.sentence_ids(text))?;
        let distinct = Distinct::of(ids);
        let kinds = ["sentence".to_owned()];
        let kept = self.keep != Keep::Nothing;
        let vectors = self.through_files(&distinct.inputs, &kinds, kept, |batch| {
            let states = self.model.forward(batch, &[self.card.layers])?;
            states.iter().map(|states| self.pool(states, batch)).collect()
        })?;
        let all = &vectors[0];
        Ok(distinct.places.iter().map(|place| all[*place].clone()).collect())
    }

    /// The ids of a text as BERTScore's reference cuts it: stripped, and for byte-level vocabularies with the space
    /// that stands before a word within a sentence.
    fn token_ids(&self, text: &str) -> Result<Vec<u32>, NeuralError> {
        let text = strip(text);
        if self.family == Family::Roberta && !text.is_empty() {
            return self.tokenizer.ids(&format!(" {text}"), self.token_limit);
        }
        self.tokenizer.ids(text, self.token_limit)
    }

    fn sentence_ids(&self, text: &str) -> Result<Vec<u32>, NeuralError> {
        let text = strip(text);
        if self.recipe.lower_case {
            return self.tokenizer.ids(&text.to_lowercase(), self.sentence_limit);
        }
        self.tokenizer.ids(text, self.sentence_limit)
    }

    fn keeps_tokens(&self) -> bool {
        matches!(self.keep, Keep::SentencesAndTokens(_))
    }

    /// For each kind, one vector list an input: from disk where kept, the rest computed (all kinds in one pass) and
    /// then kept.
    fn through_files(
        &self,
        inputs: &[Vec<u32>],
        kinds: &[String],
        kept: bool,
        run: impl Fn(&Batch) -> candle_core::Result<Vec<PerText>> + Sync,
    ) -> Result<Vec<PerText>, NeuralError> {
        if !kept {
            return self.compute(inputs, kinds.len(), run);
        }
        let keys: Vec<Key> = inputs.iter().map(|ids| self.key(ids)).collect();
        let mut found = self.read_kept(&keys, kinds)?;
        let missing: Vec<usize> =
            (0..inputs.len()).filter(|index| found.iter().any(|kind| kind[*index].is_none())).collect();
        let rest: Vec<Vec<u32>> = missing.iter().map(|index| inputs[*index].clone()).collect();
        let computed = self.compute(&rest, kinds.len(), run)?;
        for (kind, vectors) in kinds.iter().zip(&computed) {
            let records: Vec<(Key, &[f32])> = missing
                .iter()
                .zip(vectors)
                .map(|(index, vector)| (keys[*index], vector.as_slice()))
                .collect();
            self.with_file(kind, |file| file.append(&records))?;
        }
        for (kind, vectors) in found.iter_mut().zip(computed) {
            for (index, vector) in missing.iter().zip(vectors) {
                kind[*index] = Some(vector);
            }
        }
        Ok(found.into_iter().map(|kind| kind.into_iter().flatten().collect()).collect())
    }

    fn read_kept(&self, keys: &[Key], kinds: &[String]) -> Result<Vec<Vec<Option<Vec<f32>>>>, NeuralError> {
        kinds
            .iter()
            .map(|kind| self.with_file(kind, |file| keys.iter().map(|key| file.get(key)).collect()))
            .collect()
    }

    fn with_file<R>(
        &self,
        kind: &str,
        act: impl FnOnce(&mut VectorFile) -> Result<R, NeuralError>,
    ) -> Result<R, NeuralError> {
        let (Keep::Sentences(folder) | Keep::SentencesAndTokens(folder)) = &self.keep else {
            return Err(NeuralError::request("vectors are kept nowhere: name a folder in the options"));
        };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.contains_key(kind) {
            let name = format!("{}-{kind}", &self.card.content_hash[..16]);
            files.insert(kind.to_owned(), VectorFile::open(folder, &name, self.card.dim)?);
        }
        match files.get_mut(kind) {
            Some(file) => act(file),
            None => Err(NeuralError::request(format!("no file of kind {kind} is open"))),
        }
    }

    /// The file is the model's, so the ids alone name what was encoded.
    fn key(&self, ids: &[u32]) -> Key {
        let mut hash = Sha256::new();
        hash.update(self.card.content_hash.as_bytes());
        for id in ids {
            hash.update(id.to_le_bytes());
        }
        hash.finalize().into()
    }

    /// Runs the inputs in batches over all threads. `run` gives, for each kind, what belongs to each text.
    fn compute(
        &self,
        inputs: &[Vec<u32>],
        kinds: usize,
        run: impl Fn(&Batch) -> candle_core::Result<Vec<PerText>> + Sync,
    ) -> Result<Vec<PerText>, NeuralError> {
        let lengths: Vec<usize> = inputs.iter().map(Vec::len).collect();
        let plan = batches(&lengths, self.batch_tokens, self.model.mixes_lengths());
        let done = in_parallel(&plan, self.threads, |members| {
            let batch = Batch {
                ids: members.iter().flat_map(|index| inputs[*index].iter().copied()).collect(),
                lengths: members.iter().map(|index| lengths[*index]).collect(),
            };
            run(&batch).map_err(|cause| NeuralError::compute("encoding a batch", &cause))
        })?;
        let mut vectors = vec![vec![Vec::new(); inputs.len()]; kinds];
        for (members, states) in plan.iter().zip(done) {
            for (kind, shares) in states.into_iter().enumerate() {
                for (index, share) in members.iter().zip(shares) {
                    vectors[kind][*index] = share;
                }
            }
        }
        Ok(vectors)
    }

    /// One normalised vector for each text of the batch.
    fn pool(&self, states: &Tensor, batch: &Batch) -> candle_core::Result<PerText> {
        let dim = self.card.dim;
        let one = |rows: Vec<f32>| match self.recipe.pooling {
            Pooling::First => unit(&rows[..dim]),
            Pooling::Mean => unit(&sum_rows(&rows, dim)),
        };
        Ok(share_out(states, batch)?.into_iter().map(one).collect())
    }
}

impl Encoder for TextEncoder {
    fn card(&self) -> &EncoderCard {
        &self.card
    }

    fn tokens(&self, texts: &[&str], layer: usize) -> Result<Vec<TokenVectors>, EncoderError> {
        let mut layers =
            self.token_layers(texts, &[layer]).map_err(|cause| EncoderError::new(cause.to_string()))?;
        layers.pop().ok_or_else(|| EncoderError::new("no layer was encoded"))
    }

    fn sentences(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderError> {
        self.sentence_vectors(texts).map_err(|cause| EncoderError::new(cause.to_string()))
    }
}

/// Inputs without repeats, and where each text finds its own.
struct Distinct {
    inputs: Vec<Vec<u32>>,
    places: Vec<usize>,
}

impl Distinct {
    fn of(all: Vec<Vec<u32>>) -> Self {
        let mut known: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
        let mut places = Vec::with_capacity(all.len());
        for ids in all {
            let next = known.len();
            places.push(*known.entry(ids).or_insert(next));
        }
        let mut inputs = vec![Vec::new(); known.len()];
        for (ids, place) in known {
            inputs[place] = ids;
        }
        Self { inputs, places }
    }
}

/// What belongs to each text of a list: rows one after the other.
type PerText = Vec<Vec<f32>>;

/// Cuts the rows of a batch into those of its texts.
fn share_out(states: &Tensor, batch: &Batch) -> candle_core::Result<PerText> {
    let (_, dim) = states.dims2()?;
    let values = states.flatten_all()?.to_vec1::<f32>()?;
    let mut rest = values.as_slice();
    let mut shares = Vec::with_capacity(batch.lengths.len());
    for length in &batch.lengths {
        let (share, after) = rest.split_at(length * dim);
        shares.push(share.to_vec());
        rest = after;
    }
    Ok(shares)
}

fn sum_rows(rows: &[f32], dim: usize) -> Vec<f32> {
    let mut sum = vec![0f32; dim];
    for row in rows.chunks_exact(dim) {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += value;
        }
    }
    sum
}

/// A vector of length one; the mean and the sum have the same. The norm's floor is the reference's.
fn unit(vector: &[f32]) -> Vec<f32> {
    let norm = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt().max(1e-12);
    vector.iter().map(|value| (f64::from(*value) / norm) as f32).collect()
}

fn threads(options: &EncoderOptions) -> usize {
    match options.threads {
        // On a device one thread feeds it; more would only share its memory.
        0 if options.compute != Compute::Cpu => 1,
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

fn device(compute: Compute) -> Result<Device, NeuralError> {
    match compute {
        Compute::Cpu => Ok(Device::Cpu),
        Compute::Cuda(number) => Device::new_cuda(number).map_err(|cause| {
            NeuralError::request(format!(
                "CUDA device {number} cannot be used ({cause}); build with the feature `cuda` on a machine with the device, or run on the CPU"
            ))
        }),
    }
}

fn check_vocabulary(
    folder: &Path,
    config: &ModelConfig,
    tokenizer: &TextTokenizer,
) -> Result<(), NeuralError> {
    if tokenizer.vocabulary() <= config.vocab {
        return Ok(());
    }
    Err(NeuralError::file(
        folder,
        format!(
            "tokenizer knows {} tokens, config.json says vocab_size {}: they are not of one model",
            tokenizer.vocabulary(),
            config.vocab
        ),
    ))
}

fn name_of(folder: &Path, precision: Precision) -> String {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let parts: Vec<_> = absolute.iter().rev().map(|part| part.to_string_lossy()).collect();
    let name = match parts.as_slice() {
        // A hub's cache: models--owner--name/snapshots/commit.
        [commit, kind, model, ..] if kind == "snapshots" && model.starts_with("models--") => {
            format!("{}@{commit}", model.trim_start_matches("models--").replace("--", "/"))
        }
        // Packages call the folder just that: the one around it says whose model it is.
        [name, around, ..] if name == "model" => format!("{around}/{name}"),
        [name, ..] => name.clone().into_owned(),
        [] => "encoder".to_owned(),
    };
    match precision {
        Precision::Single => name,
        Precision::Int8 => format!("{name} (int8)"),
    }
}

/// SHA-256 over every file that decides the vectors, in a fixed order.
fn content_hash(folder: &Path, weights: &[PathBuf], options: &EncoderOptions) -> Result<String, NeuralError> {
    let files = SMALL_FILES.iter().map(|name| folder.join(name)).chain(weights.iter().cloned());
    let mut hash = Sha256::new();
    if options.precision == Precision::Int8 {
        // The widths of weights and activations: other ones are other figures.
        hash.update(b"int8 of 8 and 7 bits");
    }
    if options.compute != Compute::Cpu {
        hash.update(b"device");
    }
    for file in files.filter(|file| file.is_file()) {
        let fail = |cause| NeuralError::file(&file, format!("cannot be read ({cause})"));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        hash.update(name.as_bytes());
        let mut open = File::open(&file).map_err(fail)?;
        let length = std::io::copy(&mut open, &mut hash).map_err(fail)?;
        hash.update(length.to_le_bytes());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

//! Text to token ids, as the model's makers cut it, at a length that the caller chooses.
//!
//! The truncation and padding that a `tokenizer.json` may carry (128 for the MiniLM sentence encoder) are turned
//! off: whoever encodes says how long an input may be, and nothing is ever padded.

use std::path::Path;

use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Tokenizer};

use crate::config::Family;
use crate::error::NeuralError;
use crate::json::{read_json, read_optional_json};

/// A tokenizer and what must be known about it.
pub(crate) struct TextTokenizer {
    inner: Tokenizer,
    /// Ids that open and close every sequence.
    pub(crate) boundary: [u32; 2],
    /// `model_max_length` of the tokenizer's own config, where it states a real one.
    pub(crate) stated_limit: Option<usize>,
}

impl TextTokenizer {
    /// Reads `tokenizer.json`, or builds the same from `vocab.txt` (BERT, MPNet) or `vocab.json` and
    /// `merges.txt` (RoBERTa).
    pub(crate) fn read(folder: &Path, family: Family) -> Result<Self, NeuralError> {
        let settings = read_optional_json(&folder.join("tokenizer_config.json"))?;
        let ready = folder.join("tokenizer.json");
        let mut inner = if ready.is_file() {
            Tokenizer::from_file(&ready)
                .map_err(|cause| NeuralError::file(&ready, format!("is not a tokenizer: {cause}")))?
        } else {
            build(folder, family, settings.as_ref())?
        };
        inner.with_padding(None);
        inner
            .with_truncation(None)
            .map_err(|cause| NeuralError::file(folder, format!("tokenizer keeps its truncation: {cause}")))?;
        let boundary = boundary(&inner, folder)?;
        // Tokenizers without a limit state an astronomical one.
        let stated_limit = settings
            .as_ref()
            .and_then(|settings| settings.get("model_max_length"))
            .and_then(Value::as_u64)
            .and_then(|limit| usize::try_from(limit).ok())
            .filter(|limit| (3..1_000_000).contains(limit));
        Ok(Self { inner, boundary, stated_limit })
    }

    /// The ids of `text`, at most `limit` of them: what is too long loses its end, never its closing token.
    pub(crate) fn ids(&self, text: &str, limit: usize) -> Result<Vec<u32>, NeuralError> {
        let encoding = self
            .inner
            .encode(text, true)
            .map_err(|cause| NeuralError::request(format!("text cannot be tokenized: {cause}")))?;
        let mut ids = encoding.get_ids().to_vec();
        if ids.len() > limit {
            ids.truncate(limit.saturating_sub(1));
            ids.push(self.boundary[1]);
        }
        Ok(ids)
    }

    /// How many ids the tokenizer can give: none is at or above this.
    pub(crate) fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }
}

/// An empty text must give exactly the opening and the closing token.
fn boundary(tokenizer: &Tokenizer, folder: &Path) -> Result<[u32; 2], NeuralError> {
    let encoding = tokenizer
        .encode("", true)
        .map_err(|cause| NeuralError::file(folder, format!("tokenizer fails on an empty text: {cause}")))?;
    match encoding.get_ids() {
        [first, last] => Ok([*first, *last]),
        other => Err(NeuralError::unsupported(
            folder,
            format!(
                "tokenizer turns an empty text into {} tokens; expected an opening and a closing one (as [CLS] and [SEP])",
                other.len()
            ),
        )),
    }
}

fn build(folder: &Path, family: Family, settings: Option<&Value>) -> Result<Tokenizer, NeuralError> {
    let absent = |expected: &str| {
        NeuralError::file(
            folder,
            format!(
                "has no tokenizer.json{expected}; write one with the Python package transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
            ),
        )
    };
    match family {
        Family::Bert | Family::Mpnet => {
            let vocab = folder.join("vocab.txt");
            if vocab.is_file() {
                word_piece(&vocab, family, settings)
            } else {
                Err(absent(" and no vocab.txt"))
            }
        }
        Family::Roberta => {
            let (vocab, merges) = (folder.join("vocab.json"), folder.join("merges.txt"));
            if vocab.is_file() && merges.is_file() {
                byte_pairs(&vocab, &merges)
            } else {
                Err(absent(" and not both vocab.json and merges.txt"))
            }
        }
        Family::DebertaV2 => Err(absent("")),
    }
}

fn word_piece(vocab: &Path, family: Family, settings: Option<&Value>) -> Result<Tokenizer, NeuralError> {
    let flag = |key: &str| settings.and_then(|settings| settings.get(key)).and_then(Value::as_bool);
    let (open, close, unknown, others): (&str, &str, &str, &[&str]) = match family {
        Family::Mpnet => ("<s>", "</s>", "[UNK]", &["<pad>", "<mask>"]),
        _ => ("[CLS]", "[SEP]", "[UNK]", &["[PAD]", "[MASK]"]),
    };
    let model = WordPiece::from_file(&vocab.to_string_lossy())
        .unk_token(unknown.to_owned())
        .build()
        .map_err(|cause| NeuralError::file(vocab, format!("is not a WordPiece vocabulary: {cause}")))?;
    let mut tokenizer = Tokenizer::new(model);
    let normalizer = BertNormalizer::new(
        true,
        flag("tokenize_chinese_chars").unwrap_or(true),
        flag("strip_accents"),
        flag("do_lower_case").unwrap_or(true),
    );
    tokenizer
        .with_normalizer(Some(normalizer))
        .map_err(|cause| NeuralError::file(vocab, format!("normalizer is refused: {cause}")))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    let (first, last) = (id_of(&tokenizer, open, vocab)?, id_of(&tokenizer, close, vocab)?);
    tokenizer
        .with_post_processor(Some(BertProcessing::new((close.to_owned(), last), (open.to_owned(), first))));
    add_special(&mut tokenizer, &[&[open, close, unknown], others].concat(), vocab)?;
    Ok(tokenizer)
}

fn byte_pairs(vocab: &Path, merges: &Path) -> Result<Tokenizer, NeuralError> {
    let model = BPE::from_file(&vocab.to_string_lossy(), &merges.to_string_lossy())
        .build()
        .map_err(|cause| NeuralError::file(vocab, format!("is not a byte-pair vocabulary: {cause}")))?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
    let (first, last) = (id_of(&tokenizer, "<s>", vocab)?, id_of(&tokenizer, "</s>", vocab)?);
    tokenizer.with_post_processor(Some(RobertaProcessing::new(
        ("</s>".to_owned(), last),
        ("<s>".to_owned(), first),
    )));
    add_special(&mut tokenizer, &["<s>", "</s>", "<pad>", "<unk>", "<mask>"], vocab)?;
    Ok(tokenizer)
}

fn id_of(tokenizer: &Tokenizer, token: &str, vocab: &Path) -> Result<u32, NeuralError> {
    tokenizer.token_to_id(token).ok_or_else(|| {
        NeuralError::file(vocab, format!("has no `{token}`; expected the vocabulary of a published encoder"))
    })
}

/// Marks the special tokens that the vocabulary knows, so that they are never cut into pieces.
fn add_special(tokenizer: &mut Tokenizer, names: &[&str], vocab: &Path) -> Result<(), NeuralError> {
    let known: Vec<AddedToken> = names
        .iter()
        .filter(|name| tokenizer.token_to_id(name).is_some())
        .map(|name| AddedToken::from((*name).to_owned(), true))
        .collect();
    tokenizer
        .add_special_tokens(known)
        .map_err(|cause| NeuralError::file(vocab, format!("special tokens cannot be added: {cause}")))?;
    Ok(())
}

/// Surrounding white space is cut as Python's `str.strip` cuts it, which also takes the four separator controls.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(|symbol: char| symbol.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&symbol))
}

/// How sentence vectors are made, as the files of a sentence encoder say.
pub(crate) struct SentenceRecipe {
    /// Longest input, boundary tokens included; `None` where the folder does not say.
    pub(crate) limit: Option<usize>,
    pub(crate) pooling: Pooling,
    pub(crate) lower_case: bool,
}

/// From one vector a token to one vector a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// The mean over all tokens, boundary tokens included.
    Mean,
    /// The vector of the opening token.
    First,
}

impl SentenceRecipe {
    /// Reads `sentence_bert_config.json`, `modules.json` and `1_Pooling/config.json`; an encoder without them is
    /// pooled by the mean.
    pub(crate) fn read(folder: &Path) -> Result<Self, NeuralError> {
        check_modules(folder)?;
        let settings = read_optional_json(&folder.join("sentence_bert_config.json"))?;
        let setting = |key: &str| settings.as_ref().and_then(|settings| settings.get(key));
        let limit = setting("max_seq_length").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            limit: limit.filter(|limit| *limit >= 3),
            pooling: pooling(&folder.join("1_Pooling").join("config.json"))?,
            lower_case: setting("do_lower_case").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

fn pooling(file: &Path) -> Result<Pooling, NeuralError> {
    if !file.is_file() {
        return Ok(Pooling::Mean);
    }
    let json = read_json(file)?;
    let chosen: Vec<&str> = json
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| key.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .map(|(key, _)| key.as_str())
        .collect();
    match chosen.as_slice() {
        ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
        ["pooling_mode_cls_token"] => Ok(Pooling::First),
        other => Err(NeuralError::unsupported(
            file,
            format!("asks for {other:?}; expected pooling_mode_mean_tokens or pooling_mode_cls_token alone"),
        )),
    }
}

/// Modules after pooling that change the vectors (a dense layer) are not run here, and so are refused.
fn check_modules(folder: &Path) -> Result<(), NeuralError> {
    let file = folder.join("modules.json");
    let Some(json) = read_optional_json(&file)? else {
        return Ok(());
    };
    let kinds = json.as_array().into_iter().flatten().filter_map(|module| module.get("type")?.as_str());
    for kind in kinds {
        let name = kind.rsplit('.').next().unwrap_or(kind);
        if !["Transformer", "Pooling", "Normalize"].contains(&name) {
            return Err(NeuralError::unsupported(
                &file,
                format!("has a module `{kind}`; expected Transformer, Pooling and Normalize only"),
            ));
        }
    }
    Ok(())
}

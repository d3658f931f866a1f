//! Files of models: read with limits, secrets written for the owner only.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use assay_prover::Salt;
use assay_prover::model_format::quant::file::MAX_FILE_BYTES;
use assay_prover::model_format::{ModelCard, QuantizedModel};
use assay_statement::Digest;

use crate::signed_card::SignedCard;

/// The largest ONNX, sample or input file that is read.
const MAX_LARGE_BYTES: u64 = 256 << 20;

/// The largest card, proof or other JSON file that is read; the formats have tighter limits of their own.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// The files of one model: `NAME.assay`, `NAME.card.json`, and `NAME.salt` when it is private.
#[derive(Clone, Debug)]
pub struct ModelFiles {
    /// Path of the `.assay` file.
    pub model: PathBuf,
}

impl ModelFiles {
    /// Names the files beside an `.assay` file.
    pub fn beside(model: &Path) -> Self {
        Self {
            model: model.to_owned(),
        }
    }

    /// Returns the path of the card.
    pub fn card_path(&self) -> PathBuf {
        self.model.with_extension("card.json")
    }

    /// Returns the path of the salt.
    pub fn salt_path(&self) -> PathBuf {
        self.model.with_extension("salt")
    }

    /// Returns the path of the card with its provider's signature.
    pub fn signed_card_path(&self) -> PathBuf {
        self.model.with_extension("signed-card.json")
    }

    /// Reads the model.
    pub fn read_model(&self) -> anyhow::Result<QuantizedModel> {
        let bytes = read(&self.model, MAX_FILE_BYTES as u64)?;
        QuantizedModel::from_bytes(&bytes).with_context(|| self.model.display().to_string())
    }

    /// Reads the card.
    pub fn read_card(&self) -> anyhow::Result<ModelCard> {
        read_card(&self.card_path())
    }

    /// Reads the salt; a model without one is public.
    pub fn read_salt(&self) -> anyhow::Result<Salt> {
        let path = self.salt_path();
        if !path.exists() {
            return Ok(Salt::ZERO);
        }
        Ok(Salt::new(assay_chain::load_salt(&path)?.limbs())?)
    }

    /// Reads the salt that a card's circuits ask for. A card of private weights without a salt beside it is refused: its
    /// commitment would have none, and whoever guesses the weights could tell.
    pub fn read_salt_of(&self, card: &ModelCard) -> anyhow::Result<Salt> {
        let salt = self.read_salt()?;
        let is_private = card
            .circuits
            .iter()
            .any(|entry| entry.header.weights.is_private());
        ensure!(
            !salt.is_zero() || !is_private,
            "{} is missing: the card names circuits of private weights",
            self.salt_path().display()
        );
        Ok(salt)
    }

    /// Writes the model: for the owner only when it is private.
    pub fn write_model(&self, model: &QuantizedModel, private: bool) -> anyhow::Result<()> {
        write(&self.model, &model.to_bytes(), private)
    }

    /// Writes the card.
    pub fn write_card(&self, card: &ModelCard) -> anyhow::Result<()> {
        write(&self.card_path(), &card.to_json(), false)
    }

    /// Makes a salt with the system's randomness and writes it for the owner only; never over another one,
    /// because what is committed with it would be lost.
    pub fn create_salt(&self) -> anyhow::Result<Salt> {
        let path = self.salt_path();
        if path.exists() {
            bail!("{} exists; a salt is never replaced", path.display());
        }
        let salt = Salt::from_entropy(entropy()?);
        let digest = Digest::new(salt.limbs())?;
        write(&path, format!("{digest}\n").as_bytes(), true)?;
        Ok(salt)
    }
}

/// Returns bytes of the system's generator.
pub fn entropy<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("the system's randomness")?;
    Ok(bytes)
}

/// Reads a model card, signed or not.
pub fn read_card(path: &Path) -> anyhow::Result<ModelCard> {
    if let Some(signed) = SignedCard::read(path)? {
        return signed.card().with_context(|| path.display().to_string());
    }
    let bytes = read(path, MAX_JSON_BYTES)?;
    ModelCard::from_json(&bytes).with_context(|| path.display().to_string())
}

/// Reads a JSON file.
pub fn read_json_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    read(path, MAX_JSON_BYTES)
}

/// Reads an ONNX file or another large one.
pub fn read_large(path: &Path) -> anyhow::Result<Vec<u8>> {
    read(path, MAX_LARGE_BYTES)
}

fn read(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let length = fs::metadata(path)
        .with_context(|| path.display().to_string())?
        .len();
    if length > limit {
        bail!(
            "{}: expected at most {limit} bytes, got {length}",
            path.display()
        );
    }
    fs::read(path).with_context(|| path.display().to_string())
}

/// Writes a file through a temporary one, so that a file under its name is whole.
pub fn write(path: &Path, bytes: &[u8], secret: bool) -> anyhow::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    let attempt = || -> std::io::Result<()> {
        let mut file = options.open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    attempt().with_context(|| path.display().to_string())
}

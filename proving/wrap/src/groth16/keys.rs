//! The key cache: setup runs once per machine, and every later start reads a checked file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ark_bn254::Bn254;
use sha2::{Digest, Sha256};

use crate::r1cs::Matrices;
use crate::{DEV_KEY_DIGEST, MATRICES_DIGEST};

use super::key_file::{self, BodyDigest, FORMAT_VERSION, KeyFileError};
use super::proving_key::ProvingKey;
use super::setup::{InsecureDevSetup, SetupError};
use super::verifying_key::{VerifyingKey, VerifyingKeyError};

/// Everything a prover loads once: proving key, verifying key, matrices.
#[derive(Debug)]
pub struct Keys {
    proving_key: ProvingKey,
    verifying_key: VerifyingKey,
    matrices: Arc<Matrices>,
}

/// Names one set of keys: what they are for and how they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId {
    /// [`Matrices::hash`] of the constraint system.
    pub matrices_digest: [u8; 32],
    /// The setup.
    pub setup: InsecureDevSetup,
}

/// What a caller may want to show while keys are prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// A cached file is being read.
    Loading {
        /// The file.
        path: PathBuf,
    },
    /// A cached file is unusable and will be made again.
    Discarded {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process is making the same keys.
    WaitingForOtherProcess,
    /// The constraint system is being synthesized.
    Synthesizing,
    /// The setup starts; `warning` must be shown.
    SettingUp {
        /// The number of constraints.
        constraints: usize,
        /// [`InsecureDevSetup::WARNING`].
        warning: &'static str,
    },
    /// The keys are being written.
    Saving {
        /// The file.
        path: PathBuf,
    },
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No directory for cached files is known.
    #[error("no cache directory: set ASSAY_CACHE_DIR, XDG_CACHE_HOME or HOME")]
    NoCacheDirectory,
    /// A file operation failed.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The synthesized constraint system is not the one that the keys are for.
    #[error("the constraint system has digest {got}, expected {expected}")]
    MatricesDiffer {
        /// The digest asked for.
        expected: String,
        /// The digest of the synthesized matrices.
        got: String,
    },
    /// The setup made other keys than the pinned ones: the pin is older than the constraint system or the setup.
    #[error("the keys have digest {got}, pinned is {expected}: `make bless` pins them anew")]
    KeysDiffer {
        /// The pinned digest.
        expected: String,
        /// The digest of the keys that were made.
        got: String,
    },
    /// The setup failed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The setup made an unusable key.
    #[error(transparent)]
    VerifyingKey(#[from] VerifyingKeyError),
}

/// A directory of key files.
#[derive(Clone, Debug)]
pub struct KeyCache {
    directory: PathBuf,
}

/// The cache directory that the environment names: `$ASSAY_CACHE_DIR`, else `$XDG_CACHE_HOME/assay`, else
/// `$HOME/.cache/assay`. An empty variable counts as unset.
pub fn cache_directory(
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<PathBuf, KeyError> {
    let path = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    path("ASSAY_CACHE_DIR")
        .or_else(|| path("XDG_CACHE_HOME").map(|base| base.join("assay")))
        .or_else(|| path("HOME").map(|home| home.join(".cache").join("assay")))
        .ok_or(KeyError::NoCacheDirectory)
}

impl Keys {
    /// Puts a proving key and its matrices together.
    pub fn new(
        proving_key: ark_groth16::ProvingKey<Bn254>,
        matrices: Arc<Matrices>,
    ) -> Result<Self, VerifyingKeyError> {
        Self::from_parts(proving_key.into(), matrices)
    }

    /// Puts what a key file holds together.
    pub(super) fn from_parts(
        proving_key: ProvingKey,
        matrices: Arc<Matrices>,
    ) -> Result<Self, VerifyingKeyError> {
        Ok(Self {
            verifying_key: VerifyingKey::new(&proving_key.vk)?,
            proving_key,
            matrices,
        })
    }

    /// A proving key with the verifying key of another, to write files that must not be accepted.
    #[cfg(test)]
    pub(super) fn unchecked(
        proving_key: ProvingKey,
        honest: &ProvingKey,
        matrices: Arc<Matrices>,
    ) -> Self {
        Self {
            verifying_key: VerifyingKey::new(&honest.vk).expect("an honest key"),
            proving_key,
            matrices,
        }
    }

    /// The proving key.
    pub(super) fn proving_key(&self) -> &ProvingKey {
        &self.proving_key
    }

    /// The verifying key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }

    /// The constraint system.
    pub fn matrices(&self) -> &Arc<Matrices> {
        &self.matrices
    }
}

impl KeyId {
    /// The name of the key file: a digest of the constraint system, the setup and the file format.
    pub fn file_name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"assay groth16 keys");
        hash.update(FORMAT_VERSION.to_le_bytes());
        hash.update(self.matrices_digest);
        hash.update(InsecureDevSetup::KIND.as_bytes());
        hash.update(self.setup.seed);
        format!("groth16-{}.keys", hex(&hash.finalize()[..16]))
    }

    /// The digest that the body of the key file must have, if these are the keys that this version is made for.
    fn pinned(&self) -> Option<&'static BodyDigest> {
        let is_this_version =
            self.matrices_digest == MATRICES_DIGEST && self.setup == InsecureDevSetup::DEFAULT;
        is_this_version.then_some(&DEV_KEY_DIGEST)
    }
}

impl KeyCache {
    /// A cache in this directory, which is made when the first key is saved.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The path of the file that holds these keys.
    pub fn path(&self, id: &KeyId) -> PathBuf {
        self.directory.join(id.file_name())
    }

    /// Returns the cached keys, or makes and saves them.
    ///
    /// `synthesize` runs only when there is no usable file. Processes that ask for the same keys at once wait
    /// for the first of them. A corrupt file is reported through `notify` and replaced.
    pub fn load_or_set_up(
        &self,
        id: &KeyId,
        synthesize: impl FnOnce() -> Arc<Matrices>,
        notify: &dyn Fn(KeyEvent),
    ) -> Result<Keys, KeyError> {
        if let Some(keys) = self.load(id, notify) {
            return Ok(keys);
        }
        let _lock = self.lock(id, notify)?;
        if let Some(keys) = self.load(id, notify) {
            return Ok(keys);
        }
        notify(KeyEvent::Synthesizing);
        let matrices = synthesize();
        let digest = matrices.hash();
        if digest != id.matrices_digest {
            return Err(KeyError::MatricesDiffer {
                expected: hex(&id.matrices_digest),
                got: hex(&digest),
            });
        }
        notify(KeyEvent::SettingUp {
            constraints: matrices.num_constraints(),
            warning: InsecureDevSetup::WARNING,
        });
        let keys = Keys::new(id.setup.run(&matrices)?, matrices)?;
        let path = self.path(id);
        notify(KeyEvent::Saving { path: path.clone() });
        self.save(&path, id, &keys)?;
        Ok(keys)
    }

    /// Reads cached keys; `None` when there is no file or it is unusable.
    fn load(&self, id: &KeyId, notify: &dyn Fn(KeyEvent)) -> Option<Keys> {
        let path = self.path(id);
        if !path.exists() {
            return None;
        }
        notify(KeyEvent::Loading { path: path.clone() });
        key_file::read(&path, &id.matrices_digest, id.pinned())
            .map_err(|error: KeyFileError| {
                let reason = error.to_string();
                notify(KeyEvent::Discarded { path, reason });
            })
            .ok()
    }

    /// Writes beside the final name and renames, so a reader never sees half a file.
    pub(super) fn save(&self, path: &Path, id: &KeyId, keys: &Keys) -> Result<(), KeyError> {
        let temporary = path.with_extension(format!("tmp{}", std::process::id()));
        // What a process of the same number left behind; the new file must not be an old one, nor a link.
        let _ = fs::remove_file(&temporary);
        let saved = key_file::write(&temporary, &id.matrices_digest, keys)
            .map_err(|source| io_error("write", path, source))
            .and_then(|got| check_pin(id, &got))
            .and_then(|()| {
                fs::rename(&temporary, path).map_err(|source| io_error("rename to", path, source))
            });
        if saved.is_err() {
            // The first error is the one to report; a leftover file is only untidy.
            let _ = fs::remove_file(&temporary);
        }
        saved
    }

    /// Holds the lock of one key file until the returned file is dropped.
    fn lock(&self, id: &KeyId, notify: &dyn Fn(KeyEvent)) -> Result<File, KeyError> {
        fs::create_dir_all(&self.directory)
            .map_err(|source| io_error("create", &self.directory, source))?;
        let path = self.path(id).with_extension("lock");
        let file = open_lock(&path).map_err(|source| io_error("create", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                notify(KeyEvent::WaitingForOtherProcess);
                match file.lock() {
                    Ok(()) => Ok(file),
                    Err(source) => Err(io_error("lock", &path, source)),
                }
            }
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source)),
        }
    }
}

/// Checks that keys are the pinned ones, if these have a pin.
pub(super) fn check_pin(id: &KeyId, got: &BodyDigest) -> Result<(), KeyError> {
    match id.pinned() {
        Some(expected) if expected != got => Err(KeyError::KeysDiffer {
            expected: hex(expected),
            got: hex(got),
        }),
        _ => Ok(()),
    }
}

/// Opens or creates a lock file. In a directory that others write to its name may be a link, which is not followed.
fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    options.open(path)
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

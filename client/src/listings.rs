//! Which listings a model file serves: a file beside it, `NAME.listings.json`, that the provider's `model publish` or a
//! prover's `prover serve` writes.
//!
//! A commitment alone is anybody's to copy: whoever registers it again, with other prices and another policy, has another
//! listing, and a worker that went by the commitment would serve it on the copier's terms.

use std::fs;
use std::path::{Path, PathBuf};

use assay_market::{Address, ModelId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A file with more than a few listings is some other file.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Why a file of listings cannot be used.
#[derive(Debug, Error)]
pub enum ListingsError {
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is too long.
    #[error("{}: expected at most {MAX_FILE_BYTES} bytes, got {got}", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        got: u64,
    },
    /// It is no list of listings.
    #[error("{}: not a list of listings: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// One listing of a model: what prices, policy and keys belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The chain.
    pub chain_id: u64,
    /// The model registry.
    pub registry: Address,
    /// The model's id there.
    pub model: ModelId,
    /// Who registered it.
    pub provider: Address,
}

/// Returns the file of a model's listings.
pub fn path_beside(model: &Path) -> PathBuf {
    model.with_extension("listings.json")
}

/// Reads the listings beside a model file; none when there is no such file.
///
/// # Errors
/// [`ListingsError`] if there is a file that is not one.
pub fn read(model: &Path) -> Result<Vec<Listing>, ListingsError> {
    let path = path_beside(model);
    let file = |source| ListingsError::File {
        path: path.clone(),
        source,
    };
    let length = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file(error)),
    };
    if length > MAX_FILE_BYTES {
        return Err(ListingsError::TooLong { path, got: length });
    }
    let bytes = fs::read(&path).map_err(file)?;
    serde_json::from_slice(&bytes).map_err(|source| ListingsError::Malformed { path, source })
}

/// Adds a listing beside a model file; one that is there already changes nothing.
///
/// # Errors
/// [`ListingsError`] if the file cannot be read or written.
pub fn add(model: &Path, listing: Listing) -> Result<(), ListingsError> {
    let mut listings = read(model)?;
    if listings.contains(&listing) {
        return Ok(());
    }
    listings.push(listing);
    write(model, &listings)
}

/// Takes a listing away again; one that is not there changes nothing.
///
/// # Errors
/// [`ListingsError`] if the file cannot be read or written.
pub fn remove(model: &Path, id: ModelId) -> Result<(), ListingsError> {
    let mut listings = read(model)?;
    listings.retain(|listing| listing.model != id);
    write(model, &listings)
}

fn write(model: &Path, listings: &[Listing]) -> Result<(), ListingsError> {
    let path = path_beside(model);
    let file = |source| ListingsError::File {
        path: path.clone(),
        source,
    };
    let json = serde_json::to_string_pretty(listings).expect("listings become JSON");
    // A worker may read at any moment: a file under its name is whole.
    let partial = path.with_extension("json.partial");
    fs::write(&partial, format!("{json}\n")).map_err(file)?;
    fs::rename(&partial, &path).map_err(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(number: u8) -> Listing {
        Listing {
            chain_id: 1,
            registry: Address([1; 20]),
            model: ModelId([number; 32]),
            provider: Address([number; 20]),
        }
    }

    #[test]
    fn listings_are_added_once_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("digits.assay");
        assert_eq!(read(&model).unwrap(), []);
        for number in [1, 2, 1] {
            add(&model, listing(number)).unwrap();
        }
        assert_eq!(read(&model).unwrap(), [listing(1), listing(2)]);
        remove(&model, listing(1).model).unwrap();
        assert_eq!(read(&model).unwrap(), [listing(2)]);
    }

    #[test]
    fn what_is_no_list_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("digits.assay");
        fs::write(path_beside(&model), b"[{\"chain_id\": 1}]").unwrap();
        assert!(matches!(read(&model), Err(ListingsError::Malformed { .. })));
        fs::write(path_beside(&model), vec![b' '; 70_000]).unwrap();
        assert!(matches!(
            read(&model),
            Err(ListingsError::TooLong { got: 70_000, .. })
        ));
    }
}

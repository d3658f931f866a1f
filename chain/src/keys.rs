//! Signing keys: always a file, never an argument or a log line.

use std::fs;
use std::io::Write;
use std::path::Path;

use alloy::primitives::B256;
use alloy::signers::local::PrivateKeySigner;

use crate::error::ChainError;

/// A key file holds 32 bytes as hex; anything longer is some other file.
const MAX_KEY_FILE_BYTES: u64 = 128;

/// Reads a signing key from a file with one line of hex.
///
/// A file that others can read is refused: a key that leaked is worse than a command that stops.
pub fn load_key(path: &Path) -> Result<PrivateKeySigner, ChainError> {
    let file_error = |reason: String| ChainError::File {
        path: path.to_owned(),
        reason,
    };
    let metadata = fs::metadata(path).map_err(|error| file_error(error.to_string()))?;
    if metadata.len() > MAX_KEY_FILE_BYTES {
        return Err(file_error(format!(
            "not a key file: {} bytes, expected at most {MAX_KEY_FILE_BYTES}",
            metadata.len()
        )));
    }
    require_owner_only(path)?;
    let text = fs::read_to_string(path).map_err(|error| file_error(error.to_string()))?;
    // The parse error is dropped on purpose: it could quote the key.
    let key: B256 = text
        .trim()
        .parse()
        .map_err(|_| file_error("not a key file: expected 32 bytes as hex".into()))?;
    PrivateKeySigner::from_bytes(&key)
        .map_err(|_| file_error("not a key: zero or not below the curve order".into()))
}

/// Refuses a secret file that others than its owner can read: a secret that leaked is worse than a command that
/// stops.
pub fn require_owner_only(path: &Path) -> Result<(), ChainError> {
    let file_error = |reason: String| ChainError::File {
        path: path.to_owned(),
        reason,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(path).map_err(|error| file_error(error.to_string()))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let reason = format!("secret file is open to others (mode {mode:o}, expected 600)");
            return Err(file_error(reason));
        }
    }
    Ok(())
}

/// Makes a new key with the system's randomness and writes it to `path`, readable by the owner only.
pub fn create_key(path: &Path) -> Result<PrivateKeySigner, ChainError> {
    let file_error = |error: std::io::Error| ChainError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let signer = PrivateKeySigner::random();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(file_error)?;
    writeln!(file, "{}", signer.to_bytes()).map_err(file_error)?;
    file.sync_all().map_err(file_error)?;
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_key_loads_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let made = create_key(&path).unwrap();
        assert_eq!(load_key(&path).unwrap().address(), made.address());
        assert!(
            create_key(&path).is_err(),
            "an existing key is never overwritten"
        );
    }

    #[cfg(unix)]
    #[test]
    fn key_open_to_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_key(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load_key(&path).unwrap_err().to_string();
        assert!(error.contains("open to others"), "{error}");
    }

    #[test]
    fn broken_key_is_refused_without_showing_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_key(&path).unwrap();
        fs::write(&path, "0xdeadbeef").unwrap();
        let error = load_key(&path).unwrap_err().to_string();
        assert!(error.contains("expected 32 bytes"), "{error}");
        assert!(!error.contains("deadbeef"), "{error}");
    }
}

//! Signing keys and salts: always a file, never an argument or a log line.

use std::fs;
use std::io::Write;
use std::path::Path;

use alloy::primitives::B256;
use alloy::signers::local::PrivateKeySigner;
use assay_statement::Digest;

use crate::error::ChainError;

/// A key or a salt is one line with 32 bytes as hex; anything longer is some other file.
const MAX_SECRET_FILE_BYTES: u64 = 128;

/// Reads a signing key from a file with one line of hex.
///
/// A file that others can read is refused: a key that leaked is worse than a command that stops.
pub fn load_key(path: &Path) -> Result<PrivateKeySigner, ChainError> {
    let file_error = |reason: &str| ChainError::File {
        path: path.to_owned(),
        reason: reason.into(),
    };
    // The parse error is dropped on purpose: it could quote the key.
    let key: B256 = read_secret(path)?
        .parse()
        .map_err(|_| file_error("not a key file: expected 32 bytes as hex"))?;
    PrivateKeySigner::from_bytes(&key)
        .map_err(|_| file_error("not a key: zero or not below the curve order"))
}

/// Reads the salt of a private model from an owner-only file with one line of hex: four field elements. Zero is
/// refused: it is the salt of public models and hides nothing.
pub fn load_salt(path: &Path) -> Result<Digest, ChainError> {
    let file_error = |reason: &str| ChainError::File {
        path: path.to_owned(),
        reason: reason.into(),
    };
    // The parse error is dropped on purpose: it could quote the salt.
    let salt: Digest = read_secret(path)?.parse().map_err(|_| {
        file_error("not a salt file: expected 0x and 32 bytes as hex, limbs below the modulus")
    })?;
    if salt == Digest::ZERO {
        return Err(file_error("the salt is zero, which hides nothing"));
    }
    Ok(salt)
}

/// Reads the one line of a secret file.
fn read_secret(path: &Path) -> Result<String, ChainError> {
    let file_error = |reason: String| ChainError::File {
        path: path.to_owned(),
        reason,
    };
    let metadata = fs::metadata(path).map_err(|error| file_error(error.to_string()))?;
    if metadata.len() > MAX_SECRET_FILE_BYTES {
        return Err(file_error(format!(
            "not a secret file: {} bytes, expected at most {MAX_SECRET_FILE_BYTES}",
            metadata.len()
        )));
    }
    require_owner_only(path)?;
    let text = fs::read_to_string(path).map_err(|error| file_error(error.to_string()))?;
    Ok(text.trim().to_owned())
}

/// Refuses a secret file that others than its owner can read: a secret that leaked is worse than a command that
/// stops.
fn require_owner_only(path: &Path) -> Result<(), ChainError> {
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

    #[cfg(unix)]
    #[test]
    fn salt_is_read_or_refused_without_showing_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("salt");
        let check = |text: &str, expected: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = load_salt(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("beef"), "{error}");
        };
        check(&format!("0x{}", "0".repeat(64)), "hides nothing");
        check("0xbeef", "not a salt file");
        check(&format!("0x{}beef", "f".repeat(60)), "not a salt file");
        check(&"beef".repeat(40), "expected at most 128");

        let salt = Digest::new([1, 2, 3, 4]).unwrap();
        fs::write(&path, format!("{salt}\n")).unwrap();
        assert_eq!(load_salt(&path).unwrap(), salt);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load_salt(&path).unwrap_err().to_string();
        assert!(error.contains("open to others"), "{error}");
    }
}

//! Files that only their recipients can read: age with X25519 keys.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};
use thiserror::Error;

/// An identity is one line of 74 characters; age-keygen writes two comments above it.
const MAX_IDENTITY_BYTES: u64 = 4_096;

/// Recipients of one file: all provers that a request admits.
pub const MAX_RECIPIENTS: usize = 64;

/// Why something around an age file failed. Never holds what is secret.
#[derive(Debug, Error)]
pub enum AgeError {
    /// The file is not encrypted to this identity.
    #[error("the file is not encrypted to this identity")]
    NotForUs,
    /// The bytes are no age file, or were changed.
    #[error("not an age file that can be read: {0}")]
    Unreadable(String),
    /// What is inside is larger than it may be.
    #[error("expected at most {limit} bytes inside, got more")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Nobody, or too many.
    #[error("expected 1 to {MAX_RECIPIENTS} recipients, got {got}")]
    Recipients {
        /// How many.
        got: usize,
    },
    /// A recipient that is none.
    #[error("{got:?} is not an age recipient: expected age1...")]
    NotARecipient {
        /// What was given.
        got: String,
    },
    /// The file of an identity cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a recipient, `age1...`.
pub fn recipient(text: &str) -> Result<Recipient, AgeError> {
    text.parse().map_err(|_| AgeError::NotARecipient {
        got: text.chars().take(80).collect(),
    })
}

/// Encrypts to everybody in the list.
pub fn encrypt(recipients: &[Recipient], plaintext: &[u8]) -> Result<Vec<u8>, AgeError> {
    let wrong = |got| AgeError::Recipients { got };
    if recipients.len() > MAX_RECIPIENTS {
        return Err(wrong(recipients.len()));
    }
    let all = recipients.iter().map(|one| one as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(all).map_err(|_| wrong(recipients.len()))?;
    let mut ciphertext = Vec::with_capacity(plaintext.len() + 1_024);
    let write = || {
        let mut writer = encryptor.wrap_output(&mut ciphertext)?;
        writer.write_all(plaintext)?;
        writer.finish().map(drop)
    };
    write().map_err(|error: io::Error| AgeError::Unreadable(error.to_string()))?;
    Ok(ciphertext)
}

/// Decrypts a file of at most `limit` bytes inside; refuses one that was cut off or changed.
pub fn decrypt(identity: &Identity, bytes: &[u8], limit: u64) -> Result<Vec<u8>, AgeError> {
    let refused = |error| match error {
        DecryptError::NoMatchingKeys => AgeError::NotForUs,
        error => AgeError::Unreadable(error.to_string()),
    };
    let decryptor = Decryptor::new_buffered(bytes).map_err(refused)?;
    let reader = decryptor
        .decrypt(std::iter::once(identity as &dyn age::Identity))
        .map_err(refused)?;
    let mut plaintext = Vec::new();
    reader
        .take(limit + 1)
        .read_to_end(&mut plaintext)
        .map_err(|error| AgeError::Unreadable(error.to_string()))?;
    if plaintext.len() as u64 > limit {
        return Err(AgeError::TooLarge { limit });
    }
    Ok(plaintext)
}

/// Returns an identity in its text form, for a file that only its owner can read.
pub fn identity_text(identity: &Identity) -> String {
    identity.to_string().expose_secret().to_owned()
}

/// Reads an identity from its text form: lines beside it must be comments.
pub fn identity(text: &str) -> Option<Identity> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (first, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    first.parse().ok()
}

/// Makes an identity in a new file that only its owner can read. A key is never replaced.
pub fn create_identity(path: &Path) -> Result<Identity, AgeError> {
    let failed = |error: io::Error| AgeError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let identity = Identity::generate();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(format!("{}\n", identity_text(&identity)).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(identity)
}

/// Reads an identity from a file; refuses one that others can read.
pub fn load_identity(path: &Path) -> Result<Identity, AgeError> {
    let text = read_secret(path, MAX_IDENTITY_BYTES)?;
    // What is wrong with it is not said on purpose: it could quote the key.
    identity(&text).ok_or_else(|| AgeError::File {
        path: path.to_owned(),
        reason: "not an age key: expected AGE-SECRET-KEY-1...".into(),
    })
}

/// Reads a secret file of at most `limit` bytes; refuses one that others than its owner can read.
pub fn read_secret(path: &Path, limit: u64) -> Result<String, AgeError> {
    let failed = |reason: String| AgeError::File {
        path: path.to_owned(),
        reason,
    };
    let metadata = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if metadata.len() > limit {
        return Err(failed(format!(
            "expected at most {limit} bytes, got {}",
            metadata.len()
        )));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(failed(format!(
                "secret file is open to others (mode {mode:o}, expected 600)"
            )));
        }
    }
    fs::read_to_string(path).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_read_by_its_recipients_and_nobody_else() {
        let [first, second, bystander] = [(); 3].map(|()| Identity::generate());
        let to = [first.to_public(), second.to_public()];
        let file = encrypt(&to, b"lanes").unwrap();
        for identity in [&first, &second] {
            assert_eq!(decrypt(identity, &file, 5).unwrap(), b"lanes");
        }
        let refused = decrypt(&bystander, &file, 5).unwrap_err();
        assert!(matches!(refused, AgeError::NotForUs), "{refused}");
        let large = decrypt(&first, &file, 4).unwrap_err();
        assert!(matches!(large, AgeError::TooLarge { limit: 4 }), "{large}");
        for bytes in [&b""[..], b"lanes", &file[..file.len() - 1], &file[..40]] {
            let refused = decrypt(&first, bytes, 5).unwrap_err();
            assert!(matches!(refused, AgeError::Unreadable(_)), "{refused}");
        }
        let mut bent = file.clone();
        *bent.last_mut().unwrap() ^= 1;
        assert!(decrypt(&first, &bent, 5).is_err());

        let nobody = encrypt(&[], b"lanes").unwrap_err();
        assert!(matches!(nobody, AgeError::Recipients { got: 0 }));
        let many = vec![first.to_public(); MAX_RECIPIENTS + 1];
        assert!(encrypt(&many, b"lanes").is_err());
        assert!(recipient("age1nobody").is_err());
    }

    #[test]
    fn identity_file_is_for_the_owner_only_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("age.key");
        let made = create_identity(&path).unwrap();
        let read = load_identity(&path).unwrap();
        assert_eq!(made.to_public().to_string(), read.to_public().to_string());
        assert!(create_identity(&path).is_err());

        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# created: today\n\n{text}")).unwrap();
        load_identity(&path).unwrap();
        for wrong in ["", "AGE-SECRET-KEY-1", &format!("{text}{text}")] {
            fs::write(&path, wrong).unwrap();
            let refused = load_identity(&path).err().unwrap().to_string();
            assert!(refused.contains("not an age key"), "{refused}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let refused = load_identity(&path).err().unwrap().to_string();
            assert!(refused.contains("open to others"), "{refused}");
        }
    }
}

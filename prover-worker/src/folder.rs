//! The data folder: one process at a time, and secret files that only the owner can read.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use assay_market::Word;

use crate::jobs::JobKey;

/// A locked data folder. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens and locks the folder, creating it on first use.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path.join("proofs"))?;
        fs::create_dir_all(path.join("inputs"))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path.join("proofs"), fs::Permissions::from_mode(0o700))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {
                remove(&path.join("ready"))?;
                Ok(Self {
                    path: path.to_owned(),
                    _lock: lock,
                })
            }
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another worker uses this data folder",
            )),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Returns the file of the job table.
    pub fn jobs(&self) -> PathBuf {
        self.path.join("jobs.sqlite")
    }

    /// Returns the file of the age key that opens private requests.
    pub fn age_identity(&self) -> PathBuf {
        self.path.join("age.key")
    }

    /// Says to whoever watches the folder that keys and circuits are loaded.
    pub fn mark_ready(&self) -> io::Result<()> {
        fs::write(self.path.join("ready"), std::process::id().to_string())
    }

    /// Writes the record of a fulfilled request, for its operator: what was proved, paid and spent.
    pub fn write_receipt(&self, key: JobKey, receipt: &serde_json::Value) -> io::Result<()> {
        let folder = self.path.join("receipts");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}-{}.json", key.request, key.round));
        fs::write(path, format!("{receipt:#}\n"))
    }

    fn proof(&self, key: JobKey) -> PathBuf {
        self.path
            .join("proofs")
            .join(format!("{}-{}", key.request, key.round))
    }

    /// Keeps a Plonky2 proof between proving and wrapping. Its openings leak the weights: owner only.
    pub fn keep_proof(&self, key: JobKey, proof: &[u8]) -> io::Result<()> {
        let (path, partial) = (self.proof(key), self.proof(key).with_extension("partial"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&partial)?;
        file.write_all(proof)?;
        file.sync_all()?;
        // A file under its final name is whole.
        fs::rename(partial, path)
    }

    /// Returns a kept proof, if there is one.
    pub fn kept_proof(&self, key: JobKey) -> io::Result<Option<Vec<u8>>> {
        read(&self.proof(key))
    }

    /// Keeps a large input from the moment it was checked: a bid says that we hold it.
    pub fn keep_input(&self, digest: Word, input: &[u8]) -> io::Result<()> {
        let path = self.input(digest);
        let partial = path.with_extension("partial");
        fs::write(&partial, input)?;
        fs::rename(partial, path)
    }

    /// Returns a kept input, if there is one.
    pub fn kept_input(&self, digest: Word) -> io::Result<Option<Vec<u8>>> {
        read(&self.input(digest))
    }

    /// Deletes what was kept for a job: its Plonky2 proof, and its input if it is a blob.
    pub fn forget(&self, key: JobKey, input: Word) -> io::Result<()> {
        remove(&self.proof(key))?;
        remove(&self.proof(key).with_extension("partial"))?;
        remove(&self.input(input))
    }

    fn input(&self, digest: Word) -> PathBuf {
        self.path.join("inputs").join(digest.to_string())
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_market::RequestId;

    const KEY: JobKey = JobKey {
        request: RequestId([7; 32]),
        round: 2,
    };

    #[test]
    fn folder_belongs_to_one_process() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path()).unwrap();
        let error = Folder::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains("another worker"), "{error}");
        drop(first);
        Folder::open(dir.path()).unwrap();
    }

    #[test]
    fn kept_proof_is_for_the_owner_only_and_can_be_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert_eq!(folder.kept_proof(KEY).unwrap(), None);
        folder.keep_proof(KEY, b"secret").unwrap();
        assert_eq!(
            folder.kept_proof(KEY).unwrap().as_deref(),
            Some(&b"secret"[..])
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.proof(KEY))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        folder.keep_input(Word([1; 32]), b"lanes").unwrap();
        assert_eq!(
            folder.kept_input(Word([1; 32])).unwrap().as_deref(),
            Some(&b"lanes"[..])
        );
        folder.forget(KEY, Word([1; 32])).unwrap();
        folder.forget(KEY, Word::ZERO).unwrap();
        assert_eq!(folder.kept_proof(KEY).unwrap(), None);
        assert_eq!(folder.kept_input(Word([1; 32])).unwrap(), None);
    }
}

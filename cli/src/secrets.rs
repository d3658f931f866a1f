//! What only the requester of a private request knows, in a file of its own.

use std::path::Path;

use anyhow::{Context, bail};
use assay_client::age_file::{identity, identity_text, read_secret};
use assay_client::envelope::MAX_ENVELOPE_BYTES;
use assay_client::{Envelope, Identity, Purpose};
use assay_prover::Salt;
use assay_statement::Digest;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::input::Input;

/// What the `format` field says.
const FORMAT: &str = "assay-request-secrets";

/// The version that this code writes and reads.
const VERSION: u32 = 1;

/// Salts, and the key that a private output is encrypted to. It has no `Debug`: it is not for logs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    format: String,
    version: u32,
    /// Commitment to the input: what ties this file to its request.
    pub input_digest: Digest,
    /// The input's lanes, as hex.
    input: String,
    /// The salt of their commitment; zero if the input is public.
    pub input_salt: Salt,
    /// From which the salt of a private output comes; zero if the output is public.
    pub output_secret: Salt,
    /// The age key that opens a private output; none if the output is public.
    output_identity: Option<String>,
}

impl Secrets {
    /// Makes salts and keys for one request from the system's generator. They are for this request only.
    pub fn new(purpose: &Purpose, input: &Input) -> anyhow::Result<Self> {
        let salt = |private: bool| -> anyhow::Result<Salt> {
            Ok(if private {
                Salt::from_entropy(files::entropy()?)
            } else {
                Salt::ZERO
            })
        };
        let input_salt = salt(purpose.input_private)?;
        let identity = purpose.output_private.then(Identity::generate);
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            input_digest: input.commitment(input_salt)?,
            input: hex::encode(input.to_bytes()?),
            input_salt,
            output_secret: salt(purpose.output_private)?,
            output_identity: identity.as_ref().map(identity_text),
        })
    }

    /// Returns what the provers of the request get.
    pub fn envelope(&self, purpose: Purpose, input: &Input) -> anyhow::Result<Envelope> {
        let recipient = match &self.output_identity {
            Some(_) => Some(self.identity()?.to_public().to_string()),
            None => None,
        };
        Ok(Envelope {
            purpose,
            input: input.to_bytes()?,
            input_salt: Digest::new(self.input_salt.limbs())?,
            output_secret: Digest::new(self.output_secret.limbs())?,
            output_recipient: recipient,
        })
    }

    /// Returns the key that opens the output.
    pub fn identity(&self) -> anyhow::Result<Identity> {
        let text = self
            .output_identity
            .as_deref()
            .context("the output of this request is public: there is nothing to decrypt")?;
        identity(text).context("the secrets file holds no age key")
    }

    /// Writes a new file for the owner only; never over another one, because what is committed with its salts would
    /// be lost.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if path.exists() {
            bail!(
                "{} exists; secrets are never replaced: every request has its own",
                path.display()
            );
        }
        let json = serde_json::to_string_pretty(self)?;
        files::write(path, format!("{json}\n").as_bytes(), true)
    }

    /// Reads a file; refuses one that others can read.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = read_secret(path, MAX_ENVELOPE_BYTES)?;
        // The parse error is dropped on purpose: it could quote a salt.
        let secrets = serde_json::from_str::<Self>(&text)
            .ok()
            .filter(|secrets| secrets.format == FORMAT && secrets.version == VERSION);
        secrets.with_context(|| {
            let path = path.display();
            format!("{path}: not a file with a request's secrets (version {VERSION})")
        })
    }
}

#[cfg(test)]
mod tests {
    use assay_market::{Address, ModelId};

    use assay_statement::Lane;

    use super::*;

    fn purpose(input_private: bool, output_private: bool) -> Purpose {
        Purpose {
            chain_id: 1,
            market: Address([1; 20]),
            requester: Address([2; 20]),
            model: ModelId([3; 32]),
            input_private,
            output_private,
        }
    }

    #[test]
    fn secrets_are_fresh_fit_what_is_private_and_are_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::from_bytes(Lane::Int8, &[1, 254, 3]).unwrap();
        for (input_private, output_private) in [(true, true), (true, false), (false, true)] {
            let purpose = purpose(input_private, output_private);
            let [first, second] = [(); 2].map(|()| Secrets::new(&purpose, &input).unwrap());
            assert_eq!(first.input_salt == second.input_salt, !input_private);
            assert_eq!(first.output_secret == second.output_secret, !output_private);
            assert_eq!(first.identity().is_ok(), output_private);
            let digest = input.commitment(first.input_salt).unwrap();
            assert_eq!(first.input_digest, digest);

            let path = dir.path().join(format!("{input_private}{output_private}"));
            first.write(&path).unwrap();
            assert!(second.write(&path).is_err());
            let read = Secrets::read(&path).unwrap();
            let envelopes = [&first, &read].map(|s| s.envelope(purpose, &input).unwrap());
            assert!(envelopes[0] == envelopes[1], "it reads back as another one");
            let prover = Identity::generate();
            envelopes[0].seal(&[prover.to_public()]).unwrap();
        }
    }

    #[test]
    fn file_that_others_can_read_or_that_is_none_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        files::write(&path, b"{\"input_salt\": 7}", true).unwrap();
        let refused = Secrets::read(&path).err().unwrap().to_string();
        assert!(refused.contains("not a file with"), "{refused}");
        files::write(&path, b"{}", false).unwrap();
        let refused = Secrets::read(&path).err().unwrap().to_string();
        assert!(refused.contains("open to others"), "{refused}");
    }
}

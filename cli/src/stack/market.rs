//! Chain, contracts and API together.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_chain::{Account, Chain, CircuitVariant, ProverPolicy, create_key, load_key};
use assay_client::Api;
use assay_market::{Address, Amount, ModelId, Word};
use assay_prover::model_format::card::FileDigest;

use super::actor::Actor;
use super::anvil::Anvil;
use super::child::{Child, free_port};
use crate::commands::{listing, model};
use crate::files::ModelFiles;
use crate::root;
use crate::signed_card::SignedCard;

/// The API opens a database and reads a young chain.
const API_POLLS: u32 = 240;
const API_POLL: Duration = Duration::from_millis(250);

/// How to start a market.
#[derive(Clone, Debug)]
pub struct MarketFlags {
    /// Everything that the market writes goes here.
    pub folder: PathBuf,
    /// Port of the chain; a free one when not given.
    pub chain_port: Option<u16>,
    /// Port of the API; a free one when not given.
    pub api_port: Option<u16>,
    /// Whether to start the API.
    pub with_api: bool,
}

/// A market without participants.
#[derive(Debug)]
pub struct Market {
    /// The chain.
    pub anvil: Anvil,
    /// A connection to it.
    pub chain: Chain,
    /// Who may attest circuits.
    pub attester: Actor,
    /// The API, if it was started.
    pub api: Option<Api>,
    api_child: Option<Child>,
    folder: PathBuf,
}

impl Market {
    /// Starts chain, contracts and API; tells `say` what it does.
    pub async fn start(flags: &MarketFlags, say: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let root = root::find()?;
        let folder = std::path::absolute(&flags.folder)?;
        let logs = folder.join("logs");
        say("starting the chain");
        let anvil = Anvil::start(&root, flags.chain_port, &logs).await?;

        let keys = folder.join("keys");
        std::fs::create_dir_all(&keys)?;
        let key = keys.join("attester.key");
        let signer = if key.exists() {
            load_key(&key)?
        } else {
            create_key(&key)?
        };
        anvil.fund(signer.address()).await?;
        say("compiling and deploying the contracts");
        let deployment = anvil
            .deploy(&root, &folder.join("deployment.json"), signer.address())
            .await?;
        let chain = anvil.connect(deployment).await?;
        let account = Account::new(chain.clone(), signer);
        let attester = Actor {
            name: "attester".into(),
            key,
            account,
        };

        let mut market = Self {
            anvil,
            chain,
            attester,
            api: None,
            api_child: None,
            folder: folder.clone(),
        };
        if flags.with_api {
            say("starting the API");
            market.start_api(flags.api_port, &logs).await?;
        }
        Ok(market)
    }

    async fn start_api(&mut self, port: Option<u16>, logs: &Path) -> anyhow::Result<()> {
        let port = match port {
            Some(port) => port,
            None => free_port()?,
        };
        let mut command = Command::new(root::program("assay-api")?);
        command
            .args([
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--rpc-url",
                self.anvil.url(),
            ])
            .arg("--deployment")
            .arg(self.deployment_file())
            .arg("--data-dir")
            .arg(self.folder.join("api"))
            // A database of the environment is not ours to fill.
            .env_remove("DATABASE_URL");
        let mut child = Child::start("api", &mut command, logs)?;
        let api = Api::new(&format!("http://127.0.0.1:{port}"))?;
        for _ in 0..API_POLLS {
            child.check_alive()?;
            if api.is_well().await {
                self.api = Some(api);
                self.api_child = Some(child);
                return Ok(());
            }
            tokio::time::sleep(API_POLL).await;
        }
        bail!("the API is not well; see {}", child.log().display())
    }

    /// Returns the deployment file.
    pub fn deployment_file(&self) -> PathBuf {
        self.folder.join("deployment.json")
    }

    /// Returns the folder of the logs.
    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Makes up a participant with tokens in the vault.
    pub async fn actor(&self, name: &str, deposit: Amount) -> anyhow::Result<Actor> {
        let actor = Actor::new(name, &self.folder.join("keys"), &self.anvil, &self.chain).await?;
        if deposit != Amount::ZERO {
            actor
                .deposit(deposit)
                .await
                .with_context(|| format!("depositing for {name}"))?;
        }
        Ok(actor)
    }

    /// Publishes a model's card, attests its circuits as they were rebuilt, and registers the model.
    pub async fn publish(
        &self,
        provider: &Actor,
        files: &ModelFiles,
        fee: Amount,
        policy: ProverPolicy,
    ) -> anyhow::Result<ModelId> {
        let card = files.read_card()?;
        let json = SignedCard::sign(&provider.account, &card)
            .await?
            .to_json()?;
        let digest = Word(FileDigest::of(&json).0);
        let uri = match &self.api {
            Some(api) => {
                api.sign_in(provider.account.signer(), self.chain.deployment().chain_id)
                    .await?
                    .put_blob(digest, json)
                    .await?
            }
            None => format!("sha256:{digest}"),
        };
        let registration = model::registration(files, uri, fee, policy)?;
        crate::commands::circuit::check(&card, None).await?;
        self.attest(&registration.circuits, registration.card_hash)
            .await?;
        let (id, _) = listing::register(&provider.account, files, &registration).await?;
        Ok(id)
    }

    /// Attests circuits that are not yet attested.
    pub async fn attest(&self, circuits: &[CircuitVariant], card_hash: Word) -> anyhow::Result<()> {
        for variant in circuits {
            if !self.chain.is_attested(variant.circuit).await? {
                self.attester
                    .account
                    .attest_circuit(variant.circuit, card_hash)
                    .await?;
            }
        }
        Ok(())
    }

    /// Stops the API, as an outage would.
    pub fn stop_api(&mut self) {
        if let Some(child) = &mut self.api_child {
            child.kill();
        }
        self.api_child = None;
    }

    /// Says that chain or API ended, if one did.
    pub fn check_alive(&mut self) -> anyhow::Result<()> {
        self.anvil.check_alive()?;
        self.api_child.as_mut().map_or(Ok(()), Child::check_alive)
    }

    /// Returns whether every token is accounted for: the balances of these accounts and of the sink are all
    /// that the vault counts, and the vault holds as many tokens.
    pub async fn conserved(&self, accounts: &[Address]) -> anyhow::Result<bool> {
        let mut accounts = accounts.to_vec();
        accounts.push(self.chain.sink().await?);
        accounts.sort();
        accounts.dedup();
        let mut sum = Amount::ZERO;
        for account in accounts {
            let balance = self.chain.balance(account).await?;
            for part in [balance.free, balance.locked] {
                sum = sum.checked_add(part).context("balances overflow")?;
            }
        }
        let vault = Address(self.chain.deployment().vault.into_array());
        let held = self.chain.token_balance(vault).await?;
        Ok(sum == self.chain.vault_total().await? && sum == held)
    }
}
